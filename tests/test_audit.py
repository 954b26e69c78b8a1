"""Where records of the audit trail go, and what is said where they cannot go there."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from slurmctl_rest import audit
from slurmctl_rest.audit import AuditRecord, Trail, Who
from slurmctl_rest.errors import Interrupted, NotFound, Refused
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ACCOUNT
from tests.support import PHYSICS, profile

WHO = Who("root", "carla", "alps", "alps", "rest", "svc-admin")
BEFORE, AFTER = PHYSICS, {**PHYSICS, "MaxJobs": 7}
DONE = Outcome(RowChange(ACCOUNT, "modify", "physics", BEFORE, AFTER))
MISSING = Outcome(RowChange(ACCOUNT, "modify", "nosuch", None, None), NotFound("no 'nosuch'"))
INTERRUPTED = Outcome(DONE.change, Interrupted("interrupted; not sent"))
RAN = SentCommand(method="POST", path="/slurmdb/v0.0.43/associations/", body={"associations": []})
CHANGE = {
    "entity": "account",
    "name": "physics",
    "key": {"Account": "physics"},
    "action": "modify",
    "changed": True,
    "fields": {"MaxJobs": {"before": 5, "after": 7}},
    "error": None,
}
HEAD = {
    "schema_version": 1,
    "kind": "audit",
    "time": "2026-11-24T12:00:00.000+01:00",
    "id": "0011",
    "user": "root",
    "login": "carla",
    "profile": "alps",
    "cluster": "alps",
    "executor": "rest",
    "slurm_user": "svc-admin",
}


def record(*outcomes: Outcome) -> AuditRecord:
    return AuditRecord("0011", str(HEAD["time"]), WHO, audit.result_of(outcomes), outcomes, [RAN])


def test_a_record_is_one_object() -> None:
    assert record(DONE).as_json() == {
        **HEAD,
        "outcome": "done",
        "changes": [CHANGE],
        "commands": [RAN.as_json()],
    }


def test_a_message_tells_one_change_and_no_commands() -> None:
    done, missing = map(json.loads, record(DONE, MISSING).messages())
    assert done == {**HEAD, "outcome": "partly", "changes": [CHANGE]}
    assert missing["changes"][0]["error"] == {"code": "not_found", "message": "no 'nosuch'"}


@pytest.mark.parametrize(
    ("outcomes", "word"),
    [
        ((), "done"),
        ((DONE,), "done"),
        ((DONE, MISSING), "partly"),
        ((MISSING,), "failed"),
        ((DONE, INTERRUPTED, MISSING), "interrupted"),
    ],
)
def test_one_word_says_what_became_of_all(outcomes: tuple[Outcome, ...], word: str) -> None:
    assert audit.result_of(outcomes) == word


def test_a_file_gets_line_after_line_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    for _ in range(2):
        audit.to_file(file)(record(DONE))
    assert [json.loads(line) for line in file.read_text().splitlines()] == 2 * [
        record(DONE).as_json()
    ]
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_permissions_of_a_file_that_is_there_stay(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.touch()
    file.chmod(0o640)
    audit.to_file(file)(record(DONE))
    assert file.stat().st_mode & 0o777 == 0o640


def trail_to(path: Path) -> Trail:
    return Trail(audit.sinks(profile(audit_file=path)), WHO)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/dev/full", "No space left on device"),
        ("/dev/null/audit", "Not a directory"),
        ("/proc/audit", "No such file or directory"),
        ("/", "Is a directory"),
    ],
)
def test_what_cannot_be_noted_is_refused_before_it_is_done(path: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        trail_to(Path(path)).begin([DONE], [RAN])
    said = f"the audit trail {path} cannot be written: {reason}: nothing was sent"
    assert refused.value.message == said


def test_a_pipe_that_nobody_reads_is_no_trail_and_no_trap(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refused, match="cannot be written: No such device or address"):
        trail_to(tmp_path / "pipe").begin([DONE], [RAN])


def test_what_one_place_has_noted_and_another_not_has_an_end_there(tmp_path: Path) -> None:
    """Nothing was sent, and it does not look as if the program had been killed on its way."""
    good, bad = tmp_path / "good", Path("/dev/full")
    trail = Trail({"good": audit.to_file(good), "bad": audit.to_file(bad)}, WHO)
    with pytest.raises(Refused, match="bad cannot be written: No space left on device: nothing"):
        trail.begin([DONE, MISSING], [RAN])
    begun, failed = (json.loads(line) for line in good.read_text().splitlines())
    assert (begun["outcome"], failed["outcome"], failed["commands"]) == ("begun", "failed", [])
    codes = [change["error"]["code"] for change in failed["changes"]]
    assert codes == ["refused", "not_found"]


def test_an_outcome_that_cannot_be_noted_is_an_error_that_names_the_write() -> None:
    trail = trail_to(Path("/dev/full"))
    error = trail.end([DONE], [RAN])
    assert error is not None
    assert error.message == (
        "the audit trail /dev/full cannot be written: No space left on device: "
        f"the outcome of write {trail.id} is not recorded"
    )


def test_begin_and_end_share_an_id(tmp_path: Path) -> None:
    trail = trail_to(tmp_path / "audit.jsonl")
    trail.begin([DONE], [RAN])
    assert trail.end([DONE], [RAN]) is None
    assert trail.end([DONE, INTERRUPTED], [RAN]) is None
    records = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [r["outcome"] for r in records] == ["begun", "done", "interrupted"]
    assert {r["id"] for r in records} == {trail.id}
    assert len({trail_to(tmp_path / "x").id for _ in range(20)}) == 20


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What a local log listens on, whichever it is."""
    address = str(tmp_path / "log")
    monkeypatch.setattr(audit, "SYSLOG", address)
    monkeypatch.setattr(audit, "JOURNALD", address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(5)
        yield listening


def test_syslog_gets_a_message_a_change(log: socket.socket) -> None:
    trail = Trail(audit.sinks(profile(audit_log="syslog")), WHO)
    trail.begin([DONE, MISSING], [RAN])
    head = f"<85>slurmctl-rest[{os.getpid()}]: "
    handling_signals = [log.recv(65536).decode() for _ in range(2)]
    assert all(message.startswith(head) for message in handling_signals)
    names = [json.loads(m.removeprefix(head))["changes"][0]["name"] for m in handling_signals]
    assert names == ["physics", "nosuch"]


def test_journald_gets_fields(log: socket.socket) -> None:
    trail = Trail(audit.sinks(profile(audit_log="journald")), WHO)
    trail.begin([DONE], [RAN])
    fields = dict(line.split("=", 1) for line in log.recv(65536).decode().splitlines())
    assert json.loads(fields.pop("MESSAGE"))["id"] == trail.id
    assert fields == {
        "PRIORITY": "5",
        "SYSLOG_FACILITY": "10",
        "SYSLOG_IDENTIFIER": "slurmctl-rest",
        "SLURMCTL_REST_ID": trail.id,
        "SLURMCTL_REST_OUTCOME": "begun",
    }


@pytest.mark.parametrize("kind", audit.LOGS)
def test_a_log_that_nobody_keeps_refuses_the_write(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SYSLOG", str(tmp_path / "none"))
    monkeypatch.setattr(audit, "JOURNALD", str(tmp_path / "none"))
    with pytest.raises(Refused, match=f"the audit trail in {kind} cannot be written: No such file"):
        Trail(audit.sinks(profile(audit_log=kind)), WHO).begin([DONE], [RAN])


def test_who_is_who_the_system_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    login = tmp_path / "loginuid"
    monkeypatch.setattr(audit, "LOGIN_UID", login)
    us = audit._name(os.getuid())
    for text, who in (("0", audit._name(0)), ("4294967295", None), ("rubbish", None)):
        login.write_text(text)
        assert audit.identity() == (us, who)
    login.unlink()
    assert audit.identity() == (us, None)
    assert audit._name(4_000_000_000) == "4000000000"
