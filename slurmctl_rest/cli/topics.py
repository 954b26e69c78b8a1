"""The topics of `help`: what holds for many commands, so that the help of each one is short.

The manual pages (tools/docgen/pages.py) are made of the same texts and tables. Words between
backticks are bold there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from textwrap import wrap

from slurmctl_rest.cli import help_texts
from slurmctl_rest.cli.exits import MEANINGS, exit_of
from slurmctl_rest.cli.verbs import VERBS
from slurmctl_rest.config.paths import ENV_PREFIX
from slurmctl_rest.errors import UsageError, every_error
from slurmctl_rest.model.entities import ENTITIES
from slurmctl_rest.model.entities.access import ACCESS_WORDS
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.entities.history import BLAME, HISTORY
from slurmctl_rest.model.entities.ping import PING
from slurmctl_rest.model.entities.profile import PROFILE, SETTING
from slurmctl_rest.model.entities.quota import QUOTA
from slurmctl_rest.model.fields import Entity, did_you_mean

PROGRAM = help_texts.PROGRAM
WIDTH, INDENT = 78, 20

# --- texts that the manual pages have, too ----------------------------------------------------

WORDS = """
Bare words before the first `set` are names, or comma lists of names; `where` may stand before
conditions, or lead back to them after `set`. The verb may stand before the noun, as in sacctmgr:
`list accounts`. Keys are case-insensitive, and may be sacctmgr's aliases or abbreviations. `=`
assigns, `+=` and `-=` change a list of names, and -1 clears a limit, or one TRES of it. TRES that
you do not name are kept.
"""
CONDITIONS = """
A condition takes a comma list of values and matches any of them. If there are several conditions,
all of them must match.
"""
REFINEMENTS = """
Lists also select by every column: `GrpJobs>10`, `>=`, `<`, `<=`, `!=`, `GrpTRES=cpu>100` for one
TRES, `user=a*` with the wildcards `*` and `?` in names and texts, and `MaxJobs=''` for rows without
a value. A row without a value meets no `<` and no `>`. Quote these words for the shell, or write
`.gt=`, `.ge=`, `.lt=`, `.le=` and `.ne=`: `GrpJobs.gt=10`. A limit is compared as it is listed,
inherited ones too; WOPLimits compares only own ones. `sort=Account,-MaxJobs` sorts by fields, after
`-` downwards, rows without a value last; `sort=-GrpTRES=cpu` by one TRES. `limit=10` prints the
first ten rows. Writes accept only `=` and names, so that nothing is deleted by a wildcard.
"""
QUERY = """
`--query EXPR` prints JSON of a JMESPath expression over the list of items: `[].User` is each user,
`[?User=='alice'].{account: Account, max: MaxJobs}` the associations of one. Numbers stand between
backticks. It implies JSON; with `--output ndjson` each value is a line.
"""
GUARD = "`modify` and `delete` need {named}a condition or `--all`."
COLUMNS = """
`format=` (or `--format`) takes a comma list of fields. A field may have a width: `{0}%20` prints it
flush right, `{0}%-12` flush left. JSON then has these keys alone, in this order. `MaxJobs.from` is
the account that MaxJobs is inherited from, in lists of accounts and associations.
"""
TEMPLATE = """
`--template '{Account} {User:>10}'` prints a line a row: fields in braces, with a width flush left
or, after `>`, flush right. `{{` and `}}` are braces, `\\t` and `\\n` a tab and a line break.
"""
FIELDS = """
The unit is in brackets; minutes may also be written as m:s, h:m:s or d-h[:m[:s]]. Inherited: an
association without its own value takes the value of the account above it. Condition: the field
may select objects.
"""

MEANING_OF_FORMATS: Mapping[str, str] = {
    "table": "columns, fitted to the terminal; whole if the output is not a terminal",
    "wide": "the table with all columns, in lines of any length",
    "name": "one name a line, for xargs",
    "json": "one JSON object: the items, their cluster, executor and Slurm release",
    "yaml": "the same object in YAML; lists only",
    "ndjson": "one JSON object a line, for pipes",
    "csv": "comma-separated values, quoted as in RFC 4180",
    "parsable": "`|` after each column, with sacctmgr's headers",
    "parsable2": "`|` between columns, with sacctmgr's headers",
    "prometheus": "a gauge for each column of numbers, for node_exporter's textfile collector",
}

ENVIRONMENT = {
    "CONFIG": "profile file, unless `--config` is given",
    "PROFILE": "profile, unless `--profile` is given",
    "DEBUG": "if set, an unexpected failure prints its traceback",
}
"""By the names in config.load.ENV_OF_PROGRAM."""

ENVIRONMENT_OF_OTHERS = {
    "SLURM_JWT": "token for slurmrestd, unless the profile names another source",
    "NO_COLOR": "if set, nothing is coloured, unless `--color always` is given",
    "XDG_CONFIG_HOME": "used instead of ~/.config",
    "XDG_CACHE_HOME": "used instead of ~/.cache",
    "XDG_STATE_HOME": "used instead of ~/.local/state",
}


def meaning_of_variables() -> Iterator[tuple[str, str]]:
    """Yield each variable with its meaning; profile keys have variables of their own besides."""
    yield from ((f"{ENV_PREFIX}{name}", text) for name, text in ENVIRONMENT.items())
    yield from ENVIRONMENT_OF_OTHERS.items()


# --- topics: a function for each --------------------------------------------------------------

OTHER_TABLES: Mapping[str, Entity] = {
    "doctor": CHECK,
    "blame": BLAME,
    "history": HISTORY,
    "ping": PING,
    "quota": QUOTA,
    "access": ACCESS_WORDS,
    "profile": PROFILE,
    "setting": SETTING,
}
"""Entities of commands that are no nouns, by the words that people write."""


def tables() -> Mapping[str, Entity]:
    """Return the entities that have fields to explain, by the words that people write."""
    words = {entity.word: entity for entity in ENTITIES if entity.noun in VERBS}
    return {**words, **OTHER_TABLES}


def entity_of(word: str) -> Entity:
    """Return the entity of a word, its noun or its plural; raise UsageError with the nearest."""
    known = {
        spelling: entity
        for name, entity in tables().items()
        for spelling in (name, entity.noun, entity.plural)
    }
    if word.lower() in known:
        return known[word.lower()]
    hint = did_you_mean(word, [*known]) or f"see '{PROGRAM} help fields'"
    raise UsageError(f"there are no fields of '{word}'", hint)


def fields(words: list[str]) -> Iterator[str]:
    """Yield the fields of an entity; without one, the entities."""
    if not words:
        yield f"Fields are listed by object: {PROGRAM} help fields OBJECT"
        yield from titled("Objects", ((word, _listed(one)) for word, one in tables().items()))
        return
    if len(words) > 1:
        raise UsageError("help fields takes one object", f"{PROGRAM} help fields {words[0]}")
    entity = entity_of(words[0])
    title = help_texts.plural(entity)
    yield f"Fields of {title}"
    yield ""
    yield from paragraph(FIELDS)
    for title, group in help_texts.field_groups(entity):
        rows = []
        for field in group:
            rows.append((field.name, f"{field.help} [{field.kind.unit}]"))
            if asides := "; ".join(help_texts.asides(field)):
                rows.append(("", asides))
        yield from titled(title, rows)


def _listed(entity: Entity) -> str:
    names = ", ".join(field.name for field in entity.fields[:4])
    return f"{names} ..." if len(entity.fields) > 4 else names


def selection(_: list[str]) -> Iterator[str]:
    """Yield how objects are selected, and values written."""
    yield "Selecting objects, and setting values"
    yield ""
    yield "  account modify [name,...] [[where] field=value ...] set field=value ..."
    for text in (WORDS, CONDITIONS, REFINEMENTS, GUARD.format(named="a name, ")):
        yield ""
        yield from paragraph(text)
    yield from titled(
        "Values",
        (
            ("cpu=4,gres/gpu=2", "TRES limits; mem in MB, or with M, G, T: mem=4G"),
            ("-1", "clears a limit; GrpTRES=cpu=-1 clears one TRES of it"),
            ("''", "no value: user='' selects account associations, QosLevel='' inherits again"),
            ("1-12:00:00", "a duration; a bare number is the unit of the field"),
            ("2026-10-01T12:30", "a time; also now-12hours, today, noon"),
        ),
    )
    yield from titled(
        "Examples",
        [
            ("", line)
            for line in (
                f"{PROGRAM} account list physics,optics",
                f"{PROGRAM} assoc list where account=physics user=alice,bob",
                f"{PROGRAM} assoc list 'GrpTRES=cpu>100' 'user=a*' sort=-MaxJobs limit=10",
                f"{PROGRAM} account modify where parent=science set MaxWall=1-00:00:00",
                f"{PROGRAM} account modify physics set QosLevel+=high QosLevel-=low",
                f"{PROGRAM} user delete --from leavers.txt --dry-run",
            )
        ],
        indent=0,
    )
    yield ""
    yield from paragraph(help_texts.FROM_ROWS)


def formats(_: list[str]) -> Iterator[str]:
    """Yield the output formats, and the columns that a list takes."""
    yield "Output formats"
    yield from titled("--output FORMAT", MEANING_OF_FORMATS.items(), indent=11)
    yield ""
    yield from paragraph("`--json`, `-p` and `-P` are short for json, parsable and parsable2.")
    yield ""
    yield from paragraph(
        "Documents (`diff`, `plan`, `schema`, reports of writes) have no rows: they take table, "
        "json, ndjson and yaml."
    )
    yield ""
    yield from paragraph(TEMPLATE)
    yield ""
    yield from paragraph(COLUMNS.format("Account"))
    yield ""
    yield from paragraph(QUERY)
    yield ""
    yield from paragraph(
        "Headers are the names of fields. Rows and changes go to standard output; questions, "
        "warnings and errors to standard error. "
        f"`{PROGRAM} schema KIND` prints the JSON Schema of an output."
    )


def exit_codes(_: list[str]) -> Iterator[str]:
    """Yield the exit codes, and the error codes of JSON with theirs."""
    yield "Exit codes"
    yield from titled("Codes", ((str(int(c)), text) for c, text in MEANINGS.items()), indent=4)
    rows = (
        (f"{int(exit_of(kind(''))):<4} {kind.code}", (kind.__doc__ or "").partition("\n")[0])
        for kind in sorted(every_error(), key=lambda kind: exit_of(kind("")))
    )
    yield from titled("Errors: with --json, `code` in the object on standard error", rows, 24)


def variables(_: list[str]) -> Iterator[str]:
    """Yield the variables of the environment."""
    yield "Variables of the environment"
    yield from titled("Variables", meaning_of_variables(), indent=24)
    yield ""
    yield from paragraph(
        f"{ENV_PREFIX}KEY and {ENV_PREFIX}REST_API__KEY override a key of the profile: "
        f"{ENV_PREFIX}CLUSTER_NAME=alps. `{PROGRAM} profile show` prints where each value comes "
        f"from; `man {PROGRAM}.toml` has the keys."
    )


def checks(_: list[str]) -> Iterator[str]:
    """Yield the checks of doctor."""
    from slurmctl_rest.doctor.checks import CHECKS  # noqa: PLC0415  (for this topic alone)

    yield "Checks of doctor, in the order of causes"
    yield from titled("Checks", ((one.name, one.what) for one in CHECKS))


TEXTS: Mapping[str, Callable[[list[str]], Iterable[str]]] = {
    "fields": fields,
    "selection": selection,
    "formats": formats,
    "exit-codes": exit_codes,
    "environment": variables,
    "checks": checks,
}
"""By the topics of commands/program.py; `options` is asked of Typer (cli/help_topics.py)."""


# --- lines ------------------------------------------------------------------------------------


def paragraph(text: str, indent: int = 0) -> list[str]:
    """Return the lines of a paragraph."""
    return wrap(
        re.sub(r"\s+", " ", text.strip()),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def titled(title: str, rows: Iterable[tuple[str, str]], indent: int = INDENT) -> Iterator[str]:
    """Yield a title and two columns, after an empty line."""
    yield ""
    yield f"{title}:"
    for name, text in rows:
        lines = paragraph(text, indent + 2)
        if len(name) >= indent and indent:
            yield f"  {name}"
        elif name:
            lines[0] = f"  {name:<{indent}}{lines[0].lstrip()}"
        yield from lines
