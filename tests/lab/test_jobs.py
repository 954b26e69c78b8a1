"""Jobs that really wait, run and end: shown alike over both executors, and just those cancelled."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slurmctl_rest.model.rights import CANCELLING

from . import daemons, recipe
from .cells import Cell, Cli, Result
from .cluster import Cluster
from .machine import ENVIRONMENT, wait_until
from .test_refusals import sent

Json = Any
CUT_OFF = ",".join(str(3 * i + i % 2) for i in range(1, 60))
"""Tasks of an array whose list Slurm cuts off: 4,6,10,12,16 ... 178."""


def furnish(cluster: Cluster) -> None:
    """Add two accounts, each with alice and bob, who may use two QOS and all partitions."""
    cluster.sacctmgr("add", "qos", "high")
    cluster.sacctmgr("add", "account", "optics,physics", "qos=normal,high")
    cluster.sacctmgr("add", "user", "alice,bob", "account=optics,physics")


@pytest.fixture(params=["cli", "rest"])
def executor(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Cli:
    """The program over the commands, and over the newest REST, in a furnished cluster."""
    furnish(cluster)
    version = cluster.api_versions[-1] if request.param == "rest" else ""
    return Cli(Cell(cluster, request.param, version), tmp_path)


@pytest.fixture
def everywhere(cluster: Cluster, tmp_path: Path) -> list[Cli]:
    """The program in every cell of a furnished cluster: all see the same jobs."""
    furnish(cluster)
    return [in_folder(one, tmp_path) for one in cells_of(cluster)]


@pytest.fixture
def executors(cluster: Cluster, tmp_path: Path) -> list[Cli]:
    """The program over the commands and over the newest REST, at once in a furnished cluster."""
    furnish(cluster)
    cells = cells_of(cluster)
    return [in_folder(one, tmp_path) for one in (cells[0], cells[-1])]


def cells_of(cluster: Cluster) -> list[Cell]:
    """Return the commands, and every API version from the oldest."""
    return [Cell(cluster, "cli"), *(Cell(cluster, "rest", v) for v in cluster.api_versions)]


def in_folder(cell: Cell, above: Path) -> Cli:
    """Return the program with a profile of its own."""
    folder = above / str(cell)
    folder.mkdir()
    return Cli(cell, folder)


def submit(cluster: Cluster, *options: str, user: str = "alice", script: str = "sleep 300") -> str:
    """Submit a batch script; return the job's number."""
    words = ("sbatch", "--parsable", "--output=/dev/null", *options, "--wrap", script)
    done = cluster.run(*words, user=user)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def states(cluster: Cluster) -> dict[str, str]:
    """Return the states of what squeue shows, by number: pending, running, completing."""
    lines = cluster.run("squeue", "-h", "-o", "%i %T").stdout.splitlines()
    return dict(line.split() for line in lines)


def is_in(cluster: Cluster, state: str, *jobs: str) -> bool:
    """Tell whether all of the jobs are in this state."""
    now = states(cluster)
    return all(now.get(job) == state for job in jobs)


def await_running(cluster: Cluster, *jobs: str) -> None:
    wait_until(lambda: is_in(cluster, "RUNNING", *jobs), f"{jobs} run")


def await_gone(cluster: Cluster, *jobs: str) -> None:
    wait_until(lambda: not set(jobs) & set(states(cluster)), f"{jobs} are gone")


def record(cluster: Cluster, job: str) -> list[list[str]]:
    """Return start and end of each run of a job in seconds, as sacct tells them once all ended."""

    def asked() -> list[list[str]]:
        show = ("sacct", "-nPXD", "-j", job, "-o", "start,end")
        done = cluster.run("env", "TZ=UTC", "SLURM_TIME_FORMAT=%s", *show)
        return [line.split("|") for line in done.stdout.splitlines()]

    wait_until(lambda: all(w.isdigit() for run in asked() for w in run), f"{job} in slurmdbd")
    return asked()


def requeue(cluster: Cluster, job: str) -> None:
    """Let a running job begin anew, without the two minutes that Slurm gives it."""
    assert cluster.run("scontrol", "requeue", job).returncode == 0
    wait_until(lambda: is_in(cluster, "PENDING", job), f"{job} waits")
    # Not in the same second: slurmd would take the new run's credential for that of the old one.
    assert cluster.run("scontrol", "update", f"jobid={job}", "starttime=now+2").returncode == 0
    await_running(cluster, job)


def await_out(cli: Cli, sentence: str, word: str) -> None:
    """Wait until the program says it: slurmdbd hears a little later."""
    wait_until(lambda: word in cli(sentence).out, f"{sentence} says {word}", 10)


