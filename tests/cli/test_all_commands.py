"""What holds for every command: nothing waits for input, no escape code strays off a terminal."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from slurmctl_rest.cli import progress
from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS
from slurmctl_rest.render.formats import FORMATS
from tests.cli.conftest import Ended, Program, Programs
from tests.cli.writes import WRITES
from tests.documents import FOLDER

MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
COMMANDS = [
    "",
    *(entity.word for entity in ENTITIES_WITH_VERBS),
    *(
        " ".join([*command["words"][:-1], word])
        for command in MANIFEST["commands"]
        for word in (command["words"][-1], *command["synonyms"])
        if command["words"] not in (["demo"], ["mcp"])
    ),
]
"""All but the demo, which runs the others, and the server, which reads stdin."""
NAMED = [
    *(write.words for write in WRITES.values()),
    "account list physics nosuch",
    "assoc list where account=physics",
    "assoc tree",
    "account tree science",
    "user delete nosuch --missing-ok",
    "jobs history 1",
    "jobs cancel account=physics",
    "usage report account=physics",
    "raw-usage reset physics",
]
WRONG = ["nonsense", "account list --nope", "account list nope=1", "account modify x set", "-x"]
LINES = [*COMMANDS, *NAMED, *(f"{line} -i" for line in NAMED), *WRONG]
HELP = [f"{command} --help" for command in COMMANDS]
CODE = re.compile(r"\x1b\[[0-9;]*m")
EACH_FORMAT = list(zip(FORMATS, itertools.cycle(("rest", "cli")), strict=False))


@pytest.fixture(autouse=True)
def at_a_good_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps from colours is not the terminal. Usage runs real programs: here are none."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.mark.parametrize(("format_", "executor"), EACH_FORMAT)
def test_off_a_terminal_nothing_waits_and_no_escape_code_is_printed(
    programs: Programs, format_: str, executor: str
) -> None:
    """Who reads from stdin fails here (conftest)."""
    program = programs(executor)
    for line in [*LINES, *(f"{line} --dry-run -v" for line in NAMED)]:
        ended = program("--output", format_, *line.split())
        assert_clean(ended, line)
        assert "it waits for input" not in ended.err, line


def test_no_help_waits_or_is_coloured(programs: Programs) -> None:
    program = programs("cli")
    for line in HELP:
        for stdin in (None, ""):
            ended = program(*line.split(), stdin=stdin)
            assert (ended.code, ended.err) == (0, "")
            assert_clean(ended, line)


@pytest.mark.parametrize(("how", "executor"), [("--color=never", "rest"), ("NO_COLOR", "cli")])
def test_on_a_terminal_without_colours_no_code_is_printed(
    programs: Programs, how: str, executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs(executor)
    if how == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    # A busy machine takes more than a second, and the line of progress moves, whatever its colour.
    monkeypatch.setattr(progress, "FIRST", float("inf"))
    option = [how] if how.startswith("-") else []
    for line in LINES:
        assert_clean(program(*line.split(), *option, stdin="n\n"), line)


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_knows_no_codes_gets_none(
    program: Program, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    for line in ("account list", "account tree", "account modify physics set MaxJobs=6", "x"):
        assert_clean(program(*line.split(), stdin="n\n"), line)


def test_colours_add_codes_and_nothing_else(program: Program) -> None:
    """`--color=always` off a terminal: the same words on the same lines."""
    colored = set()
    for line in [*(f"{line} --dry-run" for line in NAMED), "account list", "nonsense"]:
        plain, with_codes = program(*line.split()), program(*line.split(), "--color=always")
        assert CODE.sub("", with_codes.out) == plain.out, line
        assert CODE.sub("", with_codes.err) == plain.err, line
        colored |= {line} if (with_codes.out + with_codes.err) != (plain.out + plain.err) else set()
    assert {"account list", "nonsense", "assoc tree --dry-run", "qos delete high --dry-run"} <= (
        colored
    )


def assert_clean(ended: Ended, line: str) -> None:
    """No escape, carriage return, backspace or bell: what moves a terminal or colours it."""
    assert not set("\x1b\r\x08\x07") & set(ended.out + ended.err), line
