"""Plans that are written step by step: what must be there before what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Row, SlurmRecord
from slurmctl_rest.planning.associations import Detour, going, with_inherited_qos

Steps: TypeAlias = Sequence[Sequence[tuple[RowChange, RowChange]]]
"""What is sent, step by step, each part with the change that it is a part of."""
StepNumber: TypeAlias = int | tuple[int, int]
"""When something is written: the lowest number first, and of one number the lowest second one."""


@dataclass(slots=True)
class PlanSteps:
    """The changes, one of each object, and how they are written.

    plan   one outcome an object
    parts  of each step what is sent, with the change that it is a part of
    """

    plan: list[Outcome] = field(default_factory=list)
    parts: dict[tuple[int, int], list[tuple[RowChange, RowChange]]] = field(default_factory=dict)

    @property
    def steps(self) -> list[list[tuple[RowChange, RowChange]]]:
        """Return the parts in the order in which they are written."""
        return [self.parts[step] for step in sorted(self.parts) if self.parts[step]]

    def at(self, step: StepNumber) -> list[tuple[RowChange, RowChange]]:
        """Return the parts of a step, to be added to."""
        return self.parts.setdefault(step if isinstance(step, tuple) else (step, 0), [])

    def with_inherited_qos(self, rows: Iterable[Row]) -> None:
        """Have the changes tell what QOS they end the inheritance of; `rows` are associations."""
        wholes = [outcome.change for outcome in self.plan]
        told = with_inherited_qos(ASSOCIATION, wholes, rows)
        new = {id(old): change for old, change in zip(wholes, told, strict=True)}
        self.plan = [Outcome(new[id(o.change)], o.error) for o in self.plan]
        for step, parts in self.parts.items():
            self.parts[step] = [(new.get(id(a), a), new.get(id(b), b)) for a, b in parts]

    def add(self, step: StepNumber, whole: RowChange, part: RowChange | None = None) -> None:
        """Note a change, or a part of one that is noted."""
        if whole.needs_write:
            if part is None:
                self.plan.append(Outcome(whole))
            self.at(step).append((part or whole, whole))

    def add_qos(self, change: RowChange, objects: StepNumber, preempting: StepNumber) -> None:
        """Note a new QOS, and in a later step what it preempts, which may come after it."""
        alone: Row = {**change.new, "Preempt": ()}
        second = RowChange(QOS, "modify", change.name, alone, change.after)
        self.plan.append(Outcome(change))
        self.add(objects, change, replace(change, after=alone))
        if second.needs_write:
            self.add(preempting, change, second)

    def add_user(self, change: RowChange, first: StepNumber, later: StepNumber) -> None:
        """Note a user, whose associations are written in the first step too.

        A default account that comes with a new association brings nothing else with it.
        """
        own = {name for name in change.fields if name != "DefaultAccount"}
        if change.action == "modify" and not change.old.get("DefaultAccount") and own:
            made = {**change.new, **{name: change.old[name] for name in own}}
            if made["DefaultAccount"] is not None:
                self.plan.append(Outcome(change))
                self.add(first, change, replace(change, after=made))
                self.add(later, change, replace(change, before=made))
                return
        self.add(first, change)

    def add_account(
        self,
        change: RowChange,
        officers: Collection[str],
        known: Row | None,
        accounts: StepNumber,
        coordinators: StepNumber,
    ) -> None:
        """Note an account, and in a later step its coordinators, who may come after it.

        `officers` are those that it has before; `known` is the account as it is without an
        association on the cluster.
        """
        if not change.needs_write:
            return
        made = {**change.new, "Coordinators": tuple(sorted(officers))}
        if change.action == "add" and known is not None:
            # Texts of a record that is there are not told with an addition.
            texts = (f.name for f in ACCOUNT.fields if f.record is SlurmRecord.OBJECT)
            made |= {text: known[text] for text in texts}
        # What a known account has is there with its association, and is no word of an addition.
        told = made if change.action == "modify" else {**made, "Coordinators": ()}
        first = replace(change, after=told)
        second = RowChange(ACCOUNT, "modify", change.name, made, change.after)
        self.plan.append(Outcome(change))
        if first.needs_write:
            is_whole = not second.changes and not change.new.get("Coordinators")
            self.add(accounts, change, change if is_whole else first)
        if second.needs_write:
            self.add(coordinators, change, second)


def deletion_steps(plan: Sequence[Outcome], detours: Sequence[Detour]) -> Steps:
    """Return how a deletion is written: nothing where all of it can be sent at once."""
    if not detours and not _takes_both(plan):
        return ()
    found = PlanSteps()
    unchanged = {id(one.whole) for one in detours}
    for change in (one.change for one in plan if id(one.change) not in unchanged):
        found.at(deletion_order(change)).append((change, change))
    for one in detours:
        found.at(SWITCHES).append((one.there, one.whole))
        found.at(BACK).append((one.back, one.whole))
    return found.steps


def deletion_order(change: RowChange) -> int:
    """Return when a change of a deletion is written, the lowest number first.

    Slurm refuses to delete what is in a user's default account while the user has another account:
    what is elsewhere goes first, and what is in it last, after the default account was switched.
    """
    if change.entity is USER:
        return GOING_USERS if change.after is None else SWITCHES
    if change.entity is ASSOCIATION and change.key.user and not change.cascade_of:
        return IN_DEFAULT if change.old["Default"] else ELSEWHERE
    return ACCOUNTS


GOING_USERS, ELSEWHERE, SWITCHES, ACCOUNTS, IN_DEFAULT, BACK = range(6)


def _takes_both(plan: Sequence[Outcome]) -> bool:
    """Tell whether a user loses associations in the default account, and others, of which some
    are deleted by themselves.
    """
    marks: dict[str, set[bool]] = {}
    for row, change in going(plan):
        marks.setdefault(change.key.user, set()).add(bool(row["Default"]))
    alone = {change.key.user for _, change in going(plan) if not change.cascade_of}
    return any(len(both) > 1 for user, both in marks.items() if user in alone - {""})
