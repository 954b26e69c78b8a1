"""--dry-run reads and writes nothing; the same harness without it does see the write."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Programs
from tests.cli.writes import WRITES, Write
from tests.fakes import BEFORE, Slurmrestd

pytestmark = pytest.mark.usefixtures("everybody_can_log_in")

DONE = {"add": "added", "modify": "modified", "delete": "deleted"}
every_write = pytest.mark.parametrize(
    ("kind", "write"), [(kind.split()[0], w) for kind, w in WRITES.items()], ids=WRITES
)


@every_write
@pytest.mark.parametrize("also", [(), ("-i",)], ids=["", "-i"])
def test_a_dry_run_sends_and_runs_no_write(
    programs: Programs, executor: str, kind: str, write: Write, also: tuple[str, ...]
) -> None:
    program = programs(executor, BEFORE, write.after)
    ended = program(*write.words.split(), "--dry-run", *also)
    assert (ended.code, ended.err) == (0, write.warns(executor))
    said, *would = ended.out.split("would run: ")
    assert said == write.said.replace("VERB", f"would {kind}")
    if executor == "rest":
        assert [" ".join(line.split("?")[0].split()[:2]) for line in would] == write.rest
    else:
        assert [line.rstrip("\n") for line in would] == write.cli
    assert program.wrote == []
    assert program.slurm.seen
    if isinstance(program.slurm, Slurmrestd):
        assert {seen.method for seen in program.slurm.seen} == {"GET"}


@every_write
def test_without_dry_run_the_same_words_do_write(
    programs: Programs, executor: str, kind: str, write: Write
) -> None:
    """The counter-proof: this harness would have seen it."""
    program = programs(executor, BEFORE, write.after)
    ended = program(*write.words.split(), "-i")
    assert (ended.code, ended.err) == (0, write.warns(executor))
    assert ended.out == write.said.replace("VERB", DONE[kind])
    assert program.wrote == (write.rest if executor == "rest" else write.cli)


@every_write
def test_what_a_dry_run_shows_is_what_is_then_sent(
    programs: Programs, executor: str, kind: str, write: Write
) -> None:
    program = programs(executor, BEFORE, write.after)
    dry = json.loads(program(*write.words.split(), "--dry-run", "--json").out)
    approved = ("--with-commands", "--approve", dry["digest"])
    wet = json.loads(program(*write.words.split(), "-i", "--json", *approved).out)
    assert (dry["dry_run"], wet["dry_run"]) == (True, False)
    assert (dry["changed"], wet["changed"]) == (True, True)
    assert dry["changes"] == wet["changes"]
    assert dry["commands"] != []
    assert [command for command in wet["commands"] if command in dry["commands"]] == (
        dry["commands"]
    )


@every_write
def test_what_is_already_so_writes_nothing(
    programs: Programs, executor: str, kind: str, write: Write
) -> None:
    program = programs(executor, write.after)
    ended = program(*write.words.split(), "-i", "--json", "--missing-ok") if kind == "delete" else (
        program(*write.words.split(), "-i", "--json")
    )  # fmt: skip
    assert ended.code == 0
    assert json.loads(ended.out)["changed"] is False
    assert program.wrote == []