def without_clocks(items: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return rows without what grows between two looks: how long a running job has run."""
    return [{**i, "Elapsed": None} if i["State"] == ["RUNNING"] else i for i in items]


def errors(done: Result) -> Json:
    """Return the error that --json writes on stderr."""
    return json.loads(done.err)["error"]


# List and history


ODD = "größe \t'x' \"y\" \\n %s ☂"
ACTIVE = "JobID,JobName,Account,User,Partition,QOS,State,Reason,Timelimit,NodeList"
PAST = "JobID,JobName,Account,User,Partition,QOS,State,Timelimit,ExitCode"
WITH_GPU = {"cpu": 1, "mem": 100, "node": 1, "billing": 1, "gres/gpu": 1, "gres/gpu:a100": 1}


def test_list_and_history_are_the_same_in_every_cell(everywhere: list[Cli]) -> None:
    """Short, cancelled, requeued, array, held, pending and running ones; any name; gres and QOS."""
    cluster = everywhere[0].cell.cluster

    def add(account: str, name: str, *options: str, **more: str) -> str:
        return submit(cluster, "-A", account, "-J", name, "-t9", *options, **more)

    short = add("physics", "short", script="exit 3")
    ended = add("physics", "ended")
    never = add("physics", "never", "-H")
    again = add("physics", "again")
    gres = add("physics", "a|b", "--gres=gpu:a100:1", "-q", "high", "-p", "gpu")
    odd = add("optics", ODD, "-H", user="bob")
    array = add("optics", "tasks", "--array=1-20:3%2")
    later = add("physics", "later", "--begin=now+1hour", "-Lmatlab:2", "-n3", "--mem=1G")
    tail = add("physics", "tail", f"--dependency=afterok:{gres}")
    await_running(cluster, ended, again, gres, f"{array}_1", f"{array}_4")
    cluster.run("scancel", ended, never)
    requeue(cluster, again)
    await_gone(cluster, short, ended, never)

    first = everywhere[0]
    runs, limit = "alice|batch|normal|RUNNING||00:09:00|node1", "00:09:00"
    waits = f"alice|batch|normal|PENDING|{{}}|{limit}|"
    assert first(f"jobs list -P -n format={ACTIVE}").out.splitlines() == [
        f"{again}|again|physics|{runs}",
        f"{gres}|a|b|physics|alice|gpu|high|RUNNING||{limit}|node1",
        f"{odd}|{ODD}|optics|bob|batch|normal|PENDING|JobHeldUser|{limit}|",
        f"{array}_1|tasks|optics|{runs}",
        f"{array}_4|tasks|optics|{runs}",
        f"{array}_[7,10,13,16,19]|tasks|optics|{waits.format('JobArrayTaskLimit')}",
        f"{later}|later|physics|{waits.format('BeginTime')}",
        f"{tail}|tail|physics|{waits.format('Dependency')}",
    ]
    item = first(f"jobs list {gres} --json --tz UTC").items[0]
    times = {name: item[name] for name in ("Submit", "Start")}
    assert item == {
        "JobID": gres,
        "JobIDRaw": int(gres),
        "JobName": "a|b",
        "Account": "physics",
        "User": "alice",
        "Partition": "gpu",
        "QOS": "high",
        "State": ["RUNNING"],
        "Reason": None,
        **times,
        "End": None,
        "Elapsed": None,
        "Timelimit": 9,
        "ReqTRES": WITH_GPU,
        "AllocTRES": WITH_GPU,
        "NodeList": "node1",
        "ExitCode": None,
    }
    assert all(str(at).endswith("+00:00") for at in times.values())

    wait_until(lambda: len(first(f"jobs history {again} --json").items) == 2, "two runs", 10)
    some = f"{short},{ended},{never},{again},{gres}"
    assert first(f"jobs history {some} -P -n format={PAST}").out.splitlines() == [
        f"{short}|short|physics|alice|batch|normal|FAILED|{limit}|3:0",
        f"{ended}|ended|physics|alice|batch|normal|CANCELLED|{limit}|0:0",
        f"{never}|never|physics|alice|batch|normal|CANCELLED|{limit}|0:0",
        f"{again}|again|physics|alice|batch|normal|PENDING,REQUEUED|{limit}|0:0",
        f"{again}|again|physics|alice|batch|normal|RUNNING|{limit}|0:0",
        f"{gres}|a|b|physics|alice|gpu|high|RUNNING|{limit}|0:0",
    ]
    assert first(f"jobs history {gres} --json").items[0]["AllocTRES"] == WITH_GPU
    # A run that begins in this very second is not yet in a window that ends now.
    window = "jobs history start=now-1hour --json"
    wait_until(
        lambda: [item["JobID"] for item in first(window).items].count(again) == 2, "its window", 10
    )
    for sentence in (
        "jobs list",
        f"jobs history {some},{array},{later},{odd}",
        "jobs history start=now-1hour",
        "jobs history start=now-1hour account=PHYSICS,optics",
    ):
        rows, *others = [without_clocks(cli(f"{sentence} --json").items) for cli in everywhere]
        assert rows != []
        assert others == [rows] * len(others)
        # The order in a set of TRES is seen in text alone.
        texts = {cli(f"{sentence} -P format=JobID,ReqTRES,AllocTRES").out for cli in everywhere}
        assert len(texts) == 1


def test_each_filter_shows_the_jobs_that_meet_it(everywhere: list[Cli]) -> None:
    cluster = everywhere[0].cell.cluster
    one = submit(cluster, "-A", "physics", "-J", "one", "-H")
    bobs = submit(
        cluster, "-A", "physics", "-J", "a|b", "-p", "gpu", "-q", "high", "-H", user="bob"
    )
    array = submit(cluster, "-A", "optics", "-J", "größe", "--array=1-9", "-H")
    runs = submit(cluster, "-A", "optics", "-J", "one", user="bob")
    await_running(cluster, runs)
    tasks = f"{array}_[1-9]"
    shown = {
        "": [one, bobs, tasks, runs],
        "account=PHYSICS": [one, bobs],
        "Account=physics,Optics": [one, bobs, tasks, runs],
        "where accounts=optics": [tasks, runs],
        "user=BOB": [bobs, runs],
        "partition=GPU": [bobs],
        "qos=High": [bobs],
        "state=pending": [one, bobs, tasks],
        "state=PD": [one, bobs, tasks],
        "state=r": [runs],
        "states=R,PD": [one, bobs, tasks, runs],
        "state=suspended": [],
        "name=one": [one, runs],
        "name=ONE": [],
        "'name=a|b'": [bobs],
        "name=größe": [tasks],
        "account=optics user=alice state=PD": [tasks],
        "account=optics user=alice state=R": [],
        f"{one},{runs}": [one, runs],
        f"{one} where account=optics": [],
        f"where jobid={bobs}": [bobs],
        array: [tasks],
        f"{array}_3": [f"{array}_3"],
        f"{array}_8,{array}_3,{one}": [one, f"{array}_8", f"{array}_3"],
        f"{array}_10": [],
    }
    for cli in everywhere:
        found = {w: cli(f"jobs list {w} -P -n format=JobID").out.split() for w in shown}
        assert (str(cli.cell), found) == (str(cli.cell), shown)


def test_a_number_that_is_not_active_is_said(executor: Cli) -> None:
    cluster = executor.cell.cluster
    ended = submit(cluster, "-A", "physics", "-H")
    cluster.run("scancel", ended)
    done = executor(f"jobs list {ended} -P -n")
    assert (done.code, done.out, done.err) == (
        0,
        "",
        f"slurmctl-rest: warning: job '{ended}' is not active; "
        f"see `slurmctl-rest jobs history {ended}`\n",
    )
    done = executor("jobs history 4000000 -P -n")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "slurmctl-rest: slurmdbd has no job 4000000 "
        "(slurmctl-rest jobs list shows the active jobs)\n"
    )


# The window of history


def test_history_tells_a_job_whole_whatever_it_holds(everywhere: list[Cli]) -> None:
    """Lines in its name, which look like other jobs; no limit, much memory, many tasks, no QOS."""
    cluster = everywhere[0].cell.cluster
    forged = (
        "\nx|\n7|7|y|physics|bob|batch|normal|COMPLETED|None|1|1|2|00:00:01|00:01:00||| n1|0:0|"
    )
    jobs = [
        submit(cluster, "-A", "physics", "-H", "-J", forged),
        submit(cluster, "-A", "physics", "-H", "-t", "UNLIMITED", "--mem=1T"),
        submit(cluster, "-A", "physics", "-H", "-p", "batch,gpu", "-t", "1-2:03:04"),
        submit(cluster, "-A", "physics", "-H", f"--array={CUT_OFF}%3"),
    ]
    first = everywhere[0]
    await_out(first, f"jobs history {jobs[-1]} --json", jobs[-1])
    show = "-n format=JobID,Partition,Timelimit,ReqTRES"
    told = "cpu=1,mem=100M,node=1"
    assert first(f"jobs history {','.join(jobs[1:])} -P {show}").out.splitlines() == [
        f"{jobs[1]}|batch||billing=1,cpu=1,mem=1T,node=1",
        f"{jobs[2]}|batch,gpu|1-02:04:00|billing=1,{told}",
        f"{jobs[3]}_[{CUT_OFF}]|batch||billing=1,{told}",
    ]
    for sentence in (f"jobs history {','.join(jobs)}", f"jobs history {jobs[0]},{jobs[0]}"):
        rows, *others = [cli(f"{sentence} --json").items for cli in everywhere]
        assert rows[0]["JobName"] == forged
        assert others == [rows] * len(others)


def test_a_task_that_is_named_by_both_its_numbers_is_one_row(everywhere: list[Cli]) -> None:
    """`GET job/NUMBER` of an array tells its tasks, each of which has a number of its own."""
    cluster = everywhere[0].cell.cluster
    array = submit(cluster, "-A", "physics", "--array=1-2", "-t9")
    await_running(cluster, f"{array}_1", f"{array}_2")
    own = [f"{array}_1", f"{array}_2"]
    await_out(everywhere[0], f"jobs history {array} --json", own[1])
    raw = [str(item["JobIDRaw"]) for item in everywhere[0](f"jobs history {array} --json").items]
    for cli in everywhere:
        done = cli(f"jobs history {','.join([array, *raw])} -P -n format=JobID,JobIDRaw")
        assert done.out.splitlines() == [f"{own[0]}|{raw[0]}", f"{own[1]}|{raw[1]}"]


def test_history_shows_what_ran_in_its_window_and_each_run(executor: Cli) -> None:
    """Uncut where a job crosses an edge; in any zone; two runs of a requeued job are two rows."""
    cluster = executor.cell.cluster
    edge, twice = (f"{word}{time.monotonic_ns()}" for word in ("edge", "twice"))
    job = submit(cluster, "-A", "physics", "-J", edge, script="sleep 2")
    again = submit(cluster, "-A", "physics", "-J", twice)
    await_running(cluster, again)
    requeue(cluster, again)
    cluster.run("scancel", again)
    await_gone(cluster, job, again)
    ((start, end),) = record(cluster, job)
    (began, stopped), _ = runs = record(cluster, again)
    show = "-P -n format=JobID,State,Elapsed,Start,End"

    def asked(names: str, first: int, last: int, zone: str = "UTC") -> list[list[str]]:
        window = f"start={moment(first)} end={moment(last)}"
        done = executor(f"jobs history {names} {window} --tz {zone} {show}")
        assert done.code == 0, done.err
        return [line.split("|") for line in done.out.splitlines()]

    at, over = int(start), int(end)
    row = [job, "COMPLETED", f"00:00:{over - at:02}", clock(at), clock(over)]
    assert asked(f"name={edge}", at - 60, over + 60) == [row]
    assert asked(f"name={edge}", at + 1, at + 2) == [row]  # it crosses both edges
    assert asked(f"name={edge}", at - 60, at + 1) == [row]
    assert asked(f"name={edge}", at - 60, at - 30) == []
    assert asked(f"name={edge} account=OPTICS", at - 60, over + 60) == []
    assert asked(job, at - 60, at - 30) == []  # a number, and a window too
    there = timedelta(hours=5, minutes=45)
    kathmandu = [*row[:3], clock(at, there), clock(over, there)]
    assert asked(f"name={edge}", at - 60, over + 60, "Asia/Kathmandu") == [kathmandu]

    rows = [[again, state] for state in ("PENDING,REQUEUED", "CANCELLED")]
    times = [[clock(int(first)), clock(int(last))] for first, last in runs]
    both = [[*two[0], *two[1]] for two in zip(rows, times, strict=True)]
    found = asked(f"name={twice}", int(began) - 60, int(stopped) + 60)
    assert [[*one[:2], *one[3:]] for one in found] == both
    named = executor(f"jobs history {again} --tz UTC -P -n format=JobID,State,Start,End")
    assert [line.split("|") for line in named.out.splitlines()] == both
    offset = executor(f"jobs history {job} --tz Asia/Kathmandu --json").items[0]["Start"]
    assert offset == f"{clock(at, there)}+05:45"


def moment(at: int) -> str:
    return f"{clock(at)}+00:00"


def clock(at: int, offset: timedelta = timedelta()) -> str:
    return (datetime(1970, 1, 1) + timedelta(seconds=at) + offset).isoformat()


def test_history_never_asks_without_a_window_or_numbers(executor: Cli) -> None:
    is_rest = executor.cell.executor == "rest"
    for words in ("", "account=physics user=alice", "state=R name=x", "end=now-1day"):
        # Over REST a time that is sent twice shows first whether it arrives.
        *evidence, asked = sent(executor(f"jobs history {words} -v").err)
        assert all("start_time=true" in one for one in evidence) is True
        first, last = bounds(asked, is_rest=is_rest)
        assert int(last) - int(first) == 24 * 3600, asked
    for words in ("12", "12,13_4 state=R"):
        asked = " ".join(sent(executor(f"jobs history {words} -v").err))
        assert "/job/12" in asked if is_rest else "--jobs=12" in asked


def bounds(asked: str, *, is_rest: bool) -> tuple[str, str]:
    """Return the window of a request or of a command."""
    words = asked.replace("?", " ").replace("&", " ").replace("=", " ").split()
    keys = ("start_time", "end_time") if is_rest else ("-S", "-E")
    first, last = (words[words.index(key) + 1].removeprefix("uts") for key in keys)
    return first, last


def test_a_run_that_never_began_has_no_start(executors: list[Cli]) -> None:
    """slurmdbd writes 4294967294 there, which is in the year 2106."""
    cluster = executors[0].cell.cluster
    job = submit(cluster, "-A", "physics")
    await_running(cluster, job)
    cluster.run("scontrol", "requeue", job)
    wait_until(lambda: is_in(cluster, "PENDING", job), f"{job} waits")
    cluster.run("scancel", job)
    for cli in executors:
        await_out(cli, f"jobs history {job} --json", "CANCELLED")
        first, second = cli(f"jobs history {job} --json").items
        assert (first["State"], second["State"]) == (["PENDING", "REQUEUED"], ["CANCELLED"])
        assert first["Start"] is not None
        assert (second["Start"], second["Elapsed"]) == (None, 0)


def test_history_tells_tasks_that_never_started_by_their_numbers(executor: Cli) -> None:
    """slurmdbd's JSON has them as a bitmap in hexadecimal digits."""
    cluster = executor.cell.cluster
    array = submit(cluster, "-A", "physics", "-H", "--array=0,3-5,70%2")
    show = "-P -n format=JobID,State"
    for state in ("PENDING", "CANCELLED"):
        row = f"{array}_[0,3-5,70]|{state}\n"
        await_out(executor, f"jobs history {array} {show}", row)
        assert executor(f"jobs history {array} {show}").out == row
        assert executor(f"jobs history {array}_5 {show}").out == f"{array}_5|{state}\n"
        cluster.run("scancel", array)


# Cancelling


def test_exactly_the_jobs_that_are_meant_are_cancelled(cli: Cli) -> None:
    """By number and by every condition; what is left of the others runs or waits on."""
    cluster = cli.cell.cluster
    furnish(cluster)
    jobs = {
        "base": submit(cluster, "-A", "optics"),
        "wait": submit(cluster, "-A", "optics", "-H"),
        "bob": submit(cluster, "-A", "optics", "-p", "batch", user="bob"),
        "physics": submit(cluster, "-A", "physics"),
        "gpu": submit(cluster, "-A", "optics", "-p", "gpu"),
        "high": submit(cluster, "-A", "optics", "-q", "high"),
        "name": submit(cluster, "-A", "optics", "-J", "a|b", "-H"),
        "two": submit(cluster, "-A", "optics", "-q", "high", "-p", "gpu", "-H", user="bob"),
        "number": submit(cluster, "-A", "optics"),
        "number2": submit(cluster, "-A", "optics", "-H"),
    }
    left = dict(jobs)
    await_running(cluster, *(jobs[n] for n in ("base", "bob", "physics", "gpu", "high", "number")))
    for words, names in (
        ("user=BOB qos=high partition=gpu account=Optics state=pd", ("two",)),
        ("user=Bob", ("bob",)),
        ("account=PHYSICS", ("physics",)),
        ("partition=gpu", ("gpu",)),
        ("qos=HIGH", ("high",)),
        ("'name=a|b'", ("name",)),
        (f"{jobs['number']},{jobs['number2']}", ("number", "number2")),
        ("where state=PENDING", ("wait",)),
    ):
        done = cli(f"jobs cancel {words} -i")
        assert (words, done.code, done.err) == (words, 0, "")
        assert done.out.splitlines() == [
            f"job {left.pop(name)} ({who(name)}): cancelled" for name in names
        ]
        here = {job: state for job, state in states(cluster).items() if state != "COMPLETING"}
        assert (words, set(here)) == (words, set(left.values()))
    assert states(cluster)[jobs["base"]] == "RUNNING"


def who(name: str) -> str:
    user = "bob" if name in {"bob", "two"} else "alice"
    return f"{user} in {'physics' if name == 'physics' else 'optics'}"


def test_nothing_named_cancels_nothing(executor: Cli) -> None:
    cluster = executor.cell.cluster
    job = submit(cluster, "-A", "physics", "-H")
    for words, code, said in (
        ("", 9, "no selection given"),
        ("where", 9, "no selection given"),
        ("account=nosuch", 3, "account 'nosuch' does not exist"),
        ("user=nosuch", 3, "user 'nosuch' does not exist"),
        ("qos=nosuch", 3, "qos 'nosuch' does not exist"),
        ("account=optics", 0, "warning: no active job meets the conditions"),
        (f"{job} where account=optics", 3, f"job '{job}' does not meet the conditions"),
        ("state=nosuch", 2, "is not one of"),
    ):
        done = executor(f"jobs cancel {words} -i -v")
        assert (words, done.code, done.out, killed(done)) == (words, code, "", [])
        assert said in done.err
    assert states(cluster) == {job: "PENDING"}
    done = executor("jobs cancel account=physics --dry-run")
    request = f'DELETE /slurm/{executor.cell.api_version}/jobs/ {{"jobs": ["{job}"]}}'
    would = request if executor.cell.executor == "rest" else f"scancel --ctld {job}"
    assert (done.code, done.err, done.out.splitlines()) == (
        0,
        "",
        [f"job {job} (alice in physics): would cancel", f"would run: {would}"],
    )
    assert states(cluster) == {job: "PENDING"}


def killed(done: Result) -> list[str]:
    """Return what -v says was sent to end or signal a job."""
    return [line for line in sent(done.err) if line.startswith(("+ DELETE ", "+ scancel "))]


def test_waiting_tasks_are_cancelled_without_the_rest_of_their_array(executor: Cli) -> None:
    cluster = executor.cell.cluster
    array = submit(cluster, "-A", "physics", "--array=1-100%1")
    other = submit(cluster, "-A", "physics", "--array=1-3", "-H")
    await_running(cluster, f"{array}_1")
    done = executor(f"jobs cancel {array}_7 -i")
    assert (done.code, done.both) == (0, f"job {array}_7 (alice in physics): cancelled\n")
    kept = f"{other}_[1-3]"
    others = {f"{array}_[2-6,8-100%1]": "PENDING", kept: "PENDING"}
    assert states(cluster) == {f"{array}_1": "RUNNING", **others}

    done = executor(f"jobs cancel {array} where state=pending -i")
    head = f"job {array}_[2-6,8-100] (alice in physics): cancelled\n"
    assert (done.code, done.both) == (0, head)
    assert states(cluster) == {f"{array}_1": "RUNNING", kept: "PENDING"}

    done = executor(f"jobs cancel {array},{other}_3,{other}_1 -i --wait 20")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            f"job {array}_1 (alice in physics): cancelled",
            f"job {other}_3 (alice in physics): cancelled",
            f"job {other}_1 (alice in physics): cancelled",
        ],
    )
    assert waiting(cluster) == [f"{other}_2"]


