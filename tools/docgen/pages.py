"""The manual pages, from the tables that the program runs on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

import typer
from typer.core import TyperGroup, TyperOption

from slurmctl_rest.cli import help_texts, topics
from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS, SYNONYMS, program
from slurmctl_rest.cli.commands import profile
from slurmctl_rest.cli.commands.program import TOPICS
from slurmctl_rest.cli.exits import MEANINGS, Exit, exit_of
from slurmctl_rest.cli.list_switches import OF_SWITCHES
from slurmctl_rest.cli.parsing import by_panel
from slurmctl_rest.cli.standalone import TITLES
from slurmctl_rest.cli.verbs import VERBS, verb_of
from slurmctl_rest.config.load import PREFIXES
from slurmctl_rest.config.models import PROFILE_TABLES, Profile, StrictTable, properties
from slurmctl_rest.config.paths import ENV_PREFIX
from slurmctl_rest.doctor.checks import CHECKS
from slurmctl_rest.errors import SlurmctlError, every_error
from slurmctl_rest.model.fields import Entity, Field
from slurmctl_rest.model.kinds.base import Json

from . import roff
from .roff import PROGRAM

PLACES = ("~/.config/slurmctl-rest/config.toml", "/etc/slurmctl-rest/config.toml")

DESCRIPTION = f"""
`slurmctl-rest` administers Slurm accounting with the arguments of `sacctmgr`(1), over
`slurmrestd`(8) (executor rest) or over the Slurm commands (executor cli). The profile selects the
executor; see `slurmctl-rest.toml`(5). Both executors accept the same commands, print the same rows
and leave the same state. There is no fallback: if an executor cannot do something, it refuses by
name (exit 10).

{topics.WORDS.strip()}

A write changes only the fields that you name. It shows the change and asks. After the write it
reads the objects again, and reports a difference as an error. Without a terminal, a write is
refused (exit 9) unless `-i` is given. `--dry-run` shows the change and the exact requests or
commands, and writes nothing.

Rows and changes go to standard output; questions, warnings and errors to standard error. If the
output is not a terminal, nothing is wrapped, cut or coloured.
"""

COMPLETION = """
bash, zsh and fish complete commands, options, fields, values, profiles, and the names of accounts,
users, QOS, clusters and TRES that the profile's slurmdbd has. Names are cached for a minute in
~/.cache/slurmctl-rest. If slurmdbd does not answer, no names are offered. The folder is used only
if it belongs to you, is no link, and nobody else may write to it.

The scripts are installed with the program. If a shell does not find them, load them from the
program itself: `. <(_SLURMCTL_REST_COMPLETE=source_bash slurmctl-rest)` in ~/.bashrc, the same with
`source_zsh` in ~/.zshrc after `compinit`; in ~/.config/fish/config.fish
`_SLURMCTL_REST_COMPLETE=source_fish slurmctl-rest | source`.
"""

EXIT_STATUS = """
Words in parentheses are error codes: with `--json` an error is one object on standard error.
"""

OPTIONS = f"The options of `{PROGRAM}`(1) may stand before or after all arguments."

PROFILES = """
A profile describes one cluster and how to reach it: a table of a TOML file. The file is the first
of the argument of `--config`, `$SLURMCTL_REST_CONFIG`, {files}. Without a file, the environment
makes the profile. Without either, the executor is cli, with the `sacctmgr` on PATH.

Every key can be set in the environment, which overrides the file. Arrays and tables are JSON there.
Unknown keys, unknown variables that begin with {prefix}, and bad values are refused (exit 2).

Below, the type and the default of each key are in parentheses. Its variable is on the last line.
"""

FILE_KEYS = {
    "default_profile": "profile, if neither `--profile` nor `$SLURMCTL_REST_PROFILE` names one; "
    "without this key, the only profile of the file",
    "profiles.NAME": "table: a profile",
    "profiles.NAME.rest_api": "table: how to reach slurmrestd",
    "profiles.NAME.guard": "table: how far one command may go (docs/guards.md)",
}

TOML_EXAMPLE = """\
default_profile = "alps"

