"""Tables: rich on a terminal, plain aligned columns elsewhere."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds import Count, Percent, printable
from slurmctl_rest.model.syntax import Column
from slurmctl_rest.render import Layout, Listing


def lines(listing: Listing, layout: Layout) -> Iterator[str]:
    """Return the lines of the table."""
    listing = replace(listing, rows=[*listing.rows, *listing.totals])
    if not layout.terminal:
        return _plain(listing, layout)
    return _fitted(_without_empty(listing, layout.width), layout)


GAP = 3


def _without_empty(listing: Listing, width: int) -> Listing:
    """Leave out usual columns that no row has a value in, where the table is wider than the screen.

    Columns that were asked for are shown in any case.
    """
    rows = list(listing.cells())
    longest = [max(map(len, column)) for column in zip(listing.titles, *rows, strict=True)]
    bars = sum(BAR + 1 for column in listing.columns if _has_bar(column))
    if listing.chosen or not rows or sum(longest) + bars + GAP * len(longest) <= width:
        return listing
    filled = [any(column) for column in zip(*rows, strict=True)]
    columns = [c for c, has_value in zip(listing.columns, filled, strict=True) if has_value]
    return replace(listing, columns=columns)


def _plain(listing: Listing, layout: Layout) -> Iterator[str]:
    rows = [
        [_cut(printable(c, 0), column) for c, column in zip(cells, listing.columns, strict=True)]
        for cells in [listing.titles, *listing.cells()]
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows if layout.header else rows[1:]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cut(cell: str, column: Column) -> str:
    """Apply a width that was asked for, as sacctmgr does: `+` marks what is cut off."""
    if column.width is None:
        return cell
    width = abs(column.width)
    cut = cell if len(cell) <= width else cell[: width - 1] + "+"
    return cut.ljust(width) if column.width < 0 else cut.rjust(width)


BAR = 10


def _has_bar(column: Column) -> bool:
    return isinstance(column.field.kind, Percent) and column.field.kind.bar


def _bar(row: Row, column: Column, layout: Layout) -> str:
    """Return a bar as long as the percentage that stands beside it, where it has one."""
    percent = row.get(column.field.name)
    if not _has_bar(column) or not isinstance(percent, int | float):
        return ""
    full, empty = ("#", ".") if layout.ascii else ("█", "░")
    long = round(percent / 100 * BAR)
    # The widest number is 100.0: bars stand below each other.
    return full * long + empty * (BAR - long) + " " * (6 - len(column.field.kind.text(percent)))


def _fitted(listing: Listing, layout: Layout) -> Iterator[str]:
    from rich import box  # noqa: PLC0415  (nothing of rich is needed off a terminal)
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, show_header=layout.header, pad_edge=False)
    for column in listing.columns:
        table.add_column(
            column.field.title,
            overflow="fold",
            width=abs(column.width) if column.width else None,
            justify="right" if isinstance(column.field.kind, Count) else "left",
        )
    for row, cells in zip(listing.rows, listing.cells(), strict=True):
        bars = [_bar(row, column, layout) for column in listing.columns]
        # Text, not markup: a description may hold brackets, or escape sequences of a joker.
        table.add_row(
            *(Text(bar + printable(cell, 0)) for bar, cell in zip(bars, cells, strict=True))
        )
    paper = io.StringIO()
    console = Console(
        file=paper, width=layout.width, force_terminal=True, no_color=not layout.color,
        color_system="auto" if layout.color else None, highlight=False,
    )  # fmt: skip
    console.print(table)
    return iter(paper.getvalue().rstrip("\n").split("\n"))
