"""Journals that both releases of the lab wrote, replayed: every change, and the rows at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from slurmctl_rest.journal.replay import ACTS, Replay
from slurmctl_rest.journal.values import FIELDS_OF_COLUMNS
from slurmctl_rest.journal.words import history_row
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.history import HISTORY
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.journal import Ids
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.text import printable

from . import journals
from .journals import RECORDED, entry

UPDATE = "UPDATE_JOURNALS"
"""Set to write the expected histories anew."""
NOT_KEPT = {
    ACCOUNT.noun: {"Account", "Coordinators", "IndirectCoordinators", "Cluster", "Clusters"},
    USER.noun: {
        *("User", "DefaultAccount", "Coordinators", "IndirectCoordinators", "Cluster"),
        *("Clusters", "Accounts", "Partitions", "DefaultWCKey", "WCKeys", "Deleted"),
    },
    ASSOCIATION.noun: {
        *("Cluster", "Account", "User", "Partition", "Deleted", "ID", "Lineage", "ParentID"),
        "QosRaw",
    },
    QOS.noun: {"Name", "ID", "Deleted"},
}
"""Fields that no column of the object's own table holds."""


def _texts(value: Value) -> tuple[str, ...]:
    assert isinstance(value, tuple)
    return value


@pytest.mark.parametrize("suite", journals.SUITES)
def test_every_change_is_told(suite: str) -> None:
    replay, changes = journals.replayed(suite)
    rows = [history_row(one) for one in changes]
    text = HISTORY["Changes"].kind.text
    lines = [
        printable(
            f"{row['Number']} {row['Actor']} {row['Action']} {row['Object']}: "
            + text(row["Changes"]),
            0,
        )
        for row in rows
    ]
    path = Path(RECORDED / f"{suite}.history")
    if os.environ.get(UPDATE):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == path.read_text(encoding="utf-8").split("\n")[:-1]
    assert replay.complaints == []


@pytest.mark.parametrize("entity", [ACCOUNT, USER, ASSOCIATION, QOS], ids=lambda e: e.noun)
def test_every_field_has_its_column(entity: Entity) -> None:
    of_associations = {f.name for f in ASSOCIATION.all_fields} if entity is ACCOUNT else set()
    told = {field.name for field in FIELDS_OF_COLUMNS[entity.noun].values()}
    own = {f.name for f in entity.all_fields} - of_associations
    assert own - told == NOT_KEPT[entity.noun] - of_associations
    columns = [field.database for field in FIELDS_OF_COLUMNS[entity.noun].values()]
    assert len(columns) == len({*columns})


def test_every_action_of_the_lab_is_known_or_has_no_row_here() -> None:
    told = {one.action for suite in journals.SUITES for one in journals.recorded(suite)}
    assert told - {*ACTS} == {
        *("Add Resources", "Add TRES", "MsgType=1483", "Modify Clusters", "Remove Clusters"),
        "Remove Resources",
    }


def test_what_cannot_be_read_is_named_and_changes_nothing() -> None:
    replay = Replay("alps")
    assert replay.apply(entry("Add Accounts", "physics", "description='a")) == []
    assert replay.apply(entry("Modify Associations", "nothing", "shares=1")) == []
    assert replay.complaints == [
        "transaction 7 of Slurm's journal cannot be read: a quote or bracket without its pair "
        "after ''a'",
        "transaction 7 of Slurm's journal cannot be read: 'id_assoc'",
    ]


def test_old_values_from_before_the_journal_are_not_known() -> None:
    place = {"Cluster": "alps", "Account": "physics", "User": None, "Partition": None}
    replay = Replay("alps", {"9": place}.get)
    changes = replay.apply(entry("Modify Associations", "(id_assoc=9)", "max_jobs=5"))
    changes += replay.apply(entry("Modify Associations", "(id_assoc=9)", "max_jobs=NULL"))
    assert [history_row(one)["Changes"] for one in changes] == [
        ("MaxJobs: ? -> 5",),
        ("MaxJobs: 5 -> (unset)",),
    ]


def test_a_row_added_below_tells_where_an_account_is() -> None:
    replay = Replay("alps")
    added = "acct='{}', user='{}', parent_acct='{}', lineage='{}', shares=1"
    for number, name, parent, lineage in (
        ("3", "a", "root", "/a/"),
        ("4", "b", "root", "/b/"),
    ):
        info = added.format(name, "", parent, lineage)
        replay.apply(entry("Add Associations", f"id_assoc={number}", info))
    info = added.format("b", "eve", "", "/a/b/0-eve/")
    changes = replay.apply(entry("Add Associations", "id_assoc=5", info))
    rows = [history_row(one) for one in changes]
    assert [(row["Action"], row["Actor"], row["Object"], row["Changes"]) for row in rows] == [
        ("move", None, "account 'b' on alps", ("Parent: root -> a",)),
        ("add", "root", "association 'eve in b'", ()),
    ]
    gone = replay.apply(entry("Remove Accounts", "name in('a')"))
    assert [(one.change.entity.noun, one.change.name, one.change.cascade_of) for one in gone] == [
        ("account", "a", ""),
        ("association", "b", "a"),
        ("association", "eve in b", "a"),
        ("association", "a", ""),
    ]


@pytest.mark.parametrize(
    ("told", "level"),
    [
        ("qos=',6,', delta_qos=''", ("b",)),
        ("qos='', delta_qos=''", ()),
        ("delta_qos=',+6,-7,'", ("+b", "-a")),
    ],
)
def test_qos_of_what_is_added(told: str, level: tuple[str, ...]) -> None:
    """Changes to what is inherited come without the list itself, as both releases write them."""
    replay = Replay("alps", ids=Ids({}, {"6": "b", "7": "a"}, {}))
    info = f"acct='physics', parent_acct='root', user='', lineage='/physics/', {told}"
    replay.apply(entry("Add Associations", "id_assoc=3", info))
    assert replay.associations["3"]["QosLevel"] == level


def test_of_several_qos_each_gets_its_own_list_whatever_number_it_had_before() -> None:
    replay = Replay("alps", ids=Ids({"1": "cpu"}, {"8": "b", "6": "b", "7": "a"}, {}))
    for name in ("a", "b"):
        replay.apply(entry("Add QOS", name, "priority=0"))
    info = "grp_tres = if (id=7, '1=4', grp_tres), grp_tres = if (id=8, '1=5', grp_tres)"
    replay.apply(entry("Modify QOS", "(name='a' || name='b')", info))
    assert {name: row["GrpTRES"] for name, row in replay.qos.items()} == {
        "a": {"cpu": 4},
        "b": {"cpu": 5},
    }
