"""What differs -> the steps of a plan, in an order that Slurm takes at every moment. Pure.

QOS first; then the lists that get more QOS, so that no default is lost on the way; accounts from
the top down; users; the lists that get fewer; coordinators from the bottom up. Deletions come last
(pruning.py), those of QOS alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.model.inheritance import Effective, effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import NAMES
from slurmctl_rest.planning.associations import CONCERNS_QOS, Detour
from slurmctl_rest.planning.steps import BACK, SWITCHES, PlanSteps, deletion_order
from slurmctl_rest.planning.users import wckeys_taken
from slurmctl_rest.site.compare import Comparison
from slurmctl_rest.site.desired import path_to
from slurmctl_rest.site.tables import unset

(
    OBJECTS,
    PREEMPTING,
    WIDENING,
    ADDED,
    MOVED,
    VALUES,
    MEMBERS,
    CLEARING,
    NARROWING,
    RESTORED,
    COORDINATORS,
    DELETIONS,
    LAST,
) = range(13)
"""The steps, in their order; moved accounts take one for each height."""

Refusal = Callable[[RowChange], Unsupported | None]
LEVEL = "QosLevel"


def planned_steps(found: Comparison, unsupported: Refusal) -> PlanSteps:
    """Return the changes that lead from the cluster to the file, without deletions.

    What the executor cannot do is taken out of its change, and is an outcome with an error.
    """
    plan, refused = PlanSteps(), list[Outcome]()

    def feasible(change: RowChange) -> RowChange | None:
        return _feasible(change, lambda one: wckeys_taken(one) or unsupported(one), refused)

    for change in filter(None, map(feasible, found.qos)):
        if change.action == "add":
            plan.add_qos(change, OBJECTS, PREEMPTING)
        else:
            plan.add(PREEMPTING, change)
    accounts = [one for one in map(feasible, found.accounts) if one is not None]
    members = [one for one in map(feasible, found.members) if one is not None]
    members = _without_homeless(members, refused)
    widened = _widened(found, [*accounts, *members])
    parents = {
        key.account: str(row["Parent"] or "") for key, row in found.final.items() if not key.user
    }
    depths = {change.name: len(path_to(change.name, parents)) for change in accounts}
    for change in accounts:
        known = found.state.accounts.get(change.name)
        officers = _names((known or {}).get("Coordinators"))
        if change.action == "add":
            plan.add_account(change, officers, known, ADDED, (COORDINATORS, 1))
            continue
        moved = "Parent" in change.fields
        step = (MOVED, depths[change.name]) if moved else (VALUES, 0)
        _modify(plan, change, step, widened.get(change.key), apart=("Coordinators",))
    # The lowest first: nobody is named a coordinator who is one by an account above. For the same
    # reason those who go, go first: the account above may lose the one that a lower account gets.
    for step in ((COORDINATORS, 0), (COORDINATORS, 1)):
        plan.at(step).sort(key=lambda part: -depths.get(part[1].name, 0))
    for change in filter(None, map(feasible, found.users)):
        plan.add_user(change, MEMBERS, (MEMBERS, 1))
    for change in members:
        if change.action == "add":
            plan.add(MEMBERS, change)
        else:
            _modify(plan, change, (MEMBERS, 0), widened.get(change.key))
    plan.plan += refused
    return plan


def add_deletions(
    plan: PlanSteps, step: int, deletions: Sequence[Outcome], detours: Sequence[Detour] = ()
) -> None:
    """Add deletions, with the default accounts that are others meanwhile."""
    users = {o.change.name: o.change for o in plan.plan if o.change.entity is USER and not o.error}
    # A user who is modified as well is one change of the plan, and no second one that is none.
    wholes = {id(one.whole): users.get(one.whole.name, one.whole) for one in detours}
    for outcome in deletions:
        change = outcome.change
        if id(change) not in wholes:
            plan.at((step, deletion_order(change))).append((change, change))
        if id(change) not in wholes or change.name not in users:
            plan.plan.append(outcome)
    for one in detours:
        plan.at((step, SWITCHES)).append((one.there, wholes[id(one.whole)]))
        plan.at((step, BACK)).append((one.back, wholes[id(one.whole)]))


def _without_homeless(members: Sequence[RowChange], refused: list[Outcome]) -> list[RowChange]:
    """Return the members whose accounts can be added; the others are noted, too."""
    missing = {
        o.change.name: o.error
        for o in refused
        if o.change.entity is ACCOUNT and o.change.action == "add"
    }
    found = []
    for change in members:
        error = missing.get(change.key.account)
        if error is None:
            found.append(change)
        else:
            refused.append(Outcome(change, error))
    return found


def _modify(
    plan: PlanSteps,
    change: RowChange,
    step: tuple[int, int],
    wider: tuple[str, ...] | None,
    apart: Sequence[str] = (),
) -> None:
    """Note a change in as many parts as it takes: more QOS, values, fewer QOS, coordinators."""
    old, new = change.old, change.new
    before, after = old[LEVEL], new[LEVEL]
    stops: list[tuple[tuple[int, int], Row]] = []
    now: Row = old
    if wider is not None:
        now = {**now, LEVEL: wider}
        stops.append(((WIDENING, 0), now))
    between = wider if wider is not None else after
    if _is_signed(after) and before and not {*_names(before)} <= {*_names(after)}:
        # sacctmgr changes what a row has with += and -=: an own list, or other changes, go first.
        between = before
    now = {**new, **{name: old[name] for name in apart}, LEVEL: between}
    stops.append((step, now))
    if _is_signed(after) and between != after:
        # Without the changes it may not be able to use its default QOS.
        stops[-1] = (step, now := {**now, "DefaultQOS": None})
        stops.append(((CLEARING, 0), now := {**now, LEVEL: ()}))
    stops.append(((NARROWING, 0), now := {**now, LEVEL: after}))
    stops.append(((RESTORED, 0), {**now, "DefaultQOS": new["DefaultQOS"]}))
    if apart:
        kept = {*_names(old["Coordinators"])} & {*_names(new["Coordinators"])}
        stops.append(((COORDINATORS, 0), {**new, "Coordinators": tuple(sorted(kept))}))
    stops.append(((COORDINATORS, 1), new))
    parts: list[tuple[tuple[int, int], RowChange]] = []
    current = old
    for at, row in stops:
        part = replace(change, before=current, after=row)
        if part.changes:
            parts.append((at, part))
            current = row
    if len(parts) == 1:
        plan.add(parts[0][0], change)
        return
    if parts:
        plan.plan.append(Outcome(change))
    for at, part in parts:
        plan.add(at, change, part)


def _widened(
    found: Comparison, changes: Sequence[RowChange]
) -> Mapping[AssociationKey, tuple[str, ...]]:
    """Return the lists that some rows need on the way: of all QOS that they have, or are to have.

    Nobody needs any where there is no default QOS.
    """
    modified = [change for change in changes if change.action == "modify"]
    if not any(CONCERNS_QOS & {*change.fields} for change in modified):
        return {}
    then = effective(ASSOCIATION, found.final.values())
    if not any(one.row["DefaultQOS"] for one in then.values()):
        return {}
    now = effective(ASSOCIATION, found.state.rows.values())
    lists = {}
    for change in modified:
        key = change.key
        before, after = (_names(row[LEVEL]) for row in (change.old, change.new))
        if before == after or _is_signed(before) or _is_signed(after) or not after:
            continue
        both = tuple(sorted({*_in_force(now, key), *_in_force(then, key)}))
        if both not in (before, after):
            lists[change.key] = both
    return lists


def _in_force(rows: Mapping[AssociationKey, Effective], key: AssociationKey) -> tuple[str, ...]:
    return _names(rows[key].row[LEVEL]) if key in rows else ()


def _is_signed(value: Value) -> bool:
    return bool(value) and NAMES.inherits(value)


def _names(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _feasible(change: RowChange, unsupported: Refusal, refused: list[Outcome]) -> RowChange | None:
    """Return what the executor can do of a change; the rest is noted with the reason."""
    reason = unsupported(change)
    if reason is None:
        return change
    bare = change.old if change.before is not None else _bare(change)
    kept, left = dict(change.new), dict(bare)
    for name, (_, after) in replace(change, before=bare).fields.items():
        alone = replace(change, before=bare, after={**bare, name: after})
        alone = alone if change.before is not None else replace(alone, before=None)
        if unsupported(alone) is not None:
            kept[name], left[name] = bare.get(name), after
    if left.get(LEVEL) != bare.get(LEVEL) and kept["DefaultQOS"] != bare["DefaultQOS"]:
        # It may be usable only with these QOS.
        kept["DefaultQOS"], left["DefaultQOS"] = bare["DefaultQOS"], kept["DefaultQOS"]
    possible = replace(change, after=kept)
    if left == bare or unsupported(possible) is not None:
        refused.append(Outcome(change, reason))  # together it cannot be done
        return None
    refused.append(Outcome(replace(change, action="modify", before=bare, after=left), reason))
    return possible if possible.changes else None


def _bare(change: RowChange) -> Row:
    """Return a new row with its place alone."""
    places = {f.name for f in change.entity.all_fields if not f.settable} | {"Parent"}
    settable = {f.name: f for f in change.entity.all_fields if f.settable}
    return {
        name: value if name in places or name not in settable else _unset(settable[name], value)
        for name, value in change.new.items()
    }


def _unset(of: Field, value: Value) -> Value:
    try:
        return unset(of)
    except ValueError:  # there must be one
        return value
