"""JSON Schema (draft 2020-12) of all that --json prints, written from the tables.

The files in slurmctl_rest/schemas/ are these documents (`make docs`); `slurmctl-rest schema KIND`
prints them. They are strict: each key is required, and no other is allowed. What --output ndjson
prints a line is in them as `$defs/item`, if there are items. With format= each item has the named
keys alone: `$defs/named`.

    listing     the items of an entity, with their cluster, executor and Slurm release
    change      what a write did, or would do
    diff, plan  what differs between a site's file and a cluster, and what apply would do
    error       the object on stderr
    audit       a line of the audit trail
    manifest    what `schema manifest` prints; commands_schema.py has `schema commands`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from slurmctl_rest.cli import help_texts
from slurmctl_rest.errors import SlurmctlError, every_error
from slurmctl_rest.model.change import Action
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, ENTITIES, JOB, QOS, USAGE, USER
from slurmctl_rest.model.entities.association import PLACE
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.entities.usage import BASES, GROUPS, OF_TOTALS, SECONDS_OF_UNIT
from slurmctl_rest.model.entities.with_assoc import WITH_ASSOC_TABLES
from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.kinds.base import Json, Operator
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.render.changes import OF_FILE, OF_TIME, Sides
from slurmctl_rest.render.json import SCHEMA_VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"

TEXT: Json = {"type": "string"}
TEXT_OR_NULL: Json = {"type": ["string", "null"]}
TRUTH: Json = {"type": "boolean"}
TEXTS: Json = {"type": "array", "items": TEXT}
EXECUTOR: Json = {"enum": ["rest", "cli"]}
MOMENT: Json = {"type": "string", "format": "date-time"}


def record(keys: Mapping[str, Json], **more: Json) -> Json:
    """Return the schema of an object that has these keys, and no others."""
    return {
        "type": "object",
        "properties": dict(keys),
        "required": list(keys),
        "additionalProperties": False,
        **more,
    }


def list_of(schema: Json) -> Json:
    """Return the schema of an array."""
    return {"type": "array", "items": schema}


def described(field: Field) -> Json:
    """Return the schema of a field's value, with its help."""
    return {**field.kind.schema, "description": f"{field.help} [{field.kind.unit}]"}


def document(kind: str, title: str, keys: Mapping[str, Json], **more: Json) -> Json:
    """Return the schema of a whole document of ours."""
    head = {"schema_version": {"const": SCHEMA_VERSION}, "kind": {"const": kind}}
    return {**_head(kind, title), **record({**head, **keys}), **more}


def _head(kind: str, title: str) -> Json:
    return {"$schema": DIALECT, "$id": f"urn:slurmctl-rest:{SCHEMA_VERSION}:{kind}", "title": title}


SOURCE: Mapping[str, Json] = {
    "profile": {**TEXT_OR_NULL, "description": "name of the profile; null: the environment's"},
    "cluster": {**TEXT_OR_NULL, "description": "null if the objects belong to no cluster"},
    "executor": EXECUTOR,
    "slurm": {**TEXT, "description": "release of Slurm, like 24.11.5"},
}
"""The source of the answer."""

UNASKED: Mapping[str, Json] = {
    **SOURCE,
    "executor": {"enum": [*EXECUTOR["enum"], None]},
    "slurm": TEXT_OR_NULL,
}
"""The same if Slurm may not have been asked, or there is no valid profile."""

MORE: Mapping[str, Mapping[str, Json]] = {
    USAGE.noun: {
        "start": MOMENT,
        "end": MOMENT,
        "time_zone": {**TEXT_OR_NULL, "description": "null: this machine's"},
        "basis": {"enum": list(BASES)},
        "unit": {"enum": list(SECONDS_OF_UNIT)},
        "by": list_of({"enum": [group.lower() for group in GROUPS]}),
        "totals": list_of(record({n: described(USAGE[n]) for n in OF_TOTALS})),
    },
}
"""Further keys of a listing, by its kind."""


ORDER: Mapping[str, str] = {
    "association": "Cluster, Account, User and Partition, null first",
    "coordinator": "Account and User",
    "tres": "ID",
    "job": "JobID (the number, then the task, pending tasks last), Submit and Start",
    "usage": "the fields in `by`, in that order, and TRES",
    "ping": "slurm.conf, and slurmdbd last",
    "quota": "Percent, the fullest first",
    "why": "JobID",
    "access": "Verdict, those that refuse first",
    "description": "the command line, and of the tables of fields",
    "check": "the checks, or of the profiles on the command line",
    "profile": "the file",
    "setting": "the manual page slurmctl-rest.toml(5)",
}
"""The order of items, if it is not by name: the same from both executors."""


def _order(entity: Entity) -> str:
    return f"in the order of {ORDER.get(entity.noun) or entity.key.name}, or as sort= has it"


