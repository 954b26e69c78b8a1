"""The last change of an object, as Slurm's journal tells it: a line of `describe`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.transactions import journal
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.history import ChangeFilter
from slurmctl_rest.cli.journal import QOS_ACTIONS, JournalReading
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.journal.replay import JournalChange, Replay
from slurmctl_rest.journal.words import phrases
from slurmctl_rest.model import times
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import ID
from slurmctl_rest.model.fields import Entity, Row

LAST_CHANGE = "LastChange"
CONDITIONS: Mapping[str, Callable[[str], Mapping[str, tuple[str, ...]]]] = {
    ACCOUNT.noun: lambda name: {"account": (name,)},
    USER.noun: lambda name: {"user": (name,)},
    QOS.noun: lambda _: {"action": QOS_ACTIONS},
}
"""By the noun: sacctmgr's conditions for the entries about an object, and for some others."""


def last_changes(
    context: Context, cluster: str, entity: Entity, names: Sequence[str]
) -> dict[str, str]:
    """Return name -> the last change in words, of those that the journal tells.

    Nothing if the journal is not at hand: slurmrestd has no request for it.
    """
    profile = context.named_profile[1]
    if (
        entity.noun not in CONDITIONS
        or journal(profile, context.backend, context.on_command) is None
    ):
        return {}
    try:
        reader = JournalReading(context, cluster)
        found = {name: _last(reader, entity, name) for name in names}
    except SlurmctlError as error:
        context.console.warn(f"the last change is not known: {error.message}")
        return {}
    zone = context.zone(None)
    return {name: change_text(one, zone) for name, one in found.items() if one is not None}


def _last(reader: JournalReading, entity: Entity, name: str) -> JournalChange | None:
    where = CONDITIONS[entity.noun](name)
    field = {ACCOUNT.noun: "Account", USER.noun: "User"}.get(entity.noun)
    places: dict[str, Row] = {}
    if field is not None:
        also = frozenset({ID.name})
        query = Query(ASSOCIATION, reader.cluster, where={field: (name,)}, deleted=True, also=also)
        places = {str(row[ID.name]): row for row in reader.journal.read_rows(query)}
    # Of no other object anything is told, so none is looked up: of 20,000 associations that takes
    # a second.
    replay = Replay(reader.cluster, places.get, ids=reader.ids)
    means = ChangeFilter(entity, frozenset({name})).means
    changes = (one for entry in reader.entries(where) for one in replay.apply(entry))
    return max(filter(means, changes), key=lambda one: one.entry.number, default=None)


def change_text(found: JournalChange, zone: times.Zone) -> str:
    """Return a change in words.

    Example: 2026-11-30T18:12:26+00:00 by root: GrpTRES: cpu=100 -> cpu=50 (transaction 12)
    """
    entry, action = found.entry, found.change.action
    said = "; ".join(phrases(found))
    what = said if action == "modify" else f"{ADDED_OR_DELETED[action]}{': ' if said else ''}{said}"
    who = f" by {entry.actor}" if entry.actor else ""
    return f"{times.as_rfc3339(entry.time, zone)}{who}: {what} (transaction {entry.number})"


ADDED_OR_DELETED = {"add": "added", "delete": "deleted"}
