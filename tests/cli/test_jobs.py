"""The program lists jobs, looks back at them, and cancels them: over both executors alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.cli import jobs as verbs
from slurmctl_rest.errors import Unreachable
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from tests.cli.conftest import CONFIG, Program, Programs
from tests.fakes import (
    ALICE,
    BEFORE,
    BOB,
    Seen,
    Slurmrestd,
    job_status,
    json_answer,
    plain,
    scancel_says,
    world,
)
from tests.support import job, write_config

T = 1_790_000_000  # 2026-09-21T14:13:20Z
JOBS: Sequence[Row] = [
    job(3, "physics", "bob", state="COMPLETED", Submit=T, Start=T + 60, JobName="old"),
    job(7, "physics", "alice", "gpu", Submit=T, Start=T + 60, JobName="fit", QOS="normal",
        Timelimit=90, ReqTRES={"cpu": 2, "mem": 4096}, AllocTRES={"cpu": 2, "gres/gpu": 1},
        NodeList="n[1-2]"),
    job(8, "physics", "bob", state="PENDING", Submit=T + 1, Reason="Priority", QOS="high"),
    job("9_2", "science", "carol", JobIDRaw=10, Submit=T + 2, Start=T + 3),
    job("9_[3-4]", "science", "carol", state="PENDING", Submit=T + 2, Reason="JobArrayTaskLimit"),
]  # fmt: skip
PAST: Sequence[Row] = [
    job(2, "physics", "alice", state="FAILED", Submit=T - 900, Start=T - 800, End=T - 700,
        Elapsed=100, ExitCode="1:0", JobName="bad", QOS="normal", NodeList="n1",
        ReqTRES={"cpu": 1}, Reason="NonZeroExitCode", AllocTRES={"cpu": 1}),
    job(3, "physics", "bob", state="NODE_FAIL", Submit=T - 90_000, Start=T - 89_000,
        End=T - 88_000, Elapsed=1000, ExitCode="0:0", NodeList="n1"),
    job(3, "physics", "bob", state="COMPLETED", Submit=T, Start=T + 60, End=T + 120, Elapsed=60,
        ExitCode="0:0", NodeList="n1"),
    job("6_1", "science", "carol", JobIDRaw=6, Submit=T - 50, Start=T - 40, Elapsed=5,
        NodeList="n2"),
]  # fmt: skip
BUSY = world(BEFORE.accounts, [ALICE, BOB], jobs=JOBS, past=PAST)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set this machine to UTC, and its clock."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        patch.setattr("time.time", lambda: T + 3600.5)
        yield
    time.tzset()


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let each nap last as long as it says, on a clock of our own."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(slept))
    monkeypatch.setattr(verbs, "ENDING_TIMEOUT_S", 3.0)
    monkeypatch.setattr(verbs, "JOBS_POLL_S", 1.0)
    return slept


@pytest.fixture
def busy(programs: Programs, executor: str) -> Program:
    """The program on a cluster with jobs."""
    return programs(executor, BUSY)


def asked(program: Program) -> list[str]:
    """Return what Slurm was asked for of slurmdbd's jobs, in short."""
    if isinstance(program.slurm, Slurmrestd):
        return [
            f"{seen.path.removeprefix('/slurmdb/v0.0.43/')} {seen.query.get('start_time', '')} "
            f"{seen.query.get('end_time', '')} {seen.query.get('account', '')}".strip()
            for seen in program.slurm.seen
            if seen.path.startswith(("/slurmdb/v0.0.43/job/", "/slurmdb/v0.0.43/jobs/"))
        ]
    return [" ".join(argv[9:]) for argv in program.slurm.seen if argv[0] == "sacct"]


# --- list


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("", ["7", "8", "9_2", "9_[3-4]"]),
        ("8", ["8"]),
        ("8,7", ["7", "8"]),
        ("9", ["9_2", "9_[3-4]"]),
        ("9_4", ["9_4"]),
        ("where account=physics", ["7", "8"]),
        ("account=PHYSICS user=Alice", ["7"]),
        ("account=physics,science state=pending", ["8", "9_[3-4]"]),
        ("state=r", ["7", "9_2"]),
        ("partition=gpu", ["7"]),
        ("qos=high", ["8"]),
        ("name=fit", ["7"]),
        ("state=completed", []),
    ],
)
def test_list(busy: Program, words: str, shown: list[str]) -> None:
    ended = busy("jobs", "list", *words.split(), "format=JobID", "-nP")
    assert (ended.code, ended.out.split(), ended.err) == (0, shown, "")
    assert busy.wrote == []


@pytest.mark.parametrize("verb", ["list", "history"])
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("account=phisics", 3,
         "account 'phisics' does not exist on cluster 'alps' (did you mean physics?)"),
        ("user=alise", 3, "user 'alise' does not exist on cluster 'alps' (did you mean alice?)"),
        ("qos=hihg", 3, "qos 'hihg' does not exist (did you mean high?)"),
        ("account=phisics,physics", 7,
         "account 'phisics' does not exist on cluster 'alps' (did you mean physics?)"),
    ],
)  # fmt: skip
def test_a_condition_on_a_name_that_does_not_exist(
    busy: Program, verb: str, words: str, code: int, said: str
) -> None:
    ended = busy("jobs", verb, *words.split(), "format=Account", "-P")
    rows = [] if code == 3 else ["Account", *["physics"] * 2]
    assert (ended.code, ended.err) == (code, f"slurmctl-rest: {said}\n")
    assert sorted(set(ended.out.split())) == sorted(set(rows))


