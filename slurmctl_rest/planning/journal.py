"""Changes by other writers to a row between our look at it and our write, from Slurm's journal.

A list of TRES or QOS is read, changed and written back whole, by slurmrestd's clients and by
slurmdbd itself. Of two writers at once the later one takes away what the other has set. The journal
has both values, so that the later one can be told from the earlier, and each mended. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.entities.qos import QOS_FLAG_BITS
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.journal import Assigned, Ids, Transaction
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.durations import Duration
from slurmctl_rest.model.kinds.names import Names, NameSet
from slurmctl_rest.model.kinds.numbers import Count, Shares
from slurmctl_rest.model.kinds.tres import Tres

REVIEWED = (Tres, NameSet, Count, Shares)
"""Kinds whose parts the journal writes as a row has them. A text or a name is written whole."""
COLUMNS_OF_NOUN: Mapping[str, Mapping[str, str]] = {
    entity.noun: {
        field.database: field.name
        for field in entity.fields
        if field.database
        and isinstance(field.kind, REVIEWED)
        and not isinstance(field.kind, Duration)
    }
    for entity in (ACCOUNT, ASSOCIATION, QOS)
}
"""Noun -> column of Slurm's database -> our field, of those that two writers can lose."""
ACTIONS: Mapping[str, str] = {
    ACCOUNT.noun: "Modify Associations",
    ASSOCIATION.noun: "Modify Associations",
    QOS.noun: "Modify QOS",
}
ADDITIONS: Mapping[str, str] = {
    ACCOUNT.noun: "Add Associations",
    ASSOCIATION.noun: "Add Associations",
    QOS.noun: "Add QOS",
}
"""An association that is deleted and added again has its id again: what was set on it before does
not count."""


@dataclass(frozen=True, slots=True)
class Review:
    """The journal's account of one change.

    known    whether it has our write: else it is another database's, or is not kept
    lost     field -> part -> value: we have set it, and another has put it back
    erased   field -> part -> value: another has set it, and our write has put it back
    later    fields that others have set after our write
    """

    known: bool = False
    lost: Mapping[str, Parts] = field(default_factory=dict)
    erased: Mapping[str, Parts] = field(default_factory=dict)
    later: frozenset[str] = frozenset()


Parts = Mapping[str, str | None]


def may_have_met(journal: Sequence[Transaction], changes: Sequence[RowChange]) -> bool:
    """Tell whether a row was written more than once since our look, or the journal lacks our write.

    `journal` holds what was written since our look, here and below, and nothing before it. A row
    that was written once met no other writer, and needs no closer look.
    """
    actions = {ACTIONS[change.entity.noun] for change in changes}
    written: list[tuple[str, str]] = []
    for one in journal:
        if one.action in actions:
            written += [(one.action, target) for target in one.targets()]
    return len(written) > len(set(written)) or len(set(written)) < len(changes)


def review(
    change: RowChange,
    found: Row,
    journal: Sequence[Transaction],
    ids: Ids,
) -> Review:
    """Return what was lost and what was erased; `found`: the row now."""
    asked = delta(change)
    entries = list(_entries(change.entity, ids.of(change), journal, ids))
    before = change.old
    own = _ours(entries, asked, before)
    if own is None:
        return Review()
    lost = {}
    later = {name for one in entries[own + 1 :] for name in one}
    for name, wanted in asked.items():
        now, old = parts_of_field(name, found), parts_of_field(name, before)
        # A part that a later writer put back to the value that our plan had seen was lost by
        # accident, and is set again. Any other value was meant.
        gone = {p: v for p, v in wanted.items() if now.get(p) != v and now.get(p) == old.get(p)}
        # A plain number is only sent by a writer who means it: its present value was wanted.
        if gone and name in later and _is_list(change.entity, name):
            lost[name] = gone
    erased = _erased(change, entries[: own + 1], asked, found)
    return Review(True, lost, erased, frozenset(later))


def _erased(
    change: RowChange,
    entries: Sequence[Mapping[str, Assigned]],
    asked: Mapping[str, Parts],
    found: Row,
) -> dict[str, Parts]:
    """Return what the last entry has changed beside what was asked for, as it was before it.

    The entries before it were written after our look: what they tell, the plan has not seen.
    """
    entity, before = change.entity, change.old
    *earlier, own = entries
    erased: dict[str, Parts] = {}
    for name, written in own.items():
        states = [one[name] for one in earlier if name in one]
        if not states or not written.whole or not _is_list(entity, name):
            continue
        told = {part for one in states for part in one.parts}
        now, seen = parts_of_field(name, found), parts_of_field(name, before)
        gone = {}
        for part in sorted(told | {*written.parts}):
            value = seen.get(part)
            for one in states:
                value = one.get(part, value)
            ours = written.parts.get(part)
            untouched = part not in asked.get(name, {}) and now.get(part) == ours
            # What stood so when our plan was made is no other
            # writer's, and our write was told to keep it.
            if value not in {ours, seen.get(part)} and untouched:
                gone[part] = value
        if gone:
            erased[name] = gone
    return erased


