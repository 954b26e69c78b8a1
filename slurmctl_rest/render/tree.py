"""The tree of accounts, each with the limits of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slurmctl_rest.model.fields import Access, Entity, Record, Row
from slurmctl_rest.model.kinds import printable


def lines(entity: Entity, rows: Sequence[Row]) -> Iterator[str]:
    """Return a line an account, below its parent; one whose parent is not shown stands at the top.

    Only what is set on the account itself stands beside it.
    """
    names = {row["Account"] for row in rows}
    below: dict[object, list[Row]] = {}
    for row in rows:
        above = row["Parent"] if row["Parent"] in names else None
        below.setdefault(above, []).append(row)
    for row in below.get(None, ()):
        yield _label(entity, row)
        yield from _branch(entity, row, below, "")


def _branch(entity: Entity, row: Row, below: dict[object, list[Row]], indent: str) -> Iterator[str]:
    children = below.get(row["Account"], [])
    for child in children:
        last = child is children[-1]
        yield f"{indent}{'└── ' if last else '├── '}{_label(entity, child)}"
        yield from _branch(entity, child, below, indent + ("    " if last else "│   "))


def _label(entity: Entity, row: Row) -> str:
    own = [
        f"{f.name}={f.kind.text(row[f.name])}"
        for f in entity.fields
        if f.access is Access.SET
        and f.record is Record.ASSOCIATION
        and f.name != "Parent"
        and row[f.name] not in (None, (), {})
    ]
    return printable("  ".join([str(row["Account"]), " ".join(own)]).rstrip(), 0)
