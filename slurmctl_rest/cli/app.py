"""The commands: nouns, verbs and options, and one boundary for all errors."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands that are
# made in closures, and could not resolve them as strings.

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
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
from slurmctl_rest.cli.parsing import Made, command, group
from slurmctl_rest.cli.verbs import VERBS
from slurmctl_rest.errors import Interrupted, SlurmctlError, UsageError
from slurmctl_rest.model.entities import ENTITIES
from slurmctl_rest.model.fields import Entity, did_you_mean
from slurmctl_rest.render.formats import FORMATS

SYNONYMS = {"list": ("show",), "add": ("create",), "modify": ("update",), "delete": ("remove",)}
NOUNS = tuple(entity for entity in ENTITIES if entity.noun in VERBS)
LONGEST_WAIT = 3600


def _version(wanted: bool) -> None:
    if wanted:
        print(f"slurmctl-rest {__version__}")
        raise typer.Exit


def _known_format(name: str) -> str:
    if name not in FORMATS:
        raise typer.BadParameter(f"'{name}' is not one of {', '.join(FORMATS)}")
    return name


def _sound_timeout(seconds: float | None) -> float | None:
    # Not Typer's own min and max: for a range it loads all of pydantic.
    if seconds is not None and not 0 < seconds <= LONGEST_WAIT:
        raise typer.BadParameter(f"{seconds} is not between 0 and {LONGEST_WAIT}")
    return seconds


def options(
    context: typer.Context,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Profile of the configuration.")
    ] = None,
    config: Annotated[str | None, typer.Option(metavar="FILE", help="Configuration file.")] = None,
    cluster: Annotated[
        str | None, typer.Option("-M", "--cluster", metavar="NAME", help="Cluster to act on.")
    ] = None,
    immediate: Annotated[
        bool, typer.Option("-i", "--immediate", "-y", "--yes", help="Write without asking.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be changed and sent; write nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="The same as --output json.")] = False,
    output: Annotated[
        str,
        typer.Option(
            metavar="|".join(FORMATS),
            callback=_known_format,
            help="Output format.",
        ),
    ] = "table",
    parsable: Annotated[bool, typer.Option("-p", "--parsable", help="`|` behind columns.")] = False,
    parsable2: Annotated[
        bool, typer.Option("-P", "--parsable2", help="`|` between columns.")
    ] = False,
    noheader: Annotated[bool, typer.Option("-n", "--noheader", help="No header line.")] = False,
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="COLUMNS", help="Account%20,GrpTRES (or format=)."),
    ] = None,
    quiet: Annotated[bool, typer.Option("-Q", "--quiet", help="Only rows and errors.")] = False,
    readonly: Annotated[bool, typer.Option("-r", "--readonly", help="Refuse writes.")] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Show requests or commands on stderr.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            callback=_sound_timeout,
            help="How long to wait for Slurm, in place of the profile's timeout.",
        ),
    ] = None,
    color: Annotated[
        Literal["auto", "always", "never"], typer.Option(help="Colours (NO_COLOR too).")
    ] = "auto",
    version: Annotated[
        bool,
        typer.Option("-V", "--version", callback=_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Administer Slurm accounting as sacctmgr does, over slurmrestd or over the Slurm commands.

    These options may stand before or after the subcommand.
    """
    del version
    chosen = "json" if json else "parsable2" if parsable2 else "parsable" if parsable else output
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
        timeout=timeout,
        color=color,
    )
    _help_alone(context)


