"""What is written in which step."""

from __future__ import annotations

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, USER
from slurmctl_rest.planning.steps import PlanSteps
from tests.support import account, association, user


def told(plan: PlanSteps) -> list[list[tuple[str, dict[str, object]]]]:
    return [
        [(part.action, {name: after for name, (_, after) in part.fields.items()}) for part, _ in s]
        for s in plan.steps
    ]


def test_coordinators_of_an_account_that_is_known_are_no_word_of_its_addition() -> None:
    plan = PlanSteps()
    row = account("physics", Coordinators=("alice",))
    plan.add_account(RowChange(ACCOUNT, "add", "physics", None, row), ["alice"], row, 0, 1)
    added = {"Description": "physics", "Organization": "physics", "Parent": "root", "Fairshare": 1}
    assert told(plan) == [[("add", added)]]
    more = {**row, "Coordinators": ("alice", "bob")}
    plan = PlanSteps()
    plan.add_account(RowChange(ACCOUNT, "add", "physics", None, more), ["alice"], row, 0, 1)
    assert told(plan) == [[("add", added)], [("modify", {"Coordinators": ("alice", "bob")})]]
    assert len(plan.plan) == 1


def test_changes_of_a_plan_tell_the_qos_that_they_end_the_inheritance_of() -> None:
    rows = [association("root", None, QosLevel=("normal",)), association("physics", None, "root")]
    after = account("physics", QosLevel=("high",), MaxJobs=3)
    change = RowChange(ACCOUNT, "modify", "physics", account("physics"), after)
    plan = PlanSteps()
    plan.add(0, change)
    plan.with_inherited_qos(rows)
    [(part, whole)] = plan.steps[0]
    assert part is whole is plan.plan[0].change
    assert (whole, whole.inherited) == (change, {"QosLevel": ("normal",)})


def test_a_level_follows_a_default_account_that_comes_with_an_association() -> None:
    plan = PlanSteps()
    before, after = user("alice", None), user("alice", "physics", AdminLevel="Operator")
    plan.add_user(RowChange(USER, "modify", "alice", before, after), 0, 1)
    assert told(plan) == [
        [("modify", {"DefaultAccount": "physics"})],
        [("modify", {"AdminLevel": "Operator"})],
    ]
