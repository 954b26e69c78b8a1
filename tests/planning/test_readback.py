"""The read-back against the plan: what is an error, what a notice, and what nobody asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from slurmctl_rest.errors import Changed
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.planning.readback import PlannedView, ReadBackVerdict, judge, marked, strays
from tests.support import association, only, qos, user

BEFORE = association(
    "physics",
    "alice",
    MaxJobs=2,
    Priority=4,
    GrpTRES={"cpu": 1, "mem": 5},
    QosLevel=("normal",),
)
SET = RowChange(ASSOCIATION, "modify", "alice in physics", BEFORE, {**BEFORE, "MaxJobs": 3})
WAS = ", was cpu=1,mem=5M"
NOT_TAKEN = "! Slurm accepted the write, but did not carry it out: "
AFTER = "! Slurm shows other values after the write: "
WHAT = "association 'alice in physics': "
DONE: Row = {**BEFORE, "MaxJobs": 3}


def told(verdict: ReadBackVerdict) -> str:
    """Return the message, with ! before that of an error."""
    assert verdict.error is None or not verdict.notice
    said = f"! {verdict.error.message}" if verdict.error else verdict.notice
    return said.replace(WHAT, "").partition("; this write")[0]


@pytest.mark.parametrize(
    ("values", "over_commands", "over_rest"),
    [
        ({}, "", ""),
        ({"MaxJobs": 2}, *[f"{NOT_TAKEN}MaxJobs is still 2, not 3"] * 2),
        ({"MaxJobs": 4}, *[f"{AFTER}MaxJobs is 4, not 3"] * 2),
        (
            {"MaxJobs": 2, "Priority": 5},
            *[f"{AFTER}Priority is 5, not 4; MaxJobs is 2, not 3"] * 2,
        ),
        ({"Priority": 5}, *["Priority is now 5, was 4"] * 2),
        (
            {"Priority": None},
            "Priority is now (unset), was 4",
            f"{AFTER}Priority is (unset), not 4",
        ),
        ({"MaxWall": 60}, *["MaxWall is now 01:00:00, was (unset)"] * 2),
        ({"GrpTRES": {"cpu": 9, "mem": 5}}, *[f"GrpTRES is now cpu=9,mem=5M{WAS}"] * 2),
        (
            {"GrpTRES": {"cpu": 1}, "MaxWall": 60},
            f"GrpTRES is now cpu=1{WAS}; MaxWall is now 01:00:00, was (unset)",
            f"{AFTER}GrpTRES is cpu=1, not cpu=1,mem=5M; "
            "MaxWall is 01:00:00, not (unset)",
        ),
        (
            {"GrpTRES": {}},
            "GrpTRES is now (unset), was cpu=1,mem=5M",
            f"{AFTER}GrpTRES is (unset), not cpu=1,mem=5M",
        ),
        ({"QosLevel": ("normal", "x")}, *["QosLevel is now normal,x, was normal"] * 2),
        (
            {"QosLevel": ("x",)},
            "QosLevel is now x, was normal",
            f"{AFTER}QosLevel is x, not normal",
        ),
        (None, *["! it no longer exists after the write"] * 2),
    ],
)  # fmt: skip
def test_a_modified_row(
    values: dict[str, Value] | None, over_commands: str, over_rest: str
) -> None:
    found = None if values is None else {**DONE, **values}
    assert told(judge(SET, found, sends_whole_rows=False)) == over_commands
    assert told(judge(SET, found, sends_whole_rows=True)) == over_rest


def test_inherited_qos_that_became_own_ones_are_a_loss_over_rest() -> None:
    """A POST that leaves `qos` out freezes what the row inherits."""
    before = association("physics", "alice")
    change = RowChange(ASSOCIATION, "modify", "alice in physics", before, {**before, "MaxJobs": 1})
    frozen = {**before, "MaxJobs": 1, "QosLevel": ("normal",)}
    assert judge(change, frozen, sends_whole_rows=False).notice
    assert judge(change, frozen, sends_whole_rows=True).error


def test_a_preempt_mode_that_was_reset_is_a_loss_over_rest() -> None:
    before = qos("high", PreemptMode="cancel")
    change = RowChange(QOS, "modify", "high", before, {**before, "Priority": 5})
    for mode, lost in (("cluster", True), ("requeue", False)):
        found = {**before, "Priority": 5, "PreemptMode": mode}
        assert (judge(change, found, sends_whole_rows=True).error is not None) is lost
        assert judge(change, found, sends_whole_rows=False).error is None


@pytest.mark.parametrize("sends_whole_rows", [True, False])
def test_a_new_row_is_ours_as_a_whole(sends_whole_rows: bool) -> None:
    after = association("physics", "alice", MaxJobs=3)
    change = RowChange(ASSOCIATION, "add", "alice in physics", None, after)

    def said(found: Row | None) -> str:
        return told(judge(change, found, sends_whole_rows=sends_whole_rows))

    assert said(after) == ""
    assert said(None) == "! it does not exist after the addition"
    assert said({**after, "MaxSubmitJobs": 20}) == f"{AFTER}MaxSubmitJobs is 20, not (unset)"
    still = f"{NOT_TAKEN}MaxJobs is still (unset), not 3"
    assert said({**after, "MaxJobs": None}) == still


def test_a_deleted_row() -> None:
    change = RowChange(ASSOCIATION, "delete", "alice in physics", BEFORE, None)
    assert told(judge(change, None, sends_whole_rows=True)) == ""
    there = told(judge(change, BEFORE, sends_whole_rows=True))
    assert there == "! it still exists after the deletion"


@pytest.mark.parametrize(
    ("before", "after", "message", "hint"),
    [
        (BEFORE, None, "it still exists after the deletion",
         "if nobody has added it again, repeat the command; if the same happens again, see "
         "slurmdbd's log"),
        (None, BEFORE, "it does not exist after the addition",
         "if nobody has deleted it, repeat the command; if the same happens again, see "
         "slurmdbd's log"),
        (BEFORE, {**BEFORE, "MaxJobs": 77}, "it no longer exists after the write",
         "it was deleted meanwhile; check whether that was intended, and repeat"),
    ],
    ids=["there", "not there", "gone"],
)  # fmt: skip
def test_what_is_there_and_should_not_be(
    before: Row | None, after: Row | None, message: str, hint: str
) -> None:
    change = RowChange(ASSOCIATION, "modify", "alice in physics", before, after)
    verdict = judge(change, BEFORE if after is None else None, sends_whole_rows=False)
    assert verdict.error is not None
    assert (verdict.error.message, verdict.error.hint, verdict.notice) == (
        f"association 'alice in physics': {message}", hint, "",
    )  # fmt: skip


def test_what_was_not_to_change_is_not_judged() -> None:
    change = RowChange(ASSOCIATION, "modify", "alice in physics", BEFORE, BEFORE)
    for found in ({**BEFORE, "MaxJobs": 78}, None):
        assert judge(change, found, sends_whole_rows=True) == ReadBackVerdict()
        unasked_change = replace(change, unasked=True)
        assert judge(unasked_change, found, sends_whole_rows=True) != ReadBackVerdict()


def test_the_hints_of_what_differs() -> None:
    change = RowChange(ASSOCIATION, "modify", "alice in physics", BEFORE, {**BEFORE, "MaxJobs": 77})
    other = judge(change, {**BEFORE, "MaxJobs": 78}, sends_whole_rows=False).error
    as_before = judge(change, BEFORE, sends_whole_rows=False).error
    assert other is not None
    assert as_before is not None
    assert (other.hint, as_before.hint) == (
        "check the object, and repeat; another administrator may have changed it meanwhile",
        "check the object, and repeat; see slurmdbd's log",
    )


def test_what_is_said_of_associations_that_nobody_planned() -> None:
    users = {("alps", "alice")}
    new = association("physics", "alice", Partition="gpu")
    appeared, gone = strays([], [OF_ALICE], users, [*OWN, ALICE[0], new], "alps")
    change = RowChange(ASSOCIATION, "add", "alice in physics (gpu)", None, new, unasked=True)
    assert appeared.change == change
    change = RowChange(ASSOCIATION, "delete", "alice in art", ALICE[1], None, unasked=True)
    assert gone.change == change
    errors = [outcome.error for outcome in (appeared, gone) if outcome.error is not None]
    assert [(error.message, error.hint) for error in errors] == [
        (
            "association 'alice in physics (gpu)': it was added during this write, but not by it",
            "another administrator may have added it; check whether it is wanted",
        ),
        (
            "association 'alice in art': it was deleted during this write, but not by it",
            "another administrator may have deleted it; check whether that was intended",
        ),
    ]


ALICE = [association("physics", "alice"), association("art", "alice")]
OWN = [association("physics", None, "root"), association("art", None, "root")]
OF_ALICE = PlannedView("alps", {"User": frozenset({"alice"})}, [*OWN, *ALICE])


def unasked(
    plan: list[RowChange], looks: list[PlannedView], found: Sequence[Row]
) -> list[tuple[str, str]]:
    seen = strays(plan, looks, {("alps", "alice")}, found, "alps")
    assert all(o.change.unasked and isinstance(o.error, Changed) for o in seen)
    return [(o.change.action, o.change.name) for o in seen]


def test_what_nobody_planned_appears_and_disappears() -> None:
    new = association("physics", "alice", Partition="gpu")
    assert unasked([], [OF_ALICE], [*OWN, *ALICE]) == []
    assert unasked([], [OF_ALICE], [*OWN, *ALICE, new]) == [("add", "alice in physics (gpu)")]
    assert unasked([], [OF_ALICE], ALICE[:1]) == [("delete", "alice in art")]
    added = RowChange(ASSOCIATION, "add", "", None, new)
    deleted = RowChange(ASSOCIATION, "delete", "", ALICE[1], None, cascade_of="art")
    assert unasked([added, deleted], [OF_ALICE], [ALICE[0], new]) == []


def test_what_no_look_covers_may_have_been_there() -> None:
    """Nor are accounts' own rows, other users, and other clusters."""
    in_physics = PlannedView(
        "alps", {"User": frozenset({"alice"}), "Account": frozenset({"physics"})}, ALICE[:1]
    )
    assert unasked([], [in_physics], ALICE) == []
    assert unasked([], [], ALICE) == []
    other = {**ALICE[0], "Cluster": "other"}
    bob = association("art", "bob")
    assert unasked([], [OF_ALICE], [*ALICE, other, bob, association("zoo", None, "art")]) == []
    everywhere = PlannedView("", {"User": frozenset({"alice"})}, [*ALICE, other])
    assert unasked([], [everywhere], ALICE) == []  # the other cluster was not read back
    assert everywhere.covers(other)
    assert not OF_ALICE.covers(other)
    own = PlannedView("alps", {"User": frozenset({""})}, OWN)
    assert [own.covers(row) for row in (*OWN, *ALICE)] == [True, True, False, False]


