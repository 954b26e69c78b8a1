"""The tree of accounts and their users, each with the limits of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slurmctl_rest.model.entities.association import above, association_key
from slurmctl_rest.model.fields import Entity, Row, SlurmRecord
from slurmctl_rest.render.cells import hanging_lines
from slurmctl_rest.render.listing import OutputTarget, display_text
from slurmctl_rest.render.styles import styled


@dataclass(frozen=True, slots=True)
class Branches:
    """What a tree is drawn with: another row comes, the last one, what leads past, and nothing."""

    another: str
    last: str
    past: str
    nothing: str = "    "


DRAWN = Branches("├── ", "└── ", "│   ")
TYPED = Branches("|-- ", "`-- ", "|   ")


def lines(
    entity: Entity, rows: Sequence[Row], target: OutputTarget = OutputTarget()
) -> Iterator[str]:
    """Return a line a row, below what it stands in; one whose place is not shown is at the top.

    Only what is set on the row itself stands beside it. On a terminal a line that is wider than it
    goes on below itself.
    """
    known = {association_key(row) for row in rows}
    below: dict[object, list[Row]] = {}
    for row in rows:
        place = above(row) if above(row) in known else None
        below.setdefault(place, []).append(row)
    branches = TYPED if target.ascii else DRAWN

    def branch(row: Row, before: str, indent: str) -> Iterator[str]:
        # Users stand before the accounts below, or they would seem to be of the last one.
        children = sorted(
            below.get(association_key(row), []), key=lambda child: not child.get("User")
        )
        margin = indent + (branches.past if children else branches.nothing)
        yield from _labelled(entity, row, before, margin, target)
        for child in children:
            last = child is children[-1]
            yield from branch(
                child,
                indent + (branches.last if last else branches.another),
                indent + (branches.nothing if last else branches.past),
            )

    for row in below.get(None, ()):
        yield from branch(row, "", "")


def _labelled(
    entity: Entity, row: Row, before: str, margin: str, target: OutputTarget
) -> Iterator[str]:
    """Return name and limits, on as many lines as they take; `margin` leads the later ones."""
    name, limits = display_text(_name(row), target), display_text(_limits(entity, row), target)
    line = f"{before}{name}  {limits}".rstrip()
    first, *rest = hanging_lines(line, target.width, margin) if target.terminal else [line]
    head = f"{before}{name}"
    yield head + styled(first.removeprefix(head), "limit", color=target.color)
    for later in rest:
        yield margin + styled(later.removeprefix(margin), "limit", color=target.color)


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
