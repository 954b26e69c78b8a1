"""Ctrl-C, SIGTERM, a terminal that goes: at once before a write, in good order in the middle."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from slurmctl_rest import audit
from slurmctl_rest.cli import interrupts, pager
from slurmctl_rest.cli.progress import Progress
from slurmctl_rest.errors import Conflict, Interrupted, SlurmctlError, Unreachable
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ACCOUNT
from tests.cli.conftest import Program, Programs
from tests.cli.writes import USERS, WRITES, Write
from tests.fakes import ALICE, BEFORE, BOB, world
from tests.support import PHYSICS, association

MODIFY = ("account", "modify", "physics", "set", "MaxJobs=6", "-i")
AFTER = world([*BEFORE.accounts[:2], {**PHYSICS, "MaxJobs": 6}], USERS)
ENDING = [
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGXCPU,
    signal.SIGALRM,
]
EVERY = pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)


@pytest.fixture
def on_call(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Send signals when the fake Slurm is asked: `at` says whether this is the moment."""

    def arrange(program: Program, at: Callable[[Program], bool], *numbers: int) -> None:
        fake = type(program.slurm)
        answer = fake.__call__

        def interrupted(self: object, asked: object) -> object:
            before = len(program.wrote)
            given = answer(self, asked)  # type: ignore[arg-type]
            if at(program) and (len(program.wrote) > before or not program.wrote):
                for number in numbers:
                    os.kill(os.getpid(), number)
            return given

        monkeypatch.setattr(fake, "__call__", interrupted)

    return arrange


def in_a_write(program: Program) -> bool:
    return len(program.wrote) == 1


@pytest.mark.parametrize("write", WRITES.values(), ids=list(WRITES))
def test_writes_are_told_from_reads(
    programs: Programs, executor: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[SentCommand] = []
    monkeypatch.setattr(Progress, "on_command", lambda _, command: commands.append(command))
    program = programs(executor, BEFORE, write.after)
    assert program(*write.words.split(), "-i").code == 0
    assert len([command for command in commands if command.writes]) == len(program.wrote)


@EVERY
def test_while_reading_nothing_was_changed(
    program: Program, on_call: Callable[..., None], number: int
) -> None:
    on_call(program, lambda _: True, number)
    ended = program(*MODIFY)
    line = "slurmctl-rest: interrupted; nothing was changed\n"
    assert (ended.code, ended.out, ended.err) == (130, "", line)
    assert len(program.slurm.seen) == 1


@EVERY
def test_a_request_under_way_ends_and_is_read_back(
    programs: Programs, executor: str, on_call: Callable[..., None], number: int
) -> None:
    program = programs(executor, BEFORE, AFTER)
    on_call(program, in_a_write, number)
    ended = program(*MODIFY)
    assert (ended.code, ended.out, ended.err) == (
        130,
        "account physics: modified\n  MaxJobs: 5 -> 6\n",
        "slurmctl-rest: interrupted; done: account 'physics'\n",
    )


def test_what_was_not_sent_is_not_sent_any_more(
    programs: Programs, executor: str, on_call: Callable[..., None]
) -> None:
    after = world(BEFORE.accounts, [{**ALICE, "MaxJobs": 4}, BOB])
    program = programs(executor, BEFORE, after)
    on_call(program, in_a_write, signal.SIGINT)
    ended = program(*WRITES["modify a user"].words.split(), "-i")
    assert len(program.wrote) == 1
    assert (ended.code, ended.out, ended.err) == (
        130,
        "user alice: not modified\n"
        "association alice in physics: modified\n  MaxJobs: (unset) -> 4\n",
        "slurmctl-rest: interrupted; done: association 'alice in physics'; "
        "not done: user 'alice'\n",
    )


def test_as_json(programs: Programs, executor: str, on_call: Callable[..., None]) -> None:
    program = programs(executor, BEFORE, AFTER)
    on_call(program, in_a_write, signal.SIGTERM)
    ended = program(*MODIFY, "--json", "--with-commands")
    document, error = json.loads(ended.out), json.loads(ended.err)["error"]
    assert ended.code == 130
    assert (document["changed"], document["changes"][0]["error"]) == (True, None)
    assert (error["code"], error["exit"], error["message"]) == (
        "interrupted", 130, "interrupted; done: account 'physics'",
    )  # fmt: skip
    writes = [one for one in document["commands"] if "-i" in one.get("argv", ()) or "body" in one]
    assert len(writes) == 1


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGHUP])
def test_a_second_signal_ends_at_once(
    programs: Programs, executor: str, on_call: Callable[..., None], first: int, second: int
) -> None:
    program = programs(executor, BEFORE, AFTER)
    on_call(program, in_a_write, first, second)
    ended = program(*MODIFY)
    assert (ended.code, ended.out, ended.err) == (
        130,
        "",
        "slurmctl-rest: interrupted; not known whether done: account 'physics' "
        "(slurmctl-rest account list shows the state)\n",
    )


