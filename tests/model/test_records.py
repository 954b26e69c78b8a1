"""Records of slurmrestd as rows: QOS, users, clusters and jobs; and how rows are joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.model.entities import CLUSTERS, COORDINATOR, JOB, QOS, USER
from slurmctl_rest.model.entities import cluster as cluster_rows
from slurmctl_rest.model.entities import coordinator as coordinator_rows
from slurmctl_rest.model.entities import job as job_rows
from slurmctl_rest.model.entities import user as user_rows
from slurmctl_rest.model.fields import Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json
from tests.support import PHYSICS, account, association, nothing, only, user


def number(value: float) -> Json:
    return {"set": True, "infinite": False, "number": value}


def cpus(count: int) -> Json:
    return [{"type": "cpu", "name": "", "id": 1, "count": count}]


# The paths of shared/slurm-facts.md, 5, with a value of its own at each.
QOS_RECORD: Json = {
    "name": "high",
    "description": "fast",
    "id": 7,
    "flags": ["DENY_LIMIT", "NO_DECAY", "BRAND_NEW"],
    "priority": number(1),
    "usage_factor": number(0.5),
    "usage_threshold": number(0.25),
    "preempt": {"list": ["normal", "low"], "mode": ["REQUEUE"], "exempt_time": number(90)},
    "limits": {
        "grace_time": 30,
        "factor": number(2.5),
        "max": {
            "active_jobs": {"count": number(2), "accruing": number(3)},
            "jobs": {
                "count": number(4),
                "active_jobs": {"per": {"account": number(5), "user": number(6)}},
                "per": {"account": number(7), "user": number(8)},
            },
            "accruing": {"per": {"account": number(9), "user": number(10)}},
            "wall_clock": {"per": {"qos": number(11), "job": number(12)}},
            "tres": {
                "total": cpus(13),
                "minutes": {
                    "total": cpus(14),
                    "per": {
                        "qos": cpus(15),
                        "job": cpus(16),
                        "account": cpus(17),
                        "user": cpus(18),
                    },
                },
                "per": {"job": cpus(19), "node": cpus(20), "account": cpus(21), "user": cpus(22)},
            },
        },
        "min": {"priority_threshold": number(23), "tres": {"per": {"job": cpus(24)}}},
    },
}
QOS_ROW = {
    "Name": "high",
    "ID": 7,
    "Description": "fast",
    "Priority": 1,
    "GraceTime": 30,
    "Preempt": ("low", "normal"),
    "PreemptExemptTime": 90,
    "PreemptMode": "requeue",
    "Flags": ("BRAND_NEW", "DenyOnLimit", "NoDecay"),
    "UsageThreshold": 0.25,
    "UsageFactor": 0.5,
    "LimitFactor": 2.5,
    "GrpTRES": {"cpu": 13},
    "GrpTRESMins": {"cpu": 14},
    "GrpTRESRunMins": {"cpu": 15},
    "GrpJobs": 2,
    "GrpJobsAccrue": 3,
    "GrpSubmitJobs": 4,
    "GrpWall": 11,
    "MaxTRES": {"cpu": 19},
    "MaxTRESPerNode": {"cpu": 20},
    "MaxTRESMins": {"cpu": 16},
    "MaxWall": 12,
    "MaxTRESPU": {"cpu": 22},
    "MaxJobsPU": 6,
    "MaxSubmitJobsPU": 8,
    "MaxJobsAccruePU": 10,
    "MaxTRESPA": {"cpu": 21},
    "MaxTRESRunMinsPA": {"cpu": 17},
    "MaxTRESRunMinsPU": {"cpu": 18},
    "MaxJobsPA": 5,
    "MaxSubmitJobsPA": 7,
    "MaxJobsAccruePA": 9,
    "MinPrioThresh": 23,
    "MinTRES": {"cpu": 24},
}


def test_a_qos_of_slurmrestd_as_a_row() -> None:
    assert {f.name: f.load(QOS_RECORD) for f in QOS.fields} == QOS_ROW


def test_a_qos_whose_preemption_is_not_told() -> None:
    record = {key: value for key, value in QOS_RECORD.items() if key != "preempt"}
    untold = {"Preempt": (), "PreemptExemptTime": None, "PreemptMode": "unreported"}
    assert QOS.load(record) == {**QOS_ROW, **untold}


def test_sacctmgr_s_words_of_the_columns_of_a_qos() -> None:
    """Where what -P prints above the column is not the field's own name."""
    assert {f.name: f.title for f in QOS.fields if f.title != f.name} == {
        "Description": "Descr",
        "GrpSubmitJobs": "GrpSubmit",
        "MaxSubmitJobsPA": "MaxSubmitPA",
        "MaxSubmitJobsPU": "MaxSubmitPU",
        "MinPrioThresh": "MinPrioThres",
        "UsageThreshold": "UsageThres",
    }


def test_what_old_versions_do_not_tell_of_a_qos() -> None:
    assert {f.name: str(f.since) for f in QOS.fields if f.since} == {
        "GrpTRESMins": "v0.0.42",
        "GrpSubmitJobs": "v0.0.42",
    }


# --- users


def test_a_user_of_slurmrestd() -> None:
    record = {
        "name": "alice",
        "administrator_level": ["Operator"],
        "coordinators": [
            {"name": "physics", "direct": True},
            {"name": "optics", "direct": False},
            {"name": "art", "direct": True},
        ],
        "default": {"account": "elsewhere", "qos": 3},
    }
    assert user_rows.load(record) == {
        "User": "alice",
        "AdminLevel": "Operator",
        "DefaultAccount": None,  # a mark on one of the associations tells
        "Coordinators": ("art", "physics"),
        "IndirectCoordinators": ("optics",),
    }


