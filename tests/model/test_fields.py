"""Fields found by what people type, and values put at paths."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slurmctl_rest.errors import SlurmRefused, UsageError
from slurmctl_rest.model.entities import (
    ACCOUNT,
    ASSOCIATION,
    CLUSTERS,
    COORDINATOR,
    ENTITIES,
    QOS,
    USER,
)
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Access, Entity, SlurmRecord, did_you_mean
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import nearest_first

ALL = [field.name for field in ACCOUNT.all_fields]
FIRST_TEN = ALL[:10]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("fairshare", "Fairshare"),
        ("Share", "Fairshare"),
        ("fair", "Fairshare"),
        ("GRPTRES", "GrpTRES"),
        ("grptresm", "GrpTRESMins"),
        ("MaxTRESPerJob", "MaxTRES"),
        ("maxtrespj", "MaxTRES"),
        ("MaxWallDurationPerJob", "MaxWall"),
        ("names", "Account"),
        ("desc", "Description"),
        ("Org", "Organization"),
        ("parent", "Parent"),
        ("ParentName", "Parent"),
        ("qos", "QosLevel"),
        ("QOSLevel", "QosLevel"),
        ("DefQOS", "DefaultQOS"),
        ("Def QOS", "DefaultQOS"),
        ("grpsubmit", "GrpSubmitJobs"),
        ("MinPrioThres", "MinPrioThresh"),
    ],
)
def test_what_sacctmgr_s_words_mean(spelling: str, name: str) -> None:
    assert ACCOUNT.field(spelling).name == name


@pytest.mark.parametrize(
    ("spelling", "message", "hint"),
    [
        ("Fairshaer", "account has no field 'Fairshaer'", "did you mean Fairshare?"),
        ("grptressmins", "account has no field 'grptressmins'", "did you mean GrpTRESMins?"),
        ("", "account has no field ''", f"known: {', '.join(FIRST_TEN)} and {len(ALL) - 10} more"),
        ("xyzzy\n", "account has no field 'xyzzy\\n'", f"known: {nearest_first('xyzzy', ALL)}"),
        (
            "maxtresp",
            "field 'maxtresp' of account is ambiguous: MaxTRES, MaxTRESPerNode",
            "",
        ),
    ],
    ids=["typo", "typo in an abbreviation", "nothing", "nonsense", "ambiguous"],
)
def test_what_means_no_field(spelling: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        ACCOUNT.field(spelling)
    assert refused.value.message == message
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    ("spelling", "known", "words"),
    [
        ("quos", ["qos", "tres"], "did you mean qos?"),
        ("QOSS", ["Qos"], "did you mean Qos?"),
        ("xyz", ["qos"], ""),
        ("shar", {"Share": "Fairshare"}, "did you mean Fairshare?"),
        ("a", [], ""),
    ],
)
def test_did_you_mean(spelling: str, known: dict[str, str] | list[str], words: str) -> None:
    assert did_you_mean(spelling, known) == words


def test_values_of_several_fields_share_a_record() -> None:
    record: dict[str, Json] = {}
    ASSOCIATION["MaxJobs"].put(record, 5)
    ASSOCIATION["GrpJobs"].put(record, None)
    ASSOCIATION["Fairshare"].put(record, "parent")
    assert record == {
        "max": {
            "jobs": {
                "active": {"set": True, "infinite": False, "number": 5},
                "per": {"count": {"set": True, "infinite": True, "number": 0}},
            }
        },
        "shares_raw": 2147483647,
    }


@pytest.mark.parametrize("record", [{}, {"max": None}, {"max": {"jobs": 3}}, {"max": []}])
def test_a_path_that_leads_nowhere_is_an_error(record: Json) -> None:
    with pytest.raises(ValueError, match=r"^MaxJobs: 'max\.jobs\.active' is missing$"):
        ASSOCIATION["MaxJobs"].load(record)


def test_a_record_that_cannot_be_read_names_object_and_field() -> None:
    record = {"name": "physics", "description": 7}
    with pytest.raises(SlurmRefused) as refused:
        ACCOUNT.load(record, [ACCOUNT["Account"], ACCOUNT["Description"]])
    assert refused.value.message == (
        "account 'physics': Slurm's record cannot be read: "
        "Description: 'description': 7 is not a string"
    )


def test_a_bad_value_is_named_with_its_field() -> None:
    with pytest.raises(UsageError) as refused:
        ACCOUNT["MaxJobs"].parse("many")
    assert refused.value.message == "MaxJobs: 'many' is not a whole number (-1 clears)"


def test_what_may_be_set_by_record() -> None:
    texts = [f.name for f in ACCOUNT.settable(SlurmRecord.OBJECT)]
    assert texts == ["Description", "Organization", "Coordinators"]
    limits = [f.name for f in ACCOUNT.settable(SlurmRecord.ASSOCIATION)]
    assert limits[:3] == ["Parent", "Fairshare", "Priority"]
    assert "Cluster" not in limits
    assert ACCOUNT.key.access is Access.KEY


@pytest.mark.parametrize(
    ("access", "settable"),
    [
        (Access.KEY, False),
        (Access.SCOPE, False),
        (Access.SET, True),
        (Access.MODIFY, True),
        (Access.READ, False),
    ],
)
def test_what_access_allows(access: Access, settable: bool) -> None:
    assert replace(ACCOUNT["MaxJobs"], access=access).settable is settable


def test_an_association_is_named_by_four_fields_and_all_else_by_one() -> None:
    assert [entity.noun for entity in ENTITIES if not entity.is_named] == ["association"]
    assert {entity.noun: entity.key.name for entity in ENTITIES if entity.is_named} == {
        "account": "Account",
        "user": "User",
        "coordinator": "User",
        "qos": "Name",
        "cluster": "Cluster",
        "tres": "Type",
        "job": "JobID",
        "usage": "Account",
        "raw-usage": "Account",
        "wckey": "WCKey",
        "federation": "Federation",
        "resource": "Name",
        "event": "NodeName",
        "transaction": "ID",
        "problem": "User",
        "runawayjobs": "ID",
        "instance": "NodeName",
        "reservation": "Name",
        "stats": "Name",
        "configuration": "Name",
        "archive": "Name",
        "slurmdbd": "Name",
    }


def test_words_of_entities() -> None:
    assert {entity.noun: (entity.word, entity.plural) for entity in ENTITIES} == {
        "account": ("account", "accounts"),
        "user": ("user", "users"),
        "association": ("assoc", "associations"),
        "coordinator": ("coordinator", "coordinators"),
        "qos": ("qos", "qos"),
        "cluster": ("cluster", "clusters"),
        "tres": ("tres", "tres"),
        "job": ("jobs", "jobs"),
        "usage": ("usage", "usages"),
        "raw-usage": ("raw-usage", "raw-usages"),
        "wckey": ("wckey", "wckeys"),
        "federation": ("federation", "federations"),
        "resource": ("resource", "resources"),
        "event": ("event", "events"),
        "transaction": ("transaction", "transactions"),
        "problem": ("problem", "problems"),
        "runawayjobs": ("runawayjobs", "runaway jobs"),
        "instance": ("instance", "instances"),
        "reservation": ("reservation", "reservations"),
        "stats": ("stats", "stats"),
        "configuration": ("configuration", "configuration settings"),
        "archive": ("archive", "archives"),
        "slurmdbd": ("slurmdbd", "slurmdbd"),
    }


@pytest.mark.parametrize(
    ("entity", "spelling", "name"),
    [
        (USER, "admin", "AdminLevel"),
        (USER, "def acct", "DefaultAccount"),
        (USER, "account", "Accounts"),
        (USER, "part", "Partitions"),
        (USER_WITH_LIMITS, "maxj", "MaxJobs"),
        (USER_WITH_LIMITS, "share", "Fairshare"),
        (USER_WITH_LIMITS, "account", "Accounts"),
        (ASSOCIATION, "user", "User"),
        (ASSOCIATION, "flags", "Deleted"),
        (COORDINATOR, "names", "User"),
        (COORDINATOR, "acc", "Account"),
        (QOS, "qos", "Name"),
        (QOS, "preempt", "Preempt"),
        (QOS, "preemptm", "PreemptMode"),
        (QOS, "MaxTRESPerUser", "MaxTRESPU"),
        (QOS, "maxsubmitpa", "MaxSubmitJobsPA"),
        (QOS, "usagethres", "UsageThreshold"),
        (QOS, "grace", "GraceTime"),
        (CLUSTERS, "clusters", "Cluster"),
    ],
)
def test_what_words_mean_to_other_entities(entity: Entity, spelling: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(UsageError, match="is ambiguous"):
            entity.field(spelling)
        return
    assert entity.field(spelling).name == name
