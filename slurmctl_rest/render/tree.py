"""The tree of accounts and their users, each with the limits of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slurmctl_rest.model.entities.association import above, key
from slurmctl_rest.model.fields import Entity, Record, Row
from slurmctl_rest.model.kinds import printable


def lines(entity: Entity, rows: Sequence[Row]) -> Iterator[str]:
    """Return a line a row, below what it stands in; one whose place is not shown is at the top.

    Only what is set on the row itself stands beside it.
    """
    shown = {key(row) for row in rows}
    below: dict[object, list[Row]] = {}
    for row in rows:
        place = above(row) if above(row) in shown else None
        below.setdefault(place, []).append(row)
    for row in below.get(None, ()):
        yield _label(entity, row)
        yield from _branch(entity, row, below, "")


def _branch(entity: Entity, row: Row, below: dict[object, list[Row]], indent: str) -> Iterator[str]:
    # Users stand before the accounts below, or they would seem to be of the last one.
    children = sorted(below.get(key(row), []), key=lambda child: not child.get("User"))
    for child in children:
        last = child is children[-1]
        yield f"{indent}{'└── ' if last else '├── '}{_label(entity, child)}"
        yield from _branch(entity, child, below, indent + ("    " if last else "│   "))


def _label(entity: Entity, row: Row) -> str:
    own = [
        f"{f.name}={f.kind.text(row[f.name])}"
        for f in entity.fields
        if f.settable
        and f.record is Record.ASSOCIATION
        and f.name != "Parent"
        and row[f.name] not in (None, (), {})
    ]
    name = str(row["Account"])
    if row.get("User"):
        name = f"@{row['User']}" + (f" ({row['Partition']})" if row["Partition"] else "")
    return printable("  ".join([name, " ".join(own)]).rstrip(), 0)
