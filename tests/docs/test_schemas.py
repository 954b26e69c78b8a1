"""The schemas are sound and strict, and they are what the program writes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from slurmctl_rest import audit
from slurmctl_rest.cli import exits
from slurmctl_rest.errors import NotFound, SlurmctlError, every_error
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, COORDINATOR, JOB, QOS, USER
from slurmctl_rest.model.fields import Access, Entity, Row
from slurmctl_rest.model.reasons import REASONS
from slurmctl_rest.render import changes
from slurmctl_rest.render.formats import FORMATS
from slurmctl_rest.render.listing import OutputTarget, ResultList
from tests.documents import FOLDER, complaints, schema
from tests.support import EVERY_FIELD, PHYSICS, association, job, qos, user
from tools.docgen.manifest import LISTED

KINDS = sorted(path.stem for path in FOLDER.glob("*.json"))
META = {"profile": None, "cluster": "alps", "executor": "rest", "slurm": "24.11.5"}
ROWS: dict[Entity, Row] = {
    ACCOUNT: {**PHYSICS, "Fairshare": "parent", "MaxWall": 60},
    ASSOCIATION: association("physics", "alice", Default=True, GrpTRES={"cpu": 3}),
    USER: user("alice", AdminLevel="Operator"),
    QOS: qos("high", Flags=("DenyOnLimit",), UsageFactor=1.5, Preempt=("low",)),
    COORDINATOR: {"Account": "physics", "User": "alice"},
    JOB: job(7, "physics", "alice", Submit="2026-09-21T14:13:20+00:00", ReqTRES={"cpu": 2}),
}
RAN = [
    SentCommand(argv=("sacctmgr", "-i", "modify")),
    SentCommand(method="POST", path="/slurmdb", query={"a": "b"}, body={}),
    SentCommand(method="GET", path="/slurmdb"),
]
DONE = Outcome(
    RowChange(ACCOUNT, "modify", "physics", PHYSICS, {**PHYSICS, "MaxJobs": 7, "GrpTRES": {}})
)
FAILED = Outcome(
    RowChange(ASSOCIATION, "add", "alice in physics", None, ROWS[ASSOCIATION]), NotFound("no")
)
REPORT = changes.WriteReport([DONE, FAILED], RAN, meta=META, warnings=["mind"])
WHO = audit.Who("root", None, None, "alps", "cli")


def listed(entity: Entity, row: Row) -> dict[str, Any]:
    listing = ResultList(entity, [row], [], [{}], lambda: META, ["mind"])
    document: dict[str, Any] = json.loads("".join(FORMATS["json"](listing, OutputTarget())))
    return document


DOCUMENTS: dict[str, dict[str, Any]] = {
    **{entity.noun: listed(entity, row) for entity, row in ROWS.items()},
    "change": json.loads(json.dumps(changes.as_json(REPORT))),
    "audit": json.loads(
        json.dumps(
            audit.AuditRecord("1", "2026-09-21T14:13:20Z", WHO, "done", [DONE], RAN).as_json()
        )
    ),
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "manifest"])
def test_each_is_a_schema(kind: str) -> None:
    Draft202012Validator.check_schema(dict(schema(kind)))
    assert schema(kind)["$id"] == f"urn:slurmctl-rest:1:{kind.removesuffix('-schema')}"


def test_the_manifest_is_what_its_schema_says() -> None:
    assert complaints(json.loads((FOLDER / "manifest.json").read_text())) == []


def test_every_listing_has_one() -> None:
    assert {entity.noun for entity in LISTED} <= set(KINDS)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_what_is_written_is_what_the_schema_says(kind: str) -> None:
    assert complaints(DOCUMENTS[kind]) == []


def mutated(document: Any, root: Any) -> Iterator[tuple[str, Any]]:
    """Yield the document without each of its keys in turn, and with one more in each object.

    What is within `query`, `body`, `fields`, `inherited` and a mapping of TRES is free.
    """
    if isinstance(document, dict):
        for key in list(document):
            value = document.pop(key)
            yield f"without {key}", copy.deepcopy(root)
            document[key] = value
            if key not in {"query", "body", "fields", "inherited"} and "TRES" not in key:
                yield from mutated(value, root)
        document["xyzzy"] = 1
        yield "with xyzzy", copy.deepcopy(root)
        del document["xyzzy"]
    elif isinstance(document, list):
        for one in document:
            yield from mutated(one, root)


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.code)
def test_an_error_has_one_exit_code_and_is_retryable_where_its_kind_may_pass(
    kind: type[SlurmctlError], capsys: pytest.CaptureFixture[str]
) -> None:
    exits.report_error(kind("no"), as_json=True)
    said = json.loads(capsys.readouterr().err)["error"]
    assert complaints({"error": said}) == []
    for key, value in (("exit", 42), ("code", "nosuch")):
        assert complaints({"error": {**said, key: value}}) != []
    assert (complaints({"error": {**said, "retryable": True}}) == []) is kind.transient


def test_only_what_may_pass_by_itself_is_retryable() -> None:
    assert {r.error for r in REASONS if r.retryable} == {e for e in every_error() if e.transient}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_key_more_or_less_does_not_pass(kind: str) -> None:
    document = copy.deepcopy(DOCUMENTS[kind])
    passed = [what for what, other in mutated(document, document) if complaints(other, kind) == []]
    optional = {"change": ["without commands", "without body"], "audit": ["without body"]}
    assert passed == optional.get(kind, [])


def test_a_dry_run_has_its_commands() -> None:
    document = {**DOCUMENTS["change"], "dry_run": True}
    assert complaints(document) == []
    del document["commands"]
    assert complaints(document) == ["change: $: 'commands' is a required property"]


@pytest.mark.parametrize("entity", ROWS, ids=lambda entity: entity.noun)
def test_a_value_of_another_type_does_not_pass(entity: Entity) -> None:
    document = copy.deepcopy(DOCUMENTS[entity.noun])
    for name, value in document["items"][0].items():
        document["items"][0][name] = [{"no": "such"}]
        assert complaints(document) != [], name
        document["items"][0][name] = value


@pytest.mark.parametrize(
    ("entity", "field"), [(e, f) for e, f in EVERY_FIELD if f.access is not Access.KEY]
)
def test_the_schema_of_a_kind_takes_what_it_loads(entity: Entity, field: Any) -> None:
    unset = json.loads(json.dumps(field.kind.load(None)))
    assert list(Draft202012Validator(field.kind.schema).iter_errors(unset)) == []
