"""Help of the commands: usage, a paragraph, examples and pointers. The files of commands/ have it.

What holds for many commands is a topic of its own (cli/topics.py), and the manual pages have all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from slurmctl_rest.cli.commands import doctor, journal, profile, quota, site
from slurmctl_rest.cli.commands import program as of_program
from slurmctl_rest.cli.commands.base import Standalone
from slurmctl_rest.cli.list_switches import OF_SWITCHES, SWITCHES
from slurmctl_rest.cli.parsing import unbreakable
from slurmctl_rest.cli.verbs import verb_of
from slurmctl_rest.model.entities import JOB, USAGE, USER
from slurmctl_rest.model.entities.events import LIST_WORDS
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.entities.usage import USAGE_WORDS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.names import RULE

PROGRAM = "slurmctl-rest"
PLURALS = {"qos": "QOS", "tres": "TRES"}
OF_NOUN = {
    "jobs": "List, look up, modify and cancel jobs",
    "usage": "Report the TRES that jobs used",
    "raw-usage": "Reset the usage that fair-share and limits count",
    "stats": "List and clear slurmdbd's statistics",
    "archive": "Archive old records, and load them back",
    "slurmdbd": "Reconfigure or shut down slurmdbd",
}
"""Lines of nouns whose verbs are not those of a table, by their words."""

WRITES = ("add", "modify")
LIST_VERBS = ("list", "history")
READS = (*LIST_VERBS, "tree", "report", "why", "describe")
"""Verbs that change nothing."""

FROM_NOTE = (
    "--from FILE reads names from a file, one name a line (- is stdin). The file is CSV if its "
    "name ends in .csv, or if the first line holds a comma or is the field that names the "
    "objects. "
)
FROM_ROWS = (
    FROM_NOTE
    + "The first line of CSV names the fields, and each row has its own values. An empty cell "
    "leaves the field out, '' is the empty value. Other words of the command apply to all rows."
)
FROM_NAMES = (
    FROM_NOTE
    + "The first line of CSV names that field and the fields of the conditions, and no others."
)
NAMES_NOTE = f"Names: {RULE}; stored in lower case."
SUMMARY_OF_PROFILE = profile.SUMMARY
STANDALONE_COMMANDS: Mapping[str, Standalone] = {
    **of_program.COMMANDS,
    **doctor.COMMANDS,
    **journal.COMMANDS,
    **profile.COMMANDS,
    **site.COMMANDS,
    **quota.COMMANDS,
}
"""Commands that are no verbs of an entity."""

EXAMPLES = (
    "account list",
    "user add alice,bob account=physics MaxJobs=5",
    "account modify physics set GrpTRES=cpu=200 --dry-run",
)
END_OF_PROGRAM = (
    "Options such as --profile NAME, --json, -P, -i and --dry-run may stand anywhere: see "
    f"`{PROGRAM} help options`, or --help of a command. "
    f"`{PROGRAM} help help` lists the topics. See also: man {PROGRAM}."
)


def program() -> str:
    """Return the help of the program before its commands."""
    summary = "Administer Slurm accounting, over REST or over the Slurm commands."
    return "\n\n".join([summary, examples(EXAMPLES)])


def examples(lines: Iterable[str]) -> str:
    """Return the paragraph of examples."""
    return block("Examples:", (f"{PROGRAM} {line}" for line in lines))


def plural(entity: Entity) -> str:
    """Return the word for many, as prose spells it."""
    return PLURALS.get(entity.noun, entity.plural)


def noun(entity: Entity, verbs: Sequence[str]) -> str:
    """Return the line of a noun in the list of commands: what can be done with it."""
    if entity.word in OF_NOUN:
        return OF_NOUN[entity.word]
    first, *rest = verbs
    listed = [first.capitalize(), *(v for v in rest if v != "tree")]
    words = ", ".join(listed[:-1]) + f" and {listed[-1]}" if len(listed) > 1 else listed[0]
    return f"{words} {plural(entity)}"


def short(entity: Entity, verb: str) -> str:
    """Return the line in the list of commands."""
    return verb_of(entity, verb).summary


def verb(entity: Entity, verb_: str) -> str:
    """Return the help of one verb before its options."""
    found = verb_of(entity, verb_)
    told = (f"{switch:<17}  {OF_SWITCHES[switch]}" for switch in switches(entity, verb_))
    paragraphs = [
        f"{found.summary}.",
        found.effect,
        examples(found.examples),
        block("Switches:", told),
    ]
    return "\n\n".join(filter(None, paragraphs))


def other(command: str) -> str:
    """Return the help of a command that is no verb of a table, before its options."""
    found = STANDALONE_COMMANDS[command]
    paragraphs = [f"{found.summary}.", *found.notes, examples(found.examples)]
    if command == "help":
        topics = of_program.TOPICS.items()
        paragraphs.append(block("Topics:", (f"{name:<11}  {text}" for name, text in topics)))
    return "\n\n".join(paragraphs)


# --- the last lines ---------------------------------------------------------------------------


def end_of_verb(entity: Entity) -> str:
    """Return what to read besides the help of a verb."""
    topics = [f"fields {entity.word}", "selection", "options", "exit-codes"]
    return _see_also(topics, entity.word)


def end_of_noun(word: str) -> str:
    """Return what to read besides the help of a noun."""
    return _see_also([f"{word} VERB", f"fields {word}"], word)


def end_of_other(command: str) -> str:
    """Return what to read besides the help of a command that is no verb of a table."""
    word = command.split(maxsplit=1)[0]
    return _see_also(
        STANDALONE_COMMANDS[command].topics, word if word in {"doctor", "profile"} else ""
    )


def _see_also(topics: Iterable[str], page: str) -> str:
    asked = [f"help {topic}" for topic in topics]
    asked[:1] = [f"{PROGRAM} {first}" for first in asked[:1]]
    asked.append(f"man {PROGRAM}{'-' * bool(page)}{page}")
    return "See also: " + ", ".join(map(unbreakable, asked))


# --- the options of the program that the help of a command shows ------------------------------

OF_ALL = frozenset({"profile", "cluster", "timeout", "verbose"})
OF_OUTPUT = frozenset({"output", "json", "quiet"})
OF_LISTS = frozenset({"output", "json", "parsable2", "noheader"})  # format= stands in the usage
OF_WRITES = OF_OUTPUT | {"immediate", "dry_run", "approve", "readonly"}
"""Parameters of app.options; `help options` shows all of them."""


def shared_by(verb: str) -> Collection[str]:
    """Return the options of the program that the help of a verb shows, too."""
    return OF_ALL | (OF_WRITES if verb not in READS else OF_OUTPUT if verb == "tree" else OF_LISTS)


def shared_by_other(command: str) -> Collection[str]:
    """Return those of a command that is no verb of a table."""
    found = STANDALONE_COMMANDS[command]
    if found.entity:
        return OF_ALL | OF_LISTS
    if found.shares in {"write", "file"}:
        return OF_ALL | OF_WRITES
    return {"": frozenset[str](), "all": OF_ALL, "read": OF_ALL | OF_OUTPUT}[found.shares]


# --- what the tokens of a verb may be ---------------------------------------------------------


def usage(entity: Entity, verb_: str) -> str:
    """Return the tokens that a verb takes."""
    names = "[name,...] " if entity.is_named else ""
    names = "[id,...] " if entity is JOB else names
    return verb_of(entity, verb_).syntax.format(
        names=names, switches=" [switch ...]" * (entity.noun in SWITCHES)
    )


def switches(entity: Entity, verb_: str) -> Sequence[str]:
    """Return sacctmgr's switches that a verb takes."""
    return SWITCHES.get(entity.noun, ()) if verb_ in {*LIST_VERBS, "report"} else ()


