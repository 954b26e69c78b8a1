"""sacctmgr's tables, byte for byte."""

from __future__ import annotations

import pytest

from slurmctl_rest.sacctmgr.columns import shown_column
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.printing import Fit, table_lines

LIST_COLUMNS = [shown_column("account"), shown_column("descr%-8"), shown_column("GrpTRESRunMins")]


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (
            LineOptions(),
            [
                "   Account Descr    GrpTRESRunMin ",
                "---------- -------- ------------- ",
                "    abcdef x                cpu=1 ",
                "abcdefghi+ 1234567+ cpu=1,gres/g+ ",
            ],
        ),
        (
            LineOptions(header=False, parsable="-p"),
            ["abcdef|x|cpu=1|", "abcdefghijk|123456789|cpu=1,gres/gpu=2|"],
        ),
        (
            LineOptions(parsable="-P"),
            [
                "Account|Descr|GrpTRESRunMins",
                "abcdef|x|cpu=1",
                "abcdefghijk|123456789|cpu=1,gres/gpu=2",
            ],
        ),
    ],
)
def test_a_table(options: LineOptions, lines: list[str]) -> None:
    rows = [["abcdef", "x", "cpu=1"], ["abcdefghijk", "123456789", "cpu=1,gres/gpu=2"]]
    assert list(table_lines(LIST_COLUMNS, rows, options)) == lines


@pytest.mark.parametrize(
    ("text", "width", "fit", "printed"),
    [
        ("600000", 3, Fit.WHOLE, "600000 "),
        ("600000", 3, Fit.MARKED, "60+ "),
        ("Unknown", 3, Fit.CUT, "Unk "),
        ("20", 1, Fit.DIGITS, "20 "),
        ("parent", 3, Fit.DIGITS, "pa+ "),
        ("2.500000", 8, Fit.REAL, "2.500000 "),
        ("2.500000", 7, Fit.REAL, "2.5e+00 "),
        ("2.500000", 5, Fit.REAL, "2.500000e+00 "),
        ("123456789.000000", 11, Fit.REAL, "1.23457e+08 "),
        ("äöü", 6, Fit.MARKED, "äöü "),
        ("äöü", 7, Fit.MARKED, " äöü "),
        ("äöü", 5, Fit.MARKED, "äö+ "),
    ],
)
def test_a_text_without_room(text: str, width: int, fit: Fit, printed: str) -> None:
    columns = [shown_column(f"account%{width}")]
    assert list(table_lines(columns, [[text]], LineOptions(header=False), [fit])) == [printed]


def test_a_cell_that_is_none_leaves_no_room() -> None:
    rows = [["a", None, "c"]]
    assert list(table_lines(LIST_COLUMNS, rows, LineOptions(header=False))) == [
        f"{'a':>10} {'c':>13} "
    ]
    assert list(table_lines(LIST_COLUMNS, rows, LineOptions(header=False, parsable="-P"))) == [
        "a|c"
    ]
    assert list(
        table_lines(LIST_COLUMNS, [["a", None, None]], LineOptions(header=False, parsable="-P"))
    ) == ["a|"]
