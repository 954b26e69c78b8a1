"""Writes that must never be sent, whoever plans them: the builder refuses to make them."""

from __future__ import annotations

import pytest
from hypothesis import given

from slurmctl_rest.backends.query import CancelRequest
from slurmctl_rest.backends.rest import requests, writes
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.versions import KNOWN
from tests.strategies import any_changes

DB = "/slurmdb/v0.0.43"
UNNAMED: Json = {"qoslevel": [""]}
NEW: Json = {"accounts": ["a"], "clusters": ["c"], "association": {}}


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("DELETE", f"{DB}/associations/", {}, None),
        ("DELETE", f"{DB}/associations/", {"cluster": "alps"}, None),
        ("DELETE", f"{DB}/associations/", {"cluster": "alps", "account": ""}, None),
        ("DELETE", f"{DB}/associations/", {"cluster": "alps", "account": "a,,b"}, None),
        ("DELETE", f"{DB}/associations/", {"cluster": "", "account": "a"}, None),
        ("DELETE", "/slurm/v0.0.43/jobs/", {}, {"jobs": []}),
        ("DELETE", "/slurm/v0.0.43/jobs/", {}, {"jobs": ["5", ""]}),
        ("DELETE", f"{DB}/account/", {}, None),
        ("DELETE", f"{DB}/qos/..", {}, None),
        ("POST", f"{DB}/x/", {}, {"association_condition": {**NEW, "accounts": []}}),
        ("POST", f"{DB}/x/", {}, {"association_condition": {**NEW, "clusters": [""]}}),
        ("POST", f"{DB}/x/", {}, {"association_condition": {**NEW, "users": []}}),
        ("POST", f"{DB}/x/", {}, {"association_condition": {**NEW, "association": UNNAMED}}),
        ("POST", f"{DB}/associations/", {}, {"associations": [{"qos": ["a", None]}]}),
        ("POST", f"{DB}/qos/", {}, {"qos": [{"preempt": {"list": [""]}}]}),
    ],
)  # fmt: skip
def test_what_is_never_sent(method: str, path: str, query: dict[str, str], body: Json) -> None:
    with pytest.raises(AssertionError, match="is not sent"):
        Request(method, path, query, body)


def test_no_job_is_no_request() -> None:
    with pytest.raises(AssertionError, match="it names no jobs"):
        requests.cancel_jobs(KNOWN[-1], CancelRequest(()))


@given(changes=any_changes())
def test_what_a_planner_plans_is_never_refused(changes: list[RowChange]) -> None:
    try:
        built = writes.writes(changes, KNOWN[-1])
    except Unsupported:
        return
    assert all(set(one.path) <= set(QUOTED) for one in built)


QUOTED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-~%"