def test_the_last_look_counts() -> None:
    earlier = PlannedView("alps", {"User": frozenset({"alice"})}, ALICE[:1])
    assert unasked([], [earlier, OF_ALICE], ALICE) == []
    assert unasked([], [OF_ALICE, earlier], ALICE[:1]) == []


def test_several_looks_are_taken_together() -> None:
    looks = [
        PlannedView("alps", {"User": frozenset({"alice"}), "Account": frozenset({name})}, [row])
        for name, row in (("physics", ALICE[0]), ("art", ALICE[1]))
    ]
    assert unasked([], looks, []) == [("delete", "alice in physics"), ("delete", "alice in art")]


def test_associations_that_are_marked_are_sent_whole_and_looked_at() -> None:
    there = user("alice", "physics")
    after = {**there, "DefaultAccount": "art"}
    change = RowChange(USER, "modify", "alice", there, after, companions=(ALICE[1],))
    mark = only(marked([change], "alps"))
    assert (mark.name, mark.needs_write, mark.unasked) == ("alice in art", False, True)
    bearing = {**ALICE[1], "Default": True}
    assert mark == RowChange(ASSOCIATION, "modify", "alice in art", ALICE[1], bearing, unasked=True)
    planned = RowChange(ASSOCIATION, "modify", "alice in art", ALICE[1], ALICE[1])
    mark = only(marked([change, planned], "alps"))  # the plan judges all else of it
    place = {"Cluster": "alps", "Account": "art", "User": "alice", "Partition": None}
    assert mark.after == {**place, "Default": True}
    assert [one.name for one in marked([change], "jura")] == ["alice in art on alps"]
    level = RowChange(USER, "modify", "alice", there, {**there, "AdminLevel": "Operator"})
    assert marked([level], "alps") == []
    stays = RowChange(USER, "modify", "alice", there, there, companions=(ALICE[1],), marks=True)
    assert (stays.changes, stays.needs_write) == (False, True)
    assert [one.name for one in marked([stays], "alps")] == ["alice in art"]


def test_an_association_without_the_mark_that_it_was_sent_for_is_reported() -> None:
    there = user("alice", "art")
    change = RowChange(USER, "modify", "alice", there, there, companions=(ALICE[1],), marks=True)
    mark = only(marked([change], "alps"))
    assert judge(mark, {**ALICE[1], "Default": True}, sends_whole_rows=True).error is None
    error = judge(mark, {**ALICE[1], "Default": False}, sends_whole_rows=True).error
    assert error is not None
    assert (
        "'alice in art': Slurm shows other values after the write: Default is (unset), not yes"
        in (str(error))
    )
