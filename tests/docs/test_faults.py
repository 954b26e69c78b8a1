"""docs/faults.md tells of the faults that the lab runs, of all of them and of no others."""

from __future__ import annotations

from tests.lab.faults.__main__ import PAGE, page
from tests.lab.faults.table import ROWS


def test_the_page_has_the_table_of_now() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "make faults-table"


def test_there_are_40_faults_and_more() -> None:
    assert len({row.name for row in ROWS}) > 40
    assert len({row.id for row in ROWS}) == len(ROWS)
