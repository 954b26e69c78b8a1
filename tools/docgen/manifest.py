"""All commands, options, fields, codes and kinds of JSON, as one JSON document.

It is written into slurmctl_rest/schemas/manifest.json (`make docs`). `schema manifest` prints it
whole, and `schema commands [NOUN [VERB]]` what a program needs of it to drive this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from typer.core import TyperGroup, TyperOption

from slurmctl_rest import __version__, audit
from slurmctl_rest.cli import help_texts, topics
from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS, SYNONYMS, program
from slurmctl_rest.cli.exits import MEANINGS, REMEDIES, exit_of
from slurmctl_rest.cli.list_switches import OF_SWITCHES
from slurmctl_rest.cli.verbs import VERBS, verb_of
from slurmctl_rest.config.load import PREFIXES
from slurmctl_rest.config.models import PROFILE_TABLES, Profile, StrictTable, properties
from slurmctl_rest.config.paths import ENV_PREFIX
from slurmctl_rest.errors import every_error
from slurmctl_rest.model.entities import ENTITIES
from slurmctl_rest.model.entities.access import ACCESS
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.entities.description import DESCRIPTION
from slurmctl_rest.model.entities.history import BLAME, HISTORY
from slurmctl_rest.model.entities.ping import PING
from slurmctl_rest.model.entities.profile import PROFILE, SETTING
from slurmctl_rest.model.entities.quota import QUOTA
from slurmctl_rest.model.entities.why import WAIT_REASON
from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.kinds.base import Json, Operator
from slurmctl_rest.render.formats import FORMATS
from slurmctl_rest.render.json import SCHEMA_VERSION

from . import commands_schema, grammar_lines, schemas

LISTED = (
    *(entity for entity in ENTITIES if {*VERBS[entity.noun]} & {*help_texts.READS}),
    *(PING, HISTORY, BLAME, QUOTA, WAIT_REASON),
    *(PING, QUOTA, WAIT_REASON, ACCESS, DESCRIPTION),
)
"""Entities with a listing."""
OURS = (CHECK, PROFILE, SETTING)
"""Entities with a listing that are not Slurm's."""
PRINTS: Mapping[str, str] = {
    "schema": "schemas",
    **{c: other.entity.noun for c, other in help_texts.STANDALONE_COMMANDS.items() if other.entity},
    **{c: "change" for c, one in help_texts.STANDALONE_COMMANDS.items() if one.shares == "write"},
    **{c: c for c, one in help_texts.STANDALONE_COMMANDS.items() if one.shares == "read"},
}
"""Kinds of JSON of commands that are no verb of a noun."""

CHOICES: Mapping[str, list[str]] = {"output": list(FORMATS)}
"""Of options whose type is not a Literal, by the names of their parameters."""

TYPES = {str: "string", int: "integer", float: "number", bool: "flag"}


def documents() -> dict[str, Json]:
    """Return each kind of JSON with its schema; and, by the name `manifest`, the manifest."""
    kinds = {
        **{entity.noun: schemas.listing(entity) for entity in LISTED},
        **{entity.noun: schemas.listing(entity, schemas.UNASKED) for entity in OURS},
        "change": schemas.change(),
        "diff": schemas.diff(),
        "plan": schemas.plan(),
        "error": schemas.error({kind: int(exit_of(kind(""))) for kind in every_error()}),
        "audit": schemas.audit(get_args(audit.Result)),
        "schemas": schemas.kinds(),
        "commands-schema": commands_schema.commands(),
        "manifest-schema": schemas.manifest(),
    }
    return {**kinds, "manifest": manifest(sorted(kinds))}


def manifest(kinds: Sequence[str]) -> Json:
    """Return the document of all commands, fields and codes."""
    whole = program()
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "manifest",
        "version": __version__,
        "grammar": list(grammar_lines.GRAMMAR),
        "unset": [
            {"write": text, "fields": fields, "then": then}
            for text, fields, then in grammar_lines.UNSET
        ],
        "options": list(_options(whole)),
        "commands": [*_alone(whole), *_verbs(whole)],
        "fields": {
            entity.noun: [_field(f) for f in _every_field(entity)] for entity in ENTITIES_WITH_VERBS
        },
        "printed": {
            told.entity.noun: [_field(f) for f in told.entity.all_fields]
            for told in help_texts.STANDALONE_COMMANDS.values()
            if told.entity
        },
        "exit_codes": [{"exit": int(code), "meaning": text} for code, text in MEANINGS.items()],
        "errors": [
            {
                "code": kind.code,
                "exit": int(exit_of(kind(""))),
                "meaning": (kind.__doc__ or "").partition("\n")[0],
                "retryable": None if kind.transient else False,
                "do": REMEDIES[kind],
            }
            for kind in every_error()
        ],
        "kinds": list(kinds),
        "environment": [
            {"name": name, "meaning": text} for name, text in topics.meaning_of_variables()
        ],
        "profile": [
            *_keys(Profile, "", ENV_PREFIX),
            *(
                key
                for name in PROFILE_TABLES
                for key in _keys(PROFILE_TABLES[name], f"{name}.", PREFIXES[name])
            ),
        ],
    }