def item(entity: Entity) -> Json:
    """Return the schema of one object of a listing."""
    keys = {field.name: described(field) for field in entity.fields}
    tables = [
        entity,
        _table(entity),
        *(WITH_ASSOC_TABLES.values() if entity is ASSOCIATION else ()),
    ]
    asked = {f.name: described(f) for table in tables for f in table.on_request}
    if inheriting := [field for field in entity.fields if field.inherits]:
        keys["inherited"] = {
            "type": "object",
            "description": "inherited limits, with the account that each comes from; TRES one by "
            "one. A limit that is not here is the row's own, or unset",
            "properties": {field.name: _origin(field) for field in inheriting},
            "additionalProperties": False,
        }
    return record({**keys, **asked}, required=list(keys))


def _table(entity: Entity) -> Entity:
    """Return the table with the fields on request, which are keys where they are named."""
    return PAST_JOB if entity is JOB else entity


def _origin(field: Field) -> Json:
    by_tres = isinstance(field.kind, Tres)
    return {"type": "object", "additionalProperties": TEXT} if by_tres else TEXT


ORIGIN_TEXT: Json = {
    **TEXT_OR_NULL,
    "description": "account that it is inherited from (cpu=science,mem=root); null: the row's own",
}


def named(entity: Entity) -> Json:
    """Return the schema of an object of a listing with format=: it has the named keys alone."""
    keys = (key for key in item(entity)["properties"] if key != "inherited")
    origins = {f"{field.name}.From": ORIGIN_TEXT for field in entity.fields if field.inherits}
    return record(
        {**{key: {"$ref": f"#/$defs/item/properties/{key}"} for key in keys}, **origins},
        required=[],
        minProperties=1,
        description="an item of a list with format=: the named keys alone, in that order",
    )


def listing(entity: Entity, source: Mapping[str, Json] = SOURCE) -> Json:
    """Return the schema of a listing."""
    title = f"A list of {help_texts.plural(entity)}: {entity.word} ... --json"
    keys = {
        **source,
        **MORE.get(entity.noun, {}),
        "items": {
            "type": "array",
            "anyOf": [{"items": {"$ref": f"#/$defs/{name}"}} for name in ("item", "named")],
            "description": _order(entity),
        },
        "warnings": TEXTS,
    }
    return document(
        entity.noun, title, keys, **{"$defs": {"item": item(entity), "named": named(entity)}}
    )


CODE: Json = {"enum": [kind.code for kind in every_error()]}


def error(exits: Mapping[type[SlurmctlError], int]) -> Json:
    """Return the schema of the object that an error is on stderr; each has one exit code."""
    cases = [
        {
            "properties": {
                "code": {"const": kind.code},
                "exit": {"const": exit_code},
                **({} if kind.transient else {"retryable": {"const": False}}),
            }
        }
        for kind, exit_code in exits.items()
    ]
    keys = {
        "code": CODE,
        "exit": {"type": "integer", "description": "the exit code"},
        "message": TEXT,
        "hint": {**TEXT_OR_NULL, "description": "the remedy"},
        "retryable": {**TRUTH, "description": "true if the same command may succeed later"},
        "executor": {"enum": [*EXECUTOR["enum"], None]},
        "http_status": {"type": ["integer", "null"]},
        "slurm_errno": {"type": ["integer", "null"]},
        "slurm_said": {**TEXT_OR_NULL, "description": "Slurm's own words"},
    }
    return {**_head("error", "An error, on stderr"), **record({"error": record(keys, oneOf=cases)})}


def change() -> Json:
    """Return the schema of the output of a write."""
    title = "The changes of a write, or with --dry-run the changes that it would make"
    keys = {
        **SOURCE,
        "changed": {**TRUTH, "description": "true if anything changed, or would change"},
        "dry_run": TRUTH,
        "changes": list_of({"$ref": "#/$defs/change"}),
        "commands": {
            **list_of(COMMAND),
            "description": "of a dry run; of a write with -v or --with-commands",
        },
        "warnings": TEXTS,
    }
    required = ["schema_version", "kind", *(key for key in keys if key != "commands")]
    rule = {
        "if": {"properties": {"dry_run": {"const": True}}},
        "then": {"required": ["commands"]},
    }
    schema = document(
        "change", title, keys, required=required, **rule, **{"$defs": {"change": CHANGE}}
    )
    schema["properties"]["digest"] = {**DIGEST, "description": "with dry_run: for --approve"}
    schema["properties"]["transactions"] = {
        **list_of({"type": "integer"}),
        "description": "of undo: the numbers in Slurm's journal that are taken back",
    }
    return schema


