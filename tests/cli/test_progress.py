"""What is going on: a line on a terminal, that is gone in the end."""

from __future__ import annotations

import io
import re
import threading

import pytest

from slurmctl_rest.cli import progress
from slurmctl_rest.cli.progress import ERASE, Progress
from slurmctl_rest.model.command import SentCommand
from tests.cli.conftest import Program

READS = {
    "reading accounts": SentCommand(method="GET", path="/slurmdb/v0.0.43/accounts/"),
    "reading associations": SentCommand(method="GET", path="/slurmdb/v0.0.43/associations/"),
    "reading QOS": SentCommand(method="GET", path="/slurmdb/v0.0.43/qos/user"),
    "asking Slurm": SentCommand(method="GET", path="/slurm/v0.0.43/ping/"),
    "reading jobs": SentCommand(argv=("squeue", "--json")),
    "reading users": SentCommand(
        argv=("sacctmgr", "--json", "list", "user", "where", "name=account")
    ),
    "reading clusters": SentCommand(argv=("sacctmgr", "--json", "list", "cluster")),
}


class Terminal(io.StringIO):
    """Says when something was written to it for the nth time."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = threading.Semaphore(0)

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        done = super().write(text)
        if not text.endswith(ERASE):
            self.drawn.release()
        return done

    def wait(self) -> None:
        assert self.drawn.acquire(timeout=10)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setattr(progress, "FIRST", 0.0)
    monkeypatch.setattr(progress, "TICK", 0.001)
    return Terminal()


def line_of(text: str) -> str:
    return text.rstrip(ERASE).split(ERASE)[-1]


@pytest.mark.parametrize(("doing", "command"), READS.items(), ids=list(READS))
def test_what_is_read(terminal: Terminal, doing: str, command: SentCommand) -> None:
    shown = Progress()
    shown.stream = terminal
    shown.on_command(command)
    terminal.wait()
    shown.end()
    assert re.fullmatch(rf"[-|/\\] {doing} \.\.\. \d+ s", line_of(terminal.getvalue()))
    assert terminal.getvalue().endswith(ERASE)


@pytest.mark.parametrize(("writes", "says"), [(1, "writing"), (40, "writing 2 of 40")])
def test_how_much_is_written(terminal: Terminal, writes: int, says: str) -> None:
    shown = Progress()
    shown.writes = writes
    shown.on_command(SentCommand(method="POST", path="/slurmdb/v0.0.43/accounts/"))
    shown.stream = terminal
    shown.on_command(SentCommand(argv=("sacctmgr", "-i", "add", "account", "name=x")))
    terminal.wait()
    shown.end()
    assert f" {says} ... " in terminal.getvalue()


def test_a_line_is_no_wider_than_the_terminal(terminal: Terminal) -> None:
    shown = Progress()
    shown.stream, shown.columns = terminal, 12
    shown.begin("reading associations")
    terminal.wait()
    shown.end()
    assert len(line_of(terminal.getvalue())) == 11


def test_it_makes_way_for_what_is_said(terminal: Terminal) -> None:
    shown = Progress()
    shown.stream = terminal
    shown.begin("reading")
    terminal.wait()
    with shown.hidden():
        before = terminal.getvalue()
        terminal.write("+ GET /x\n")
    shown.end()
    assert before.endswith(ERASE)


def test_an_interruption_is_shown_at_once(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "FIRST", 3600.0)
    shown = Progress()
    shown.stream = terminal
    shown.begin("writing")
    shown.interrupted()
    terminal.wait()
    shown.end()
    assert "interrupted: waiting for the running request (again: end at once)" in (
        terminal.getvalue()
    )


def test_before_the_first_second_nothing_is_shown(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "FIRST", 3600.0)
    shown = Progress()
    shown.stream = terminal
    shown.begin("reading")
    shown.end()
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(
    ("words", "stdin", "term"),
    [("-Q", "", "xterm"), ("", None, "xterm"), ("", "", "dumb")],
    ids=["quiet", "no terminal", "dumb"],
)
def test_who_does_not_want_it_has_no_thread(
    program: Program, words: str, stdin: str | None, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a thread was started")

    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(threading, "Thread", never)
    assert program("account", "list", *words.split(), stdin=stdin).code == 0


def test_its_thread_ends_with_the_command(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert program("account", "list", stdin="").code == 0
    assert "progress" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("words", ["doctor", "profile check"])
def test_sessions_beside_share_the_line(
    program: Program, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PATH", "/nowhere")
    program(*words.split(), stdin="")
    assert "progress" not in {thread.name for thread in threading.enumerate()}
