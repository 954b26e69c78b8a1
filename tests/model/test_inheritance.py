"""What holds at an account in the end, and where each inherited limit comes from."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import Effective, effective
from tests.strategies import account_rows
from tests.support import account, association


def in_force(rows: Iterable[Row]) -> dict[str, Effective]:
    """Return what holds, by the account's name: all are on one cluster."""
    found = effective(ACCOUNT, rows)
    assert {(cluster, *rest) for cluster, _, *rest in found} == {("alps", "", "")}
    return {account_: one for (_, account_, _, _), one in found.items()}


def test_unset_limits_come_from_the_nearest_account_that_sets_them() -> None:
    rows = [
        account("optics", "physics"),
        account("root", None, MaxJobs=9, MaxWall=60, GrpJobs=7, DefaultQOS="normal"),
        account("physics", "root", MaxJobs=5),
    ]
    found = in_force(rows)
    assert list(found) == ["optics", "root", "physics"]
    assert found["root"].row == rows[1]
    assert found["root"].inherited == {}
    assert found["physics"].row == {**rows[2], "MaxWall": 60, "DefaultQOS": "normal"}
    assert {k: v for k, v in found["physics"].inherited.items() if k != "QosLevel"} == {
        "MaxWall": "root",
        "DefaultQOS": "root",
    }
    assert found["optics"].row == {**rows[0], "MaxJobs": 5, "MaxWall": 60, "DefaultQOS": "normal"}
    assert {k: v for k, v in found["optics"].inherited.items() if k != "QosLevel"} == {
        "MaxJobs": "physics",
        "MaxWall": "root",
        "DefaultQOS": "root",
    }


def test_zero_is_a_limit_of_its_own() -> None:
    rows = [account("root", None, MaxJobs=9), account("a", MaxJobs=0)]
    assert in_force(rows)["a"].row["MaxJobs"] == 0


def test_tres_are_inherited_one_by_one_and_grp_tres_not_at_all() -> None:
    rows = [
        account("root", None, MaxTRES={"cpu": 1, "mem": 2}, GrpTRES={"cpu": 7}),
        account("a", MaxTRES={"cpu": 3, "node": 4}),
        account("b", "a", MaxTRES={"node": 5}),
    ]
    found = in_force(rows)
    assert found["a"].row["MaxTRES"] == {"cpu": 3, "node": 4, "mem": 2}
    assert found["a"].inherited["MaxTRES"] == {"mem": "root"}
    assert found["b"].row["MaxTRES"] == {"node": 5, "cpu": 3, "mem": 2}
    assert found["b"].inherited["MaxTRES"] == {"cpu": "a", "mem": "root"}
    assert found["b"].row["GrpTRES"] == {}


def test_qos_lists_and_changes_to_them() -> None:
    rows = [
        account("root", None, QosLevel=("normal",)),
        account("a", QosLevel=("+high",)),
        account("b", "a", QosLevel=("-normal",)),
        account("c", "b", QosLevel=("low",)),
        account("d", "b"),
    ]
    found = in_force(rows)
    assert {name: one.row["QosLevel"] for name, one in found.items()} == {
        "root": ("normal",),
        "a": ("high", "normal"),
        "b": ("high",),
        "c": ("low",),
        "d": ("high",),
    }
    assert "QosLevel" in found["a"].inherited
    assert "QosLevel" not in found["c"].inherited


def test_what_is_inherited_as_a_whole_is_shared() -> None:
    """Writers remember what they make of a value by the object that it is."""
    root = account("root", None, MaxTRES={"cpu": 1}, QosLevel=("high", "normal"), DefaultQOS="high")
    found = in_force([root, account("a"), account("b", "a")])
    for name in ("MaxTRES", "QosLevel", "DefaultQOS"):
        assert found["b"].row[name] is root[name]


def test_nothing_is_inherited_where_nothing_is_above() -> None:
    rows = [account("root", None), account("a")]
    assert in_force(rows)["a"].inherited == {}


