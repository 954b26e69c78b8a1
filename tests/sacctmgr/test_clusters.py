"""Clusters in sacctmgr's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import clusters
from slurmctl_rest.sacctmgr.plan import WritePlan
from slurmctl_rest.sacctmgr.reply import LineRefused
from slurmctl_rest.sacctmgr.write_requests import read_request

from .rows import Facts

ROWS: list[Row] = [{"Cluster": "alps"}, {"Cluster": "jura"}]


def add(words: list[str]) -> WritePlan:
    return clusters.plan_added_clusters(
        read_request("add", "cluster", words, Facts()), ROWS, "alps"
    )


def delete(words: list[str]) -> WritePlan:
    request = read_request("delete", "cluster", words, Facts())
    return clusters.plan_deleted_clusters(request, ROWS, "alps")


def test_adding() -> None:
    decided = add(["Eifel,alps", "name=harz", "set"])
    assert decided.blocks == (
        " This cluster alps already exists.  Not adding.\n"
        " Adding Cluster(s)\n"
        "  Name           = eifel\n"
        "  Name           = harz\n"
    )
    assert [change.name for change in decided.changes["alps"]] == ["eifel", "harz"]
    there = " This cluster alps already exists.  Not adding.\n"
    assert add(["alps"]) == WritePlan(there, code=1)


def test_deleting() -> None:
    decided = delete(["where", "jura,alps", "format=x"])
    assert decided.blocks == " Deleting clusters...\n  alps\n  jura\n"
    assert [(c.action, c.name) for c in decided.changes["alps"]] == [
        ("delete", "alps"),
        ("delete", "jura"),
    ]
    assert delete(["nosuch"]) == WritePlan(" Nothing deleted\n", code=1)


def test_what_is_refused() -> None:
    refusals = {
        (add, ""): " Need name of cluster to add.\n",
        (add, "x foo=1"): (" Unknown option: foo=1\n Use keyword 'where' to modify condition\n"),
        (add, "x name+=y"): " Invalid operator '+=' in name+=y\n",
        (delete, ""): " No conditions given to remove, not executing.\n",
        (delete, "alps foo=1"): (" Unknown condition: foo=1\n Use keyword 'set' to modify value\n"),
    }
    for (decide, line), said in refusals.items():
        with pytest.raises(LineRefused) as refused:
            decide(line.split())
        assert refused.value.reply.stderr == said


@pytest.mark.parametrize(
    ("decide", "line", "what"),
    [
        (add, "x fairshare=2", "to set fairshare=2"),
        (add, "x features=a", "to set features=a"),
        (delete, "rpc=1", "the condition rpc=1"),
    ],
)
def test_what_rest_cannot_do(
    decide: Callable[[list[str]], WritePlan], line: str, what: str
) -> None:
    with pytest.raises(Unsupported, match=f"^{what} is not possible over REST$"):
        decide(line.split())
