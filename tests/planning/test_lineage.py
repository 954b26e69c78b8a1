"""Deletions that Slurm would carry further than it is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from slurmctl_rest.model.entities import ACCOUNT, USER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning import Outcome, RowChange, accounts, associations, lineage, users
from tests.support import account, association, user

OWN = association("a_c", None, "root")
KID = association("k_d", None, "a_c")
ALICE = association("a_c", "alice")
IN_GPU = association("zoo", "bob", Partition="gpu")
ALL: Sequence[Row] = [association("root", None), OWN, KID, ALICE, IN_GPU]


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


WILD = "to it, '_' is any character"


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (of_account("a_c"), "account 'a_c': {} account 'axc' with it (WILD)"),
        (of_account("b_c"), ""),
        (of_account("a_cc"), ""),
        (of_account("axc"), ""),
        (of_account("g_u"), "account 'g_u': {} partition 'gpu' with it (WILD)"),
        (of_account("gpu"), "account 'gpu': {} partition 'gpu' with it (they have one name)"),
        (of_account("0-u.r"), "account '0-u.r': {} user 'u.r' with it (they have one name)"),
        (of_account("0_u.r"), "account '0_u.r': {} user 'u.r' with it (WILD)"),
        (of_user("u_r"), "user 'u_r': {} user 'u.r' with it (WILD)"),
        (of_user("u.r"), ""),
        (of_user("alice"), ""),
        ([*of_account("a_c"), *of_account("axc")], ""),
    ],
)  # fmt: skip
def test_what_would_take_others_along_is_refused(plan: list[Outcome], said: str) -> None:
    found = lineage.kept_from(plan, ["a_c", "axc", "zoo"], ["alice", "u_r", "u.r"], ALL)
    errors = [str(one.error) for one in found if one.error is not None]
    assert errors == (
        [said.format("Slurm would delete associations of").replace("WILD", WILD)] if said else []
    )
    assert all(one.error is None for one in plan)


def test_what_goes_with_a_refused_deletion_stays() -> None:
    plan = of_account("a_c", OWN, KID, ALICE)
    assert len(plan) > 1
    (one,) = lineage.kept_from(plan, ["axc"], [], [])
    assert (one.change.entity, one.change.name) == (ACCOUNT, "a_c")


def test_a_partition_whose_associations_all_go_is_not_in_the_way() -> None:
    row = association("gpu", "bob", Partition="gpu")
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