def test_a_job_that_is_not_active_is_said(busy: Program) -> None:
    ended = busy("jobs", "list", "3,8,99", "format=JobID", "-nP")
    assert (ended.code, ended.out) == (0, "8\n")
    assert ended.err == "".join(
        f"slurmctl-rest: warning: job '{one}' is not active; "
        f"see `slurmctl-rest jobs history {one}`\n"
        for one in ("3", "99")
    )


ITEM: dict[str, Json] = {
    "JobID": "7",
    "JobIDRaw": 7,
    "JobName": "fit",
    "Account": "physics",
    "User": "alice",
    "Partition": "gpu",
    "QOS": "normal",
    "State": ["RUNNING"],
    "Reason": None,
    "Submit": "2026-09-21T14:13:20+00:00",
    "Start": "2026-09-21T14:14:20+00:00",
    "End": None,
    "Elapsed": None,
    "Timelimit": 90,
    "ReqTRES": {"cpu": 2, "mem": 4096},
    "AllocTRES": {"cpu": 2, "gres/gpu": 1},
    "NodeList": "n[1-2]",
    "ExitCode": None,
}


def listing(executor: str, *items: Json) -> Json:
    return {
        "schema_version": 1,
        "kind": "job",
        "profile": executor,
        "cluster": "alps",
        "executor": executor,
        "slurm": "24.11.5",
        "items": list(items),
        "warnings": [],
    }


def test_list_as_json(busy: Program, executor: str) -> None:
    ended = busy("jobs", "list", "7", "--json")
    assert (ended.code, json.loads(ended.out), ended.err) == (0, listing(executor, ITEM), "")


def test_list_as_scripts_read_it(busy: Program) -> None:
    assert busy("jobs", "list", "where", "account=physics", "-P").out == (
        "JobID|JobName|Account|User|Partition|State|Start|Reason|NodeList\n"
        "7|fit|physics|alice|gpu|RUNNING|2026-09-21T14:14:20||n[1-2]\n"
        "8||physics|bob|batch|PENDING||Priority|\n"
    )


def test_any_columns(busy: Program) -> None:
    words = ("--format", "jobid,JobIDRaw,qos,submit,end,elapsed,timelimit,reqtres,alloctres,exit")
    assert busy("jobs", "list", "7,9_2", "-P", *words).out == (
        "JobID|JobIDRaw|QOS|Submit|End|Elapsed|Timelimit|ReqTRES|AllocTRES|ExitCode\n"
        "7|7|normal|2026-09-21T14:13:20|||01:30:00|cpu=2,mem=4G|cpu=2,gres/gpu=1|\n"
        "9_2|10||2026-09-21T14:13:22||||||\n"
    )


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("--tz", "Europe/Zurich"), "2026-09-21T16:13:20+02:00"),
        (("--tz", "America/New_York"), "2026-09-21T10:13:20-04:00"),
        ((), "2026-09-21T14:13:20+00:00"),
    ],
    ids=["a zone", "another", "of this machine"],
)
@pytest.mark.parametrize("verb", ["list", "history"])
def test_times_are_those_of_the_zone(
    programs: Programs, executor: str, verb: str, words: tuple[str, ...], shown: str
) -> None:
    past = [{**row, "Submit": T} for row in JOBS]
    program = programs(executor, world(BEFORE.accounts, [], jobs=JOBS, past=past))
    document = json.loads(program("jobs", verb, "7", "--json", *words).out)
    assert [item["Submit"] for item in document["items"]] == [shown]


# --- history


@pytest.mark.parametrize(
    ("words", "rest", "cli", "shown"),
    [
        ("", f"jobs/ uts{T - 82_800} uts{T + 3600}", f"-S uts{T - 82_800} -E uts{T + 3600}",
         ["2", "3", "6_1"]),
        ("where account=physics", f"jobs/ uts{T - 82_800} uts{T + 3600} physics",
         f"-S uts{T - 82_800} -E uts{T + 3600} --accounts=physics", ["2", "3"]),
        ("start=now-1hour", f"jobs/ uts{T} uts{T + 3600}", f"-S uts{T} -E uts{T + 3600}",
         ["3", "6_1"]),
        ("start=2026-09-20 end=2026-09-21", f"jobs/ uts{T - 137_600} uts{T - 51_200}",
         f"-S uts{T - 137_600} -E uts{T - 51_200}", ["3"]),
        ("end=2026-09-21T00:00:00+02:00", f"jobs/ uts{T - 144_800} uts{T - 58_400}",
         f"-S uts{T - 144_800} -E uts{T - 58_400}", ["3"]),
        ("start=2026-09-20 state=failed,node_fail", f"jobs/ uts{T - 137_600} uts{T + 3600}",
         f"-S uts{T - 137_600} -E uts{T + 3600}", ["2", "3"]),
        ("3", "job/3", "--jobs=3", ["3", "3"]),
        ("3 start=now-1hour", f"jobs/ uts{T} uts{T + 3600}",
         f"-S uts{T} -E uts{T + 3600}", ["3"]),
        ("3 state=completed", "job/3", "--jobs=3", ["3"]),
        ("6_1 user=carol", "job/6", "--jobs=6", ["6_1"]),
    ],
)  # fmt: skip
def test_history(
    busy: Program, executor: str, words: str, rest: str, cli: str, shown: list[str]
) -> None:
    ended = busy("jobs", "history", *words.split(), "format=JobID", "-nP")
    assert (ended.code, ended.out.split(), ended.err) == (0, shown, "")
    assert asked(busy) == [rest if executor == "rest" else cli]
    assert busy.wrote == []


