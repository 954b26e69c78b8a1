"""Fields found by what people type, and values put at paths."""

from __future__ import annotations

import pytest

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.fields import Access, Record, did_you_mean
from slurmctl_rest.model.kinds import Json


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
        ("Fairshaer", "'Fairshaer' is no field of account", "did you mean Fairshare?"),
        ("grptressmins", "'grptressmins' is no field of account", "did you mean GrpTRESMins?"),
        ("", "'' is no field of account", None),
        ("xyzzy\n", "'xyzzy\\n' is no field of account", None),
        (
            "grpj",
            "'grpj' is more than one field of account: GrpJobs, GrpJobsAccrue",
            "",
        ),
    ],
    ids=["typo", "typo in an abbreviation", "nothing", "nonsense", "ambiguous"],
)
def test_what_means_no_field(spelling: str, message: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as refused:
        ACCOUNT.field(spelling)
    everything = "known: " + ", ".join(f.name for f in ACCOUNT.fields)
    assert (refused.value.message, refused.value.hint) == (
        message,
        everything if hint is None else hint,
    )


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
def test_a_path_that_leads_nowhere_is_unset(record: Json) -> None:
    assert ASSOCIATION["MaxJobs"].load(record) is None


def test_a_bad_value_is_named_with_its_field() -> None:
    with pytest.raises(UsageError) as refused:
        ACCOUNT["MaxJobs"].parse("many")
    assert refused.value.message == "MaxJobs: 'many' is not a whole number (-1 clears)"


def test_what_may_be_set_by_record() -> None:
    texts = [f.name for f in ACCOUNT.settable(Record.OBJECT)]
    assert texts == ["Description", "Organization"]
    limits = [f.name for f in ACCOUNT.settable(Record.ASSOCIATION)]
    assert limits[:3] == ["Parent", "Fairshare", "Priority"]
    assert "Cluster" not in limits
    assert ACCOUNT.key.access is Access.KEY
