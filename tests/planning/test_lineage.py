"""Deletions that Slurm would carry further than it is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, USER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning import accounts, associations, lineage, users
from tests.support import account, association, user

OWN = association("a_c", None, "root")
KID = association("k_d", None, "a_c")
ALICE = association("a_c", "alice")
IN_GPU = association("zoo", "bob", Partition="gpu")
ALL: Sequence[Row] = [association("root", None), OWN, KID, ALICE, IN_GPU]
PLACED: Sequence[Row] = [{**row, "Lineage": None} for row in ALL]


def of_account(name: str, *dependents: Row) -> list[Outcome]:
    return accounts.delete([account(name, "root")], dependents, ALL, "alps")


def of_user(name: str) -> list[Outcome]:
    return users.delete([user(name)], [association("zoo", name)], "alps")


@pytest.mark.parametrize(
    ("plan", "steps"),
    [
        (of_account("a_c", OWN, KID, ALICE), {"a_c": ["a_c", "k_d"]}),
        (of_user("j_doe"), {"j_doe": ["0-j_doe"]}),
        (associations.delete([OWN], ALL, "alps"), {"a_c": ["a_c", "k_d"]}),
        (associations.delete([ALICE], [ALICE, association("zoo", "alice")], "alps"), {}),
        (of_account("root"), {}),
        ([Outcome(RowChange(USER, "modify", "j_doe", user("j_doe"), user("j_doe")))], {}),
    ],
    ids=["an account", "a user", "an account's own row", "a user's row", "refused", "no deletion"],
)
def test_steps_by_which_slurmdbd_searches(plan: list[Outcome], steps: dict[str, list[str]]) -> None:
    assert lineage.steps(plan) == steps


WILD = "it matches '_' with any character"


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (of_account("a_c"), "account 'a_c': {} account 'axc' with it (WILD)"),
        (of_account("b_c"), ""),
        (of_account("a_cc"), ""),
        (of_account("axc"), ""),
        (of_account("g_u"), "account 'g_u': {} partition 'gpu' with it (WILD)"),
        (of_account("gpu"), "account 'gpu': {} partition 'gpu' with it (they have the same name)"),
        (of_account("0-u.r"), "account '0-u.r': {} user 'u.r' with it (they have the same name)"),
        (of_account("0_u.r"), "account '0_u.r': {} user 'u.r' with it (WILD)"),
        (of_user("u_r"), "user 'u_r': {} user 'u.r' with it (WILD)"),
        (of_user("u.r"), ""),
        (of_user("alice"), ""),
        ([*of_account("a_c"), *of_account("axc")], ""),
    ],
)  # fmt: skip
def test_what_would_take_others_along_is_refused(plan: list[Outcome], said: str) -> None:
    found = lineage.kept_from(plan, ["a_c", "axc", "zoo"], ["alice", "u_r", "u.r"], PLACED)
    errors = [str(one.error) for one in found if one.error is not None]
    assert errors == (
        [said.format("Slurm would delete associations of").replace("WILD", WILD)] if said else []
    )
    assert all(one.error is None for one in plan)


@pytest.mark.parametrize(
    ("plan", "hint"),
    [
        (of_account("a_c"),
         "delete its associations instead (Slurm cannot delete it while the other exists): "
         "slurmctl-rest assoc delete where user=NAME account=NAME"),
        (of_user("u_r"),
         "rename the user to a name that no other resembles: sacctmgr modify user where "
         "name=u_r set newname=NAME; then: slurmctl-rest user delete NAME"),
    ],
    ids=["account", "user"],
)  # fmt: skip
def test_the_remedy_of_a_name_that_is_like_others(plan: list[Outcome], hint: str) -> None:
    (refused,) = lineage.kept_from(plan, ["AXC"], ["U.R"], PLACED[:1])
    assert refused.error is not None
    assert refused.error.hint == hint


@pytest.mark.parametrize("count", [10, 11])
def test_ten_names_are_shown(count: int) -> None:
    names = [f"a{letter}c" for letter in "bdefghijklm"[:count]]
    (refused,) = lineage.kept_from(of_account("a_c"), names, [], PLACED[:1])
    shown = ", ".join(f"account '{name}'" for name in names[:10])
    more = " and 1 more" if count > 10 else ""
    assert str(refused.error) == (
        f"account 'a_c': Slurm would delete associations of {shown}{more} with it ({WILD})"
    )


@pytest.mark.parametrize(
    ("step", "wild_of_account", "wild_of_user"),
    [("a_c", True, True), ("abc", False, False), ("0-alice", True, False)],
)
def test_steps_that_may_mean_others(step: str, wild_of_account: bool, wild_of_user: bool) -> None:
    changes = [of_account("abc")[0].change, of_user("alice")[0].change]
    assert [lineage.is_wild(step, change) for change in changes] == [wild_of_account, wild_of_user]


def test_what_goes_with_a_refused_deletion_stays() -> None:
    plan = of_account("a_c", OWN, KID, ALICE)
    assert len(plan) > 1
    (one,) = lineage.kept_from(plan, ["axc"], [], [])
    assert (one.change.entity, one.change.name) == (ACCOUNT, "a_c")


def test_a_partition_whose_associations_all_go_is_not_in_the_way() -> None:
    row = placed(association("gpu", "bob", Partition="gpu"), None)
    plan = of_account("gpu", association("gpu", None, "root"), row)
    assert lineage.kept_from(plan, [], [], [row]) == plan


def test_what_is_refused_is_not_taken_along_by_another() -> None:
    """`pxj` may not go, since `k_d` below it means `kxd`, too: so `p_j` would take it along."""
    tree = [association("pxj", None, "root"), association("k_d", None, "pxj")]
    rows = [account("p_j", "root"), account("pxj", "root")]
    plan = accounts.delete(rows, tree, tree, "alps")
    found = lineage.kept_from(plan, ["p_j", "pxj", "k_d", "kxd"], [], [])
    assert [str(one.error) for one in found] == [
        f"account 'pxj': Slurm would delete associations of account 'kxd' with it ({WILD})",
        f"account 'p_j': Slurm would delete associations of account 'pxj' with it ({WILD})",
    ]


def placed(row: Row, lineage: str | None) -> Row:
    return {**row, "Lineage": lineage}


@pytest.mark.parametrize(
    ("lineage_of_user", "said"),
    [
        ("/pbj/pxc/0-alice/", ""),
        (None, ""),
        ("/pba/pxc/0-alice/", "would delete association 'alice in pxc', which is not below it"),
    ],
)
def test_an_account_does_not_take_along_what_moved_away_from_it(
    lineage_of_user: str | None, said: str
) -> None:
    own = [association("pba", None, "root"), association("pbj", None, "root")]
    kid, alice = association("pxc", None, "pbj"), association("pxc", "alice")
    tree = [placed(own[0], "/pba/"), placed(own[1], "/pbj/"), placed(kid, "/pbj/pxc/")]
    rows = [*tree, placed(alice, lineage_of_user)]
    plan = accounts.delete([account("pba", "root")], own[:1], [*own, kid], "alps")
    found = lineage.kept_from(plan, [], [], rows)
    errors = [str(one.error) for one in found if one.error is not None]
    assert errors == ([f"account 'pba': Slurm {said}: {EARLIER}"] if said else [])
    elsewhere = [{**row, "Cluster": "jura"} for row in rows]
    assert lineage.kept_from(plan, [], [], elsewhere) == plan
    both = accounts.delete(
        [account("pba", "root"), account("pbj", "root")], [*own, kid, alice], [*own, kid], "alps"
    )
    assert lineage.kept_from(both, [], [], rows) == both


def test_an_account_does_not_leave_behind_what_moved_below_it() -> None:
    own, alice = association("pbj", None, "root"), association("pbj", "alice")
    plan = accounts.delete([account("pbj", "root")], [own, alice], [own], "alps")
    right, wrong = placed(alice, "/pbj/0-alice/"), placed(alice, "/pba/0-alice/")
    assert lineage.kept_from(plan, [], [], [placed(own, "/pbj/"), right]) == plan
    (refused,) = lineage.kept_from(plan, [], [], [placed(own, "/pbj/"), wrong])
    assert str(refused.error) == (
        "account 'pbj': Slurm would leave association 'alice in pbj', which is below it: " + EARLIER
    )


EARLIER = "the lineage is outdated"


def test_what_stands_below_by_the_tree_and_not_by_its_lineage_is_not_left_without_parents() -> None:
    """sacctmgr and slurmrestd are given the name of the account alone."""
    lx, lb = association("lx", None, "root"), association("lb", None, "lx")
    lc, user_row = association("lc", None, "lb"), association("lc", "alice", Partition="gpu")
    tree = [lx, lb, lc, user_row]
    stale = [placed(lx, "/lx/"), placed(lb, "/lx/lb/"), placed(lc, "/lx/lb/lc/")]
    stale.append(placed(user_row, "/la/lb/lc/0-alice/gpu/"))
    plan = accounts.delete([account("lx", "root")], tree, tree, "alps")
    (refused,) = lineage.kept_from(plan, [], [], stale)
    assert str(refused.error) == (
        "account 'lx': Slurm would leave association 'alice in lc (gpu)', which is below it: "
        + EARLIER
    )
    both = accounts.delete([account("lx", "root"), account("lb", "lx")], tree, tree, "alps")
    assert lineage.kept_from(both, [], [], stale) == both
    there_too = account("lx", "root", Clusters=("alps", "jura"))
    plan = accounts.delete([there_too], tree, tree, "alps")  # its accounts below are named, too
    assert lineage.kept_from(plan, [], [], stale) == plan


def test_a_lineage_of_an_earlier_tree_says_what_shows_it() -> None:
    left = {**association("zoo", "alice"), "Lineage": "/a_c/0-alice/"}
    (refused,) = lineage.kept_from(of_account("a_c"), [], [], [left])
    assert refused.error is not None
    assert (refused.error.message, refused.error.hint) == (
        "account 'a_c': Slurm would delete association 'alice in zoo', which is not below it: the "
        "lineage is outdated",
        "repair it after docs/deleting.md; "
        "sacctmgr show assoc format=account,user,lineage shows it",
    )
