"""Associations, and accounts' own ones: what is modified, deleted, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from slurmctl_rest.errors import Conflict, NotFound, Refused, SlurmctlError
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Operator
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.syntax import Assignment, parse_modify
from slurmctl_rest.planning import associations, tree
from slurmctl_rest.planning.targets import select
from tests.strategies import (
    account_rows,
    assignments,
    modifications,
    user_associations,
)
from tests.support import OWN_LIMITS, PHYSICS, SETTABLE, account, alike, assign, association, only

ROOT = account("root", None)
SCIENCE = account("science")
TREE = [ROOT, SCIENCE, PHYSICS]
LIMITS_ONLY = [f for f in SETTABLE if f.name != "Parent"]


def modified(words: str, current: Sequence[Row] | None = None) -> list[Outcome]:
    sentence = parse_modify(ACCOUNT, words.split())
    rows = TREE if current is None else current
    chosen = select(ACCOUNT, rows, sentence.selection)
    return associations.modify(ACCOUNT, alike(chosen, sentence.assignments), rows, "alps")


@pytest.mark.parametrize(
    ("own", "words", "inherited"),
    [
        ({}, "physics set QosLevel=high", {"QosLevel": ("low", "normal")}),
        ({}, "physics set QosLevel+=high MaxJobs=1", {"QosLevel": ("low", "normal")}),
        ({}, "physics set MaxJobs=1", {}),
        ({"QosLevel": ("high",)}, "physics set QosLevel=low", {}),
        ({"QosLevel": ("high",)}, "physics set QosLevel=", {}),
        ({}, "science set QosLevel=high", {}),
    ],
)
def test_the_end_of_inherited_qos_is_told_with_what_was_inherited(
    own: Row, words: str, inherited: Row
) -> None:
    science = {**SCIENCE, "QosLevel": ("low", "normal")}
    [outcome] = modified(words, [ROOT, science, {**PHYSICS, "QosLevel": (), **own}])
    assert outcome.change.inherited == inherited


@given(row=account_rows(), asked=assignments(LIMITS_ONLY))
def test_a_modify_changes_only_what_it_names(row: Row, asked: tuple[Assignment, ...]) -> None:
    change = only(associations.modify(ACCOUNT, alike([row], asked), [row], "alps")).change
    named = {one.field.name for one in asked}
    assert change.after is not None
    assert change.fields.keys() <= named
    assert {k: v for k, v in change.after.items() if k not in named} == {
        k: v for k, v in row.items() if k not in named
    }
    assert {name: after for name, (_, after) in change.fields.items()} == {
        name: change.after[name] for name in named if change.after[name] != row[name]
    }


@given(row=account_rows(), asked=assignments(LIMITS_ONLY))
def test_what_is_done_needs_not_be_done_again(row: Row, asked: tuple[Assignment, ...]) -> None:
    outcome = only(associations.modify(ACCOUNT, alike([row], asked), [row], "alps"))
    first = outcome.change
    assume(outcome.error is None)
    assert first.after is not None
    second = only(
        associations.modify(ACCOUNT, alike([first.after], asked), [first.after], "alps")
    ).change
    assert not second.changes
    assert not second.needs_write
    assert second.fields == {}


@given(change=modifications())
def test_every_change_has_an_inverse(change: RowChange) -> None:
    """Setting each changed field back plans the row as it was."""
    assert change.before is not None
    assert change.after is not None
    back = []
    for name, (old, new) in change.fields.items():
        if isinstance(ACCOUNT[name].kind, Tres):
            assert isinstance(old, dict)
            assert isinstance(new, dict)
            old = {**dict.fromkeys(new), **old}  # noqa: PLW2901
        back.append(Assignment(ACCOUNT[name], Operator.SET, old))
    undone = only(
        associations.modify(ACCOUNT, alike([change.after], back), [change.after], "alps")
    ).change
    assert undone.after == change.before
    assert undone.fields == {name: (new, old) for name, (old, new) in change.fields.items()}


@given(row=account_rows(), data=st.data())
def test_assigning_what_is_there_changes_nothing(row: Row, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(LIMITS_ONLY))
    same = Assignment(field, Operator.SET, row[field.name])
    assert not only(
        associations.modify(ACCOUNT, alike([row], [same]), [row], "alps")
    ).change.changes


def test_a_modify_before_and_after() -> None:
    outcome = only(modified("physics set GrpTRES=cpu=7,mem=-1 MaxJobs=-1 QosLevel-=high Desc=x"))
    assert outcome.error is None
    assert outcome.change.before == PHYSICS
    assert outcome.change.after == {
        **PHYSICS, "GrpTRES": {"cpu": 7}, "MaxJobs": None, "QosLevel": ("normal",),
        "Description": "x",
    }  # fmt: skip
    assert outcome.change.fields == {
        "Description": ("light and matter", "x"),
        "GrpTRES": ({"cpu": 100, "mem": 2048}, {"cpu": 7}),
        "MaxJobs": (5, None),
        "QosLevel": (("high", "normal"), ("normal",)),
    }


def test_counts_of_tres_are_added_and_taken_away() -> None:
    outcome = only(modified("physics set GrpTRES=cpu+=5,mem-=48,node+=2"))
    assert outcome.error is None
    assert outcome.change.new["GrpTRES"] == {"cpu": 105, "mem": 2000, "node": 2}


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (
            "physics set parent=nosuch", NotFound,
            "parent account 'nosuch' does not exist on cluster 'alps'",
        ),
        (
            "science set parent=physics", Conflict,
            "account 'science' cannot have the parent 'physics', which is itself or below it",
        ),
        (
            "science set parent=science", Conflict,
            "account 'science' cannot have the parent 'science', which is itself or below it",
        ),
        ("root set parent=science", Refused, "account 'root' has no parent"),
        (
            "physics set GrpTRES=cpu-=100", Refused,
            "account 'physics': cpu of GrpTRES is 100, so that nothing would be left, and nothing "
            "could run",
        ),
        (
            "physics set GrpTRES=node-=1", Refused,
            "account 'physics': node of GrpTRES has no limit here, so that nothing would be left, "
            "and nothing could run",
        ),
        (
            "physics set QosLevel-=high,normal", Refused,
            "account 'physics' would have no QosLevel of its own, and inherit the parent's",
        ),
    ],
)  # fmt: skip
def test_a_modify_that_slurm_would_not_do_or_do_otherwise(
    words: str, error: type[SlurmctlError], message: str
) -> None:
    outcome = only(modified(words))
    assert type(outcome.error) is error
    assert outcome.error.message == message


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        ("physics set DefaultQOS=low", "high, normal"),
        ("physics set QosLevel=low DefaultQOS=high", "low"),
        ("physics set QosLevel-=high DefaultQOS=high", "normal"),
        ("science set DefaultQOS=high", "normal"),
        ("physics set DefaultQOS=high", None),
        ("science set DefaultQOS=normal", None),
        ("science set DefaultQOS=high QosLevel+=high", None),
        ("physics set DefaultQOS=-1", None),
    ],
)
def test_a_default_qos_must_be_among_those_that_may_be_used(
    words: str, allowed: str | None
) -> None:
    root = account("root", None, QosLevel=("normal",))
    error = only(modified(words, [root, SCIENCE, PHYSICS])).error
    if allowed is None:
        assert error is None
        return
    assert isinstance(error, Conflict)
    assert error.message.endswith(f"would not be in its QosLevel ({allowed})")


def test_an_account_that_is_elsewhere_only_is_not_found_here() -> None:
    elsewhere = account("far", None, Cluster=None, Clusters=("jura",))
    error = only(modified("far set MaxJobs=1", [elsewhere])).error
    assert isinstance(error, NotFound)
    assert error.message == "account 'far' has no association on cluster 'alps'"


def test_names_taken_away_and_added_in_one_command() -> None:
    """Emptied on the way, the set must not turn into a change to the inherited one."""
    row = account("a", QosLevel=("high",))
    outcome = only(modified("a set QosLevel-=high QosLevel+=low", [ROOT, row]))
    assert outcome.change.after is not None
    assert outcome.error is not None or outcome.change.after["QosLevel"] == ("low",)


def test_below_walks_down_one_cluster_only() -> None:
    rows = [*TREE, account("optics", "physics"), account("far", "science", Cluster="jura")]
    assert tree.below(["science"], rows, "alps") == ["science", "physics", "optics"]
    assert tree.below(["optics"], rows, "alps") == ["optics"]
    assert tree.below([], rows, "alps") == []


def test_a_loop_of_parents_ends() -> None:
    rows = [account("a", "b"), account("b", "a")]
    assert tree.below(["a"], rows, "alps") == ["a", "b"]


# --- users' rows


OWN = association("physics", None, "science", QosLevel=("high", "normal"))
TOP = association("root", None, QosLevel=("normal",))
ALICE = association("physics", "alice", QosLevel=("high",))
BOB = association("physics", "bob", Partition="gpu", MaxJobs=3)
ROWS: Sequence[Row] = [TOP, association("science", None, "root"), OWN, ALICE, BOB]


def on_rows(rows: Sequence[Row], *tokens: str) -> list[Outcome]:
    asked = [assign(token, ASSOCIATION) for token in tokens]
    return associations.modify(ASSOCIATION, alike(rows, asked), ROWS, "alps")


@given(row=user_associations(partition="gpu"), asked=assignments(OWN_LIMITS))
def test_a_modify_of_a_user_s_row_changes_only_what_it_names(
    row: Row, asked: tuple[Assignment, ...]
) -> None:
    change = only(associations.modify(ASSOCIATION, alike([row], asked), [row], "alps")).change
    named = {one.field.name for one in asked}
    assert change.name == "alice in physics (gpu)"
    assert change.after is not None
    assert {k: v for k, v in change.after.items() if k not in named} == {
        k: v for k, v in row.items() if k not in named
    }
    assert change.fields.keys() <= named


def test_users_rows_are_modified_each_by_itself() -> None:
    plan = on_rows([ALICE, BOB, OWN], "MaxJobs=3", "Fairshare=parent")
    assert [(o.change.name, o.change.fields, o.error) for o in plan] == [
        ("alice in physics", {"Fairshare": (1, "parent"), "MaxJobs": (None, 3)}, None),
        ("bob in physics (gpu)", {"Fairshare": (1, "parent")}, None),
        ("physics", {"Fairshare": (1, "parent"), "MaxJobs": (None, 3)}, None),
    ]


@pytest.mark.parametrize(
    ("row", "tokens", "error", "message"),
    [
        (
            ALICE, ["Parent=science"], Refused,
            "association 'alice in physics': the association of a user has no parent",
        ),
        (
            ALICE, ["QosLevel-=high"], Refused,
            "association 'alice in physics' would have no QosLevel of its own, and inherit the "
            "parent's",
        ),
        (ALICE, ["QosLevel="], None, ""),
        (ALICE, ["QosLevel-=high", "QosLevel+=low"], None, ""),
        (
            ALICE, ["DefaultQOS=normal"], Conflict,
            "association 'alice in physics': its DefaultQOS 'normal' would not be in its "
            "QosLevel (high)",
        ),
        (ALICE, ["DefaultQOS=high"], None, ""),
        (BOB, ["DefaultQOS=high"], None, ""),
        (
            BOB, ["DefaultQOS=low"], Conflict,
            "association 'bob in physics (gpu)': its DefaultQOS 'low' would not be in its "
            "QosLevel (high, normal)",
        ),
        (BOB, ["DefaultQOS=low", "QosLevel+=low"], None, ""),
        (
            BOB, ["DefaultQOS=high", "QosLevel-=high"], Conflict,
            "association 'bob in physics (gpu)': its DefaultQOS 'high' would not be in its "
            "QosLevel (normal)",
        ),
    ],
)  # fmt: skip
def test_what_may_be_set_on_a_user_s_row(
    row: Row, tokens: list[str], error: type[SlurmctlError] | None, message: str
) -> None:
    found = only(on_rows([row], *tokens)).error
    assert type(found) is (error or type(None))
    assert getattr(found, "message", "") == message


def test_an_inherited_default_qos_must_be_allowed_too() -> None:
    """It comes from the account, and the user's own list does not hold it."""
    rows: Sequence[Row] = [TOP, association("a", None, "root", DefaultQOS="normal"),
                       association("a", "alice", QosLevel=("high", "normal"))]  # fmt: skip
    asked = [assign("QosLevel=high", ASSOCIATION)]
    error = only(associations.modify(ASSOCIATION, alike(rows[2:], asked), rows, "alps")).error
    assert isinstance(error, Conflict)
    assert error.message == (
        "association 'alice in a': its DefaultQOS 'normal' would not be in its QosLevel (high)"
    )


