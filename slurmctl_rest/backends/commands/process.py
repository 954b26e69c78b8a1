"""The Slurm commands as processes: where they are found, and with which environment they run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.backends.commands.output import Finished
from slurmctl_rest.backends.process import ended
from slurmctl_rest.errors import Unanswered, Unreachable

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
            code, out, err = ended(argv, {**environment(os.environ), **line.environment}, limit)
        except subprocess.TimeoutExpired as error:
            said = f"{argv[0]} did not end within {limit:.0f} seconds"
            if line.command.writes:
                raise Unanswered(said, LATE, late=True) from error
            raise Unreachable(said, LATE, retryable=True) from error
        except OSError as error:
            remedy = "look at command_prefix of the profile" if prefix else REMEDY
            raise Unreachable(f"{argv[0]}: {error.strerror}", remedy, sent=False) from error
        return Finished(code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    return run


LATE = "is slurmdbd up? `slurmctl-rest ping` shows it"

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
