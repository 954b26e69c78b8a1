"""Deletions that Slurm carries further than it is told.

slurmdbd finds what goes with an account or a user by SQL's LIKE and the place in the tree, which is
`/physics/0-alice/gpu/` for alice in physics and the partition gpu: '%/NAME/%' for an account,
'%/0-NAME/%' for a user. To LIKE, `_` stands for any character. So the account `a_c` takes along all
that is in and below an account `a-c`, the user `j_doe` all associations of `j.doe`, and the account
`gpu` all that are for a partition `gpu`. Both releases of the lab do so, however they are asked.

The place is text that is written when an association is added or moved. Slurm 24.11 leaves that of
what is two steps below an account that moves as it was, so a deletion of the earlier account above
takes it along, and one of the new account may leave it behind.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from slurmctl_rest.errors import Conflict, SlurmctlError
from slurmctl_rest.model.change import Outcome, RowChange, called, subject
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.account import elsewhere
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.associations import going, lost_associations, with_errors

WILD = "_"
OF_USERS = "0-"
"""The prefix of a user's name in the tree."""


def steps(plan: Sequence[Outcome]) -> dict[str, list[str]]:
    """Return the steps of the tree by which slurmdbd may search, of each deletion to be done.

    A deletion that names account and user of an association means that one alone.
    """
    found: dict[str, list[str]] = {}
    for change in _deletions(plan):
        if of_it := _steps(change, change.companions):
            found[change.name] = of_it
    return found


def _deletions(plan: Sequence[Outcome]) -> Iterator[RowChange]:
    for outcome in plan:
        change = outcome.change
        if outcome.error is None and change.after is None and not change.cascade_of:
            yield change


def _steps(change: RowChange, companions: Sequence[Row]) -> list[str]:
    if change.entity is USER:
        return [f"{OF_USERS}{change.name}"]
    own = change.entity is ACCOUNT or (is_account_level(change.old) and "User" in change.old)
    rows = (change.old, *companions) if own else ()
    return list(dict.fromkeys(association_key(row).account for row in rows))


def _sure_steps(change: RowChange) -> list[str]:
    """Return the steps by which slurmdbd searches in any case, over both executors.

    The accounts below an account are named only where it lives on, on another cluster.
    """
    alone = change.entity is ACCOUNT and (change.everywhere or not elsewhere(change.old))
    return _steps(change, () if alone else change.companions)


def is_wild(step: str, change: RowChange) -> bool:
    """Tell whether a step may mean others than those that are called so."""
    return WILD in step or (change.entity is not USER and step.startswith(OF_USERS))


def kept_from(
    plan: Sequence[Outcome],
    accounts: Collection[str],
    users: Collection[str],
    associations: Collection[Row],
) -> list[Outcome]:
    """Return the plan, with a Conflict where a deletion would take along what is not in it.

    `accounts` and `users` are all there are, `associations` have their Partition and Lineage (None
    where nobody tells it). What is refused stays, and may so stand in the way of others.
    """
    # slurmdbd deletes by LIKE, and `_` is any character: a_c would take axc along.
    of_each = steps(plan)
    users_going = {
        o.change.name for o in plan if o.change.entity is USER and o.change.name in of_each
    }
    accounts_going = {
        step for name, of_it in of_each.items() if name not in users_going for step in of_it
    }
    doomed = {association_key(row) for row in lost_associations(plan)}
    staying = [(name, f"account '{name}'") for name in accounts if name not in accounts_going]
    staying += [(f"{OF_USERS}{n}", f"user '{n}'") for n in users if n not in users_going]
    named = dict.fromkeys(
        association_key(r).partition
        for r in associations
        if r["Partition"] and association_key(r) not in doomed
    )
    staying += [(name, f"partition '{name}'") for name in named]
    errors = _misplaced(plan, of_each, associations) | {
        name: error
        for name, of_it in of_each.items()
        if (error := _error(name, plan, of_it, staying))
    }
    if not errors:
        return [*plan]
    return kept_from(with_errors(plan, errors), accounts, users, associations)


def _misplaced(
    plan: Sequence[Outcome], of_each: Mapping[str, Sequence[str]], associations: Iterable[Row]
) -> dict[str, SlurmctlError]:
    """Return an error for each deletion of accounts that takes others by their lineage, or too few.

    Both are told by the name of the deletion.
    """
    doomed = {association_key(row): change for row, change in going(plan)}
    searched = {step for of_it in of_each.values() for step in of_it}
    surely = {step for change in _deletions(plan) for step in _sure_steps(change)}
    caught: dict[tuple[str, str], list[Row]] = {}
    left: dict[str, list[Row]] = {}
    for row in associations:
        steps_of_row = str(row["Lineage"] or "").split("/")
        change = doomed.get(association_key(row))
        if change is None:
            if is_account_level(row) and row["Account"] in surely:  # deleted with its account
                continue
            for step in searched.intersection(steps_of_row):
                caught.setdefault((association_key(row).cluster, step), []).append(row)
        elif row["Lineage"] and surely.isdisjoint(steps_of_row):
            left.setdefault(change.cascade_of or change.name, []).append(row)
    errors: dict[str, SlurmctlError] = {}
    for change in (o.change for o in plan):
        if change.name not in of_each or change.cascade_of or change.entity is USER:
            continue
        here = change.old["Cluster"]
        rows = [
            row
            for (cluster, step), some in caught.items()
            if step in of_each[change.name] and (change.everywhere or cluster == here)
            for row in some
        ]
        if rows:
            errors[change.name] = _other_tree(change, "would delete", rows, "not below it")
        elif change.name in left:
            errors[change.name] = _other_tree(change, "would leave", left[change.name], "below it")
    return errors


def _other_tree(change: RowChange, what: str, rows: Iterable[Row], where: str) -> Conflict:
    names = listed(list(dict.fromkeys(called(ASSOCIATION, row) for row in rows)))
    return Conflict(
        f"{subject([change])}: Slurm {what} {names}, which is {where}: the lineage is outdated",
        "repair it after docs/deleting.md; "
        "sacctmgr show assoc format=account,user,lineage shows it",
    )


def _error(
    name: str, plan: Sequence[Outcome], of_it: Sequence[str], staying: Sequence[tuple[str, str]]
) -> SlurmctlError | None:
    for step in of_it:
        # slurmdbd compares without regard to case.
        pattern = re.compile(re.escape(step).replace(WILD, "."), re.IGNORECASE)
        caught = [what for other, what in staying if pattern.fullmatch(other)]
        if caught:
            change = next(
                o.change for o in plan if (o.change.name, o.change.cascade_of) == (name, "")
            )
            why = (
                f"it matches '{WILD}' with any character"
                if WILD in step
                else "they have the same name"
            )
            return Conflict(
                f"{subject([change])}: Slurm would delete associations of {listed(caught)} with it "
                f"({why})",
                _remedy(change),
            )
    return None


def _remedy(change: RowChange) -> str:
    if change.entity is USER:
        # Not by its associations: sacctmgr deletes the user, by LIKE, with the last one. A user is
        # renamed by =.
        return (
            "rename the user to a name that no other resembles: sacctmgr modify user where "
            f"name={pasted(change.name)} set newname=NAME; then: slurmctl-rest user delete NAME"
        )
    return (
        "delete its associations instead (Slurm cannot delete it while the other exists): "
        "slurmctl-rest assoc delete where user=NAME account=NAME"
    )
