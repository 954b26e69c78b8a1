"""The Slurm commands as processes: where they are found, and with which environment they run."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished, fault, no_answer
from slurmctl_rest.backends.process import (
    LESS_OR_MORE_ROOM,
    MAX_OUTPUT_BYTES,
    Take,
    TooMuch,
    begun,
    has_terminal,
)
from slurmctl_rest.errors import Unreachable, UsageError
from slurmctl_rest.model.text import bytes_to_json, bytes_to_text, printable

RunCommand: TypeAlias = Callable[[CommandLine], Finished]
Stream: TypeAlias = Callable[[CommandLine, Take], Finished]
"""Runs a command line, and hands on what it prints as it comes."""


COMMAND_TIMEOUT_S = 600.0
"""Seconds after which a program is ended: sacctmgr itself waits for slurmdbd without limit."""


class Runner:
    """Runs command lines: never through a shell, in the C locale."""

    def __init__(
        self,
        bin_path: Path | None,
        prefix: Sequence[str],
        limit: float = COMMAND_TIMEOUT_S,
        largest: int = MAX_OUTPUT_BYTES,
    ) -> None:
        """`limit`: seconds for one command; `largest`: bytes that it may print on each stream."""
        self.bin_path = bin_path
        self.prefix = prefix
        self.limit = limit
        self.largest = largest

    def __call__(self, line: CommandLine, take: Take | None = None) -> Finished:
        """Run it; `take` gets its stdout, of which the outcome then holds the beginning alone."""
        with self.begun(line, take) as wait:
            return wait()

    @contextmanager
    def begun(
        self, line: CommandLine, take: Take | None = None
    ) -> Iterator[Callable[[], Finished]]:
        """Begin it, and yield what waits for it; it is ended where nobody has, by the end."""
        argv = argv_of(line, self.bin_path, self.prefix)
        # ssh and sudo may ask for a password, which takes the terminal's own group.
        alone = not (self.prefix and has_terminal())
        variables = {**environment(os.environ), **line.environment}
        given = line.answer.encode()
        with ExitStack() as stack:
            with self._told(line, argv):
                wait = stack.enter_context(
                    begun(
                        argv,
                        variables,
                        self.limit,
                        self.largest,
                        alone=alone,
                        take=take,
                        given=given,
                    )
                )

            def finished() -> Finished:
                with self._told(line, argv):
                    code, out, err = wait()
                # Job names hold any bytes: inside JSON they must be escaped before it is read.
                whole = bytes_to_json(out) if line.prints_json else out
                result = Finished(code, bytes_to_text(whole), bytes_to_text(err))
                if died := fault(line, argv[0], result, behind=bool(self.prefix)):
                    raise died
                return result

            yield finished

    @contextmanager
    def _told(self, line: CommandLine, argv: Sequence[str]) -> Iterator[None]:
        """Raise our own errors for what keeps a command from being run to its end."""
        try:
            yield
        except subprocess.TimeoutExpired as error:
            raise no_answer(
                line,
                f"{argv[0]} did not end within {self.limit:g} seconds, and was stopped",
                f"check that {_daemon_of(line)} is up: `slurmctl-rest ping`",
                late=True,
            ) from error
        except TooMuch as error:
            raise no_answer(
                line,
                f"{argv[0]} was stopped: it printed {error.strerror}",
                LESS_OR_MORE_ROOM,
                retryable=False,
            ) from error
        except OSError as error:
            raise _not_run(argv[0], error, self.prefix) from error
        except ValueError as error:  # a NUL, or what is no character
            words = next((word for word in argv if _is_unspeakable(word)), "")
            raise UsageError(f"'{printable(words)}' cannot be passed to a program") from error


ASKING_SLURMDBD = frozenset({"sacctmgr", "sacct", "sreport"})
"""Commands that wait for slurmdbd; all others wait for slurmctld."""


def _daemon_of(line: CommandLine) -> str:
    return "slurmdbd" if line.argv[0] in ASKING_SLURMDBD else "slurmctld"


def at_once(run: RunCommand) -> Stream:
    """Return the function that hands on all that a command has printed, when it has ended."""

    def streamed(line: CommandLine, take: Take) -> Finished:
        finished = run(line)
        take(finished.stdout.encode())
        return finished

    return streamed


def argv_of(line: CommandLine, bin_path: Path | None, prefix: Sequence[str]) -> list[str]:
    """Return the words of the command as it is run here."""
    program = _program(line.argv[0], bin_path, prefix)
    if not prefix:
        return [program, *line.argv[1:]]
    # ssh carries no variables: after a prefix, `env` sets them on the other side.
    words = [*line.env, program, *line.argv[1:]]
    for _ in range(sum(Path(word).name == "ssh" for word in prefix)):
        # ssh makes one line of its words, and the other side's shell takes that apart again.
        words = [shlex.quote(word) for word in words]
    return [*prefix, *words]


REMEDY = "set slurm_bin_path of the profile to the folder of the Slurm commands"
MISSING_INTERPRETER = "the interpreter in its first line does not exist"
REASONS_NOT_STARTED: Mapping[int, tuple[str, str]] = {
    errno.EISDIR: ("it is a folder", REMEDY),
    errno.ENOEXEC: (
        "it is not a program for this machine",
        "a script needs a first line, like #!/bin/sh",
    ),
    errno.E2BIG: ("the command line is too long", "name fewer objects at once"),
    errno.EAGAIN: ("no more processes can be started", "try again in a moment; see ulimit -u"),
    errno.ENOMEM: ("there is no memory for one more process", "try again in a moment"),
    errno.EMFILE: ("no more files can be opened", "try again in a moment; see ulimit -n"),
    errno.ENFILE: ("no more files can be opened", "try again in a moment"),
}
"""Number of an error of the system -> what it means where a program is run, and the remedy."""
PASSING = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


def _not_run(program: str, error: OSError, prefix: Sequence[str]) -> Unreachable:
    """Return the error for a program that was not run: nothing was sent."""
    number = error.errno or 0
    # Linux says EACCES, not EISDIR, of a folder that is to be run.
    if number == errno.EACCES and Path(program).is_dir():
        number = errno.EISDIR
    missing = "check command_prefix of the profile" if prefix else REMEDY
    words, remedy = REASONS_NOT_STARTED.get(number, (error.strerror, missing))
    # The kernel says ENOENT of a script whose interpreter is missing.
    if number == errno.ENOENT and Path(program).is_file():
        words, remedy = MISSING_INTERPRETER, "check the file"
    return Unreachable(f"{program}: {words}", remedy, retryable=number in PASSING, sent=False)


def _is_unspeakable(word: str) -> bool:
    try:
        return b"\0" in os.fsencode(word)
    except UnicodeEncodeError:
        return True


OF_SLURM = ("SACCT_", "SACCTMGR_", "SCANCEL_", "SCONTROL_", "SLURM_", "SQUEUE_")
"""Beginnings of the variables that the Slurm commands read: they choose jobs, columns, clusters."""
PASSED: Mapping[str, str] = {
    "SLURM_CONF": "where slurm.conf is: which site this is",
    "SLURM_CONF_SERVER": "who sends slurm.conf, where there is no file",
    "SLURM_JWT": "who asks, where there is no munge: the Slurm commands take it for themselves",
    "SLURM_SACK_SOCKET": "where auth/slurm is asked for credentials: always those of this user",
}
"""Variables of Slurm that reach its commands, and why; no others do.

