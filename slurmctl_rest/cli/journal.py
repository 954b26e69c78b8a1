"""Reading Slurm's journal for the commands that are about it: entries in order, replayed."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.transactions import Journal, journal_of
from slurmctl_rest.cli.context import Context
from slurmctl_rest.journal.parse import JournalEntry, parsed_entry
from slurmctl_rest.journal.qos_ids import qos_names
from slurmctl_rest.journal.replay import JournalChange, Replay
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import PLACE
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.journal import Ids

ORDER_WINDOW_S = 900
"""Seconds by which the time of a transaction may be before that of one with a smaller number: it is
that of its beginning, and it may wait for a lock (innodb_lock_wait_timeout)."""
QOS_ACTIONS = ("Add QOS", "Modify QOS", "Remove QOS")


@dataclass(slots=True)
class InOrder:
    """Hands entries on by their numbers; they come by the time at which they began."""

    take: Callable[[JournalEntry], object]
    waiting: list[tuple[int, JournalEntry]] = field(default_factory=list)

    def add(self, entry: JournalEntry) -> None:
        """Take an entry, and hand on those that nothing can come before any more."""
        heapq.heappush(self.waiting, (entry.number, entry))
        while self.waiting and self.waiting[0][1].time < entry.time - ORDER_WINDOW_S:
            self.take(heapq.heappop(self.waiting)[1])

    def end(self) -> None:
        """Hand on the rest."""
        while self.waiting:
            self.take(heapq.heappop(self.waiting)[1])


class JournalReading:
    """Slurm's journal, as a command reads it."""

    def __init__(self, context: Context, cluster: str) -> None:
        """Of a cluster, and of what all clusters share."""
        self.context, self.cluster = context, cluster

    @cached_property
    def journal(self) -> Journal:
        """Return what reads it: the Slurm commands, whatever the profile says."""
        return journal_at(self.context)

    @cached_property
    def ids(self) -> Ids:
        """Return the names of TRES and QOS; of QOS that are gone, too, as far as they are known."""
        told = self.journal.names()
        entries = self.entries({"action": QOS_ACTIONS})
        return Ids(told.tres, qos_names(entries, told.qos), {})

    @cached_property
    def places(self) -> Mapping[str, Row]:
        """Return all associations by number, deleted ones too."""
        return self.journal.places(self.cluster)

    @cached_property
    def living(self) -> Mapping[str, Row]:
        """Return the associations that there are, by number."""
        return {number: row for number, row in self.places.items() if not row["Deleted"]}

    @cached_property
    def present(self) -> Mapping[str, Mapping[str, Row]]:
        """Return the rows that there are now, by noun and by what the journal calls them."""
        found: dict[str, Mapping[str, Row]] = {ASSOCIATION.noun: self.living}
        for entity in (ACCOUNT, USER, QOS):
            also = entity.requested({"Flags"})
            rows = self.journal.read_rows(Query(entity, self.cluster, also=also))
            found[entity.noun] = {str(row[entity.key.name]): row for row in rows}
        return found

    def place(self, number: str) -> Row | None:
        """Return which association has the number, and where it is now."""
        row = self.places.get(number)
        return {name: row[name] for name in PLACE} if row is not None else None

    def entries(self, where: Mapping[str, tuple[str, ...]] = {}) -> list[JournalEntry]:
        """Return the entries that meet sacctmgr's conditions, in their order."""
        begin: Callable[[], list[Row]] = list
        rows = self.journal.stream(begin, list.append, where)
        return sorted(map(parsed_entry, rows), key=lambda entry: entry.number)

    def replayed(
        self,
        take: Callable[[Replay, JournalEntry, list[JournalChange]], object],
        before: Callable[[Replay, JournalEntry], object] = lambda _, __: None,
        ignores: Callable[[Row], bool] = lambda _: False,
        *,
        settled: bool = True,
    ) -> Replay:
        """Replay all of it; of several replays, the one that is returned counts.

        `ignores`: tells of associations whether their values do not matter. `settled`: what is not
        there any more is gone at the end, also where a move has hidden with what it went.

        `take` gets the replay, each entry, and what it has changed; `before` gets each beforehand.
        """
        replay = self._replayed(take, before, ignores, frozenset(), {})
        # What is there, and should have gone with what was above it, had been moved before.
        if replay.cascaded and (staying := replay.cascaded & {*self.living}):
            replay = self._replayed(take, before, ignores, frozenset(staying), {})
        gone = {*replay.associations} - {*self.living} if settled else set()
        if leaving := {n: replay.mentioned[n] for n in gone if n in replay.mentioned}:
            replay = self._replayed(take, before, ignores, replay.staying, leaving)
        for complaint in replay.complaints:
            self.context.console.warn(complaint)
        return replay

    def _replayed(
        self,
        take: Callable[[Replay, JournalEntry, list[JournalChange]], object],
        before: Callable[[Replay, JournalEntry], object],
        ignores: Callable[[Row], bool],
        staying: frozenset[str],
        leaving: Mapping[str, int],
    ) -> Replay:
        ids = self.ids

        def begin() -> tuple[Replay, InOrder]:
            replay = Replay(
                self.cluster,
                self.place,
                ids=ids,
                staying=staying,
                leaving=leaving,
                ignores=ignores,
            )

            def next_(entry: JournalEntry) -> None:
                before(replay, entry)
                take(replay, entry, replay.apply(entry))

            return replay, InOrder(next_)

        replay, order = self.journal.stream(begin, lambda both, row: both[1].add(parsed_entry(row)))
        order.end()
        return replay


def journal_at(context: Context) -> Journal:
    """Return the reader of the journal; Unsupported where there is no sacctmgr."""
    profile = context.named_profile[1]
    commands = journal_of(profile, context.options.timeout)
    return Journal(commands, context.on_command)