def test_changes_to_an_empty_set_are_applied_too() -> None:
    found = in_force([account("root", None), account("a", QosLevel=("+high", "-low"))])
    assert found["a"].row["QosLevel"] == ("high",)


def test_a_parent_that_is_not_there_or_a_loop_ends_the_search() -> None:
    rows = [account("a", "b", MaxJobs=1), account("b", "a"), account("c", "gone")]
    found = in_force(rows)
    assert found["c"].row == rows[2]
    assert (found["a"].row["MaxJobs"], found["b"].row["MaxJobs"]) == (1, None)


def test_a_very_deep_tree() -> None:
    rows: list[Row] = [account("root", None, MaxJobs=1)]
    for number in range(3000):
        rows.append(account(f"a{number}", str(rows[-1]["Account"])))
    found = in_force(reversed(rows))
    assert found["a2999"].inherited["MaxJobs"] == "root"


@settings(max_examples=25)
@given(above=account_rows("root"), row=account_rows("a"))
def test_own_limits_are_never_changed_by_what_is_above(above: Row, row: Row) -> None:
    found = in_force([row, {**above, "Parent": None}])["a"]
    for field in ACCOUNT.fields:
        own, result = row[field.name], found.row[field.name]
        if field.name not in found.inherited:
            assert result == own
        elif isinstance(own, dict):
            assert isinstance(result, dict)
            assert own.items() <= result.items()
        else:
            assert field.inherits
            assert own is None or field.name == "QosLevel"


@given(st.permutations(["root", "a", "b", "c"]))
def test_the_order_of_rows_does_not_matter(order: list[str]) -> None:
    rows = {
        "root": account("root", None, MaxJobs=1, QosLevel=("normal",)),
        "a": account("a", MaxTRES={"cpu": 1}),
        "b": account("b", "a", MaxWall=5),
        "c": account("c", "b", QosLevel=("+high",)),
    }
    found = in_force([rows[name] for name in order])
    assert list(found) == order
    assert found["c"].row == {
        **rows["c"],
        "MaxJobs": 1,
        "MaxTRES": {"cpu": 1},
        "MaxWall": 5,
        "QosLevel": ("high", "normal"),
    }


def test_users_inherit_from_their_account_and_that_one_from_its_parent() -> None:
    root = association("root", None, MaxJobs=9, MaxTRES={"cpu": 1}, QosLevel=("normal",))
    physics = association("physics", None, "root", MaxWall=60, GrpJobs=3, QosLevel=("+high",))
    alice = association("physics", "alice", MaxTRES={"mem": 5}, QosLevel=("-normal",))
    gpu = association("physics", "alice", Partition="gpu", MaxJobs=1, QosLevel=("low",))
    found = effective(ASSOCIATION, [gpu, alice, physics, root])
    assert list(found) == [
        ("alps", "physics", "alice", "gpu"),
        ("alps", "physics", "alice", ""),
        ("alps", "physics", "", ""),
        ("alps", "root", "", ""),
    ]
    one = found[AssociationKey("alps", "physics", "alice")]
    assert one.row == {
        **alice, "MaxJobs": 9, "MaxWall": 60, "MaxTRES": {"cpu": 1, "mem": 5},
        "QosLevel": ("high",),
    }  # fmt: skip
    assert one.inherited["MaxJobs"] == "root"
    assert one.inherited["MaxWall"] == "physics"
    assert one.inherited["MaxTRES"] == {"cpu": "root"}
    other = found[AssociationKey("alps", "physics", "alice", "gpu")]
    assert other.row == {**gpu, "MaxWall": 60, "MaxTRES": {"cpu": 1}}
    assert set(other.inherited) == {"MaxWall", "MaxTRES"}


def test_the_same_account_of_two_clusters_is_two_accounts() -> None:
    rows = [
        account("root", None, MaxJobs=1),
        account("a"),
        account("root", None, MaxJobs=2, Cluster="jura"),
        account("a", Cluster="jura"),
    ]
    found = effective(ACCOUNT, rows)
    assert found[AssociationKey("alps", "a")].row["MaxJobs"] == 1
    assert found[AssociationKey("jura", "a")].row["MaxJobs"] == 2
