"""Usage and raw usage: sacct and sacctmgr, in profiles for slurmrestd too.

slurmrestd has no means for either, and is not asked anything here: it cannot cut jobs to a window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import ParamSpec, TypeVar

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.backends.commands import argv, command_line, complaints, output, writes
from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.process import RunCommand
from slurmctl_rest.backends.execute import execute
from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.retry import BACKOFF_S
from slurmctl_rest.config.models import Profile
from slurmctl_rest.errors import PermissionDenied, SlurmctlError, Unanswered, Unreachable
from slurmctl_rest.model import run
from slurmctl_rest.model.change import Outcome, RowChange, subject
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities.usage import BASES
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.rights import RESETTING
from slurmctl_rest.model.times import Window

T = TypeVar("T")
P = ParamSpec("P")
WHY = "usage and raw-usage always run the Slurm commands, and"


class Accounting:
    """An executor, `cli` whatever the profile says."""

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
        self._commands = CommandsBackend(profile, run, timeout, waits)
        self.executor = self._commands.executor
        self._runner = self._commands.runner
        self.log = self._commands.log
        if profile.execution_mode != self.executor:
            self._runner.run = _explained(self._runner.run)
            self._runner.stream = _explained(self._runner.stream)

    def cluster(self) -> str:
        """Return the profile's cluster, or the one that the Slurm commands are set up for."""
        return self._commands.cluster()

    def release(self) -> str:
        """Return the release of the Slurm commands."""
        return self._commands.release()

    def read(self, query: Query) -> list[Row]:
        """Return rows of own values."""
        return self._commands.read(query)

    def associations_hang(self) -> bool:
        """Tell whether slurmdbd answers all but questions about associations."""
        return self._commands.associations_hang()

    def user(self) -> str:
        """Return who runs the Slurm commands."""
        return self._commands.user()

    def programs(self, names: Sequence[str]) -> dict[str, str | SlurmctlError]:
        """Return the release of each of these commands."""
        return self._commands.programs(names)

    def tallies(
        self,
        cluster: str,
        window: Window,
        basis: str,
        begin: Callable[[], T],
        add: Callable[[T, Iterable[run.Run]], object],
        *,
        accounts: Sequence[str] = (),
        jobs: Sequence[str] = (),
    ) -> Iterator[T]:
        """Yield tallies of the runs of jobs, one a command: of all or of these accounts or jobs.

        The runs are cut to the window. It must not reach into the future: sacct would end it at the
        moment of each call, and two calls would not fit together. Of an array each task is a job.
        `begin` makes an empty tally, of each try anew; `add` counts runs as they come.
        """

        def one_try(of_accounts: Sequence[str], of_jobs: Sequence[str]) -> output.StreamedOutput[T]:
            runs = output.Runs(of_accounts, of_jobs)
            columns = (*argv.RUN_COLUMNS, BASES[basis])
            return output.StreamedOutput(
                begin(), lambda tally, lines: add(tally, runs.read(lines)), columns
            )

        for some_accounts in chunked(accounts, command_line.MAX_NAMES_PER_ARGUMENT):
            for some_jobs in chunked(jobs, argv.MAX_JOBS_PER_ARGUMENT):
                line = argv.runs(cluster, window, BASES[basis], some_accounts, some_jobs)
                yield self._runner.told(line, partial(one_try, some_accounts, some_jobs))

    def runs(
        self,
        cluster: str,
        window: Window,
        basis: str,
        *,
        accounts: Sequence[str] = (),
        jobs: Sequence[str] = (),
    ) -> Iterator[run.Run]:
        """Yield the runs themselves, where they are few."""
        listed: Callable[[], list[run.Run]] = list
        found = self.tallies(
            cluster, window, basis, listed, list.extend, accounts=accounts, jobs=jobs
        )
        return (run for some in found for run in some)

    def preview(self, changes: Sequence[RowChange], cluster: str) -> list[SentCommand]:
        """Return the command lines that `reset` would run."""
        return [line.command for line in writes.resets(changes, cluster)]

    def reset(self, changes: Sequence[RowChange], cluster: str) -> list[Outcome]:
        """Set raw usage to 0, in few commands; one outcome a change."""
        lines = writes.resets(changes, cluster)
        sent = execute(changes, lines, lambda line: _check_reset(line, self._runner.ran(line)))
        return [Outcome(o.change, _named(o)) for o in sent]


def _named(outcome: Outcome) -> SlurmctlError | None:
    """Return the error of a reset; nobody can look whether one that got no answer was done."""
    error = outcome.error
    if not isinstance(error, Unanswered):
        return error
    said = f"{subject([outcome.change])}: it is not known whether it was reset: {error.message}"
    return Unanswered(said, "check with `sshare`, or repeat the reset", late=error.late)


def _check_reset(line: CommandLine, finished: complaints.Finished) -> None:
    """Raise the error of sacctmgr, which prints nothing if slurmctld refuses the user."""
    if finished.exit_code and not (finished.stdout + finished.stderr).strip():
        raise PermissionDenied(
            f"{line.what}: permission denied",
            RESETTING,
        )
    complaints.check_finished(line, finished)


def _explained(run: Callable[P, complaints.Finished]) -> Callable[P, complaints.Finished]:
    """Say why a program is missed that a profile for slurmrestd may never have needed."""

    def explained(*args: P.args, **kwargs: P.kwargs) -> complaints.Finished:
        try:
            return run(*args, **kwargs)
        except Unreachable as error:
            error.message = f"{WHY} {error.message}"
            raise

    return explained
