"""`slurmctl-rest sacctmgr ARGS`, and the program by the name of sacctmgr: from words to a reply.

Over the commands the real sacctmgr gets the words as they are, and answers itself (commands.py).
Over REST the handlers of this folder answer in its words; sacctmgr's facts, and all that is decided
from them, are in slurmctl_rest/sacctmgr/.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TypeAlias

from slurmctl_rest.cli import streams
from slurmctl_rest.cli.console import Options as ProgramOptions
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in.rest import rest
from slurmctl_rest.errors import SlurmctlError, Unsupported
from slurmctl_rest.model.text import printable
from slurmctl_rest.sacctmgr import options as options_
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import FAILED, Refused, Reply, lines

Handler: TypeAlias = Callable[[Context, Options, Sequence[str]], Reply]
"""Answers the words behind a verb and its noun, over REST."""

HANDLERS: Mapping[tuple[str, str], str] = {
    ("add", "account"): "accounts.add",
    ("add", "cluster"): "clusters.add",
    ("add", "coordinator"): "coordinators.add",
    ("add", "qos"): "qos.add",
    ("add", "user"): "users.add",
    ("delete", "account"): "accounts.delete",
    ("delete", "cluster"): "clusters.delete",
    ("delete", "coordinator"): "coordinators.delete",
    ("delete", "qos"): "qos.delete",
    ("delete", "user"): "users.delete",
    ("dump", ""): "dump.dumped",
    ("modify", "account"): "accounts.modify",
    ("modify", "qos"): "qos.modify",
    ("modify", "user"): "users.modify",
}
"""(verb, noun) -> the function that answers, in a module of this folder; of lists see READERS."""


DATA_PARSERS = "list"
"""The value of --json that asks for all that there are."""
INSTALLED = len(("--install", "DIR"))


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 or 1, as sacctmgr has it."""
    context = Context()
    # What it says on its own would be bytes that sacctmgr does not print.
    context.options = ProgramOptions(quiet=True, immediate=True)
    try:
        with context.interrupts.handling_signals():
            reply = answered(context, argv)
        put(reply)
        streams.finish()
    except Refused as refused:
        put(refused.reply)
        return refused.reply.code
    except SlurmctlError as error:
        hint = f" ({printable(error.hint, 0)})" if error.hint else ""
        put(Reply("", f"sacctmgr: error: {printable(error.message, 0)}{hint}\n", FAILED))
        return FAILED
    except BrokenPipeError:
        streams.drop()
        return FAILED
    except KeyboardInterrupt:
        streams.drop()
        return 130
    finally:
        context.close()
    return reply.code


def answered(context: Context, argv: Sequence[str]) -> Reply:
    """Return the reply to the words of a command line."""
    if len(argv) == INSTALLED and argv[0] == "--install":
        from slurmctl_rest.cli.drop_in.install import install  # noqa: PLC0415

        return install(argv[1])
    options, words = options_.split(argv)
    if context.named_profile[1].execution_mode == "cli":
        return _handed_on(context, options, argv, words)
    if options.data_parser == DATA_PARSERS:
        from slurmctl_rest.cli.drop_in.documents import parsers  # noqa: PLC0415

        return parsers(rest(context))
    if options.help or options.version:
        words = ["version" if options.version else "help"]
    if not words:
        raise Unsupported(
            "sacctmgr without a command is not possible over REST",
            "give the command as arguments",
        )
    verb, noun, further = verbs.meant(words, readonly=options.readonly)
    from slurmctl_rest.cli.drop_in import alone  # noqa: PLC0415  (REST alone, as all below)

    if verb in alone.WORDS:
        return _of_one_word(alone.WORDS[verb](context, options), verb, words)
    if verb == "modify" and any(map(verbs.resets_usage, further)):
        # As `slurmctl-rest raw-usage`, whatever the profile says: slurmrestd cannot reset it.
        return _handed_on(context, options, argv, words)
    handler = _handler(verb, noun)
    if handler is None:
        raise Unsupported(
            f"sacctmgr {verb} {noun}".rstrip() + " is not possible over REST",
            'a profile with execution_mode = "cli" runs the real sacctmgr',
        )
    return handler(context, options, further)


def _handler(verb: str, noun: str) -> Handler | None:
    """Return what answers a verb, loaded where it is asked for: a start of Python pays for each."""
    if verb == "list":
        from slurmctl_rest.cli.drop_in import listing, reading  # noqa: PLC0415

        return listing.listed(noun) if noun in reading.READERS else None
    module, _, function = HANDLERS.get((verb, noun), "").partition(".")
    if not module:
        return None
    handler: Handler = getattr(import_module(f"{__package__}.{module}"), function)
    return handler


def _handed_on(
    context: Context, options: Options, argv: Sequence[str], words: Sequence[str]
) -> Reply:
    from slurmctl_rest.cli.drop_in.commands import handed_on  # noqa: PLC0415

    return handed_on(context, options, argv, words)


def _of_one_word(reply: Reply, verb: str, words: Sequence[str]) -> Reply:
    if len(words) == 1 or verb not in verbs.ALONE:
        return reply
    code = reply.code if verb in verbs.GOES_ON else FAILED
    return replace(reply, stderr=lines(verbs.ALONE[verb].format(words[0])), code=code)


def put(reply: Reply) -> None:
    """Print a reply: its stdout first, since sacctmgr's own order is lost in a pipe, too."""
    sys.stdout.write(reply.stdout)
    sys.stdout.flush()
    sys.stderr.write(reply.stderr)
    sys.stderr.flush()
