"""The commands: nouns, verbs and options, and one boundary for all errors."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands that are
# made in closures, and could not resolve them as strings.

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from slurmctl_rest import __version__
from slurmctl_rest.cli import exits, streams, verbs
from slurmctl_rest.cli.console import Options, has_color
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.cli.interrupts import summary
from slurmctl_rest.cli.option_values import (
    known_format,
    output_of,
    refuse_formats_of_texts,
    sound_digest,
    sound_query,
    sound_template,
    sound_timeout,
)
from slurmctl_rest.cli.parsing import Made, group, typer_command
from slurmctl_rest.cli.profile_commands import OF_PROFILE
from slurmctl_rest.cli.standalone import SACCTMGR, STANDALONE, TITLES
from slurmctl_rest.cli.verbs import VERBS
from slurmctl_rest.cli.words import in_order
from slurmctl_rest.errors import Interrupted, SlurmctlError, UsageError
from slurmctl_rest.model.entities import ENTITIES
from slurmctl_rest.model.fields import Entity, did_you_mean
from slurmctl_rest.sacctmgr import grammar as sacctmgr_grammar

SYNONYMS = {
    verb: tuple(word for word, ours in sacctmgr_grammar.VERBS.items() if ours == verb != word)
    for verb in sacctmgr_grammar.VERBS.values()
}
"""Our verbs, each with sacctmgr's other word for it."""
ENTITIES_WITH_VERBS = tuple(entity for entity in ENTITIES if entity.noun in VERBS)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"slurmctl-rest {__version__}")
        raise typer.Exit


def _option(panel: str, help_: str, *names: str, **more: Any) -> Any:
    return typer.Option(*names, help=help_, rich_help_panel=panel, **more)