def test_a_terminal_that_goes_says_so_more_than_once(
    programs: Programs, executor: str, on_call: Callable[..., None]
) -> None:
    """The kernel and the shell send SIGHUP, and systemd right behind SIGTERM."""
    program = programs(executor, BEFORE, AFTER)
    on_call(program, in_a_write, signal.SIGTERM, signal.SIGHUP, signal.SIGHUP, signal.SIGXCPU)
    ended = program(*MODIFY)
    assert (ended.code, ended.out, ended.err) == (
        130,
        "account physics: modified\n  MaxJobs: 5 -> 6\n",
        "slurmctl-rest: interrupted; done: account 'physics'\n",
    )


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_request_that_takes_too_long_is_given_up_and_looked_for(
    programs: Programs, executor: str, on_call: Callable[..., None], done: bool
) -> None:
    program = programs(executor, BEFORE, AFTER if done else BEFORE)
    on_call(program, in_a_write, signal.SIGINT, signal.SIGALRM)
    ended = program(*MODIFY)
    assert ended.code == 130
    if done:
        assert ended.err == "slurmctl-rest: interrupted; done: account 'physics'\n"
        return
    assert (ended.out, ended.err) == (
        "account physics: not known whether modified\n",
        "slurmctl-rest: interrupted; not known whether done: account 'physics' "
        "(slurmctl-rest account list shows the state)\n",
    )


def test_handlers_and_clock_are_put_back(
    programs: Programs, executor: str, on_call: Callable[..., None]
) -> None:
    numbers = ENDING
    before = [signal.getsignal(number) for number in numbers]
    program = programs(executor, BEFORE, AFTER)
    on_call(program, in_a_write, signal.SIGINT)
    program(*MODIFY)
    assert [signal.getsignal(number) for number in numbers] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@EVERY
def test_who_started_us_with_nohup_is_not_overruled(
    programs: Programs, executor: str, on_call: Callable[..., None], number: int
) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        program = programs(executor, BEFORE, AFTER)
        on_call(program, in_a_write, number)
        ended = program(*MODIFY)
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
    assert (ended.code, ended.err) == (0, "")