def test_ended_is_a_notice_unknown_is_3_and_a_mixture_7(executor: Cli) -> None:
    cluster = executor.cell.cluster
    ended, job = (submit(cluster, "-A", "physics", "-H") for _ in range(2))
    cluster.run("scancel", ended)
    done = executor(f"jobs cancel {ended} -i -v")
    assert (done.code, done.out, killed(done)) == (0, f"job {ended}: already ended\n", [])
    document = json.loads(executor(f"jobs cancel {ended} -i --json").out)
    assert (document["changed"], document["changes"][0]["changed"]) == (False, False)

    done = executor("jobs cancel 4000000 -i")
    remedy = "(slurmctl-rest jobs list shows the active jobs)\n"
    unknown = "job '4000000' is unknown to Slurm"
    assert (done.code, done.both) == (3, f"slurmctl-rest: {unknown} {remedy}")

    done = executor(f"jobs cancel {job},4000000,{ended} -i")
    assert (done.code, done.both.splitlines()) == (
        7,
        [
            f"job {job} (alice in physics): cancelled",
            "job 4000000: FAILED to cancel",
            "1 cancelled, 1 already ended, 1 failed",
            f"slurmctl-rest: 1 of 3 failed: {unknown} {remedy.strip()}",
        ],
    )
    assert states(cluster) == {}


