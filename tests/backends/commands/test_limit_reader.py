"""Limits and their use over the commands: few commands, and only of those that matter."""

from __future__ import annotations

import re

import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.commands.limit_reader import (
    CommandLimits,
    accounts_of_lineage,
    command_limits,
)
from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.entities.association import AssociationKey, association_key
from slurmctl_rest.model.limit_use import UseQuery
from tests.fakes import BEFORE, Sacctmgr
from tests.support import cli_profile

NOTHING = "Current Association Manager state\nNo associations currently cached in Slurm.\n"


@pytest.fixture
def sacctmgr() -> Sacctmgr:
    return Sacctmgr(BEFORE)


@pytest.fixture
def reader(sacctmgr: Sacctmgr) -> CommandLimits:
    return command_limits(CommandsBackend(cli_profile(), sacctmgr))


def test_the_rows_of_a_user_and_of_all_accounts_above(
    reader: CommandLimits, sacctmgr: Sacctmgr
) -> None:
    query = Query(ASSOCIATION, "alps", where={"User": ("alice",)}, lineage=True, view=View.SOURCES)
    rows = reader.associations(query)
    assert [association_key(row)[1:3] for row in rows] == [
        ("physics", ""),
        ("physics", "alice"),
        ("root", ""),
        ("science", ""),
    ]
    whole = {association_key(row): row for row in reader.backend.read(query)}
    for row in rows:
        other = whole[association_key(row)]
        assert {**row, "Default": None} == {**other, "Default": None}
    where = [
        word for argv in sacctmgr.seen for word in argv if word.startswith(("account=", "user="))
    ][:3]
    assert where == ["user=alice", "account=physics,root,science", "user="]


def test_what_is_begun_beside_is_what_is_asked_for_next(
    reader: CommandLimits, sacctmgr: Sacctmgr, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another line would be run twice, and waited for nonetheless."""
    begun: list[CommandLine] = []
    monkeypatch.setattr(reader.backend.runner, "begin", lambda *lines: begun.extend(lines))
    sacctmgr.answer = lambda argv: Finished(0, NOTHING, "") if argv[0] == "scontrol" else None
    query = Query(ASSOCIATION, "alps", where={"User": ("alice",)}, lineage=True, view=View.SOURCES)
    rows = reader.associations(query, ("normal", "high"))
    reader.qos(Query(QOS, "alps", ("normal", "high")))
    reader.use(UseQuery("alps", frozenset(map(association_key, rows)), ("high", "normal")))
    assert [line.argv for line in begun] == sacctmgr.seen[-2:]


def test_the_use_is_one_command(reader: CommandLimits, sacctmgr: Sacctmgr) -> None:
    sacctmgr.answer = lambda argv: Finished(0, NOTHING, "") if argv[0] == "scontrol" else None
    keys = {
        AssociationKey("alps", "physics"),
        AssociationKey("alps", "physics", "alice"),
        AssociationKey("alps", "science"),
    }
    found = reader.use(UseQuery("alps", frozenset(keys), ("high", "low")))
    assert (found.associations, found.notes) == ({}, {})
    assert sacctmgr.seen == [
        (
            *("scontrol", "-o", "show", "assoc_mgr", "flags=assoc,qos"),
            *("account=physics,science", "users=alice", "qos=high,low"),
        )
    ]
    sacctmgr.seen.clear()
    reader.use(UseQuery("alps"))
    assert sacctmgr.seen == []


@pytest.mark.parametrize("printed", ["", "foo|bar\n"])
def test_what_is_no_answer_is_not_taken_for_no_use(
    reader: CommandLimits, sacctmgr: Sacctmgr, printed: str
) -> None:
    sacctmgr.answer = lambda argv: Finished(0, printed, "") if argv[0] == "scontrol" else None
    with pytest.raises(SlurmRefused, match=re.escape("scontrol show assoc_mgr printed '")):
        reader.use(UseQuery("alps", frozenset({AssociationKey("alps", "physics")})))


def test_qos_are_asked_for_by_name(reader: CommandLimits, sacctmgr: Sacctmgr) -> None:
    rows = reader.qos(Query(QOS, "alps", ("normal",)))
    assert [row["Name"] for row in rows] == ["normal"]
    assert sacctmgr.seen == [("sacctmgr", "--json", "list", "qos", "where", "name=normal")]


@pytest.mark.parametrize(
    ("lineage", "accounts"),
    [
        ("/", []),
        ("/science/physics/", ["science", "physics"]),
        ("/science/physics/0-alice/gpu/", ["science", "physics"]),
        ("", []),
    ],
)
def test_accounts_of_a_lineage(lineage: str, accounts: list[str]) -> None:
    assert accounts_of_lineage(lineage) == accounts
