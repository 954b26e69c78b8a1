"""Usage of jobs that really ran, against sums made by hand of sacct's rows.

The jobs run once for all tests of a cluster. The reference knows nothing of the program: it takes
when a run began and ended from sacct without --truncate, and where a job was suspended it asks
sacct for each second by itself.
"""

from __future__ import annotations

import json
import struct
import time
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from .cells import Cell, Cli, Result
from .cluster import Cluster
from .conftest import clusters, wanted
from .machine import wait_until

COLUMNS = "JobIDRaw,Account,User,QOS,Partition,State,Start,End,ElapsedRaw"
GROUPS = ("Account", "User", "QOS", "Partition")
Sums = dict[tuple[str, ...], int]
"""(account, user, qos, partition, TRES) -> TRES-seconds."""


@dataclass
class Ran:
    """A cluster on which jobs have run, from `start` to `end`, and the program there."""

    cluster: Cluster
    start: int
    end: int
    suspended: str
    cli: Cli
    rest: Cli

    def report(self, *words: str, start: int | None = None, end: int | None = None) -> Result:
        """Return what `usage report` says of a window, as JSON of seconds."""
        when = (f"start={utc(start or self.start)}", f"end={utc(end or self.end)}")
        done = self.cli("usage", "report", *when, "units=seconds", "--json", *words)
        assert (done.code, done.err) == (0, "")
        return done

    def sums(self, *words: str, start: int | None = None, end: int | None = None) -> Sums:
        """Return what `usage report` sums up by all that a job bears."""
        items = self.report("by=account,user,qos,partition", *words, start=start, end=end).items
        for item in items:
            assert item["Used"] == item["Seconds"]
        return {
            tuple(str(item[key]) for key in (*GROUPS, "TRES")): int(str(item["Seconds"]))
            for item in items
        }


def utc(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def sacct(cluster: Cluster, start: int, end: int, *options: str, columns: str) -> list[list[str]]:
    """Return sacct's rows of a window."""
    times = ("env", "TZ=UTC", "SLURM_TIME_FORMAT=%s")
    window = ("-S", f"uts{start}", "-E", f"uts{end}")
    switches = ("-nPXDa", "--noconvert", *options, f"--format={columns}")
    done = cluster.run(*times, "sacct", *window, *switches)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split("|") for line in done.stdout.splitlines()]


def reference(ran: Ran, start: int, end: int, column: str = "ReqTRES") -> Sums:
    """Sum up a window by hand."""
    sums: Counter[tuple[str, ...]] = Counter()
    for row in sacct(ran.cluster, ran.start, ran.end, columns=f"{COLUMNS},{column}"):
        job, *names, _, begin, stop, _, tres = row
        if begin in {"Unknown", "None"}:
            continue
        last = int(stop) if stop.isdecimal() else ran.end
        seconds = max(0, min(last, end) - max(int(begin), start))
        if job == ran.suspended:
            looks = [
                sacct(ran.cluster, at, at + 1, "--truncate", "-j", job, columns="ElapsedRaw")
                for at in range(start, end)
            ]
            seconds = sum(int(elapsed) for rows in looks for [elapsed] in rows)
        for part in tres.split(",") if tres else ():
            name, _, count = part.partition("=")
            sums[*names, name] += seconds * int(count.removesuffix("M"))
    return {key: used for key, used in sums.items() if used}


def run_again(cluster: Cluster, job: str) -> None:
    """Requeue a job that runs, and wait until it runs once more: sacct then knows two runs."""

    def is_in(state: str) -> bool:
        return cluster.run("squeue", "-h", "-o", "%t", "-j", job).stdout.strip() == state

    wait_until(lambda: is_in("R"), "a job that runs")
    cluster.run("scontrol", "requeue", job)
    wait_until(lambda: is_in("PD"), "a job that is requeued")
    time.sleep(2)  # slurmd still clears up after the first run, and would fail the second

    def has_begun() -> bool:
        # slurmctld puts it off once more when the first run has been cleaned up.
        cluster.run("scontrol", "update", f"JobId={job}", "StartTime=now")
        time.sleep(0.2)
        return is_in("R")

    wait_until(has_begun, "a job that runs again")


