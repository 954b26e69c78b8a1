"""The program as a process of its own, forked from one that has imported it already.

Two hundred runs that each import it anew would take minutes. The process that forks has no threads,
and knows nothing of the tests.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
PRELOADED = (
    "slurmctl_rest.audit",
    "slurmctl_rest.backends.commands.backend",
    "slurmctl_rest.backends.rest.backend",
    "slurmctl_rest.cli.app",
    "slurmctl_rest.config.explain",
    "tests.lab.faults.child",
)


def run(
    argv: Sequence[str],
    environment: Mapping[str, str],
    limits: Mapping[int, int],
    out: Path,
    err: Path,
    seconds: float,
) -> int | None:
    """Run the program with stdout and stderr in files; None where it has not ended in time.

    `limits` are resource.RLIMIT_... -> how much.
    """
    FORKS.set_forkserver_preload(list(PRELOADED))
    child = FORKS.Process(target=_main, args=(argv, environment, limits, str(out), str(err)))
    child.start()
    child.join(seconds)
    if child.exitcode is None:
        child.kill()
        child.join()
        return None
    return child.exitcode


def signalled(number: int) -> None:
    """Send a signal to the program that runs."""
    for child in multiprocessing.active_children():
        if child.pid is not None:
            os.kill(child.pid, number)


def _main(
    argv: Sequence[str],
    environment: Mapping[str, str],
    limits: Mapping[int, int],
    out: str,
    err: str,
) -> None:
    # Imported long ago, where it matters.
    from slurmctl_rest.cli import streams  # noqa: PLC0415
    from slurmctl_rest.cli.app import main  # noqa: PLC0415

    for path, number in ((os.devnull, 0), (out, 1), (err, 2)):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT
        os.dup2(os.open(path, flags), number)
    for number, most in limits.items():
        resource.setrlimit(number, (most, most))
    os.environ.clear()
    os.environ.update(environment)
    streams.prepare()
    code = main(list(argv))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
