"""The one place that runs a program."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.backends.commands.output import Finished
from slurmctl_rest.errors import Unreachable

Run: TypeAlias = Callable[[CommandLine], Finished]

LIMIT = 600.0
"""Seconds after which a program is ended: sacctmgr itself waits for slurmdbd without limit."""

SCRUBBED = ("SACCT_FORMAT", "SLURM_CLUSTERS", "SLURM_TIME_FORMAT", "SLURM_DEBUG_FLAGS")
"""Variables of the caller that change what the Slurm commands print or where they look."""


def runner(bin_path: Path | None, prefix: Sequence[str], limit: float = LIMIT) -> Run:
    """Return the function that runs a command line: never through a shell, in the C locale."""

    def run(line: CommandLine) -> Finished:
        # ssh carries no variables: behind a prefix `env` sets them on the other side.
        front = (*prefix, *line.env) if prefix else ()
        argv = [*front, _program(line.argv[0], bin_path, prefix), *line.argv[1:]]
        try:
            finished = _run(argv, {**environment(os.environ), **line.environment}, limit)
        except subprocess.TimeoutExpired as error:
            raise Unreachable(
                f"{argv[0]} did not end within {limit:.0f} seconds",
                "is slurmdbd up? `slurmctl-rest ping` shows it",
                retryable=True,
            ) from error
        except OSError as error:
            remedy = "look at command_prefix of the profile" if prefix else REMEDY
            raise Unreachable(f"{argv[0]}: {error.strerror}", remedy) from error
        return finished

    return run


def _run(argv: Sequence[str], env: Mapping[str, str], limit: float) -> Finished:
    with ExitStack() as stack:
        with _out_of_reach():
            child = subprocess.Popen(  # noqa: S603 (an argument list, no shell)
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=env,
            )
            stack.enter_context(child)
            # Whatever ends us, or our patience, ends the program too.
            stack.callback(_end, child)
        out, err = child.communicate(timeout=limit)
    return Finished(
        child.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    with suppress(PermissionError):  # behind sudo it is root's
        child.kill()  # nothing happens where it has ended
        child.wait()


@contextmanager
def _out_of_reach() -> Iterator[None]:
    """Start a program that the terminal's Ctrl-C does not reach: we decide when it ends.

    It inherits what is ignored (a session of its own would take sudo and ssh their terminal, and
    shells drop a mask). What is blocked besides waits for us, and is not lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are not ours there
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


ENDING = (signal.SIGINT, signal.SIGTERM)


REMEDY = "set slurm_bin_path of the profile to the folder of the Slurm commands"


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child: ours, without what would change sacctmgr's words."""
    return {k: v for k, v in ours.items() if k not in SCRUBBED} | {"LC_ALL": "C.UTF-8"}


def _program(name: str, bin_path: Path | None, prefix: Sequence[str]) -> str:
    if bin_path is not None:
        return str(bin_path / name)
    if prefix:
        return name  # found on the other side
    found = shutil.which(name)
    if found is None:
        raise Unreachable(f"{name} is not on PATH", REMEDY)
    return found