def words_of(entity: Entity, verb_: str) -> Entity:
    """Return the table of the words that a verb takes: users by their associations, too."""
    if entity is JOB and verb_ in {"history", "modify"}:
        return PAST_JOB
    if entity is USAGE:
        return USAGE_WORDS
    if verb_ == "list" and entity.noun in LIST_WORDS:
        return LIST_WORDS[entity.noun]
    return USER_WITH_LIMITS if entity is USER else entity


def conditions(entity: Entity, verb_: str) -> list[Field]:
    """Return the fields that select objects: of a list all columns, too."""
    words = words_of(entity, verb_)
    found = [f for f in words.all_fields if f.where or f.access is Access.KEY]
    if verb_ in LIST_VERBS and entity is not USAGE:
        # A list compares whatever its rows hold; writes select by names.
        names = {f.name for f in found}
        found += [f for f in columns(entity, verb_) if f.name not in names]
    return found


def columns(entity: Entity, verb_: str) -> tuple[Field, ...]:
    """Return the fields that a list of the verb can show."""
    found = verb_of(entity, verb_).prints or (words_of(entity, verb_) if entity is JOB else entity)
    return found.all_fields


def to_set(entity: Entity, verb_: str) -> list[Field]:
    """Return the fields that add or modify sets: of users, those of their associations, too."""
    words = words_of(entity, verb_)
    wanted = {Access.SET} if verb_ == "add" else {Access.SET, Access.MODIFY}
    return [f for f in words.all_fields if f.access in wanted]