SLURM_SACK_KEY among those: with it the commands could act as anybody, where the profile, and the
trail of writes, say that they act as this user.
"""
TRANSLATING = ("LANGUAGE",)
"""It would translate the words of the system, in any locale but C itself."""


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child: ours, without what would change its words or deeds.

    PATH, HOME, LD_PRELOAD and the like stay: they are the caller's own, who could as well run the
    commands, and this program is not there to run them with more rights than the caller has.
    """
    kept = {
        name: value
        for name, value in ours.items()
        if name in PASSED or not name.startswith((*OF_SLURM, *TRANSLATING))
    }
    # Errors are known by their English words (model/reasons.py).
    return {**kept, "LC_ALL": "C.UTF-8"}


def on_path(name: str) -> str | None:
    """Return the path of a command of Slurm, which is never this program under that name."""
    for folder in os.get_exec_path():
        # Folder by folder: the first sacctmgr on PATH may
        # be a link to this program (drop_in/install.py).
        found = shutil.which(name, path=folder)
        if found is not None and not is_this_program(found):
            return found
    return None


def _program(name: str, bin_path: Path | None, prefix: Sequence[str]) -> str:
    if bin_path is not None:
        return str(bin_path / name)
    if prefix:
        return name  # found on the other side
    if found := on_path(name):
        return found
    raise Unreachable(f"{name} is not on PATH", REMEDY, sent=False)


def is_this_program(path: str) -> bool:
    """Tell whether a path leads to this program, which answers to the name of sacctmgr, too."""
    return os.path.realpath(path) == os.path.realpath(sys.argv[0])
