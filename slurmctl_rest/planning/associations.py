"""Associations: changes of rows, deletions that come with others, and conflicts.

An account's own row and the account itself are modified alike, so `modify` serves both entities.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slurmctl_rest.errors import Conflict, SlurmctlError
from slurmctl_rest.model.change import Outcome, RowChange, name_of, subject
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import (
    QOS_FIELDS,
    AssociationKey,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Effective, effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.reasons import FIT_QOS
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.checks import assigned, check_counts_left, check_names_left
from slurmctl_rest.planning.targets import Target
from slurmctl_rest.planning.tree import (
    _branches,
    _check_parent,
    _depth,
    _Tree,
    is_on,
    not_here,
    root_stays,
)

CONCERNS_QOS = {"Parent", *QOS_FIELDS}


def modify(
    entity: Entity,
    asked: Sequence[Target],
    current: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    """Plan what is assigned to each row; `current` holds these and all accounts above them."""
    if any(one.field.name == "Coordinators" for _, assignments in asked for one in assignments):
        depth = _depth(current)
        # The lowest first: slurmrestd makes nobody a coordinator who
        # coordinates an account above already (tests/lab/test_lossless.py).
        asked = sorted(asked, key=lambda one: depth(one[0]), reverse=True)
    changes = [
        RowChange(entity, "modify", name_of(entity, row), row, assigned(row, assignments))
        for row, assignments in asked
    ]
    # With all changes at once: a DefaultQOS may come
    # from an account that this command changes, too.
    final = effective_after(entity, changes, current, cluster)
    tree = _Tree(changes, current, cluster)
    changes = with_inherited_qos(entity, changes, (r for r in current if is_on(r, cluster)))
    return [
        Outcome(
            change,
            not_here(entity, change.old, cluster)
            or _check_parent(change, tree)
            or check_names_left(change, assignments)
            or check_counts_left(change, assignments)
            or check_default_qos(change, final),
        )
        for change, (_, assignments) in zip(changes, asked, strict=True)
    ]


def with_inherited_qos(
    entity: Entity, changes: Iterable[RowChange], rows: Iterable[Row]
) -> list[RowChange]:
    """Return the changes, those that end the inheritance of QOS with what was inherited.

    `rows` hold the own values of these rows before the changes, and of all accounts above, on one
    cluster: those of accounts, or associations, which tell of both.
    """
    found = [*changes]
    if not any(map(_ends_inheritance, found)):
        return found
    there = effective(entity, rows)
    return [
        replace(change, inherited={LEVEL: there[change.key].row[LEVEL]})
        if _ends_inheritance(change) and change.key in there
        else change
        for change in found
    ]


LEVEL = "QosLevel"


def _ends_inheritance(change: RowChange) -> bool:
    is_modified = change.before is not None and change.after is not None
    return is_modified and LEVEL in change.fields and not change.old[LEVEL]


def new_row(cluster: str, account: str, user: Value = None, partition: Value = None) -> Row:
    """Return an association as Slurm makes it when nothing is assigned."""
    row = {f.name: f.kind.load(None) for f in ASSOCIATION.fields}
    named = {"Cluster": cluster, "Account": account, "User": user, "Partition": partition}
    # slurmdbd gives every association one share.
    return {**row, **named, "Fairshare": 1}


def delete(rows: Sequence[Row], associations: Sequence[Row], cluster: str) -> list[Outcome]:
    """Plan the removal of associations, and nothing else: the account and the user stay.

    `associations` are all rows of the cluster that can go with one (below its account), and all
    rows of the users concerned. With an account's own row goes everything below it, be it named
    too or not. A user's last association is kept otherwise (`--last` deletes the user, too):
    sacctmgr would remove the user with it, slurmrestd would leave one without a default account.
    """
    branches = _branches([row for row in rows if is_account_level(row)], associations)
    branches.sort(key=lambda branch: -len(branch[1]))  # the highest first
    heads: dict[AssociationKey, RowChange] = {}
    takers: dict[AssociationKey, list[str]] = {}
    for row, lower in branches:
        heads[association_key(row)] = change = RowChange(
            ASSOCIATION, "delete", name_of(ASSOCIATION, row), row, None,
            companions=tuple(r for r in lower if is_account_level(r)),
        )  # fmt: skip
        for one in lower if row["Account"] != ROOT else ():
            takers.setdefault(association_key(one), []).append(change.name)
    outcomes = []
    for row, lower in branches:
        change = heads[association_key(row)]
        if row["Account"] == ROOT:
            error = root_stays()
            outcomes.append(Outcome(change, error))
        elif association_key(row) not in takers:
            outcomes.append(Outcome(change))
            outcomes += [
                _along(r, takers[association_key(r)], heads.get(association_key(r)), cluster)
                for r in lower
            ]
    gone = {association_key(row) for row in rows} | {*takers}
    staying: dict[Value, list[Row]] = {}
    for row in associations:
        if association_key(row) not in gone and row["Cluster"] == cluster:
            staying.setdefault(row["User"], []).append(row)
    for row in rows:
        if not is_account_level(row) and association_key(row) not in takers:
            change = RowChange(ASSOCIATION, "delete", name_of(ASSOCIATION, row), row, None)
            stays = staying.get(row["User"], [])
            outcomes.append(Outcome(change, _keeps_default(change, stays, cluster)))
    return outcomes


def _keeps_default(change: RowChange, staying: Sequence[Row], cluster: str) -> Conflict | None:
    """Refuse a removal that Slurm refuses, or that would leave the user without a default account.

    `staying` are the user's other associations on the cluster.
    """
    row = change.old
    user, account = row["User"], row["Account"]
    if not staying:
        return Conflict(
            f"{subject([change])}: user '{user}' has no other account on cluster '{cluster}' to "
            "become the default account",
            f"to delete the user: slurmctl-rest user delete {pasted(user)}, or repeat with --last",
        )
    # Another row of the same account will do if it
    # bears the mark: partitions have rows of their own.
    others = [one for one in staying if one["Account"] != account or one["Default"]]
    if row["Default"] and not others:
        return Conflict(
            f"{subject([change])}: it is in the default account of user '{user}', who has no "
            f"other account on cluster '{cluster}'",
            "add the user to another account first: "
            f"slurmctl-rest user add {pasted(user)} account=ACCOUNT",
        )
    return None


def _along(row: Row, by: Sequence[str], head: RowChange | None, cluster: str) -> Outcome:
    """Return the removal of a row that comes with another; `head` is its own, where it is named."""
    if head is None:
        return implied(row, by[0], cluster, by[1:])
    return Outcome(replace(head, cascade_of=by[0], or_by=(*by[1:], head.name)))


def implied(row: Row, by: str, cluster: str, or_by: Sequence[str] = ()) -> Outcome:
    """Return the removal of a row that comes with another object, or with the next of `or_by`."""
    name = name_on(row, cluster)
    change = RowChange(ASSOCIATION, "delete", name, row, None, cascade_of=by, or_by=tuple(or_by))
    return Outcome(change)


def name_on(row: Row, cluster: str) -> str:
    """Return the name of an association; of one on another cluster, with that one's name."""
    elsewhere = f" on {row['Cluster']}" if row["Cluster"] != cluster else ""
    return name_of(ASSOCIATION, row) + elsewhere