def test_history_begins_where_the_day_of_the_zone_does(busy: Program) -> None:
    words = ("start=2026-09-21", "end=2026-09-22", "--tz", "Asia/Kathmandu")
    assert busy("jobs", "history", *words).code == 0
    (line,) = asked(busy)
    assert f"uts{T - 51_200 - 20_700}" in line  # 5:45 before midnight of UTC
    assert f"uts{T - 51_200 - 20_700 + 86_400}" in line


def test_the_zone_of_the_profile(programs: Programs, executor: str) -> None:
    program = programs(executor, BUSY)
    head = f"[profiles.{executor}]\n"
    zoned = CONFIG.replace(head, f'{head}time_zone = "Asia/Tokyo"\n')
    write_config(Path.home(), zoned)
    items = json.loads(program("jobs", "list", "7", "--json").out)["items"]
    assert items[0]["Submit"] == "2026-09-21T23:13:20+09:00"
    items = json.loads(program("jobs", "list", "7", "--json", "--tz", "UTC").out)["items"]
    assert items[0]["Submit"] == "2026-09-21T14:13:20+00:00"


def test_history_of_jobs_that_nobody_knows(busy: Program) -> None:
    ended = busy("jobs", "history", "2,99", "format=JobID", "-nP")
    said = "slurmdbd has no job 99 (slurmctl-rest jobs list shows the active jobs)"
    assert (ended.code, ended.out, ended.err) == (7, "2\n", f"slurmctl-rest: {said}\n")
    ended = busy("jobs", "history", "99", "format=JobID", "-P")
    assert (ended.code, ended.out, ended.err) == (3, "", f"slurmctl-rest: {said}\n")
    ended = busy("jobs", "history", "2", "start=now-1hour", "format=JobID", "-nP")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "slurmctl-rest: warning: slurmdbd has no job '2' in this window\n"


def test_history_as_json(busy: Program, executor: str) -> None:
    ended = busy("jobs", "history", "2", "--json")
    item = {
        **ITEM, "JobID": "2", "JobIDRaw": 2, "JobName": "bad", "Partition": "batch",
        "State": ["FAILED"], "Reason": "NonZeroExitCode", "Submit": "2026-09-21T13:58:20+00:00",
        "Start": "2026-09-21T14:00:00+00:00", "End": "2026-09-21T14:01:40+00:00", "Elapsed": 100,
        "Timelimit": None, "ReqTRES": {"cpu": 1}, "AllocTRES": {"cpu": 1}, "NodeList": "n1",
        "ExitCode": "1:0",
    }  # fmt: skip
    assert (ended.code, json.loads(ended.out)) == (0, listing(executor, item))


def test_history_as_scripts_read_it(busy: Program) -> None:
    assert busy("jobs", "history", "2", "-P").out == (
        "JobID|JobName|Account|User|Partition|State|Start|End|Elapsed|ExitCode\n"
        "2|bad|physics|alice|batch|FAILED|2026-09-21T14:00:00|2026-09-21T14:01:40|00:01:40|1:0\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("history start=soon", "Start: 'soon' is not a time"),
        ("history start=now-1day,now", "start= accepts only one time"),
        (
            "history start=2026-09-21 end=2026-09-20",
            "the end, 2026-09-20T00:00:00+00:00, is not after the start, 2026-09-21T00:00:00+00:00",
        ),
        ("history --tz Europe/Bern", "time zone 'Europe/Bern' is not known on this machine"),
        ("list --tz Europe/Bern", "time zone 'Europe/Bern' is not known on this machine"),
        ("list start=now", "jobs cannot be selected by Start"),
        ("list 7.batch", "JobID: '7.batch' is a step: name its job, 7"),
        (
            "cancel 7_ -i",
            "JobID: '7_' is not the number of a job: write 12, 12_3, 12_[4-9] or 12+1",
        ),
        ("cancel 7 format=JobID -i", "a cancellation has no columns"),
        ("cancel 7 --format JobID -i", "a cancellation has no columns"),
        ("cancel 7 -i --signal FOO", "--signal: 'FOO' is not one of CONT, STOP"),
        ("cancel 7 -i --signal 0", "--signal: '0' is not one of "),
        ("cancel 7 -i --signal 65", "--signal: '65' is not one of "),
        ("cancel 7 -i --signal=", "--signal: '' is not one of "),
        ("cancel 7 -i --batch", "--batch and --full need --signal"),
        ("cancel 7 -i --signal USR1 --batch --full", "--batch and --full cannot be used together"),
        (
            "cancel 7 -i --wait 0",
            "--wait accepts at most 86400 seconds, and not together with --signal",
        ),
        (
            "cancel 7 -i --wait nan",
            "--wait accepts at most 86400 seconds, and not together with --signal",
        ),
        (
            "cancel 7 -i --wait 9 --signal USR1",
            "--wait accepts at most 86400 seconds, and not together with --signal",
        ),
        ("cancel 7 -i --max-jobs -1", "--max-jobs must not be negative"),
    ],
)
def test_what_cannot_be_read(busy: Program, words: str, message: str) -> None:
    ended = busy("jobs", *words.split())
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"slurmctl-rest: {message}")
    assert ended.err.count("\n") == 1
    assert busy.slurm.seen == []


