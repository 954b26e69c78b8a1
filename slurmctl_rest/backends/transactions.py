"""Slurm's journal, which sacctmgr alone can read: in profiles for slurmrestd too."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.backends.commands import command_line, complaints
from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.config.models import Profile
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.journal import TRANSACTION_COLUMNS, Ids, Transaction, transactions
from slurmctl_rest.model.kinds.tres import tres_name

READ_TIMEOUT_S = 10.0
"""Seconds for one command: a journal that takes longer is done without."""
CLOCK_MARGIN_S = 120
"""Seconds by which slurmdbd's clock may be behind ours."""


class Journal:
    """Asks sacctmgr for transactions."""

    def __init__(
        self, commands: CommandsBackend, listener: Callable[[SentCommand], None] | None = None
    ) -> None:
        """`commands`: the executor itself, or one beside slurmrestd."""
        self._commands = commands
        if listener is not None:
            commands.log.listener = listener

    def read(self, since: float, cluster: str) -> list[Transaction]:
        """Return what was written since a moment on a cluster, and on what all clusters share.

        SlurmctlError where it cannot be read.
        """
        begin = f"start=uts{int(since) - CLOCK_MARGIN_S}"
        words = (
            "sacctmgr",
            "-nP",
            "show",
            "transactions",
            begin,
            f"format={','.join(TRANSACTION_COLUMNS)}",
        )
        found = transactions(self._asked(words, SLURM_TIME_FORMAT="%s"))
        # Each cluster of a slurmdbd numbers its own associations: a number alone names several.
        return [one for one in found if one.cluster in {"", cluster}]

    def ids(self, changes: Sequence[RowChange], cluster: str) -> Ids:
        """Return what stands for the rows of the changes, for TRES and for QOS."""
        tres = self._lines("tres", ("id", "type", "name"))
        return Ids(
            tres={number: tres_name(type_, name) for number, type_, name in tres},
            qos=dict(self._pairs("qos", ("id", "name"))),
            associations={
                (account, user, partition): number
                for number, account, user, partition in self._associations(changes, cluster)
            },
        )

    def _associations(self, changes: Sequence[RowChange], cluster: str) -> Iterable[list[str]]:
        rows = [row for c in changes if "Account" in (row := c.row)]
        accounts = tuple(dict.fromkeys(association_key(row).account for row in rows))
        columns = ("id", "account", "user", "partition")
        for some in chunked(accounts, command_line.MAX_NAMES_PER_ARGUMENT) if accounts else ():
            where = ("where", f"cluster={cluster}", f"account={','.join(some)}")
            yield from self._lines("assoc", columns, *where)

    def _pairs(self, noun: str, columns: Sequence[str]) -> Iterable[tuple[str, str]]:
        return ((one, other) for one, other in self._lines(noun, columns))

    def _lines(self, noun: str, columns: Sequence[str], *where: str) -> list[list[str]]:
        text = self._asked(("sacctmgr", "-nP", "show", noun, *where, f"format={','.join(columns)}"))
        lines = (line.split("|") for line in text.splitlines())
        # A `|` in a text would move the columns: such a line is done without.
        return [line for line in lines if len(line) == len(columns)]

    def _asked(self, words: Sequence[str], **environment: str) -> str:
        line = CommandLine(tuple(words), environment=environment)
        return complaints.check_finished(line, self._commands.runner.ran(line)).stdout


def journal(
    profile: Profile, backend: object, listener: Callable[[SentCommand], None]
) -> Journal | None:
    """Return the journal where it is at hand: where its commands can be run.

    Beside slurmrestd no command_prefix is gone through: a write would wait for an ssh each time.
    """
    if not profile.journal:
        return None
    if isinstance(backend, CommandsBackend):
        return Journal(backend)
    folder = profile.slurm_bin_path
    if (
        profile.command_prefix
        or shutil.which(folder / "sacctmgr" if folder else "sacctmgr") is None
    ):
        return None
    # Without repeats: the write is done, and a journal that is not at hand is done without.
    return Journal(CommandsBackend(profile, timeout=READ_TIMEOUT_S, waits=()), listener)
