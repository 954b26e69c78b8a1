"""QOS, and coordinators: objects without associations of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from slurmctl_rest.errors import Conflict, Refused, SlurmctlError
from slurmctl_rest.model.change import Outcome, RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.entities.coordinator import by_flag
from slurmctl_rest.model.entities.qos import NORMAL
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.kinds.names import names_in
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.syntax import Assignment
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.checks import (
    assigned,
    check_counts_left,
    new_coordinators,
    refuse_other_acts,
    unknown_user,
)
from slurmctl_rest.planning.completing import existing
from slurmctl_rest.planning.targets import Target
from slurmctl_rest.planning.tree import lowest_first


def add(asked: Mapping[str, Sequence[Assignment]], current: Sequence[Row]) -> list[Outcome]:
    """Plan QOS; `current` are those that exist. One that exists as asked plans no change."""
    there = {str(row["Name"]): row for row in current}
    plan = []
    for name, assignments in asked.items():
        refuse_other_acts(QOS, assignments)
        new: dict[str, Value] = {f.name: f.kind.load(None) for f in QOS.fields}
        # As sacctmgr fills it in; over REST it is sent with the addition.
        new |= {"Name": name, "Description": name}
        if name in there:
            outcome = existing(QOS, there[name], assignments, new, f"qos modify {pasted(name)}")
            error = outcome.error or _check_itself(outcome.change)
            plan.append(Outcome(outcome.change, error))
            continue
        after = assigned(new, assignments)
        change = RowChange(QOS, "add", name, None, after)
        plan.append(Outcome(change, _check_itself(change)))
    return plan


def modify(asked: Sequence[Target]) -> list[Outcome]:
    """Plan what is assigned to each QOS."""
    changes = [
        RowChange(QOS, "modify", str(row["Name"]), row, assigned(row, assignments))
        for row, assignments in asked
    ]
    return [
        Outcome(change, _check_itself(change) or check_counts_left(change, assignments))
        for change, (_, assignments) in zip(changes, asked, strict=True)
    ]


def delete(
    rows: Sequence[Row], current: Sequence[Row], associations: Sequence[Row]
) -> list[Outcome]:
    """Plan the removal of each QOS; `current` are all, `associations` those of all clusters.

    Before it, those that stay no longer preempt it: Slurm 24.11 would keep the number of what is
    gone in their Preempt, and could not show any QOS in JSON from then on.
    """
    plan = []
    defaults_of: dict[Value, list[str]] = {}
    for row in associations:
        if row["DefaultQOS"] is not None:
            defaults_of.setdefault(row["DefaultQOS"], []).append(name_of(ASSOCIATION, row))
    for row in rows:
        name = str(row["Name"])
        error: SlurmctlError | None = None
        if name == NORMAL:
            error = Refused(
                "qos 'normal' is never deleted",
                "Slurm gives it to every root account",
            )
        defaults = defaults_of.get(name, [])
        if defaults and error is None:
            error = Conflict(
                f"qos '{name}': it is the DefaultQOS of {listed(defaults)}",
                "change DefaultQOS of these first: slurmctl-rest assoc modify where "
                f"defaultqos={name} set DefaultQOS=...",
            )
        plan.append(Outcome(RowChange(QOS, "delete", name, row, None), error))
    # These changes stand before the deletions: see Slurm 24.11 above.
    gone = {outcome.change.name for outcome in plan if outcome.error is None}
    assignment = Assignment(QOS["Preempt"], Operator.REMOVE, tuple(sorted(gone)))
    changes = [
        RowChange(QOS, "modify", str(row["Name"]), row, assigned(row, [assignment]))
        for row in current
        if row["Name"] not in gone
    ]
    return [*(Outcome(change) for change in changes if change.changes), *plan]


def unless_refused(
    plan: Sequence[Outcome], refusal: Callable[[RowChange], SlurmctlError | None]
) -> list[Outcome]:
    """Return a plan of delete(); where a QOS that stays cannot be changed, nothing is deleted."""
    error = next(filter(None, (refusal(outcome.change) for outcome in plan)), None)
    if error is None:
        return [*plan]
    return [Outcome(o.change, o.error or error) for o in plan if o.change.action == "delete"]


def without_emptied(
    plan: Sequence[Outcome], refusal: Callable[[RowChange], SlurmctlError | None]
) -> list[Outcome]:
    """Return a plan without what cannot be changed, and what Slurm 26.05 changes by itself.

    It takes a QOS that is deleted out of the Preempt of all others.
    """
    deleted = {
        o.change.name
        for o in plan
        if o.change.entity is QOS and o.change.action == "delete" and o.error is None
    }

    def is_emptied(change: RowChange) -> bool:
        if change.entity is not QOS or {*change.fields} != {"Preempt"}:
            return False
        before, after = ({*names_in(value)} for value in change.fields["Preempt"])
        return before - deleted == after and refusal(change) is not None

    return [o for o in plan if o.change.action == "delete" or not is_emptied(o.change)]


def named_by(associations: Sequence[Row]) -> dict[str, list[str]]:
    """Return the associations that name each QOS themselves, added or taken away too.

    Example: {"high": ["physics", "alice in physics"]}
    """
    named: dict[str, list[str]] = {}
    for row in associations:
        level = row["QosLevel"] if isinstance(row["QosLevel"], tuple) else ()
        for name in dict.fromkeys(one.lstrip("+-") for one in level):
            named.setdefault(name, []).append(name_of(ASSOCIATION, row))
    return named


def plan_coordinators(
    accounts: Sequence[Row],
    users: Mapping[str, Iterable[str]],
    operator: Operator,
    known: Sequence[str],
    current: Sequence[Row],
) -> list[Outcome]:
    """Plan the users of each account (by its name) as its coordinators, or no longer.

    `known`: users who exist; `current`: all accounts. Raise NotFound for a user who does not exist.
    """
    field = ACCOUNT["Coordinators"]
    told = {
        name: Assignment(field, operator, tuple(sorted({*some}))) for name, some in users.items()
    }
    if missing := unknown_user(new_coordinators(told.values()), known):
        raise missing
    flagged = by_flag(current) if operator is Operator.REMOVE else {}
    plan = []
    for row in lowest_first(accounts, current):
        name = association_key(row).account
        change = RowChange(ACCOUNT, "modify", name, row, assigned(row, [told[name]]))
        staying = sorted(flagged.get(name, frozenset()) & {*users[name]})
        plan.append(Outcome(change, _by_flag(name, staying) if staying else None))
    return plan


def _by_flag(account: str, users: Sequence[str]) -> Conflict:
    return Conflict(
        f"account '{account}': {listed(users)} would still coordinate it, by the flag "
        "UsersAreCoords of the account or of one above it",
        f"to clear the flag for all users: sacctmgr modify account {account} set "
        "flags=NoUsersAreCoords",
    )


def _check_itself(change: RowChange) -> SlurmctlError | None:
    preempt = change.new.get("Preempt")
    if isinstance(preempt, tuple) and change.name in preempt:
        return Conflict(f"qos '{change.name}' cannot preempt itself", "remove it from Preempt")
    return None
