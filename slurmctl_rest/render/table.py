"""Tables: fitted to a terminal, or records where it is too narrow; plain columns elsewhere.

rich draws what a person looks at (drawings.py), and not these lists: for 20,000 rows it takes ten
times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, repeat, zip_longest
from typing import TypeAlias

from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.numbers import Count
from slurmctl_rest.render.cells import hanging_lines, padded, pieces, width_of, wrapped
from slurmctl_rest.render.listing import EMPTY_VALUES, OutputTarget, ResultList, display_text
from slurmctl_rest.render.styles import Role, role_of, styled


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, and what it means."""

    text: str
    role: Role | None = None


Cells: TypeAlias = Sequence[Sequence[Cell]]
"""Row by row."""

GAP = "  "


def lines(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Return the lines of the table."""
    if not target.terminal and not target.color:
        return _uncoloured(listing, target)
    cells = cells_of(listing, target)
    if not target.terminal:
        return _plain(listing.columns, cells, target)
    columns = listing.columns
    if not listing.chosen and _is_too_wide(natural_widths(columns, cells), target):
        columns, cells = without_empty(columns, cells)
    widths = _fitting(columns, cells, target)
    if widths is None:
        return _records(listing, columns, cells, target)
    return _fitted(columns, cells, widths, target)


def shown_cell(
    row: Row, column: Column, text: str, inherited: Mapping[str, Origin], target: OutputTarget
) -> Cell:
    """Return the cell of a field: its text as the stream can show it, and what it means."""
    name = column.field.name
    role = role_of(name, text)
    if role is None and _is_inherited(row.get(name), inherited.get(name)):
        role = "inherited"
    return Cell(display_text(text, target), role)


def cells_of(listing: ResultList, target: OutputTarget) -> Cells:
    """Return all cells, of the totals too; most of them say nothing, and are one and the same."""
    texts = [(column.field.name, column.field.kind.text, column) for column in listing.columns]
    totals: Iterator[tuple[Row, Mapping[str, Origin]]] = ((row, {}) for row in listing.totals)
    found = []
    for row, inherited in chain(listing.pairs(), totals):
        cells = []
        for name, text_of, column in texts:
            value = row.get(name)
            text = "" if value in EMPTY_VALUES else text_of(value)
            cells.append(shown_cell(row, column, text, inherited, target) if text else BLANK_CELL)
        found.append(cells)
    return found


BLANK_CELL = Cell("")


def _is_inherited(value: Value, origin: Origin | None) -> bool:
    """Tell whether nothing of the value is the row's own."""
    if isinstance(origin, Mapping) and isinstance(value, Mapping):
        return set(value) <= set(origin)
    return bool(origin)


# --- off a terminal --------------------------------------------------------------------------


def _plain(columns: Sequence[Column], cells: Cells, target: OutputTarget) -> Iterator[str]:
    titles = [Cell(column.name, "title") for column in columns]
    rows = [titles, *cells]
    if any(column.width is not None for column in columns):
        rows = [
            [replace(cell, text=_cut(cell.text, c)) for cell, c in zip(row, columns, strict=True)]
            for row in rows
        ]
    widths = [max(width_of(row[n].text) for row in rows) for n in range(len(columns))]
    for row in rows if target.header else rows[1:]:
        yield _line(zip(row, widths, repeat(False)), target)


def _uncoloured(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Return the same where texts are all there is to a cell.

    A column of some rows is kept as one text until all widths are known: there may be 100,000 rows.
    """
    columns = listing.columns
    titles = [_cut(column.name, column) for column in columns]
    widths = [*map(width_of, titles)]
    kept: list[list[str]] = []
    rows = chain(listing.rows, listing.totals)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        kept.append([])
        nothing = BETWEEN * (len(some) - 1)
        for number, column in enumerate(columns):
            texts = _column(some, column, target)
            whole = BETWEEN.join(texts) if texts else nothing
            widths[number] = max([widths[number], *map(_measure(whole), texts)])
            kept[-1].append(whole)
    if target.header:
        yield GAP.join(map(padded, titles, widths)).rstrip()
    for block in kept:
        wide = [_padded(text, width) for text, width in zip(block, widths, strict=True)]
        yield from map(str.rstrip, map(GAP.join, zip(*wide, strict=True)))


ROWS_AT_ONCE = 1000
"""Rows: what is done to all texts of a column together need not be done to each."""

BETWEEN = "\n"
"""A character that no shown text holds."""


def _column(rows: Sequence[Row], column: Column, target: OutputTarget) -> list[str]:
    """Return the texts of one column, as the stream can show them; none where all are empty."""
    name, text_of = column.field.name, column.field.kind.text
    values = [row.get(name) for row in rows]
    if column.width is None and values.count(None) == len(values):
        return []
    texts = [text_of(value) if value or value not in EMPTY_VALUES else "" for value in values]
    whole = "".join(texts)
    # Hardly any text needs escapes: one look at a column spares a thousand at its cells.
    if display_text(whole, target) != whole:
        texts = [display_text(text, target) for text in texts]
    return texts if column.width is None else [_cut(text, column) for text in texts]


def _padded(texts: str, width: int) -> list[str]:
    """Return the texts of a column with blanks up to its width."""
    if texts.isascii():
        return [text.ljust(width) for text in texts.split(BETWEEN)]
    return [padded(text, width) for text in texts.split(BETWEEN)]


def _measure(texts: str) -> Callable[[str], int]:
    """Return what tells the widths of all these: of ASCII each character is a column."""
    return len if texts.isascii() else width_of


def _cut(text: str, column: Column) -> str:
    """Apply a width that was asked for, as sacctmgr does: `+` marks what is cut off."""
    if column.width is None:
        return text
    width = abs(column.width)
    if width_of(text) > width:
        text = text[: width - 1]
        while width_of(text) > width - 1:
            text = text[:-1]
        text += "+"
    return padded(text, width, right=column.width > 0)


def _line(cells: Iterator[tuple[Cell, int, bool]], target: OutputTarget) -> str:
    """Return a line of cells, each with its width, and whether it stands on the right of it."""
    line = []
    for cell, width, right in cells:
        blanks = " " * (width - width_of(cell.text))
        text = styled(cell.text, cell.role, color=target.color)
        line.append(blanks + text if right else text + blanks)
    return GAP.join(line).rstrip()


# --- on a terminal ---------------------------------------------------------------------------


def natural_widths(columns: Sequence[Column], cells: Cells) -> list[int]:
    """Return how wide each column would like to be."""
    return [
        abs(column.width) if column.width else max(map(width_of, texts))
        for column, texts in zip(columns, _texts(columns, cells), strict=True)
    ]


def _texts(columns: Sequence[Column], cells: Cells) -> list[list[str]]:
    """Return all that stands in each column, its title first."""
    titles = [column.name for column in columns]
    return [[title, *(row[number].text for row in cells)] for number, title in enumerate(titles)]


def _is_too_wide(widths: Sequence[int], target: OutputTarget) -> bool:
    return sum(widths) + len(GAP) * (len(widths) - 1) > target.width


def without_empty(columns: Sequence[Column], cells: Cells) -> tuple[list[Column], Cells]:
    """Leave out the columns that no row has a value in."""
    filled = [n for n in range(len(columns)) if any(row[n].text for row in cells)]
    kept = filled if cells else range(len(columns))
    return [columns[n] for n in kept], [[row[n] for n in kept] for row in cells]


MAX_PIECE_COLUMNS = 25
"""Longer words, without a blank or a comma, may be cut in two lines of a table: times are not."""


def _fitting(columns: Sequence[Column], cells: Cells, target: OutputTarget) -> list[int] | None:
    """Return how wide each column is to be; None where a table would be torn to pieces.

    The widest give way first, down to their longest piece. Widths that were asked for stay.
    """
    widths = natural_widths(columns, cells)
    least = [
        width if column.width else min(MAX_PIECE_COLUMNS, max(map(_longest_piece, texts)))
        for column, width, texts in zip(columns, widths, _texts(columns, cells), strict=True)
    ]
    if _is_too_wide(least, target):
        return least if any(column.width for column in columns) else None
    while _is_too_wide(widths, target):
        widest = max((w, n) for n, w in enumerate(widths) if w > least[n])[1]
        widths[widest] -= 1
    return widths


def _longest_piece(text: str) -> int:
    return max((width_of(piece.rstrip()) for piece in pieces(text)), default=0)


def _fitted(
    columns: Sequence[Column], cells: Cells, widths: Sequence[int], target: OutputTarget
) -> Iterator[str]:
    if target.header:
        yield from _row([Cell(c.field.name, "title") for c in columns], columns, widths, target)
        yield GAP.join(("-" if target.ascii else "─") * width for width in widths)
    for row in cells:
        yield from _row(row, columns, widths, target)


def _row(
    row: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int], target: OutputTarget
) -> Iterator[str]:
    """Return the lines of a row: as many as its longest cell is broken into."""
    broken = [wrapped(cell.text, width) for cell, width in zip(row, widths, strict=True)]
    rights = [isinstance(column.field.kind, Count) for column in columns]
    for texts in zip_longest(*broken, fillvalue=""):
        parts = [Cell(text, cell.role) for text, cell in zip(texts, row, strict=True)]
        yield _line(zip(parts, widths, rights, strict=True), target)


def _records(
    listing: ResultList, columns: Sequence[Column], cells: Cells, target: OutputTarget
) -> Iterator[str]:
    """Return a field a line, and a blank line between rows; what is unset only if asked for."""
    for number, row in enumerate(cells):
        if number:
            yield ""
        for column, cell in zip(columns, row, strict=True):
            if cell.text or listing.chosen:
                title = f"{column.name}:"
                first, *rest = hanging_lines(f"{title} {cell.text}".rstrip(), target.width, "  ")
                value = styled(first.removeprefix(title), cell.role, color=target.color)
                yield styled(title, "title", color=target.color) + value
                yield from (styled(line, cell.role, color=target.color) for line in rest)