def diff() -> Json:
    """Return the schema of what `diff` prints."""
    title = (
        "The differences between a site's file and a cluster, or between then and now: diff -f "
        "FILE --json, diff --as-of TIME --json"
    )
    differences = [
        _difference(entity, sides) for sides in (OF_FILE, OF_TIME) for entity in SITE_ENTITIES
    ]
    keys = {
        **SOURCE,
        "equal": TRUTH,
        "differences": list_of({"oneOf": differences}),
        "origins": ORIGINS,
        "warnings": TEXTS,
    }
    return document("diff", title, keys)


def plan() -> Json:
    """Return the schema of a plan, printed or kept in a file."""
    title = "A plan: plan -f FILE --json, and plan -f FILE -o PLAN"
    changes = [_planned(entity) for entity in SITE_ENTITIES]
    impossible = [_planned(entity, reason=TEXT) for entity in SITE_ENTITIES]
    keys = {
        **SOURCE,
        "cluster": TEXT,
        "created": MOMENT,
        "digest": DIGEST,
        "prune": TRUTH,
        "changes": list_of({"oneOf": changes}),
        "impossible": {
            **list_of({"oneOf": impossible}),
            "description": "what the executor cannot do, and why",
        },
        "lost": {**TEXTS, "description": "what is deleted and does not come back"},
        "origins": ORIGINS,
        "guards": {**TEXTS, "description": "what the guards of the profile say of it"},
        "site": {"type": "object", "description": "the tables of the site's file"},
        "warnings": TEXTS,
    }
    return document("plan", title, keys)


DIGEST: Json = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
"""The name of a plan, which --approve takes."""


ORIGINS: Json = {
    **list_of(
        record(
            {
                "entity": TEXT,
                "name": TEXT,
                "field": {**TEXT_OR_NULL, "description": "null: the object itself"},
                "changed": {"enum": ["file", "cluster", "both"]},
                "applied": {"description": "the value that was applied last"},
                "by": {**TEXT_OR_NULL, "description": "who has changed the cluster"},
            }
        )
    ),
    "description": "where differences come from; empty if nothing was applied before",
}


SITE_ENTITIES = (QOS, ACCOUNT, USER, ASSOCIATION)
"""The objects that a site's file is about."""


def _difference(entity: Entity, sides: Sides) -> Json:
    keys = {
        **_changed_object(entity, sides.before, sides.after),
        "where": {"enum": ["both", sides.after, sides.before]},
    }
    return record(keys)


def _planned(entity: Entity, **more: Json) -> Json:
    action = {"enum": ["add", "modify", "delete"]}
    return record({**_changed_object(entity), "action": action, **more})


def _change(entity: Entity) -> Json:
    of_object = _changed_object(entity)
    fields = of_object.pop("fields")
    keys = {
        **of_object,
        "action": {"enum": list(get_args(Action))},
        "changed": TRUTH,
        "fields": fields,
        "error": {"oneOf": [{"type": "null"}, record({"code": CODE, "message": TEXT})]},
    }
    return record(keys)


def _changed_object(
    entity: Entity, first: str = "before", second: str = "after"
) -> dict[str, Json]:
    """Return the keys of an object with its fields on two sides."""
    names = entity.named_by if entity.naming or entity.is_named else PLACE
    sides = {
        field.name: record({first: field.kind.schema, second: field.kind.schema})
        for field in _table(entity).all_fields
        if field.settable or (entity is USER and field is USER.key)
    }
    return {
        "entity": {"const": entity.noun},
        "name": TEXT,
        "key": record(dict.fromkeys(names, TEXT_OR_NULL)),
        "fields": {"type": "object", "properties": sides, "additionalProperties": False},
    }


CHANGE: Json = {"oneOf": [_change(entity) for entity in ENTITIES]}
"""One object before and after. QosLevel may hold changes to what is inherited: +name, -name."""


COMMAND: Json = {
    "oneOf": [
        record({"argv": TEXTS}),
        {
            "type": "object",
            "properties": {
                "method": {"enum": ["GET", "POST", "DELETE"]},
                "path": TEXT,
                "query": {"type": "object", "additionalProperties": TEXT},
                "body": {"type": "object"},
            },
            "required": ["method", "path", "query"],
            "additionalProperties": False,
        },
    ],
}
"""A command line that was run, or a request that was sent; never a token."""


def audit(outcomes: Sequence[str]) -> Json:
    """Return the schema of a line of the audit trail."""
    keys = {
        "time": MOMENT,
        "id": {**TEXT, "description": "the same in all lines of one write"},
        "user": {**TEXT, "description": "of the operating system"},
        "login": {**TEXT_OR_NULL, "description": "user who logged in, before sudo or su"},
        "profile": SOURCE["profile"],
        "cluster": SOURCE["cluster"],
        "executor": EXECUTOR,
        "slurm_user": {**TEXT_OR_NULL, "description": "user that the token is for"},
        "outcome": {"enum": list(outcomes)},
        "changes": list_of({"$ref": "#/$defs/change"}),
        "commands": list_of(COMMAND),
    }
    title = "A line of the audit trail"
    return document("audit", title, keys, **{"$defs": {"change": CHANGE}})


