"""Over the commands the real sacctmgr answers: it gets the words as they are, and our streams.

A list takes the place of this process. A write waits for its turn, as all writes of this program
do, and the audit trail has it before and after. What it changed is not known here, so a record has
the command alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.commands.output import parse_release
from slurmctl_rest.backends.commands.process import REMEDY, argv_of, is_this_program
from slurmctl_rest.cli import streams
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.guarding import NATIVE_VOICE
from slurmctl_rest.errors import Refused, SlurmctlError, Unreachable, Unsupported
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.text import bytes_to_text
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import OK, SACCTMGR, Reply, as_lines
from slurmctl_rest.sacctmgr.tokens import is_old

KILLED = 128
"""What a shell adds to the number of the signal that ended a program."""
NO = b"n"


def handed_on(
    context: Context, options: LineOptions, argv: Sequence[str], words: Sequence[str]
) -> Reply:
    """Run the real sacctmgr with these words, and return its exit code alone."""
    profile = context.named_profile[1]
    writes = _writes(options, words)
    if writes and profile.guard is not None and not options.dry_run:
        # The real sacctmgr decides what the words change, and is asked only when it does.
        raise Refused(
            "the profile has guards, and what sacctmgr would change is not known before it does",
            NATIVE_VOICE,
        )
    plain = CommandLine((SACCTMGR, *(word for word in argv if word != "--dry-run")))
    line = argv_of(plain, profile.slurm_bin_path, profile.command_prefix)
    if not profile.command_prefix and is_this_program(line[0]):
        raise Unreachable(f"{line[0]} is this program, and not Slurm's", REMEDY, sent=False)
    if writes and options.dry_run:
        return Reply(as_lines(str(SentCommand(argv=tuple(line)))))
    try:
        if writes:
            return Reply(code=_written(context, line, asks=bool(words) and not options.immediate))
        if verbs.asks(words):
            return Reply(code=_run(context, line, asks=True))
        sys.stdout.flush()
        # --json tells the name by which it was called.
        streams.take_sigpipe()
        called = line if profile.command_prefix else [SACCTMGR, *line[1:]]
        os.execvp(line[0], called)  # noqa: S606  # nosec B606 (an argument list, no shell)
    except OSError as error:
        raise Unreachable(
            f"{line[0]}: {error.strerror}", "check slurm_bin_path of the profile", sent=False
        ) from error


def _writes(options: LineOptions, words: Sequence[str]) -> bool:
    """Tell whether a line may change something: without words lines are read that may."""
    if options.help or options.version:
        return False
    if options.readonly and (not words or verbs.refused_readonly(words)):
        return False
    return not words or verbs.may_write(words)


def _written(context: Context, line: Sequence[str], *, asks: bool) -> int:
    """Run a write between two records of the audit trail, while no other writes here."""
    from slurmctl_rest import audit  # noqa: PLC0415  (only for writes)

    name, profile = context.named_profile
    cluster = _cluster(context)
    trail = audit.trail(name, profile, cluster, context.backend.executor)
    command = [SentCommand(argv=tuple(line))]
    with _turn(context, cluster):
        if trail is None:
            return _run(context, line, asks=asks)
        with context.interrupts.recording():
            trail.begin([], command)
        result: audit.Result = "interrupted"
        try:
            code = _run(context, line, asks=asks)
            if code < KILLED:
                result = "done" if code == OK else "failed"
        finally:
            with context.interrupts.recording():
                unrecorded = trail.end([], command, result)
        if unrecorded is not None:
            raise unrecorded
    return code


def _cluster(context: Context) -> str:
    """Return the cluster whose writers wait for each other; none if Slurm does not tell."""
    try:
        return context.backend.cluster()
    except SlurmctlError:
        return ""  # sacctmgr itself says why


@contextmanager
def _turn(context: Context, cluster: str) -> Iterator[None]:
    """Keep other writers on this machine away meanwhile, where a lock is possible."""
    from slurmctl_rest.cli import lock  # noqa: PLC0415  (only for writes)

    held: lock.Lock | None = None
    with suppress(OSError):
        folder = context.named_profile[1].lock_dir
        if cluster:
            held = lock.acquire(cluster, folder, lock.TIMEOUT_S, context.console.say)
    try:
        yield
    finally:
        if held is not None:
            held.release()


def _run(context: Context, line: Sequence[str], *, asks: bool) -> int:
    """Run a command on our streams; a signal that comes to us goes on to it.

    If it `asks`, and stdin is no terminal, it gets what we read.
    """
    feeds = asks and not os.isatty(0)
    sys.stdout.flush()
    with context.interrupts.deferred():
        child = subprocess.Popen(  # noqa: S603  # nosec B603 (an argument list, no shell)
            line, stdin=subprocess.PIPE if feeds else None
        )
        context.interrupts.on_interrupt = child.terminate
        try:
            if feeds:
                threading.Thread(target=_feed, args=(context, child), daemon=True).start()
            code = child.wait()
        finally:
            if child.poll() is None:
                child.kill()
    return code if code >= 0 else KILLED - code


def _feed(context: Context, child: subprocess.Popen[bytes]) -> None:
    """Hand on what is typed. At its end sacctmgr 24.11 would ask for ever: it gets a no."""
    with suppress(OSError):
        while text := os.read(0, 4096):
            _put(child, text)
        if not _hears_the_end(context):
            _put(child, NO)
        if child.stdin is not None:
            child.stdin.close()


def _hears_the_end(context: Context) -> bool:
    """Tell whether this sacctmgr ends its question by itself where its input ends."""
    profile = context.named_profile[1]
    asked = CommandLine((SACCTMGR, "--version"))
    line = argv_of(asked, profile.slurm_bin_path, profile.command_prefix)
    told = subprocess.run(  # noqa: S603  # nosec B603 (an argument list, no shell)
        line, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    finished = Finished(told.returncode, bytes_to_text(told.stdout), bytes_to_text(told.stderr))
    try:
        return not is_old(parse_release(asked, finished))
    except Unsupported:
        return False


def _put(child: subprocess.Popen[bytes], text: bytes) -> None:
    if child.stdin is not None:
        child.stdin.write(text)
        child.stdin.flush()
