"""Long lists through $PAGER."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from slurmctl_rest.cli import pager
from tests.tmux import program


@pytest.mark.parametrize(
    ("environment", "argv"),
    [
        ({"PAGER": "more"}, ["more"]),
        ({"PAGER": "less -S '+G 1'; rm"}, ["less", "-S", "+G 1;", "rm"]),
        ({"PAGER": "cat"}, []),
        ({"PAGER": ""}, []),
        ({"PAGER": " "}, []),
        ({"PAGER": "less '"}, []),
        ({"PAGER": "more", "TERM": "dumb"}, []),
        ({"PAGER": "more", "TERM": ""}, []),
    ],
)
def test_which(environment: dict[str, str], argv: list[str]) -> None:
    assert pager.pager({"TERM": "xterm", **environment}) == argv


def test_less_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pager.pager({"TERM": "xterm"}) == []
    program(tmp_path, "less", "cat")
    assert pager.pager({"TERM": "xterm"}) == [str(tmp_path / "less")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pager that keeps what it is given in a file."""
    file = tmp_path / "shown"
    program(tmp_path, "keeper", f'{{ echo "LESS=$LESS"; cat; }} >{file}')
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", str(tmp_path / "keeper"))
    monkeypatch.delenv("LESS", raising=False)
    monkeypatch.setattr("sys.stdin", Terminal())
    return file


def test_what_the_screen_cannot_hold_goes_there(
    shown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pager.show_paged(["\x1b[1mone\x1b[0m", "two", "drei"], 80, 3)
    assert shown.read_text() == "LESS=FRX\n\x1b[1mone\x1b[0m\ntwo\ndrei\n"
    assert capsys.readouterr() == ("", "")


def test_lines_that_are_wider_than_the_screen_count_as_often(
    shown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pager.show_paged(["\x1b[1mabcdefghij\x1b[0m", "k"], 10, 4)
    assert (shown.exists(), capsys.readouterr().out) == (
        False, "\x1b[1mabcdefghij\x1b[0m\nk\n",
    )  # fmt: skip
    pager.show_paged(["abcdefghijk", "物物物物物物"], 10, 4)
    assert shown.exists()


def test_less_is_told_by_the_user(shown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LESS", "-S")
    pager.show_paged(["a", "b"], 80, 1)
    assert shown.read_text().startswith("LESS=-S\n")


def test_nobody_pages_without_a_keyboard(
    shown: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    pager.show_paged(["a", "b"], 80, 1)
    assert (shown.exists(), capsys.readouterr().out) == (False, "a\nb\n")


def test_a_pager_that_is_left_early_or_fails_is_no_error(
    tmp_path: Path,
    shown: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program(tmp_path, "quits", f"touch {tmp_path}/started; exec 0<&-; exit 3")
    monkeypatch.setenv("PAGER", str(tmp_path / "quits"))
    pager.show_paged(["x" * 1000] * 1000, 80, 24)
    assert (tmp_path / "started").exists()
    assert capsys.readouterr() == ("", "")


def test_without_the_pager_it_is_printed(
    shown: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", "/no/such/pager")
    pager.show_paged(["a", "b"], 80, 1)
    assert capsys.readouterr() == ("a\nb\n", "")