[profiles.alps]
execution_mode = "rest"
cluster_name = "alps"

[profiles.alps.rest_api]
url = "unix:///run/slurmrestd.sock"
api_version = "auto"
username = "svc-admin"
token_file = "/run/slurm/token"

[profiles.alps.guard]
max_deletes = 10
max_raise = 2.0
protected = ["root", "staff*", "qos:normal"]

[profiles.alps-cli]
slurm_bin_path = "/usr/bin"
command_prefix = ["ssh", "login1"]
"""


PAGES_OF_OTHERS = {
    "doctor": help_texts.STANDALONE_COMMANDS["doctor"].summary,
    "profile": profile.SUMMARY,
}
"""Commands that have a page and are no nouns."""


def pages() -> dict[str, str]:
    """Return the manual pages: path -> text."""
    lines = {
        f"man/man1/{PROGRAM}.1": _program(),
        **{f"man/man1/{PROGRAM}-{entity.word}.1": _noun(entity) for entity in ENTITIES_WITH_VERBS},
        **{f"man/man1/{PROGRAM}-{name}.1": _other(name) for name in PAGES_OF_OTHERS},
        f"man/man5/{PROGRAM}.toml.5": _profiles(),
    }
    return {path: "\n".join(page) + "\n" for path, page in lines.items()}


def _program() -> Iterator[str]:
    whole = program()
    commands = {n: c for n, c in whole.commands.items() if not c.hidden}
    nouns = [entity.word for entity in ENTITIES_WITH_VERBS]
    alone = [name for name in commands if name not in nouns]
    yield from roff.head(PROGRAM, "1", help_texts.program().partition("\n")[0])
    yield from roff.synopsis(f"[options] {'|'.join(nouns)} verb [argument ...]", "|".join(alone))
    yield from roff.section("DESCRIPTION", DESCRIPTION)
    yield from roff.section("OPTIONS", "Options may stand before or after the command.")
    context = typer.Context(whole, **whole.context_settings)
    for title, options in by_panel(whole.get_params(context)).items():
        if options:
            yield f".SS {title}"
            yield from _tagged_options(context, options)
    yield from roff.section("COMMANDS")
    for title, names in TITLES.items():
        yield f".SS {title}"
        for name in names:
            see = f" See `{PROGRAM}-{name}`(1)." if name in {*nouns, *PAGES_OF_OTHERS} else ""
            summary = commands[name].get_short_help_str()
            yield from roff.tagged(f"`{name}`", f"{summary}.{see}")
    yield from roff.section("FORMATS", "The argument of `--output` is one of these:")
    for name, meaning in topics.MEANING_OF_FORMATS.items():
        yield from roff.tagged(f"`{name}`", f"{meaning}.")
    yield from roff.section("HELP", f"`{PROGRAM} help` TOPIC explains a topic:")
    for topic, summary in TOPICS.items():
        yield from roff.tagged(f"`{topic}`", f"{summary}.")
    yield from _exit_status()
    yield from roff.section("ENVIRONMENT")
    for name, meaning in topics.meaning_of_variables():
        yield from roff.tagged(f"`{name}`", meaning)
    keys = f"overrides a key of the profile; see `{PROGRAM}.toml`(5)"
    yield from roff.tagged(f"`{ENV_PREFIX}`KEY, `{ENV_PREFIX}REST_API__`KEY", keys)
    yield from roff.section("COMPLETION", COMPLETION)
    yield from roff.section("FILES")
    for path in PLACES:
        yield from roff.tagged(f"`{path}`", f"profiles; see `{PROGRAM}.toml`(5)")
    yield from roff.section("EXAMPLES")
    first = [
        _examples(entity, verb)[0] for entity in ENTITIES_WITH_VERBS for verb in VERBS[entity.noun]
    ]
    others = [f"{PROGRAM} {one.examples[0]}" for one in help_texts.STANDALONE_COMMANDS.values()]
    yield from roff.literal([*first, *others])
    pages = [f"{PROGRAM}-{name}(1)" for name in (*nouns, *PAGES_OF_OTHERS)]
    yield from roff.see_also(*pages, f"{PROGRAM}.toml(5)", "sacctmgr(1)", "slurmrestd(8)")


def _noun(entity: Entity) -> Iterator[str]:
    verbs = VERBS[entity.noun]
    group = program().commands[entity.word]
    commands = group.commands if isinstance(group, TyperGroup) else {}
    summary = help_texts.noun(entity, verbs)
    yield from roff.head(f"{PROGRAM}-{entity.word}", "1", summary)
    yield from roff.synopsis(
        *(f"{entity.word} {verb} {help_texts.usage(entity, verb)}" for verb in verbs)
    )
    yield from roff.section("DESCRIPTION", f"{summary}.\n\n{_tokens(entity)}")
    yield from roff.section("VERBS")
    for verb in verbs:
        also = "".join(f", `{synonym}`" for synonym in SYNONYMS.get(verb, ()))
        yield from roff.tagged(f"`{verb}`{also}", f"{help_texts.short(entity, verb)}.")
        yield from roff.inside(_notes(entity, verb))
        yield from roff.inside(_switches(entity, verb))
        yield from roff.inside(_options(typer.Context(commands[verb], help_option_names=[])))
    yield from roff.section("FIELDS", topics.FIELDS.replace("in brackets", "in parentheses"))
    for title, fields in help_texts.field_groups(entity):
        yield f".SS {title}"
        yield from _fields(fields)
    yield from _exit_status()
    yield from roff.section("EXAMPLES")
    yield from roff.literal(line for verb in verbs for line in _examples(entity, verb))
    yield from roff.see_also(f"{PROGRAM}(1)", f"{PROGRAM}.toml(5)", "sacctmgr(1)")


def _other(name: str) -> Iterator[str]:
    """Yield the page of a command that is no noun, with its subcommands."""
    commands = {c: o for c, o in help_texts.STANDALONE_COMMANDS.items() if c.split()[0] == name}
    yield from roff.head(f"{PROGRAM}-{name}", "1", PAGES_OF_OTHERS[name])
    yield from roff.synopsis(*(f"{command} {one.syntax}" for command, one in commands.items()))
    yield from roff.section("DESCRIPTION", f"{PAGES_OF_OTHERS[name]}.\n\n{OPTIONS}")
    for command, one in commands.items():
        yield from roff.section(command.upper(), "\n\n".join((f"{one.summary}.", *one.notes)))
        if name == "doctor":
            yield ".SS Checks"
            for check in CHECKS:
                yield from roff.tagged(f"`{check.name}`", check.what)
        yield ".SS Fields"
        for field in one.entity.all_fields if one.entity else ():
            yield from roff.tagged(f"`{field.name}`", field.help)
    yield from _exit_status()
    yield from roff.section("EXAMPLES")
    yield from roff.literal(
        f"{PROGRAM} {line}" for one in commands.values() for line in one.examples
    )
    yield from roff.see_also(f"{PROGRAM}(1)", f"{PROGRAM}.toml(5)")


def _profiles() -> Iterator[str]:
    yield from roff.head(f"{PROGRAM}.toml", "5", f"Profiles of {PROGRAM}.")
    places = [f"`{path}`" for path in PLACES]
    yield from roff.section("SYNOPSIS", "\n\n".join(places))
    yield from roff.section(
        "DESCRIPTION", PROFILES.format(files=", ".join(places), prefix=ENV_PREFIX)
    )
    yield from roff.section("KEYS OF THE FILE")
    for key, meaning in FILE_KEYS.items():
        yield from roff.tagged(f"`{key}`", meaning)
    yield from roff.section("KEYS OF A PROFILE")
    yield from _keys(Profile, ENV_PREFIX)
    for name, table in PROFILE_TABLES.items():
        yield from roff.section(f"KEYS OF {name.upper()}")
        yield from _keys(table, PREFIXES[name])
    yield from roff.section("EXAMPLES")
    yield from roff.literal(TOML_EXAMPLE.splitlines())
    yield from roff.see_also(f"{PROGRAM}(1)", "slurmrestd(8)")


# --- from the tables ------------------------------------------------------------------------


def _tokens(entity: Entity) -> str:
    """Return what applies to the arguments of all verbs."""
    verbs = VERBS[entity.noun]
    guard = topics.GUARD.format(named="a name, " if entity.is_named else "")
    select = topics.CONDITIONS.strip() + f" {guard}" * ("modify" in verbs)
    paragraphs = [select]
    if {*verbs} & {*help_texts.LIST_VERBS, "report"}:
        paragraphs.append(topics.COLUMNS.format(entity.columns[0]))
        paragraphs += [topics.REFINEMENTS, topics.QUERY]
    if "add" in verbs:
        paragraphs.append(help_texts.NAMES_NOTE)
    return "\n\n".join(text.strip() for text in (*paragraphs, OPTIONS))


def _notes(entity: Entity, verb: str) -> Iterator[str]:
    for note in help_texts.notes(entity, verb):
        yield from (".sp", *roff.filled(note))


def _switches(entity: Entity, verb: str) -> Iterator[str]:
    for switch in help_texts.switches(entity, verb):
        yield from roff.tagged(f"`{switch}`", f"{OF_SWITCHES[switch]}.")


def _exit_status() -> Iterator[str]:
    yield from roff.section("EXIT STATUS", EXIT_STATUS)
    for code in Exit:
        yield from roff.tagged(f"`{code}`", " ".join(_meanings(code)))


def _options(context: typer.Context) -> Iterator[str]:
    panels = by_panel(context.command.get_params(context))
    yield from _tagged_options(context, (one for some in panels.values() for one in some))


def _tagged_options(context: typer.Context, options: Iterable[TyperOption]) -> Iterator[str]:
    for option in options:
        if record := option.get_help_record(context):
            names, meaning = record
            tag = re.sub(r"(?<!\w)-[\w-]+", r"`\g<0>`", names)
            yield from roff.tagged(tag, f"{meaning}.")


def _meanings(code: Exit) -> Iterator[str]:
    """Yield the meaning of an exit code, and of each error that has it."""
    meaning = MEANINGS[code]
    yield f"{meaning[0].upper()}{meaning[1:]}."
    for kind in every_error():
        if exit_of(kind("")) is code and kind is not SlurmctlError:
            yield f"{(kind.__doc__ or '').partition(chr(10))[0].removesuffix('.')} ({kind.code})."


def _fields(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        aside = "; ".join(help_texts.asides(field, mark="`"))
        yield from roff.tagged(f"`{field.name}` ({field.kind.unit})", field.help, aside)


def _examples(entity: Entity, verb: str) -> list[str]:
    return [f"{PROGRAM} {line}" for line in verb_of(entity, verb).examples]


def _keys(table: type[StrictTable], prefix: str) -> Iterator[str]:
    for name, schema in properties(table).items():
        key = table.model_fields[name]
        default = f"default {json.dumps(schema['default'])}" if "default" in schema else "unset"
        told = "required" if key.is_required() else default.replace("default null", "unset")
        tag = f"`{name}` ({_type(schema)}; {told})"
        yield from roff.tagged(tag, str(key.description), f"`{prefix}{name.upper()}`")


def _type(schema: Json) -> str:
    """Return the type of a key, in TOML's words."""
    kind = schema.get("anyOf", [schema])[0]  # the other one is null
    if "enum" in kind:
        return " or ".join(json.dumps(word) for word in kind["enum"])
    if kind.get("type") == "array":
        return f"array of {kind['items']['type']}s"
    if "maximum" in kind:
        least = kind.get("minimum")
        above = f"above {kind['exclusiveMinimum']}" if least is None else f"from {least}"
        return f"{kind['type']} {above}, at most {kind['maximum']}"
    return str(kind.get("format") or kind["type"]).replace("object", "table")
