"""Changes of the journal in words: one row of `history` each. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from slurmctl_rest.journal.replay import JournalChange
from slurmctl_rest.model.change import RowChange, called
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.fields import Row

UNKNOWN_VALUE = "?"
NOTHING = "(unset)"
NOT_SHOWN = frozenset({"Default", "Cluster", "Account", "User", "Partition", "Name"})
"""Fields that its name tells, or that another change tells."""


def object_of(change: RowChange) -> str:
    """Return noun and name; of an account's own association: account 'physics' on alps."""
    row = change.row
    if change.entity is ASSOCIATION and row["User"] is None:
        return f"{called(ACCOUNT, row)} on {row['Cluster']}"
    return called(change.entity, row)


def phrases(found: JournalChange) -> Iterator[str]:
    """Yield what has changed: `GrpTRES: cpu=100 -> cpu=50`; of a new object what it has."""
    change, unknown = found.change, found.unknown
    renamed = change.entity is USER and change.old.get("User", change.name) != change.name
    if renamed and change.action == "modify":
        yield f"Name: {change.old['User']} -> {change.name}"
        return
    if change.cascade_of:
        yield f"with account '{change.cascade_of}'"
    if change.action == "delete":
        return
    for field in change.entity.all_fields:
        name = field.name
        if name in NOT_SHOWN or not {name} & {*change.old, *change.new}:
            continue
        old, new = change.old.get(name), change.new.get(name)
        if change.action == "add":
            if new not in (None, (), {}, field.kind.read("")) and (name, new) != ("Fairshare", 1):
                yield f"{name}: {field.kind.text(new)}"
        elif name in unknown or old != new:
            before = UNKNOWN_VALUE if name in unknown else field.kind.text(old) or NOTHING
            after = field.kind.text(new) or NOTHING if name in change.new else UNKNOWN_VALUE
            yield f"{name}: {before} -> {after}"


def history_row(found: JournalChange) -> Row:
    """Return the row of `history`; the time in seconds."""
    entry, change = found.entry, found.change
    return {
        "Number": entry.number,
        "Time": entry.time,
        "Actor": None if found.moved else entry.actor or None,
        "Action": "move" if found.moved else change.action,
        "Object": object_of(change),
        "Changes": tuple(phrases(found)),
        "Via": None,
    }
