"""`slurmctl-rest sacctmgr ARGS`, and the program by the name of sacctmgr: from words to a reply.

Over the commands the real sacctmgr gets the words as they are, and answers itself (commands.py).
Over REST the handlers of this folder answer in its words; sacctmgr's facts, and all that is decided
from them, are in slurmctl_rest/sacctmgr/.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from slurmctl_rest.cli import streams
from slurmctl_rest.cli.console import Options as ProgramOptions
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import commands
from slurmctl_rest.errors import SlurmctlError, Unsupported
from slurmctl_rest.model.text import printable
from slurmctl_rest.sacctmgr import options as options_
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.conditions import LIST_NOUNS
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import FAILED, Refused, Reply, lines

Handler: TypeAlias = Callable[[Context, Options, Sequence[str]], Reply]
"""Answers the words behind a verb and its noun, over REST."""


def _list(noun: str, context: Context, options: Options, words: Sequence[str]) -> Reply:
    from slurmctl_rest.cli.drop_in import listing  # noqa: PLC0415  (the commands need none of it)

    return listing.answered_list(noun, context, options, words)


HANDLERS: Mapping[tuple[str, str], Handler] = {
    **{("list", noun): partial(_list, noun) for noun in LIST_NOUNS},
}
"""(verb, noun) -> what answers."""


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
    options, words = options_.split(argv)
    if context.named_profile[1].execution_mode == "cli":
        return commands.handed_on(context, options, argv, words)
    if options.data_parser == "list":
        from slurmctl_rest.cli.drop_in import documents  # noqa: PLC0415

        return documents.parsers(context)
    verb, noun, rest = verbs.meant(words)
    handler = HANDLERS.get((verb, noun))
    if handler is None:
        raise Unsupported(
            f"sacctmgr {verb} {noun} is not possible over REST".rstrip(),
            'a profile with execution_mode = "cli" runs the real sacctmgr',
        )
    if verb in verbs.WRITING and options.readonly:
        raise Refused(lines("Can't run this command in readonly mode."))
    return handler(context, options, rest)


def put(reply: Reply) -> None:
    """Print a reply: its stdout first, since sacctmgr's own order is lost in a pipe, too."""
    sys.stdout.write(reply.stdout)
    sys.stdout.flush()
    sys.stderr.write(reply.stderr)
    sys.stderr.flush()