def test_what_slurmctld_has_forgotten_has_ended_as_long_as_slurmdbd_knows_it(
    executors: list[Cli],
) -> None:
    cluster = executors[0].cell.cluster
    job = submit(cluster, "-A", "physics", script="true")
    array = submit(cluster, "-A", "physics", "--array=1-2", script="true")
    await_gone(cluster, job, *states(cluster))
    record(cluster, array)
    forget_jobs(cluster)
    try:
        for cli in executors:
            done = cli(f"jobs cancel {job},{array},{array}_2 -i -v")
            lines = [f"job {name}: already ended" for name in (job, array, f"{array}_2")]
            assert (done.code, done.out.splitlines(), killed(done)) == (0, lines, [])
            assert cli(f"jobs cancel {array}_3 -i").code == 3
    finally:
        cluster.restart()  # or else numbers would come again


def forget_jobs(cluster: Cluster) -> None:
    """Start slurmctld without what it has saved of its jobs: 300 s do the same."""
    pid = cluster.chroot.pid_of("slurmctld")
    assert pid is not None
    os.kill(pid, signal.SIGTERM)  # 26.05 does not start where usage was not saved
    wait_until(lambda: cluster.chroot.pid_of("slurmctld") is None, "slurmctld is gone")
    cluster.chroot.spawn("slurmctld", ("slurmctld", "-D", "-c"), "root", {})
    wait_until(lambda: daemons.controller_is_up(cluster.chroot), "slurmctld is back")


