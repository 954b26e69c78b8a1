"""From a job to the limits that hold it, and what would let it start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from slurmctl_rest.limits.remedies import Ends, command_of, ends, remedy_of, text_of
from slurmctl_rest.limits.waits import (
    Demand,
    Hold,
    association_of,
    demand_of,
    holds,
    limits_of,
    qos_in_order,
    usage_factor,
)
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.entities.job import HELD_JOB
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.limit_use import LimitUse, Measure
from tests.support import association, job, qos

ALICE = AssociationKey("alps", "physics", "alice")
PHYSICS = AssociationKey("alps", "physics")
SCIENCE = AssociationKey("alps", "science")
NOBODY: Mapping[str, Value] = {}
HOUR = Demand("physics", "alice", "batch", "normal", {"cpu": 4, "mem": 400, "node": 2}, 60)


def held(
    *,
    science: Mapping[str, Value] = NOBODY,
    physics: Mapping[str, Value] = NOBODY,
    alice: Mapping[str, Value] = NOBODY,
    normal: Mapping[str, Value] = NOBODY,
    use: LimitUse = LimitUse(),  # noqa: B008 (frozen)
    demand: Demand = HOUR,
    reason: str = "",
) -> list[Hold]:
    rows = [
        association("root", None),
        {**association("science", None, "root"), **science},
        {**association("physics", None, "science"), **physics},
        {**association("physics", "alice"), **alice},
    ]
    states = limits_of(
        demand, ALICE, effective(ASSOCIATION, rows), [{**qos("normal"), **normal}], use
    )
    return holds(demand, states, reason)


def used(running: int, cpus: int) -> Mapping[Measure, float | Mapping[str, float]]:
    return {
        Measure.RUNNING: running,
        Measure.TRES: {"cpu": cpus},
        Measure.MINUTES: {"cpu": 100},
        Measure.WALL: 30.5,
        Measure.RUN_MINUTES: {"cpu": 60},
    }


def texts(found: list[Hold]) -> list[str]:
    return [text_of(hold) for hold in found]


def test_a_job_is_held_by_a_limit_of_an_account_above_and_by_one_of_its_qos() -> None:
    found = held(
        science={"GrpTRES": {"cpu": 10, "mem": 9000}, "GrpJobs": 3},
        normal={"MaxTRESPU": {"cpu": 3}, "MaxWall": 60},
        use=LimitUse({SCIENCE: used(2, 8)}),
    )
    assert texts(found) == [
        "QOS normal for user alice: MaxTRESPU is 3 cpu, 0 cpu used; the job needs 4 cpu",
        "account science: GrpTRES is 10 cpu, 8 cpu used; the job needs 4 cpu",
    ]
    assert [command_of(one.state, one.enough) for one in found] == [
        "slurmctl-rest qos modify normal set MaxTRESPU=cpu=4",
        "slurmctl-rest account modify science set GrpTRES=cpu=12",
    ]


def test_slurm_s_own_reason_comes_first() -> None:
    values: dict[str, Value] = {"GrpTRES": {"cpu": 1, "mem": 100}}
    found = held(physics=values, reason="AssocGrpMemLimit")
    assert [(one.state.tres, one.told) for one in found] == [("mem", True), ("cpu", False)]


@pytest.mark.parametrize(
    ("limit", "value", "qos_limit"),
    [
        ("GrpJobs", 0, "GrpJobs"),
        ("GrpWall", 0, "GrpWall"),
        ("MaxJobs", 0, "MaxJobsPU"),
        ("MaxJobs", 0, "MaxJobsPA"),
        ("MaxWall", 5, "MaxWall"),
    ],
)
def test_a_limit_of_the_qos_takes_the_place_of_that_of_the_association(
    limit: str, value: int, qos_limit: str
) -> None:
    assert [one.state.field for one in held(alice={limit: value})] == [limit]
    assert held(alice={limit: value}, normal={qos_limit: 100}) == []


def test_it_does_so_for_each_tres_by_itself() -> None:
    values: dict[str, Value] = {"MaxTRES": {"cpu": 1, "mem": 1}}
    found = held(alice=values, normal={"MaxTRES": {"cpu": 50}})
    assert [one.state.tres for one in found] == ["mem"]


def test_the_limit_factor_of_a_qos_multiplies_tres_limits_of_associations() -> None:
    assert held(alice={"MaxTRES": {"cpu": 2}}, normal={"LimitFactor": 2.0}) == []
    assert len(held(alice={"MaxTRES": {"cpu": 2}, "MaxWall": 50})) == 2


def test_a_remedy_gives_the_value_that_is_set_not_the_one_that_holds() -> None:
    [hold] = held(physics={"GrpTRES": {"cpu": 6}}, normal={"LimitFactor": 0.5})
    assert text_of(hold) == (
        "account physics: GrpTRES is 3 cpu, 0 cpu used (LimitFactor 0.5 of the QOS is in it); the "
        "job needs 4 cpu"
    )
    assert remedy_of(hold) == "slurmctl-rest account modify physics set GrpTRES=cpu=8"


def test_no_remedy_lowers_a_limit() -> None:
    """With --exclusive Slurm counts the whole node, of which the job has not asked for all."""
    [hold] = held(physics={"GrpTRES": {"cpu": 10}}, reason="AssocGrpCpuLimit")
    assert (text_of(hold), remedy_of(hold)) == (
        "account physics: GrpTRES is 10 cpu, 0 cpu used; the job needs 4 cpu, or more that Slurm "
        "counts for it",
        None,
    )


def test_limits_on_one_job_are_inherited_and_raised_where_they_are_set() -> None:
    found = held(science={"MaxTRESPerNode": {"cpu": 1}}, physics={"MaxWall": 30})
    assert [(one.state.field, one.need, one.state.origin) for one in found] == [
        ("MaxTRESPerNode", 2, "science"),
        ("MaxWall", 60, "physics"),
    ]
    assert [command_of(one.state, one.enough) for one in found] == [
        "slurmctl-rest account modify science set MaxTRESPerNode=cpu=2",
        "slurmctl-rest account modify physics set MaxWall=01:00:00",
    ]


def test_used_minutes_hold_when_they_are_used_up_or_slurm_looks_ahead() -> None:
    use = LimitUse({PHYSICS: used(1, 1)})
    limits: dict[str, Value] = {"GrpTRESMins": {"cpu": 100}, "GrpWall": 31}
    (minutes,) = held(physics=limits, use=use)
    assert text_of(minutes) == (
        "account physics: GrpTRESMins is 100 cpu minutes, 100 cpu used; the job needs 240 cpu"
    )
    assert minutes.enough == 340
    limits = {"GrpTRESMins": {"cpu": 101}}
    assert held(physics=limits, use=use) == []
    (told,) = held(physics=limits, use=use, reason="AssocGrpCPUMinutesLimit")
    assert (told.told, told.enough) == (True, 340)


def test_a_use_that_nobody_knows_holds_only_if_slurm_says_so() -> None:
    use = LimitUse(notes={Measure.MINUTES: "slurmrestd does not report it"})
    limits: dict[str, Value] = {"GrpTRESMins": {"cpu": 100}}
    assert held(physics=limits, use=use) == []
    (told,) = held(physics=limits, use=use, reason="AssocGrpCPUMinutesLimit")
    assert text_of(told).startswith(
        "account physics: GrpTRESMins is 100 cpu minutes, the use is not known"
    )
    assert told.enough == 340


def test_a_limit_that_a_job_does_not_need_does_not_hold_it() -> None:
    assert held(physics={"GrpTRES": {"gres/gpu": 0}, "GrpTRESMins": {"gres/gpu": 0}}) == []


def test_a_least_request() -> None:
    (least,) = held(normal={"MinTRES": {"cpu": 8, "node": 1}})
    assert text_of(least) == "QOS normal: MinTRES is 8 cpu; the job asks for only 4 cpu"
    assert command_of(least.state, least.enough) == (
        "slurmctl-rest qos modify normal set MinTRES=cpu=4"
    )


def test_the_association_of_a_partition_comes_before_that_of_all() -> None:
    rows = [association("physics", "alice"), association("physics", "alice", Partition="gpu")]
    tree = effective(ASSOCIATION, rows)
    of_gpu = ALICE._replace(partition="gpu")
    assert association_of(HOUR, tree, "alps") == ALICE
    assert association_of(demand_of(waiting("1", partition="gpu")), tree, "alps") == of_gpu
    assert association_of(demand_of(waiting("1", user_="eve")), tree, "alps") is None


def waiting(id_: str, user_: str = "alice", partition: str = "batch") -> Row:
    tres: Value = {"cpu": 4}
    more = dict.fromkeys(f.name for f in HELD_JOB.fields)
    made = job(id_, "physics", user_, partition, "PENDING", ReqTRES=tres, Timelimit=60)
    return {**more, **made}


def running(id_: str, account: str, start: int, minutes: int | None, cpus: int) -> Row:
    return job(
        id_, account, "bob", "batch", "RUNNING",
        Start=start, Timelimit=minutes, AllocTRES={"cpu": cpus}, QOS="normal",
    )  # fmt: skip


PARENTS = {"physics": "science", "optics": "science", "science": "root", "root": "", "arts": "root"}


def test_the_jobs_that_make_room_and_when() -> None:
    active = [
        running("1", "optics", 1000, 100, 2),
        running("2", "physics", 1000, 10, 3),
        running("3", "arts", 1000, 1, 3),
        running("4", "optics", 1000, None, 3),
    ]
    use = LimitUse({SCIENCE: used(3, 8)})
    (hold,) = held(science={"GrpTRES": {"cpu": 8}}, use=use)
    assert ends(hold, active, PARENTS) == Ends(("2", "1"), 7000)
    (hold,) = held(science={"GrpTRES": {"cpu": 9}}, use=use)
    assert ends(hold, active, PARENTS) == Ends(("2",), 1600)
    (hold,) = held(science={"GrpTRES": {"cpu": 4}}, use=LimitUse({SCIENCE: used(3, 8)}))
    assert ends(hold, active, PARENTS).at is None
    (hold,) = held(science={"GrpTRES": {"cpu": 3}}, use=use)
    assert ends(hold, active, PARENTS) == Ends((), None)
    (hold,) = held(alice={"MaxWall": 1}, use=use)
    assert ends(hold, active, PARENTS) == Ends((), None)


def test_a_node_that_others_hold_may_be_shared_so_slurm_alone_knows() -> None:
    use = LimitUse({PHYSICS: {Measure.TRES: {"node": 2}}})
    assert held(physics={"GrpTRES": {"node": 2}}, use=use) == []
    (told,) = held(physics={"GrpTRES": {"node": 2}}, use=use, reason="AssocGrpNodeLimit")
    assert told.enough == 4
    assert len(held(physics={"GrpTRES": {"node": 1}}, use=use)) == 1


@pytest.mark.parametrize(
    ("flags", "own", "of_partition", "order"),
    [
        ((), "normal", "part", ["part", "normal"]),
        (("OverPartQOS",), "normal", "part", ["normal", "part"]),
        ((), "normal", None, ["normal"]),
        ((), "part", "part", ["part"]),
    ],
)
def test_the_qos_of_the_partition_comes_first_unless_that_of_the_job_is_over_it(
    flags: tuple[str, ...], own: str, of_partition: str | None, order: list[str]
) -> None:
    row = {**qos(own), "Flags": flags}
    part = None if of_partition is None else qos(of_partition)
    assert [one["Name"] for one in qos_in_order(row, part)] == order


@pytest.mark.parametrize(
    ("values", "factor"),
    [
        ({"UsageFactor": 2.0, "Flags": ("UsageFactorSafe",)}, 2.0),
        ({"UsageFactor": 0.0, "Flags": ("DenyOnLimit", "UsageFactorSafe")}, 0.0),
        ({"UsageFactor": 2.0}, 1.0),
        ({"UsageFactor": None, "Flags": ("UsageFactorSafe",)}, 1.0),
    ],
)
def test_the_usage_factor_counts_before_a_job_begins_if_the_qos_says_so(
    values: Mapping[str, Value], factor: float
) -> None:
    own = {**qos("normal"), **values}
    assert usage_factor(own) == factor
    assert usage_factor(None) == 1.0
    demand = replace(HOUR, factor=usage_factor(own))
    over = held(science={"GrpTRESRunMins": {"cpu": 300}}, demand=demand)
    assert [hold.need for hold in over] == ([480] if factor == 2 else [])
    assert [h.need for h in held(alice={"MaxWall": 59}, demand=demand)] == [60]
