"""Usage and raw usage: sacct and sacctmgr, in profiles for slurmrestd too.

slurmrestd has no means for either, and is not asked anything here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from slurmctl_rest.backends import Command, Query, carried_out, in_parts
from slurmctl_rest.backends.commands import argv, output
from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.process import Run
from slurmctl_rest.backends.repeats import WAITS
from slurmctl_rest.config import Profile
from slurmctl_rest.errors import PermissionDenied, SlurmctlError, Unanswered, Unreachable
from slurmctl_rest.model.entities.usage import BASES
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.times import Window
from slurmctl_rest.planning import Outcome, RowChange, subject
from slurmctl_rest.planning import usage as planning

WHY = "usage and raw-usage always run the Slurm commands, and"


class Accounting:
    """An executor, `cli` whatever the profile says."""

    def __init__(
        self,
        profile: Profile,
        run: Run | None = None,
        timeout: float | None = None,
        waits: Sequence[float] = WAITS,
    ) -> None:
        """`run` takes the place of subprocess in tests; `timeout`: seconds for one command.

        `waits`: before each further try, where one is safe.
        """
        self._commands = CommandsBackend(profile, run, timeout, waits)
        self.executor = self._commands.executor
        self.log = self._commands.log
        if profile.execution_mode != self.executor:
            self._commands.run = _explained(self._commands.run)

    def cluster(self) -> str:
        """Return the profile's cluster, or the one that the Slurm commands are set up for."""
        return self._commands.cluster()

    def release(self) -> str:
        """Return the release of the Slurm commands."""
        return self._commands.release()

    def read(self, query: Query) -> list[Row]:
        """Return rows of own values."""
        return self._commands.read(query)

    def user(self) -> str:
        """Return who runs the Slurm commands."""
        return self._commands.user()

    def programs(self, names: Sequence[str]) -> dict[str, str | SlurmctlError]:
        """Return the release of each of these commands."""
        return self._commands.programs(names)

    def runs(
        self,
        cluster: str,
        window: Window,
        basis: str,
        *,
        accounts: Sequence[str] = (),
        jobs: Sequence[str] = (),
    ) -> Iterator[planning.Run]:
        """Yield the runs of jobs cut to the window, of all or only of these accounts or jobs.

        The window must not reach into the future. Of an array each task is a job.
        """
        lines = [
            argv.runs(cluster, window, BASES[basis], some_accounts, some_jobs)
            for some_accounts in in_parts(accounts, argv.MOST_NAMES)
            for some_jobs in in_parts(jobs, argv.MOST_RUNS)
        ]
        return chain.from_iterable(
            output.runs(output.check(ln, self._commands.ran(ln))) for ln in lines
        )

    def preview(self, changes: Sequence[RowChange], cluster: str) -> list[Command]:
        """Return the command lines that `reset` would run."""
        return [line.command for line in argv.resets(changes, cluster)]

    def reset(self, changes: Sequence[RowChange], cluster: str) -> list[Outcome]:
        """Set raw usage to 0, in few commands; one outcome a change."""
        lines = argv.resets(changes, cluster)
        sent = carried_out(
            changes, lines, lambda line: _check_reset(line, self._commands.ran(line))
        )
        return [Outcome(o.change, _named(o)) for o in sent]


def _named(outcome: Outcome) -> SlurmctlError | None:
    """Return the error of a reset; nobody can look whether one that got no answer was done."""
    error = outcome.error
    if not isinstance(error, Unanswered):
        return error
    said = f"{subject([outcome.change])}: not known whether it was reset: {error.message}"
    return Unanswered(said, "look at `sshare`, or repeat it", late=error.late)


def _check_reset(line: CommandLine, finished: output.Finished) -> None:
    """Raise what sacctmgr said. It says nothing at all where slurmctld does not let us."""
    if finished.exit_code and not (finished.stdout + finished.stderr).strip():
        raise PermissionDenied(
            f"{line.what}: permission denied",
            "slurmctld resets raw usage for AdminLevel Administrator, root and SlurmUser alone",
        )
    output.check(line, finished)


def _explained(run: Run) -> Run:
    """Say why a program is missed that a profile for slurmrestd may never have needed."""

    def explained(line: CommandLine) -> output.Finished:
        try:
            return run(line)
        except Unreachable as error:
            error.message = f"{WHY} {error.message}"
            raise

    return explained