def test_max_jobs_is_a_limit_on_jobs_with_each_waiting_task_as_one(executor: Cli) -> None:
    cluster = executor.cell.cluster
    submit(cluster, "-A", "physics", "-H")
    submit(cluster, "-A", "physics", "-H", "--array=1-9:2")
    before = states(cluster)
    done = executor("jobs cancel account=physics --max-jobs 5 -i -v")
    assert (done.code, done.out, killed(done)) == (9, "", [])
    assert "this would cancel 6 jobs, but --max-jobs allows 5" in done.err
    assert states(cluster) == before
    assert executor("jobs cancel account=physics --max-jobs 6 -i").code == 0
    assert states(cluster) == {}


STUBBORN = "trap '' TERM; while true; do sleep 0.1; done"


def test_wait_ends_when_the_processes_are_gone(executor: Cli) -> None:
    """KillWait is 1 s here, for which such a job is COMPLETING."""
    cluster = executor.cell.cluster
    first, second = (submit(cluster, "-A", "physics", script=STUBBORN) for _ in range(2))
    await_running(cluster, first, second)
    done = executor(f"jobs cancel {first} --wait 0.2 -i")
    late = f"job '{first}' is still active after 0.2 s: CANCELLED,COMPLETING"
    assert (done.code, done.out) == (6, "")
    assert done.err == f"slurmctl-rest: {late} (check its node)\n"
    done = executor(f"jobs cancel {second} --wait 30 -i")
    assert (done.code, done.both) == (0, f"job {second} (alice in physics): cancelled\n")
    assert second not in states(cluster)


