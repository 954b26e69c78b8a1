"""Running command lines: logged, run again where that is safe, their errors judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain, repeat
from typing import NoReturn, TypeVar

from slurmctl_rest.backends import retry
from slurmctl_rest.backends.commands import argv, complaints, output
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.process import (
    COMMAND_TIMEOUT_S,
    RunCommand,
    Runner,
    Stream,
    at_once,
)
from slurmctl_rest.backends.hanging import PROBE_S, SACCTMGR_SILENT, explained, hangs
from slurmctl_rest.backends.process import MB, Take
from slurmctl_rest.backends.protocol import Log
from slurmctl_rest.backends.retry import BACKOFF_S, may_repeat
from slurmctl_rest.config.models import Profile
from slurmctl_rest.errors import (
    Unreachable,
)
from slurmctl_rest.model.entities import QOS

T = TypeVar("T")


class CommandRunner:
    """Runs the Slurm commands of a profile."""

    def __init__(
        self,
        profile: Profile,
        run: RunCommand | None = None,
        timeout: float | None = None,
        waits: Sequence[float] = BACKOFF_S,
    ) -> None:
        """`run` takes the place of subprocess in tests; `timeout`: seconds for one command.

        `waits`: before each further try, where one is safe.
        """
        program = Runner(
            profile.slurm_bin_path,
            profile.command_prefix,
            timeout or COMMAND_TIMEOUT_S,
            profile.max_answer_mb * MB,
        )
        self.run: RunCommand = run or program
        # Of its own, since the patience of a profile is for large answers, and this one is small.
        self._probe: RunCommand = run or Runner(
            profile.slurm_bin_path, profile.command_prefix, min(timeout or PROBE_S, PROBE_S)
        )
        self.stream: Stream = at_once(run) if run else program
        self._begin = program.begun if run is None else None
        self._beside: ExitStack | None = None
        self._under_way: dict[tuple[str, ...], Callable[[], complaints.Finished]] = {}
        self._takers: dict[tuple[str, ...], Take] = {}
        self.timeout = timeout or COMMAND_TIMEOUT_S
        self.waits = waits
        self.log = Log()

    def ran(self, line: CommandLine) -> complaints.Finished:
        """Run a command; one that only asks is run again where Slurm may answer in a moment."""
        begun = self._under_way.pop(_words(line), None)
        again: Callable[[], complaints.Finished] = partial(self._run, line)
        tries = chain([again if begun is None else begun], repeat(again))

        def once() -> complaints.Finished:
            return next(tries)()

        try:
            return self._repeated(line, lambda: self._surely(line, once))
        except Unreachable as error:
            if error.late and argv.is_of_associations(line):
                raise explained(error, self.associations_hang, SACCTMGR_SILENT) from error
            raise

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Have begin() run commands beside others: up to the end, where what is left is ended."""
        with ExitStack() as stack:
            self._beside = stack
            try:
                yield
            finally:
                self._beside = None
                self._under_way.clear()

    def begin(self, *lines: CommandLine, streamed: bool = False) -> None:
        """Begin commands that only ask, and that ran() will be asked for; see beside().

        `streamed`: streamed() will be asked for them. What they print waits till then.
        """
        if self._beside is None or self._begin is None:
            return
        for line in lines:
            self.log.append(line.command)
            words = _words(line)
            take = partial(self._take, words) if streamed else None
            try:
                wait = self._beside.enter_context(self._begin(line, take))
            except Unreachable as error:
                wait = partial(_raise, error)  # in ran(), as if it were begun there
            self._under_way[words] = wait

    def _take(self, words: tuple[str, ...], chunk: bytes) -> None:
        self._takers[words](chunk)

    def associations_hang(self) -> bool:
        """Tell whether slurmdbd answers all but questions about associations."""
        cheap, one = (
            partial(self._ask, line) for line in (argv.names(QOS, [QOS.key]), argv.ONE_ASSOCIATION)
        )
        return hangs(cheap, one)

    def _ask(self, line: CommandLine) -> complaints.Finished:
        self.log.append(line.command)
        return complaints.check_finished(line, self._probe(line))

    def streamed(self, line: CommandLine, begin: Callable[[], Take]) -> complaints.Finished:
        """Run a command in the same way; `begin` says, of each try, who takes what it prints."""

        def again() -> complaints.Finished:
            self.log.append(line.command)
            return self.stream(line, begin())

        words = _words(line)
        begun = self._under_way.pop(words, None)
        first = again if begun is None else partial(self._handed_on, words, begun, begin)
        tries = chain([first], repeat(again))

        def once() -> complaints.Finished:
            return next(tries)()

        return self._repeated(line, lambda: self._surely(line, once))

    def _handed_on(
        self,
        words: tuple[str, ...],
        begun: Callable[[], complaints.Finished],
        begin: Callable[[], Take],
    ) -> complaints.Finished:
        self._takers[words] = begin()
        return begun()

    def told(self, line: CommandLine, begin: Callable[[], output.Streamed[T]]) -> T:
        """Run a command, and return what it told in the try that was good: `begin` makes each."""
        tries: list[output.Streamed[T]] = []

        def once_more() -> Take:
            # A try that failed may have told half: it is forgotten, and nothing counts twice.
            tries[:] = [begin()]
            return tries[0].take

        complaints.check_finished(line, self.streamed(line, once_more))
        return tries[0].end()

    def _surely(
        self, line: CommandLine, once: Callable[[], complaints.Finished]
    ) -> complaints.Finished:
        """Run a command, and one that asks once more where it says an error and yet ends well.

        An error each time is the site's noise; after an error once the answer may lack something.
        """
        finished = once()
        if complaints.failure_of(line, finished) is None and complaints.is_doubtful(line, finished):
            finished = once()
        return finished

    def _run(self, line: CommandLine) -> complaints.Finished:
        self.log.append(line.command)
        return self.run(line)

    def _repeated(
        self, line: CommandLine, once: Callable[[], complaints.Finished]
    ) -> complaints.Finished:
        # The Slurm commands repeat by themselves for 9
        # to 12 s: one that failed late is not run again.
        end = time.monotonic() + min(self.timeout, retry.LAST_TRY_BEFORE_S)
        writes = line.command.writes
        for wait in self.waits:
            try:
                finished = once()
                error = complaints.failure_of(line, finished)
                late = time.monotonic() + wait > end
                if late or error is None or not may_repeat(error, writes=writes):
                    return finished
            except Unreachable as died:
                if not may_repeat(died, writes=writes) or time.monotonic() + wait > end:
                    raise
            retry.pause(wait)
        return once()


def _words(line: CommandLine) -> tuple[str, ...]:
    return (*line.env, *line.argv)


def _raise(error: Unreachable) -> NoReturn:
    raise error
