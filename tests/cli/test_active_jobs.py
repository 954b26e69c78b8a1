"""Active jobs in the way of a deletion: refused, or cancelled and waited for."""

from __future__ import annotations

import json

import httpx
import pytest

from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.cli import write
from tests.cli.conftest import Program, Programs
from tests.fakes import ALICE, BEFORE, BOB, Seen, Slurmrestd, json_answer, plain, world
from tests.support import job

JOBS = [job(7, "physics", "alice"), job(8, "physics", "bob", state="PENDING"), job(9, "art", "x")]
BUSY = world(BEFORE.accounts, [ALICE, BOB], jobs=JOBS)
AFTER = world(BEFORE.accounts, [ALICE])
DELETE = ("user", "delete", "bob", "-i")
GONE = "user bob: deleted\nassociation bob in physics: deleted\n"
CANCELLED = "slurmctl-rest: warning: 1 active job is cancelled first: 8\n"


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let each nap last as long as it says, on a clock of our own."""
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(naps))
    monkeypatch.setattr(write, "JOBS_END_TIMEOUT_S", 3.0)
    monkeypatch.setattr(write, "JOBS_POLL_S", 1.0)
    return naps


def test_active_jobs_are_a_conflict(programs: Programs, executor: str) -> None:
    program = programs(executor, BUSY)
    ended = program(*DELETE)
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == (
        "slurmctl-rest: user 'bob': 1 job is active: 8 "
        "(use --cancel-jobs to cancel them first, or wait until they end)\n"
    )
    assert program.wrote == []


@pytest.mark.parametrize("looks", [0, 2])
def test_they_are_cancelled_and_waited_for(
    programs: Programs, executor: str, looks: int, no_time_passes: list[float]
) -> None:
    program = programs(executor, BUSY, AFTER)
    program.slurm.jobs.looks = looks
    ended = program(*DELETE, "--cancel-jobs")
    assert (ended.code, ended.out, ended.err) == (0, GONE, CANCELLED)
    assert program.slurm.jobs.cancelled == {"8"}
    assert len(program.wrote) == 2
    assert no_time_passes == [1.0] * looks


def test_a_job_that_does_not_end_leaves_everything_as_it_is(
    programs: Programs, executor: str
) -> None:
    program = programs(executor, BUSY, AFTER)
    program.slurm.jobs.looks = 99
    ended = program(*DELETE, "--cancel-jobs")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == (
        f"{CANCELLED}slurmctl-rest: jobs still active 3 s after they were cancelled: 8 "
        "(nothing was deleted; check these jobs, and repeat)\n"
    )
    assert len(program.wrote) == 1


def test_a_dry_run_cancels_nothing(programs: Programs, executor: str) -> None:
    program = programs(executor, BUSY)
    document = json.loads(program(*DELETE, "--cancel-jobs", "--dry-run", "--json").out)
    assert document["warnings"] == ["1 active job would be cancelled first: 8"]
    first = document["commands"][0]
    assert first in (
        {"argv": ["scancel", "--ctld", "8"]},
        {
            "method": "DELETE", "path": "/slurm/v0.0.43/jobs/", "query": {},
            "body": {"jobs": ["8"]},
        },
    )  # fmt: skip
    assert len(document["commands"]) == 2
    assert program.wrote == []


def refusing(program: Program, times: int) -> list[int]:
    """Let slurmdbd take the job for active a few times more."""
    refused: list[int] = []

    def rest(seen: Seen) -> httpx.Response | None:
        if seen.method == "DELETE" and "/user/" in seen.path and len(refused) < times:
            refused.append(1)
            return json_answer(500, {"errors": [{"error_number": 7001, "error": "jobs"}]})
        return None

    def cli(words: tuple[str, ...]) -> Finished | None:
        if "delete" in words and len(refused) < times:
            refused.append(1)
            return Finished(1, "", " Error: Job(s) active, cancel job(s) before remove\n")
        return None

    if isinstance(program.slurm, Slurmrestd):
        program.slurm.answer = rest
    else:
        program.slurm.answer = cli
    return refused


def test_slurmdbd_hears_of_the_end_of_a_job_a_little_later(
    programs: Programs, executor: str, no_time_passes: list[float]
) -> None:
    program = programs(executor, BUSY, AFTER)
    refused = refusing(program, 2)
    ended = program(*DELETE, "--cancel-jobs")
    assert (ended.code, ended.out, ended.err) == (0, GONE, CANCELLED)
    assert len(refused) == 2
    assert no_time_passes == [1.0, 1.0]


def test_patience_ends(programs: Programs, executor: str) -> None:
    program = programs(executor, BUSY)
    refused = refusing(program, 99)
    ended = program(*DELETE, "--cancel-jobs")
    assert (ended.code, ended.out) == (4, "")
    assert "user 'bob': it has running jobs" in ended.err
    assert len(refused) == 4


def test_without_jobs_of_its_own_there_is_no_patience(programs: Programs, executor: str) -> None:
    program = programs(executor, world(BEFORE.accounts, [ALICE, BOB]))
    refused = refusing(program, 99)
    assert program(*DELETE, "--cancel-jobs").code == 4
    assert len(refused) == 1


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("account delete physics", "2 jobs are active: 7, 8"),
        ("account delete science", "2 jobs are active: 7, 8"),
        ("assoc delete where account=physics user=", "2 jobs are active: 7, 8"),
        ("assoc delete where user=alice --last", "1 job is active: 7"),
    ],
)
def test_jobs_of_all_that_goes_are_looked_at(
    programs: Programs, executor: str, words: str, numbers: str
) -> None:
    program = programs(executor, BUSY)
    ended = program(*words.split(), "-i")
    assert (ended.code, ended.out) == (4, "")
    assert numbers in ended.err
    assert program.wrote == []


NO_LOOK = (
    " (nothing was deleted; repeat when slurmctld answers, or delete with sacctmgr, which "
    "checks for jobs in slurmdbd only)\n"
)
OVER_REST = {
    "slurmctld is down": json_answer(500, {"errors": [{"error_number": 1, "error": "down"}]}),
    "a gateway answers": plain(502, "text/html", b"bad gateway"),
    "it is cut off": plain(200, "application/json", b'{"jobs": [{"job_'),
    "it is no JSON": plain(200, "application/json", b"\xff\xfe"),
    "there is no list": json_answer(200, {"errors": [], "warnings": []}),
    "a job's state is none": json_answer(200, {"jobs": [{"job_id": 7, "job_state": 7}]}),
    "a job is no object": json_answer(200, {"jobs": [7]}),
    "the URL is not known": plain(404, "text/plain", b"Unable find requested URL"),
}
OVER_COMMANDS = {
    "slurmctld is down": Finished(
        1, "", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"
    ),
    "it fails": Finished(1, "", "slurm_load_jobs error: Zero Bytes were transmitted or received\n"),
    "it is silent": Finished(1, "", ""),
    "it is cut off": Finished(0, '{"jobs": [{"job_', ""),
    "it is no JSON": Finished(0, "JOBID PARTITION NAME\n", ""),
    "there is no list": Finished(0, "{}", ""),
    "a job's state is none": Finished(0, '{"jobs": [{"job_id": 7, "job_state": 7}]}', ""),
    "a job is no object": Finished(0, '{"jobs": [7]}', ""),
    "squeue is not there": Finished(127, "", "env: squeue: command not found\n"),
}
DELETIONS = (
    "user delete bob",
    "account delete physics",
    "assoc delete where account=physics user=bob --last",
    "assoc delete where account=physics user=",
    "user delete bob --cancel-jobs",
    "account delete physics --all-clusters",
    "account delete physics --dry-run",
)


@pytest.mark.parametrize(
    ("executor", "answer"),
    [
        *(pytest.param("rest", one, id=f"rest-{name}") for name, one in OVER_REST.items()),
        *(pytest.param("cli", one, id=f"cli-{name}") for name, one in OVER_COMMANDS.items()),
    ],
)
def test_without_a_look_at_the_jobs_nothing_is_deleted(
    programs: Programs, executor: str, answer: httpx.Response | Finished
) -> None:
    program = programs(executor, BUSY, AFTER)
    program.slurm.answer = lambda asked: answer if _asks_for_jobs(asked) else None  # type: ignore[assignment]
    for words in DELETIONS:
        ended = program(*words.split(), "-i")
        assert (words, ended.code, ended.out) == (words, 6, "")
        assert ended.err.startswith("slurmctl-rest: could not check for active jobs: "), ended.err
        assert ended.err.endswith(NO_LOOK), ended.err
        assert program.wrote == []


def test_what_holds_no_jobs_is_deleted_without_a_look(programs: Programs, executor: str) -> None:
    program = programs(executor, world(BEFORE.accounts, [ALICE]), world(BEFORE.accounts, [ALICE]))
    program.slurm.answer = lambda asked: pytest.fail("asked") if _asks_for_jobs(asked) else None
    ended = program("account", "delete", "nobody", "--missing-ok", "-i")
    assert (ended.code, ended.out) == (0, "")
    assert program.wrote == []


def _asks_for_jobs(asked: Seen | tuple[str, ...]) -> bool:
    return asked.path.endswith("/jobs/") if isinstance(asked, Seen) else asked[0] == "squeue"


def test_jobs_of_another_cluster_are_not_looked_at(programs: Programs, executor: str) -> None:
    """slurmctld knows its own only; slurmdbd looks in any case."""
    here = [{**row, "Cluster": "jura"} for row in (ALICE, BOB)]
    rows = [{**row, "Clusters": ("jura",)} for row in BEFORE.accounts]
    program = programs(executor, world(rows, here, jobs=JOBS))
    ended = program("user", "delete", "bob", "-M", "jura", "--dry-run")
    assert ended.code == 0
    asked = [s.path for s in program.slurm.seen if isinstance(s, Seen)]
    assert not any(path.endswith("/jobs/") for path in asked)
    assert not any("squeue" in words for words in program.slurm.seen if isinstance(words, tuple))