# --- cancel


def told(program: Program) -> list[list[str]]:
    """Return what Slurm was told to signal, command by command."""
    if isinstance(program.slurm, Slurmrestd):
        return [seen.body["jobs"] for seen in program.slurm.writes]
    return [[w for w in argv[2:] if w[:2] != "--"] for argv in program.slurm.writes]


@pytest.mark.parametrize(
    ("words", "ids", "out"),
    [
        ("7", ["7"], "job 7 (alice in physics): cancelled\n"),
        (
            "account=physics", ["7", "8"],
            "job 7 (alice in physics): cancelled\njob 8 (bob in physics): cancelled\n",
        ),
        ("account=physics state=pending", ["8"], "job 8 (bob in physics): cancelled\n"),
        (
            "9", ["9_2", "9_[3-4]"],
            "job 9_2 (carol in science): cancelled\njob 9_[3-4] (carol in science): cancelled\n",
        ),
        ("9_3", ["9_3"], "job 9_3 (carol in science): cancelled\n"),
        ("10", ["9_2"], "job 9_2 (carol in science): cancelled\n"),
        (
            "7,3", ["7"], "job 7 (alice in physics): cancelled\n1 cancelled, 1 already ended\n",
        ),
        ("2", [], "job 2: already ended\n"),
    ],
)  # fmt: skip
def test_cancel(busy: Program, words: str, ids: list[str], out: str, naps: list[float]) -> None:
    ended = busy("jobs", "cancel", *words.split(), "-i")
    assert (ended.code, ended.out, ended.err) == (0, out, "")
    assert told(busy) == ([ids] if ids else [])
    assert naps == []


def test_a_job_that_only_slurmdbd_still_knows_has_ended(busy: Program) -> None:
    """slurmctld forgets jobs after a while."""
    assert busy("jobs", "cancel", "7,2", "-i").code == 0
    assert asked(busy) == ["job/2" if busy.executor == "rest" else "--jobs=2"]


def test_slurmdbd_that_does_not_answer_knows_no_job(busy: Program) -> None:
    """What slurmctld knows goes all the same."""
    if isinstance(busy.slurm, Slurmrestd):
        busy.slurm.answer = lambda seen: (
            json_answer(502, {"errors": [{"error_number": 7000, "error": "no"}]})
            if seen.path.startswith("/slurmdb/v0.0.43/job/")
            else None
        )
    else:
        busy.slurm.answer = lambda words: (
            Finished(1, "", "sacct: error: Connection refused") if words[0] == "sacct" else None
        )
    ended = busy("jobs", "cancel", "7,2", "-i")
    what = "GET /slurmdb/v0.0.43/job/2" if busy.executor == "rest" else "sacct"
    assert (ended.code, ended.out) == (
        7, "job 7 (alice in physics): cancelled\njob 2: FAILED to cancel\n",
    )  # fmt: skip
    assert ended.err == (
        f"slurmctl-rest: warning: could not ask slurmdbd for jobs 2: {what}: slurmdbd does not "
        "answer\n"
        "slurmctl-rest: 1 of 2 failed: job '2' is unknown to Slurm "
        "(slurmctl-rest jobs list shows the active jobs)\n"
    )


REPORT: Json = {
    "schema_version": 1,
    "kind": "change",
    "profile": "",
    "cluster": "alps",
    "executor": "",
    "slurm": "24.11.5",
    "changed": True,
    "dry_run": False,
    "changes": [
        {
            "entity": "job",
            "name": "8",
            "key": {"JobID": "8"},
            "action": "cancel",
            "changed": True,
            "fields": {},
            "error": None,
        },
        {
            "entity": "job",
            "name": "3",
            "key": {"JobID": "3"},
            "action": "cancel",
            "changed": False,
            "fields": {},
            "error": None,
        },
    ],
    "warnings": [],
}
READ: dict[str, Json] = {
    "rest": {"method": "GET", "path": "/slurm/v0.0.43/jobs/", "query": {}},
    "cli": {"argv": ["squeue", "--json", "--local", "--states=all"]},
}
STATES: dict[str, Json] = {
    "rest": {"method": "GET", "path": "/slurm/v0.0.43/jobs/state", "query": {}},
    "cli": {"argv": ["squeue", "--local", "--states=all", "--format=%A|%T|"]},
}
CANCEL: dict[str, Json] = {
    "rest": {
        "method": "DELETE",
        "path": "/slurm/v0.0.43/jobs/",
        "query": {},
        "body": {"jobs": ["8"]},
    },
    "cli": {"argv": ["scancel", "--ctld", "8"]},
}


