"""Command lines for users, their associations, QOS and coordinators, whole."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given

from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.writes import unsupported_reason, writes
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.planning import associations
from slurmctl_rest.planning import qos as plans
from tests.backends.changes import added, gone
from tests.models import sacctmgr_applies
from tests.strategies import (
    AVAILABLE,
    any_changes,
    association_modifications,
    qos_additions,
    qos_modifications,
    user_additions,
)
from tests.support import PHYSICS, account, alike, assign, association, only, qos, to_each, user

BEGIN = ("sacctmgr", "-i")


def told(entity: Entity, row: Row, words: Sequence[str]) -> dict[str, Value]:
    """Return what sacctmgr makes of a row when it is told the words behind `set`."""
    after = dict(row)
    for word in words:
        head, _, text = word.partition("=")
        name = head.rstrip("+-")
        step = f"{head.removeprefix(name)}={text}"
        after[name] = sacctmgr_applies(entity[name].kind, after[name], step)
    return after


def built(changes: Sequence[RowChange]) -> list[CommandLine]:
    try:
        return writes(changes)
    except Unsupported as error:
        assert "cannot store a quote" in error.message  # noqa: PT017
        return []


def lines(changes: Sequence[RowChange]) -> list[str]:
    """Return the command lines behind `sacctmgr -i`."""
    found = writes(changes)
    assert {line.argv[:2] for line in found} <= {BEGIN}
    return [" ".join(line.argv[2:]) for line in found]


def on_rows(rows: Sequence[Row], *tokens: str) -> list[RowChange]:
    asked = [assign(token, ASSOCIATION) for token in tokens]
    plan = associations.modify(ASSOCIATION, alike(rows, asked), [*AVAILABLE, *rows], "alps")
    return [outcome.change for outcome in plan]


# --- laws


@given(changes=user_additions())
def test_what_is_added_is_exactly_what_was_planned(changes: list[RowChange]) -> None:
    planned = {association_key(c.after or {}): c.after for c in changes if c.entity is ASSOCIATION}
    found: dict[tuple[str, ...], object] = {}
    for line in built(changes):
        assert line.argv[2:4] == ("add", "user")
        words = dict(word.split("=", 1) for word in line.argv[4:])
        assert words.pop("cluster") == "alps"
        names, accounts = words.pop("name").split(","), words.pop("account").split(",")
        partitions: list[str | None] = [*words.pop("partition", "").split(",")]
        own = {"AdminLevel", "DefaultAccount"}
        sets = [f"{name}={text}" for name, text in words.items() if name not in own]
        for account_, name, partition in itertools.product(accounts, names, partitions):
            row = associations.new_row("alps", account_, name, partition or None)
            assert association_key(row) not in found
            found[association_key(row)] = told(ASSOCIATION, row, sets)
            new = next(c.after or {} for c in changes if c.name == name)
            assert words["DefaultAccount"] == new["DefaultAccount"]
            assert words.get("AdminLevel", "None") == new["AdminLevel"]
    assert found == planned


@given(change=association_modifications())
def test_sacctmgr_makes_of_a_user_s_row_what_was_planned(change: RowChange) -> None:
    assert change.before is not None
    found = built([change])
    if not change.changes:
        assert found == []
        return
    words = only(found).argv
    partition = change.before["Partition"] or ""
    assert words[:10] == (
        *BEGIN, "modify", "user", "where", "name=alice", "account=physics", "cluster=alps",
        f"partition={partition}", "set",
    )  # fmt: skip
    assert told(ASSOCIATION, change.before, words[10:]) == change.after


@given(change=qos_modifications())
def test_sacctmgr_makes_of_a_qos_what_was_planned(change: RowChange) -> None:
    assert change.before is not None
    found = built([change])
    if not found:
        assert not change.changes or "Description" in change.fields
        return
    words = only(found).argv
    assert words[:7] == (*BEGIN, "modify", "qos", "where", "name=slow", "set")
    assert told(QOS, change.before, words[7:]) == change.after


@given(change=qos_additions())
def test_sacctmgr_makes_of_a_new_qos_what_was_planned(change: RowChange) -> None:
    for line in built([change]):
        assert line.argv[:5] == (*BEGIN, "add", "qos", "name=slow")
        assert told(QOS, qos("slow"), line.argv[5:]) == change.after


@given(changes=any_changes())
def test_every_write_names_its_objects_and_carries_its_changes(changes: list[RowChange]) -> None:
    """-i also answers `you named nothing: all of them?`."""
    found = built(changes)
    if not found and any(change.needs_write for change in changes):
        assert any(unsupported_reason(change) for change in changes)
        return
    carried = {id(change) for line in found for change in line.changes}
    assert carried == {id(change) for change in changes if change.needs_write}
    for line in found:
        assert line.argv[:2] == BEGIN
        verb, noun, *words = line.argv[2:]
        where = words[words.index("where") + 1 :] if "where" in words else words
        named = dict(word.split("=", 1) for word in where if "=" in word and word[0].islower())
        assert named.get("name") or noun == "coordinator"
        if noun == "coordinator":
            assert named["names"]
            assert named["account"]
        if noun in {"account", "user"} and verb == "add":
            assert named["cluster"] == "alps"
        for word in line.argv[2:]:
            assert word[0] != "-"
            assert "\n" not in word
        for one in ",".join(text for name, text in named.items() if name != "partition").split(","):
            assert one
            assert one[0] != "-"
        assert line.argv[-1] != "set"


# --- users


@pytest.mark.parametrize(
    ("changes", "told_"),
    [
        (
            added(["alice", "bob"], ["art", "zoo"], [None], "MaxJobs=5"),
            ["add user name=alice,bob account=art,zoo cluster=alps DefaultAccount=art Fairshare=1 "
             "MaxJobs=5"],
        ),
        (
            added(["alice"], ["art"], ["gpu", "long"], "AdminLevel=Operator"),
            ["add user name=alice account=art cluster=alps partition=gpu,long AdminLevel=Operator "
             "DefaultAccount=art Fairshare=1"],
        ),
        (
            added(["alice", "bob"], ["art"], ["gpu"]),
            ["add user name=alice account=art cluster=alps partition=gpu DefaultAccount=art "
             "Fairshare=1",
             "add user name=bob account=art cluster=alps partition=gpu DefaultAccount=art "
             "Fairshare=1"],
        ),
        (
            [RowChange(USER, "modify", name, user(name), user(name, AdminLevel="Operator"))
             for name in ("alice", "bob")],
            ["modify user where name=alice,bob set AdminLevel=Operator"],
        ),
        (
            [RowChange(USER, "modify", "alice", user("alice"),
                       {**user("alice"), "DefaultAccount": "art", "AdminLevel": "Operator"})],
            ["modify user where name=alice set AdminLevel=Operator",
             "modify user where name=alice cluster=alps set DefaultAccount=art"],
        ),
        (
            [RowChange(USER, "delete", "alice", user("alice"), None),
             RowChange(USER, "delete", "bob", user("bob", Clusters=("alps", "jura")), None),
             RowChange(USER, "delete", "eve", user("eve", Clusters=("alps", "jura")), None,
                       everywhere=True)],
            ["delete user where name=alice,eve",
             "delete user where name=bob cluster=alps"],
        ),
    ],
    ids=["add", "add in partitions", "several in partitions", "levels", "a default account",
         "delete"],
)  # fmt: skip
def test_users(changes: list[RowChange], told_: list[str]) -> None:
    assert lines(changes) == told_


# --- associations


@pytest.mark.parametrize(
    ("changes", "told_"),
    [
        (
            on_rows([association("art", None, "root"), association("zoo", None, "root"),
                     association("art", "alice"), association("art", "bob"),
                     association("art", "bob", Partition="gpu")], "MaxJobs=3"),
            ["modify account where name=art,zoo cluster=alps set MaxJobs=3",
             "modify user where name=alice,bob account=art cluster=alps partition= set MaxJobs=3",
             "modify user where name=bob account=art cluster=alps partition=gpu set MaxJobs=3"],
        ),
        (
            on_rows([association("art", "alice", MaxJobs=3)], "QosLevel+=high", "MaxJobs=-1"),
            ["modify user where name=alice account=art cluster=alps partition= set MaxJobs=-1 "
             "QosLevel+=high"],
        ),
        (
            [gone(association("art", "alice")), gone(association("zoo", "alice")),
             gone(association("art", "bob", Partition="gpu"))],
            ["delete user where name=alice account=art,zoo cluster=alps partition=",
             "delete user where name=bob account=art cluster=alps partition=gpu"],
        ),
        (
            [gone(association("art", None, "root"), association("ink", None, "art"))],
            ["delete account where name=art,ink cluster=alps"],
        ),
    ],
    ids=["modify", "inherited QOS", "delete", "delete an account's own"],
)  # fmt: skip
def test_associations(changes: list[RowChange], told_: list[str]) -> None:
    assert lines(changes) == told_


# --- qos and coordinators


HIGH = qos("high", Flags=("DenyOnLimit", "NoDecay"), Preempt=("low",), GrpTRES={"cpu": 5})


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["Flags-=NoDecay"], "Flags=DenyOnLimit"),
        (["Flags=-1"], "Flags=-1"),
        (["Preempt="], "Preempt="),
        (["Preempt+=normal"], "Preempt=low,normal"),
        (["PreemptMode=within,cancel"], "PreemptMode=within,cancel"),
        (["PreemptMode=within"], "PreemptMode=within"),
        (["GraceTime=2:00"], "GraceTime=120"),
        (["PreemptExemptTime=2:00"], "PreemptExemptTime=00:02:00"),
        (["GrpTRES=cpu=-1,node=2"], "GrpTRES=cpu=-1,node=2"),
        (["UsageFactor=0.5", "LimitFactor=2"], "UsageFactor=0.500000 LimitFactor=2.000000"),
    ],
    ids=lambda part: part[0] if isinstance(part, list) else "",
)
def test_modify_a_qos(tokens: list[str], words: str) -> None:
    plan = plans.modify(alike([HIGH], [assign(token, QOS) for token in tokens]))
    assert lines([only(plan).change]) == [f"modify qos where name=high set {words}"]


def test_add_and_delete_qos() -> None:
    asked = [assign("Priority=3", QOS), assign("Flags=NoDecay", QOS)]
    new = [o.change for o in plans.add(dict.fromkeys(["a", "b"], asked), [])]
    assert lines(new) == ["add qos name=a,b Priority=3 Flags=NoDecay"]
    plan = plans.delete([qos("low"), qos("slow")], [HIGH, qos("low"), qos("slow")], [])
    assert lines([o.change for o in plan]) == [
        "modify qos where name=high set Preempt=",
        "delete qos where name=low",
        "delete qos where name=slow",
    ]


def test_texts_of_a_new_qos() -> None:
    changes = [
        only(plans.add({name: [assign(f"Description={text}", QOS)]}, [])).change
        for name, text in (("a", "a"), ("b", "long, and slow"))
    ]
    assert lines(changes) == [
        "add qos name=a",
        "add qos name=b Description=long, and slow",
    ]


def test_coordinators() -> None:
    rows = [PHYSICS, account("zoo", Coordinators=("eve",))]
    come = [
        o.change
        for o in plans.plan_coordinators(
            rows, to_each(rows, ["bob", "al"]), Operator.ADD, ["al", "bob"], rows
        )
    ]
    assert lines(come) == ["add coordinator account=physics,zoo names=al,bob"]
    go = [
        o.change
        for o in plans.plan_coordinators(
            rows, to_each(rows, ["alice", "eve"]), Operator.REMOVE, [], rows
        )
    ]
    assert lines(go) == [
        "delete coordinator account=physics names=alice",
        "delete coordinator account=zoo names=eve",
    ]


def test_many_names_go_in_several_commands() -> None:
    rows = [association(f"a{n}", None, "root") for n in range(1001)]
    changes = on_rows(rows, "MaxJobs=1")
    found = writes(changes)
    assert [len(line.changes) for line in found] == [500, 500, 1]
    members_ = [gone(association("art", f"u{n}")) for n in range(250)]
    assert [len(line.changes) for line in writes(members_)] == [100, 100, 50]
