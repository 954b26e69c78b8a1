"""sacctmgr's tables: columns of fixed width, or `|` between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from slurmctl_rest.sacctmgr.columns import ShownColumn
from slurmctl_rest.sacctmgr.options import LineOptions


class Fit(Enum):
    """What becomes of a text that its column has no room for."""

    MARKED = "marked"  # it is cut, and ends with `+`
    CUT = "cut"
    WHOLE = "whole"  # it takes more room: numbers and durations
    DIGITS = "digits"  # a number takes more room, a word is cut and marked
    REAL = "real"  # a number with a fraction is written with a power of ten


CUT_MARK = "+"
"""The last character of a text that has no room."""


def table_lines(
    columns: Sequence[ShownColumn],
    rows: Iterable[Sequence[str | None]],
    options: LineOptions,
    fits: Sequence[Fit] = (),
) -> Iterator[str]:
    """Yield the lines of a list, without their line ends.

    rows  a text for each column; None is none at all, not even its room
    fits  of each column; all MARKED unless they are given

    >>> list(table_lines([ShownColumn(ACCOUNT, 8)], [["hpc_alloc1"]], LineOptions(header=False)))
    ['hpc_all+ ']
    """
    fits = fits or [Fit.MARKED] * len(columns)
    if options.parsable:
        ends = ["|"] * (len(columns) - 1) + ["|" if options.parsable == "-p" else ""]
        if options.header:
            yield "".join(
                f"{one.column.header}{end}" for one, end in zip(columns, ends, strict=True)
            )
        for row in rows:
            cells = zip(row, ends, strict=True)
            yield "".join(f"{text}{end}" for text, end in cells if text is not None)
        return
    if options.header:
        yield "".join(f"{_placed(one.column.header[: one.width], one)} " for one in columns)
        yield "".join(f"{'-' * one.width} " for one in columns)
    for row in rows:
        places = zip(row, columns, fits, strict=True)
        yield "".join(
            f"{_placed(_fitted(text, one.width, fit), one)} "
            for text, one, fit in places
            if text is not None
        )


def _fitted(text: str, width: int, fit: Fit) -> str:
    """Return the text as far as the column holds it; sacctmgr counts bytes."""
    if len(text) * 4 <= width:
        return text
    coded = text.encode("utf-8", "surrogateescape")
    whole = fit is Fit.WHOLE or (fit is Fit.DIGITS and text.isdigit())
    if len(coded) <= width or whole:
        return text
    if fit is Fit.REAL:
        # Where even one digit has no room, C's default of six is taken.
        digits = width - len("2.e+00") if width >= len("2.e+00") else 6
        return f"{float(text):.{digits}e}"
    if fit is Fit.CUT:
        return coded[:width].decode("utf-8", "surrogateescape")
    return coded[: width - 1].decode("utf-8", "surrogateescape") + CUT_MARK


def _placed(text: str, column: ShownColumn) -> str:
    blanks = " " * (column.width - len(text.encode("utf-8", "surrogateescape")))
    return text + blanks if column.left else blanks + text
