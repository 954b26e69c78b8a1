"""Requests for users and their associations, whole."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.unsupported import unsupported_reason
from slurmctl_rest.backends.rest.writes import writes
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.versions import KNOWN, V43, ApiVersion
from slurmctl_rest.planning import associations, users
from slurmctl_rest.planning.users import UserAddition, UserModification
from tests.backends.changes import added, gone
from tests.models import slurmrestd_adds, slurmrestd_applies
from tests.strategies import (
    AVAILABLE,
    any_changes,
    association_modifications,
    members,
    user_additions,
)
from tests.support import alike, assign, association, only, user

PLACE = "/slurmdb/v0.0.43"
SEVEN = {
    "total": [],
    "group": {"minutes": [], "active": []},
    "per": {"job": [], "node": []},
    "minutes": {"per": {"job": []}, "total": []},
}


def bodies(changes: list[RowChange]) -> list[Json]:
    found = writes(changes, V43)
    assert {(r.method, r.path) for r in found} == {("POST", f"{PLACE}/users_association/")}
    return [request.body for request in found]


# --- add


def test_new_users_whole() -> None:
    changes = added(["alice", "bob"], ["art", "zoo"], [None], "MaxJobs=5", "GrpTRES=cpu=3")
    request = only(writes(changes, V43))
    assert (request.method, request.path) == ("POST", f"{PLACE}/users_association/")
    assert request.body == {
        "association_condition": {
            "users": ["alice", "bob"],
            "accounts": ["art", "zoo"],
            "clusters": ["alps"],
            "association": {
                "fairshare": 1,
                "grptres": [{"type": "cpu", "name": "", "count": 3}],
                "maxjobs": {"set": True, "infinite": False, "number": 5},
            },
        },
        "user": {"defaultaccount": "art"},
    }
    assert {id(c) for c in request.changes} == {id(c) for c in changes}


def test_a_level_and_partitions() -> None:
    (body,) = bodies(added(["alice"], ["art"], ["gpu", "long"], "AdminLevel=Operator"))
    assert body["user"] == {"adminlevel": ["Operator"], "defaultaccount": "art"}
    assert body["association_condition"]["partitions"] == ["gpu", "long"]


def test_several_users_do_not_come_into_partitions_at_once() -> None:
    """slurmdbd would give all but the first another default account."""
    found = bodies(added(["alice", "bob"], ["art"], ["gpu"]))
    assert [body["association_condition"]["users"] for body in found] == [["alice"], ["bob"]]


def test_users_of_different_default_accounts_go_apart() -> None:
    changes = added(["alice"], ["art", "zoo"], [None]) + added(["bob"], ["zoo", "art"], [None])
    found = bodies(changes)
    assert [(b["association_condition"]["users"], b["user"]) for b in found] == [
        (["alice"], {"defaultaccount": "art"}),
        (["bob"], {"defaultaccount": "zoo"}),
    ]


def test_known_users_send_an_empty_user() -> None:
    change = RowChange(ASSOCIATION, "add", "x", None, association("art", "alice", MaxJobs=1))
    (body,) = bodies([change])
    assert body["user"] == {}


def test_a_default_account_travels_with_the_first_association_here() -> None:
    there = user("alice", None, Clusters=("jura",))
    plan = users.add([UserAddition(["alice"], ["art"], [None], [])], [there], AVAILABLE, "alps")
    (body,) = bodies([outcome.change for outcome in plan])
    assert body["user"] == {"defaultaccount": "art"}


@given(changes=user_additions(), version=st.sampled_from(KNOWN))
def test_what_is_added_is_exactly_what_was_planned(
    changes: list[RowChange], version: ApiVersion
) -> None:
    planned = {association_key(c.after or {}): c.after for c in changes if c.entity is ASSOCIATION}
    found: dict[tuple[str, ...], object] = {}
    records: dict[str, object] = {}
    for request in writes(changes, version):
        condition = request.body["association_condition"]
        assert condition["clusters"] == ["alps"]
        partitions = condition.get("partitions") or [None]
        assert "" not in partitions
        product = itertools.product(condition["accounts"], condition["users"], partitions)
        for account_, name, partition in product:
            row = associations.new_row("alps", account_, name, partition)
            assert association_key(row) not in found
            found[association_key(row)] = slurmrestd_adds(row, condition["association"])
            records[name] = request.body["user"]
    assert found == planned
    for change in changes:
        if change.entity is USER:
            sent = records[change.name]
            assert isinstance(sent, dict)
            after = change.after or {}
            assert sent["defaultaccount"] == after["DefaultAccount"]
            assert sent.get("adminlevel", ["None"]) == [after["AdminLevel"]]


# --- modify


@given(change=association_modifications(), version=st.sampled_from(KNOWN))
def test_slurmrestd_makes_of_the_body_what_was_planned(
    change: RowChange, version: ApiVersion
) -> None:
    assert change.before is not None
    try:
        found = writes([change], version)
    except Unsupported as error:
        lacking = f"API {version} of slurmrestd cannot set " in error.message
        assert lacking or "QosLevel" in error.message  # noqa: PT017
        return
    if not change.changes:
        assert found == []
        return
    request = only(found)
    item = only(request.body["associations"])
    assert (item["user"], item["partition"]) == ("alice", change.before["Partition"] or "")
    assert "parent_account" not in item
    assert slurmrestd_applies(change.before, item) == change.after


def test_rows_of_users_and_of_accounts_in_one_request() -> None:
    rows = [association("art", None, "root"), association("art", "alice", Partition="gpu")]
    plan = associations.modify(
        ASSOCIATION,
        alike(rows, [assign("MaxJobs=-1", ASSOCIATION), assign("Fairshare=parent")]),
        [*AVAILABLE, *rows],
        "alps",
    )
    request = only(writes([o.change for o in plan], V43))
    assert request.path == f"{PLACE}/associations/"
    assert request.body == {
        "associations": [
            {
                "account": "art", "cluster": "alps", "partition": partition, "user": name,
                "shares_raw": 2147483647, "max": {"tres": SEVEN}, "qos": [],
            }
            for name, partition in (("", ""), ("alice", "gpu"))
        ]
    }  # fmt: skip


def test_levels_whole() -> None:
    changes = [
        RowChange(USER, "modify", name, user(name), user(name, AdminLevel=level))
        for name, level in (("alice", "Operator"), ("bob", "Administrator"))
    ]
    assert only(writes(changes, V43)) == Request(
        "POST",
        f"{PLACE}/users/",
        body={
            "users": [
                {"name": "alice", "administrator_level": ["Operator"]},
                {"name": "bob", "administrator_level": ["Administrator"]},
            ]
        },
        changes=tuple(changes),
    )


def test_a_default_account_marks_all_rows_of_it_and_loses_nothing_of_them() -> None:
    rows = [
        association("art", "alice", GrpTRES={"cpu": 4}, MaxJobs=3, QosLevel=("high",)),
        association("art", "alice", Partition="gpu", MaxTRESMins={"gres/gpu": 5}),
    ]
    there = user("alice", Accounts=("art", "physics"))
    asked = [assign("DefaultAccount=art", USER_WITH_LIMITS)]
    plan = users.modify_users([UserModification([there], [], asked)], [*AVAILABLE, *rows], "alps")
    request = only(writes([o.change for o in plan], V43))
    assert request.path == f"{PLACE}/associations/"
    place = {"account": "art", "cluster": "alps", "user": "alice", "is_default": True, "qos": []}
    assert request.body == {
        "associations": [
            {
                **place, "partition": "",
                "max": {"tres": {**SEVEN, "total": [{"type": "cpu", "name": "", "count": 4}]}},
            },
            {
                **place, "partition": "gpu",
                "max": {"tres": {**SEVEN, "minutes": {
                    "per": {"job": [{"type": "gres", "name": "gpu", "count": 5}]}, "total": [],
                }}},
            },
        ]
    }  # fmt: skip
    for row, item in zip(rows, request.body["associations"], strict=True):
        assert slurmrestd_applies(row, item) == row


def test_a_default_account_that_stays_marks_what_is_told_after_it_was_added() -> None:
    there, row = user("alice"), association("physics", "alice", Partition="gpu", MaxJobs=3)
    changes = [
        RowChange(USER, "modify", "alice", there, there, companions=(row,), marks=True),
        RowChange(ASSOCIATION, "add", "alice in physics (gpu)", None, row),
    ]
    added, mark = writes(changes, V43)
    assert added.path == f"{PLACE}/users_association/"
    place = {"account": "physics", "cluster": "alps", "user": "alice", "partition": "gpu"}
    item = {**place, "is_default": True, "qos": [], "max": {"tres": SEVEN}}
    assert (mark.path, mark.body) == (f"{PLACE}/associations/", {"associations": [item]})
    assert mark.changes == (changes[0],)


def test_a_default_account_with_a_count_that_slurmrestd_would_cut_is_refused() -> None:
    row = association("art", "alice", GrpTRES={"cpu": 2**63})
    before = user("alice")
    change = RowChange(
        USER, "modify", "alice", before, {**before, "DefaultAccount": "art"}, companions=(row,)
    )
    with pytest.raises(Unsupported) as refused:
        writes([change], V43)
    assert refused.value.message == (
        f"user 'alice': slurmrestd cannot store its GrpTRES=cpu={2**63}"
    )


@pytest.mark.parametrize(
    ("row", "token", "words"),
    [
        (association("a", "b"), "qos+=high", "cannot change an inherited QosLevel with += or -="),
        (association("a", "b"), "qos-=low", "cannot change an inherited QosLevel with += or -="),
        (
            association("a", "b", QosLevel=("high",)), "qos=",
            "cannot restore the inheritance of QosLevel",
        ),
    ],
)  # fmt: skip
def test_changes_to_inherited_qos_are_refused(row: Row, token: str, words: str) -> None:
    plan = associations.modify(
        ASSOCIATION, alike([row], [assign(token, ASSOCIATION)]), [row], "alps"
    )
    with pytest.raises(Unsupported) as refused:
        writes([only(plan).change], V43)
    assert refused.value.message == f"association 'b in a': slurmrestd {words}"


# --- delete


def test_a_comment_is_no_reason_against_a_deletion() -> None:
    row = {**association("a", "b"), "Comment": "away"}
    delete = RowChange(ASSOCIATION, "delete", "b in a", row, None)
    assert unsupported_reason(delete, V43) is None
    cleared = RowChange(ASSOCIATION, "modify", "b in a", row, {**row, "Comment": None})
    refused = unsupported_reason(cleared, V43)
    assert refused is not None
    assert "cannot change a Comment" in refused.message


@pytest.mark.parametrize(
    ("changes", "queries"),
    [
        (
            [gone(association("art", "alice"))],
            [{"account": "art", "cluster": "alps", "partition": " ", "user": "alice"}],
        ),
        (
            [gone(association("art", name, Partition="gpu")) for name in ("alice", "bob")],
            [{"account": "art", "cluster": "alps", "partition": "gpu", "user": "alice,bob"}],
        ),
        (
            [gone(association("art", "alice")), gone(association("art", "alice", Partition="x"))],
            [{"account": "art", "cluster": "alps", "partition": " ", "user": "alice"},
             {"account": "art", "cluster": "alps", "partition": "x", "user": "alice"}],
        ),
        (
            [gone(association("art", None), association("ink", None))],
            [{"account": "art,ink", "cluster": "alps"}],
        ),
        (
            [gone(association("art", "al", Cluster="jura")), gone(association("art", "al"))],
            [{"account": "art", "cluster": "jura", "partition": " ", "user": "al"},
             {"account": "art", "cluster": "alps", "partition": " ", "user": "al"}],
        ),
    ],
    ids=["a row for all", "a block", "both", "an account's own and below", "clusters apart"],
)  # fmt: skip
def test_rows_are_deleted_by_all_that_names_them(
    changes: list[RowChange], queries: list[dict[str, str]]
) -> None:
    found = writes(changes, V43)
    assert [request.query for request in found] == queries
    assert {(r.method, r.path, str(r.body)) for r in found} == {
        ("DELETE", f"{PLACE}/associations/", "None")
    }
    assert {id(c) for r in found for c in r.changes} == {id(c) for c in changes}


@pytest.mark.parametrize(
    ("clusters", "everywhere", "path", "query"),
    [
        (("alps",), False, "user/alice", {}),
        ((), False, "user/alice", {}),
        (("alps", "jura"), False, "associations/", {"cluster": "alps", "user": "alice"}),
        (("alps", "jura"), True, "user/alice", {}),
        (("jura",), True, "user/alice", {}),
    ],
)
def test_a_user_is_deleted_here_or_everywhere(
    clusters: tuple[str, ...], everywhere: bool, path: str, query: dict[str, str]
) -> None:
    there = user("alice", "art" if "alps" in clusters else None, Clusters=clusters)
    change = RowChange(USER, "delete", "alice", there, None, everywhere=everywhere)
    assert only(writes([change], V43)) == Request(
        "DELETE", f"{PLACE}/{path}", query=query, changes=(change,)
    )


@given(rows=members())
def test_a_deletion_names_each_row_once_and_no_other(rows: list[Row]) -> None:
    found = []
    for request in writes([gone(row) for row in rows], V43):
        query = dict(request.query)
        assert set(query) == {"account", "cluster", "partition", "user"}
        assert all(query.values())
        parts = [query[name].split(",") for name in ("account", "user", "partition")]
        found += [("alps", a, u, p.strip()) for a, u, p in itertools.product(*parts)]
    assert sorted(found) == sorted(map(association_key, rows))


@given(changes=any_changes(), version=st.sampled_from(KNOWN))
def test_every_write_carries_its_changes_and_names_its_objects(
    changes: list[RowChange], version: ApiVersion
) -> None:
    try:
        found = writes(changes, version)
    except Unsupported:
        return
    carried = {id(change) for request in found for change in request.changes}
    assert carried == {id(change) for change in changes if change.needs_write}
    for request in found:
        assert not (request.query and request.body)
        whole = request.path.rstrip("/").rpartition("/")[2]
        if request.method == "DELETE":
            assert request.body is None
            named = {"account", "user"} & set(request.query)
            assert named if whole == "associations" else whole in {c.name for c in request.changes}
            assert all(request.query.values())
        else:
            assert request.body


# --- reads, jobs


def test_reads() -> None:
    assert requests.users(V43, ["a.b"]) == Request(
        "GET", f"{PLACE}/user/a.b", query={"with_coords": "true"}
    )
    assert requests.users(V43, ["a", "b"]) == Request(
        "GET", f"{PLACE}/users/", query={"with_coords": "true"}
    )
    assert requests.qos(V43, ["high"]) == Request("GET", f"{PLACE}/qos/high")
    assert requests.qos(V43, ["a", "b"]) == Request("GET", f"{PLACE}/qos/")
