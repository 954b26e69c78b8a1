"""What benchmarks do without the program, and how they see that something was done."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from tests.lab.cluster import Cluster

from .place import Place
from .site import database

Items: TypeAlias = Sequence[str]


def says(place: Place, text: str) -> None:
    """Raise where the last program did not print a text."""
    if text not in place.output.read_text():
        raise RuntimeError(f"'{text}' is not in the output")


def has_rows(place: Place, least: int) -> None:
    """Raise where the last program printed fewer rows; each names its user."""
    if (found := place.output.read_bytes().count(b"user")) < least:
        raise RuntimeError(f"{found} rows, not {least}")


def run(cluster: Cluster, *argv: str, user: str = "root") -> str:
    """Run a command of the cluster; RuntimeError where it fails."""
    done = cluster.run(*argv, user=user)
    if done.returncode:
        raise RuntimeError(f"{argv[0]}: {done.stderr.strip()}")
    return done.stdout


def run_each(cluster: Cluster, loop: str, items: Items) -> None:
    """Run a shell's loop over its arguments, without the cost of entering the lab each time."""
    run(cluster, "sh", "-c", loop, "sh", *items)


def request_each(
    cluster: Cluster, method: str, requests: Sequence[tuple[str, object | None]]
) -> None:
    """Send requests (path, body) one after the other, all on one connection."""
    headers = {"X-SLURM-USER-NAME": "root", "X-SLURM-USER-TOKEN": cluster.token()}
    headers["Content-Type"] = "application/json"
    address = urlsplit(cluster.tcp_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    for name, body in requests:
        daemon = "slurm" if name.startswith("job/") else "slurmdb"
        path = f"/{daemon}/{cluster.api_versions[-1]}/{name}"
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, body=sent, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: HTTP {answer.status}")
    connection.close()


def held_jobs(cluster: Cluster, count: int) -> Items:
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


def newest_has(cluster: Cluster, users: int) -> None:
    """Raise where the account that was added last does not have so many users."""
    newest = "(select acct from {table} where user = '' order by id_assoc desc limit 1)"
    counted(cluster, f"user != '' and acct = {newest}", users)


def largest_is_set(cluster: Cluster, rows: int) -> None:
    """Raise where not so many associations have the largest MaxJobs."""
    counted(cluster, "max_jobs = (select max(max_jobs) from {table})", rows)


def counted(cluster: Cluster, where: str, wanted: int) -> None:
    """Raise where the database has another number of associations; `{table}` is theirs."""
    sql = f"select count(*) from {{table}} where {where}"  # noqa: S608 (words of our own)
    table = f"{cluster.cluster_name}_assoc_table"
    found = database(cluster, sql.replace("{table}", table)).split()[-1]
    if int(found) != wanted:
        raise RuntimeError(f"{found} rows, not {wanted}")