def _help_alone(context: typer.Context) -> None:
    """Show the help where a noun, or nothing, is all that was said."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def ping(context: typer.Context) -> None:
    """Ask every controller and slurmdbd whether they answer; exit 6 where one does not."""
    from slurmctl_rest.cli import ping

    ping.run(context.obj)


def schema(context: typer.Context, kind: Annotated[str | None, typer.Argument()] = None) -> None:
    """Print the JSON Schema of a kind of output, or list the kinds.

    `schema commands` prints every command, option, field, exit code and error code as one JSON
    document.
    """
    from slurmctl_rest.cli import schema

    schema.run(context.obj, kind)


def doctor(context: typer.Context) -> None:
    """Check the profile and its Slurm."""
    from slurmctl_rest.cli import doctor

    doctor.run(context.obj)


def demo() -> None:
    """Show the main job step by step on an emulator of Slurm, which it starts: needs no cluster."""
    from slurmctl_rest.cli import demo

    demo.run()


def list_profiles(context: typer.Context) -> None:
    """List the profiles of the file."""
    from slurmctl_rest.cli import profile

    profile.list_(context.obj)


def show_profile(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(show_default=False, help="A profile.")] = None,
) -> None:
    """Show where the values of a profile come from."""
    from slurmctl_rest.cli import profile

    profile.show(context.obj, name)


def check_profiles(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(show_default=False, help="Profiles.")] = None,
) -> None:
    """Check profiles."""
    from slurmctl_rest.cli import profile

    profile.check(context.obj, names or [])


def program() -> TyperGroup:
    """Return the program, whose commands are made when they are asked for."""
    commands: dict[str, Callable[[], Made]] = {
        "ping": partial(command, ping),
        "schema": partial(command, schema),
        "doctor": partial(_other, "doctor", doctor),
        "demo": partial(command, demo),
        "profile": _profile,
        **{entity.word: partial(_noun, entity) for entity in NOUNS},
    }
    return group(options, commands, context_settings={"help_option_names": ["-h", "--help"]})


def _profile() -> TyperGroup:
    functions = {"list": list_profiles, "show": show_profile, "check": check_profiles}
    commands = {word: partial(_other, f"profile {word}", f) for word, f in functions.items()}
    return group(_help_alone, commands, _summary_of_profile)


def _summary_of_profile() -> str:
    from slurmctl_rest.cli.commands import profile

    return f"{profile.SUMMARY}."


def _other(words: str, function: Callable[..., None]) -> TyperCommand:
    """Return a command that is no verb of an entity."""
    return command(
        function,
        lambda: _texts().other(words),
        short=lambda: f"{_texts().OTHERS[words].summary}.",
    )


def _noun(entity: Entity) -> TyperGroup:
    """Return the group of an entity: its verbs, and their synonyms (hidden)."""
    commands: dict[str, Callable[[], Made]] = {}
    for verb in VERBS[entity.noun]:
        commands[verb] = partial(_verb, entity, verb)
        for synonym in SYNONYMS.get(verb, ()):
            commands[synonym] = partial(_verb, entity, verb, hidden=True)
    return group(_help_alone, commands, lambda: _texts().noun(entity, VERBS[entity.noun]))


def _verb(entity: Entity, verb: str, *, hidden: bool = False) -> TyperCommand:
    return command(
        verbs.command(entity, verb),
        lambda: _texts().verb(entity, verb),
        short=lambda: _texts().short(entity, verb),
        usage=lambda: _texts().usage(entity, verb),
        hidden=hidden,
    )


def _texts() -> Any:
    """Return the module of the help, which is loaded only to show help."""
    from slurmctl_rest.cli import help_texts

    return help_texts


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; every error ends here."""
    words = list(sys.argv[1:] if argv is None else argv)
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
        code = _run(words, context)
        streams.finish()  # a full disk shows here, or not at all
    except SlurmctlError as error:
        error_ = error
    except typer.TyperException as error:
        error_ = _misspoken(error)
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


def _misspoken(error: typer.TyperException) -> UsageError:
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
        exits.report(error, as_json=as_json, verbose=options.verbose, color=color)


JSON_WORDS = {"--json", "--output=json", "--output=ndjson"}


def _unexpected(error: Exception, context: Context) -> SlurmctlError:
    if isinstance(error, OSError) and streams.is_of_stdout(error):
        # Of a write this is all that is told: what has become of it must not be lost as well.
        return SlurmctlError(streams.unwritten(error), "; ".join(summary(context.outcomes)))
    return SlurmctlError(
        f"unexpected failure: {type(error).__name__}: {error}",
        "this is a bug in slurmctl-rest; repeat with SLURMCTL_REST_DEBUG=1 to see the traceback",
    )


def _run(words: list[str], context: Context) -> int:
    whole = program()
    takes_value = {
        name: not getattr(parameter, "is_flag", False)
        for parameter in whole.params
        for name in parameter.opts
    }
    code = whole.main(
        hoist(words, takes_value), prog_name="slurmctl-rest", standalone_mode=False, obj=context
    )
    if code == Exit.INTERRUPTED:  # what Typer makes of KeyboardInterrupt
        raise context.interruption()
    return code if isinstance(code, int) else Exit.OK


def hoist(words: Sequence[str], takes_value: Mapping[str, bool]) -> list[str]:
    """Move the options of the program in front of the subcommand, so that they may stand anywhere.

    `takes_value` holds every spelling of them. What is behind `--` is left alone.
    """
    front: list[str] = []
    rest: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            rest += [word, *queue]
            break
        name = word.partition("=")[0] if word.startswith("--") else word
        if name in takes_value:
            front.append(word)
            if takes_value[name] and name == word:
                if not queue:
                    raise UsageError(f"{word} needs a value", "slurmctl-rest --help")
                front.append(queue.pop(0))
        elif _is_cluster_of_letters(word, takes_value):
            front.append(word)
        else:
            rest.append(word)
    return front + rest


def _is_cluster_of_letters(word: str, takes_value: Mapping[str, bool]) -> bool:
    """Tell whether the word is like -nP, or like -Malps."""
    if len(word) < 3 or word[0] != "-" or word[1] == "-":
        return False
    if takes_value.get(word[:2], False):
        return True
    return all(f"-{letter}" in takes_value and not takes_value[f"-{letter}"] for letter in word[1:])
