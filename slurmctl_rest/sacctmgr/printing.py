"""sacctmgr's tables: columns of fixed width, or `|` between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from slurmctl_rest.sacctmgr.columns import ShownColumn
from slurmctl_rest.sacctmgr.options import Options

ENDED = "+"
"""The last character of a text that has no room."""


def table(
    columns: Sequence[ShownColumn], rows: Iterable[Sequence[str]], options: Options
) -> Iterator[str]:
    """Yield the lines of a list, without their line ends.

    `rows` hold a text for each column.

    >>> list(table([ShownColumn(ACCOUNT, 8)], [["hpc_alloc1"]], Options(header=False)))
    ['hpc_all+ ']
    """
    if options.parsable:
        end = "|" if options.parsable == "-p" else ""
        if options.header:
            yield "|".join(one.column.header for one in columns) + end
        for row in rows:
            yield "|".join(row) + end
        return
    if options.header:
        yield "".join(f"{_placed(one.column.header[: one.width], one)} " for one in columns)
        yield "".join(f"{'-' * one.width} " for one in columns)
    for row in rows:
        cells = zip(row, columns, strict=True)
        yield "".join(f"{_placed(_cut(text, one.width), one)} " for text, one in cells)


def _cut(text: str, width: int) -> str:
    """Return the text, or as much of it as the column holds; sacctmgr counts bytes."""
    coded = text.encode("utf-8", "surrogateescape")
    if len(coded) <= width:
        return text
    return coded[: width - 1].decode("utf-8", "surrogateescape") + ENDED


def _placed(text: str, column: ShownColumn) -> str:
    blanks = " " * (column.width - len(text.encode("utf-8", "surrogateescape")))
    return text + blanks if column.left else blanks + text
