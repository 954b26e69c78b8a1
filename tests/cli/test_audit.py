"""Each write of every noun leaves its records, and none is sent where it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slurmctl_rest import audit
from slurmctl_rest.model.kinds.base import Json
from tests.cli.conftest import TOKEN, Programs
from tests.cli.writes import WRITES, Write
from tests.fakes import BEFORE

pytestmark = pytest.mark.usefixtures("everybody_can_log_in")

every_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


@pytest.fixture
def trail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "audit.jsonl"
    monkeypatch.setenv("SLURMCTL_REST_AUDIT_FILE", str(file))
    monkeypatch.setattr(audit, "identity", lambda: ("root", "carla"))
    return file


def records(file: Path) -> list[dict[str, Json]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@every_write
def test_a_write_leaves_two_records(
    programs: Programs, executor: str, write: Write, trail: Path
) -> None:
    program = programs(executor, BEFORE, write.after)
    ended = program(*write.words.split(), "-i", "--json", "--with-commands")
    document = json.loads(ended.out)
    begun, done = records(trail)
    head = {
        "schema_version": 1,
        "kind": "audit",
        "time": begun["time"],
        "id": begun["id"],
        "user": "root",
        "login": "carla",
        "profile": executor,
        "cluster": "alps",
        "executor": executor,
        "slurm_user": "admin" if executor == "rest" else None,
    }
    assert begun == {**begun, **head, "outcome": "begun"}
    assert done == {
        **head,
        "time": done["time"],
        "outcome": "done",
        "changes": document["changes"],
        "commands": done["commands"],
    }
    # What was announced is what was then run, with the reads that verify it.
    assert [c for c in done["commands"] if c in begun["commands"]] == begun["commands"]
    ran = document["commands"]
    start = ran.index(done["commands"][0])
    assert done["commands"] == ran[start : start + len(done["commands"])]
    assert TOKEN not in trail.read_text()


@every_write
def test_nothing_is_sent_without_a_trail(
    programs: Programs, executor: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURMCTL_REST_AUDIT_FILE", "/dev/full")
    program = programs(executor, BEFORE, write.after)
    ended = program(*write.words.split(), "-i")
    assert (ended.code, ended.out, program.wrote) == (9, "", [])
    assert ended.err == write.warns(executor) + (
        "slurmctl-rest: the audit trail /dev/full cannot be written: No space left on device: "
        "nothing was sent (no write is done without its audit trail: check audit_file and "
        "audit_log of the profile)\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        "account list",
        "account modify physics set MaxJobs=7 --dry-run",
        "account modify physics set MaxJobs=5 -i",
        "account modify nosuch set MaxJobs=5 -i",
    ],
)
def test_what_writes_nothing_leaves_nothing(
    programs: Programs, executor: str, words: str, trail: Path
) -> None:
    programs(executor)(*words.split())
    assert records(trail) == []


def test_a_write_that_slurm_did_not_do_is_told(
    programs: Programs, executor: str, trail: Path
) -> None:
    ended = programs(executor)("account", "modify", "physics", "set", "MaxJobs=7", "-i")
    assert ended.code == 4
    begun, done = records(trail)
    assert (begun["outcome"], done["outcome"]) == ("begun", "failed")
    assert begun["changes"][0]["error"] is None
    assert done["changes"][0]["error"]["code"] == "changed_under_us"


def test_a_trail_that_is_full_in_between_is_an_error_after_the_write(
    programs: Programs, executor: str, trail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = audit.Trail.begin

    def full_from_now_on(self: audit.Trail, *arguments: object) -> None:
        begin(self, *arguments)  # type: ignore[arg-type]
        self.sinks = {"the audit trail": audit.to_file(Path("/dev/full"))}

    monkeypatch.setattr(audit.Trail, "begin", full_from_now_on)
    write = WRITES["modify a limit"]
    ended = programs(executor, BEFORE, write.after)(*write.words.split(), "-i")
    (begun,) = records(trail)
    told = (
        "the audit trail cannot be written: No space left on device: "
        f"the outcome of write {begun['id']} is not recorded"
    )
    assert ended.code == 1
    assert ended.out == write.said.replace("VERB", "modified")
    assert ended.err == (
        f"slurmctl-rest: warning: {told}\n"
        f"slurmctl-rest: {told} (the write itself ended as reported; record it by hand)\n"
    )
