"""`slurmctl-rest sacctmgr ARGS`, and the program by the name of sacctmgr: from words to a reply.

Over the commands the real sacctmgr gets the words as they are, and answers itself (commands.py).
Over REST the handlers of this folder answer in its words; sacctmgr's facts, and all that is decided
from them, are in slurmctl_rest/sacctmgr/.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from slurmctl_rest.cli import streams
from slurmctl_rest.cli.console import Options as ProgramOptions
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import alone, clusters, commands, install, jobs, qos, session
from slurmctl_rest.errors import SlurmctlError, Unsupported
from slurmctl_rest.model.text import printable
from slurmctl_rest.sacctmgr import options as options_
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import FAILED, Refused, Reply, lines

Handler: TypeAlias = Callable[[Context, Options, Sequence[str]], Reply]
"""Answers the words behind a verb and its noun, over REST."""

HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("add", "cluster"): clusters.add,
    ("add", "qos"): qos.add,
    ("delete", "cluster"): clusters.delete,
    ("delete", "qos"): qos.delete,
    ("modify", "job"): jobs.modify,
    ("modify", "qos"): qos.modify,
}
"""(verb, noun) -> what answers."""


INSTALLED = len(("--install", "DIR"))


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 or 1, as sacctmgr has it."""
    context = Context()
    # What it says on its own would be bytes that sacctmgr does not print.
    context.options = ProgramOptions(quiet=True, immediate=True)
    try:
        with context.interrupts.handling_signals():
            reply = _replied(lambda: answered(context, argv))
        put(reply)
        streams.finish()
    except BrokenPipeError:
        streams.drop()
        return FAILED
    except KeyboardInterrupt:
        streams.drop()
        return 130
    finally:
        context.close()
    return reply.code


def _replied(answer: Callable[[], Reply]) -> Reply:
    """Return the reply, or what is said of an error in its place."""
    try:
        return answer()
    except Refused as refused:
        return refused.reply
    except SlurmctlError as error:
        hint = f" ({printable(error.hint, 0)})" if error.hint else ""
        return Reply("", f"sacctmgr: error: {printable(error.message, 0)}{hint}\n", FAILED)


def answered(context: Context, argv: Sequence[str]) -> Reply:
    """Return the reply to the words of a command line."""
    if len(argv) == INSTALLED and argv[0] == "--install":
        return install.install(argv[1])
    options, words = options_.split(argv)
    if context.named_profile[1].execution_mode == "cli":
        return commands.handed_on(context, options, argv, words)
    return over_rest(context, options, words)


def over_rest(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Return the reply to words, where it is ours."""
    if options.help or options.version:
        words = ["version" if options.version else "help"]
    if not words:
        return session.session(options, partial(_line_of_session, context), put)
    verb, noun, rest = verbs.meant(words, readonly=options.readonly)
    if verb in alone.WORDS:
        return _of_one_word(context, options, verb, words)
    handler = HANDLERS.get((verb, noun))
    if handler is None:
        raise Unsupported(
            f"sacctmgr {verb} {noun}".rstrip() + " is not possible over REST",
            'a profile with execution_mode = "cli" runs the real sacctmgr',
        )
    return handler(context, options, rest)


def _line_of_session(context: Context, options: Options, words: Sequence[str]) -> Reply:
    context.looks.clear()  # other lines may have written since
    return _replied(lambda: over_rest(context, options, words))


def _of_one_word(context: Context, options: Options, verb: str, words: Sequence[str]) -> Reply:
    reply = alone.WORDS[verb](context, options)
    if len(words) == 1 or verb not in verbs.ALONE:
        return reply
    code = reply.code if verb in alone.GOES_ON else FAILED
    return replace(reply, stderr=lines(verbs.ALONE[verb].format(words[0])), code=code)


def put(reply: Reply) -> None:
    """Print a reply: its stdout first, since sacctmgr's own order is lost in a pipe, too."""
    sys.stdout.write(reply.stdout)
    sys.stdout.flush()
    sys.stderr.write(reply.stderr)
    sys.stderr.flush()
