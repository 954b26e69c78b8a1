"""What a partition has against a job, setting by setting."""

from __future__ import annotations

from typing import Any

import pytest

from slurmctl_rest.limits.partition_checks import Applicant, objections
from slurmctl_rest.limits.waits import Demand
from slurmctl_rest.model.partition_rules import PartitionRules

TRES = {"cpu": 64.0, "mem": 64000.0, "node": 4.0, "gres/gpu": 2.0}
OTHER = PartitionRules(tres={"cpu": 8.0, "gres/nic": 1.0})
MORE: dict[str, Any] = {"gres/nic": 1, "license/x": 9}
UNTRACKED: dict[str, Any] = {"gres/disk": 1}
UPDATE = "scontrol update partitionname=gpu"


def found(
    rules: dict[str, Any], *, old: bool = False, names_nodes: bool = False, **tres: int
) -> list[tuple[str, str, str, str | None]]:
    """Return verdict, setting, words and remedy of each objection to a job of alice in physics."""
    demand = Demand("physics", "alice", "gpu", "normal", {"node": 1, "cpu": 1, **tres}, 60)
    job = Applicant(demand, ("physics", "science", "root"), ("users",), names_nodes)
    whole = PartitionRules(**{"nodes": 4, "tres": TRES, **rules})
    told = objections("gpu", job, {"gpu": whole, "other": OTHER}, old=old)
    return [(one.verdict, one.limit, one.text, one.remedy) for one in told]


@pytest.mark.parametrize(
    ("rules", "verdict", "limit", "text", "remedy"),
    [
        (
            {"allow_accounts": ("optics",)},
            "waits",
            "AllowAccounts",
            "partition gpu allows account optics, not physics",
            f"{UPDATE} AllowAccounts=optics,physics",
        ),
        (
            {"deny_accounts": ("art", "science")},
            "waits",
            "DenyAccounts",
            "partition gpu denies account science",
            f"{UPDATE} DenyAccounts=art",
        ),
        (
            {"allow_qos": ("high",)},
            "waits",
            "AllowQos",
            "partition gpu allows QOS high, not normal",
            f"{UPDATE} AllowQos=high,normal",
        ),
        (
            {"deny_qos": ("normal",)},
            "waits",
            "DenyQos",
            "partition gpu denies QOS normal",
            f"{UPDATE} DenyQos=",
        ),
        (
            {"allow_groups": ("root", "wheel")},
            "waits",
            "AllowGroups",
            "partition gpu allows groups root, wheel, and alice is in none of them",
            None,
        ),
        ({"state": "DOWN"}, "waits", "State", "partition gpu is DOWN", f"{UPDATE} State=UP"),
        ({"state": "DRAIN"}, "refused", "State", "partition gpu is DRAIN", f"{UPDATE} State=UP"),
        (
            {"root_only": True},
            "refused",
            "RootOnly",
            "partition gpu is for root alone",
            f"{UPDATE} RootOnly=NO",
        ),
        (
            {"max_time": 30},
            "waits",
            "MaxTime",
            "partition gpu: MaxTime is 30 minutes; the job needs 60",
            f"{UPDATE} MaxTime=60",
        ),
        (
            {"min_nodes": 5},
            "waits",
            "MinNodes",
            "partition gpu: MinNodes is 5; it has 4",
            f"{UPDATE} MinNodes=4",
        ),
    ],
)
def test_a_setting_speaks_against_a_job(
    rules: dict[str, Any], verdict: str, limit: str, text: str, remedy: str | None
) -> None:
    assert found(rules) == [(verdict, limit, text, remedy)]


def test_numbers_count_for_the_nodes_that_a_job_gets() -> None:
    most = {"max_nodes": 2, "max_cpus_per_node": 8}
    assert found(most, cpu=16) == []
    text = "partition gpu: MaxCPUsPerNode is 8 cpu on a node; the job needs 9"
    remedy = f"{UPDATE} MaxCPUsPerNode=9"
    assert found(most, cpu=17) == [("waits", "MaxCPUsPerNode", text, remedy)]
    assert found(most, old=True, cpu=17)[0][0] == "refused"
    assert [one[1] for one in found(most, names_nodes=True, cpu=9)] == ["MaxCPUsPerNode"]
    assert [one[2] for one in found({"max_nodes": 2}, names_nodes=True, node=3)] == [
        "partition gpu: MaxNodes is 2 nodes; the job needs 3"
    ]
    assert [one[2] for one in found({"min_nodes": 2}, names_nodes=True)] == [
        "partition gpu: MinNodes is 2; the job asks for 1"
    ]
    assert found({"min_nodes": 2}) == []


def test_what_all_nodes_together_do_not_have_is_refused_first() -> None:
    told = found({"max_time": 30}, old=True, cpu=65, mem=64500, **MORE)
    assert told[:2] == [
        ("refused", "TRES", "partition gpu has 64 cpu in all; the job needs 65", None),
        ("refused", "TRES", "partition gpu has 0 gres/nic in all; the job needs 1", None),
    ]
    assert [one[1] for one in told[2:]] == ["MaxTime"]
    assert [one[:2] for one in found({}, cpu=65, mem=99999)] == [
        ("refused", "TRES"),
        ("waits", "TRES"),
    ]
    # A GRES that Slurm tracks nowhere, and memory within what Slurm rounds: nobody knows.
    assert found({}, mem=64500, **UNTRACKED) == []
    assert [one[2] for one in found({}, mem=65000)] == [
        "partition gpu has 64000 mem in all; the job needs 65000"
    ]
    assert found({"tres": {}}, cpu=999) == []


@pytest.mark.parametrize(
    "rules",
    [
        {"allow_accounts": ("science",), "deny_accounts": ("physics",)},
        {"deny_accounts": ("optics",)},
        {"allow_qos": ("high", "normal")},
        {"allow_groups": ("users",)},
        {"max_time": 60, "max_nodes": 1, "min_nodes": 4, "max_cpus_per_node": 1},
    ],
)
def test_nothing_is_said_where_a_partition_takes_the_job(rules: dict[str, Any]) -> None:
    assert found(rules) == []
