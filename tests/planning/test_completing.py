"""What a killed add has left bare gets its values; what has any value of its own is a Conflict."""

from __future__ import annotations

from typing import Any

import pytest

from slurmctl_rest.backends.changeset import as_made
from slurmctl_rest.errors import Conflict
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.planning import accounts, users
from slurmctl_rest.planning import qos as qos_plans
from slurmctl_rest.planning.associations import new_row
from slurmctl_rest.planning.users import UserAddition
from tests.support import account, assign, association, only, qos, user

ROOT = account("root", None, QosLevel=("normal",))
OWN_ROOT = association("root", None, QosLevel=("normal",))
BARE: Row = {**new_row("alps", "physics", "alice"), "Default": True}
ALICE = user("alice", DefaultAccount="physics", Cluster="alps", Clusters=("alps",))


def added(row: Row, words: str) -> Outcome:
    told = [assign(word, USER_WITH_LIMITS) for word in words.split()]
    rows = [OWN_ROOT, association("physics", None, "root"), row]
    joining = UserAddition(["alice"], ["physics"], [row["Partition"]], told)
    return only(users.add([joining], [ALICE], rows, "alps"))


@pytest.mark.parametrize("partition", [None, "gpu"])
def test_a_bare_row_gets_what_is_asked(partition: str | None) -> None:
    outcome = added({**BARE, "Partition": partition}, "MaxJobs=3 GrpTRES=cpu=4 Fairshare=5")
    assert (outcome.error, outcome.change.action) == (None, "modify")
    assert outcome.change.fields == {
        "Fairshare": (1, 5),
        "GrpTRES": ({}, {"cpu": 4}),
        "MaxJobs": (None, 3),
    }


def test_what_slurm_has_made_itself_is_left_as_it_is() -> None:
    """It is bare on a new cluster, and no killed command has left it so."""
    root = association("root", "root", Default=True)
    joining = UserAddition(["root"], ["root"], [None], [assign("MaxJobs=1", USER_WITH_LIMITS)])
    user_ = user("root", DefaultAccount="root", Cluster="alps", Clusters=("alps",))
    normal = qos("normal", Description="normal")
    outcomes = [
        *users.add([joining], [user_], [OWN_ROOT, root], "alps"),
        *accounts.add({"root": [assign("MaxJobs=1", ACCOUNT)]}, [account("root", None)], "alps"),
        *qos_plans.add({"normal": [assign("GrpJobs=1", QOS)]}, [normal]),
    ]
    errors = [outcome.error for outcome in outcomes]
    assert [type(error) for error in errors] == [Conflict] * 3
    assert not any(outcome.change.changes for outcome in outcomes)


VALUES: dict[str, Any] = {"Fairshare": 2, "QosLevel": ("high",), "DefaultQOS": "normal"}


@pytest.mark.parametrize(
    "field", [f for f in ASSOCIATION.fields if f.settable and f.name != "Parent"]
)
def test_a_row_with_any_value_of_its_own_is_a_conflict(field: Field) -> None:
    value = VALUES.get(field.name, {"cpu": 9} if field.kind.load(None) == {} else 9)
    outcome = added({**BARE, field.name: value}, "MaxJobs=3 MaxWall=7")
    assert isinstance(outcome.error, Conflict)
    assert "already exists, with Max" in outcome.error.message
    assert not outcome.change.changes


def test_a_bare_account_gets_what_is_asked_below_the_parent_and_with_the_texts_that_are() -> None:
    bare = account("physics", "root", Description="light", Coordinators=("bob",))
    for words, error in (
        ("GrpJobs=3 Description=light", None),
        ("GrpJobs=3", None),
        ("GrpJobs=3 Description=dark", Conflict),
        ("GrpJobs=3 Parent=science", Conflict),
    ):
        told = [assign(word, ACCOUNT) for word in words.split()]
        outcome = only(accounts.add({"physics": told}, [ROOT, account("science"), bare], "alps"))
        assert (type(outcome.error) if outcome.error else None) is error, words
        assert dict(outcome.change.fields) == ({} if error else {"GrpJobs": (None, 3)})


def test_what_is_completed_is_what_is_added_bare() -> None:
    """backends.Work adds rows like this before it gives them their values."""
    told = [assign("GrpJobs=3", ACCOUNT), assign("Description=light", ACCOUNT)]
    new = only(accounts.add({"physics": told}, [ROOT], "alps")).change
    again = only(accounts.add({"physics": told}, [ROOT, as_made(new)], "alps"))
    assert (again.error, again.change.action, again.change.after) == (None, "modify", new.after)


def test_a_bare_qos_gets_what_is_asked() -> None:
    told = [assign("Priority=4", QOS), assign("GrpTRES=cpu=4", QOS)]
    outcome = only(qos_plans.add({"low": told}, [qos("low")]))
    assert (outcome.error, outcome.change.action) == (None, "modify")
    assert outcome.change.fields == {"Priority": (0, 4), "GrpTRES": ({}, {"cpu": 4})}
    own = only(qos_plans.add({"low": told}, [qos("low", MaxJobsPU=1)]))
    assert isinstance(own.error, Conflict)