def test_what_one_command_changes_counts_for_all_it_changes() -> None:
    """The account's new list is what its users inherit in the end."""
    rows: Sequence[Row] = [TOP, association("a", None, "root"), association("a", "alice")]
    plan = associations.modify(
        ASSOCIATION,
        alike(
            rows[1:],
            [assign("QosLevel+=high", ASSOCIATION), assign("DefaultQOS=high", ASSOCIATION)],
        ),
        rows,
        "alps",
    )
    assert [outcome.error for outcome in plan] == [None, None]


def test_coordinators_are_set_on_the_lowest_account_first() -> None:
    """slurmrestd takes who coordinates an account for a coordinator of all below it."""
    rows = [ROOT, SCIENCE, PHYSICS, account("optics", "physics"), account("zoo")]
    ordered = tree.lowest_first(rows, rows)
    assert [row["Account"] for row in ordered] == ["optics", "physics", "science", "zoo", "root"]
    plan = associations.modify(ACCOUNT, alike(rows, [assign("Coordinators+=bob")]), rows, "alps")
    assert [o.change.name for o in plan] == [row["Account"] for row in ordered]
    plan = associations.modify(ACCOUNT, alike(rows, [assign("MaxJobs=1")]), rows, "alps")
    assert [o.change.name for o in plan] == [row["Account"] for row in rows]


