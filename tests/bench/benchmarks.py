"""The benchmarks. Each is a function: its docstring is title and note of its table."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from tests.lab.cells import Cell
from tests.lab.cluster import Cluster

from .measure import Act, Way

Benchmark: TypeAlias = Callable[[Cluster, Path], list[Way]]

JOBS, SOME = 1000, 100
PROGRAM = Path(sys.executable).with_name("slurmctl-rest")


def cancelling_jobs(cluster: Cluster, folder: Path) -> list[Way]:
    """Cancelling the 1,000 pending jobs of an account.

    The program looks which jobs there are, sends one request or runs one command, and looks again
    that they are gone; what the others do is the cancellation alone, of numbers that they are
    given. slurmctld is started anew for each turn: it would remember the ended jobs.
    """
    newest = cluster.api_versions[-1]
    sentence = "jobs cancel account=physics -i"

    def way(label: str, act: Callable[[Sequence[str]], object], jobs: int = JOBS) -> Way:
        def ready() -> Act:
            return partial(act, held_jobs(cluster, jobs))

        return Way(label, ready, partial(no_job_is_left, cluster), JOBS // jobs)

    def by_program(cell: Cell) -> Callable[[Sequence[str]], object]:
        return lambda _: run_program(cell, folder, sentence)

    return [
        way(f"`slurmctl-rest {sentence}` over REST", by_program(Cell(cluster, "rest", newest))),
        way(f"`slurmctl-rest {sentence}` over the commands", by_program(Cell(cluster, "cli"))),
        way("one `DELETE .../job/{id}` a job, on one connection", partial(delete_each, cluster)),
        way(
            f"one `scancel` a job ({SOME} jobs, times {JOBS // SOME})",
            partial(scancel_each, cluster),
            SOME,
        ),
        way("one `scancel --ctld` of all", lambda jobs: run(cluster, "scancel", "--ctld", *jobs)),
    ]


BENCHMARKS: Sequence[Benchmark] = (cancelling_jobs,)


# What they do


def run_program(cell: Cell, folder: Path, sentence: str) -> None:
    """Run the program as a user does, as a process of its own."""
    config = folder / f"{cell}.toml"
    config.write_text(cell.profile())
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SLURMCTL_REST_"))}
    environment = {**ours, "SLURMCTL_REST_CONFIG": str(config)}
    subprocess.run(
        [PROGRAM, *sentence.split()], env=environment, check=True, stdout=subprocess.DEVNULL
    )


def run(cluster: Cluster, *argv: str, user: str = "root") -> str:
    """Run a command of the cluster; RuntimeError where it fails."""
    done = cluster.run(*argv, user=user)
    if done.returncode:
        raise RuntimeError(f"{argv[0]}: {done.stderr.strip()}")
    return done.stdout


def held_jobs(cluster: Cluster, count: int) -> list[str]:
    """Start the cluster anew, and return the numbers of jobs that alice has submitted there."""
    cluster.restart()
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    submit = "sbatch --parsable --hold -A physics --wrap 'sleep 9'"
    loop = f"for i in $(seq {count}); do {submit} || exit; done"
    return run(cluster, "sh", "-c", loop, user="alice").split()


def no_job_is_left(cluster: Cluster) -> None:
    """Raise where a job is pending or running."""
    if left := run(cluster, "squeue", "-h", "-o", "%i"):
        raise RuntimeError(f"{len(left.split())} jobs are left")


def scancel_each(cluster: Cluster, jobs: Sequence[str]) -> None:
    """Run scancel for each job, without the cost of entering the lab each time."""
    run(cluster, "sh", "-c", 'for job; do scancel "$job" || exit; done', "sh", *jobs)


def delete_each(cluster: Cluster, jobs: Sequence[str]) -> None:
    """Send a request for each job, all on one connection."""
    headers = {"X-SLURM-USER-NAME": "root", "X-SLURM-USER-TOKEN": cluster.token()}
    address = urlsplit(cluster.tcp_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    for job in jobs:
        path = f"/slurm/{cluster.api_versions[-1]}/job/{job}"
        connection.request("DELETE", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"DELETE {path}: HTTP {answer.status}")
    connection.close()