def loaded(name: str) -> Row:
    return {
        "User": name,
        "AdminLevel": "None",
        "DefaultAccount": None,
        "Coordinators": (),
        "IndirectCoordinators": (),
    }


def test_join_puts_the_user_and_the_associations_here_into_one_row() -> None:
    associations = [
        association("physics", "bob", Default=True, Partition="gpu"),
        association("physics", "bob", Default=True),
        association("art", "bob", Partition="long"),
        association("zoo", "bob", Cluster="jura", Default=True, Partition="far"),
        association("zoo", "alice", Cluster="jura", Default=True),
        association("art", None),
    ]
    rows = user_rows.join(map(loaded, ["carol", "bob", "alice"]), associations, "alps")
    assert rows == [
        user("alice", None, Clusters=("jura",)),
        user(
            "bob", "physics", Clusters=("alps", "jura"), Accounts=("art", "physics"),
            Partitions=("gpu", "long"),
        ),
        user("carol", None),
    ]  # fmt: skip
    assert [list(row) for row in rows] == [[f.name for f in USER.fields]] * 3


def test_a_user_whose_default_account_is_elsewhere_has_none_here() -> None:
    rows = [
        association("art", "bob"),
        association("zoo", "bob", Cluster="jura", Default=True),
    ]
    found = user_rows.join([loaded("bob")], rows, "alps")
    assert (found[0]["DefaultAccount"], found[0]["Accounts"]) == (None, ("art",))


# --- clusters, coordinators


def test_join_puts_the_cluster_and_its_root_into_one_row() -> None:
    record = {
        "name": "alps",
        "controller": {"host": "10.0.0.1", "port": 6817},
        "rpc_version": 11008,
        "nodes": "n[1-4]",
        "flags": ["MULTIPLE_SLURMD"],
        "tres": [
            {"type": "cpu", "name": "", "id": 1, "count": 64},
            {"type": "node", "name": "", "id": 4, "count": 4},
        ],
    }
    own = [f for f in CLUSTERS.fields if f.record is SlurmRecord.OBJECT]
    cluster = CLUSTERS.load(record, own)
    gone = {f.name: f.kind.load(None) for f in own} | {"Cluster": "aare"}
    roots = [
        association("root", None, GrpJobs=5, QosLevel=("normal",)),
        association("root", None, GrpJobs=6, Cluster="jura"),
    ]
    rows = cluster_rows.join([cluster, gone], roots)
    assert rows == [
        {**nothing(CLUSTERS), "Cluster": "aare"},
        {
            **nothing(CLUSTERS),
            "Cluster": "alps",
            "ControlHost": "10.0.0.1",
            "ControlPort": 6817,
            "RPC": 11008,
            "ClusterNodes": "n[1-4]",
            "NodeCount": 4,
            "TRES": {"cpu": 64, "node": 4},
            "Flags": ("MultipleSlurmd",),
            "Fairshare": 1,
            "GrpJobs": 5,
            "QosLevel": ("normal",),
        },
    ]


def test_nothing_of_a_coordinator_or_a_job_can_be_set() -> None:
    assert not any(f.settable for f in (*COORDINATOR.fields, *JOB.fields))


def test_of_a_cluster_its_limits_can_be_set_and_what_the_commands_alone_know() -> None:
    assert not [*CLUSTERS.settable(SlurmRecord.OBJECT)]
    own = [f for f in CLUSTERS.on_request if f.settable]
    assert [f.name for f in own] == ["Classification", "Features", "Federation", "FedState"]
    assert all(f.commands for f in own)
    limits = [f for f in CLUSTERS.fields if f.record is SlurmRecord.ASSOCIATION]
    assert limits
    assert all(f.settable for f in limits)


def test_a_row_for_each_account_and_each_coordinator() -> None:
    accounts = [PHYSICS, account("art"), account("zoo", Coordinators=("alice", "bob"))]
    assert coordinator_rows.rows(accounts) == [
        {"Account": "physics", "User": "alice"},
        {"Account": "zoo", "User": "alice"},
        {"Account": "zoo", "User": "bob"},
    ]


# --- jobs


def record_of(state: list[str], **other: Json) -> Json:
    base = {"job_id": 7, "account": "physics", "user_name": "alice", "partition": "gpu"}
    return {**base, "job_state": state, **other}


@pytest.mark.parametrize(
    ("state", "active"),
    [
        (["RUNNING"], True),
        (["PENDING"], True),
        (["SUSPENDED"], True),
        (["PENDING", "REQUEUED"], True),
        (["RUNNING", "COMPLETING"], True),
        (["CANCELLED", "COMPLETING"], False),
        (["COMPLETED"], False),
        (["TIMEOUT"], False),
        (["PREEMPTED"], False),
        (["BRAND_NEW"], True),
        ([], True),
    ],
    ids=str,
)
def test_jobs_that_hold_their_association(state: list[str], active: bool) -> None:
    found = only(job_rows.of_slurmctld([record_of(state)], "alps"))
    assert job_rows.is_active(found) is active


@given(st.lists(st.sampled_from([*sorted(job_rows.ENDED), "COMPLETING", "RUNNING"]), max_size=3))
def test_one_state_of_an_end_is_an_end(states: list[str]) -> None:
    over = bool(job_rows.ENDED & {*states})
    found = only(job_rows.of_slurmctld([record_of(states)], "alps"))
    assert job_rows.is_active(found) is not over
