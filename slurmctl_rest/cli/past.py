"""--as-of: lists and trees of what there was at a moment, read from Slurm's journal.

What a list reads comes from a backend, so the past is one: it answers with rows of the moment, and
passes on whatever else is asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from slurmctl_rest.backends.commands.associations import is_meant
from slurmctl_rest.backends.query import Query, View, by_name
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.journal import JournalReading
from slurmctl_rest.errors import NotFound, Unsupported, UsageError
from slurmctl_rest.journal.as_of import Past, gone_unseen, moved_unseen
from slurmctl_rest.journal.replay import Replay
from slurmctl_rest.journal.state import with_users
from slurmctl_rest.model import times
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities import account as account_rows
from slurmctl_rest.model.entities import user as user_rows
from slurmctl_rest.model.entities.association import (
    COMMENT,
    DELETED_RECORD,
    ID,
    association_key,
    is_account_level,
    without_idle_removals,
)
from slurmctl_rest.model.entities.user import OF_WCKEYS
from slurmctl_rest.model.fields import Entity, Row, SlurmRecord
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.text import listed

TOLD_ON_REQUEST = OF_WCKEYS | {"Flags", COMMENT.name, ID.name, DELETED_RECORD.name}
"""Fields on request that the journal tells."""


@dataclass(frozen=True, slots=True)
class PastRows:
    """All rows of a cluster at a moment.

    renamed  users who have got another name since: name then -> name now
    """

    accounts: Sequence[Row]
    users: Sequence[Row]
    associations: Sequence[Row]
    qos: Sequence[Row]
    renamed: Mapping[str, str] = field(default_factory=dict)

    def as_now_called(self) -> PastRows:
        """Return the same rows with the users' present names; without those whose names are taken.

        A name is taken if its former bearer is gone, and another user has got it since.
        """
        taken = self.taken()
        users, associations, accounts = (
            [with_users(row, self.renamed) for row in rows if row.get("User") not in taken]
            for rows in (self.users, self.associations, self.accounts)
        )
        return PastRows(accounts, users, associations, self.qos)

    def taken(self) -> frozenset[str]:
        """Return the names of users then that other users of then have now."""
        names = {str(row["User"]) for row in self.users} - {*self.renamed}
        return frozenset(names & {*self.renamed.values()})


class PastBackend:
    """A backend that reads the rows of a moment, and writes nothing."""

    def __init__(self, context: Context, moment: int | None) -> None:
        """What the journal does not tell is asked of the present backend.

        `moment`: None for the present, as the Slurm commands tell it beside the journal.
        """
        self._context, self._moment = context, moment
        self._present = context.backend
        self._rows: dict[str, PastRows] = {}

    def __getattr__(self, name: str) -> Any:
        """Return what the present backend has: its release, its cluster, its log."""
        return getattr(self._present, name)

    def unreadable_fields(self, entity: Entity) -> tuple[str, ...]:
        """Return nothing: the Slurm commands have told all."""
        del entity
        return ()

    def names(self, entity: Entity) -> list[str]:
        """Return the names of all there was."""
        if entity.noun not in READ_PAST:
            return self._present.names(entity)
        return [str(row[entity.key.name]) for row in self.read(Query(entity, ""))]

    def read(self, query: Query) -> list[Row]:
        """Return rows, sorted by their key."""
        if query.entity.noun not in READ_PAST:
            return self._present.read(query)
        if missing := sorted(query.also - TOLD_ON_REQUEST):
            raise Unsupported(
                f"Slurm's journal does not tell {listed(missing)} of {query.entity.plural}",
                "omit these fields, or --as-of",
            )
        cluster = query.cluster or self._present.cluster()
        if cluster not in self._rows:
            moment = self._moment
            self._rows[cluster] = (
                rows_at(self._context, cluster, moment)
                if moment is not None
                else _joined(JournalReading(self._context, cluster).present)
            )
        rows = READ_PAST[query.entity.noun](self._rows[cluster], query, cluster)
        asked = [*(f.name for f in query.entity.fields), *sorted(query.also)]
        return [{name: row[name] for name in asked} for row in rows]

    def parts(self, query: Query) -> Iterator[list[Row]]:
        """Yield the rows of associations, those of accounts first."""
        rows = self.read(query)
        if query.view is View.IN_FORCE:
            yield rows
            return
        yield [row for row in rows if is_account_level(row)]
        yield [row for row in rows if not is_account_level(row)]


def _associations(past: PastRows, query: Query, cluster: str) -> list[Row]:
    del cluster
    rows = _in_view(past, query.view)
    own_too = query.view is not View.IN_FORCE
    return sorted(
        (row for row in rows if is_meant(query, row) or (own_too and is_account_level(row))),
        key=association_key,
    )


def _in_view(past: PastRows, view: View) -> Sequence[Row]:
    # Of every view: executors do not tell a removal of what the account above has not.
    final = [one.row for one in effective(ASSOCIATION, past.associations).values()]
    return final if view is View.IN_FORCE else without_idle_removals(past.associations, final)


def _accounts(past: PastRows, query: Query, cluster: str) -> list[Row]:
    rows = [row for row in _in_view(past, query.view) if is_account_level(row)]
    names = () if query.view is View.SOURCES else query.names
    found = account_rows.join(past.accounts, rows, cluster)
    return [row for row in found if not names or row["Account"] in names]


def _users(past: PastRows, query: Query, cluster: str) -> list[Row]:
    found = user_rows.join(past.users, past.associations, cluster)
    return [row for row in found if not query.names or row["User"] in query.names]


def _qos(past: PastRows, query: Query, cluster: str) -> list[Row]:
    del cluster
    return by_name(query, past.qos)


READ_PAST = {
    ACCOUNT.noun: _accounts,
    USER.noun: _users,
    ASSOCIATION.noun: _associations,
    QOS.noun: _qos,
}


def turn_back(context: Context, text: str) -> None:
    """Have a command read the rows of a moment, like `now-1day` or 2026-10-01."""
    context.backend = PastBackend(context, past_moment(text, context.zone(None)))


def turn_to_present(context: Context) -> None:
    """Have a command read the rows of now in the same way."""
    context.backend = PastBackend(context, None)


def past_moment(text: str, zone: times.Zone) -> int:
    """Return the moment that --as-of means; UsageError for what is none, or is yet to come."""
    now = int(time.time())
    moment = times.moment(text.strip(), now, zone)
    if moment > now:
        raise UsageError(
            f"--as-of {times.as_rfc3339(moment, zone)} is in the future",
            "Slurm's journal tells the past; omit --as-of for the present",
        )
    return moment


def rows_at(context: Context, cluster: str, moment: int) -> PastRows:
    """Return all rows of a cluster at a moment; what is not certain is told in a warning.

    NotFound for a moment that is before the journal begins.
    """
    reader = JournalReading(context, cluster)
    present = reader.present
    past, replay = _replayed(reader, moment)
    if past.oldest is not None and moment < past.oldest:
        begin = times.as_rfc3339(past.oldest, context.zone(None))
        raise NotFound(
            f"Slurm's journal begins at {begin}, and nothing earlier is known",
            "give a later time to --as-of",
        )
    states, unsure = past.completed(present)
    if unsure:
        context.console.warn(f"not known at that time, and shown as unset: {unsure}")
    for name, before, now in moved_unseen(replay, present[ASSOCIATION.noun]):
        context.console.warn(
            f"account '{name}' was moved from '{before}' to '{now}' at a time that Slurm's "
            "journal does not tell"
        )
    for name in gone_unseen(replay, present[QOS.noun]):
        if name in states[QOS.noun]:
            context.console.warn(
                f"qos '{name}' may have been gone by then: Slurm's journal tells that it was "
                "deleted, but not when"
            )
    return replace(_joined(states), renamed=past.renamed())


def _replayed(reader: JournalReading, moment: int) -> tuple[Past, Replay]:
    # Made anew where sacctmgr is asked once more: each replay begins with nothing.
    pasts: dict[int, Past] = {}

    def of(replay: Replay) -> Past:
        return pasts.setdefault(id(replay), Past(moment))

    replay = reader.replayed(
        lambda replay, _, changes: of(replay).after(changes),
        before=lambda replay, entry: of(replay).before(entry, replay),
    )
    past = of(replay)
    if past.rows is None:
        past.keep(replay)
    return past, replay


def _joined(states: Mapping[str, Mapping[str, Row]]) -> PastRows:
    associations = [
        {
            **{f.name: f.kind.load(None) for f in ASSOCIATION.fields},
            **row,
            "ID": int(number) if number.isdecimal() else None,
            "Deleted": False,
        }
        for number, row in states[ASSOCIATION.noun].items()
    ]
    of_accounts = {str(row["Account"]): row for row in associations if is_account_level(row)}
    direct = {name: _names(row.get("Coordinators")) for name, row in states[ACCOUNT.noun].items()}
    indirect = {
        name: tuple(sorted({one for up in _above(of_accounts, name) for one in direct.get(up, ())}))
        for name in direct
    }
    # Without the limits of its association, which are those of now where the row is.
    own = {field.name for field in ACCOUNT.all_fields if field.record is SlurmRecord.OBJECT}
    accounts = [
        {
            "Deleted": False,
            **{field: value for field, value in row.items() if field in own},
            "Coordinators": direct[name],
            "IndirectCoordinators": indirect[name],
        }
        for name, row in states[ACCOUNT.noun].items()
    ]
    users = [
        {
            "Deleted": False,
            **row,
            "Coordinators": _having(direct, name),
            "IndirectCoordinators": _having(indirect, name),
        }
        for name, row in states[USER.noun].items()
    ]
    empty = {f.name: f.kind.load(None) for f in QOS.fields}
    qos = [{**empty, "Deleted": False, **row} for row in states[QOS.noun].values()]
    return PastRows(accounts, users, sorted(associations, key=association_key), qos)


def _above(own: Mapping[str, Row], name: str) -> Iterable[str]:
    """Return the accounts above one."""
    found: list[str] = []
    parent = own[name]["Parent"] if name in own else None
    while isinstance(parent, str) and parent not in found:
        found.append(parent)
        parent = own[parent]["Parent"] if parent in own else None
    return found


def _having(officers: Mapping[str, tuple[str, ...]], user: str) -> tuple[str, ...]:
    return tuple(sorted(account for account, users in officers.items() if user in users))


def _names(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