FULL = ["-i", "--with-commands"]


@pytest.mark.parametrize("dry", [False, True], ids=["done", "dry run"])
def test_cancel_as_json(busy: Program, executor: str, dry: bool) -> None:
    ended = busy("jobs", "cancel", "8,3", "--json", *(["--dry-run"] if dry else FULL))
    read, cancel = READ[executor], CANCEL[executor]
    document = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert bool(document.pop("digest", "")) is dry
    assert document.pop("commands") == ([cancel] if dry else [read, cancel, STATES[executor]])
    assert document == REPORT | {"profile": executor, "executor": executor, "dry_run": dry}
    assert bool(busy.wrote) is not dry


def test_a_dry_run_says_what_would_be_done(busy: Program, executor: str) -> None:
    ended = busy("jobs", "cancel", "where", "account=physics", "--dry-run", "--max-jobs", "2")
    command = {
        "rest": 'DELETE /slurm/v0.0.43/jobs/ {"jobs": ["7", "8"]}',
        "cli": "scancel --ctld 7 8",
    }
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "job 7 (alice in physics): would cancel\njob 8 (bob in physics): would cancel\n"
        f"would run: {command[executor]}\n"
    )
    assert busy.wrote == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "-i",
            "no selection given, and a write never acts on everything by default "
            "(name jobs, or give a condition like account=NAME)",
        ),
        (
            "where -i",
            "no selection given, and a write never acts on everything by default "
            "(name jobs, or give a condition like account=NAME)",
        ),
        (
            "7",
            "no terminal to confirm this write on (use -i to skip the question, or --dry-run)",
        ),
        ("7 -i -r", "--readonly refuses all writes"),
        (
            "account=science -i --max-jobs 2",
            "this would cancel 3 jobs, but --max-jobs allows 2 (name fewer jobs, or raise "
            "--max-jobs)",
        ),
        (
            "7 -i --max-jobs 0 --signal HUP",
            "this would signal 1 job, but --max-jobs allows 0 (name fewer jobs, or raise "
            "--max-jobs)",
        ),
    ],
)
def test_guards(busy: Program, words: str, message: str) -> None:
    ended = busy("jobs", "cancel", *words.split())
    assert (ended.code, ended.out, ended.err) == (9, "", f"slurmctl-rest: {message}\n")
    assert busy.wrote == []


def test_as_many_as_are_allowed(busy: Program) -> None:
    assert busy("jobs", "cancel", "account=science", "-i", "--max-jobs", "3").code == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("99", 3, "job '99' is unknown to Slurm (slurmctl-rest jobs list shows the active jobs)"),
        (
            "7 user=bob", 3,
            "job '7' does not meet the conditions (slurmctl-rest jobs list shows the active jobs)",
        ),
        (
            "account=nosuch", 3,
            "account 'nosuch' does not exist on cluster 'alps' "
            "(slurmctl-rest account list shows all accounts)",
        ),
        (
            "user=nosuch", 3,
            "user 'nosuch' does not exist on cluster 'alps' "
            "(slurmctl-rest user list shows all users)",
        ),
        (
            "qos=nosuch", 3,
            "qos 'nosuch' does not exist (slurmctl-rest qos list shows all qos)",
        ),
    ],
)  # fmt: skip
def test_what_is_not_there(busy: Program, words: str, code: int, message: str) -> None:
    ended = busy("jobs", "cancel", *words.split(), "-i")
    assert (ended.code, ended.out, ended.err) == (code, "", f"slurmctl-rest: {message}\n")
    assert busy.wrote == []


def test_that_nothing_meets_the_conditions_is_no_error(busy: Program) -> None:
    ended = busy("jobs", "cancel", "account=physics", "partition=nosuch", "-i")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "slurmctl-rest: warning: no active job meets the conditions\n"
    assert busy.wrote == []


def test_some_are_not_there(busy: Program) -> None:
    ended = busy("jobs", "cancel", "7,99", "-i")
    assert (ended.code, ended.out) == (
        7, "job 7 (alice in physics): cancelled\njob 99: FAILED to cancel\n",
    )  # fmt: skip
    assert ended.err == (
        "slurmctl-rest: 1 of 2 failed: job '99' is unknown to Slurm "
        "(slurmctl-rest jobs list shows the active jobs)\n"
    )


# --- the question

MANY = world(
    BEFORE.accounts,
    [ALICE, BOB],
    jobs=[
        *(job(number, "physics", "bob") for number in range(20, 23)),
        job("40_[1-101]", "physics", "bob", state="PENDING"),
    ],
)


