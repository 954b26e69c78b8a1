"""The manual pages, from the tables that the program runs on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

import typer
from typer.core import TyperGroup

from slurmctl_rest.cli import help_texts
from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS, SYNONYMS, program
from slurmctl_rest.cli.commands import profile
from slurmctl_rest.cli.exits import Exit, exit_of
from slurmctl_rest.cli.list_switches import OF_SWITCHES
from slurmctl_rest.cli.verbs import VERBS, verb_of
from slurmctl_rest.config.load import ENV_OF_PROGRAM, REST_PREFIX
from slurmctl_rest.config.models import Profile, RestApi, properties
from slurmctl_rest.config.paths import ENV_PREFIX
from slurmctl_rest.doctor.checks import CHECKS
from slurmctl_rest.errors import SlurmctlError, every_error
from slurmctl_rest.model.entities import USAGE, USER
from slurmctl_rest.model.entities.usage import USAGE_WORDS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.kinds.base import Json

from . import manifest, roff
from .roff import PROGRAM

PLACES = ("~/.config/slurmctl-rest/config.toml", "/etc/slurmctl-rest/config.toml")

DESCRIPTION = """
`slurmctl-rest` administers Slurm accounting with the words of `sacctmgr`(1), over `slurmrestd`(8)
(executor rest) or over the Slurm commands (executor cli), as the profile says; see
`slurmctl-rest.toml`(5). Both executors give the same rows, the same messages and the same state
afterwards. There is no fallback: what an executor cannot do is refused by name (exit 10).

Bare words before the first `set` are names, or comma lists of names; `where` may stand before
conditions. Keys are case-insensitive, and may be sacctmgr's aliases or unique abbreviations. `=`
assigns, `+=` and `-=` change a list of names, and -1 clears a limit, or one TRES of it. A TRES
that a value does not name stays as it is.

A write changes what it names and nothing else. It shows the change and asks; afterwards it reads
back, and a difference is an error. Without a terminal it is refused (exit 9) unless `-i` is given.
`--dry-run` shows the change and the exact requests or commands, and writes nothing.

Rows and changes go to standard output; questions, warnings and errors to standard error. Off a
terminal nothing is wrapped, cut or coloured.
"""

COMPLETION = """
bash, zsh and fish complete commands, options, fields, values, profiles, and the names of accounts,
users, QOS, clusters and TRES that the profile's slurmdbd has. Names are kept for a minute in
~/.cache/slurmctl-rest, and asked for anew then; where they do not come, there are none. That folder
is used only if it is yours, no link, and nobody else may write to it.

The scripts are installed with the program. Where a shell does not find them, it may load them from
the program itself: `. <(_SLURMCTL_REST_COMPLETE=source_bash slurmctl-rest)` in ~/.bashrc, the same
with `source_zsh` in ~/.zshrc behind `compinit`; in ~/.config/fish/config.fish
`_SLURMCTL_REST_COMPLETE=source_fish slurmctl-rest | source`.
"""

EXIT_STATUS = """
Words in parentheses are the codes of errors in JSON: with `--json` an error is one object on
standard error.
"""

EXITS = {
    Exit.OK: "Done, or already as asked.",
    Exit.FAILED: "An unexpected failure (error).",
    Exit.INTERRUPTED: "Interrupted.",
}
"""What the docstrings of the errors do not say."""

CONDITIONS = """
A condition takes a comma list of values and holds for any of them; all conditions must hold.
"""
GUARD = "`modify` and `delete` need {named}a condition or `--all`."
COLUMNS = """
`format=` takes a comma list of fields with or without a width: `{0}%20`, `{0}%-12` (flush left).
"""
OPTIONS = f"The options of `{PROGRAM}`(1) may stand before or after all this."

FIELDS = """
The unit stands in parentheses; minutes may be written as m:s, h:m:s or d-h[:m[:s]] too. Inherited
means: without a value of its own, a row takes the value of the account above it. Condition means:
it may select objects.
"""
GROUPS = {
    Access.KEY: "Names; also conditions and columns",
    Access.SCOPE: "Where an object is added; also conditions and columns",
    Access.SET: "Set by add and modify; also columns",
    Access.MODIFY: "Set by modify; also columns",
    Access.READ: "Columns",
}
OF_ROWS = "Set by add and modify on the associations; columns of assoc list"
"""Fields of users' associations that `user` sets."""
OF_REPORT = "Words of a report"

