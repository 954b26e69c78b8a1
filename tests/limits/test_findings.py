"""Limits beside their use, and what is left of them."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.limits.findings import LimitState, by_fullness, lineage, of_associations, of_qos
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.inheritance import Effective, effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.limit_use import LimitUse, Measure, PlaceUse
from tests.support import association, qos

ROOT = AssociationKey("alps", "root")
SCIENCE = AssociationKey("alps", "science")
PHYSICS = AssociationKey("alps", "physics")
ALICE = AssociationKey("alps", "physics", "alice")
PATH = (ALICE, PHYSICS, SCIENCE, ROOT)


def used(running: int = 0, run_minutes: Mapping[str, float] = {}, **tres: int) -> PlaceUse:
    return {
        Measure.RUNNING: running,
        Measure.SUBMITTED: running,
        Measure.TRES: tres,
        Measure.RUN_MINUTES: run_minutes,
    }


def tree(
    science: Mapping[str, Value], physics: Mapping[str, Value], alice: Mapping[str, Value]
) -> dict[AssociationKey, Effective]:
    rows = [
        association("root", None),
        {**association("science", None, "root"), **science},
        {**association("physics", None, "science"), **physics},
        {**association("physics", "alice"), **alice},
    ]
    return effective(ASSOCIATION, rows)


def told(one: LimitState) -> tuple[object, ...]:
    place = one.key.user or one.key.account
    return place, one.field, one.tres, one.value, one.used, one.left, one.percent, one.origin


def test_a_lineage_leads_from_the_user_to_root() -> None:
    assert lineage(tree({}, {}, {}), ALICE) == list(PATH)


def test_each_limit_of_a_lineage_has_its_use_and_what_all_above_it_leave() -> None:
    found = of_associations(
        tree(
            {"GrpTRES": {"cpu": 20, "mem": 8192}, "MaxJobs": 3},
            {"GrpTRES": {"cpu": 100}, "MaxTRES": {"cpu": 8}},
            {"GrpJobs": 9},
        ),
        LimitUse({key: used(2, cpu=14, mem=500) for key in PATH}),
    )
    assert [told(one) for one in found] == [
        ("physics", "GrpTRES", "cpu", 100, 14, 6, 14.0, ""),
        ("alice", "GrpJobs", "", 9, 2, 1, 22.2, ""),
        ("alice", "MaxJobs", "", 3, 2, 1, 66.7, "science"),
        ("science", "GrpTRES", "cpu", 20, 14, 6, 70.0, ""),
        ("science", "GrpTRES", "mem", 8192, 500, 7692, 6.1, ""),
    ]
    assert [one.percent for one in by_fullness(found)] == [70.0, 66.7, 22.2, 14.0, 6.1]


def test_a_limit_that_slurm_does_not_enforce_says_so_and_bounds_nothing() -> None:
    found = of_associations(
        tree({}, {}, {"MaxTRESRunMins": {"cpu": 10}, "GrpTRESRunMins": {"cpu": 900}}),
        LimitUse({ALICE: used(1, {"cpu": 50})}),
    )
    assert [(*told(one), one.note) for one in found] == [
        ("alice", "GrpTRESRunMins", "cpu", 900, 50, 850, 5.6, "", ""),
        ("alice", "MaxTRESRunMins", "cpu", 10, 50, 0, 500.0, "", "stored by Slurm, not enforced"),
    ]


def test_a_use_that_nobody_knows_is_not_zero() -> None:
    notes = {Measure.MINUTES: "slurmrestd does not report it", Measure.TRES: "about: ..."}
    found = of_associations(
        tree({}, {"GrpTRESMins": {"cpu": 100}, "GrpTRES": {"cpu": 5}}, {}),
        LimitUse({PHYSICS: used(cpu=2)}, notes=notes),
    )
    assert [(*told(one), one.note) for one in by_fullness(found)] == [
        ("physics", "GrpTRES", "cpu", 5, 2, 3, 40.0, "", "about: ..."),
        ("physics", "GrpTRESMins", "cpu", 100, None, None, None, "", notes[Measure.MINUTES]),
    ]


def test_a_qos_counts_all_and_each_user_and_account_by_itself() -> None:
    row = qos(
        "high",
        GrpTRES={"cpu": 10},
        MaxJobsPU=2,
        MaxTRESPA={"gres/gpu": 0},
        MaxTRES={"cpu": 4},
        MaxWall=60,
    )
    found = of_qos(
        row,
        LimitUse(
            qos={"high": used(3, cpu=6)},
            qos_users={("high", "alice"): used(2)},
            qos_accounts={("high", "physics"): {Measure.TRES: {"gres/gpu": 1}}},
        ),
        users=["bob", "alice"],
        accounts=["physics"],
    )
    assert [(one.qos, one.key.user, *told(one)[1:]) for one in found] == [
        ("high", "", "GrpTRES", "cpu", 10, 6, 4, 60.0, ""),
        ("high", "alice", "MaxJobsPU", "", 2, 2, 0, 100.0, ""),
        ("high", "bob", "MaxJobsPU", "", 2, 0, 2, 0.0, ""),
        ("high", "", "MaxTRESPA", "gres/gpu", 0, 1, 0, 100.0, ""),
    ]


COUNTS = st.none() | st.integers(0, 30)
LIMITS = st.fixed_dictionaries(
    {
        "GrpJobs": COUNTS,
        "MaxJobs": COUNTS,
        "GrpTRES": st.dictionaries(st.sampled_from(["cpu", "mem"]), st.integers(0, 30)),
    }
)


@given(LIMITS, LIMITS, LIMITS, st.integers(0, 30), st.integers(0, 30))
def test_no_finding_claims_more_left_than_the_smallest_level_allows(
    science: dict[str, Value],
    physics: dict[str, Value],
    alice: dict[str, Value],
    running: int,
    cpus: int,
) -> None:
    use = LimitUse({key: used(running, cpu=cpus) for key in PATH})
    found = of_associations(tree(science, physics, alice), use)
    for one in found:
        place = lineage(tree(science, physics, alice), one.key)
        for other in found:
            same = (other.rule.measure, other.tres) == (one.rule.measure, one.tres)
            if same and other.key in place:
                assert one.left is not None
                assert other.used is not None
                assert one.left <= max(0, other.value - other.used)