@dataclass(frozen=True, slots=True)
class Detour:
    """A default account that is another one while an association in it is deleted.

    there, back  the two switches
    whole        what they come to: nothing
    """

    there: RowChange
    back: RowChange
    whole: RowChange


def with_default_accounts(
    plan: Sequence[Outcome], associations: Sequence[Row]
) -> tuple[list[Outcome], list[Detour]]:
    """Return the plan of a deletion, the default accounts of its users switched before it.

    Slurm refuses to take any association of a user's default account where the user has another
    account. Where one for another partition stays, so does the default account: the switch is a
    detour. Where there is no other account the user is left without: `left_without` names these.
    """
    doomed = {association_key(row): row for row in lost_associations(plan)}
    leaving = _leaving(plan)
    staying: dict[tuple[Value, Value], list[Row]] = {}
    # Sorted: both executors have to choose the same account, whatever order Slurm answers in.
    for row in sorted(associations, key=association_key):
        if row["User"] is not None and association_key(row) not in doomed:
            staying.setdefault((row["User"], row["Cluster"]), []).append(row)
    switches: dict[tuple[Value, Value], Outcome] = {}
    detours: dict[tuple[Value, Value], Detour] = {}
    for row in doomed.values():
        whose = row["User"], row["Cluster"]
        kept = [r for r in staying.get(whose, ()) if r["Account"] == row["Account"]]
        others = [r for r in staying.get(whose, ()) if r["Account"] != row["Account"]]
        # One switch a cluster: the mark is on all rows
        # of the account, for several partitions perhaps.
        seen = whose in switches or whose in detours
        if row["Default"] and others and not seen and row["User"] not in leaving:
            there = _switch(row, row["Account"], others[0]["Account"], others)
            if kept:
                back = _switch(row, others[0]["Account"], row["Account"], kept)
                detours[whose] = Detour(there, back, replace(back, before=back.after))
            else:
                # The switch is a change of its own, so that the preview and the report show it.
                switches[whose] = Outcome(there)
    unchanged = [Outcome(one.whole) for one in detours.values()]
    return [*switches.values(), *unchanged, *plan], [*detours.values()]


