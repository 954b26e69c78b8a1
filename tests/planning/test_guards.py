"""What guards say of plans, and what the digest of a plan is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.config.models import Guard
from slurmctl_rest.errors import NotFound
from slurmctl_rest.model.change import Action, Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, ENTITIES, QOS, USER
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.limit_rules import QOS_RULES
from slurmctl_rest.planning.guards import LIMIT_NAMES, NAMED_BY, breaches, is_raised
from slurmctl_rest.render.digest import digest_of, planned_changes
from tests.support import account, association, qos, user


def modified(name: str, field: str, before: Value, after: Value) -> Outcome:
    old, new = (account(name, "root", **{field: value}) for value in (before, after))
    return Outcome(RowChange(ACCOUNT, "modify", name, old, new))


def said(guard: Guard, *plan: Outcome) -> list[str]:
    return [str(one) for one in breaches(guard, plan)]


ADDED = Outcome(RowChange(ACCOUNT, "add", "optics", None, account("optics", "physics")))
GONE = Outcome(RowChange(USER, "delete", "bob", user("bob", "physics"), None))
ROW = association("staff1", "bob")
CASCADE = Outcome(
    RowChange(ASSOCIATION, "delete", "bob in staff1", ROW, None, cascade_of="bob"),
)
SAME = Outcome(RowChange(QOS, "modify", "high", qos("high"), qos("high")))


def test_changes_are_counted_with_all_that_goes_along() -> None:
    plan = (ADDED, GONE, CASCADE, SAME)
    assert said(Guard(max_changes=3, max_deletes=2), *plan) == []
    assert said(Guard(max_changes=2, max_deletes=1), *plan) == [
        "max_changes: 3 changes (account 'optics', user 'bob', association 'bob in staff1'), "
        "and at most 2",
        "max_deletes: 2 deletes (user 'bob', association 'bob in staff1'), and at most 1",
    ]
    assert said(Guard(max_deletes=0), GONE) == [
        "max_deletes: 1 delete (user 'bob'), and at most 0",
    ]
    failed = replace(GONE, error=NotFound("no"))
    assert said(Guard(max_changes=0, protected=("*",)), failed, SAME) == [
        "protected: qos 'high' is like '*'"
    ]


def test_what_is_protected_is_named() -> None:
    guard = Guard(protected=("root", "qos:High", "Staff*"))
    assert said(guard, ADDED, GONE) == []
    assert said(guard, CASCADE) == [
        "protected: account 'staff1' of association 'bob in staff1' is like 'Staff*'"
    ]
    high = Outcome(RowChange(QOS, "add", "high", None, qos("high")))
    assert said(guard, high) == ["protected: qos 'high' is like 'qos:High'"]
    assert said(guard, modified("root", "MaxJobs", 5, 4)) == [
        "protected: account 'root' is like 'root'"
    ]
    # A pattern without a noun is of no cluster, and one of a QOS of no account.
    cluster = {f.name: f.kind.load(None) for f in CLUSTERS.fields} | {"Cluster": "root"}
    of_cluster = Outcome(RowChange(CLUSTERS, "delete", "root", cluster, None))
    assert said(guard, of_cluster, modified("high", "MaxJobs", 5, 4)) == []
    assert said(Guard(protected=("cluster:r*",)), of_cluster) == [
        "protected: cluster 'root' is like 'cluster:r*'"
    ]


def test_who_gets_another_name_is_protected_by_both() -> None:
    renamed = Outcome(RowChange(USER, "modify", "al", user("al", "a"), user("staffer", "a")))
    for pattern in ("al", "staff*"):
        assert len(said(Guard(protected=(pattern,)), renamed)) == 1


def test_rows_below_an_account_that_goes_are_protected_as_well() -> None:
    row = account("physics", "root")
    change = RowChange(
        ACCOUNT, "delete", "physics", row, None, companions=(association("lab", None),)
    )
    assert said(Guard(protected=("lab",)), Outcome(change)) == [
        "protected: account 'lab' of account 'physics' is like 'lab'"
    ]


def test_a_limit_is_raised_by_its_factor_and_not_beyond() -> None:
    guard = Guard(max_raise=2.0)
    assert said(guard, modified("physics", "GrpJobs", 10, 20)) == []
    assert said(guard, modified("physics", "GrpJobs", 10, 21)) == [
        "max_raise: account 'physics' GrpJobs 10 -> 21, and at most 2 times"
    ]
    assert said(guard, modified("physics", "GrpJobs", 10, None)) == [
        "max_raise: account 'physics' GrpJobs 10 -> no limit, and at most 2 times"
    ]
    tres = {"cpu": 10, "mem": 5, "node": 1}, {"cpu": 30, "gres/gpu": 8, "node": 2}
    assert said(guard, modified("physics", "GrpTRES", *tres)) == [
        "max_raise: account 'physics' GrpTRES cpu 10 -> 30, and at most 2 times",
        "max_raise: account 'physics' GrpTRES mem 5 -> no limit, and at most 2 times",
    ]
    assert said(guard, modified("physics", "Fairshare", 1, 100), ADDED) == []


def test_an_approval_is_needed_for_whatever_is_written() -> None:
    assert said(Guard(require_approval=True), SAME) == [
        "require_approval: this plan is not approved"
    ]
    assert said(Guard(require_approval=True), replace(GONE, error=NotFound("no"))) == []


def test_every_limit_that_jobs_meet_can_be_guarded() -> None:
    assert {n for n, rule in QOS_RULES.items() if rule.least} == {*QOS_RULES} - LIMIT_NAMES
    for entity in ENTITIES:
        assert {*NAMED_BY.get(entity.noun, {}).values()} <= {f.name for f in entity.all_fields}


amounts = st.none() | st.integers(min_value=0, max_value=2**53)


@given(amounts, amounts, st.floats(min_value=1, max_value=100))
def test_what_is_within_a_factor_is_so_in_both_directions(
    before: int | None, after: int | None, factor: float
) -> None:
    raised = is_raised(before, after, factor)
    if before is not None and after is not None:
        assert not (raised and is_raised(after, before, factor))
        assert raised is (after > before and is_raised(before, after, factor))
        assert not is_raised(before, min(before, after), factor)
    assert not is_raised(before, before, factor)
    assert is_raised(before, None, factor) is (before is not None)


counts = st.none() | st.integers(min_value=0, max_value=50)
tres_values = st.dictionaries(st.sampled_from(["cpu", "mem"]), st.integers(0, 50))


ACTIONS: Sequence[Action] = ("add", "modify", "delete")


@st.composite
def plans(draw: st.DrawFn) -> list[Outcome]:
    """Draw a few changes of accounts."""
    found = []
    for name in draw(st.lists(st.sampled_from(["a", "b", "staff"]), unique=True)):
        before, after = (
            account(name, "root", MaxJobs=draw(counts), GrpTRES=draw(tres_values)) for _ in range(2)
        )
        kind: Action = draw(st.sampled_from(ACTIONS))
        old, new = (None if kind == "add" else before, None if kind == "delete" else after)
        found.append(Outcome(RowChange(ACCOUNT, kind, name, old, new)))
    return found


@given(plans(), st.integers(0, 3), st.integers(0, 3), st.randoms(use_true_random=False))
def test_guards_say_nothing_exactly_of_plans_within_them(
    plan: list[Outcome], changes: int, deletes: int, random: Random
) -> None:
    guard = Guard(max_changes=changes, max_deletes=deletes, protected=("staff",), max_raise=2.0)
    done = [o.change for o in plan if o.change.changes]
    within = (
        len(done) <= changes
        and sum(c.action == "delete" for c in done) <= deletes
        and all(o.change.name != "staff" for o in plan)
        and not any(
            _grows(c.old["MaxJobs"], c.new["MaxJobs"])
            or _any_grows(c.old["GrpTRES"], c.new["GrpTRES"])
            for c in done
            if c.action == "modify"
        )
    )
    assert (breaches(guard, plan) == []) is within
    shuffled = random.sample(plan, len(plan))
    assert len(breaches(guard, shuffled)) == len(breaches(guard, plan))
    assert digest_of("alps", planned_changes(shuffled)) == digest_of("alps", planned_changes(plan))


def _any_grows(before: Any, after: Any) -> bool:
    return any(_grows(count, after.get(name)) for name, count in before.items())


def _grows(before: Any, after: Any) -> bool:
    return before is not None and (after is None or after > 2 * before)


def test_a_digest_is_of_the_old_values_too_and_of_all_clusters() -> None:
    plans_ = [
        [modified("physics", "MaxJobs", 5, 6)],
        [modified("physics", "MaxJobs", 4, 6)],
        [modified("physics", "MaxJobs", 5, 7)],
        [GONE],
        [Outcome(replace(GONE.change, everywhere=True))],
        [GONE, CASCADE],
        [GONE, Outcome(CASCADE.change, NotFound("no"))],
    ]
    digests = [digest_of("alps", planned_changes(plan)) for plan in plans_]
    assert len({*digests}) == len(plans_) - 1
    assert digests[-1] == digests[3]  # what fails is no part of it
    assert digest_of("jura", planned_changes([GONE])) != digests[3]
