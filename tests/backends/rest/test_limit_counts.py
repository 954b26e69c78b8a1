"""Use of limits, counted from slurmctld's jobs."""

from __future__ import annotations

import pytest

from slurmctl_rest.backends.rest.limit_counts import (
    REST_NOTES,
    count,
    minutes_left,
    nodes_of,
    partitions_of,
)
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.limit_use import LimitUse, Measure, Partitions, UseQuery
from slurmctl_rest.model.partition_rules import PartitionRules
from tests.backends.partitions import GPU_RULES
from tests.support import job

NOW = 10_000
PARENTS = {"optics": "physics", "physics": "science", "science": "root", "root": ""}
SCIENCE = AssociationKey("alps", "science")
OPTICS = AssociationKey("alps", "optics")
ALICE = AssociationKey("alps", "optics", "alice")
OF_GPU = ALICE._replace(partition="gpu")


def running(id_: str, account: str, user: str, nodes: str, cpus: int, **more: str) -> Row:
    values: dict[str, Value] = {
        "Start": NOW - 125,
        "Timelimit": 10,
        "NodeList": nodes,
        "QOS": "high",
        **more,
    }
    return {**job(id_, account, user, AllocTRES={"cpu": cpus, "node": 1}), **values}


JOBS = [
    running("1", "optics", "alice", "n1", 4),
    running("2", "optics", "alice", "n[1-2]", 1, Partition="gpu"),
    running("3", "physics", "bob", "n3", 2, QOS="normal"),
    {**job("4_[1-5]", "physics", "bob", state="PENDING", QOS="high"), "Accrue": NOW},
    {**job("6", "physics", "bob", state="PENDING", QOS="normal"), "Accrue": None},
    job("5", "optics", "alice", state="COMPLETED,COMPLETING", AllocTRES={"cpu": 64}, QOS="high"),
]


def figures(use: LimitUse, key: AssociationKey) -> tuple[object, ...]:
    one = use.associations[key]
    return tuple(one[m] for m in (Measure.RUNNING, Measure.SUBMITTED, Measure.TRES))


def test_jobs_count_for_the_user_s_row_and_for_all_accounts_above() -> None:
    query = UseQuery("alps", frozenset({SCIENCE, OPTICS, ALICE, OF_GPU}), ("high",))
    use = count(JOBS, query, PARENTS, NOW)
    assert figures(use, SCIENCE) == (3, 9, {"cpu": 7, "node": 3})
    assert figures(use, OPTICS) == (2, 2, {"cpu": 5, "node": 2})
    assert figures(use, ALICE) == (1, 1, {"cpu": 4, "node": 1})
    assert figures(use, OF_GPU) == (1, 1, {"cpu": 1, "node": 2})
    assert use.associations[SCIENCE][Measure.RUN_MINUTES] == {"cpu": 56, "node": 24}
    assert use.qos["high"][Measure.SUBMITTED] == 7
    assert {key: u[Measure.RUNNING] for key, u in use.qos_users.items()} == {
        ("high", "alice"): 2,
        ("high", "bob"): 0,
    }
    assert {key: u[Measure.SUBMITTED] for key, u in use.qos_accounts.items()} == {
        ("high", "optics"): 2,
        ("high", "physics"): 5,
    }
    assert use.associations[SCIENCE][Measure.ACCRUING] == use.qos["high"][Measure.ACCRUING] == 5
    assert use.notes == REST_NOTES


def test_jobs_of_a_partition_count_for_its_qos_too() -> None:
    query = UseQuery("alps", frozenset(), ("high", "part"), Partitions({"gpu": "part"}, "batch"))
    use = count(JOBS, query, PARENTS, NOW)
    assert (use.qos["part"][Measure.RUNNING], use.qos["high"][Measure.RUNNING]) == (1, 2)
    assert [*use.qos_users] == [("high", "alice"), ("part", "alice"), ("high", "bob")]


def test_the_qos_of_partitions() -> None:
    records = [
        {"name": "batch", "qos": {"assigned": ""}, "flags": ["DEFAULT"]},
        {"name": "gpu", "qos": {"assigned": "part"}},
    ]
    assert partitions_of(records) == Partitions({"gpu": "part"}, "batch")
    with pytest.raises(SlurmRefused, match=r"'qos\.assigned' is missing"):
        partitions_of([{"name": "batch"}])


def test_the_rules_of_partitions() -> None:
    """As v0.0.40 to v0.0.45 tell them; no rule is what is not set."""
    none = {"set": False, "infinite": True, "number": 0}
    record = {
        "name": "gpu",
        "nodes": {"configured": "node1", "total": 1},
        "accounts": {"allowed": "ja,jb", "deny": ""},
        "groups": {"allowed": "root,users"},
        "qos": {"allowed": "ALL", "deny": "normal", "assigned": ""},
        "maximums": {
            "cpus_per_node": {"set": True, "infinite": False, "number": 2},
            "nodes": none,
            "time": {"set": True, "infinite": False, "number": 1445},
        },
        "defaults": {"time": {"set": True, "infinite": False, "number": 30}},
        "minimums": {"nodes": 1},
        "partition": {"state": ["DRAIN"]},
        "tres": {"configured": "cpu=64,mem=62.50G,node=1,gres/gpu:a100=2"},
        "flags": ["ROOT_ONLY"],
    }
    bare = {"name": "bare", "qos": {"assigned": ""}}
    told = partitions_of([record, bare])
    assert told.rules["bare"] == PartitionRules()
    with pytest.raises(SlurmRefused, match=r"partition cannot be read: maximums\.time: no number"):
        partitions_of([{**bare, "maximums": {"time": {"set": True, "number": "soon"}}}])
    assert told.rules["gpu"] == GPU_RULES


@pytest.mark.parametrize(
    ("start", "limit", "left"),
    [(NOW - 125, 10, 8), (NOW - 700, 10, 0), (NOW, None, 525600), (None, 10, 10)],
)
def test_the_minutes_that_a_job_may_still_take(
    start: int | None, limit: int | None, left: int
) -> None:
    assert minutes_left(job("1", "a", "b", Start=start, Timelimit=limit), NOW) == left


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("n1", ["n1"]),
        ("gpu1,n[08-10,12]-ib", ["gpu1", "n08-ib", "n09-ib", "n10-ib", "n12-ib"]),
        ("r[1-2]n[1-2]", ["r1n1", "r1n2", "r2n1", "r2n2"]),
    ],
)
def test_a_list_of_nodes(text: str, names: list[str]) -> None:
    assert nodes_of(text) == names


def test_minutes_count_by_the_usage_factor_of_the_job_s_own_qos() -> None:
    partitions = Partitions({"gpu": "part"})
    query = UseQuery("alps", frozenset({SCIENCE}), ("high", "part"), partitions)
    use = count(JOBS, query, PARENTS, NOW, {"normal": 0.25, "high": 2.0, "part": 9.0})
    # 4 and 1 cpus of high, 2 of normal, for the 8 minutes that each may still run.
    cpus = {name: one[Measure.RUN_MINUTES] for name, one in use.qos.items()}
    assert cpus == {"high": {"cpu": 80, "node": 32}, "part": {"cpu": 16, "node": 16}}
    assert use.associations[SCIENCE][Measure.RUN_MINUTES] == {"cpu": 84, "node": 34}
