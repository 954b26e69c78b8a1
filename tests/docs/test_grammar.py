"""What completion knows is what the tables say, and they say it of every field."""

from __future__ import annotations

import pytest

from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS
from slurmctl_rest.cli.completion.candidates import CommandEntry
from slurmctl_rest.cli.help_texts import words_of
from slurmctl_rest.model.entities import ENTITIES
from slurmctl_rest.model.fields import Entity, Field
from slurmctl_rest.model.kinds.names import Name, NameSet
from tools.docgen import grammar

NAMELESS = {
    *("Partition", "Partitions", "JobName", "WCKey", "Federation", "Server", "Name"),
    *("Features", "Groups", "Flags"),
}
"""Fields whose values are names of what is not asked for."""

FIELDS = [
    (e, f)
    for e in ENTITIES_WITH_VERBS
    for verb in ("list", "history")
    for f in words_of(e, verb).fields
]


@pytest.mark.parametrize(("entity", "field"), FIELDS, ids=[f"{e.noun}-{f.name}" for e, f in FIELDS])
def test_every_field_of_names_says_of_what(entity: Entity, field: Field) -> None:
    values = grammar.grammar()["fields"][f"{entity.noun}.{field.name}"]["values"]
    named = isinstance(field.kind, Name | NameSet) and field.name not in NAMELESS
    assert ("words" in values or "names" in values) or not named
    assert values.get("names") in {None, *(entity.noun for entity in ENTITIES)}
    for word in values.get("words", ()):
        field.parse(word)


def commands(command: CommandEntry, path: str = "") -> dict[str, CommandEntry]:
    """Return all commands, by their words."""
    below = [(f"{path} {name}".strip(), one) for name, one in command["commands"].items()]
    return {path: command} | {k: v for name, one in below for k, v in commands(one, name).items()}


def test_every_option_and_argument_knows_what_it_may_be() -> None:
    free = {
        "--as-of",
        "--query",
        "--timeout",
        "--tz",
        "--max-jobs",
        "--wait",
        "--over",
        "--for",
        "--template",
    } | {"--approve"}
    for path, command in commands(grammar.grammar()["program"]).items():
        for option in command["options"]:
            assert option["values"] != {} or free & {*option["names"]}, (path, option["names"])
        for argument in command["arguments"]:
            assert {*argument} - {"again"}, path


def test_every_verb_takes_tokens() -> None:
    words = commands(grammar.grammar()["program"])
    for entity in ENTITIES_WITH_VERBS:
        for verb in words[entity.word]["commands"]:
            assert words[f"{entity.word} {verb}"]["tokens"] is not None
