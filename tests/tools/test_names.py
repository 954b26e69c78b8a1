"""The list of ambiguous names finds what has two meanings, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import names

FIRST = '''
"""A module."""
LIMIT = 3
SAME = "x"
WIDTH, HEIGHT = 1, 2

def read(path: str) -> str:
    """Return the text of a file."""

def run() -> None:
    """Do one thing."""

def _read() -> None: ...

class Row:
    """A line of a table."""
'''
SECOND = '''
"""Another module."""
LIMIT: int = 5
SAME: str = "x"
HEIGHT = 3

def read(row: int) -> str:
    """Return a row."""

def run(entity: str) -> None:
    """Do another."""

async def _read(path: str) -> None: ...

class Row:
    """A line of a table."""
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "first.py").write_text(FIRST)
    (tmp_path / "below/second.py").write_text(SECOND)
    return tmp_path


def test_a_name_is_ambiguous_if_two_modules_define_it_differently(package: Path) -> None:
    assert names.ambiguous(names.meanings(package)) == {
        "HEIGHT": {"HEIGHT = 3": ["below/second.py:5"], "HEIGHT = 2": ["first.py:5"]},
        "LIMIT": {"LIMIT = 5": ["below/second.py:3"], "LIMIT = 3": ["first.py:3"]},
        "read": {
            'def read(row: int): "Return a row."': ["below/second.py:7"],
            'def read(path: str): "Return the text of a file."': ["first.py:7"],
        },
    }


def test_the_list_is_printed_with_every_place(
    package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["names", str(package)])
    names.main()
    out = capsys.readouterr().out
    assert "LIMIT: 2 meanings\n    LIMIT = 5  (below/second.py:3)\n" in out
    assert out.endswith("3 names have more than one meaning\n")


def test_a_name_of_the_package_has_one_meaning() -> None:
    assert names.ambiguous(names.meanings(names.PACKAGE)) == {}