@pytest.mark.parametrize(
    ("typed", "cancelled"),
    [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)],
)
def test_the_question_has_the_number_of_jobs(
    programs: Programs, executor: str, typed: str, cancelled: bool
) -> None:
    program = programs(executor, MANY)
    ended = program("jobs", "cancel", "user=bob", stdin=typed)
    jobs = (20, 21, 22, "40_[1-101]")
    shown = "".join(f"- job {one} (bob in physics): cancel\n" for one in jobs)
    question = f"{shown}Cancel 104 jobs? [y/N] "
    if cancelled:
        assert (ended.code, ended.out, ended.err) == (0, "4 cancelled\n", question)
        assert told(program) == [["20", "21", "22", "40_[1-101]"]]
    else:
        end = "" if typed else "\n"
        assert (ended.code, ended.out) == (0, "")
        assert ended.err == f"{question}{end}nothing was changed\n"
        assert told(program) == []


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("20", "Cancel 1 job? [y/N] "),
        ("20,21 --signal usr1", "Signal 2 jobs? [y/N] "),
        ("40_7,40_9,20", "Cancel 3 jobs? [y/N] "),
    ],
)
def test_questions(programs: Programs, executor: str, words: str, question: str) -> None:
    ended = programs(executor, MANY)("jobs", "cancel", *words.split(), stdin="y\n")
    assert (ended.code, ended.err.splitlines()[-1]) == (0, question)


def test_what_will_not_be_done_is_said_before_the_question(busy: Program) -> None:
    ended = busy("jobs", "cancel", "7,99", stdin="n\n")
    assert (ended.code, ended.out, ended.err) == (
        0, "",
        "- job 7 (alice in physics): cancel\n"
        "- job 99: cancel\n  not done: job '99' is unknown to Slurm\n"
        "Cancel 1 job? [y/N] nothing was changed\n",
    )  # fmt: skip


CUT = world(
    BEFORE.accounts,
    [ALICE],
    jobs=[
        job("50_1", "physics", "bob", JobIDRaw=51),
        job("50_[2,4,6,...]", "physics", "bob", state="PENDING"),
    ],
)


def test_tasks_that_slurm_does_not_tell_cannot_be_counted(
    programs: Programs, executor: str
) -> None:
    program = programs(executor, CUT)
    ended = program("jobs", "cancel", "50", "-i", "--max-jobs", "9999")
    assert (ended.code, ended.out) == (9, "")
    assert "could not count the jobs" in ended.err
    ended = program("jobs", "cancel", "50", stdin="y\n")
    assert (ended.code, ended.err.splitlines()[-1]) == (0, "Cancel these jobs? [y/N] ")
    assert told(program) == [["50_1", "50"]]


def test_tasks_that_slurm_does_not_tell_go_with_all_or_not_at_all(
    programs: Programs, executor: str
) -> None:
    program = programs(executor, CUT)
    ended = program("jobs", "cancel", "user=bob", "state=pending", "-i")
    assert (ended.code, ended.out, told(program)) == (10, "", [])
    assert ended.err == (
        "slurmctl-rest: job '50_[2,4,6,...]': Slurm does not list all of its tasks, and you "
        "selected only a part of the array (name the array (50) to cancel all of it)\n"
    )


def test_one_task_of_a_list_that_is_cut_off(programs: Programs, executor: str) -> None:
    """slurmctld keeps the cancelled task for itself, and the others wait as before."""
    program = programs(executor, CUT)
    own = job("50_8", "physics", "bob", JobIDRaw=52, state="CANCELLED")

    def cancelled() -> None:
        program.slurm.jobs.rows = [*CUT.jobs, own]

    answering_to_a_cancellation(program, cancelled)
    ended = program("jobs", "cancel", "50_8", "-i")
    assert (ended.code, ended.out) == (0, "job 50_8 (bob in physics): cancelled\n")


# --- what becomes of them


def test_denied(busy: Program) -> None:
    busy.slurm.jobs.refused = {"7": 2002}
    ended = busy("jobs", "cancel", "7", "-i")
    assert (ended.code, ended.out) == (5, "")
    assert ended.err == (
        "slurmctl-rest: job '7': permission denied (this needs AdminLevel Operator, or a "
        "coordinator of the account; users may cancel their own jobs)\n"
    )


def test_some_are_denied(busy: Program) -> None:
    busy.slurm.jobs.refused = {"7": 2002, "9_2": 2021}
    busy.slurm.jobs.cancelled = {"9_2"}  # it had just ended
    busy.slurm.jobs.looks = 1
    ended = busy("jobs", "cancel", "7,8,9_2", "-i")
    assert (ended.code, ended.out) == (
        7,
        "job 7 (alice in physics): FAILED to cancel\njob 8 (bob in physics): cancelled\n"
        "job 9_2 (carol in science): cancelled\n",
    )
    assert ended.err == (
        "slurmctl-rest: 1 of 3 failed: job '7': permission denied (this needs AdminLevel "
        "Operator, or a coordinator of the account; users may cancel their own jobs)\n"
    )


MIXED = world(
    BEFORE.accounts,
    [ALICE],
    jobs=[job("30+0", "physics", "bob"), job("30+1", "physics", "bob", JobIDRaw=31)],
)


