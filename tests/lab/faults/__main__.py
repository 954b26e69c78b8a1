"""python -m tests.lab.faults: write the table of faults into docs/faults.md."""

from __future__ import annotations

from pathlib import Path

from .table import ROWS, Row

PAGE = Path(__file__).parents[3] / "docs" / "faults.md"
BEGIN, END = "<!-- the table: `make faults-table` -->\n", "<!-- the end of the table -->\n"
TITLES = ("Executor", "Command", "What breaks", "Exit", "Message", "Afterwards")


def page(text: str) -> str:
    """Return the page with the table as it is now."""
    head, _, rest = text.partition(BEGIN)
    return head + BEGIN + table() + END + rest.partition(END)[2]


def table() -> str:
    """Return the rows as Markdown."""
    lines = [TITLES, tuple("---" for _ in TITLES), *map(_cells, ROWS)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(row: Row) -> tuple[str, ...]:
    exits = " or ".join(map(str, row.exits))
    says = f"... {row.says} ..." if row.says else ""
    return (row.executor, row.operation.word, row.name, exits, says, row.state)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
