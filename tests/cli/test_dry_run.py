"""--dry-run reads and writes nothing; the same harness without it does see the write."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from tests.cli.conftest import Programs
from tests.fakes import BEFORE, Slurmrestd, World, world
from tests.support import PHYSICS, account

ROOT, SCIENCE = BEFORE.accounts[:2]
USERS = [row for row in BEFORE.associations if row["User"]]


def after(*rows: object) -> World:
    return world([ROOT, SCIENCE, *rows], USERS)  # type: ignore[list-item]


@dataclass(frozen=True)
class Write:
    """A write: its words, what it leaves, what is sent or run for it, and what is said."""

    words: str
    after: World
    rest: list[str]
    cli: list[str]
    said: str
    warned: str = ""


LEFT = "".join(
    f"slurmctl-rest: warning: user '{name}' is left without any account, and so without a "
    "default one\n"
    for name in ("alice", "bob")
)
OPTICS = account("optics", "physics", MaxJobs=3)
WRITES = {
    "add": Write(
        "account add optics parent=physics MaxJobs=3",
        after(PHYSICS, OPTICS),
        ["POST /slurmdb/v0.0.43/accounts_association/"],
        ["sacctmgr -i add account name=optics cluster=alps Parent=physics Fairshare=1 MaxJobs=3"],
        "account optics: VERB\n"
        "  Description = optics\n"
        "  Organization = physics\n"
        "  Parent = physics\n"
        "  Fairshare = 1\n"
        "  MaxJobs = 3\n",
    ),
    "modify a limit": Write(
        "account modify physics set GrpTRES=cpu=7 MaxJobs=-1",
        after({**PHYSICS, "GrpTRES": {"cpu": 7, "mem": 2048}, "MaxJobs": None}),
        ["POST /slurmdb/v0.0.43/associations/"],
        ["sacctmgr -i modify account where name=physics cluster=alps set GrpTRES=cpu=7 MaxJobs=-1"],
        "account physics: VERB\n"
        "  GrpTRES: cpu=100,mem=2G -> cpu=7,mem=2G\n"
        "  MaxJobs: 5 -> (unset)\n",
    ),
    "modify a text": Write(
        "account modify physics set Description=optics",
        after({**PHYSICS, "Description": "optics"}),
        ["POST /slurmdb/v0.0.43/accounts/"],
        ["sacctmgr -i modify account where name=physics cluster=alps set Description=optics"],
        "account physics: VERB\n  Description: light and matter -> optics\n",
    ),
    "delete": Write(
        "account delete physics",
        world([ROOT, SCIENCE]),
        ["DELETE /slurmdb/v0.0.43/account/physics"],
        ["sacctmgr -i delete account where name=physics"],
        "account physics: VERB\n"
        "association alice in physics: VERB\n"
        "association bob in physics: VERB\n",
        LEFT,
    ),
}
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
    assert (ended.code, ended.err) == (0, write.warned)
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
    assert (ended.code, ended.err) == (0, write.warned)
    assert ended.out == write.said.replace("VERB", DONE[kind])
    assert program.wrote == (write.rest if executor == "rest" else write.cli)


@every_write
def test_what_a_dry_run_shows_is_what_is_then_sent(
    programs: Programs, executor: str, kind: str, write: Write
) -> None:
    program = programs(executor, BEFORE, write.after)
    dry = json.loads(program(*write.words.split(), "--dry-run", "--json").out)
    wet = json.loads(program(*write.words.split(), "-i", "--json").out)
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
