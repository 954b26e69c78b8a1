"""Widths of text, and lines of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.render.cells import hanging_lines, padded, rows_of, width_of, wrapped

WIDE = {"": 0, "abc": 3, "é": 1, "e\u0301": 1, "物理": 4, "🚀": 2}


@pytest.mark.parametrize(("text", "width"), WIDE.items())
def test_width(text: str, width: int) -> None:
    assert width_of(text) == width
    assert width_of(padded(text, 8)) == width_of(padded(text, 8, right=True)) == 8


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("cpu=100,mem=2G", ["cpu=100,", "mem=2G"]),
        ("light and matter", ["light and", "matter"]),
        ("abcdefghijklmn", ["abcdefghij", "klmn"]),
        ("a abcdefghijklm", ["a", "abcdefghij", "klm"]),
        ("物理物理物理", ["物理物理物", "理"]),
    ],
)
def test_wrapped(text: str, lines: list[str]) -> None:
    assert wrapped(text, 10) == lines


def test_hanging() -> None:
    assert hanging_lines("  GrpTRES: cpu=1,mem=2G -> cpu=3,mem=2G", 24, "      ") == [
        "  GrpTRES: cpu=1,mem=2G",
        "      -> cpu=3,mem=2G",
    ]
    assert hanging_lines("a b", 24, "  ") == ["a b"]
    assert hanging_lines("too narrow for anything", 12, "  ") == ["too narrow for anything"]


@given(
    text=st.text(st.characters(codec="utf-8", categories=["L", "N", "Z"])), width=st.integers(2, 30)
)
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_of(line) <= width for line in lines)


@pytest.mark.parametrize(
    ("line", "rows"),
    [("", 1), ("x" * 10, 1), ("x" * 11, 2), ("\x1b[31m" + "x" * 10 + "\x1b[0m", 1)],
)
def test_rows(line: str, rows: int) -> None:
    assert rows_of(line, 10) == rows
