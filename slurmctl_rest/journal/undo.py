"""Rows as they are to be: changes taken back, or objects as they once were. Pure.

What somebody has changed since is kept, and named, unless it is forced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from slurmctl_rest.journal.blame import LastChanges, ObjectKey
from slurmctl_rest.journal.replay import JournalChange
from slurmctl_rest.journal.words import NOTHING, object_of
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Value


@dataclass(slots=True)
class Wanted:
    """Rows by noun and name: those that there are, and what is to become of some of them.

    present  all rows, of own values
    last     who has set what
    force    take back what was changed since, too
    rows     rows that are to be otherwise; None: not to be there
    kept     what stays as it is, and why: a sentence each
    """

    present: Mapping[ObjectKey, Row]
    last: LastChanges
    force: bool = False
    rows: dict[ObjectKey, Row | None] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    def now(self, key: ObjectKey) -> Row | None:
        """Return a row as it is to be so far."""
        return self.rows[key] if key in self.rows else self.present.get(key)

    def take_back(self, one: JournalChange) -> None:
        """Take a change back: of several, the last one first."""
        change = one.change
        key, row = (change.entity.noun, change.name), self.now((change.entity.noun, change.name))
        if one.moved:
            return  # it is no transaction of anybody's
        if change.action == "add":
            if row is not None:
                self.rows[key] = None
        elif change.action == "delete":
            if row is None:
                self.rows[key] = {**change.old}
            else:
                self.kept.append(f"{object_of(change)} is there again, and stays as it is")
        elif row is None:
            self.kept.append(f"{change.entity.noun} '{change.name}' is not there any more")
        else:
            self._take_back_fields(one, row)

    def _take_back_fields(self, one: JournalChange, row: Row) -> None:
        change, result = one.change, dict(row)
        what = object_of(change)
        for name, (before, after) in change.fields.items():
            if change.entity.is_named and name == change.entity.key.name:
                self.kept.append(f"{what} keeps its name: `user modify ... NewName=` changes it")
                continue
            if name in one.unknown:
                self.kept.append(f"{name} of {what}: the value before is not in Slurm's journal")
                continue
            value = without_change(before, after, row.get(name))
            if value is CHANGED_SINCE and not self.force:
                self.kept.append(f"{name} of {what} {self._since(change, name, row)}")
                continue
            result[name] = before if isinstance(value, ChangedSince) else value
        self.rows[change.entity.noun, change.name] = result

    def restore(self, entity: Entity, name: str, then: Row, ours: frozenset[str]) -> None:
        """Have an object as it was; what others than `ours` have set since is kept."""
        key, fields = (entity.noun, name), [f.name for f in entity.all_fields if f.settable]
        row = self.now(key)
        if row is None:
            self.rows[key] = then
            return
        result = dict(row)
        for field_ in fields:
            if field_ not in then or field_ not in row or row[field_] == then[field_]:
                continue
            set_by = self.last.of(entity.noun, name, field_)
            foreign = set_by and set_by.change.action != "add" and set_by.entry.actor not in ours
            if foreign and not self.force:
                change = RowChange(entity, "modify", name, row, then)
                since = self._since(change, field_, row)
                self.kept.append(f"{field_} of {object_of(change)} {since}")
                continue
            result[field_] = then[field_]
        self.rows[key] = result

    def _since(self, change: RowChange, name: str, now: Row) -> str:
        by = self.last.of(change.entity.noun, change.name, name)
        text = change.entity[name].kind.text(now.get(name)) or NOTHING
        who = f" by {by.entry.actor} (transaction {by.entry.number})" if by else ""
        return f"was set to {text} since{who}, and is kept; --force takes it back, too"


class ChangedSince:
    """Says that a value cannot be taken back without taking back a later one."""


CHANGED_SINCE = ChangedSince()


def without_change(before: Value, after: Value, now: Value) -> Value | ChangedSince:
    """Return the present value without one change; of a list without its part of it.

    >>> without_change({"cpu": 1}, {"cpu": 2}, {"cpu": 2, "mem": 3})
    {'cpu': 1, 'mem': 3}
    """
    if now == after:
        return before
    if isinstance(before, Mapping) and isinstance(after, Mapping) and isinstance(now, Mapping):
        result = dict(now)
        for part in {*before, *after}:
            if before.get(part) == after.get(part):
                continue
            if now.get(part) != after.get(part):
                return CHANGED_SINCE
            result.pop(part, None)
            if part in before:
                result[part] = before[part]
        return result
    if isinstance(before, tuple) and isinstance(after, tuple) and isinstance(now, tuple):
        added, removed = {*after} - {*before}, {*before} - {*after}
        if added <= {*now} and not removed & {*now}:
            return tuple(sorted(({*now} - added) | removed))
    return CHANGED_SINCE


def branch_at(rows: Iterable[Row], account: str) -> list[Row]:
    """Return the associations of an account and of all below it, the highest first."""
    own = {str(row["Account"]): row for row in rows if row["User"] is None}
    names, waiting = [account], [account]
    while waiting:
        above = waiting.pop(0)
        found = [n for n, row in own.items() if row["Parent"] == above and n not in names]
        names += sorted(found)
        waiting += sorted(found)
    order = {name: at for at, name in enumerate(names)}
    chosen = [row for row in rows if row["Account"] in order]
    return sorted(chosen, key=lambda row: (order[str(row["Account"])], str(row["User"] or "")))
