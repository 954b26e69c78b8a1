"""The tables: one test over every row of every table, both ways, and their facts as records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slurmctl_rest.model.entities import (
    ACCOUNT,
    ARCHIVE,
    ASSOCIATION,
    CLUSTERS,
    CONFIGURATION,
    ENTITIES,
    EVENT,
    FEDERATION,
    JOB,
    PROBLEM,
    QOS,
    RAW_USAGE,
    RESOURCE,
    RUNAWAY_JOBS,
    SLURMDBD,
    STATS,
    TRANSACTION,
    TRES_TYPE,
    USAGE,
)
from slurmctl_rest.model.entities import account as account_rows
from slurmctl_rest.model.entities import association as association_rows
from slurmctl_rest.model.entities import ping as ping_rows
from slurmctl_rest.model.entities.daemons import ARCHIVED, TresText
from slurmctl_rest.model.entities.job import ExitCode, Requested, States
from slurmctl_rest.model.entities.job_ids import JobId
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import MUST_BE_THERE, Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.durations import Moment
from slurmctl_rest.model.kinds.names import INDIRECT_OFFICERS, CommaList
from slurmctl_rest.model.kinds.tres import Tres, tres_name
from slurmctl_rest.model.kinds.words import Mark
from slurmctl_rest.model.versions import KNOWN
from slurmctl_rest.render.json import json_value
from tests.strategies import values
from tests.support import EVERY_FIELD, FIELD_IDS, LIMITS, account, association, noun_of

every_field = pytest.mark.parametrize(("entity", "field"), EVERY_FIELD, ids=FIELD_IDS)


NEVER_UNSET: Mapping[tuple[str, str], Value] = {
    ("user", "AdminLevel"): "None",
    ("association", "Default"): False,
    ("association", "Deleted"): False,
    ("qos", "Priority"): 0,
    ("qos", "GraceTime"): 0,
    ("qos", "PreemptMode"): "cluster",
    ("qos", "UsageFactor"): 1.0,
    ("stats", "Kind"): "rollup",
    ("configuration", "Program"): "sacctmgr",
    **{("archive", name): False for name in ARCHIVED},
    ("resource", "Type"): "License",
}
"""What is taken for the value of a field that slurmrestd leaves out."""

WITHOUT_RECORDS = (
    *(FEDERATION, RESOURCE, EVENT, TRANSACTION, PROBLEM, RUNAWAY_JOBS),
    *(STATS, CONFIGURATION, ARCHIVE, SLURMDBD),
)
"""Entities of which slurmrestd has no records, or none a row."""

DERIVED = {
    *(
        ("account", "Clusters"),
        ("cluster", "NodeCount"),
        ("coordinator", "Account"),
        ("coordinator", "User"),
    ),
    *(("user", name) for name in ("DefaultAccount", "Clusters", "Accounts", "Partitions")),
    *(("job", name) for name in ("End", "Elapsed", "ExitCode")),  # slurmdbd alone tells them
    *((entity.noun, f.name) for entity in (USAGE, RAW_USAGE) for f in entity.fields if not f.path),
    *((entity.noun, f.name) for entity in WITHOUT_RECORDS for f in entity.fields),
    *(("cluster", f.name) for f in CLUSTERS.fields if f.commands),
}
"""Fields that no record holds: they are told from others."""

ONLY_READ = (CommaList, ExitCode, JobId, Moment, Requested, States, TresText)
"""Kinds of what is never sent: test_jobs.py has the several shapes in which it comes."""


@pytest.mark.parametrize(
    ("entity", "field"),
    [
        pytest.param(*one, id=name)
        for one, name in zip(EVERY_FIELD, FIELD_IDS, strict=True)
        if not isinstance(one[1].kind, ONLY_READ)
    ],
)
@settings(max_examples=15)
@given(data=st.data())
def test_a_row_of_the_table_goes_both_ways(
    entity: Entity, field: Field, data: st.DataObject
) -> None:
    """text -> value -> JSON -> value -> text, over sacctmgr's text and slurmrestd's JSON."""
    value = data.draw(values(field.kind))
    printed = field.kind.text(value)
    if not isinstance(field.kind, Mark):  # what sacctmgr prints is its word, what we print is yes
        assert field.kind.read(printed) == value
    if printed and not printed.startswith(("+", "-")):  # what only Slurm writes: signed names
        assert field.parse(printed) == value

    record: dict[str, Json] = {}
    field.put(record, value)
    sent = json.loads(json.dumps(record).encode())
    if field.path and field.kind is not INDIRECT_OFFICERS:  # what is written is direct
        for one in sent.get("coordinators", ()):
            one["direct"] = True  # slurmrestd tells it, and is not told
        assert field.load(sent) == value
        assert field.kind.text(field.load(sent)) == printed

    assert conforms(json.loads(json.dumps(json_value(value))), field.kind.schema)


@every_field
def test_absent_is_unset_in_both_spellings(entity: Entity, field: Field) -> None:
    unset = field.kind.load(None)
    never_unset = NEVER_UNSET.get((entity.noun, field.name))
    assert unset == never_unset or (never_unset is None and unset in (None, (), {}))
    if not field.path:
        assert field.load({}) == unset
    elif field.absent is MUST_BE_THERE:
        for record in ({}, {field.path.partition(".")[0]: None}):
            with pytest.raises(ValueError, match=f"^{field.name}: "):
                field.load(record, KNOWN[-1])
    elif field is not QOS["PreemptMode"]:
        assert field.load({}) == unset
    assert bool(field.kind.text(unset)) is bool(
        never_unset is not None and never_unset is not False
    )
    assert conforms(json_value(unset), field.kind.schema) is (field is not JOB.key)
    printed = field.kind.read("")
    if not isinstance(printed, str):
        assert printed == unset
    else:
        assert printed in {"", never_unset}


@every_field
def test_every_spelling_means_the_field_in_any_case(entity: Entity, field: Field) -> None:
    for spelling in field.spellings:
        for word in (spelling, spelling.lower(), spelling.upper()):
            assert entity.field(word) is field


@every_field
def test_what_people_read_of_a_field_is_there(entity: Entity, field: Field) -> None:
    assert field.help
    assert field.help[0] not in " .,"
    assert field.help.endswith("...") or field.help[-1] not in ". "
    assert bool(field.path) is ((entity.noun, field.name) not in DERIVED)
    assert field.name.isidentifier()
    assert field.title
    assert field.kind.unit
    of_members = entity in {ACCOUNT, ASSOCIATION} and field.record is SlurmRecord.ASSOCIATION
    if field.settable and of_members:
        assert field.add_key == field.add_key.lower() != ""


@pytest.mark.parametrize("entity", ENTITIES, ids=noun_of)
def test_an_entity_has_one_key_distinct_fields_and_known_columns(entity: Entity) -> None:
    keys = [f for f in entity.fields if f.access is Access.KEY]
    assert keys == ([entity.key] if entity.is_named else [])
    assert len({f.name for f in entity.fields}) == len(entity.fields)
    twice = {"IndirectCoordinators", "JobIDRaw"}
    paths = [f.path for f in entity.fields if f.path and f.name not in twice]
    assert len({*paths}) == len(paths)
    assert [entity[name].name for name in entity.columns] == list(entity.columns)


@pytest.mark.parametrize("entity", [*ENTITIES, USER_WITH_LIMITS], ids=noun_of)
def test_no_spelling_means_two_fields(entity: Entity) -> None:
    found: dict[str, set[str]] = {}
    for f in entity.fields:
        for spelling in f.spellings:
            found.setdefault(spelling.lower(), set()).add(f.name)
    assert {word: names for word, names in found.items() if len(names) > 1} == {}


@pytest.mark.parametrize("entity", [*ENTITIES, USER_WITH_LIMITS], ids=noun_of)
def test_only_objects_and_scopes_of_them_are_named_without_an_assignment(entity: Entity) -> None:
    """A condition that were no condition could be taken for an assignment where one adds."""
    for f in entity.fields:
        assert f.where or f.access not in {Access.KEY, Access.SCOPE} or entity in {TRES_TYPE, JOB}
        assert f.kind.acts or not f.settable


@every_field
def test_versions_of_a_field_are_in_order(entity: Entity, field: Field) -> None:
    assert (field.since or KNOWN[0]) <= (field.until or KNOWN[-1])


def number(value: int) -> Json:
    return {"set": True, "infinite": False, "number": value}


def tres_list(**counts: int) -> Json:
    parts = {name.replace("_", "/"): count for name, count in counts.items()}
    return [
        {"type": n.partition("/")[0], "name": n.partition("/")[2], "id": 1, "count": c}
        for n, c in parts.items()
    ]


# The paths of shared/slurm-facts.md, 4, with a value of its own at each.
ASSOCIATION_RECORD: Json = {
    "account": "physics",
    "cluster": "alps",
    "user": "",
    "partition": "",
    "parent_account": "science",
    "shares_raw": 2147483647,
    "priority": number(1),
    "max": {
        "jobs": {
            "per": {
                "count": number(2),
                "accruing": number(3),
                "submitted": number(4),
                "wall_clock": number(5),
            },
            "active": number(6),
            "accruing": number(7),
            "total": number(8),
        },
        "per": {"account": {"wall_clock": number(9)}},
        "tres": {
            "total": tres_list(cpu=10),
            "group": {"minutes": tres_list(cpu=11), "active": tres_list(cpu=12)},
            "per": {"job": tres_list(cpu=13), "node": tres_list(cpu=14)},
            "minutes": {"per": {"job": tres_list(cpu=15)}, "total": tres_list(cpu=16, gres_gpu=17)},
        },
    },
    "min": {"priority_threshold": number(18)},
    "default": {"qos": "high"},
    "qos": ["normal", "high"],
    "is_default": True,
    "flags": ["DELETED"],
}
ASSOCIATION_ROW = {
    "Cluster": "alps",
    "Account": "physics",
    "User": None,
    "Partition": None,
    "Parent": "science",
    "Fairshare": "parent",
    "Priority": 1,
    "GrpJobs": 2,
    "GrpJobsAccrue": 3,
    "GrpSubmitJobs": 4,
    "GrpTRES": {"cpu": 10},
    "GrpTRESMins": {"cpu": 11},
    "GrpTRESRunMins": {"cpu": 12},
    "GrpWall": 9,
    "MaxJobs": 6,
    "MaxJobsAccrue": 7,
    "MaxSubmitJobs": 8,
    "MaxTRES": {"cpu": 13},
    "MaxTRESPerNode": {"cpu": 14},
    "MaxTRESMins": {"cpu": 15},
    "MaxTRESRunMins": {"cpu": 16, "gres/gpu": 17},
    "MaxWall": 5,
    "MinPrioThresh": 18,
    "DefaultQOS": "high",
    "QosLevel": ("high", "normal"),
    "Default": True,
    "Deleted": True,
}


def test_an_association_of_slurmrestd_as_a_row() -> None:
    assert {f.name: f.load(ASSOCIATION_RECORD) for f in ASSOCIATION.fields} == ASSOCIATION_ROW


def test_small_records_as_rows() -> None:
    record = {"name": "physics", "description": "Light", "organization": "eth", "flags": []}
    texts = ("Account", "Description", "Organization")
    assert [ACCOUNT[name].load(record) for name in texts] == ["physics", "Light", "eth"]
    gpu = {"type": "gres", "name": "gpu", "id": 1001, "count": 0}
    assert [f.load(gpu) for f in TRES_TYPE.fields] == ["gres", "gpu", 1001]


def test_tres_names() -> None:
    assert [tres_name("cpu", ""), tres_name("cpu", None)] == ["cpu", "cpu"]
    assert tres_name("gres", "gpu:a100") == "gres/gpu:a100"


def test_sacctmgr_s_words_of_the_columns() -> None:
    """What stands in format=, and above the columns of sacctmgr -P."""
    words = {f.column: f.title for f in ASSOCIATION.fields}
    assert words == {
        "Cluster": "Cluster",
        "Account": "Account",
        "User": "User",
        "Partition": "Partition",
        "ParentName": "ParentName",
        "Share": "Share",
        "Priority": "Priority",
        "GrpJobs": "GrpJobs",
        "GrpJobsAccrue": "GrpJobsAccrue",
        "GrpSubmitJobs": "GrpSubmit",
        "GrpTRES": "GrpTRES",
        "GrpTRESMins": "GrpTRESMins",
        "GrpTRESRunMins": "GrpTRESRunMins",
        "GrpWall": "GrpWall",
        "MaxJobs": "MaxJobs",
        "MaxJobsAccrue": "MaxJobsAccrue",
        "MaxSubmitJobs": "MaxSubmit",
        "MaxTRES": "MaxTRES",
        "MaxTRESPerNode": "MaxTRESPerNode",
        "MaxTRESMins": "MaxTRESMins",
        "MaxTRESRunMins": "MaxTRESRunMinsPU",
        "MaxWall": "MaxWall",
        "MinPrioThresh": "MinPrioThres",
        "DefaultQOS": "Def QOS",
        "QOS": "QOS",
        "Default": "Default",
        "Flags": "Flags",
    }


def test_seven_lists_of_tres() -> None:
    """As many as slurmrestd erases where a POST leaves them out."""
    assert [f.name for f in ASSOCIATION.fields if isinstance(f.kind, Tres)] == [
        "GrpTRES", "GrpTRESMins", "GrpTRESRunMins",
        "MaxTRES", "MaxTRESPerNode", "MaxTRESMins", "MaxTRESRunMins",
    ]  # fmt: skip


def test_grp_limits_and_shares_are_not_inherited() -> None:
    assert {f.name for f in LIMITS if not f.inherits} == {
        "Parent", "Fairshare", "GrpJobs", "GrpJobsAccrue", "GrpSubmitJobs",
        "GrpTRES", "GrpTRESMins", "GrpTRESRunMins", "GrpWall",
    }  # fmt: skip


def test_join_puts_the_account_and_its_association_into_one_row() -> None:
    texts: dict[str, Value] = {"Description": "d", "Organization": "o"}
    accounts: list[Row] = [
        {
            **texts,
            "Account": "physics",
            "Coordinators": ("alice",),
            "IndirectCoordinators": ("zoe",),
        },
        {**texts, "Account": "elsewhere", "Coordinators": (), "IndirectCoordinators": ()},
    ]
    associations = [
        association("physics", None, "science", GrpJobs=3),
        association("physics", None, "root", GrpJobs=4) | {"Cluster": "jura"},
        association("elsewhere", None, "root", GrpJobs=5) | {"Cluster": "jura"},
    ]
    elsewhere = {"Cluster": None, "Clusters": ("jura",), "Fairshare": None}
    assert account_rows.join(accounts, associations, "alps") == [
        account("elsewhere", None, **texts, **elsewhere),
        account("physics", "science", **texts, Coordinators=("alice",), GrpJobs=3,
                IndirectCoordinators=("zoe",), Clusters=("alps", "jura")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "added", "final", "signed"),
    [
        ((), ("high",), ("high", "normal"), ("+high",)),
        ((), (), (), ("-normal",)),
        ((), ("high",), ("high",), ("+high", "-normal")),
        ((), (), ("normal",), ()),
        (("high",), (), ("high",), ("high",)),
    ],
    ids=["added", "taken away", "both", "nothing of its own", "its own list"],
)
def test_changes_to_inherited_qos_are_told_from_three_views(
    raw: tuple[str, ...],
    added: tuple[str, ...],
    final: tuple[str, ...],
    signed: tuple[str, ...],
) -> None:
    root = association("root", None, QosLevel=("normal",))
    first, second, third = (
        [root, association("physics", None, "root", QosLevel=qos)] for qos in (raw, added, final)
    )
    ends = association_rows.effective_qos(third)
    told = [root, association("physics", None, "root", QosLevel=signed)]
    assert association_rows.with_changes(first, second, ends) == told
    assert association_rows.with_changes(first, None, ends) == told


def test_two_views_do_not_tell_an_addition_that_adds_nothing() -> None:
    root = association("root", None, QosLevel=("normal",))
    raw, added, final = (
        [root, association("physics", None, "root", QosLevel=qos)]
        for qos in ((), ("normal",), ("normal",))
    )
    ends = association_rows.effective_qos(final)
    three = association_rows.with_changes(raw, added, ends)
    two = association_rows.with_changes(raw, None, ends)
    assert [row["QosLevel"] for row in three] == [("normal",), ("+normal",)]
    assert [row["QosLevel"] for row in two] == [("normal",), ()]


def test_a_removal_of_what_is_not_above_is_not_shown() -> None:
    """slurmrestd cannot tell of it, so neither executor does."""
    rows = [
        association("root", None, QosLevel=("normal",)),
        association("physics", None, "root", QosLevel=("+high", "-low", "-normal")),
    ]
    final = [rows[0], association("physics", None, "root", QosLevel=("high",))]
    shown = association_rows.without_idle_removals(rows, final)
    assert [row["QosLevel"] for row in shown] == [("normal",), ("+high", "-normal")]


def test_keys_tell_rows_apart_and_put_an_account_before_its_users() -> None:
    rows = [
        association("physics", "alice") | {"Partition": "gpu"},
        association("physics", "alice"),
        association("physics", None),
        association("art", "zoe"),
    ]
    assert sorted(map(association_rows.association_key, rows)) == [
        ("alps", "art", "zoe", ""),
        ("alps", "physics", "", ""),
        ("alps", "physics", "alice", ""),
        ("alps", "physics", "alice", "gpu"),
    ]


@pytest.mark.parametrize(
    ("ping", "status", "detail"),
    [
        ({"hostname": "head", "pinged": "UP", "mode": "primary"}, "up", None),
        ({"hostname": "head", "pinged": "DOWN", "mode": "primary"}, "down", "does not answer"),
        ({"hostname": "head", "responding": True, "primary": True}, "up", None),
        (
            {"hostname": "head", "responding": False, "primary": True, "status": "auth error"},
            "down",
            "auth error",
        ),
    ],
    ids=["v40 up", "v40 down", "v45 up", "v45 down"],
)
def test_pings_of_all_versions(ping: Json, status: str, detail: str | None) -> None:
    document = {"pings": [ping], "meta": {"slurm": {"release": "26.05.5"}}}
    assert ping_rows.rows("slurmctld", document, 3) == [
        {
            "Daemon": "slurmctld",
            "Host": "head",
            "Role": "primary",
            "Status": status,
            "Release": "26.05.5",
            "Latency": 3,
            "Detail": detail,
        }
    ]


def test_a_backup_controller_is_told_from_the_primary() -> None:
    pings = [
        {"hostname": "a", "pinged": "UP", "mode": "backup1"},
        {"hostname": "b", "pinged": "DOWN", "mode": "backup2"},
    ]
    roles = [row["Role"] for row in ping_rows.rows("slurmctld", {"pings": pings}, 1)]
    assert roles == ["backup", "backup"]


def conforms(value: Json, schema: Mapping[str, Json]) -> bool:
    """Tell whether the value keeps the few words of JSON Schema that our kinds use."""
    assert set(schema) <= {
        "type", "minimum", "anyOf", "const", "enum", "items", "additionalProperties", "pattern",
        "format",
    }, schema  # fmt: skip
    if schema.get("format") == "date-time" and value is not None:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    if "anyOf" in schema:
        return any(conforms(value, one) for one in schema["anyOf"])
    if "pattern" in schema and not re.search(schema["pattern"], str(value)):
        return False
    if "enum" in schema:
        return value in schema["enum"]
    if "const" in schema:
        return bool(value == schema["const"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if isinstance(value, bool):
        return "boolean" in types
    python: dict[str, type | tuple[type, ...]] = {
        "integer": int, "number": (int, float), "string": str, "array": list, "object": dict,
        "null": type(None), "boolean": bool,
    }  # fmt: skip
    if not any(isinstance(value, python[one]) for one in types):
        return False
    if isinstance(value, list):
        return all(conforms(one, schema["items"]) for one in value)
    if isinstance(value, dict):
        return all(conforms(one, schema["additionalProperties"]) for one in value.values())
    return not isinstance(value, int | float) or value >= schema.get("minimum", value)


@pytest.mark.parametrize("entity", [ACCOUNT, ASSOCIATION, QOS], ids=lambda one: one.noun)
def test_lists_have_a_column_in_slurm_s_database(entity: Entity) -> None:
    """They are written whole: planning/journal.py finds there what another writer has set."""
    lists = [f for f in entity.settable(SlurmRecord.ASSOCIATION) if isinstance(f.kind, Tres)]
    lists += [f for f in entity.settable(SlurmRecord.OBJECT) if isinstance(f.kind, Tres)]
    assert [f.name for f in lists if not f.database] == []
    columns = [f.database for f in entity.fields if f.database]
    assert len({*columns}) == len(columns)