LISTENING = "trap 'echo heard >>{0}' USR1; touch {0}; while true; do sleep 0.05; done"


def test_a_signal_reaches_the_batch_script_and_the_job_runs_on(executor: Cli) -> None:
    cluster = executor.cell.cluster
    handling_signals = cluster.chroot.inside("/home/alice/heard")
    handling_signals.unlink(missing_ok=True)
    job = submit(cluster, "-A", "physics", script=LISTENING.format("heard"))
    held = submit(cluster, "-A", "physics", "-H")
    wait_until(handling_signals.exists, "the script listens")
    said = "Job can not be altered now, try again later"
    for count, (words, code, last) in enumerate(
        (
            (f"{job} --signal USR1 --batch", 0, "job {0} (alice in physics): signalled"),
            (f"{job} --signal sigusr1 --full", 0, "job {0} (alice in physics): signalled"),
            ("account=physics --signal 10 --batch", 0, "job {0} (alice in physics): signalled"),
            (f"{job},{held} --signal USR1 --batch", 7, f"1 of 2 failed: job '{held}': {said}"),
        ),
        start=1,
    ):
        done = executor(f"jobs cancel {words} -i")
        assert (words, done.code) == (words, code)
        assert done.both.splitlines()[-1].removeprefix("slurmctl-rest: ") == last.format(job)
        await_text(handling_signals, "heard\n" * count)
    done = executor(f"jobs cancel {held} --signal USR1 -i")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"slurmctl-rest: job '{held}': {said}\n"
    assert states(cluster) == {job: "RUNNING", held: "PENDING"}


