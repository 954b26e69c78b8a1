"""The data of completion, from the tables that the program runs on (`make docs`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import get_args

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from slurmctl_rest.cli import help_texts, topics
from slurmctl_rest.cli.app import COMMAND_WORDS, ENTITIES_WITH_VERBS, SYNONYMS, program
from slurmctl_rest.cli.commands.program import TOPICS
from slurmctl_rest.cli.completion import candidates, names
from slurmctl_rest.cli.completion.candidates import (
    SET,
    WHERE,
    CommandEntry,
    Grammar,
    OptionEntry,
    TokensEntry,
    Values,
)
from slurmctl_rest.cli.completion.scripts import SCRIPTS
from slurmctl_rest.cli.jobs import SIGNALS
from slurmctl_rest.cli.list_switches import OF_SWITCHES
from slurmctl_rest.config.edit import key_paths
from slurmctl_rest.model.entities import (
    ACCOUNT,
    CLUSTERS,
    COORDINATOR,
    QOS,
    TRES_TYPE,
    USER,
)
from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.kinds.base import Operator
from slurmctl_rest.model.kinds.names import NameSet
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.render.formats import FORMATS
from slurmctl_rest.sacctmgr.verbs import VERBS

from . import manifest, pages

NAMED: Mapping[str, Entity] = {
    **dict.fromkeys(("Account", "Accounts", "Parent", "DefaultAccount"), ACCOUNT),
    **dict.fromkeys(("User", "Users", "Coordinators", "IndirectCoordinators"), USER),
    **dict.fromkeys(("QOS", "QosLevel", "DefaultQOS", "Preempt"), QOS),
    **dict.fromkeys(("Cluster", "Clusters"), CLUSTERS),
    "TRES": TRES_TYPE,
}
"""Fields whose values are names, and the entity that they name."""
NAMED_OF_NOUN: Mapping[tuple[str, str], Entity] = {
    (USER.noun, "Coordinators"): ACCOUNT,  # those that the user coordinates
    (QOS.noun, "Name"): QOS,
}

OBJECTS_WITH_HISTORY = ("account", "user", "assoc", "qos")
PARAMETERS: Mapping[str, Values] = {
    "profile": {"names": names.PROFILE_NAMES},
    "config": {"files": True},
    "from_": {"files": True},
    "cluster": {"names": CLUSTERS.noun},
    "confirm": {"names": CLUSTERS.noun},
    "output": {"words": list(FORMATS)},
    "format_": {"columns": True, "many": True},
    "query": {},
    "signal": {"words": list(SIGNALS)},
    "profile name": {"names": names.PROFILE_NAMES},
    "profile words": {"words": [f"{key}=" for key in sorted(key_paths())], "again": True},
    "profile names": {"names": names.PROFILE_NAMES},
    "dump words": {"words": ["cluster=", "file="], "again": True},
    "load words": {"files": True},
    "export words": {"words": ["where", "account="], "again": True},
    "file": {"files": True},
    "out": {"files": True},
    "rest": {"files": True},
    "apply file": {"files": True},
    "access words": {
        "words": ["account=", "partition=", "qos=", "time=", "tres="],
        "again": True,
    },
    "quota words": {"words": ["account=", "all", "qos=", "user="], "again": True},
    **{
        f"{command} words": {"words": [*OBJECTS_WITH_HISTORY, *words], "again": True}
        for command, words in {
            "history": ("since=", "until=", "by=", "account=", "user="),
            "blame": ("account=", "user="),
            "watch": ("since=", "by="),
            "undo": ("last", "by=", "since="),
            "restore": (),
        }.items()
    },
    "edit noun": {"words": ["account", "user", "assoc", "qos"]},
    "edit name": {"names": ACCOUNT.noun},
    "explain line": {"words": ["sacctmgr"]},
    "sacctmgr words": {"words": sorted({word for word, _, _ in VERBS}), "again": True},
    "schema kind": {"words": sorted([*manifest.documents(), "commands"])},
    "schema words": {"words": sorted(COMMAND_WORDS), "again": True},
    "man topic": {
        "words": sorted([*(e.word for e in ENTITIES_WITH_VERBS), *pages.PAGES_OF_OTHERS])
    },
    "completion shell": {"words": sorted(SCRIPTS)},
}
"""Values of options and arguments, by the names of the parameters, except for Literals.

