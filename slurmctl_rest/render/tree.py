"""The tree of accounts and their users, each with the limits of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from slurmctl_rest.model.entities.association import above, association_key
from slurmctl_rest.model.fields import Entity, Row, SlurmRecord
from slurmctl_rest.render.described import Node
from slurmctl_rest.render.listing import MAX_ROWS_DRAWN, OutputTarget, display_text
from slurmctl_rest.render.styles import styled


def lines(
    entity: Entity, rows: Sequence[Row], target: OutputTarget = OutputTarget()
) -> Iterable[str]:
    """Return a line a row, below what it stands in; one whose place is not shown is at the top.

    Only what is set on the row itself stands beside it. On a terminal a line that is wider than it
    goes on below itself.
    """
    known = {association_key(row) for row in rows}
    below: dict[object, list[Row]] = {}
    for row in rows:
        place = above(row) if above(row) in known else None
        below.setdefault(place, []).append(row)

    def node(row: Row) -> Node:
        # Users stand before the accounts below, or they would seem to be of the last one.
        inside = sorted(
            below.get(association_key(row), []), key=lambda child: not child.get("User")
        )
        name, limits = display_text(_name(row), target), display_text(_limits(entity, row), target)
        return Node(name, limits, [*map(node, inside)])

    tops = map(node, below.get(None, ()))
    if target.terminal and len(rows) <= MAX_ROWS_DRAWN:
        from slurmctl_rest.render import drawings  # noqa: PLC0415  (only at a terminal)

        return drawings.trees(tops, target)
    return chain.from_iterable(_plain(top, target, "", "") for top in tops)


def _plain(node: Node, target: OutputTarget, before: str, indent: str) -> Iterator[str]:
    limits = f"  {node.limits}" if node.limits else ""
    yield before + node.name + styled(limits, "limit", color=target.color)
    another, last, past = ("|-- ", "`-- ", "|   ") if target.ascii else ("├── ", "└── ", "│   ")
    for inner in node.inside:
        if inner is node.inside[-1]:
            yield from _plain(inner, target, indent + last, f"{indent}    ")
        else:
            yield from _plain(inner, target, indent + another, indent + past)


def _name(row: Row) -> str:
    if not row.get("User"):
        return association_key(row).account
    return f"@{row['User']}" + (f" ({row['Partition']})" if row["Partition"] else "")


def _limits(entity: Entity, row: Row) -> str:
    return " ".join(
        f"{f.name}={f.kind.text(row[f.name])}"
        for f in entity.fields
        if f.settable
        and f.record is SlurmRecord.ASSOCIATION
        and f.name != "Parent"
        and row[f.name] not in (None, (), {})
    )
