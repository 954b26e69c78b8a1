"""Runaway jobs over REST: the same table and question as sacctmgr's, and no other jobs."""

from __future__ import annotations

import time
from pathlib import Path

from .cells import Cell, Cli
from .cluster import Cluster
from .machine import wait_until
from .parity import Parity, compare
from .runaway import forget, jobs

LINES = """
show runaway -P
show RunawayJobs
-n show runaway format=id,name%5,part,cluster,state,start,end,submit,eligible,user,account,time
show runaway where cluster=nosuch
show runaway nosuch,NAME
show runaway foo=1 set bar=2
show runaway SET
show runaway format=foo
show runaway format=
show lost NAME
-p show orphan cluster=NAME fo=id
show runaway clu+=NAME format=id fo=state
show runaway format=id%-5,id,time,timeend%5,admin
-p show runaway user=alice NAME
show runaway cluster=
""".strip().splitlines()


def differing(both: Parity, lines: list[tuple[str, str]]) -> list[object]:
    cell = Cell(both.cluster, "rest", both.cluster.api_versions[-1])
    name = both.cluster.cluster_name
    found = [(line, compare(both, line.replace("NAME", name), cell, text)) for line, text in lines]
    return [(line, what) for line, what in found if what]


def furnish(cluster: Cluster) -> str:
    """Submit a job, and add jobs that slurmctld never had; return the job's number."""
    job = cluster.run("sbatch", "-A", "physics", "--wrap", "sleep 600", user="alice")
    number = job.stdout.split()[-1]
    where = f"id_job={number} AND time_start > 0"
    wait_until(lambda: bool(jobs(cluster, "id_job", where)), "the job's start", 20)
    now = int(time.time())
    long_ago = now - 86400 * 365
    forget(cluster, 9001, number)
    forget(cluster, 9002, number, state=2)
    forget(cluster, 9003, number, state=0, time_start=0)
    forget(cluster, 9004, number, state=0)
    forget(cluster, 9005, number, time_submit=long_ago, time_start=long_ago)
    forget(cluster, 9006, number, state=3)
    forget(cluster, 9007, number, time_start=0)
    forget(cluster, 9009, number, time_end=now)  # has ended
    forget(cluster, 9011, number, job_name="'a long name, of a job'")
    forget(cluster, 9012, number, id_array_job=9012, id_array_task=3, time_start=now + 5000)
    forget(cluster, 9014, number, het_job_id=9014, het_job_offset=0)
    forget(cluster, 9015, number, het_job_id=9014, het_job_offset=1)
    return number


def test_without_any_there_are_none_found(both: Parity) -> None:
    assert differing(both, [(f"sacctmgr {line}", "") for line in LINES[:5]]) == []


def test_runaway_jobs_are_those_that_slurmctld_does_not_know(both: Parity) -> None:
    furnish(both.cluster)
    assert differing(both, [(f"sacctmgr {line}", "n\n") for line in LINES]) == []
    assert differing(both, [("sacctmgr show runaway", "\n"), ("sacctmgr show runaway", "xn")]) == []


def test_the_native_list_is_the_same_over_both_executors(cluster: Cluster, tmp_path: Path) -> None:
    both = Parity(cluster)
    both.build()
    furnish(cluster)
    cells = [Cell(cluster, "cli", ""), *(Cell(cluster, "rest", v) for v in cluster.api_versions)]
    told = {str(cell): Cli(cell, tmp_path)("runawayjobs list --json").items for cell in cells}
    assert len(told[str(cells[0])]) == 11
    assert [told[str(cell)] for cell in cells] == [told[str(cells[0])]] * len(cells)
    one = Cli(cells[-1], tmp_path)("runawayjobs list 9001 -nP format=ID,State,TimeEnd")
    assert one.out == "9001|RUNNING|\n"
    assert Cli(cells[-1], tmp_path)("runawayjobs fix -i").code == 10
    assert Cli(cells[0], tmp_path)("runawayjobs fix -i").code == 0
    assert [Cli(cell, tmp_path)("runawayjobs list -nP").out for cell in cells] == [""] * len(cells)


def test_they_are_not_fixed_over_rest(both: Parity) -> None:
    furnish(both.cluster)
    cell = Cell(both.cluster, "rest", both.cluster.api_versions[-1])
    before = jobs(both.cluster)
    at_once = both.ours("sacctmgr -i show runaway", cell)
    assert (at_once.code, at_once.out, at_once.err.count("\n")) == (1, "", 1)
    assert "slurmrestd cannot fix 11 runaway jobs" in at_once.err
    asked = both.ours("sacctmgr show runaway format=id", cell, "y\n")
    assert (asked.code, asked.err) == (at_once.code, at_once.err)
    assert "9001" in asked.out
    assert jobs(both.cluster) == before


def test_a_job_with_the_number_and_time_of_one_that_runs_is_none(both: Parity) -> None:
    number = furnish(both.cluster)
    cell = Cell(both.cluster, "rest", both.cluster.api_versions[0])
    shown = both.ours("sacctmgr -nP show runaway format=id", cell, "n\n").out.split("\n\n")[0]
    assert number not in shown.splitlines()
    assert len(shown.splitlines()) == 12


def test_slurmrestd_leaves_out_a_job_that_never_became_eligible(both: Parity) -> None:
    """A fact of both releases: a job that was held is known to the real sacctmgr alone."""
    number = furnish(both.cluster)
    forget(both.cluster, 9010, number, state=0, time_start=0, time_eligible=0)
    cell = Cell(both.cluster, "rest", both.cluster.api_versions[-1])
    line = "sacctmgr -nP show runaway format=id"
    assert "\n9010\n" in both.real(line, "n\n").out
    assert "\n9010\n" not in both.ours(line, cell, "n\n").out
