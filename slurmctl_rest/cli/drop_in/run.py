"""`slurmctl-rest sacctmgr ARGS`, and the program by the name of sacctmgr: from words to a reply.

Over the commands the real sacctmgr gets the words as they are, and answers itself (commands.py).
Over REST the handlers of this folder answer in its words (over_rest.py); sacctmgr's facts, and all
that is decided from them, are in slurmctl_rest/sacctmgr/. Only what answers is imported: scripts
call sacctmgr in loops.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from slurmctl_rest.cli import streams
from slurmctl_rest.cli.console import Options as ProgramOptions
from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.text import as_shown, printable
from slurmctl_rest.sacctmgr import options as options_
from slurmctl_rest.sacctmgr.reply import FAILED, LineRefused, Reply

UNREAD = 141
"""The exit code of what SIGPIPE has ended: of the real sacctmgr, too, if it ran beside this one."""
INSTALLED = len(("--install", "DIR"))


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 or 1, as sacctmgr has it.

    If nobody reads its output, the process ends by SIGPIPE, as sacctmgr's does.
    """
    streams.pass_bytes_on()
    code = _answered(argv)
    if code == UNREAD:
        streams.end_by_sigpipe()
    return code


def _answered(argv: Sequence[str]) -> int:
    context = Context()
    # What it says on its own would be bytes that sacctmgr does not print.
    context.options = ProgramOptions(quiet=True, immediate=True)
    try:
        with context.interrupts.handling_signals():
            reply = replied(lambda: line_answered(context, argv))
        put_reply(reply)
        streams.finish()
    except BrokenPipeError:
        streams.drop()
        return UNREAD
    except OSError as error:  # a full disk: what was asked for may be done, and was not told
        streams.drop()
        sys.stderr.write(f"sacctmgr: error: {error.filename or streams.STDOUT}: {error.strerror}\n")
        return FAILED
    except KeyboardInterrupt:
        streams.drop()
        return 130
    finally:
        context.close()
    return reply.code


def replied(answer: Callable[[], Reply]) -> Reply:
    """Return the reply, or what is said of an error in its place."""
    try:
        return answer()
    except LineRefused as refused:
        return refused.reply
    except SlurmctlError as error:
        said = printable(as_shown(error.message), 0)
        hint = f" ({printable(as_shown(error.hint), 0)})" if error.hint else ""
        return Reply("", f"sacctmgr: error: {said}{hint}\n", FAILED)


def line_answered(context: Context, argv: Sequence[str]) -> Reply:
    """Return the reply to the words of a command line."""
    if len(argv) == INSTALLED and argv[0] == "--install":
        from slurmctl_rest.cli.drop_in import install  # noqa: PLC0415  (see above)

        return install.install(argv[1])
    options, words = options_.options_and_words(argv)
    if context.named_profile[1].execution_mode == "cli":
        from slurmctl_rest.cli.drop_in import commands  # noqa: PLC0415  (see above)

        return commands.handed_on(context, options, argv, words)
    from slurmctl_rest.cli.drop_in import over_rest, session  # noqa: PLC0415  (see above)

    if words or options.help or options.version:
        return over_rest.rest_answered(context, options, words)

    def line(options: options_.LineOptions, words: Sequence[str]) -> Reply:
        context.looks.clear()  # other lines may have written since
        return replied(lambda: over_rest.rest_answered(context, options, words))

    return session.session(options, line, put_reply)


def put_reply(reply: Reply) -> None:
    """Print a reply: its stdout first, since sacctmgr's own order is lost in a pipe, too."""
    sys.stdout.write(reply.stdout)
    sys.stdout.flush()
    sys.stderr.write(reply.stderr)
    sys.stderr.flush()
