"""The rows as they were at a moment: the journal up to then, and the present rows. Pure.

The journal may begin after an object was made. A field that it does not tell until the moment, and
that nobody has set since, has its present value; of one that was set since, the value is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from slurmctl_rest.journal.parse import JournalEntry
from slurmctl_rest.journal.replay import JournalChange, Replay
from slurmctl_rest.journal.state import State, with_users
from slurmctl_rest.journal.values import FIELDS_OF_COLUMNS
from slurmctl_rest.journal.wckeys import NO_WCKEYS
from slurmctl_rest.model.change import RowChange, called
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import PLACE
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Value

KEPT_ENTITIES = (ACCOUNT, USER, ASSOCIATION, QOS)
"""Entities whose rows the journal tells."""
BESIDE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    ACCOUNT.noun: ("Coordinators",),
    USER.noun: tuple(NO_WCKEYS),
}
"""Fields that have transactions of their own."""

Key = tuple[str, str]
"""(noun, what the journal calls an object)"""


@dataclass(slots=True)
class Past:
    """What a replay knows of a moment, and of what came after it.

    rows   as they were then; None: the replay has not come so far
    later  fields that were set since
    added  objects that were made since
    whole  nothing was purged: what the journal does not add, slurmdbd has made, without values
    older  objects that the journal tells of after the moment for the first time: they were there
    oldest time of the oldest entry; None: there has been none
    former users who were renamed since, and who got such a user's name: the name by now -> what
           they are called here, which is the name of that moment
    """

    moment: int
    rows: dict[str, State] | None = None
    later: dict[Key, set[str]] = field(default_factory=dict)
    added: set[Key] = field(default_factory=set)
    whole: bool = False
    older: dict[Key, Row] = field(default_factory=dict)
    oldest: int | None = None
    former: dict[str, str] = field(default_factory=dict)

    def before(self, entry: JournalEntry, replay: Replay) -> None:
        """Keep the rows, if the next entry is after the moment."""
        self.whole = self.whole or entry.number == 1
        self.oldest = entry.time if self.oldest is None else min(self.oldest, entry.time)
        if self.rows is None and entry.time > self.moment:
            self.keep(replay)

    def keep(self, replay: Replay) -> None:
        """Keep the rows as they are now."""
        self.rows = {entity.noun: deepcopy(replay.rows_of(entity)) for entity in KEPT_ENTITIES}

    def after(self, changes: Iterable[JournalChange]) -> None:
        """Note what an entry has changed, if it is after the moment."""
        if self.rows is None:
            return
        for one in changes:
            change, key = one.change, (one.change.entity.noun, one.key)
            if change.entity is USER:
                key = (USER.noun, self._user(change))
            known = key[1] in self.rows[key[0]] or key in self.added
            if change.action == "add":
                self.added |= set() if known else {key}
            else:
                if not known:
                    self.older.setdefault(key, with_users(change.old, self.former))
                fields = {*change.fields} if change.action == "modify" else set()
                self.later.setdefault(key, set()).update(fields | one.unknown)

    def _user(self, change: RowChange) -> str:
        """Return what a user is called here, by any later name."""
        name = change.name
        if change.action == "add":
            here = name
            while here in self.former.values():  # another user had that name then
                here = f"+{here}"
            if here != name:
                self.former[name] = here
            return here
        if change.action == "delete":
            return self.former.pop(name, name)
        before = str(change.old.get(USER.key.name, name))
        if before != name:
            self.former[name] = self.former.pop(before, before)
        return self.former.get(name, name)

    def completed(self, present: Mapping[str, Mapping[str, Row]]) -> tuple[dict[str, State], str]:
        """Return the rows of each noun by their keys, and a sentence about what is not known.

        `present`: by noun and key, the rows that there are now.
        """
        unsure: list[str] = []
        found: dict[str, State] = {}
        kept = self.rows or {}
        for entity in KEPT_ENTITIES:
            noun = entity.noun
            now = {
                self.former.get(key, key) if entity is USER else key: with_users(row, self.former)
                for key, row in present[noun].items()
            }
            rows = {key: dict(row) for key, row in kept.get(noun, {}).items()}
            for (of, key), row in self.older.items():
                if of == noun and key not in rows:
                    rows[key] = {n: row[n] for n in _place(entity) if n in row}
            for key, row in now.items():
                if key not in rows and (noun, key) not in self.added and self._is_old(noun, key):
                    rows[key] = dict(row)
            found[noun] = {
                key: self._whole(entity, key, row, now.get(key, {}), unsure)
                for key, row in rows.items()
            }
        return found, "; ".join(unsure)

    def renamed(self) -> dict[str, str]:
        """Return the users of that moment who have another name now: name then -> name now."""
        return {
            then: now for now, then in self.former.items() if (USER.noun, then) not in self.added
        }

    def _is_old(self, noun: str, key: str) -> bool:
        """Tell whether an object that is there now, and was not kept, was there all the time."""
        return (noun, key) not in self.later or (noun, key) in self.older

    def _whole(
        self, entity: Entity, key: str, row: dict[str, Value], now: Row, unsure: list[str]
    ) -> dict[str, Value]:
        columns = (f.name for f in FIELDS_OF_COLUMNS[entity.noun].values())
        names = (*columns, *BESIDE_COLUMNS.get(entity.noun, ()))
        missing = [name for name in names if name not in row]
        later = self.later.get((entity.noun, key), set())
        not_known = [name for name in missing if name in later or name not in now]
        whole = {**row, **{name: _empty(entity, name) for name in missing}}
        whole |= {name: now[name] for name in missing if name not in not_known}
        not_known = [name for name in not_known if name in later]
        if not_known and not self.whole:
            unsure.append(f"{', '.join(not_known)} of {called(entity, whole)}")
        return whole


def _place(entity: Entity) -> tuple[str, ...]:
    return PLACE if entity is ASSOCIATION else (entity.key.name,)


def _empty(entity: Entity, name: str) -> Value:
    return entity[name].kind.read("")


def moved_unseen(replay: Replay, present: Mapping[str, Row]) -> list[tuple[str, str, str]]:
    """Return accounts that are below another parent than the journal tells: name, from, to."""
    return [
        (str(row["Account"]), str(row["Parent"]), str(present[number]["Parent"]))
        for number, row in replay.associations.items()
        if number in present
        and row["User"] is None
        and row.get("Parent")
        and row["Parent"] != present[number]["Parent"]
    ]


def gone_unseen(replay: Replay, present: Mapping[str, Row]) -> list[str]:
    """Return QOS that are not there any more, and whose deletion the journal has without a name."""
    return sorted(name for name in replay.qos if name not in present)
