"""Runaway jobs: rows of slurmdbd's that say a job has begun, of jobs that slurmctld never had."""

from __future__ import annotations

from . import recipe
from .cluster import Cluster
from .machine import LabError

CLIENT = ("mariadb", f"--socket={recipe.MYSQL_SOCKET}", "-N", recipe.DATABASE)


def sql(cluster: Cluster, text: str) -> str:
    """Run statements in slurmdbd's database, and return what they print."""
    done = cluster.run(*CLIENT, text=text)
    if done.returncode:
        raise LabError(done.stderr)
    return done.stdout


def jobs(cluster: Cluster, what: str = "*", where: str = "1") -> str:
    """Return what slurmdbd's table has of jobs."""
    return sql(cluster, f"SELECT {what} FROM {cluster.cluster_name}_job_table WHERE {where};")  # noqa: S608 (the lab's)


def forget(cluster: Cluster, number: int, like: str, **columns: object) -> None:
    """Add a row of a job with this number, like that of another job but for these columns."""
    table = f"{cluster.cluster_name}_job_table"
    values = {"job_db_inx": "NULL", "id_job": number, **columns}
    changed = ", ".join(f"{name}={value}" for name, value in values.items())
    sql(
        cluster,
        f"CREATE TEMPORARY TABLE one AS SELECT * FROM {table} WHERE id_job={like} LIMIT 1;"  # noqa: S608 (the lab's)
        "ALTER TABLE one MODIFY job_db_inx bigint unsigned NULL;"
        f"UPDATE one SET {changed}; INSERT INTO {table} SELECT * FROM one;",
    )