def delta(change: RowChange) -> dict[str, Parts]:
    """Return what a change sets: field -> part -> value; None: taken away.

    Example: {"GrpTRES": {"cpu": "200", "gres/gpu": None}, "QosLevel": {"high": ""}}
    """
    found: dict[str, Parts] = {}
    for name in change.fields:
        before = parts_of_field(name, change.old)
        after = parts_of_field(name, change.new)
        found[name] = {
            part: after.get(part)
            for part in dict.fromkeys((*before, *after))
            if before.get(part) != after.get(part)
        }
    return found


def parts_of_field(name: str, row: Row) -> dict[str, str | None]:
    """Return the parts of a field's value: of a list each by its name, else the whole."""
    value = row.get(name)
    if value is None or value == "":
        return {}
    if isinstance(value, Mapping):
        return {part: str(count) for part, count in value.items()}
    if isinstance(value, tuple):
        return dict.fromkeys(value, "")
    return {"": str(value)}


def on_top(change: RowChange, found: Row, *more: Mapping[str, Parts]) -> RowChange | None:
    """Return the change that puts parts onto the row that is there now; None where it cannot."""
    after = dict(found)
    for name, some in (pair for one in more for pair in one.items()):
        kind = change.entity[name].kind
        if isinstance(kind, Names) and kind.inherits(after.get(name)):
            return None  # a part of an inherited list is no part of the row
        now = parts_of_field(name, after)
        merged = {part: value for part, value in {**now, **some}.items() if value is not None}
        after[name] = _value(kind, merged, after.get(name), change.new, name)
    return replace(change, action="modify", before=found, after=after)


def _value(kind: object, merged: Parts, now: Value, wanted: Row, name: str) -> Value:
    if isinstance(kind, Tres):
        return {part: int(str(count)) for part, count in merged.items()}
    if isinstance(kind, NameSet):
        return tuple(sorted(merged))
    del now
    return wanted.get(name)


def _is_list(entity: Entity, name: str) -> bool:
    return isinstance(entity[name].kind, Tres | NameSet)


def _entries(
    entity: Entity, key: str, journal: Sequence[Transaction], ids: Ids
) -> Iterator[Mapping[str, Assigned]]:
    """Yield what each transaction sets on the row, by field and in names."""
    columns = COLUMNS_OF_NOUN[entity.noun]
    added = (
        one.number
        for one in journal
        if one.action == ADDITIONS[entity.noun] and (key in one.targets() or one.names(key))
    )
    last = max(added, default=0)
    for one in journal:
        if one.action != ACTIONS[entity.noun] or one.number < last or key not in one.targets():
            continue
        yield {
            columns[column]: _named(entity, columns[column], value, ids)
            for row, column, value in one.values()
            if column in columns and (not row or entity is QOS or row == key)
        }


def _named(entity: Entity, name: str, value: Assigned, ids: Ids) -> Assigned:
    """Return a value with names in the place of ids."""
    kind = entity[name].kind
    if name == "Flags":
        return _flags(value.parts.get("") or "")
    names = ids.tres if isinstance(kind, Tres) else ids.qos
    if not isinstance(kind, Tres | NameSet):
        return value
    # A QOS that is deleted since has no name any more, and is in no list.
    return replace(value, parts={names[p]: v for p, v in value.parts.items() if p in names})


def _flags(text: str) -> Assigned:
    """Return the flags of a number, or of what sacctmgr has slurmdbd do for Flags+= and -=."""
    if text.isdecimal():
        return Assigned({flag: "" for bit, flag in QOS_FLAG_BITS.items() if int(text) & bit})
    match = EXPRESSION.fullmatch(text)
    if match is None:
        return Assigned({}, whole=False)
    value = "" if match[1] == "| " else None
    return Assigned(
        {f: value for bit, f in QOS_FLAG_BITS.items() if int(match[2]) & bit}, whole=False
    )


EXPRESSION = re.compile(r"\(flags (\| |& ~)(\d+)\)")
"""`(flags | 64)`, `(flags & ~64)`: slurmdbd's as_mysql_qos.c."""


def _ours(
    entries: Sequence[Mapping[str, Assigned]], asked: Mapping[str, Parts], before: Row
) -> int | None:
    """Return which transaction is ours: the last that brought the values that we have set.

    Later writers send these values, too, and leave them as they are.
    """
    ours, was_so = None, False
    told: set[str] = set()
    state = {name: dict(parts_of_field(name, before)) for name in asked}
    for at, entry in enumerate(entries):
        for name, value in entry.items():
            kept = {} if value.whole else state.get(name, {})
            state[name] = {**kept, **value.parts}
        told |= {*entry}
        own = [name for name in asked if name in told]
        is_so = bool(own) and all(
            state[name].get(part) == value for name in own for part, value in asked[name].items()
        )
        if is_so and not was_so and any(name in entry for name in own):
            ours = at
        was_so = is_so
    return ours