class Gone(io.StringIO):
    """The stdout of a terminal that is gone, or of a reader."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, _: str) -> int:
        raise OSError(self.number, os.strerror(self.number), "stdout")


GONE = pytest.mark.parametrize("number", [errno.EIO, errno.EPIPE, errno.ENOSPC])


@GONE
def test_an_interrupted_write_whose_terminal_is_gone_is_told_all_the_same(
    programs: Programs,
    executor: str,
    on_call: Callable[..., None],
    number: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    trail = tmp_path / "audit.jsonl"
    monkeypatch.setenv("SLURMCTL_REST_AUDIT_FILE", str(trail))
    after = world(BEFORE.accounts, [{**ALICE, "MaxJobs": 4}, BOB])
    program = programs(executor, BEFORE, after)
    on_call(program, in_a_write, signal.SIGHUP)
    monkeypatch.setattr(contextlib, "redirect_stdout", lambda _: redirected(Gone(number)))
    ended = program(*WRITES["modify a user"].words.split(), "-i")
    assert (len(program.wrote), ended.code, ended.err) == (
        1,
        130,
        "slurmctl-rest: interrupted; done: association 'alice in physics'; "
        "not done: user 'alice'\n",
    )
    begun, ended_ = (json.loads(line) for line in trail.read_text().splitlines())
    assert (begun["outcome"], ended_["outcome"]) == ("begun", "interrupted")
    errors = [change["error"] for change in ended_["changes"]]
    assert [error and error["message"] for error in errors] == ["interrupted; not sent", None]


redirected = contextlib.redirect_stdout


@GONE
def test_what_failed_is_told_though_its_report_is_not(
    programs: Programs, executor: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs(executor)  # where writes change nothing
    monkeypatch.setattr(contextlib, "redirect_stdout", lambda _: redirected(Gone(number)))
    ended = program("account", "modify", "physics,nosuch", "set", "MaxJobs=5", "-i")
    assert (ended.code, ended.err) == (
        7,
        "slurmctl-rest: 1 of 2 failed: account 'nosuch' does not exist on cluster 'alps' "
        "(slurmctl-rest account list shows all accounts)\n",
    )


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_write_whose_report_is_lost_says_that_it_is_done(
    programs: Programs, executor: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs(executor, BEFORE, AFTER)
    monkeypatch.setattr(contextlib, "redirect_stdout", lambda _: redirected(Gone(number)))
    ended = program(*MODIFY)
    said = f"the output cannot be written: {os.strerror(number)} (done: account 'physics')"
    assert (ended.code, ended.err) == (1, f"slurmctl-rest: {said}\n")


@pytest.mark.parametrize("when", ["begin", "end"])
def test_a_record_of_the_trail_is_not_interrupted(
    programs: Programs,
    executor: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    when: str,
) -> None:
    """Whatever signals come while it is written, and however many: it stands there whole."""
    trail = tmp_path / "audit.jsonl"
    monkeypatch.setenv("SLURMCTL_REST_AUDIT_FILE", str(trail))
    recorded = getattr(audit.Trail, when)

    def interrupted(self: audit.Trail, *arguments: object) -> object:
        for number in ENDING:
            os.kill(os.getpid(), number)
        return recorded(self, *arguments)

    monkeypatch.setattr(audit.Trail, when, interrupted)
    program = programs(executor, BEFORE, AFTER)
    ended = program(*MODIFY)
    outcomes = [json.loads(line)["outcome"] for line in trail.read_text().splitlines()]
    if when == "begin":
        assert (len(program.wrote), outcomes) == (0, ["begun", "interrupted"])
        said = "interrupted; not done: account 'physics'"
    else:
        assert (len(program.wrote), outcomes) == (1, ["begun", "done"])
        said = "interrupted; done: account 'physics'"
    assert (ended.code, ended.err) == (130, f"slurmctl-rest: {said}\n")


def outcome(name: str, error: SlurmctlError | None, cascade_of: str = "") -> Outcome:
    row = association(name, None)
    return Outcome(RowChange(ACCOUNT, "delete", name, row, None, cascade_of), error)


def test_what_is_said_of_each_change() -> None:
    error = interrupts.interrupted_write(
        [
            outcome("a", None),
            outcome("b", interrupts.not_sent()),
            outcome("c", Interrupted("x", sent=True)),
            outcome("d", Unreachable("lost")),
            outcome("e", Conflict("account 'e' is in use")),
            outcome("f", None),
            outcome("g", None, cascade_of="f"),
        ]
    )
    assert (error.message, error.hint) == (
        "interrupted; done: account 'a', 'f'; not done: account 'b'; "
        "not known whether done: account 'c', 'd'; failed: account 'e' is in use",
        "slurmctl-rest account list shows the state",
    )


def test_the_pager_is_not_there_to_be_interrupted() -> None:
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.getsignal(number) for number in numbers]
    with pager._left_to_the_pager():
        for number in numbers:
            os.kill(os.getpid(), number)  # means something to the pager alone
    assert [signal.getsignal(number) for number in numbers] == before
