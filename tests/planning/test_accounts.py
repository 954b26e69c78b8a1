"""Accounts: what is added and deleted, and what goes with it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given

from slurmctl_rest.errors import Conflict, NotFound, Refused, UsageError
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Operator
from slurmctl_rest.model.syntax import Assignment, parse_add
from slurmctl_rest.planning import accounts, tree
from tests.strategies import assignments
from tests.support import PHYSICS, SETTABLE, account, assign, association, only

ROOT = account("root", None)
SCIENCE = account("science")
TREE = [ROOT, SCIENCE, PHYSICS]
LIMITS_ONLY = [f for f in SETTABLE if f.name != "Parent"]


def added(words: str, current: Sequence[Row] | None = None) -> list[Outcome]:
    sentence = parse_add(ACCOUNT, words.split())
    rows = TREE if current is None else current
    return accounts.add(dict.fromkeys(sentence.selection.names, sentence.assignments), rows, "alps")


@given(asked=assignments(LIMITS_ONLY))
def test_an_account_is_added_as_asked_and_then_there_is_nothing_to_do(
    asked: tuple[Assignment, ...],
) -> None:
    asked = tuple(one for one in asked if one.operator is Operator.SET)
    change = only(accounts.add(dict.fromkeys(["optics"], asked), [ROOT], "alps")).change
    assert change.after is not None
    for one in asked:
        kind = one.field.kind
        fresh = kind.merge(kind.load(None), Operator.SET, one.value)
        assert change.after[one.field.name] == fresh
    again = only(accounts.add(dict.fromkeys(["optics"], asked), [ROOT, change.after], "alps"))
    assert (again.change.changes, again.error) == (False, None)


def test_the_highest_of_doomed_accounts_goes_first() -> None:
    """Deleting it takes what stands below; the other way round a default account is in the way."""
    rows = [account("a", "c"), account("b"), account("c"), account("d", "a")]
    outcomes = accounts.delete(rows[:3], [], [ROOT, *rows], "alps")
    assert [outcome.change.name for outcome in outcomes] == ["c", "a", "b"]


def test_a_new_account_is_what_slurm_makes_of_it() -> None:
    outcome = only(added("optics parent=science GrpTRES=cpu=5,mem=-1 Desc=light"))
    after = account(
        "optics", "science", Description="light", GrpTRES={"cpu": 5}, Clusters=(), Fairshare=1
    )
    assert outcome == Outcome(RowChange(ACCOUNT, "add", "optics", None, after))
    assert outcome.change.fields == {
        "Description": (None, "light"),
        "Organization": (None, "science"),
        "Parent": (None, "science"),
        "Fairshare": (None, 1),
        "GrpTRES": ({}, {"cpu": 5}),
    }


def test_an_account_below_root_is_its_own_organization() -> None:
    assert only(added("optics")).change.after == account("optics", "root", Clusters=())


def test_what_is_there_as_asked_changes_nothing() -> None:
    outcome = only(added("physics parent=science GrpTRES=cpu=100 QosLevel=normal,high"))
    assert outcome == Outcome(RowChange(ACCOUNT, "add", "physics", PHYSICS, PHYSICS))
    assert not outcome.change.changes


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            "physics parent=science MaxJobs=6",
            "account 'physics' already exists, with MaxJobs=5",
            "slurmctl-rest account modify physics set MaxJobs=6",
        ),
        (
            "physics parent=science MaxJobs=-1",
            "account 'physics' already exists, with MaxJobs=5",
            "slurmctl-rest account modify physics set MaxJobs=-1",
        ),
        (
            "physics parent=science GrpTRES=-1",
            "account 'physics' already exists, with GrpTRES=cpu=100,mem=2G",
            "slurmctl-rest account modify physics set GrpTRES=-1",
        ),
        (
            "physics parent=root",
            "account 'physics' already exists, with Parent=science",
            "slurmctl-rest account modify physics set Parent=root",
        ),
    ],
)
def test_what_is_there_otherwise_is_a_conflict(words: str, message: str, hint: str) -> None:
    error = only(added(words)).error
    assert isinstance(error, Conflict)
    assert (error.message, error.hint) == (message, hint)


def test_an_account_of_another_cluster_keeps_its_texts() -> None:
    elsewhere = account(
        "optics", None, Cluster=None, Clusters=("jura",), Fairshare=None, Description="old",
        Coordinators=("bob",),
    )  # fmt: skip
    outcome = only(added("optics parent=science", [*TREE, elsewhere]))
    assert outcome.error is None
    assert outcome.change.before is None
    assert outcome.change.after == account(
        "optics", "science", Description="old", Organization="optics", Coordinators=("bob",),
        Clusters=(),
    )  # fmt: skip
    other = only(added("optics parent=science Desc=new", [*TREE, elsewhere]))
    assert isinstance(other.error, Conflict)


@pytest.mark.parametrize("parent", ["nosuch", "elsewhere"])
def test_a_parent_must_be_on_the_cluster(parent: str) -> None:
    elsewhere = account("elsewhere", None, Cluster=None, Clusters=("jura",))
    with pytest.raises(NotFound) as refused:
        added(f"optics parent={parent}", [*TREE, elsewhere])
    assert refused.value.message == f"parent account '{parent}' does not exist on cluster 'alps'"


def test_add_changes_the_qos_that_are_inherited() -> None:
    outcome = only(added("optics QosLevel+=high QosLevel-=normal"))
    assert outcome.change.new["QosLevel"] == ("+high", "-normal")


def test_add_changes_no_counts() -> None:
    with pytest.raises(UsageError) as refused:
        added("optics GrpTRES=cpu+=1")
    assert refused.value.message == ("GrpTRES accepts only '=' when the account is added")


def test_delete_says_what_goes_along() -> None:
    optics = account("optics", "physics")
    rows = [*TREE, optics]
    users = [association("physics", "alice"), association("optics", "bob")]
    dependents = [association("physics", None), association("optics", None, "physics"), *users]
    outcomes = accounts.delete([PHYSICS], dependents, rows, "alps")
    assert [(o.change.name, o.change.cascade_of, o.error) for o in outcomes] == [
        ("physics", "", None),
        ("optics", "physics", None),
        ("alice in physics", "physics", None),
        ("bob in optics", "physics", None),
    ]
    assert [o.change.needs_write for o in outcomes] == [True, False, False, False]
    assert all(o.change.changes for o in outcomes)
    assert outcomes[1].change.entity is ASSOCIATION


def test_a_row_in_a_partition_is_named_so() -> None:
    row = association("physics", "alice") | {"Partition": "gpu"}
    outcomes = accounts.delete([PHYSICS], [row], TREE, "alps")
    assert outcomes[1].change.name == "alice in physics (gpu)"


def test_root_stays_and_nothing_goes_along_with_it() -> None:
    outcomes = accounts.delete([ROOT], [association("science", None)], TREE, "alps")
    error = only(outcomes).error
    assert isinstance(error, Refused)
    assert (error.message, error.hint) == (
        "account 'root' is never deleted", "it is above all accounts",
    )  # fmt: skip


# --- other clusters


FAR = association("physics", "carol", Cluster="jura")
BOTH = {**PHYSICS, "Clusters": ("alps", "jura")}


def test_an_account_is_deleted_here_or_everywhere() -> None:
    dependents = [association("physics", None, "science"), association("physics", "alice"), FAR]
    here = accounts.delete([BOTH], dependents[:2], TREE, "alps")
    assert [(o.change.name, o.change.everywhere) for o in here] == [
        ("physics", False), ("alice in physics", False),
    ]  # fmt: skip
    everywhere = accounts.delete([BOTH], dependents, TREE, "alps", everywhere=True)
    assert [(o.change.name, o.change.cascade_of, o.error) for o in everywhere] == [
        ("physics", "", None),
        ("alice in physics", "physics", None),
        ("carol in physics on jura", "physics", None),
    ]
    assert everywhere[0].change.everywhere


@pytest.mark.parametrize(
    ("clusters", "everywhere", "refused"),
    [
        ((), False, False),
        ((), True, False),
        (("jura",), False, True),
        (("jura",), True, False),
    ],
    ids=["nowhere", "nowhere, everywhere", "elsewhere", "elsewhere, everywhere"],
)
def test_an_account_that_is_not_here(
    clusters: tuple[str, ...], everywhere: bool, refused: bool
) -> None:
    """One that has no association anywhere is removed itself."""
    row = account("far", None, Cluster=None, Clusters=clusters)
    error = only(accounts.delete([row], [], [*TREE, row], "alps", everywhere=everywhere)).error
    assert (error is not None) is refused
    if error is not None:
        assert (error.message, error.hint) == (
            "account 'far' has no association on cluster 'alps'",
            "slurmctl-rest account add far",
        )


def test_a_deletion_names_the_own_rows_of_all_below() -> None:
    """Slurm 24.11 would leave them, where only the account's row is named."""
    rows = [*TREE, account("optics", "physics"), account("lasers", "optics")]
    own = [association(str(r["Account"]), None, str(r["Parent"])) for r in rows]
    users = [association("optics", "bob"), association("lasers", "bob", Partition="gpu")]
    change = accounts.delete([PHYSICS], [*own[2:], *users], rows, "alps")[0].change
    assert change.companions == (own[3], own[4])