def test_the_order_of_a_loop_ends() -> None:
    rows = [account("a", "b"), account("b", "a")]
    assert len(tree.lowest_first(rows, rows)) == 2


HEIGHTS = [account("root", None), account("a"), account("b", "a"), account("c", "b"), account("d")]


@pytest.mark.parametrize(
    ("moves", "refused"),
    [
        ({"c": "d", "d": "a"}, []),
        ({"a": "b"}, ["a"]),
        ({"a": "d", "d": "c"}, ["a", "d"]),  # each by itself would do
        ({"b": "root", "a": "b"}, ["a"]),  # in one order it would do, in the other it would not
        ({"b": "d", "c": "d"}, []),
    ],
)
def test_moves_in_one_command_hold_in_any_order(moves: dict[str, str], refused: list[str]) -> None:
    asked = [
        (row, [assign(f"Parent={moves[str(row['Account'])]}")])
        for row in HEIGHTS
        if row["Account"] in moves
    ]
    plan = associations.modify(ACCOUNT, asked, HEIGHTS, "alps")
    assert [o.change.name for o in plan if isinstance(o.error, Conflict)] == refused
    assert [type(o.error) for o in plan if o.change.name not in refused] == [type(None)] * (
        len(moves) - len(refused)
    )


def test_each_row_gets_what_is_assigned_to_it() -> None:
    asked = [
        (HEIGHTS[1], [assign("MaxJobs=1")]),
        (HEIGHTS[2], [assign("GrpJobs=2")]),
        (HEIGHTS[3], []),
    ]
    plan = associations.modify(ACCOUNT, asked, HEIGHTS, "alps")
    assert [(o.change.name, o.change.fields, o.error) for o in plan] == [
        ("a", {"MaxJobs": (None, 1)}, None),
        ("b", {"GrpJobs": (None, 2)}, None),
        ("c", {}, None),
    ]