PROFILES = """
A profile is one cluster and the way to it: a table of a TOML file. The file is the first of the
argument of `--config`, `$SLURMCTL_REST_CONFIG`, {files}. Without a file the environment makes the
profile; without either the executor is cli, with the `sacctmgr` on PATH.

Every key can come from the environment, which wins over the file; arrays and tables are JSON
there. Unknown keys, unknown variables that begin with {prefix}, and bad values are refused
(exit 2).

Below, the type and the default of each key stand in parentheses, and its variable on the last line.
"""

FILE_KEYS = {
    "default_profile": "profile, where neither `--profile` nor `$SLURMCTL_REST_PROFILE` names one; "
    "without it, the only profile of the file",
    "profiles.NAME": "table: a profile",
    "profiles.NAME.rest_api": "table: how slurmrestd is reached",
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
    yield from roff.head(PROGRAM, "1", (whole.help or "").partition("\n")[0])
    yield from roff.synopsis(f"[options] {'|'.join(nouns)} verb [token ...]", "|".join(alone))
    yield from roff.section("DESCRIPTION", DESCRIPTION)
    yield from roff.section("OPTIONS", "They may stand before or after the command.")
    yield from _options(typer.Context(whole, **whole.context_settings))
    yield from roff.section("COMMANDS")
    for name, command in commands.items():
        see = f" See `{PROGRAM}-{name}`(1)." if name in {*nouns, *PAGES_OF_OTHERS} else ""
        summary = (command.help or "").partition("\n")[0]
        yield from roff.tagged(f"`{name}`", f"{summary}{see}")
    yield from _exit_status()
    yield from roff.section("ENVIRONMENT")
    for name in ENV_OF_PROGRAM:
        yield from roff.tagged(f"`{ENV_PREFIX}{name}`", manifest.ENVIRONMENT[name])
    keys = f"a key of the profile, which it overrides; see `{PROGRAM}.toml`(5)"
    yield from roff.tagged(f"`{ENV_PREFIX}`KEY, `{ENV_PREFIX}REST_API__`KEY", keys)
    for name, meaning in manifest.ENVIRONMENT_OF_OTHERS.items():
        yield from roff.tagged(f"`{name}`", meaning)
    yield from roff.section("COMPLETION", COMPLETION)
    yield from roff.section("FILES")
    for path in PLACES:
        yield from roff.tagged(f"`{path}`", f"profiles; see `{PROGRAM}.toml`(5)")
    yield from roff.section("EXAMPLES")
    first = [
        _examples(entity, verb)[0] for entity in ENTITIES_WITH_VERBS for verb in VERBS[entity.noun]
    ]
    others = [one.examples[0] for one in help_texts.STANDALONE_COMMANDS.values()]
    yield from roff.literal([f"{PROGRAM} {line}" for line in ("ping", *others)] + first)
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
    yield from roff.section("DESCRIPTION", f"{summary}\n\n{_tokens(entity)}")
    yield from roff.section("VERBS")
    for verb in verbs:
        also = "".join(f", `{synonym}`" for synonym in SYNONYMS.get(verb, ()))
        yield from roff.tagged(f"`{verb}`{also}", help_texts.short(entity, verb))
        yield from roff.inside(_notes(entity, verb))
        yield from roff.inside(_switches(entity, verb))
        yield from roff.inside(_options(typer.Context(commands[verb], help_option_names=[])))
    yield from roff.section("FIELDS", FIELDS)
    for title, fields in _groups(entity):
        yield f".SS {title}"
        yield from _fields(fields)
    yield from _exit_status()
    yield from roff.section("EXAMPLES")
    yield from roff.literal(line for verb in verbs for line in _examples(entity, verb))
    yield from roff.see_also(f"{PROGRAM}(1)", f"{PROGRAM}.toml(5)", "sacctmgr(1)")


def _other(name: str) -> Iterator[str]:
    """Yield the page of a command that is no noun, with those behind it."""
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
        for field in one.entity.fields:
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
    yield from roff.section("KEYS OF REST_API")
    yield from _keys(RestApi, REST_PREFIX)
    yield from roff.section("EXAMPLES")
    yield from roff.literal(TOML_EXAMPLE.splitlines())
    yield from roff.see_also(f"{PROGRAM}(1)", "slurmrestd(8)")


# --- what the tables say ------------------------------------------------------------------------


def _tokens(entity: Entity) -> str:
    """Say what holds for the words of all verbs."""
    verbs = VERBS[entity.noun]
    guard = GUARD.format(named="a name, " if entity.is_named else "")
    select = CONDITIONS.strip() + f" {guard}" * ("modify" in verbs)
    paragraphs = [select, COLUMNS.format(entity.columns[0])]
    if "add" in verbs:
        paragraphs.append(help_texts.NAMES_NOTE)
    return "\n\n".join(text.strip() for text in (*paragraphs, OPTIONS))


def _notes(entity: Entity, verb: str) -> Iterator[str]:
    for note in verb_of(entity, verb).notes:
        yield from (".sp", *roff.filled(note))


def _switches(entity: Entity, verb: str) -> Iterator[str]:
    for switch in help_texts.switches(entity, verb):
        yield from roff.tagged(f"`{switch}`", OF_SWITCHES[switch])


def _groups(entity: Entity) -> Iterator[tuple[str, Sequence[Field]]]:
    """Yield the fields by what can be done with them."""
    for access, title in GROUPS.items():
        if fields := [field for field in entity.fields if field.access is access]:
            yield title, fields
    if entity is USER:
        yield OF_ROWS, [f for f in USER_WITH_LIMITS.fields if f not in USER.fields]
    if entity is USAGE:
        yield OF_REPORT, [f for f in USAGE_WORDS.fields if f not in USAGE.fields]


def _exit_status() -> Iterator[str]:
    yield from roff.section("EXIT STATUS", EXIT_STATUS)
    for code in Exit:
        yield from roff.tagged(f"`{code}`", " ".join(_meanings(code)))


def _options(context: typer.Context) -> Iterator[str]:
    for option in context.command.get_params(context):
        record = option.get_help_record(context)
        if record and option.param_type_name == "option":
            names, meaning = record
            yield from roff.tagged(re.sub(r"(?<!\w)-[\w-]+", r"`\g<0>`", names), meaning)


def _meanings(code: Exit) -> Iterator[str]:
    """Yield what an exit code means, each error in its own words."""
    if code in EXITS:
        yield EXITS[code]
    for kind in every_error():
        if exit_of(kind("")) is code and kind is not SlurmctlError:
            yield f"{(kind.__doc__ or '').removesuffix('.')} ({kind.code})."


def _fields(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        aliases = ", ".join(f"`{word}`" for word in field.spellings[1:])
        asides = [
            *["condition"] * (field.where and field.access not in {Access.KEY, Access.SCOPE}),
            *["inherited"] * field.inherits,
            *[f"over slurmrestd since API {field.since}"] * (field.since is not None),
            *[f"also {aliases}"] * bool(aliases),
        ]
        yield from roff.tagged(f"`{field.name}` ({field.kind.unit})", field.help, "; ".join(asides))


def _examples(entity: Entity, verb: str) -> list[str]:
    return [f"{PROGRAM} {line}" for line in verb_of(entity, verb).examples]


def _keys(table: type[Profile] | type[RestApi], prefix: str) -> Iterator[str]:
    for name, schema in properties(table).items():
        key = table.model_fields[name]
        default = f"default {json.dumps(schema['default'])}" if "default" in schema else "unset"
        told = "required" if key.is_required() else default.replace("default null", "unset")
        tag = f"`{name}` ({_type(schema)}; {told})"
        yield from roff.tagged(tag, str(key.description), f"`{prefix}{name.upper()}`")


def _type(schema: Json) -> str:
    """Say in TOML's words what a key takes."""
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
