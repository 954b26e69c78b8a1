"""Command lines for jobs, whole."""

from __future__ import annotations

import pytest

from slurmctl_rest.backends.commands import argv
from slurmctl_rest.backends.query import CancelRequest, History
from slurmctl_rest.model.times import Window

SACCT = (
    *("sacct", "-p", "--delimiter=|x", "--noconvert"),
    "--format=JobName,JobID,JobIDRaw,Account,User,Partition,QOS,State,Reason,Submit,Start,End,"
    "Elapsed,Timelimit,ReqTRES,AllocTRES,NodeList,ExitCode",
    *("--allocations", "--allusers", "--duplicates", "--clusters=alps"),
)
TIMES = ("-S", "uts1790000000", "-E", "uts1790086400")
WINDOW = Window(1_790_000_000, 1_790_086_400)


@pytest.mark.parametrize(
    ("accounts", "words"), [((), ()), (("a",), ("--account=a",)), (("a", "b"), ("--account=a,b",))]
)
def test_jobs_of_slurmctld(accounts: tuple[str, ...], words: tuple[str, ...]) -> None:
    line = argv.jobs(accounts)
    assert line.argv == ("squeue", "--json", "--local", "--states=all", *words)
    assert line.changes == ()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (History("alps", WINDOW), TIMES),
        (History("alps", WINDOW, ("physics", "art")), (*TIMES, "--accounts=physics,art")),
        (History("alps", ids=("7", "12")), ("--jobs=7,12",)),
    ],
    ids=str,
)
def test_history(query: History, words: tuple[str, ...]) -> None:
    line = argv.job_history(query, "|x")
    assert line.argv == (*SACCT, *words)
    assert line.environment == {"TZ": "UTC", "SLURM_TIME_FORMAT": "%s", "SLURM_BITSTR_LEN": "0"}


@pytest.mark.parametrize(
    ("kill", "words"),
    [
        (CancelRequest(("7", "5_[1-3]", "8+1")), ("7", "5_[1-3]", "8+1")),
        (CancelRequest(("7",), reach="full"), ("7",)),
        # scancel refuses the steps that squeue prints, and everything beside them.
        (CancelRequest(("7", "5_[1-7:3,9%2]")), ("7", "5_[1,4,7,9]")),
        (CancelRequest(("7",), "USR1"), ("--signal=USR1", "7")),
        (CancelRequest(("7",), "10", "batch"), ("--signal=10", "--batch", "7")),
        (CancelRequest(("7",), "TERM", "full"), ("--signal=TERM", "--full", "7")),
    ],
    ids=str,
)
def test_cancel(kill: CancelRequest, words: tuple[str, ...]) -> None:
    assert [line.argv for line in argv.cancel_jobs(kill)] == [("scancel", "--ctld", *words)]


def test_many_jobs_are_as_few_commands_as_their_numbers_fit() -> None:
    ids = tuple(map(str, range(1, 10_002)))
    lines = argv.cancel_jobs(CancelRequest(ids, "USR1"))
    assert [line.argv[:3] for line in lines] == [("scancel", "--ctld", "--signal=USR1")] * 3
    assert [len(line.argv) - 3 for line in lines] == [5000, 5000, 1]
    assert tuple(id_ for line in lines for id_ in line.argv[3:]) == ids
