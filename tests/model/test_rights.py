"""What each kind of write needs; tests/lab/test_rights.py holds it against Slurm."""

from __future__ import annotations

import pytest

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.rights import ADMINISTRATOR, OPERATOR, remedy

A: Row = {"Account": "physics", "Cluster": "alps", "Coordinators": ()}
U: Row = {"User": "carol", "AdminLevel": "None", "DefaultAccount": "physics"}
ROW: Row = {**A, "User": "carol", "Partition": None}
ACCOUNT_LEVEL: Row = {**ROW, "User": None}
ABOVE = f"{OPERATOR}, or a coordinator of the parent account"
COORDINATES = f"{OPERATOR}, or a coordinator of the account"
ALL = f"{OPERATOR}, or a coordinator of all the user's accounts"


def modified(entity: Entity, row: Row, **fields: Value) -> RowChange:
    return RowChange(entity, "modify", "x", row, {**row, **fields})


def added(entity: Entity, row: Row) -> RowChange:
    return RowChange(entity, "add", "x", None, row)


def deleted(entity: Entity, row: Row) -> RowChange:
    return RowChange(entity, "delete", "x", row, None)


NEEDED = {
    "a new QOS": (added(QOS, {"Name": "x"}), ADMINISTRATOR),
    "a QOS that goes": (deleted(QOS, {"Name": "x"}), ADMINISTRATOR),
    "a level": (modified(USER, U, AdminLevel="Operator"), ADMINISTRATOR),
    "a new Administrator": (added(USER, {**U, "AdminLevel": "Administrator"}), ADMINISTRATOR),
    "an Administrator who goes": (
        deleted(USER, {**U, "AdminLevel": "Administrator"}),
        ADMINISTRATOR,
    ),
    "a new Operator": (added(USER, {**U, "AdminLevel": "Operator"}), OPERATOR),
    "a new user": (added(USER, U), COORDINATES),
    "a user who goes": (deleted(USER, U), ALL),
    "a default account": (
        modified(USER, U, DefaultAccount="optics"),
        f"{OPERATOR}; users may set their own default account",
    ),
    "a new account": (added(ACCOUNT, A), ABOVE),
    "a limit of an account": (modified(ACCOUNT, A, MaxJobs=3), ABOVE),
    "a limit of an account's own row": (modified(ASSOCIATION, ACCOUNT_LEVEL, MaxJobs=3), ABOVE),
    "a text of an account": (modified(ACCOUNT, A, Description="x"), OPERATOR),
    "coordinators": (modified(ACCOUNT, A, Coordinators=("bob",)), COORDINATES),
    "coordinators and a text": (
        modified(ACCOUNT, A, Coordinators=("bob",), Description="x"),
        OPERATOR,
    ),
    "an account that goes": (deleted(ACCOUNT, A), OPERATOR),
    "a limit of a user": (modified(ASSOCIATION, ROW, MaxJobs=3), COORDINATES),
    "an association that goes": (deleted(ASSOCIATION, ROW), COORDINATES),
    "QOS of a user": (
        modified(ASSOCIATION, ROW, QosLevel=("high",)),
        f"{COORDINATES}, who may give only QOS that it has",
    ),
}


@pytest.mark.parametrize(("change", "needed"), NEEDED.values(), ids=list(NEEDED))
def test_what_a_change_needs(change: RowChange, needed: str) -> None:
    assert remedy([change]) == needed


def test_of_several_changes_the_hardest_counts() -> None:
    changes = [modified(ASSOCIATION, ROW, MaxJobs=3), modified(USER, U, AdminLevel="Operator")]
    assert remedy(changes) == ADMINISTRATOR
    assert remedy([]) == ""
