"""The program as a process of its own, forked from one that has imported it already.

Thousands of runs that each import it anew would take many minutes. The process that forks has no
threads, and knows nothing of the tests. Its child may hand its place on to sacctmgr, read what is
typed and die by a signal, as a program that a shell has started.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

FORKS = multiprocessing.get_context("forkserver")
PRELOADED = (
    "slurmctl_rest.__main__",
    "slurmctl_rest.audit",
    "slurmctl_rest.backends.commands.backend",
    "slurmctl_rest.backends.rest.backend",
    "slurmctl_rest.cli.app",
    "slurmctl_rest.cli.drop_in.commands",
    "slurmctl_rest.cli.drop_in.over_rest",
    "slurmctl_rest.cli.drop_in.run",
    "slurmctl_rest.config.explain",
    "tests.lab.forked",
)


def run(
    argv: Sequence[str],
    environment: Mapping[str, str],
    streams: tuple[Path, Path, Path],
    seconds: float,
    limits: Mapping[int, int] = {},
    folder: Path | None = None,
) -> int | None:
    """Run `slurmctl-rest ARGV` with its streams in files; None where it has not ended in time.

    It runs in `folder`, or in that of its stderr. `limits` are resource.RLIMIT_... -> how much.
    """
    FORKS.set_forkserver_preload(list(PRELOADED))
    where = str(folder or streams[2].parent)
    arguments = (argv, environment, limits, [*map(str, streams)], where)
    child = FORKS.Process(target=_main, args=arguments)
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
    streams: Sequence[str],
    folder: str,
) -> None:
    # Imported long ago, where it matters.
    from slurmctl_rest.__main__ import main  # noqa: PLC0415

    for number, path in enumerate(streams):
        flags = os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY
        os.dup2(os.open(path, flags), number)
    os.chdir(folder)
    for number, most in limits.items():
        resource.setrlimit(number, (most, most))
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = _stream(0, "r", "surrogateescape")
    sys.stdout = _stream(1, "w", "surrogateescape")
    sys.stderr = _stream(2, "w", "backslashreplace")
    sys.argv = ["slurmctl-rest", *argv]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _stream(descriptor: int, mode: Literal["r", "w"], errors: str) -> io.TextIOWrapper:
    """Return what Python makes of a descriptor as it starts, in a locale of UTF-8."""
    # Somebody may put another in its place: the first of a process stays open then, too.
    raw = os.fdopen(descriptor, f"{mode}b", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors=errors)
