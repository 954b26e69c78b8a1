"""Reading Slurm's journal for the commands that are about it: entries in order, replayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.transactions import Journal, JournalPlace, journal_of
from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.journal.parse import JournalEntry, parsed_entry, renamed_users
from slurmctl_rest.journal.qos_ids import qos_names
from slurmctl_rest.journal.replay import JournalChange, Replay
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import PLACE
from slurmctl_rest.model.entities.user import OF_WCKEYS
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.journal import Ids

ORDER_WINDOW_S = 900
"""Seconds by which the time of a transaction may be before that of one with a smaller number: it is
that of its beginning, and it may wait for a lock (innodb_lock_wait_timeout)."""
QOS_ACTIONS = ("Add QOS", "Modify QOS", "Remove QOS")
NAMING_ACTIONS = (*QOS_ACTIONS, "Modify Users")
"""What gives a number its name, or a user another one."""


BY_NUMBER = attrgetter("number")


@dataclass(slots=True)
class InOrder:
    """Hands entries on by their numbers; they come by the time at which they began.

    waiting  those that one may come before; sorted from time to time: one by one, in a heap, they
             would take as long as all else
    full     how many of them are looked through next: twice as many as were left over last
    """

    take: Callable[[JournalEntry], object]
    waiting: list[JournalEntry] = field(default_factory=list)
    full: int = 1000

    def add(self, entry: JournalEntry) -> None:
        """Take an entry, and now and then hand on those that nothing can come before any more."""
        self.waiting.append(entry)
        if len(self.waiting) >= self.full:
            self._hand_on(entry.time - ORDER_WINDOW_S)
            self.full = max(2 * len(self.waiting), 1000)

    def end(self) -> None:
        """Hand on the rest."""
        self._hand_on(None)

    def _hand_on(self, before: int | None) -> None:
        waiting = sorted(self.waiting, key=BY_NUMBER)
        count = 0
        for entry in waiting:
            if before is not None and entry.time >= before:
                break
            self.take(entry)
            count += 1
        self.waiting = waiting[count:]


class JournalReading:
    """Slurm's journal, as a command reads it."""

    def __init__(self, context: Context, cluster: str) -> None:
        """Of a cluster, and of what all clusters share."""
        self.context, self.cluster = context, cluster
        self._begun: list[Replay] = []

    @cached_property
    def journal(self) -> Journal:
        """Return what reads it: the Slurm commands, whatever the profile says."""
        return journal_at(self.context)

    @cached_property
    def ids(self) -> Ids:
        """Return the names of TRES and QOS; of QOS that are gone, too, as far as they are known."""
        told = self.journal.names()
        return Ids(told.tres, qos_names(self._naming, told.qos), {})

    @cached_property
    def renamed(self) -> Sequence[tuple[str, str]]:
        """Return the users that have got another name: old, new."""
        found: list[tuple[str, str]] = []
        for entry in self._naming:
            with suppress(SlurmRefused):  # the replay tells of what cannot be read
                found += renamed_users(entry)
        return found

    @cached_property
    def _naming(self) -> list[JournalEntry]:
        # The first thing that a replay needs: all others are read beside it.
        named = {"action": NAMING_ACTIONS}
        self.context.cleanup.enter_context(self.journal.beside(self.cluster, named, {}))
        return self.entries(named)

    @cached_property
    def places(self) -> Mapping[str, JournalPlace]:
        """Return the places of all associations by number, of deleted ones too."""
        return self.journal.places(self.cluster)

    @cached_property
    def living(self) -> Mapping[str, Row]:
        """Return the associations that there are, by number."""
        return self.journal.living(self.cluster)

    @cached_property
    def present(self) -> Mapping[str, Mapping[str, Row]]:
        """Return the rows that there are now, by noun and by what the journal calls them."""
        others = {entity.noun: self.present_of(entity) for entity in (ACCOUNT, USER, QOS)}
        return {ASSOCIATION.noun: self.living, **others}

    def present_of(self, entity: Entity) -> Mapping[str, Row]:
        """Return the accounts, users or QOS that there are now, by name."""
        also = entity.requested({"Flags", *OF_WCKEYS})
        rows = self.journal.read_rows(Query(entity, self.cluster, also=also))
        return {str(row[entity.key.name]): row for row in rows}

    def place(self, number: str, renames: int) -> Row | None:
        """Return which association has the number, with its user's name after so many renames."""
        found = self.places.get(number)
        if found is None:
            return None
        user = found.user
        for old, new in reversed(self.renamed[renames:]):
            user = old if user == new else user
        texts = (self.cluster, found.account, user, found.partition)
        return {name: text or None for name, text in zip(PLACE, texts, strict=True)}

    def entries(self, where: Mapping[str, tuple[str, ...]] = {}) -> list[JournalEntry]:
        """Return the entries that meet sacctmgr's conditions, in their order."""
        begin: Callable[[], list[JournalEntry]] = list
        found = self.journal.stream(
            begin, lambda entries, cells: entries.append(parsed_entry(cells)), where
        )
        return sorted(found, key=BY_NUMBER)

    def replayed(
        self,
        take: Callable[[Replay, JournalEntry, list[JournalChange]], object],
        before: Callable[[Replay, JournalEntry], object] = lambda _, __: None,
        ignores: Callable[[Entity, Row], bool] = lambda _, __: False,
        *,
        settled: bool = True,
    ) -> Replay:
        """Replay all of it; of several replays, the one that is returned counts.

        `take` gets the replay, each entry that has changed anything, and the changes; `before` gets
        each entry beforehand. `ignores`: tells of objects whether their values do not matter, so
        that no changes of these need come. `settled`: what is not there any more is gone at the
        end, also where a move has hidden with what it went.
        """
        replay = self._replayed(take, before, ignores, frozenset(), {})
        # What is there, and should have gone with what was above it, had been moved before.
        if replay.cascaded and (staying := {*filter(self._is_there, replay.cascaded)}):
            replay = self._replayed(take, before, ignores, frozenset(staying), {})
        numbers = filter(replay.bears, replay.associations) if settled else ()
        gone = [number for number in numbers if not self._is_there(number)]
        if leaving := {n: replay.mentioned[n] for n in gone if n in replay.mentioned}:
            replay = self._replayed(take, before, ignores, replay.staying, leaving)
        for complaint in replay.complaints:
            self.context.console.warn(complaint)
        return replay

    def _is_there(self, number: str) -> bool:
        return number in self.places and not self.places[number].deleted

    def _replayed(
        self,
        take: Callable[[Replay, JournalEntry, list[JournalChange]], object],
        before: Callable[[Replay, JournalEntry], object],
        ignores: Callable[[Entity, Row], bool],
        staying: frozenset[str],
        leaving: Mapping[str, int],
    ) -> Replay:
        ids = self.ids

        def begin() -> tuple[Replay, InOrder]:
            replay = Replay(
                self.cluster,
                lambda number: self.place(number, replay.renames),
                ids=ids,
                staying=staying,
                leaving=leaving,
                ignores=ignores,
            )

            # Callers keep changes by the id() of their replay: none may come a second time.
            self._begun.append(replay)

            def next_(entry: JournalEntry) -> None:
                before(replay, entry)
                if changes := replay.apply(entry):
                    take(replay, entry, changes)

            return replay, InOrder(next_)

        def add(both: tuple[Replay, InOrder], cells: Sequence[str]) -> None:
            number, _, cluster, action, _, where, info = cells
            ours = cluster == self.cluster and number.isdecimal()
            if not (ours and both[0].passes_over(int(number), action, where, info)):
                both[1].add(parsed_entry(cells))

        replay, order = self.journal.stream(begin, add)
        order.end()
        return replay


def journal_at(context: Context) -> Journal:
    """Return the reader of the journal; Unsupported where there is no sacctmgr."""
    profile = context.named_profile[1]
    commands = journal_of(profile, context.options.timeout)
    return Journal(commands, context.on_command)
