"""From an operation and the current rows to row changes: what will change, and nothing else.

Pure functions. Rows are own values (no inherited limits); what an account inherits is never
written back, or it would be frozen. Here is what all nouns share; each noun's operations stand in
a module of their own.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

from slurmctl_rest.errors import Conflict, NotFound, Refused, SlurmctlError, UsageError
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.entities.association import QOS_FIELDS
from slurmctl_rest.model.fields import Entity, Field, Row, did_you_mean
from slurmctl_rest.model.kinds import Act, Mode, Names, Tres, Value
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.syntax import Assignment, Selection, Sentence

Action: TypeAlias = Literal["add", "modify", "delete", "cancel", "signal", "reset"]


Asked: TypeAlias = tuple[Row, Sequence[Assignment]]
"""A row, and what is assigned to it."""
Missed: TypeAlias = tuple[str, str]
"""A name that selects nothing, and where it stands in a file."""


@dataclass(frozen=True)
class RowChange:
    """One object before and after. None: it does not exist then.

    A change that is `implied_by` another one (its name) is not asked of Slurm: it comes with it.
    """

    entity: Entity
    action: Action
    name: str
    before: Row | None
    after: Row | None
    implied_by: str = ""
    takes: tuple[Row, ...] = ()
    """Associations that the request has to name besides. Of an account that is deleted on one of
    its clusters: those of the accounts below, which Slurm 24.11 would leave as orphans, and
    slurmdbd would walk up from them for ever. Of a user whose default account changes: those in
    the new account, which slurmrestd marks."""
    everywhere: bool = False
    """It is deleted on all clusters."""
    of_user: int = 0
    """Associations that its user has on the cluster; 0: nobody has looked at all of them."""
    or_by: tuple[str, ...] = ()
    """Should what it is implied by stay: what else takes it, the highest first. Its own name, the
    last, where it is named itself."""
    unasked: bool = False
    """No part of a plan: what else was found to have changed after the write."""

    @cached_property
    def fields(self) -> Mapping[str, tuple[Value, Value]]:
        """Return what differs: field name -> (before, after). Keys and derived fields are not."""
        before, after = self.before or {}, self.after or {}
        values = (
            (f.name, (_value(before, f), _value(after, f)))
            for f in self.entity.fields
            if f.settable
        )
        return {name: both for name, both in values if both[0] != both[1]}

    @property
    def changes(self) -> bool:
        """Tell whether anything differs before and after."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return bool(self.fields)

    @property
    def to_do(self) -> bool:
        """Tell whether Slurm is to be asked for it."""
        return self.changes and not self.implied_by and not self.unasked