def together(*asked: str) -> list[Outcome]:
    """Plan accounts, each with a parent: `optics<physics`."""
    pairs = [one.split("<") for one in asked]
    return accounts.add({name: [assign(f"Parent={parent}")] for name, parent in pairs}, ALL, "alps")


ALL = [ROOT, account("science"), account("far", Cluster=None)]


def test_a_parent_among_those_that_are_added_comes_first() -> None:
    plan = together("c<b", "x<science", "d<b", "b<a", "a<root", "y<science")
    assert [o.change.name for o in plan] == ["x", "a", "y", "b", "c", "d"]
    assert [o.error for o in plan] == [None] * 6


def test_a_child_of_what_cannot_be_added_is_not_added() -> None:
    """`science` is there already and otherwise: what hangs from it can be added all the same."""
    other = [account("far", Cluster=None, Description="old")]
    asked = {
        "kid": [assign("Parent=far")],
        "far": [assign("Description=new")],
        "science": [assign("Parent=far")],
        "lab": [assign("Parent=science")],
    }
    plan = accounts.add(asked, [*ALL[:2], *other], "alps")
    assert [(o.change.name, type(o.error)) for o in plan] == [
        ("far", Conflict),
        ("science", Conflict),
        ("kid", NotFound),
        ("lab", type(None)),
    ]
    assert plan[2].error is not None
    assert (plan[2].error.message, plan[2].error.hint) == (
        "account 'kid': its parent 'far' cannot be added", "see the error of the parent",
    )  # fmt: skip


