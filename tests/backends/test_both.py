"""Both executors read the same rows from the same world, and know what they cannot."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.fields import Entity
from tests.fakes import Sacctmgr, Slurmrestd, world
from tests.support import (
    KNOWN_TRES,
    account,
    association,
    cli_profile,
    noun_of,
    profile,
    qos,
    rest_profile,
    user,
)

pytestmark = pytest.mark.usefixtures("token")

WORLD = world(
    [
        account("root", None, QosLevel=("normal",), MaxWall=60, Clusters=("alps", "jura")),
        account("science", GrpJobs=4),
        account("physics", "science", QosLevel=("+high",), Coordinators=("alice", "zoe")),
        account("optics", "physics", QosLevel=("-normal",), MaxTRES={"mem": 5}),
        account("far", "root", Cluster=None, Clusters=("jura",)),
    ],
    [
        association("physics", "alice", Default=True, MaxJobs=3),
        association("physics", "alice", Default=True, Partition="gpu", QosLevel=("-high",)),
        association("optics", "alice", GrpTRES={"cpu": 7}, DefaultQOS="high"),
        association("optics", "bob", QosLevel=("low",), Fairshare="parent"),
        association("physics", "bob", Default=True, Partition="long"),
        association("far", "carol", Cluster="jura", Default=True),
        association("physics", "gone", Deleted=True),
    ],
    levels={"alice": "Operator", "zoe": "Administrator"},
    qos_=(
        qos("normal"),
        qos("high", Priority=5, Flags=("NoDecay",), Preempt=("low",), GrpTRES={"cpu": 3},
            UsageFactor=0.5, GraceTime=30, PreemptMode="requeue", GrpSubmitJobs=7),
        qos("low", LimitFactor=2.0, MaxWall=90, MaxTRESRunMinsPU={"gres/gpu": 9}),
    ),
)  # fmt: skip


def rest(version: str = "v0.0.43") -> RestBackend:
    return RestBackend(rest_profile(api_version=version), httpx.MockTransport(Slurmrestd(WORLD)))


def cli() -> CommandsBackend:
    return CommandsBackend(cli_profile(), Sacctmgr(WORLD))


NAMES = {
    ACCOUNT: ["root", "science", "physics", "optics", "far"],
    USER: ["alice", "bob", "carol", "zoe"],
    QOS: ["normal", "high", "low"],
    CLUSTERS: ["alps", "jura"],
    TRES_TYPE: list(KNOWN_TRES),
}


@pytest.mark.parametrize("entity", NAMES, ids=noun_of)
@pytest.mark.parametrize("backend", [rest, cli], ids=["rest", "cli"])
def test_names_alone_are_one_plain_question(
    entity: Entity, backend: Callable[[], RestBackend | CommandsBackend]
) -> None:
    asked = backend()
    assert asked.names(entity) == NAMES[entity]
    assert len(asked.log) == 1
    assert not asked.log[0].query


QUERIES = {
    "accounts": Query(ACCOUNT, "alps"),
    "accounts by name": Query(ACCOUNT, "alps", ("physics", "far", "nosuch")),
    "one account": Query(ACCOUNT, "alps", ("physics",)),
    "accounts of another cluster": Query(ACCOUNT, "jura"),
    "users": Query(USER, "alps"),
    "users by name": Query(USER, "alps", ("carol", "alice")),
    "one user": Query(USER, "alps", ("bob",)),
    "no such user": Query(USER, "alps", ("nosuch",)),
    "a user without any association": Query(USER, "alps", ("zoe",)),
    "associations": Query(ASSOCIATION, "alps"),
    "associations of all clusters": Query(ASSOCIATION, ""),
    "of an account": Query(ASSOCIATION, "alps", where={"Account": ("physics",)}),
    "of a user": Query(ASSOCIATION, "alps", where={"User": ("alice", "bob")}),
    "accounts' own": Query(ASSOCIATION, "alps", where={"User": ("",)}),
    "of a user and accounts' own": Query(ASSOCIATION, "alps", where={"User": ("", "bob")}),
    "of a partition": Query(ASSOCIATION, "alps", where={"Partition": ("gpu", "long")}),
    "of no partition": Query(ASSOCIATION, "alps", where={"Partition": ("",)}),
    "with the deleted": Query(ASSOCIATION, "alps", deleted=True),
    "qos": Query(QOS, "alps"),
    "one qos": Query(QOS, "alps", ("low",)),
    "clusters": Query(CLUSTERS, "alps"),
    "tres": Query(TRES_TYPE, "alps"),
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("version", ["v0.0.42", "v0.0.43"])
def test_both_read_the_same(query: Query, version: str) -> None:
    found = cli().read(query)
    assert rest(version).read(query) == found
    if "nosuch" not in query.names or len(query.names) > 1:
        assert found


def test_old_versions_read_the_same_but_for_what_they_do_not_tell() -> None:
    old = rest("v0.0.41")
    for name, query in QUERIES.items():
        untold = dict.fromkeys(old.unreadable_fields(query.entity))
        found = [
            {**row, **{f: query.entity[f].kind.load(None) for f in untold if f in row}}
            for row in cli().read(query)
        ]
        assert old.read(query) == found, name
    assert old.unreadable_fields(QOS) == ("GrpTRESMins", "GrpSubmitJobs")
    assert old.unreadable_fields(USER) == ()
    assert rest().unreadable_fields(QOS) == ()
    assert cli().unreadable_fields(QOS) == ()


def test_both_find_the_same_associations_by_their_numbers() -> None:
    """Which they are, and no more: their inherited QOS are told by other rows."""
    query = Query(ASSOCIATION, "alps", where={"ID": ("7", "8", "12")})
    for one in both():
        assert [association_key(row) for row in one.read(query)] == [
            ("alps", "physics", "alice", ""), ("alps", "physics", "alice", "gpu"),
        ]  # fmt: skip


def both() -> list[Backend]:
    return [rest(), cli()]


@pytest.mark.parametrize("executor", [0, 1], ids=["rest", "cli"])
def test_what_is_read(executor: int) -> None:
    """The whole of a few, so that both cannot be wrong alike."""
    one = both()[executor]
    assert one.read(Query(USER, "alps", ("alice", "carol"))) == [
        user("alice", "physics", AdminLevel="Operator", Coordinators=("physics",),
             Accounts=("optics", "physics"), Partitions=("gpu",)),
        user("carol", None, Clusters=("jura",)),
    ]  # fmt: skip
    rows = one.read(Query(ASSOCIATION, "alps", where={"User": ("alice",)}))
    assert [row for row in rows if row["User"]] == [
        association("optics", "alice", GrpTRES={"cpu": 7}, DefaultQOS="high"),
        association("physics", "alice", Default=True, MaxJobs=3),
        association("physics", "alice", Default=True, Partition="gpu", QosLevel=("-high",)),
    ]
    assert {row["Account"]: row["QosLevel"] for row in rows if not row["User"]} == {
        "root": ("normal",), "science": (), "physics": ("+high",), "optics": ("-normal",),
    }  # fmt: skip
    assert [row["Name"] for row in one.read(Query(QOS, "alps"))] == ["high", "low", "normal"]
    assert one.read(Query(QOS, "alps", ("high",))) == [WORLD.qos[1]]
    assert [row["Cluster"] for row in one.read(Query(CLUSTERS, "alps"))] == ["alps", "jura"]
    deleted = one.read(Query(ASSOCIATION, "alps", deleted=True))
    assert [row["User"] for row in deleted if row["Deleted"]] == ["gone"]


def test_modes_that_slurmrestd_cannot_tell() -> None:
    told = world([account("root", None)], qos_=[
        qos("a", PreemptMode="within"), qos("b", PreemptMode="priority,cancel"), qos("c"),
    ])  # fmt: skip
    rest_ = RestBackend(rest_profile(), httpx.MockTransport(Slurmrestd(told)))
    cli_ = CommandsBackend(cli_profile(), Sacctmgr(told))
    modes = [[row["PreemptMode"] for row in one.read(Query(QOS, "alps"))] for one in (rest_, cli_)]
    assert modes == [["unreported", "cancel", "cluster"], ["within", "priority,cancel", "cluster"]]


def test_where_unix_users_can_be_looked_up() -> None:
    assert cli().knows_unix_users()
    assert not rest().knows_unix_users()
    far = profile(cluster_name="alps", command_prefix=("ssh", "login1"))
    assert not CommandsBackend(far, Sacctmgr(WORLD)).knows_unix_users()


def test_what_may_be_taken_away_unseen() -> None:
    row = qos("high", PreemptMode="requeue")
    change = RowChange(QOS, "modify", "high", row, {**row, "Priority": 1})
    assert rest().write_warning(change).startswith("qos 'high': slurmrestd does not show whether")
    assert cli().write_warning(change) == ""


def test_many_names_are_asked_in_several_requests() -> None:
    names = tuple(f"u{n}" for n in range(250))
    slurmrestd = Slurmrestd(WORLD)
    one = RestBackend(rest_profile(), httpx.MockTransport(slurmrestd))
    one.read(Query(ASSOCIATION, "alps", where={"User": names}))
    asked = [len(s.query["user"].split(",")) for s in slurmrestd.seen if s.query["user"] != " "]
    assert asked == [100, 100, 50]
    sacctmgr = Sacctmgr(WORLD)
    CommandsBackend(cli_profile(), sacctmgr).read(
        Query(ASSOCIATION, "alps", where={"User": (*names, *(f"v{n}" for n in range(300)))})
    )
    users = [w for argv in sacctmgr.seen for w in argv if w.startswith("user=u")]
    assert [len(word.split(",")) for word in users] == [500]
    assert json.dumps(slurmrestd.seen[0].body) == "null"