def _verbs(program: TyperGroup) -> Iterator[Json]:
    """Yield the verbs of all nouns."""
    for entity in ENTITIES_WITH_VERBS:
        group = program.commands[entity.word]
        commands = group.commands if isinstance(group, TyperGroup) else {}
        for verb in VERBS[entity.noun]:
            yield _verb(entity, verb, commands[verb])


def _verb(entity: Entity, verb: str, command: object) -> Json:
    writes = verb not in help_texts.READS
    shows = not writes and verb != "tree"
    told = help_texts
    entry = verb_of(entity, verb)
    printed = entry.prints or told.words_of(entity, verb)
    return {
        "words": [entity.word, verb],
        "synonyms": list(SYNONYMS.get(verb, ())),
        "summary": f"{told.short(entity, verb)}.",
        "notes": list(entry.paragraphs),
        "usage": told.usage(entity, verb),
        "writes": writes,
        "entity": entity.noun,
        "places": [f.name for f in entity.fields if f.access is Access.SCOPE and verb == "add"],
        "conditions": [f.name for f in told.conditions(entity, verb)] if verb != "add" else [],
        "sets": [f.name for f in told.to_set(entity, verb)] if verb in told.WRITES else [],
        "columns": [f.name for f in told.columns(entity, verb)] if shows else [],
        "shown": list(printed.columns or entity.columns) if shows else [],
        "switches": [{"name": s, "help": OF_SWITCHES[s]} for s in told.switches(entity, verb)],
        "options": list(_options(command)),
        "examples": [f"slurmctl-rest {line}" for line in verb_of(entity, verb).examples],
        "prints": "change" if writes else (entry.prints or entity).noun,
    }


def _alone(program: TyperGroup, words: tuple[str, ...] = ()) -> Iterator[Json]:
    """Yield the commands that are no verbs of an entity."""
    for name, command in program.commands.items():
        if command.hidden or (
            not words and name in {entity.word for entity in ENTITIES_WITH_VERBS}
        ):
            continue
        if isinstance(command, TyperGroup):
            yield from _alone(command, (*words, name))
            continue
        line = " ".join([*words, name])
        told = help_texts.STANDALONE_COMMANDS[line]
        yield {
            "words": [*words, name],
            "synonyms": [],
            "summary": f"{told.summary}.",
            "notes": list(told.notes),
            "usage": told.syntax,
            "writes": told.shares == "write",
            "entity": None,
            "places": [],
            "conditions": [],
            "sets": [],
            "columns": [field.name for field in told.entity.all_fields] if told.entity else [],
            "shown": list(told.entity.columns) if told.entity else [],
            "switches": [],
            "options": list(_options(command)),
            "examples": [f"slurmctl-rest {example}" for example in told.examples],
            "prints": PRINTS.get(line),
        }


def _options(command: object) -> Iterator[Json]:
    """Yield the options that a command takes for itself."""
    for option in getattr(command, "params", ()):
        if isinstance(option, TyperOption):
            annotation = option.type_descriptor.annotation
            choices = [word for word in get_args(annotation) if isinstance(word, str)]
            yield {
                "names": [*option.opts, *option.secondary_opts],
                "type": TYPES.get(annotation, "string"),
                "metavar": option.metavar,
                "choices": choices or CHOICES.get(option.name or ""),
                "default": option.default,
                "help": option.help or "",
            }


def _every_field(entity: Entity) -> list[Field]:
    """Return the fields of an entity, and the words that its verbs take besides."""
    known = {field.name: field for field in entity.all_fields}
    for verb in VERBS[entity.noun]:
        prints = verb_of(entity, verb).prints
        more = () if prints is None else prints.all_fields
        for field in (*help_texts.words_of(entity, verb).all_fields, *more):
            known.setdefault(field.name, field)
    return list(known.values())


def _field(field: Field) -> Json:
    return {
        "name": field.name,
        "header": field.title,
        "aliases": list(field.spellings[1:]),
        "help": field.help,
        "unit": field.kind.unit,
        "words": list(field.kind.words) or None,
        "schema": field.kind.schema,
        "access": field.access.value,
        "operators": [act.value for act in Operator if field.settable and act in field.kind.acts],
        "condition": field.where,
        "inherits": field.inherits,
        "since": None if field.since is None else str(field.since),
    }


def _keys(table: type[StrictTable], front: str, prefix: str) -> Iterator[Json]:
    for name, schema in properties(table).items():
        yield {
            "key": f"{front}{name}",
            "schema": schema,
            "required": table.model_fields[name].is_required(),
            "variable": f"{prefix}{name.upper()}",
            "meaning": table.model_fields[name].description,
        }
