"""Which records a list means, and which belong together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr import list_rows
from slurmctl_rest.sacctmgr.list_requests import ListRequest


def wanted(noun: str, *switches: str, **where: Sequence[str]) -> ListRequest:
    return ListRequest(
        noun, {name: tuple(names) for name, names in where.items()}, frozenset(switches)
    )


def association(account: str, user: str = "", **more: Value) -> Row:
    lineage = more.pop("lineage", "")
    return {
        "Cluster": "alps",
        "Account": account,
        "User": user or None,
        "Partition": None,
        "Parent": None,
        "Lineage": lineage,
        "Default": False,
        **more,
    }


ACCOUNTS: list[Row] = [
    {"Account": "chem", "Description": "Chemistry", "Organization": "uni", "AccountFlags": ()},
    {
        "Account": "bio",
        "Description": "x ",
        "Organization": "uni",
        "AccountFlags": ("UsersAreCoords",),
    },
]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ({}, ["chem", "bio"]),
        ({"Account": ["CHEM ", "nosuch"]}, ["chem"]),
        ({"Description": ["chemistry", "x"]}, ["chem", "bio"]),
        ({"Organization": ["uni"], "Account": ["bio"]}, ["bio"]),
        ({"Account": [""]}, []),
        ({"Flags": ["users"]}, ["bio"]),
        ({"Flags": ["nousersarecoords"]}, ["chem"]),
        ({"Flags": ["deleted", ""]}, ["chem", "bio"]),
        ({"Flags": ["nosuch"]}, ["bio"]),
    ],
)
def test_accounts(where: dict[str, list[str]], names: list[str]) -> None:
    found = list_rows.meant_accounts(ACCOUNTS, wanted("account", **where))
    assert [row["Account"] for row in found] == names


def test_users() -> None:
    some: list[Row] = [
        {"User": "alice", "AdminLevel": "None"},
        {"User": "bob", "AdminLevel": "Operator"},
    ]
    for level, names in (("None", "alice"), ("Operator", "bob"), ("Administrator", "")):
        found = list_rows.meant_users(some, wanted("user", AdminLevel=[level]))
        assert [row["User"] for row in found] == names.split(), level
    assert list_rows.meant_users(some, wanted("user", User=["BOB"])) == [some[1]]


def test_associations_of_subaccounts_are_meant_where_the_switch_says_so() -> None:
    some = [association("science"), association("chem", "alice")]
    means = wanted("association", Account=["science"])
    assert [row["Account"] for row in list_rows.meant_associations(some, means)] == ["science"]
    means = wanted("association", "WithSubAccounts", Account=["science"])
    assert [row["Account"] for row in list_rows.meant_associations(some, means)] == [
        "science",
        "chem",
    ]


def test_without_parent_info_no_parent_is_shown() -> None:
    some = [association("chem", Parent="science")]
    (found,) = list_rows.meant_associations(some, wanted("association", "WOPInfo"))
    assert found["Parent"] is None


def test_each_association_has_what_its_object_tells_and_none_is_left_out() -> None:
    objects: list[Row] = [{"Account": "bio", "Descr": "b"}, {"Account": "chem", "Descr": "c"}]
    own: list[Row] = [{"Account": "chem", "User": None}, {"Account": "chem", "User": "alice"}]
    assert list(list_rows.with_associations(objects, own, "Account")) == [
        {"Account": "bio", "Descr": "b"},
        {"Account": "chem", "User": None, "Descr": "c"},
        {"Account": "chem", "User": "alice", "Descr": "c"},
    ]


def test_the_default_account_is_that_of_the_cluster_or_the_one_before() -> None:
    own = [
        association("multi", "eve", Cluster="beta", Default=True),
        association("proj", "eve"),
        association("science", "eve", Default=True),
        association("other", "eve", Cluster="zeta"),
        association("chem", "alice"),
    ]
    found = [row["DefaultAccount"] for row in list_rows.with_shown_defaults(own)]
    assert found == ["multi", "science", "science", "science", None]
    users: list[Row] = [{"User": "eve"}, {"User": "alice"}]
    assert list_rows.with_defaults(users, own) == [
        {"User": "eve", "DefaultAccount": "multi"},
        {"User": "alice", "DefaultAccount": None},
    ]


def test_a_default_wckey_is_shown_where_the_user_has_it_on_the_cluster() -> None:
    user: Row = {"User": "a", "DefaultWCKey": "k", "WCKeysByCluster": ("alps/k", "beta/l")}
    shown = {
        clusters: list_rows.with_default_wckeys([user], clusters)[0]["DefaultWCKey"]
        for clusters in (None, ("alps",), ("beta",), ())
    }
    assert shown == {None: "k", ("alps",): "k", ("beta",): None, (): None}


def test_associations_are_in_the_order_of_their_lineage_byte_by_byte() -> None:
    names = ["/_x/", "/Z/", "/0-alice/", "/a/", "/0z/"]
    some = [association("x", lineage=name) for name in names]
    some.append(association("x", lineage="/a/", Cluster="aaa"))
    found = [(row["Cluster"], row["Lineage"]) for row in list_rows.by_lineage(some)]
    assert found == [
        ("aaa", "/a/"),
        *(("alps", name) for name in ["/0-alice/", "/0z/", "/Z/", "/_x/", "/a/"]),
    ]


def test_a_tree_counts_the_listed_accounts_directly_above() -> None:
    some = [
        association("root"),
        association("root", "root"),
        association("science", Parent="root"),
        association("chem", Parent="science"),
        association("chem", "alice"),
        association("lone", Parent="nosuch"),
        association("lone", "bob"),
        association("chem", "carol", Cluster="beta"),
    ]
    assert [row["Account"] for row in list_rows.as_tree(some)] == [
        *("root", " root", " science", "  chem", "   chem", "lone", " lone", "chem"),
    ]


def test_numbers_of_parents_come_from_accounts_own_rows() -> None:
    own = [
        association("root", ID=1),
        association("science", ID=7),
        association("chem", ID=9),
    ]
    some = [
        association("root", lineage="/"),
        association("science", lineage="/science/"),
        association("chem", lineage="/science/chem/"),
        association("chem", "alice", lineage="/science/chem/0-alice/"),
    ]
    found = [row["ParentID"] for row in list_rows.with_parent_numbers(some, own)]
    assert found == ["0", "1", "7", "9"]


def test_raw_qos_are_numbers_sorted_as_texts() -> None:
    some = [association("chem", QosLevel=("high", "low", "normal"))]
    (found,) = list_rows.with_qos_numbers(some, {"normal": "1", "low": "4", "high": "10"})
    assert found["QOS_RAW"] == "1,10,4"


def test_qos_that_are_named_come_by_name() -> None:
    some: list[Row] = [
        {"Name": "normal", "ID": 1, "PreemptMode": "cluster"},
        {"Name": "low", "ID": 2, "PreemptMode": "requeue"},
    ]

    def names(**where: list[str]) -> list[object]:
        return [row["Name"] for row in list_rows.meant_qos(some, where)]

    assert names() == ["normal", "low"]
    assert names(Name=["normal", "low"]) == ["low", "normal"]
    assert names(ID=["1"]) == ["normal"]
    assert names(PreemptMode=["off"]) == ["normal"]
    assert names(PreemptMode=["requeue", "cancel"]) == ["low"]
    assert names(PreemptMode=[""]) == ["normal", "low"]
    with pytest.raises(Unsupported, match="slurmrestd does not tell PreemptMode=within"):
        names(PreemptMode=["within"])  # it shows `within,requeue` as REQUEUE
    del some[1]
    assert names(PreemptMode=["within"]) == []


def test_clusters_come_with_the_association_of_their_root() -> None:
    some: list[Row] = [
        {"Cluster": "alps", "RPC": 11, "ClusterFlags": ("MultipleSlurmd",)},
        {"Cluster": "beta", "RPC": 0, "ClusterFlags": ()},
    ]
    roots = [association("root", ID=1)]
    found = list_rows.meant_clusters(some, roots, wanted("cluster"))
    assert [(row["Cluster"], row.get("Account")) for row in found] == [
        ("alps", "root"),
        ("beta", None),
    ]

    def names(**where: list[str]) -> list[object]:
        return [
            row["Cluster"]
            for row in list_rows.meant_clusters(some, roots, wanted("cluster", **where))
        ]

    assert names(Cluster=["beta"]) == ["beta"]
    assert names(RPC=["a"]) == ["beta"]
    assert names(Flags=["multipleslurmd"]) == ["alps"]
    assert names(Flags=[""]) == []


def test_tres() -> None:
    some: list[Row] = [
        {"Type": "cpu", "Name": "", "ID": 1},
        {"Type": "dynamic_offset", "Name": "", "ID": 1000},
        {"Type": "gres", "Name": "gpu", "ID": 1001},
    ]

    def found(*switches: str, **where: list[str]) -> list[object]:
        return [row["ID"] for row in list_rows.meant_tres(some, wanted("tres", *switches, **where))]

    assert found() == [1, 1001]
    assert found("WithDeleted") == [1, 1000, 1001]
    assert found(Type=["gres/gpu", "cpu"]) == [1, 1001]
    assert found(Type=["gres"], Name=["gpu"]) == [1001]
    assert found(Name=[""]) == [1]
    assert found(ID=["1001"]) == [1001]


def test_wckeys_come_by_the_clusters_that_are_named() -> None:
    some: list[Row] = [
        {"WCKey": "k", "Cluster": "beta", "User": "a", "ID": 1},
        {"WCKey": "k", "Cluster": "zeta", "User": "a", "ID": 1},
    ]
    found = list_rows.meant_wckeys(some, wanted("wckey", Cluster=["zeta", "beta"], WCKey=["K"]))
    assert [row["Cluster"] for row in found] == ["zeta", "beta"]


def test_texts_fit_and_are_sorted_without_case_and_accents() -> None:
    rows: list[Row] = [{"Name": name} for name in ("zof", "Zoë", "éa", "e1")]
    found = list_rows.meant_qos(rows, {"Name": ["zof", "zoe ", "ea", "e1"]})
    assert [row["Name"] for row in found] == ["e1", "éa", "Zoë", "zof"]