def await_text(file: Path, text: str) -> None:
    wait_until(lambda: file.read_text() == text, f"{file.name} says {text!r}", 5)


# Arrays whose list of tasks Slurm cuts off


def test_slurm_cuts_long_lists_of_tasks_for_all_who_do_not_say_otherwise(cluster: Cluster) -> None:
    """64 characters; SLURM_BITSTR_LEN=0 in the client's environment, or slurmrestd's, lifts it."""
    furnish(cluster)
    array = submit(cluster, "-A", "physics", "-H", f"--array={CUT_OFF}")

    def squeue(*environment: str) -> str:
        text = cluster.run("env", *environment, "squeue", "--json").stdout
        return str(json.loads(text)["jobs"][0]["array_task_string"])

    def slurmrestd(*environment: str) -> str:
        # It serves a request on its standard input, too, where that is its own user's pipe.
        path = f"/slurm/{cluster.api_versions[-1]}/job/{array}"
        request = f"GET {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n"
        words = f"cat | env {' '.join(environment)} slurmrestd -a rest_auth/local"
        text = cluster.run("sh", "-c", words, user="alice", text=request).stdout
        answer, _ = json.JSONDecoder().raw_decode(text[text.index("{") :])
        return str(answer["jobs"][0]["array_task_string"])

    for ask in (squeue, slurmrestd):
        assert len(ask()) == 63
        assert ask().endswith("...")
        assert ask("SLURM_BITSTR_LEN=0") == CUT_OFF


def test_an_array_whose_list_is_cut_off_is_cancelled_whole_and_never_counted(executor: Cli) -> None:
    cluster = executor.cell.cluster
    array = submit(cluster, "-A", "physics", f"--array={CUT_OFF}%1")
    await_running(cluster, f"{array}_4")
    wait_until(lambda: len(states(cluster)) == 2, "one task runs, the others wait")
    for words, code, said in (
        (f"{array} --max-jobs 1000", 9, "could not count the jobs"),
        ("state=pending", 10, f"name the array ({array}) to cancel all of it"),
    ):
        done = executor(f"jobs cancel {words} -i -v")
        assert (words, done.code, done.out, killed(done)) == (words, code, "", [])
        assert said in done.err
    assert len(waiting(cluster)) == 58
    done = executor(f"jobs cancel {array} -i -v --wait 20")
    assert (done.code, len(killed(done))) == (0, 1)
    assert states(cluster) == {}


def test_a_task_of_an_array_whose_list_is_cut_off_is_cancelled_alone(executor: Cli) -> None:
    """Whether it is among those that Slurm tells, or behind."""
    cluster = executor.cell.cluster
    array = submit(cluster, "-A", "physics", "-H", f"--array={CUT_OFF}")
    for task in ("10", "178"):
        done = executor(f"jobs cancel {array}_{task} -i")
        assert (done.code, done.both) == (0, f"job {array}_{task} (alice in physics): cancelled\n")
    left = [f"{array}_{task}" for task in CUT_OFF.split(",") if task not in {"10", "178"}]
    assert waiting(cluster) == left


def waiting(cluster: Cluster) -> list[str]:
    """Return all that wait, each task by itself."""
    return cluster.run("squeue", "-h", "-r", "-t", "PD", "-o", "%i").stdout.split()


# Whose jobs they are


def as_alice(cli: Cli, folder: Path) -> Cli:
    """Return the program with alice's token, or with commands that run as alice."""
    cluster = cli.cell.cluster
    if cli.cell.executor == "rest":
        token = folder / "alice.token"
        token.write_text(cluster.token("alice"))
        cli.configure(username="alice", token_file=str(token))
        return cli
    bin_path = folder / "bin"
    bin_path.mkdir()
    chroot, *words = cluster.chroot.command(["/usr/bin/"], "alice")
    whole = " ".join((str(shutil.which(chroot)), *words))
    for name in recipe.COMMANDS:
        (bin_path / name).write_text(f'#!/bin/sh\nexec {whole}{name} "$@"\n')
        (bin_path / name).chmod(0o755)
    profile = cli.config.read_text().replace(str(cluster.bin_path), str(bin_path))
    cli.config.write_text(profile)
    return cli


