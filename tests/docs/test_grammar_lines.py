"""The table of values that unset says what the kinds do, for every field that is set."""

from __future__ import annotations

import pytest

from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS
from slurmctl_rest.cli.exits import REMEDIES
from slurmctl_rest.errors import every_error
from slurmctl_rest.model.fields import Entity, Field
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.kinds.tres import Tres
from tools.docgen.grammar_lines import UNSET
from tools.docgen.manifest import _every_field

TO_A_DEFAULT = {
    "Fairshare": 1,
    "GraceTime": 0,
    "UsageFactor": 1.0,
    "Priority of a QOS": 0,
}
ARCHIVED = "archive"
"""Its words are arguments of one act, and are not kept."""
SETTABLE = [
    (entity, field)
    for entity in ENTITIES_WITH_VERBS
    if entity.noun != ARCHIVED
    for field in _every_field(entity)
    if field.settable
]


def rows(text: str) -> list[str]:
    return [fields for written, fields, _ in UNSET if written == text]


def parsed(field: Field, text: str) -> Value:
    try:
        return field.kind.parse(text)
    except ValueError:
        return "refused"


@pytest.mark.parametrize(
    ("entity", "field"), SETTABLE, ids=[f"{e.word}.{f.name}" for e, f in SETTABLE]
)
def test_the_table_says_what_unsets_a_field(entity: Entity, field: Field) -> None:
    names = [name.strip() for row in rows("''") for name in row.replace(" of jobs", "").split(",")]
    minus, empty = parsed(field, "-1"), parsed(field, "")
    of_noun = f"{field.name} of a {entity.noun.upper()}"
    if written := {field.name, of_noun} & {*TO_A_DEFAULT}:
        assert [minus] == [TO_A_DEFAULT[name] for name in written]
        assert written <= {*rows("-1")[1].split(", ")}
    elif isinstance(field.kind, Tres):
        assert field.kind.merge({"cpu": 3}, Operator.SET, minus) in ({}, None)
    elif minus in (None, ()) and empty == "refused":
        assert field.kind.schema["type"] != "string"  # a limit: the first row
    elif minus in (None, ()):
        assert field.name in (*names, "Classification")
        assert field.name in (*rows("-1")[0].replace(",", "").split(), "Federation", "WCKey")
    elif empty in (None, ()):
        assert field.name in names
    elif field.name == "AdminLevel":
        assert parsed(field, "none") == "None"
    elif field.name == "PreemptMode":
        assert parsed(field, "cluster") == "cluster"
    else:
        assert field.name not in names, entity.word
        assert minus in ("refused", "-1")


def test_each_code_has_a_remedy() -> None:
    assert {*REMEDIES} == {*every_error()}