@pytest.fixture(scope="module", params=wanted())
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Run the jobs: short, requeued, suspended, of an array, waiting, and one that runs on."""
    found = [one for one in clusters()[0] if one.suite == request.param]
    if not found:
        pytest.skip(clusters()[1] or f"{request.param} does not run")
    cluster = found[0]
    cluster.reset()
    for name, parent in (("science", "root"), ("physics", "science"), ("optics", "physics")):
        cluster.sacctmgr("add", "account", name, f"parent={parent}")
    cluster.sacctmgr("add", "user", "alice,bob", "account=science,physics,optics")
    cluster.sacctmgr("add", "qos", "high")
    cluster.sacctmgr("modify", "user", "where", "name=bob", "set", "qos+=high")
    cluster.sacctmgr(
        "modify", "account", "where", "name=physics", "set", "GrpTRESMins=cpu=600,gres/gpu=10"
    )
    cluster.sacctmgr("modify", "account", "where", "name=science", "set", "GrpTRESMins=cpu=1000")

    def submit(user: str, account: str, *options: str, sleep: int = 2) -> str:
        words = ("sbatch", "--parsable", "-A", account, *options, "--wrap", f"sleep {sleep}")
        done = cluster.run(*words, user=user)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    start = int(time.time())
    submit("alice", "optics", "--exclusive", "-p", "gpu", sleep=1)
    time.sleep(2.5)
    suspended = submit("alice", "physics", "-n3", sleep=6)
    requeued = submit("bob", "physics", "-n2", "--requeue", sleep=60)
    submit("bob", "physics", "-n5", sleep=600)
    submit("alice", "physics", "-n2", "--mem=500", "--gres=gpu:a100:1")
    submit("bob", "optics", "-q", "high", sleep=3)
    submit("alice", "optics", "--array=0-2", "-p", "gpu")
    submit("alice", "science")
    submit("bob", "science", "--hold")
    time.sleep(2)
    for word, seconds in (("suspend", 2), ("resume", 1), ("suspend", 2), ("resume", 0)):
        cluster.run("scontrol", word, suspended)
        time.sleep(seconds)
    run_again(cluster, requeued)
    time.sleep(5)
    folder = tmp_path_factory.mktemp("usage")
    executors = [Cell(cluster, "cli"), Cell(cluster, "rest", cluster.api_versions[-1])]
    for executor in executors:
        (folder / executor.executor).mkdir()
    cli, rest = (Cli(executor, folder / executor.executor) for executor in executors)
    rest.configure(url="http://127.0.0.1:1")  # nobody answers there: nobody is to be asked
    yield Ran(cluster, start, int(time.time()), suspended, cli, rest)
    cluster.reset()


def test_the_jobs_are_what_they_are_meant_to_be(ran: Ran) -> None:
    """Or else the other tests would prove less than they say."""
    rows = sacct(ran.cluster, ran.start, ran.end, columns=COLUMNS)
    states = Counter(row[5] for row in rows)
    assert states["REQUEUED"] == 1
    assert states["RUNNING"] == 2
    assert max(Counter(row[0] for row in rows).values()) == 2  # it was requeued, and runs again
    assert states["COMPLETED"] == 8
    [paused] = [row for row in rows if row[0] == ran.suspended]
    assert int(paused[8]) < int(paused[7]) - int(paused[6])


def test_a_report_is_the_sum_made_by_hand(ran: Ran) -> None:
    """Of the whole, and of windows whose edges jobs cross."""
    whole = ran.sums()
    assert whole == reference(ran, ran.start, ran.end)
    assert {key[4] for key in whole} >= {"cpu", "mem", "node", "billing", "gres/gpu:a100"}
    assert {key[:3] for key in whole} == {
        ("optics", "alice", "normal"), ("optics", "bob", "high"), ("physics", "alice", "normal"),
        ("physics", "bob", "normal"), ("science", "alice", "normal"),
    }  # fmt: skip
    for start, end in ((ran.start + 4, ran.start + 8), (ran.start + 7, ran.start + 8)):
        assert ran.sums(start=start, end=end) == reference(ran, start, end)


def test_allocated_is_what_jobs_were_given(ran: Ran) -> None:
    given = ran.sums("--basis", "allocated")
    assert given == reference(ran, ran.start, ran.end, "AllocTRES")
    exclusive = ("optics", "alice", "normal", "gpu", "cpu")
    assert given[exclusive] > ran.sums()[exclusive]  # the array's jobs were given what they asked


def test_windows_side_by_side_sum_to_the_whole(ran: Ran) -> None:
    whole = Counter(ran.sums())
    for cuts in ([3], [5, 6, 9], list(range(1, ran.end - ran.start))):
        edges = [ran.start, *(ran.start + cut for cut in cuts), ran.end]
        total: Counter[tuple[str, ...]] = Counter()
        for start, end in pairwise(edges):
            total += Counter(ran.sums(start=start, end=end))
        assert total == whole


def test_days_of_a_zone_split_jobs_at_its_midnight(ran: Ran, tmp_path: Path) -> None:
    """In a zone of our own midnight comes while the jobs run, and one of them is suspended."""
    midnight = ran.start + 6
    head = b"TZif" + bytes(16) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    offset = -midnight % 86400
    (tmp_path / "Lab").write_bytes(head + struct.pack(">lbb", offset, 0, 0) + b"LAB\0")
    zoneinfo.reset_tzpath([tmp_path])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        items = ran.report("by=day,account,user,qos,partition", "--tz", "Lab").items
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()
    first, second = sorted({str(item["Day"]) for item in items})
    for day, start, end in ((first, ran.start, midnight), (second, midnight, ran.end)):
        assert {
            tuple(str(item[key]) for key in (*GROUPS, "TRES")): item["Seconds"]
            for item in items
            if item["Day"] == day
        } == reference(ran, start, end)


@pytest.mark.parametrize("output", ["table", "json", "ndjson", "csv", "parsable", "parsable2"])
def test_a_profile_for_slurmrestd_reports_the_same_to_the_byte(ran: Ran, output: str) -> None:
    """And where slurmrestd is down."""
    when = (f"start={utc(ran.start)}", f"end={utc(ran.end)}")
    words = ("usage", "report", *when, "by=account,user", "--output", output)
    done = [executor(*words) for executor in (ran.cli, ran.rest)]
    assert done[0] == done[1]
    assert done[0].code == 0
    assert "gres/gpu:a100" in done[0].out


def test_limits_stand_beside_what_the_account_and_all_below_it_used(ran: Ran) -> None:
    """Whatever else the report is of: here, of alice alone, and of one account."""
    used: Counter[tuple[str, str]] = Counter()
    for (account, *_, tres), seconds in reference(ran, ran.start, ran.end).items():
        branch = {"science": 1, "physics": 2, "optics": 3}[account]
        used += Counter({(a, tres): seconds for a in ("science", "physics", "optics")[:branch]})
    for words in (
        ["by=account"],
        ["by=account", "user=alice"],
        ["physics", "science", "by=account,user"],
        ["by=account,month", "partition=gpu,batch", "tres=cpu,gres/gpu"],
    ):
        found = {}
        for item in ran.report(*words).items:
            if item["Limit"] is not None:
                key = (str(item["Account"]), str(item["TRES"]))
                percent = round(100 * used[key] / float(str(item["Limit"])), 1)
                assert item["Percent"] == pytest.approx(percent, abs=0.05)
                found[key] = (item["Limit"], item["LimitUsed"])
        assert found == {
            ("physics", "cpu"): (36000, used["physics", "cpu"]),
            ("physics", "gres/gpu"): (600, used["physics", "gres/gpu"]),
            ("science", "cpu"): (60000, used["science", "cpu"]),
        }


def test_conditions_select_jobs(ran: Ran) -> None:
    whole = ran.sums()
    for word, at, names in (
        ("user=bob", 1, {"bob"}), ("QOS=HIGH", 2, {"high"}), ("partition=gpu", 3, {"gpu"}),
        ("Physics", 0, {"physics"}), ("account=optics,science", 0, {"optics", "science"}),
        ("tres=CPU,gres/gpu", 4, {"cpu", "gres/gpu"}),
    ):  # fmt: skip
        assert ran.sums(word) == {key: used for key, used in whole.items() if key[at] in names}
    below = {key: used for key, used in whole.items() if key[0] != "science"}
    assert ran.sums("physics", "WithSubAccounts") == below


def test_a_report_says_what_it_is_of(ran: Ran) -> None:
    done = ran.report("by=user", "tres=cpu", "--tz", "Europe/Zurich")
    document = json.loads(done.out)
    items = document.pop("items")
    total = sum(item["Seconds"] for item in items)
    zone = zoneinfo.ZoneInfo("Europe/Zurich")
    assert document == {
        "schema_version": 1,
        "kind": "usage",
        "profile": "cell",
        "cluster": ran.cluster.cluster_name,
        "executor": "cli",
        "slurm": ran.cluster.release,
        "start": datetime.fromtimestamp(ran.start, zone).isoformat(),
        "end": datetime.fromtimestamp(ran.end, zone).isoformat(),
        "time_zone": "Europe/Zurich",
        "basis": "requested",
        "unit": "seconds",
        "by": ["user"],
        "totals": [{"TRES": "cpu", "Used": total, "Seconds": total}],
        "warnings": [],
    }
    assert [item["User"] for item in items] == ["alice", "bob"]


def test_names_that_do_not_exist_are_said(ran: Ran) -> None:
    done = ran.cli("usage report nosuch,physics user=nobody,alice qos=nosuch")
    cluster = ran.cluster.cluster_name
    header = "Account  User  TRES  Used  Share  Limit  LimitUsed  Percent\n"
    assert (done.code, done.out) == (0, header)
    assert done.err == "".join(
        f"slurmctl-rest: warning: {what}, and has no jobs there\n"
        for what in (
            f"account 'nosuch' does not exist on cluster '{cluster}'",
            f"user 'nobody' does not exist on cluster '{cluster}'",
            "qos 'nosuch' does not exist",
        )
    )
    done = ran.cli("usage report -M nosuch")
    assert (done.code, done.out) == (3, "")