def kinds() -> Json:
    """Return the schema of the list of kinds."""
    keys = {"items": list_of({"$ref": "#/$defs/item"})}
    defs = {"item": record({"Kind": TEXT, "Title": TEXT})}
    return document("schemas", "Every kind of JSON that has a schema", keys, **{"$defs": defs})


UNSET: Json = record(
    {
        "write": {**TEXT, "description": "the value as it is written; '' is the empty one"},
        "fields": TEXT,
        "then": {**TEXT, "description": "what it leaves"},
    }
)
OPTION: Json = record(
    {
        "names": TEXTS,
        "type": {"enum": ["flag", "string", "integer", "number"]},
        "metavar": TEXT_OR_NULL,
        "choices": {"type": ["array", "null"], "items": TEXT},
        "default": {"type": ["string", "number", "boolean", "null"]},
        "help": TEXT,
    }
)
FIELD: Json = record(
    {
        "name": {**TEXT, "description": "key in JSON, and word on the command line"},
        "header": {**TEXT, "description": "sacctmgr's header of the column, printed by -p and -P"},
        "aliases": {**TEXTS, "description": "other spellings"},
        "help": TEXT,
        "unit": TEXT,
        "words": {
            "type": ["array", "null"],
            "items": TEXT,
            "description": "the defined words; null: any text of the unit",
        },
        "schema": {"type": "object", "description": "JSON Schema of its value"},
        "access": {"enum": [access.value for access in Access]},
        "operators": list_of({"enum": [act.value for act in Operator]}),
        "condition": {**TRUTH, "description": "true if it may select objects"},
        "inherits": {
            **TRUTH,
            "description": "true if an association without a value takes the account's",
        },
        "since": {**TEXT_OR_NULL, "description": "first API version that has it, over REST"},
    }
)
VERB: Json = record(
    {
        "words": {**TEXTS, "description": "after slurmctl-rest"},
        "synonyms": {**TEXTS, "description": "of the last word"},
        "summary": TEXT,
        "notes": TEXTS,
        "usage": {**TEXT, "description": "its arguments; empty if it takes none"},
        "writes": {
            **TRUTH,
            "description": "true if it changes Slurm: it asks, and needs -i without a terminal",
        },
        "entity": {**TEXT_OR_NULL, "description": "key in `fields`"},
        "places": {**TEXTS, "description": "fields that locate an object that is added"},
        "conditions": {**TEXTS, "description": "fields that may follow where"},
        "sets": {**TEXTS, "description": "fields that may be assigned"},
        "columns": {**TEXTS, "description": "fields for format="},
        "shown": {**TEXTS, "description": "columns of a table without format="},
        "switches": list_of(record({"name": TEXT, "help": TEXT})),
        "options": list_of(OPTION),
        "examples": TEXTS,
        "prints": {**TEXT_OR_NULL, "description": "kind of its JSON: slurmctl-rest schema KIND"},
    }
)


def manifest() -> Json:
    """Return the schema of the document of all commands."""
    fixed = {
        "meaning": TEXT,
        "do": {**TEXT, "description": "the remedy"},
        "retryable": {
            "enum": [False, None],
            "description": "null: each error reports it; false: never",
        },
    }
    keys = {
        "version": TEXT,
        "grammar": {**TEXTS, "description": "how a command line is written"},
        "unset": list_of(UNSET),
        "options": {**list_of(OPTION), "description": "options of every command"},
        "commands": list_of(VERB),
        "fields": {"type": "object", "additionalProperties": list_of(FIELD)},
        "printed": {
            "type": "object",
            "additionalProperties": list_of(FIELD),
            "description": "fields that commands without an entity print, by the kind",
        },
        "exit_codes": list_of(record({"exit": {"type": "integer"}, "meaning": TEXT})),
        "errors": list_of(record({**fixed, "code": CODE, "exit": {"type": "integer"}})),
        "kinds": {**TEXTS, "description": "kinds of JSON, each with a schema"},
        "environment": list_of(record({"name": TEXT, "meaning": TEXT})),
        "profile": list_of(
            record(
                {
                    "key": TEXT,
                    "schema": {"type": "object"},
                    "required": TRUTH,
                    "variable": {
                        **TEXT,
                        "description": "variable of the environment that overrides it",
                    },
                    "meaning": TEXT,
                }
            )
        ),
    }
    return document("manifest", "All commands, options, fields and codes, in full", keys)
