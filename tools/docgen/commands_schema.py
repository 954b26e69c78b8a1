"""JSON Schema of what `schema commands [NOUN [VERB]]` prints: three shapes, one for each size."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.errors import every_error
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.render.json import SCHEMA_VERSION

from .schemas import DIALECT, TEXT, TEXT_OR_NULL, TEXTS, UNSET, list_of, record

TEXT_BY_NAME: Json = {"type": "object", "additionalProperties": TEXT}


def _row(*columns: tuple[str, Json]) -> Json:
    """Return the schema of an array with these places, and no more."""
    return {
        "type": "array",
        "prefixItems": [{**schema, "description": text} for text, schema in columns],
        "minItems": len(columns),
        "items": False,
    }


EFFECT: Json = {"enum": ["reads", "writes"]}
FIELD: Json = _row(
    ("uses: name, place, = += -=, where, since API_VERSION (over REST)", TEXT),
    ("unit", TEXT),
    ("help", TEXT),
)
FIELDS: Json = {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}}
OPTIONS: Json = {**TEXT_BY_NAME, "description": "as they are written, with their help"}
HEAD: Mapping[str, Json] = {
    "schema_version": {"const": SCHEMA_VERSION},
    "kind": {"const": "commands"},
    "version": TEXT,
}
OF_COMMAND: Mapping[str, Json] = {
    "effect": EFFECT,
    "usage": {**TEXT, "description": "its arguments"},
    "summary": TEXT,
    "prints": {**TEXT_OR_NULL, "description": "kind of its JSON: slurmctl-rest schema KIND"},
    "options": OPTIONS,
}


def commands() -> Json:
    """Return the schema of the three sizes of the document."""
    codes = {kind.code: {"$ref": "#/$defs/error"} for kind in every_error()}
    of_places = ("places", "sets", "conditions", "columns", "shown")
    return {
        "$schema": DIALECT,
        "$id": f"urn:slurmctl-rest:{SCHEMA_VERSION}:commands",
        "title": "The document that `schema commands [NOUN [VERB]]` prints",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in ("overview", "noun", "command")],
        "$defs": {
            "field": FIELD,
            "error": _row(("exit code", {"type": "integer"}), ("meaning", TEXT), ("remedy", TEXT)),
            "overview": record(
                {
                    **HEAD,
                    "grammar": {**TEXTS, "description": "how a command line is written"},
                    "unset": list_of(UNSET),
                    "options": OPTIONS,
                    "commands": {
                        "type": "object",
                        "additionalProperties": _row(
                            ("effect", EFFECT), ("its arguments", TEXT), ("summary", TEXT)
                        ),
                    },
                    "fields": {
                        "type": "object",
                        "additionalProperties": FIELDS,
                        "description": "by the nouns that have them, as commands spell them",
                    },
                    "exit_codes": TEXT_BY_NAME,
                    "errors": record(codes),
                    "environment": TEXT_BY_NAME,
                    "kinds": {**TEXTS, "description": "kinds of JSON: schema KIND"},
                }
            ),
            "noun": record(
                {
                    **HEAD,
                    "noun": TEXT,
                    "verbs": {
                        "type": "object",
                        "additionalProperties": record({**OF_COMMAND, "example": TEXT_OR_NULL}),
                    },
                    "fields": FIELDS,
                    "keys": {**TEXT_BY_NAME, "description": "of a profile"},
                },
                required=[*HEAD, "noun", "verbs"],
            ),
            "command": record(
                {
                    **HEAD,
                    "noun": TEXT,
                    "words": {**TEXTS, "description": "after slurmctl-rest"},
                    "synonyms": {**TEXTS, "description": "of the last word"},
                    **OF_COMMAND,
                    "notes": TEXTS,
                    "switches": TEXT_BY_NAME,
                    "examples": TEXTS,
                    **{
                        name: {**TEXTS, "description": text}
                        for name, text in zip(of_places, PLACES, strict=True)
                    },
                    "fields": FIELDS,
                }
            ),
        },
    }


PLACES = (
    "fields that locate an object that is added",
    "fields that may be assigned",
    "fields that may follow where; `columns`: all of these",
    "fields for format=",
    "columns of a table without format=",
)
