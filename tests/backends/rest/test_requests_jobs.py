"""Requests for jobs, whole."""

from __future__ import annotations

import pytest

from slurmctl_rest.backends.query import CancelRequest, History
from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.times import Window
from slurmctl_rest.model.versions import KNOWN, V43

WINDOW = Window(1_790_000_000, 1_790_086_400)
SWITCHES = {
    "skip_steps": "true",
    "show_duplicates": "true",
    "disable_truncate_usage_time": "true",
}


def test_jobs_of_slurmctld() -> None:
    for version in KNOWN:
        assert requests.jobs(version) == Request("GET", f"/slurm/{version}/jobs/")


def test_history_of_a_window() -> None:
    where = {
        "cluster": "alps",
        "start_time": "uts1790000000",
        "end_time": "uts1790086400",
        **SWITCHES,
    }
    assert requests.job_history(V43, History("alps", WINDOW)) == [
        Request("GET", "/slurmdb/v0.0.43/jobs/", query=where)
    ]
    assert requests.job_history(V43, History("alps", WINDOW, ("physics", "art"))) == [
        Request("GET", "/slurmdb/v0.0.43/jobs/", query={**where, "account": "physics,art"})
    ]


def test_history_of_jobs_by_number_is_asked_without_any_switch() -> None:
    """A single switch would leave out the duplicates that the bare path shows."""
    assert requests.job_history(V43, History("alps", ids=("7", "12"))) == [
        Request("GET", "/slurmdb/v0.0.43/job/7"), Request("GET", "/slurmdb/v0.0.43/job/12"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kill", "body"),
    [
        (CancelRequest(("7", "5_[1-3]", "8+1")), {"jobs": ["7", "5_[1-3]", "8+1"]}),
        (CancelRequest(("7",), reach="full"), {"jobs": ["7"]}),
        (CancelRequest(("7",), "USR1"), {"jobs": ["7"], "signal": "USR1"}),
        (
            CancelRequest(("7",), "10", "batch"),
            {"jobs": ["7"], "signal": "10", "flags": ["BATCH_JOB"]},
        ),
        (
            CancelRequest(("7",), "TERM", "full"),
            {"jobs": ["7"], "signal": "TERM", "flags": ["FULL_JOB"]},
        ),
    ],
    ids=str,
)
def test_cancel(kill: CancelRequest, body: Json) -> None:
    assert requests.cancel_jobs(V43, kill) == Request("DELETE", "/slurm/v0.0.43/jobs/", body=body)


def test_many_jobs_are_one_request() -> None:
    ids = tuple(map(str, range(1, 20_001)))
    assert requests.cancel_jobs(V43, CancelRequest(ids)).body == {"jobs": list(ids)}
