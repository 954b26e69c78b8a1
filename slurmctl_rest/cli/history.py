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
from slurmctl_rest.model.change import RowChange, name_of
from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.history import HISTORY, HISTORY_WORDS
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Value
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

    def of_all_names(self, renamed: Sequence[tuple[str, str]]) -> ChangeFilter:
        """Return the filter that also means users by the names that they had before: old, new."""
        names, places = set(self.names), {name: set(some) for name, some in self.places}
        users = places.get("User", set())
        for old, new in reversed(renamed):
            users |= {old} if new in users else set()
            names |= {old} if new in names else set()
            names |= {old + one[len(new) :] for one in names if one.startswith(f"{new} in ")}
        wider = tuple((name, frozenset(some)) for name, some in places.items())
        return replace(self, names=frozenset(names), places=wider)

    def ignores(self, entity: Entity, row: Row) -> bool:
        """Tell whether changes of an object are surely not meant, from its place."""
        if entity is ASSOCIATION:
            return self._ignores_association(row)
        if self.places:
            return True
        if self.entity is None or (self.entity is USER and entity is ACCOUNT):
            return False  # a user may be an account's coordinator
        name = row[entity.key.name]
        return entity is not self.entity or bool(self.names and name not in self.names)

    def _ignores_association(self, row: Row) -> bool:
        if any((row[name] or "") not in wanted for name, wanted in self.places):
            return True
        if self.entity is None:
            return False
        if not self._is_of_noun(ASSOCIATION, row):
            return True
        return bool(self.names and not self.names & {name_of(ASSOCIATION, row), _holder(row)})

    def _means_object(self, found: JournalChange) -> bool:
        change = found.change
        row = change.row
        if self.places and change.entity is not ASSOCIATION:
            return False
        if any((row.get(name) or "") not in wanted for name, wanted in self.places):
            return False
        return self.entity is None or (
            self._is_of_noun(change.entity, row)
            and (not self.names or bool(self.names & _named(change)))
        )

    def _is_of_noun(self, entity: Entity, row: Row) -> bool:
        """Tell whether a row is that of one of the noun's objects.

        The own association of an account is a part of it; those of a user are the user's.
        """
        if entity is ASSOCIATION:
            holder = ACCOUNT if row["User"] is None else USER
            return self.entity is ASSOCIATION or self.entity is holder
        is_coordinator = self.entity is USER and bool(self.names) and entity is ACCOUNT
        return entity is self.entity or is_coordinator


def _holder(row: Row) -> Value:
    """Return whose association it is: a user's, or an account's."""
    return row["User"] or row["Account"]


def _named(change: RowChange) -> set[object]:
    """Return all names that a change is found by: of a user also old ones and coordinators."""
    if change.entity is ASSOCIATION:
        return {change.name, _holder(change.row)}
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

    reader = JournalReading(context, asked.cluster)
    ignores = asked.filter.of_all_names(reader.renamed).ignores
    replay = reader.replayed(take, ignores=ignores, settled=False)
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