TITLE_OF_ACCESS = {
    Access.KEY: "Names; also conditions and columns",
    Access.SCOPE: "Where an object is added; also conditions and columns",
    Access.SET: "Set by add and modify; also columns",
    Access.MODIFY: "Set by modify; also columns",
    Access.READ: "Columns",
}
OF_ROWS = "Set by add and modify on the associations; columns of assoc list"
"""Fields of users' associations that `user` sets."""
OF_REPORT = "Words of a report"
OF_RECORDS = "Set by modify; columns of history"
OF_LISTED = "Conditions of list"


def field_groups(entity: Entity) -> Iterator[tuple[str, Sequence[Field]]]:
    """Yield the fields by what can be done with them, each group with its title."""
    for access, title in TITLE_OF_ACCESS.items():
        if fields := [field for field in entity.all_fields if field.access is access]:
            yield title, fields
    if entity is USER:
        yield OF_ROWS, [f for f in USER_WITH_LIMITS.all_fields if f not in USER.all_fields]
    if entity is JOB:
        yield OF_RECORDS, PAST_JOB.on_request
    if entity is USAGE:
        yield OF_REPORT, [f for f in USAGE_WORDS.fields if f not in USAGE.fields]
    if entity.noun in LIST_WORDS:
        yield OF_LISTED, [f for f in LIST_WORDS[entity.noun].fields if f not in entity.fields]


def asides(field: Field, mark: str = "") -> list[str]:
    """Return what else the tables have about a field: its uses, and its other spellings."""
    spellings = ", ".join(f"{mark}{word}{mark}" for word in field.spellings[1:])
    return [
        *["condition"] * (field.where and field.access not in {Access.KEY, Access.SCOPE}),
        *["inherited"] * field.inherits,
        *[f"over slurmrestd since API {field.since}"] * (field.since is not None),
        *[f"also {spellings}"] * bool(spellings),
    ]


def notes(entity: Entity, verb_: str) -> list[str]:
    """Return the paragraphs of the manual page about a verb."""
    found = list(verb_of(entity, verb_).paragraphs)
    named = {option.name for option in verb_of(entity, verb_).options}
    if "from_" in named:
        found.append(FROM_ROWS if verb_ in WRITES else FROM_NAMES)
    return found


def block(title: str, lines: Iterable[str]) -> str:
    """Return a paragraph that is not wrapped (\\b keeps its lines); nothing without lines."""
    listed = "".join(f"\n  {line}" for line in lines)
    return f"\b\n{title}{listed}" if listed else ""