def options(
    context: typer.Context,
    profile: Annotated[
        str | None, _option("Common", "Use this profile of the configuration file", metavar="NAME")
    ] = None,
    config: Annotated[
        str | None, _option("Common", "Read profiles from this file", metavar="FILE")
    ] = None,
    cluster: Annotated[
        str | None,
        _option("Common", "Act on this cluster", "-M", "--cluster", metavar="NAME"),
    ] = None,
    immediate: Annotated[
        bool, _option("Write", "Write without asking", "-i", "--immediate", "-y", "--yes")
    ] = False,
    dry_run: Annotated[
        bool,
        _option("Write", "Show the change and its requests; write nothing", "--dry-run"),
    ] = False,
    approve: Annotated[
        str | None,
        _option("Write", "Carry out just this plan", metavar="DIGEST", callback=sound_digest),
    ] = None,
    readonly: Annotated[bool, _option("Write", "Refuse to write", "-r", "--readonly")] = False,
    output: Annotated[
        str,
        _option(
            "Output",
            "Print wide, name, yaml, csv ... (help formats)",
            "-o",
            "--output",
            metavar="FORMAT",
            callback=known_format,
            show_default=False,
        ),
    ] = "table",
    json: Annotated[bool, _option("Output", "Print JSON, like --output json", "--json")] = False,
    parsable: Annotated[
        bool, _option("Output", "Print `|` after each column, like sacctmgr", "-p", "--parsable")
    ] = False,
    parsable2: Annotated[
        bool,
        _option("Output", "Print `|` between columns; -p: after each, too", "-P", "--parsable2"),
    ] = False,
    noheader: Annotated[
        bool, _option("Output", "Print no header line", "-n", "--noheader")
    ] = False,
    format_: Annotated[
        str | None,
        _option(
            "Output", "Print these columns, like Account%20,GrpTRES", "--format", metavar="COLUMNS"
        ),
    ] = None,
    query: Annotated[
        str | None,
        _option("Output", "Print JMESPath of the items", metavar="EXPR", callback=sound_query),
    ] = None,
    template: Annotated[
        str | None,
        _option(
            "Output",
            "Print a line a row, like '{Account} {GrpJobs}'",
            metavar="TEXT",
            callback=sound_template,
        ),
    ] = None,
    quiet: Annotated[
        bool, _option("Output", "Print only rows and errors", "-Q", "--quiet")
    ] = False,
    verbose: Annotated[
        bool, _option("Common", "Print each request or command on stderr", "-v", "--verbose")
    ] = False,
    with_commands: Annotated[
        bool, _option("Output", "Add the commands that ran to JSON", "--with-commands")
    ] = False,
    timeout: Annotated[
        float | None,
        _option(
            "Common", "Wait up to SECONDS for Slurm", metavar="SECONDS", callback=sound_timeout
        ),
    ] = None,
    color: Annotated[
        Literal["auto", "always", "never"],
        _option("Common", "Print colours: auto (at a terminal), always or never", metavar="WHEN"),
    ] = "auto",
    version: Annotated[
        bool,
        _option("Common", "Print the version", "-V", "--version", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Administer Slurm accounting, over REST or over the Slurm commands."""
    del version
    bars = (parsable, parsable2)
    chosen = output_of(output, query, template, json=json, bars=bars, columns=format_)
    context.obj.options = Options(
        profile=profile,
        config=Path(config) if config else None,
        cluster=cluster,
        immediate=immediate,
        dry_run=dry_run,
        output=chosen,
        columns=format_,
        header=not noheader,
        quiet=quiet,
        readonly=readonly,
        verbose=verbose,
        with_commands=with_commands,
        timeout=timeout,
        color=color,
        query=query,
        template=template,
        approve=approve,
    )
    refuse_formats_of_texts(context.invoked_subcommand or "", chosen, query)
    _help_alone(context)


def _help_alone(context: typer.Context) -> None:
    """Show the help if nothing follows the program, or a noun."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def help_(
    context: typer.Context,
    topic: Annotated[list[str] | None, typer.Argument(show_default=False)] = None,
) -> None:
    """Explain a topic, or print the help of a command."""
    from slurmctl_rest.cli import help_topics

    help_topics.run(context, topic or [])


def ping(context: typer.Context) -> None:
    """Ping the daemons."""
    from slurmctl_rest.cli import ping

    ping.run(context.obj)


def schema(
    context: typer.Context,
    kind: Annotated[str | None, typer.Argument(show_default=False)] = None,
    words: Annotated[list[str] | None, typer.Argument(show_default=False)] = None,
) -> None:
    """Print a schema."""
    from slurmctl_rest.cli import schema

    schema.run(context.obj, kind, words or [])


def doctor(context: typer.Context) -> None:
    """Check the profile and its Slurm."""
    from slurmctl_rest.cli import doctor

    doctor.run(context.obj)


def sacctmgr(words: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Answer as sacctmgr does; main() hands such words on before Typer reads them."""
    del words
    raise UsageError(
        f"'{SACCTMGR}' takes no options of this program before it",
        "name the profile with SLURMCTL_REST_PROFILE, the file with SLURMCTL_REST_CONFIG",
    )


HELP = (["-h"], ["--help"])


def explain(
    context: typer.Context,
    line: Annotated[str, typer.Argument(show_default=False, help="A command line of sacctmgr.")],
) -> None:
    """Explain a command line of sacctmgr."""
    from slurmctl_rest.cli.drop_in import explain

    explain.explain_line(context.obj, line, COMMAND_WORDS)


COMMAND_WORDS = {
    **{
        entity.word: [
            word for verb in VERBS[entity.noun] for word in (verb, *SYNONYMS.get(verb, ()))
        ]
        for entity in ENTITIES_WITH_VERBS
    },
    "profile": [*OF_PROFILE],
}
"""The verbs of each noun, with their synonyms."""


@functools.cache  # what runs many commands in one process (the Python API, MCP) makes each once
def program() -> TyperGroup:
    """Return the program, whose commands are made when they are asked for."""
    commands: dict[str, Callable[[], Made]] = {
        **{entity.word: partial(_noun, entity) for entity in ENTITIES_WITH_VERBS},
        "ping": partial(_other, "ping", ping),
        "doctor": partial(_other, "doctor", doctor),
        "profile": _profile,
        "help": partial(_other, "help", help_),
        "schema": partial(_other, "schema", schema),
        "explain": partial(_other, "explain", explain),
        **{word: partial(_other, word, made) for word, made in STANDALONE.items()},
        SACCTMGR: partial(_other, SACCTMGR, sacctmgr),
    }
    return group(
        options,
        {name: commands[name] for names in TITLES.values() for name in names},
        lambda: _texts().program(),
        usage="[options] COMMAND [argument ...]",
        end=lambda: _texts().END_OF_PROGRAM,
        titles=TITLES,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


VERB = "VERB [options] [argument ...]"


def _profile() -> TyperGroup:
    commands = {word: partial(_other, f"profile {word}", f) for word, f in OF_PROFILE.items()}
    return group(
        _help_alone, commands, lambda: _texts().SUMMARY_OF_PROFILE, usage=VERB,
        end=lambda: _texts().end_of_noun("profile"),
    )  # fmt: skip


def _other(words: str, function: Callable[..., None]) -> TyperCommand:
    """Return a command that is no verb of an entity."""
    return typer_command(
        function,
        lambda: _texts().other(words),
        short=lambda: _texts().STANDALONE_COMMANDS[words].summary,
        usage=lambda: _texts().STANDALONE_COMMANDS[words].syntax,
        end=lambda: _texts().end_of_other(words),
        shared=lambda: _texts().shared_by_other(words),
    )


def _noun(entity: Entity) -> TyperGroup:
    """Return the group of an entity: its verbs, and their synonyms (hidden)."""
    commands: dict[str, Callable[[], Made]] = {}
    for verb in VERBS[entity.noun]:
        commands[verb] = partial(_verb, entity, verb)
        for synonym in SYNONYMS.get(verb, ()):
            commands[synonym] = partial(_verb, entity, verb, hidden=True)
    return group(
        _help_alone, commands, lambda: _texts().noun(entity, VERBS[entity.noun]), usage=VERB,
        titles={"Verbs": VERBS[entity.noun]},
        end=lambda: _texts().end_of_noun(entity.word),
    )  # fmt: skip


def _verb(entity: Entity, verb: str, *, hidden: bool = False) -> TyperCommand:
    return typer_command(
        verbs.verb_function(entity, verb),
        lambda: _texts().verb(entity, verb),
        short=lambda: _texts().short(entity, verb),
        usage=lambda: _texts().usage(entity, verb),
        end=lambda: _texts().end_of_verb(entity),
        shared=lambda: _texts().shared_by(verb),
        hidden=hidden,
    )


def _texts() -> Any:
    """Return the module of the help, which is loaded only to show help."""
    from slurmctl_rest.cli import help_texts

    return help_texts


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; every error ends here."""
    words = list(sys.argv[1:] if argv is None else argv)
    # Before Typer reads them: the options are sacctmgr's, and not ours.
    if words[:1] == [SACCTMGR] and words[1:] not in HELP:
        from slurmctl_rest.cli.drop_in.run import main as as_sacctmgr

        return as_sacctmgr(words[1:])
    context = Context()
    with context.interrupts.handling_signals():
        try:
            return _bounded(words, context)
        except KeyboardInterrupt:  # somebody cannot even wait for the last words
            streams.drop()
            return Exit.INTERRUPTED


def _bounded(words: list[str], context: Context) -> int:
    error_: SlurmctlError
    try:
        code = run_words(words, context)
        streams.finish()  # a full disk shows here, or not at all
    except SlurmctlError as error:
        error_ = error
    except typer.TyperException as error:
        error_ = misspoken(error)
    except (KeyboardInterrupt, typer.Abort):
        error_ = context.interruption()
        streams.drop()  # the reader may be what keeps us waiting
    except (BrokenPipeError, SystemExit) as end:
        if isinstance(end, SystemExit) and not isinstance(end.__context__, BrokenPipeError):
            raise
        # `| head` has enough (Typer makes that a SystemExit).
        streams.drop()
        return Exit.OK
    except Exception as error:  # the last boundary: a line, not a traceback
        if os.environ.get("SLURMCTL_REST_DEBUG"):
            raise
        error_ = _unexpected(error, context)
    else:
        return code
    finally:
        context.close()
    try:
        streams.finish()
    except OSError:  # there is an error to exit with already
        streams.drop()
    error_.executor = context.executor
    _say(error_, words, context)
    return exits.exit_of(error_)


def misspoken(error: typer.TyperException) -> UsageError:
    """Return our error for words that Typer could not read, with the help that knows them."""
    context = getattr(error, "ctx", None)
    help_ = f"{context.command_path if context else 'slurmctl-rest'} --help"
    option = getattr(error, "option_name", None)
    if option is None or not hasattr(error, "possibilities"):
        return UsageError(error.format_message(), help_)
    # The program's own options are not among Typer's possibilities: they were moved to the front.
    commands = [program(), *([context.command] if context else [])]
    known = [name for command in commands for one in command.params for name in one.opts]
    return UsageError(f"No such option: {option}", did_you_mean(option, known) or help_)


def _say(error: SlurmctlError, words: Sequence[str], context: Context) -> None:
    """Report an error. Where the words could not even be parsed, the options are not known."""
    options = context.options
    as_json = options.as_json or bool(JSON_WORDS & set(words))
    asked = [word for word in ("never", "always") if {word, f"--color={word}"} & set(words)]
    color = has_color(sys.stderr, asked[0] if asked else options.color)
    with contextlib.suppress(OSError):  # nobody is there to hear it: the exit code says it
        at_once = isinstance(error, Interrupted) and not context.interrupts.pending
        if at_once and sys.stderr.isatty():
            print(file=sys.stderr)  # the terminal has written ^C
        exits.report_error(error, as_json=as_json, verbose=options.verbose, color=color)


JSON_WORDS = {"--json", "--output=json", "--output=ndjson", "--query"}


def _unexpected(error: Exception, context: Context) -> SlurmctlError:
    if isinstance(error, OSError) and streams.is_of_stdout(error):
        # Of a write this is all that is told: what has become of it must not be lost as well.
        return SlurmctlError(streams.unwritten(error), "; ".join(summary(context.outcomes)))
    return SlurmctlError(
        f"unexpected failure: {type(error).__name__}: {error}",
        "this is a bug in slurmctl-rest; repeat with SLURMCTL_REST_DEBUG=1 to see the traceback",
    )


def run_words(words: list[str], context: Context) -> int:
    """Parse the words and run their command; errors are raised, Typer's own among them."""
    whole = program()
    takes_value = {
        name: not getattr(parameter, "is_flag", False)
        for parameter in whole.params
        for name in parameter.opts
    }
    code = whole.main(
        in_order(words, takes_value, COMMAND_WORDS),
        prog_name="slurmctl-rest",
        # Typer would print errors itself, and exit with codes of its own.
        standalone_mode=False,
        obj=context,
    )
    if code == Exit.INTERRUPTED:  # what Typer makes of KeyboardInterrupt
        raise context.interruption()
    return code if isinstance(code, int) else Exit.OK
