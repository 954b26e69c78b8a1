"""Associations in parts: over both executors the same rows, in the same order, in each view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.backends.rest.associations import (
    ACCOUNTS_PER_REQUEST,
    MAX_ACCOUNTS_BY_NAME,
    MAX_NAMES_PER_URL,
)
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.errors import Unreachable
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import effective
from tests.fakes import Sacctmgr, Seen, Slurmrestd, World, plain, world
from tests.support import account, association, cli_profile, rest_profile

pytestmark = pytest.mark.usefixtures("token")

MANY = ACCOUNTS_PER_REQUEST * 3 + 2
NAMES = [f"a{number:02}" for number in range(MANY)]


def large(names: Sequence[str] = NAMES) -> World:
    """Return many accounts in no order, two users in each; one takes away what it would inherit."""
    scattered = [*names[1::2], *names[::2]]
    accounts = [account(n, "root", MaxJobs=9 if n == "a03" else None) for n in scattered]
    root = account("root", None, QosLevel=("high", "normal"))
    users = [
        association(n, u, Default=u != "bob" or n == names[0], MaxJobs=2 if n == "a07" else None)
        | ({"QosLevel": ("-high",)} if (n, u) == ("a05", "bob") else {})
        for n in scattered
        for u in ("bob", f"u{n}")
    ]
    return world([*accounts, root], users)


def over_rest(slurmrestd: Slurmrestd) -> RestBackend:
    return RestBackend(rest_profile(), httpx.MockTransport(slurmrestd), waits=())


def both(of: World) -> list[Backend]:
    return [over_rest(Slurmrestd(of)), CommandsBackend(cli_profile(), Sacctmgr(of))]


def in_force(of: World) -> list[Row]:
    return sorted(
        (one.row for one in effective(ASSOCIATION, of.associations).values()), key=association_key
    )


@pytest.mark.parametrize("names", [NAMES, NAMES[:3]], ids=["many", "few"])
@pytest.mark.parametrize("executor", [0, 1], ids=["rest", "cli"])
def test_what_is_in_force_comes_in_order(names: list[str], executor: int) -> None:
    of = large(names)
    parts = list(both(of)[executor].parts(Query(ASSOCIATION, "alps", view=View.IN_FORCE)))
    assert [row for part in parts for row in part] == in_force(of)
    assert len(parts) == (4 if names == NAMES and executor == 0 else 1)


@pytest.mark.parametrize("view", [View.OWN, View.SOURCES])
@pytest.mark.parametrize("executor", [0, 1], ids=["rest", "cli"])
def test_own_values_come_behind_those_of_all_accounts(view: View, executor: int) -> None:
    of = large()
    above, *parts = both(of)[executor].parts(Query(ASSOCIATION, "alps", view=view))
    own = sorted(of.associations, key=association_key)
    assert above == [row for row in own if is_account_level(row)]
    assert [row for part in parts for row in part] == [
        row for row in own if not is_account_level(row)
    ]


@pytest.mark.parametrize("executor", [0, 1], ids=["rest", "cli"])
def test_a_named_account_comes_with_all_that_it_inherits_from(executor: int) -> None:
    of = world(
        [
            account("root", None, QosLevel=("normal",), MaxWall=60),
            account("science", "root", MaxJobs=7),
            account("physics", "science", QosLevel=("+high",)),
            account("art", "root"),
        ]
    )
    query = Query(ACCOUNT, "alps", ("physics",), view=View.SOURCES)
    found = {
        one.row["Account"]: one
        for one in effective(ACCOUNT, both(of)[executor].read(query)).values()
    }
    physics = found["physics"]
    assert (physics.row["QosLevel"], physics.row["MaxJobs"], physics.row["MaxWall"]) == (
        ("high", "normal"), 7, 60,
    )  # fmt: skip
    assert physics.inherited == {"QosLevel": "root", "MaxJobs": "science", "MaxWall": "root"}
    in_force_ = both(of)[executor].read(replace(query, view=View.IN_FORCE))
    assert [(row["Account"], row["MaxJobs"]) for row in in_force_] == [("physics", 7)]


def test_whoever_is_named_is_asked_for_at_once_and_nobody_else() -> None:
    slurmrestd = Slurmrestd(large())
    query = Query(ASSOCIATION, "alps", where={"User": ("bob", "ua07")}, view=View.IN_FORCE)
    rows = [row for part in over_rest(slurmrestd).parts(query) for row in part]
    assert rows == [row for row in in_force(large()) if row["User"] in {"bob", "ua07"}]
    asked = [seen.query for seen in slurmrestd.seen if seen.path.endswith("associations/")]
    assert asked == [{"cluster": "alps", "user": "bob,ua07"}]


def test_accounts_that_are_named_are_asked_for_in_parts_and_no_others() -> None:
    slurmrestd = Slurmrestd(large())
    query = Query(ASSOCIATION, "alps", where={"Account": tuple(NAMES[:25])}, view=View.IN_FORCE)
    rows = [row for part in over_rest(slurmrestd).parts(query) for row in part]
    assert rows == [row for row in in_force(large()) if row["Account"] in NAMES[:25]]
    asked = [seen.query for seen in slurmrestd.seen if seen.path.endswith("associations/")]
    assert sorted(one["account"] for one in asked) == [
        ",".join(NAMES[:ACCOUNTS_PER_REQUEST]), ",".join(NAMES[ACCOUNTS_PER_REQUEST:25]),
    ]  # fmt: skip
    assert not any(seen.path.endswith("accounts/") for seen in slurmrestd.seen)


LINEAGE = world(
    [
        account("root", None, QosLevel=("high", "normal")),
        account("science", "root", MaxJobs=7),
        account("physics", "science", QosLevel=("-high",)),
        account("optics", "physics"),
        account("art", "root"),
    ],
    [
        association("optics", "alice", Default=True, QosLevel=("+high",)),
        association("optics", "bob", Default=True),
        association("art", "carol", Default=True),
    ],
)


@pytest.mark.parametrize("view", [View.OWN, View.SOURCES])
@pytest.mark.parametrize("where", [{"User": ("alice",)}, {"Account": ("optics",)}])
def test_the_lineage_of_what_is_named_will_do(
    view: View, where: dict[str, tuple[str, ...]]
) -> None:
    query = Query(ASSOCIATION, "alps", where=where, lineage=True, view=view)
    rest, cli = ([row for part in one.parts(query) for row in part] for one in both(LINEAGE))
    wanted = [
        row
        for row in sorted(
            LINEAGE.associations, key=lambda row: (not is_account_level(row), *association_key(row))
        )
        if row["Account"] != "art"
        and (is_account_level(row) or "Account" in where or row["User"] == "alice")
    ]
    assert rest == wanted
    assert [row for row in cli if row["Account"] != "art"] == wanted  # sacctmgr tells more


def test_accounts_are_asked_for_one_above_the_other() -> None:
    slurmrestd = Slurmrestd(LINEAGE)
    query = Query(ASSOCIATION, "alps", where={"User": ("alice",)}, lineage=True)
    over_rest(slurmrestd).read(query)
    asked = [seen.query.get("account") for seen in slurmrestd.seen if "user" in seen.query]
    last = "optics,physics,root,science"
    assert asked == [*[None] * 3, "optics,root", "physics", "science", *[last] * 3]


@pytest.mark.parametrize(
    "names",
    [[f"a{number:03}" for number in range(MAX_ACCOUNTS_BY_NAME)], ["a", "b", "a,b"]],
    ids=["too many", "a name that means others"],
)
def test_a_lineage_that_no_request_can_name_is_all_accounts(names: list[str]) -> None:
    of = large(names)
    query = Query(ASSOCIATION, "alps", where={"User": ("bob",)}, lineage=True)
    assert over_rest(Slurmrestd(of)).read(query) == sorted(
        (row for row in of.associations if is_account_level(row) or row["User"] == "bob"),
        key=association_key,
    )


def test_a_lineage_of_many_accounts_is_asked_for_in_parts() -> None:
    names = [f"a{number:03}" for number in range(MAX_NAMES_PER_URL)]
    of = world(
        [
            account("root", None, QosLevel=("high", "normal")),
            account("science", "root", QosLevel=("+low",)),
            *(account(name, "science", QosLevel=("-low",)) for name in names),
            account("art", "root"),
        ],
        [association(name, "bob", Default=name == names[0]) for name in names],
    )
    slurmrestd = Slurmrestd(of)
    query = Query(ASSOCIATION, "alps", where={"User": ("bob",)}, lineage=True)
    wanted = sorted(
        (row for row in of.associations if row["Account"] != "art"), key=association_key
    )
    assert over_rest(slurmrestd).read(query) == wanted
    asked = [seen.query.get("account") for seen in slurmrestd.seen if "user" in seen.query]
    whole, rest = ",".join(names), "root,science"
    once = [whole, "root", "science"]  # upwards; then the three views
    assert sorted(asked, key=str) == sorted([*[None] * 3, *once, *[whole, rest] * 3], key=str)


def test_without_such_a_cluster_there_is_no_lineage() -> None:
    query = Query(ASSOCIATION, "nosuch", where={"User": ("alice",)}, lineage=True)
    assert [one.read(query) for one in both(LINEAGE)] == [[], []]


@pytest.mark.parametrize("view", [View.OWN, View.SOURCES])
def test_own_rows_of_very_many_accounts_come_in_parts_too(view: View) -> None:
    names = [f"a{number:03}" for number in range(MAX_NAMES_PER_URL + 1)]
    slurmrestd = Slurmrestd(large(names))
    query = Query(ASSOCIATION, "alps", where={"User": ("",)}, view=view)
    (own,) = over_rest(slurmrestd).parts(query)
    assert own == sorted(
        (r for r in large(names).associations if is_account_level(r)), key=association_key
    )
    asked = [seen.query.get("account") for seen in slurmrestd.seen if "user" in seen.query]
    views = 2 if view is View.OWN else 1
    parts = [",".join(names[:MAX_NAMES_PER_URL]), ",".join([*names[MAX_NAMES_PER_URL:], "root"])]
    assert sorted(asked, key=str) == sorted([None, *parts * views], key=str)


def test_an_account_whose_name_would_mean_others_has_all_asked_for_in_one() -> None:
    slurmrestd = Slurmrestd(large([*NAMES, "b,a01"]))
    query = Query(ASSOCIATION, "alps", view=View.IN_FORCE)
    rows = [row for part in over_rest(slurmrestd).parts(query) for row in part]
    assert rows == in_force(large([*NAMES, "b,a01"]))
    asked = [seen.query for seen in slurmrestd.seen if seen.path.endswith("associations/")]
    assert asked == [{"cluster": "alps"}]


def test_a_part_that_fails_fails_the_whole() -> None:
    def answer(seen: Seen) -> httpx.Response | None:
        failing = "a25" in seen.query.get("account", "")
        return plain(503, "text/html", b"<html>") if failing else None

    query = Query(ASSOCIATION, "alps", view=View.IN_FORCE)
    parts = over_rest(Slurmrestd(large(), answer=answer)).parts(query)
    first = next(parts)
    assert {row["Account"] for row in first} == set(NAMES[:ACCOUNTS_PER_REQUEST])
    with pytest.raises(Unreachable, match="HTTP 503"):
        list(parts)
    with pytest.raises(Unreachable, match="HTTP 503"):
        over_rest(Slurmrestd(large(), answer=answer)).read(query)