@pytest.mark.parametrize(("spoken_of", "code"), [("31", 7), ("30+1", 7), ("99", 0)])
def test_slurm_may_speak_of_a_part_by_the_number_that_it_has_for_itself(
    programs: Programs, executor: str, spoken_of: str, code: int
) -> None:
    program = programs(executor, MIXED)

    def rest(seen: Seen) -> httpx.Response | None:
        if seen.method != "DELETE":
            return None
        program.slurm.jobs.cancelled = {"30+0"} if code else {"30+0", "30+1"}
        return json_answer(200, {"status": [job_status(spoken_of, 2002)]})

    def cli(words: tuple[str, ...]) -> Finished | None:
        if words[0] != "scancel":
            return None
        program.slurm.jobs.cancelled = {"30+0"} if code else {"30+0", "30+1"}
        return Finished(0, "", scancel_says(spoken_of, 2002))

    if isinstance(program.slurm, Slurmrestd):
        program.slurm.answer = rest
    else:
        program.slurm.answer = cli
    ended = program("jobs", "cancel", "30", "-i")
    second = "FAILED to cancel" if code else "cancelled"
    assert (ended.code, ended.out) == (
        code, f"job 30+0 (bob in physics): cancelled\njob 30+1 (bob in physics): {second}\n",
    )  # fmt: skip
    assert ended.err == (
        f"slurmctl-rest: 1 of 2 failed: job '{spoken_of}': permission denied (this needs "
        "AdminLevel Operator, or a coordinator of the account; users may cancel their own jobs)\n"
        if code
        else "slurmctl-rest: warning: Slurm answered about a job that was not requested: "
        "job '99': permission denied\n"
    )


def test_a_refusal_as_json(busy: Program, executor: str) -> None:
    busy.slurm.jobs.refused = {"7": 2020}
    ended = busy("jobs", "cancel", "7", "-i", "--json")
    assert (ended.code, ended.out) == (1, "")
    assert json.loads(ended.err)["error"] == {
        "code": "slurm_refused",
        "exit": 1,
        "message": "job '7': Job can not be altered now, try again later",
        "hint": None,
        "retryable": False,
        "executor": executor,
        "http_status": None,
        "slurm_errno": 2020 if executor == "rest" else None,
        "slurm_said": "Job can not be altered now, try again later",
    }


@pytest.mark.parametrize("looks", [0, 2])
def test_it_is_looked_whether_they_are_over(busy: Program, looks: int, naps: list[float]) -> None:
    busy.slurm.jobs.looks = looks
    ended = busy("jobs", "cancel", "7", "-i")
    assert (ended.code, ended.out) == (0, "job 7 (alice in physics): cancelled\n")
    assert naps == [1.0] * looks


def test_a_job_that_stays_is_a_conflict(busy: Program) -> None:
    busy.slurm.jobs.looks = 99
    ended = busy("jobs", "cancel", "7", "-i")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == (
        "slurmctl-rest: job '7' was cancelled, but is still RUNNING (check the job, and repeat)\n"
    )


def test_wait_is_for_processes_too(busy: Program, naps: list[float]) -> None:
    busy.slurm.jobs.completes = 4
    ended = busy("jobs", "cancel", "7", "-i", "--wait", "9")
    assert (ended.code, ended.out) == (0, "job 7 (alice in physics): cancelled\n")
    assert naps == [1.0] * 4
    naps.clear()
    busy.slurm.jobs.looks = 0  # they are completing again, which nobody waits for
    assert busy("jobs", "cancel", "8", "-i").code == 0
    assert naps == []


def test_wait_ends(busy: Program, naps: list[float]) -> None:
    busy.slurm.jobs.completes = 99
    ended = busy("jobs", "cancel", "7", "-i", "--wait", "5.5", "--json")
    assert (ended.code, ended.out) == (6, "")
    error = json.loads(ended.err)["error"]
    assert (error["message"], error["hint"], error["retryable"]) == (
        "job '7' is still active after 5.5 s: CANCELLED,COMPLETING", "check its node", True,
    )  # fmt: skip
    assert naps == [1.0] * 6


def answering_to_a_cancellation(
    program: Program, act: Callable[[], None], *, lost: bool = False
) -> None:
    """Let Slurm do this where it is told to cancel, and say that all is well or nothing."""

    def rest(seen: Seen) -> httpx.Response | None:
        if seen.method != "DELETE":
            return None
        act()
        if lost:
            raise httpx.ReadTimeout("no answer")
        return json_answer(200, {"status": []})

    def cli(words: tuple[str, ...]) -> Finished | None:
        if words[0] != "scancel":
            return None
        act()
        if lost:
            raise Unreachable("scancel: no answer within 30 s")
        return Finished(0, "", "")

    if isinstance(program.slurm, Slurmrestd):
        program.slurm.answer = rest
    else:
        program.slurm.answer = cli


def losing(program: Program, *, done: bool) -> None:
    """Lose the answer to a cancellation of 7 and 8; it is done, or it is not."""

    def act() -> None:
        if done:
            program.slurm.jobs.cancel(["7", "8"], signal=False)

    answering_to_a_cancellation(program, act, lost=True)


def test_a_lost_answer_says_nothing(busy: Program) -> None:
    losing(busy, done=True)
    ended = busy("jobs", "cancel", "7,8", "-i")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "job 7 (alice in physics): cancelled\njob 8 (bob in physics): cancelled\n"