@pytest.mark.parametrize("asked", [("a<a",), ("a<b", "b<a"), ("x<a", "a<b", "b<c", "c<a")])
def test_accounts_below_each_other_are_refused(asked: tuple[str, ...]) -> None:
    with pytest.raises(Conflict) as refused:
        together(*asked)
    assert refused.value.message[:37] == "accounts would be below each other: a"


def test_a_parent_that_is_nowhere_is_refused() -> None:
    with pytest.raises(NotFound) as refused:
        together("a<b", "b<far")
    assert (refused.value.message, refused.value.hint) == (
        "parent account 'far' does not exist on cluster 'alps'",
        "slurmctl-rest account add far",
    )


def test_a_parent_of_this_cluster_is_near() -> None:
    rows = [association("optics", None, "root"), association("opticz", None, Cluster="jura")]
    hints = [tree.no_parent("opticz", "alps", rows).hint, tree.no_parent("a b", "alps", rows).hint]
    assert hints == ["did you mean optics?", "slurmctl-rest account add 'a b'"]


def test_a_branch_is_the_accounts_and_all_below_them() -> None:
    rows = [
        *(association(name, None, parent) for name, parent in (("art", "root"), ("oil", "art"))),
        association("zoo", None, "art", Cluster="jura"),
    ]
    assert accounts.branch(["art"], rows, "alps") == ["art", "oil"]
    assert accounts.branch(["art"], rows, "jura") == ["art", "zoo"]
    assert accounts.branch(["art"], rows, "") == ["art", "oil", "zoo"]
    assert accounts.branch(["oil", "zoo"], rows, "alps") == ["oil", "zoo"]


def test_what_stands_below_an_account_on_another_cluster_goes_with_all_clusters_alone() -> None:
    alps = [association(name, None, above) for name, above in (("art", "root"), ("zoo", "root"))]
    jura = [association("art", None, "root", Cluster="jura")]
    jura.append(association("zoo", None, "art", Cluster="jura"))

    def going(everywhere: bool) -> list[str]:
        rows = [*alps, *jura] if everywhere else alps
        art = account("art")
        plan = accounts.delete([art], rows, [*alps, *jura], "alps", everywhere=everywhere)
        return [o.change.name for o in plan if o.change.entity is ASSOCIATION]

    assert going(everywhere=False) == []
    assert going(everywhere=True) == ["zoo", "art on jura", "zoo on jura"]