def test_alice_cannot_cancel_bobs_job(executor: Cli, tmp_path: Path) -> None:
    cluster = executor.cell.cluster
    bobs = submit(cluster, "-A", "physics", user="bob")
    hers = submit(cluster, "-A", "physics")
    await_running(cluster, bobs, hers)
    alice = as_alice(executor, tmp_path)
    denied = f"job '{bobs}': permission denied"
    remedy = f"({CANCELLING})\n"
    done = alice(f"jobs cancel {bobs} -i")
    assert (done.code, done.both) == (5, f"slurmctl-rest: {denied} {remedy}")
    assert errors(alice(f"jobs cancel {bobs} -i --json"))["code"] == "permission_denied"
    assert is_in(cluster, "RUNNING", bobs, hers)

    done = alice("jobs cancel account=physics -i")
    assert (done.code, done.both) == (
        7,
        f"job {bobs} (bob in physics): FAILED to cancel\n"
        f"job {hers} (alice in physics): cancelled\n"
        f"slurmctl-rest: 1 of 2 failed: {denied} {remedy}",
    )
    await_gone(cluster, hers)
    done = alice(f"jobs cancel {bobs} --signal TERM --full -i")
    assert (done.code, done.both) == (5, f"slurmctl-rest: {denied} {remedy}")
    assert states(cluster) == {bobs: "RUNNING"}


OTHER = "other"


def test_jobs_of_another_cluster_are_neither_shown_nor_cancelled(executor: Cli) -> None:
    """A profile that names a cluster that its slurmctld is not the one of; and a sibling's name."""
    cluster = executor.cell.cluster
    here = cluster.cluster_name
    cluster.sacctmgr("add", "cluster", OTHER)
    cluster.sacctmgr("add", "account", "physics", f"cluster={OTHER}")
    job = submit(cluster, "-A", "physics", "-J", "mine")
    await_running(cluster, job)
    wait_until(lambda: bool(executor(f"jobs history {job} --json").items), "it is in slurmdbd")
    own = executor.config.read_text()
    others = own.replace(f'cluster_name = "{here}"', f'cluster_name = "{OTHER}"')
    message = f"jobs of cluster '{OTHER}' are not to be had here: slurmctld is that of '{here}'"
    for profile, option in ((others, ""), (own, f" --cluster {OTHER}")):
        executor.config.write_text(profile)
        for sentence in (
            "jobs list",
            f"jobs list {job}",
            "jobs cancel account=physics -i",
            f"jobs cancel {job} -i",
            f"jobs cancel {job} --signal KILL -i",
        ):
            done = executor(f"{sentence}{option} -v")
            assert (sentence, done.code, done.out, killed(done)) == (sentence, 10, "", [])
            assert f"{message} (use a profile that leads to {OTHER})" in done.err
        done = executor(f"jobs history{option} -P -n")
        assert (done.code, done.both) == (0, "")
        assert executor(f"jobs history {job}{option} -P -n -Q").out == ""
    assert states(cluster) == {job: "RUNNING"}


# Many at once, and none to ask


def test_a_thousand_jobs_of_an_account_are_cancelled_in_one_request(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Over REST on one release and over the commands on the other: to submit them takes seconds."""
    furnish(cluster)
    executor = "rest" if cluster.suite == recipe.SUITES[-1] else "cli"
    cli = Cli(Cell(cluster, executor, cluster.api_versions[-1]), tmp_path)
    sibling = submit(cluster, "-A", "optics", "-H")
    one = "sbatch --parsable -H -o /dev/null -A physics --wrap 'sleep 9'"
    loop = f"for i in $(seq 500); do {one}; done"
    done = cluster.run("sh", "-c", f"({loop}) & ({loop}) & wait", user="alice")
    jobs = sorted(done.stdout.split(), key=int)
    assert len(jobs) == 1000

    document = json.loads(cli("jobs cancel account=physics -i --json --with-commands").out)
    path = f"/slurm/{cluster.api_versions[-1]}/jobs/"
    request = {"method": "DELETE", "path": path, "query": {}, "body": {"jobs": jobs}}
    command = {"argv": ["scancel", "--ctld", *jobs]}
    writes = [c for c in document["commands"] if "DELETE" in c.values() or "scancel" in str(c)]
    assert writes == [request if executor == "rest" else command]
    assert [change["name"] for change in document["changes"] if change["changed"]] == jobs
    assert states(cluster) == {sibling: "PENDING"}


def test_without_slurmctld_it_is_exit_6_within_its_own_time_limit(executors: list[Cli]) -> None:
    """Of 10 s, for which both executors wait; all at once here."""
    cluster = executors[0].cell.cluster
    pid = cluster.chroot.pid_of("slurmctld")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    running = {
        (cli.cell.executor, words): subprocess.Popen(
            [sys.executable, "-m", "slurmctl_rest", *words.split()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**ENVIRONMENT, "SLURMCTL_REST_CONFIG": str(cli.config)},
        )
        for cli in executors
        for words in ("jobs list", "jobs cancel 1 -i", "jobs cancel account=physics -i")
    }
    said = {key: process.communicate(timeout=30) for key, process in running.items()}
    cluster.reset()  # the next run of tests, too, shall find the lab up
    for (executor, words), (out, err) in said.items():
        code = running[executor, words].returncode
        assert (executor, words, code, out) == (executor, words, 6, ""), err
        assert "check that slurmctld is up" in err