def test_a_lost_request_is_told_by_what_is_still_there(busy: Program) -> None:
    losing(busy, done=False)
    ended = busy("jobs", "cancel", "7", "-i")
    assert (ended.code, ended.out) == (6, "")
    assert ended.err.count("\n") == 1


def test_of_a_lost_signal_nobody_can_tell(busy: Program) -> None:
    losing(busy, done=True)
    assert busy("jobs", "cancel", "7", "-i", "--signal", "USR1").code == 6


def failing_reads(program: Program) -> None:
    """Let slurmctld answer no more once it was told to cancel."""
    if isinstance(program.slurm, Slurmrestd):
        fake = program.slurm
        fake.answer = lambda seen: (
            plain(502, "text/html", b"bad gateway")
            if fake.jobs.cancelled and seen.method == "GET"
            else None
        )
    else:
        fake_ = program.slurm
        fake_.answer = lambda words: (
            Finished(1, "", "slurm_load_jobs error: Unable to contact slurm controller")
            if fake_.jobs.cancelled and words[0] == "squeue"
            else None
        )


def test_what_could_not_be_read_back_is_not_known(busy: Program) -> None:
    failing_reads(busy)
    ended = busy("jobs", "cancel", "7", "-i")
    assert (ended.code, ended.out) == (6, "")
    assert ended.err.startswith("slurmctl-rest: job '7': sent, but could not be read back: ")
    assert ended.err.endswith(" (slurmctl-rest jobs list shows which are still active)\n")


# --- signals


@pytest.mark.parametrize(
    ("words", "rest", "cli"),
    [
        ("--signal USR1", {"signal": "USR1"}, ["--signal=USR1"]),
        ("--signal sigterm", {"signal": "TERM"}, ["--signal=TERM"]),
        ("--signal 10", {"signal": "10"}, ["--signal=10"]),
        ("--signal 010", {"signal": "10"}, ["--signal=10"]),
        (
            "--signal HUP --batch", {"signal": "HUP", "flags": ["BATCH_JOB"]},
            ["--signal=HUP", "--batch"],
        ),
        ("--signal KILL --full", {"signal": "KILL", "flags": ["FULL_JOB"]},
         ["--signal=KILL", "--full"]),
    ],
)  # fmt: skip
def test_signals(busy: Program, words: str, rest: Json, cli: list[str], naps: list[float]) -> None:
    ended = busy("jobs", "cancel", "account=physics", "-i", *words.split())
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "job 7 (alice in physics): signalled\n"  # 8 waits, it has no processes
    if isinstance(busy.slurm, Slurmrestd):
        assert [seen.body for seen in busy.slurm.writes] == [{"jobs": ["7"], **rest}]
    else:
        assert busy.slurm.writes == [("scancel", "--ctld", *cli, "7")]
    assert naps == []


def test_every_signal_by_name() -> None:
    for name in verbs.SIGNALS:
        assert verbs.signal_of(f"sig{name.lower()}") == verbs.signal_of(name) == name
    assert [verbs.signal_of(number) for number in ("1", "64")] == ["1", "64"]


# --- another cluster


@pytest.mark.parametrize("words", ["list", "cancel 7 -i"])
def test_jobs_of_a_cluster_that_is_not_the_profile_s(busy: Program, words: str) -> None:
    ended = busy("jobs", *words.split(), "-M", "jura")
    assert (ended.code, ended.out) == (10, "")
    assert ended.err == (
        "slurmctl-rest: jobs of cluster 'jura' are not to be had here: slurmctld is that of 'alps' "
        "(use a profile that leads to jura)\n"
    )
    assert busy.wrote == []


@pytest.mark.parametrize("words", ["list", "cancel 7 -i"])
def test_a_slurmctld_that_is_another_cluster_s(
    programs: Programs, executor: str, words: str
) -> None:
    program = programs(executor, BUSY)
    document = {"meta": {"slurm": {"release": "24.11.5", "cluster": "jura"}}, "jobs": []}
    if isinstance(program.slurm, Slurmrestd):
        program.slurm.answer = lambda _: json_answer(200, document)
    else:
        program.slurm.answer = lambda _: Finished(0, json.dumps(document), "")
    ended = program("jobs", *words.split())
    assert (ended.code, ended.out) == (10, "")
    assert ended.err == (
        "slurmctl-rest: jobs of cluster 'alps' are not to be had here: slurmctld is that of 'jura' "
        "(use a profile that leads to alps)\n"
    )


def test_slurmdbd_knows_the_jobs_of_all_clusters(busy: Program) -> None:
    """Here there are none of jura's."""
    ended = busy("jobs", "history", "-M", "jura", "format=JobID", "-nP")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_arrays_are_looked_at_whole(busy: Program) -> None:
    """What the numbers of their tasks stand for is told by the jobs themselves alone."""
    assert busy("jobs", "cancel", "9,7", "-i").code == 0
    last = busy.slurm.seen[-1]
    path = last.path if isinstance(last, Seen) else " ".join(last)
    assert path in {"/slurm/v0.0.43/jobs/", "squeue --json --local --states=all"}
