"""Slurm's journal, which sacctmgr alone can read: in profiles for slurmrestd too."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.backends.commands import command_line, complaints, listings
from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.retry import BACKOFF_S
from slurmctl_rest.config.models import Profile
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ASSOCIATION, CONFIGURATION, TRANSACTION
from slurmctl_rest.model.entities.association import ID, association_key
from slurmctl_rest.model.facts import JournalFacts
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.journal import TRANSACTION_COLUMNS, Ids, Transaction, transactions
from slurmctl_rest.model.kinds.tres import tres_name

T = TypeVar("T")

READ_TIMEOUT_S = 10.0
"""Seconds for one command: a journal that takes longer is done without."""
CLOCK_MARGIN_S = 120
"""Seconds by which slurmdbd's clock may be behind ours."""


class JournalPlace(NamedTuple):
    """Which association it is, on a cluster."""

    account: str
    user: str
    partition: str
    deleted: bool


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
        found = transactions(self._since(since, TRANSACTION_COLUMNS))
        # Each cluster of a slurmdbd numbers its own associations: a number alone names several.
        return [one for one in found if one.cluster in {"", cluster}]

    def numbers(self, since: float) -> frozenset[int]:
        """Return the numbers of what was written since a moment, on whatever cluster.

        SlurmctlError where they cannot be read.
        """
        # Without their texts, which are most of a busy cluster's journal. A command_prefix may
        # print lines of its own among them.
        lines = self._since(since, TRANSACTION_COLUMNS[:1]).splitlines()
        return frozenset(int(line) for line in lines if line.isdecimal())

    def _since(self, moment: float, columns: Sequence[str]) -> str:
        begin = f"start=uts{int(moment) - CLOCK_MARGIN_S}"
        format_ = f"format={','.join(columns)}"
        words = ("sacctmgr", "-nP", "show", "transactions", begin, format_)
        return self._asked(CommandLine(words, environment={"SLURM_TIME_FORMAT": "%s"}))

    def stream(
        self,
        begin: Callable[[], T],
        add: Callable[[T, listings.RowTexts], object],
        where: Mapping[str, tuple[str, ...]] = {},
    ) -> T:
        """Read transactions of all clusters as they come, by the time at which they began.

        `begin` makes what takes them, of each try anew; `add` gives it the texts of a row of
        `transaction list`, its time in seconds. `where`: sacctmgr's conditions -> texts.
        """
        return self._commands.runner.told(
            _of_transactions(where),
            lambda: listings.StreamedListing(TRANSACTION_LIST, begin(), add),
        )

    def reach(self) -> JournalFacts:
        """Return how far back it goes."""
        query = Query(CONFIGURATION, "")
        told = {row["Name"]: row["Value"] for row in self.read_rows(query)}
        return JournalFacts(self._oldest(), str(told.get("PurgeTXNAfter") or ""))

    def _oldest(self) -> int | None:
        begin: Callable[[], list[int]] = list
        # The first of all is its oldest, unless it was purged: then all are read.
        for where in ({"id": ("1",)}, {}):
            found = self.stream(begin, _add_time, where)
            if found:
                return min(found)
        return None

    @contextmanager
    def beside(self, cluster: str, *conditions: Mapping[str, tuple[str, ...]]) -> Iterator[None]:
        """Begin what names(), places() of a cluster, and stream() under conditions will read.

        One after the other, they would be a third of the time that a replay takes. What nobody has
        read by the end is ended then.
        """
        runner = self._commands.runner
        with runner.beside():
            runner.begin(*map(_of_transactions, conditions), streamed=True)
            runner.begin(*(_listing(*words) for words in (ALL_TRES, ALL_QOS, _places(cluster))))
            yield

    def names(self) -> Ids:
        """Return the names of TRES and QOS, of deleted ones too, by their numbers."""
        return Ids(
            tres={number: tres_name(type_, name) for number, type_, name in self._lines(*ALL_TRES)},
            qos=dict(self._pairs(*ALL_QOS)),
            associations={},
        )

    def places(self, cluster: str) -> dict[str, JournalPlace]:
        """Return the places of a cluster's associations by their numbers, of deleted ones too.

        Nothing else of them: of 20,000, whole rows would take ten times as long.
        """
        return {
            number: JournalPlace(account, user, partition, deleted="Deleted" in flags)
            for number, account, user, partition, flags in self._lines(*_places(cluster))
        }

    def living(self, cluster: str) -> dict[str, Row]:
        """Return the associations of a cluster by their numbers."""
        rows = self.read_rows(Query(ASSOCIATION, cluster, also=frozenset({ID.name})))
        return {str(row[ID.name]): row for row in rows}

    def read_rows(self, query: Query) -> list[Row]:
        """Return rows of own values, as the Slurm commands tell them."""
        return self._commands.read(query)

    def ids(self, changes: Sequence[RowChange], cluster: str) -> Ids:
        """Return what stands for the rows of the changes, for TRES and for QOS."""
        return Ids(
            tres={number: tres_name(type_, name) for number, type_, name in self._lines(*ALL_TRES)},
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

    def _pairs(self, noun: str, columns: Sequence[str], *where: str) -> Iterable[tuple[str, str]]:
        return ((one, other) for one, other in self._lines(noun, columns, *where))

    def _lines(self, noun: str, columns: Sequence[str], *where: str) -> list[list[str]]:
        lines = (
            one.split("|") for one in self._asked(_listing(noun, columns, *where)).splitlines()
        )
        # A `|` in a text would move the columns: such a line is done without.
        return [line for line in lines if len(line) == len(columns)]

    def _asked(self, line: CommandLine) -> str:
        return complaints.check_finished(line, self._commands.runner.ran(line)).stdout


TRANSACTION_LIST = listings.LISTINGS[TRANSACTION.noun]
ALL_TRES = ("tres", ("id", "type", "name"))
ALL_QOS = ("qos", ("id", "name"), "withdeleted")


def _places(cluster: str) -> tuple[str, Sequence[str], str, str, str]:
    columns = ("id", "account", "user", "partition", "flags")
    return "assoc", columns, f"cluster={cluster}", "woplimits", "withdeleted"


def _of_transactions(where: Mapping[str, tuple[str, ...]]) -> CommandLine:
    return listings.line(TRANSACTION_LIST, Query(TRANSACTION, "", where=where))


def _listing(noun: str, columns: Sequence[str], *where: str) -> CommandLine:
    words = ("sacctmgr", "-nP", "show", noun, *where, f"format={','.join(columns)}")
    return CommandLine(words)


def _add_time(found: list[int], cells: listings.RowTexts) -> None:
    time = cells[1]
    if time.isdecimal():
        found[:] = [min([int(time), *found])]


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


def journal_of(
    profile: Profile, timeout: float | None, waits: Sequence[float] = BACKOFF_S
) -> CommandsBackend:
    """Return what reads the journal for a command that is about it, whatever the profile says.

    Unsupported where its commands cannot be run.
    """
    commands = CommandsBackend(profile, timeout=timeout, waits=waits)
    folder = profile.slurm_bin_path
    # Over the commands a sacctmgr that is missing is an error like any other: Unreachable.
    if (
        profile.execution_mode == "rest"
        and not profile.command_prefix
        and shutil.which(folder / "sacctmgr" if folder else "sacctmgr") is None
    ):
        raise Unsupported(
            "Slurm's journal cannot be read: slurmrestd has no request for it, and there is no "
            "sacctmgr here",
            "set slurm_bin_path or command_prefix of the profile",
        )
    return commands
