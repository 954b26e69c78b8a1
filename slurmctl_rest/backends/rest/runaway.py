"""Runaway jobs: those that slurmdbd has no end of, and that slurmctld does not know."""

from __future__ import annotations

from collections.abc import Iterable

from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.requests import slurmdb
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json, Value, as_list, as_text
from slurmctl_rest.model.kinds.durations import MOMENT
from slurmctl_rest.model.versions import ApiVersion

TIME_KEYS = {
    "TimeSubmit": "submission",
    "TimeEligible": "eligible",
    "TimeStart": "start",
    "TimeEnd": "end",
}
"""sacctmgr's column -> the key in `time` of slurmdbd's record."""


def unended(version: ApiVersion, cluster: str, now: int) -> Request:
    """Ask slurmdbd for the jobs that have not ended at a moment, however long ago they began.

    It leaves out those that never became eligible, as jobs that are held.
    """
    where = {
        "cluster": cluster,
        "start_time": f"uts{now}",
        "end_time": f"uts{now + 1}",
        "skip_steps": "true",  # with any switch it shows of each number the latest run alone
        "disable_truncate_usage_time": "true",
    }
    return slurmdb(version, "jobs/", query=where)


def unended_jobs(records: Iterable[Json], cluster: str) -> list[Row]:
    """Return the jobs without an end, with what sacctmgr shows of them; times in seconds."""
    rows = [_row(record) for record in records if record.get("cluster") == cluster]
    return [row for row in rows if row["TimeEnd"] is None]


def _row(record: Json) -> Row:
    times = record["time"]
    row: dict[str, Value] = {
        "ID": int(record["job_id"]),
        "Name": as_text(record["name"]),
        "Partition": as_text(record["partition"]),
        "Cluster": as_text(record["cluster"]),
        "State": ",".join(as_text(one) for one in as_list(record["state"]["current"])),
    }
    return row | {column: MOMENT.load(times[key]) for column, key in TIME_KEYS.items()}


def known_runs(records: Iterable[Json]) -> set[tuple[Value, Value]]:
    """Return number and time of all runs that slurmctld knows: of a resized job both times."""
    return {
        (int(record["job_id"]), MOMENT.load(record.get(key)))
        for record in records
        for key in ("submit_time", "resize_time")
    }