If the name alone is ambiguous, it follows the command, or the group.
"""

MAY_EXIST = (USER, COORDINATOR)
"""Objects that `add` may extend: the names of existing ones are offered."""


def grammar() -> Grammar:
    """Return all that completion needs to know."""
    whole = _command(program())
    whole["commands"]["help"] |= {"commands": _of_help(whole), "arguments": []}
    fields = {
        f"{entity.noun}.{field.name}": _field(entity, field)
        for entity in ENTITIES_WITH_VERBS
        for verb in ("list", "history")
        for field in help_texts.words_of(entity, verb).all_fields
    }
    return Grammar(program=whole, fields=fields)


def text() -> str:
    """Return the text of grammar.json."""
    return json.dumps(grammar(), indent=1, ensure_ascii=False) + "\n"


def _of_help(whole: CommandEntry) -> dict[str, CommandEntry]:
    """Return the words that follow `help`, as commands: topics, and what the program has."""
    objects = {word: _word("") for word in topics.tables()}
    of_topics = {name: _word(text) for name, text in TOPICS.items()}
    of_topics["fields"]["commands"] = objects
    return {**of_topics, **{name: _bare(one) for name, one in whole["commands"].items()}}


def _bare(command: CommandEntry) -> CommandEntry:
    """Return a command without what it takes: its help is asked for."""
    below = {name: _bare(one) for name, one in command["commands"].items()}
    return {**_word(command["help"]), "hidden": command["hidden"], "commands": below}


def _word(help_: str) -> CommandEntry:
    return CommandEntry(
        help=help_, hidden=False, options=[], commands={}, arguments=[], tokens=None
    )


def _command(command: TyperCommand | TyperGroup, noun: str = "", word: str = "") -> CommandEntry:
    """Return a command, and what is below it; `noun` and `word` lead to it."""
    commands = command.commands if isinstance(command, TyperGroup) else {}
    parameters = command.get_params(typer.Context(command, **command.context_settings))
    arguments = [one for one in parameters if isinstance(one, TyperArgument)]
    entity = next((entity for entity in ENTITIES_WITH_VERBS if entity.word == noun), None)
    takes_tokens = entity is not None and [one.name for one in arguments] == ["tokens"]
    return CommandEntry(
        help=(command.short_help or command.help or "").partition("\n")[0].removesuffix("."),
        hidden=command.hidden,
        options=[_option(one) for one in parameters if isinstance(one, TyperOption)],
        commands={
            name: _command(one, noun or name, name if noun else "")
            for name, one in commands.items()
            if isinstance(one, TyperCommand | TyperGroup)
        },
        arguments=[] if takes_tokens else [_parameter(noun, one) for one in arguments],
        tokens=_tokens(entity, VERB_OF.get(word, word)) if entity and takes_tokens else None,
    )


VERB_OF = {synonym: verb for verb, synonyms in SYNONYMS.items() for synonym in synonyms}


def _option(option: TyperOption) -> OptionEntry:
    return OptionEntry(
        # Typer has those of --help in a set.
        names=sorted([*option.opts, *option.secondary_opts], key=lambda name: (len(name), name)),
        help=(option.help or "").removesuffix("."),
        values=None if option.is_flag else _parameter("", option),
    )


def _parameter(noun: str, parameter: TyperArgument | TyperOption) -> Values:
    name = parameter.name or ""
    of_type = get_args(parameter.type_descriptor.annotation)
    words = [word for word in of_type if isinstance(word, str)]
    known = PARAMETERS.get(f"{noun} {name}") or PARAMETERS.get(name) or {}
    values: Values = {"words": words} if words else known
    return {**values, "again": True} if parameter.nargs == -1 else values


def _tokens(entity: Entity, verb: str) -> TokensEntry:
    shows = verb in {*help_texts.LIST_VERBS, "report"}
    adds, modifies = verb == "add", verb == "modify"
    conditions = help_texts.conditions(entity, verb)
    if adds:
        conditions = [f for f in conditions if f.access is Access.SCOPE]
    named = entity.is_named and (not adds or entity in MAY_EXIST)
    return TokensEntry(
        names=_names(entity, entity.key) if named else {},
        keywords=[] if adds else [WHERE, SET] if modifies else [WHERE],
        where=[_key(entity, f) for f in conditions],
        to_set=[_key(entity, f) for f in help_texts.to_set(entity, verb) if adds or modifies],
        columns=[_key(entity, f) for f in help_texts.columns(entity, verb) if shows],
        switches={switch: OF_SWITCHES[switch] for switch in help_texts.switches(entity, verb)},
    )


def _names(entity: Entity, field: Field) -> Values:
    values = _of_field(entity, field)
    return {**values, "many": True} if values else {}


def _key(entity: Entity, field: Field) -> str:
    return f"{entity.noun}.{field.name}"


def _field(entity: Entity, field: Field) -> candidates.FieldEntry:
    return candidates.FieldEntry(
        name=field.name,
        help=field.help,
        also=list(field.spellings[1:]),
        acts=[act.value for act in Operator if act in field.kind.acts],
        values=_of_field(entity, field),
    )


def _of_field(entity: Entity, field: Field) -> Values:
    many: Values = {"many": True} if isinstance(field.kind, NameSet | Tres) else {}
    if isinstance(field.kind, Tres):
        return {"names": TRES_TYPE.noun, "counts": True, **many}
    if field.kind.words:
        return {"words": list(field.kind.words), **many}
    named = NAMED_OF_NOUN.get((entity.noun, field.name)) or NAMED.get(field.name)
    return {"names": named.noun, **many} if named else {}