def _value(row: Row, field: Field) -> Value:
    return row[field.name] if field.name in row else field.kind.load(None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one change; no error means: planned, or done."""

    change: RowChange
    error: SlurmctlError | None = None


def subject(changes: Sequence[RowChange]) -> str:
    """Return the words that name the objects of the changes: account 'a', 'b'."""
    names: dict[str, list[str]] = {}
    for change in changes:
        names.setdefault(change.entity.noun, []).append(f"'{change.name}'")
    return ", ".join(f"{noun} {listed(some)}" for noun, some in names.items())


def listed(names: Sequence[str]) -> str:
    """Return names with commas between; of very many the first ones, and how many more."""
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more


MOST_LISTED = 100
"""Names in one message."""


def name_of(entity: Entity, row: Row) -> str:
    """Return the name of an object; of an association, words: alice in physics (gpu)."""
    if entity is not ASSOCIATION:
        return str(row[entity.key.name])
    user = f"{row['User']} in " if row["User"] else ""
    partition = f" ({row['Partition']})" if row["Partition"] else ""
    return f"{user}{row['Account']}{partition}"


def called(entity: Entity, row: Row) -> str:
    """Return noun and name: account 'physics', association 'alice in physics'."""
    return f"{entity.noun} '{name_of(entity, row)}'"


def nearest(entity: Entity, name: str, rows: Iterable[Row], otherwise: str = "") -> str:
    """Return the remedy for a name that no row bears: a name like it, or what else would do."""
    known = [str(row[entity.key.name]) for row in rows]
    return did_you_mean(name, known) or otherwise


def select(entity: Entity, rows: Iterable[Row], selection: Selection) -> list[Row]:
    """Return the rows that the selection names, in the order of `rows`."""
    key, names, where = entity.key.name, set(selection.names), selection.where
    modes = [f.name for f in entity.fields if f.name in where and isinstance(f.kind, Mode)]

    def met(row: Row) -> bool:
        # As for sacctmgr, `gang,suspend` meets either of its words.
        words = {name: tuple(str(row[name]).split(",")) for name in modes}
        return meets({**row, **words} if words else row, where)

    return [row for row in rows if (not names or row[key] in names) and met(row)]


def asked_of(
    entity: Entity, rows: Sequence[Row], sentences: Sequence[Sentence]
) -> tuple[list[Asked], list[Missed]]:
    """Return the rows that sentences select with what is assigned to each, and missed names.

    Of one sentence the rows stand in the order of `rows`; of several, in that of the sentences.
    """
    key = entity.key.name
    named = {row[key]: row for row in rows} if len(sentences) > 1 else {}
    asked: list[Asked] = []
    missed: list[Missed] = []
    for sentence in sentences:
        some = [named[n] for n in sentence.selection.names if n in named] if named else rows
        found = select(entity, some, sentence.selection)
        asked += [(row, sentence.assignments) for row in found]
        missed += not_among(entity, found, sentence.selection.names, sentence.place)
    return asked, missed


def not_among(
    entity: Entity, found: Iterable[Row], names: Iterable[str], place: str = ""
) -> list[Missed]:
    """Return the names that no row bears, with the place where they stand."""
    return [(name, place) for name in missing(entity, found, names)]


def meets(row: Row, where: Mapping[str, Sequence[Value]]) -> bool:
    """Tell whether the row meets all the conditions."""
    return all(_matches(row.get(name), values) for name, values in where.items())


def missing(entity: Entity, rows: Iterable[Row], names: Iterable[str]) -> list[str]:
    """Return the names that no row bears."""
    key = entity.key.name
    there = {row[key] for row in rows}
    return [name for name in names if name not in there]


def with_known_tres(
    assignments: Iterable[Assignment], known: Sequence[str]
) -> tuple[Assignment, ...]:
    """Return the assignments with TRES as the cluster spells them; UsageError for one it lacks.

    slurmrestd would drop an unknown one in silence together with everything after it.
    """
    spelling = {name.lower(): name for name in known}
    checked = []
    for assignment in assignments:
        value = assignment.value
        if isinstance(assignment.field.kind, Tres) and isinstance(value, Mapping):
            for name in value:
                if name.lower() not in spelling:
                    raise UsageError(
                        f"{assignment.field.name}: '{name}' is no TRES of this cluster",
                        f"known: {', '.join(known)}",
                    )
            value = {spelling[name.lower()]: count for name, count in value.items()}
        checked.append(replace(assignment, value=value))
    return tuple(checked)


NAME_QOS = QOS_FIELDS | {"Preempt"}
"""The fields whose values name QOS."""


def unknown_qos(assignments: Iterable[Assignment], known: Sequence[str]) -> NotFound | None:
    """Return the error for a QOS that does not exist, if one is named."""
    for assignment in assignments:
        for name in _qos_names(assignment):
            if name not in known:
                return NotFound(
                    f"{assignment.field.name}: qos '{name}' does not exist",
                    did_you_mean(name, known) or f"known: {', '.join(known)}",
                )
    return None


def new_coordinators(assignments: Iterable[Assignment]) -> list[str]:
    """Return the users whom the assignments make coordinators."""
    return [
        name
        for assignment in assignments
        if assignment.field.name == "Coordinators" and assignment.act is not Act.REMOVE
        for name in (assignment.value if isinstance(assignment.value, tuple) else ())
    ]


def unknown_user(names: Iterable[str], known: Iterable[str]) -> NotFound | None:
    """Return the error for a user who does not exist: slurmrestd would leave one out silently."""
    there = known if isinstance(known, AbstractSet) else set(known)
    for name in names:
        if name not in there:
            hint = f"slurmctl-rest user add {pasted(name)} account=ACCOUNT"
            return NotFound(f"user '{name}' does not exist", hint)
    return None


def refuse_other_acts(entity: Entity, assignments: Iterable[Assignment]) -> None:
    """Raise where an object that is added is told to add to, or take from, what it has."""
    for assignment in assignments:
        if assignment.act is not Act.SET:
            raise UsageError(
                f"{assignment.field.name} takes '=' only where an object is added ({entity.noun})"
            )


def assigned(row: Row, assignments: Iterable[Assignment]) -> dict[str, Value]:
    """Return the row with the assignments merged into it."""
    after = dict(row)
    # What is taken away goes last: an own set that is empty in between would count as inherited.
    for assignment in sorted(assignments, key=lambda one: one.act is Act.REMOVE):
        name, kind = assignment.field.name, assignment.field.kind
        after[name] = kind.merge(after.get(name), assignment.act, assignment.value)
    return after


def check_as_asked(
    entity: Entity, row: Row, assignments: Sequence[Assignment], words: str
) -> SlurmctlError | None:
    """Refuse to add what exists otherwise than asked: Slurm would leave it so without a word.

    `words` is what would modify it, up to `set`.
    """
    asked = assigned(row, assignments)
    for assignment in assignments:
        field = assignment.field
        if asked[field.name] != row.get(field.name):
            return Conflict(
                f"{called(entity, row)} exists already, with {field.name}="
                f"{field.kind.text(row.get(field.name)) or '(unset)'}",
                f"slurmctl-rest {words} set {shlex.quote(str(assignment))}",
            )
    return None


def check_names_left(change: RowChange, assignments: Iterable[Assignment]) -> SlurmctlError | None:
    """Refuse to take the last name out of an own set: to Slurm that means to inherit again."""
    for assignment in assignments:
        field = assignment.field
        before, after = change.fields.get(field.name, (None, None))
        inherits = isinstance(field.kind, Names)
        if inherits and assignment.act is Act.REMOVE and before and not after:
            return Refused(
                f"{subject([change])} would be left without any {field.name} of its own, "
                "which Slurm takes as: inherit the parent's",
                f"where that is meant: set {field.name}=''",
            )
    return None


def unselected(
    entity: Entity,
    action: Action,
    here: Sequence[Row],
    missed: Sequence[Missed],
    cluster: str,
    chosen: Iterable[Row] = (),
) -> list[Outcome]:
    """Return the outcomes for names that select no row; `here` has all rows.

    `chosen` are those that other names select: none of them was meant by this one.
    """
    key = entity.key.name
    there = {row[key] for row in here}
    meant = {name for name, _ in missed} | {row[key] for row in chosen}
    alike = [row for row in here if row[key] not in meant]
    outcomes = []
    for number, (name, place) in enumerate(missed):
        where = "" if entity is QOS else f" on cluster '{cluster}'"
        what = (
            f"{entity.noun} '{name}' does not meet the conditions"
            if name in there
            else f"{entity.noun} '{name}' does not exist{where}"
        )
        hint = f"slurmctl-rest {entity.word} list shows those that do"
        if name not in there and number < MOST_ALIKE:
            hint = nearest(entity, name, alike, hint)
        error = NotFound(f"{place}: {what}" if place else what, hint)
        outcomes.append(Outcome(RowChange(entity, action, name, None, None), error))
    return outcomes


MOST_ALIKE = 10
"""Unknown names that are reported one by one, with the nearest known name: each costs a look at all
that there are, and nobody reads thousands of lines."""


def unknown_names(
    entity: Entity, names: Iterable[str], rows: Sequence[Row], *, where: str = ""
) -> list[str]:
    """Return the warnings for names that no row bears; `where`: what else is said of each.

    The first ten have a line each, with the nearest known name; all others share one line.
    """
    absent = missing(entity, rows, names)
    alike = [(name, nearest(entity, name, rows)) for name in absent[:MOST_ALIKE]]
    said = [
        f"{entity.noun} '{name}' does not exist{where}" + (near and f"; {near}")
        for name, near in alike
    ]
    return [*said, *more_unknown(entity, absent[MOST_ALIKE:], where)]


def more_unknown(entity: Entity, names: Sequence[str], where: str = "") -> list[str]:
    """Return one warning for all these names that do not exist, or none where there are none."""
    if not names:
        return []
    return [f"{len(names)} more {entity.plural} do not exist{where}: {listed(names)}"]


def no_match(entity: Entity, cluster: str) -> NotFound:
    """Return the error for conditions that no row meets."""
    return NotFound(
        f"no {entity.noun} on cluster '{cluster}' meets the conditions",
        f"slurmctl-rest {entity.word} list shows what there is",
    )


def differences(change: RowChange, found: Row | None) -> dict[str, tuple[Value, Value]]:
    """Compare the read-back with the plan: field name -> (expected, found); empty is as planned."""
    entity = change.entity
    if change.after is None or found is None:
        if change.after is found:
            return {}
        key = "Account" if entity is ASSOCIATION else entity.key.name
        there = change.name if found is not None else None
        return {key: (change.name if change.after is not None else None, there)}
    return {
        f.name: (change.after[f.name], found.get(f.name))
        for f in entity.fields
        if f.settable
        and f.name in change.after
        and change.after[f.name] != found.get(f.name)
        and not is_same_set(f, change.after[f.name], found.get(f.name))
    }


def is_same_set(field: Field, wanted: Value, found: Value) -> bool:
    """Tell whether inherited sets are changed alike, but for removals.

    A removal is shown where the account above has the name, so a new parent hides or shows it.
    """
    kind = field.kind
    if not isinstance(kind, Names) or not (kind.inherits(wanted) and kind.inherits(found)):
        return False
    return kind.added(wanted) == kind.added(found)


def _matches(value: Value, wanted: Sequence[Value]) -> bool:
    if isinstance(value, tuple):  # any of the named is among them; '' asks for none at all
        if not value and (() in wanted or None in wanted):
            return True
        return any(bool(one) and set(one) <= set(value) for one in map(_as_tuple, wanted))
    return value in wanted


def _as_tuple(value: Value) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else ()


def _qos_names(assignment: Assignment) -> list[str]:
    value = assignment.value
    if assignment.field.name not in NAME_QOS or not value:
        return []
    names = value if isinstance(value, tuple) else (str(value),)
    return [name.lstrip("+-") for name in names]
