"""Help of the commands: what their files in commands/ say, and the fields of the entity's table.

The examples come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from textwrap import wrap

from slurmctl_rest.cli.commands import doctor, profile
from slurmctl_rest.cli.commands.base import Standalone
from slurmctl_rest.cli.exits import MEANINGS
from slurmctl_rest.cli.list_switches import OF_SWITCHES, SWITCHES
from slurmctl_rest.cli.verbs import verb_of
from slurmctl_rest.model.entities import USAGE, USER
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.entities.usage import USAGE_WORDS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.names import RULE

PLURALS = {"qos": "QOS", "tres": "TRES"}
OF_NOUN = {
    "usage": "Report what jobs have used",
    "raw-usage": "Reset what fair-share and limits count",
}
"""Lines of nouns whose verbs are not those of a table."""

WRITES = ("add", "modify")
LISTS = ("list", "history")

FROM_NOTE = (
    "--from FILE takes names from a file, one a line (- is stdin). It is CSV where it ends in "
    ".csv, or where the first line holds a comma, or is the field that names the objects: "
)
FROM_ROWS = (
    FROM_NOTE
    + "this line names fields, and each row has its values. An empty cell is not named, '' is the "
    "empty value. Words beside it hold for all rows."
)
FROM_NAMES = FROM_NOTE + "this line names that field, and those that say where, and nothing else."
NAMES_NOTE = f"Names: {RULE}; stored in lower case."
STANDALONE_COMMANDS: Mapping[str, Standalone] = {**doctor.COMMANDS, **profile.COMMANDS}
"""Commands that are no verbs of an entity."""
EXIT_CODES = f"Exit codes: {'; '.join(f'{code} {meaning}' for code, meaning in MEANINGS.items())}."


def other(command: str) -> str:
    """Return the help of a command that is no verb of a table."""
    found = STANDALONE_COMMANDS[command]
    paragraphs = [
        f"{found.summary}.",
        _block("Examples:", (f"slurmctl-rest {line}" for line in found.examples)),
        *found.notes,
    ]
    if command == "doctor":
        from slurmctl_rest.doctor.checks import CHECKS  # noqa: PLC0415  (in this text alone)

        paragraphs.append(_block("Checks:", (f"{one.name:<16}  {one.what}" for one in CHECKS)))
    fields = (f"{field.name:<13}  {field.help}" for field in found.entity.fields)
    return "\n\n".join([*paragraphs, _block("Fields for --format:", fields)])


def plural(entity: Entity) -> str:
    """Return the word for many, as prose spells it."""
    return PLURALS.get(entity.noun, entity.plural)


def noun(entity: Entity, verbs: Sequence[str]) -> str:
    """Return the line of a noun in the list of commands: what can be done with it."""
    if entity.noun in OF_NOUN:
        return f"{OF_NOUN[entity.noun]}."
    first, *rest = verbs
    listed = [first.capitalize(), *(v for v in rest if v != "tree")]
    words = ", ".join(listed[:-1]) + f" and {listed[-1]}" if len(listed) > 1 else listed[0]
    return f"{words} {plural(entity)}."


def short(entity: Entity, verb: str) -> str:
    """Return the line in the list of commands."""
    return f"{verb_of(entity, verb).summary}."


def verb(entity: Entity, verb_: str) -> str:
    """Return the help of one verb; \\b keeps the lines of a paragraph as they are."""
    found = verb_of(entity, verb_)
    paragraphs = [
        short(entity, verb_),
        _block("Examples:", (f"slurmctl-rest {line}" for line in found.examples)),
    ]
    shown = (_entry(switch, OF_SWITCHES[switch]) for switch in switches(entity, verb_))
    paragraphs += [_block("Switches:", shown)]
    listed = verb_ in {*LISTS, "modify"} and entity is not USAGE
    if listed and (named := [f.name for f in conditions(entity, verb_)]):
        paragraphs += [f"Conditions: {', '.join(named)}."]
    paragraphs += [_block(title, map(_line, fields)) for title, fields in tables(entity, verb_)]
    paragraphs += found.notes
    paragraphs += [FROM_ROWS] if verb_ in WRITES else []
    paragraphs += [FROM_NAMES] if verb_ in {"delete", "cancel"} else []
    if verb_ == "add" and entity.is_named:
        paragraphs += [NAMES_NOTE]
    paragraphs += [EXIT_CODES]
    return "\n\n".join(filter(None, paragraphs))


def usage(entity: Entity, verb_: str) -> str:
    """Return the tokens that a verb takes."""
    names = "[name,...] " if entity.is_named else ""
    return verb_of(entity, verb_).syntax.format(
        names=names, switches=" [switch ...]" * (entity.noun in SWITCHES)
    )


def switches(entity: Entity, verb_: str) -> Sequence[str]:
    """Return sacctmgr's switches that a verb takes."""
    return SWITCHES.get(entity.noun, ()) if verb_ in {*LISTS, "report"} else ()


def words_of(entity: Entity, verb_: str) -> Entity:
    """Return the table of the words that a verb takes: users by their associations, too."""
    if (verb_, entity.noun) == ("history", "job"):
        return PAST_JOB
    if entity is USAGE:
        return USAGE_WORDS
    return USER_WITH_LIMITS if entity is USER else entity


def conditions(entity: Entity, verb_: str) -> list[Field]:
    """Return the fields that select objects."""
    words = words_of(entity, verb_)
    return [f for f in words.fields if f.where or f.access is Access.KEY]


def to_set(entity: Entity, verb_: str) -> list[Field]:
    """Return the fields that add or modify sets: of users, those of their associations, too."""
    words = words_of(entity, verb_)
    wanted = {Access.SET} if verb_ == "add" else {Access.SET, Access.MODIFY}
    return [f for f in words.fields if f.access in wanted]


def tables(entity: Entity, verb_: str) -> Iterator[tuple[str, Sequence[Field]]]:
    """Yield the tables of fields in the help of a verb, each with its title."""
    if entity is USAGE:
        yield "Conditions, and fields for format=:", conditions(entity, verb_)
        yield "Further fields for format=:", [f for f in entity.fields if not f.where]
    elif verb_ in LISTS:
        yield "Fields for format=:", entity.fields
    elif verb_ in WRITES:
        if verb_ == "add":
            yield "Where:", [f for f in entity.fields if f.access is Access.SCOPE]
        yield "Fields to set:", to_set(entity, verb_)
    else:
        yield "Conditions:", conditions(entity, verb_)


def _block(title: str, lines: Iterable[str]) -> str:
    """Return a paragraph that is not wrapped; nothing without lines."""
    listed = "".join(f"\n  {line}" for line in lines)
    return f"\b\n{title}{listed}" if listed else ""


INDENT, WIDTH = 20, 76
"""Of the second column, and of the whole: with two more in front, help fits 80 columns."""


def _line(field: Field) -> str:
    return _entry(field.name, f"{field.help} [{field.kind.unit}]")


@cache
def _entry(name: str, meaning: str) -> str:
    """Return a line of two columns; what does not fit goes on below the second."""
    lines = wrap(meaning, WIDTH - INDENT, break_long_words=False, break_on_hyphens=False)
    return f"{name:<{INDENT - 1}} " + f"\n  {'':{INDENT}}".join(lines)
