"""`history`: who changed what, when, from what, as Slurm's own journal tells it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.journal import JournalReading
from slurmctl_rest.cli.records import with_times
from slurmctl_rest.cli.trail_of_changes import via, writes_of
from slurmctl_rest.errors import UsageError
from slurmctl_rest.journal.parse import JournalEntry
from slurmctl_rest.journal.replay import JournalChange, Replay
from slurmctl_rest.journal.words import history_row
from slurmctl_rest.model import times
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.history import HISTORY, HISTORY_WORDS
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.model.list_syntax import parse_list
from slurmctl_rest.model.syntax import Statement, parse_select
from slurmctl_rest.model.text import listed, printable

NOUNS_WITH_HISTORY = {
    word: entity
    for entity in (ACCOUNT, USER, ASSOCIATION, QOS)
    for word in (entity.noun, entity.word, entity.plural)
}
"""Words for the objects whose changes may be asked for."""


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are meant; what is empty means any."""

    entity: Entity | None = None
    names: frozenset[str] = frozenset()
    places: tuple[tuple[str, frozenset[str]], ...] = ()
    actors: frozenset[str] = frozenset()
    start: int = 0
    end: int = 2**62

    def means(self, found: JournalChange) -> bool:
        """Tell whether a change is meant."""
        entry = found.entry
        if not self.start <= entry.time <= self.end:
            return False
        if self.actors and (entry.actor not in self.actors or found.moved):
            return False
        return self._means_object(found)

    def ignores(self, row: Row) -> bool:
        """Tell whether changes of an association are surely not meant."""
        if self.entity is QOS:
            return True
        if not self.names or self.entity is None or self.entity is ASSOCIATION:
            return False
        of_user = row["User"] is not None
        return of_user != (self.entity is USER) or row[self.entity.key.name] not in self.names

    def _means_object(self, found: JournalChange) -> bool:
        change = found.change
        row = change.row
        if self.places and change.entity is not ASSOCIATION:
            return False
        if any((row.get(name) or "") not in wanted for name, wanted in self.places):
            return False
        return self.entity is None or (
            self._is_of_noun(change) and (not self.names or bool(self.names & _named(change)))
        )

    def _is_of_noun(self, change: RowChange) -> bool:
        """Tell whether a change is one of the noun's objects.

        The own association of an account is a part of it; those of a user are the user's.
        """
        if change.entity is ASSOCIATION:
            of_account = change.row["User"] is None
            return self.entity is ASSOCIATION or self.entity is (ACCOUNT if of_account else USER)
        is_coordinator = self.entity is USER and bool(self.names) and change.entity is ACCOUNT
        return change.entity is self.entity or is_coordinator


def _named(change: RowChange) -> set[object]:
    """Return all names that a change is found by: of a user also old ones and coordinators."""
    if change.entity is ASSOCIATION:
        row = change.row
        return {change.name, row["User"] or row["Account"]}
    coordinators = [change.old.get("Coordinators"), change.new.get("Coordinators")]
    before, after = (set(one) if isinstance(one, tuple) else set() for one in coordinators)
    return {change.name, change.old.get(change.entity.key.name)} | (before ^ after)


@dataclass(frozen=True, slots=True)
class JournalWords:
    """The words of a command about the journal."""

    filter: ChangeFilter
    statement: Statement
    cluster: str
    zone: times.Zone


def run(context: Context, tokens: Sequence[str], tz: str | None) -> None:
    """Show the changes that the tokens select."""
    asked = parsed_words(context, tokens, tz, sorts=True)
    found: dict[int, list[JournalChange]] = {}

    def take(replay: Replay, _: JournalEntry, changes: Iterable[JournalChange]) -> None:
        found.setdefault(id(replay), []).extend(filter(asked.filter.means, changes))

    replay = JournalReading(context, asked.cluster).replayed(
        take, ignores=asked.filter.ignores, settled=False
    )
    show(context, found.get(id(replay), ()), asked)


def show(context: Context, found: Iterable[JournalChange], asked: JournalWords) -> None:
    """Print changes, the newest last."""
    trail = context.named_profile[1].audit_file
    writes = writes_of(trail) if trail is not None else []
    told = ({**history_row(one), "Via": via(one, writes)} for one in found)
    rows = with_times(HISTORY, asked.statement.refinement.of_rows(told), asked.zone)
    columns: Sequence[Column] = asked.statement.columns
    context.show(HISTORY, rows, columns, cluster=asked.cluster)


def parsed_words(
    context: Context, tokens: Sequence[str], tz: str | None, *, sorts: bool = False
) -> JournalWords:
    """Read `[NOUN [NAME ...]] [field=value ...]`; with `sorts`, also sort= and limit=."""
    entity = NOUNS_WITH_HISTORY.get(tokens[0].lower()) if tokens else None
    if tokens and entity is None and "=" not in tokens[0] and tokens[0].lower() != "where":
        raise UsageError(
            f"'{printable(tokens[0])}' has no history of its own",
            f"name one of {listed(sorted({*NOUNS_WITH_HISTORY}))}",
        )
    rest = [*tokens[1:]] if entity else [*tokens]
    names: list[str] = []
    while rest and entity and "=" not in rest[0] and rest[0].lower() != "where":
        names += rest.pop(0).split(",")
    if context.options.columns is not None:
        rest.append(f"format={context.options.columns}")
    order = [word for word in rest if re.match(r"(sort|limit)=", word, re.IGNORECASE)]
    if order and not sorts:
        raise UsageError(
            f"'{printable(order[0])}' is of lists, and of history",
            "omit it, or filter with --query",
        )
    rest = [word for word in rest if word not in order]
    statement = replace(
        parse_select(HISTORY_WORDS, rest, columns_of=HISTORY),
        refinement=parse_list(HISTORY, order).refinement,
    )
    where = statement.selection.where
    zone = context.zone(tz)
    now = int(time.time())
    bounds = [
        [times.moment(str(value), now, zone) for value in where.get(name, ())]
        for name in ("Start", "End")
    ]
    places = tuple(
        (name, frozenset(str(value or "") for value in where[name]))
        for name in ("Account", "User", "Partition")
        if name in where
    )
    changes = ChangeFilter(
        entity,
        frozenset(_name(one, entity) for one in names),
        places,
        frozenset(str(one) for one in where.get("Actor", ())),
        start=min(bounds[0], default=0),
        end=max(bounds[1], default=2**62),
    )
    return JournalWords(changes, statement, context.cluster(statement.selection), zone)


def _name(text: str, entity: Entity | None) -> str:
    if entity is ASSOCIATION:
        return text.strip()
    try:
        return parse_name(text)
    except ValueError as error:
        raise UsageError(str(error)) from error