def _switch(row: Row, old: Value, new: Value, rows: Iterable[Row]) -> RowChange:
    """Return the change of a default account, with the rows of its user that are in the new one."""
    user = association_key(row).user
    before = {"User": user, "Cluster": row["Cluster"], "DefaultAccount": old}
    companions = tuple(one for one in rows if one["Account"] == new)
    after = {**before, "DefaultAccount": new}
    return RowChange(USER, "modify", user, before, after, companions=companions)


def _leaving(plan: Iterable[Outcome]) -> set[str]:
    """Return the users who are themselves deleted."""
    changes = (o.change for o in plan if o.change.entity is USER and o.error is None)
    return {change.name for change in changes if change.after is None}


def left_without(plan: Sequence[Outcome], associations: Sequence[Row], cluster: str) -> list[str]:
    """Return the users who are left without any association, and so without a default account."""
    doomed = {association_key(row) for row in lost_associations(plan)}
    leaving = _leaving(plan)
    users: dict[str, bool] = {}
    for row in associations:
        if row["User"] is not None and row["Cluster"] == cluster:
            stays = association_key(row) not in doomed
            users[association_key(row).user] = users.get(association_key(row).user, False) or stays
    concerned = {
        association_key(row).user for row in lost_associations(plan) if row["User"] is not None
    }
    return sorted(u for u in concerned if not users.get(u, False) and u not in leaving)


def lost_associations(plan: Iterable[Outcome]) -> list[Row]:
    """Return the associations that go."""
    return [row for row, _ in going(plan)]


def going(plan: Iterable[Outcome]) -> Iterator[tuple[Row, RowChange]]:
    """Yield the associations that go, each with its change."""
    for outcome in plan:
        change = outcome.change
        goes = change.entity is ASSOCIATION and change.after is None and outcome.error is None
        if goes and change.before is not None:
            yield change.before, change


def with_errors(plan: Sequence[Outcome], errors: Mapping[str, SlurmctlError]) -> list[Outcome]:
    """Return the plan of a deletion with these errors, by name.

    Cascades of a deletion that fails go with the next named one below it, or they stay.
    """
    found = (_with_error(outcome, errors) for outcome in plan)
    return [outcome for outcome in found if outcome is not None]


def _with_error(outcome: Outcome, errors: Mapping[str, SlurmctlError]) -> Outcome | None:
    change = outcome.change
    if outcome.error is not None or change.after is not None:
        return outcome
    if not change.cascade_of:
        return Outcome(change, errors.get(change.name))
    by = [name for name in (change.cascade_of, *change.or_by) if name not in errors]
    if not by:
        return None
    if by[0] == change.name:  # it is named itself, and nothing above it goes
        return Outcome(replace(change, cascade_of="", or_by=()))
    return Outcome(replace(change, cascade_of=by[0], or_by=tuple(by[1:])))


def effective_after(
    entity: Entity, changes: Sequence[RowChange], current: Sequence[Row], cluster: str
) -> Mapping[AssociationKey, Effective]:
    """Return what would be in force with all the changes, where any of them concerns QOS."""
    if not any(CONCERNS_QOS & set(change.fields) for change in changes):
        return {}
    rows = {association_key(row): row for row in current if is_on(row, cluster)}
    rows |= {association_key(change.after): change.after for change in changes if change.after}
    return effective(entity, rows.values())


def check_default_qos(
    change: RowChange, final: Mapping[AssociationKey, Effective]
) -> SlurmctlError | None:
    """Refuse to leave a row with a default QOS, own or inherited, that it may not use.

    slurmrestd refuses that; sacctmgr lets an account move away from its default QOS.
    """
    if not CONCERNS_QOS & set(change.fields) or association_key(change.new) not in final:
        return None
    row = final[association_key(change.new)].row
    default, allowed = row["DefaultQOS"], row["QosLevel"]
    if default is None or not isinstance(allowed, tuple) or default in allowed:
        return None
    return Conflict(
        f"{subject([change])}: its DefaultQOS '{default}' would not be in its QosLevel "
        f"({listed(allowed)})",
        FIT_QOS,
    )
