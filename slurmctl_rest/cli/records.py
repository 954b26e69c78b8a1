"""`list` of nouns that are read as they are: nothing is inherited, and nothing is put together."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli import checks
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.named import check_clusters, last_error, unseen_errors
from slurmctl_rest.errors import SlurmctlError, UsageError
from slurmctl_rest.model import times
from slurmctl_rest.model.entities import (
    EVENT,
    INSTANCE,
    PROBLEM,
    RESERVATION,
    RUNAWAY_JOBS,
    STATS,
    TRANSACTION,
    WCKEY,
)
from slurmctl_rest.model.entities.events import LIST_WORDS
from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.durations import Moment
from slurmctl_rest.model.list_syntax import parse_list
from slurmctl_rest.model.syntax import Selection
from slurmctl_rest.model.times import Zone
from slurmctl_rest.planning.targets import absent_names, not_found, select

OF_A_CLUSTER = frozenset(
    entity.noun for entity in (WCKEY, EVENT, RUNAWAY_JOBS, INSTANCE, RESERVATION)
)
"""Nouns of which each cluster has its own."""


def list_(context: Context, entity: Entity, tokens: Sequence[str], tz: str | None = None) -> None:
    """Show the rows that the tokens select."""
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    words = LIST_WORDS.get(entity.noun, entity)
    statement = parse_list(words, [*tokens, *format_], columns_of=entity)
    zone = context.zone(tz)
    checks.check_tres_of_conditions(context, statement.refinement)
    cluster = cluster_of(context, entity, statement.selection)
    check_clusters(context, context.named_clusters(statement.selection))
    query, rest = asked(words, statement.selection, cluster, zone)
    rows = context.backend.read(query)
    error = _absent(context, entity, rows, statement.selection, cluster)
    found = select(entity, rows, replace(rest, names=()) if words.key.asked else rest)
    left = statement.refinement.at(int(time.time()), zone).of_rows(found)
    context.show(entity, with_times(entity, left, zone), statement.columns, cluster=cluster)
    if error is not None:
        raise error


def _absent(
    context: Context, entity: Entity, rows: Sequence[Row], selection: Selection, cluster: str
) -> SlurmctlError | None:
    """Return the error for names that do not exist, as far as the rows tell; raise NotFound.

    Of events they do not: a node that exists has none in most windows, and slurmdbd does not list
    nodes. The journal names accounts and users of the past, too.
    """
    names, where = selection.names, selection.where
    if entity is PROBLEM and names:  # a problem is called by its user, who may have none
        where, names = {**where, PROBLEM.key.name: names}, ()
    if entity is EVENT or (entity is TRANSACTION and where):
        return None
    known = [{**row, entity.key.name: str(row[entity.key.name])} for row in rows]
    absent = absent_names(entity, names, known)
    for name in absent if entity is STATS else ():
        _check_no_column(name)
    error = not_found(entity, absent, names) if absent else None
    return last_error([error, *unseen_errors(context, where, rows, cluster)])


COLUMNS_OF_STATS = {f.name.lower(): f.name for f in STATS.fields} | {
    "ave_time": "Average",
    "total_time": "Total",
}
"""What sacctmgr calls the numbers of its statistics, and their names here -> the column."""


def _check_no_column(name: str) -> None:
    """Raise UsageError for a name of statistics that is one of their columns.

    >>> _check_no_column("ave_time")
    Traceback (most recent call last):
    slurmctl_rest.errors.UsageError: 'ave_time' is a column of stats, not a row of it
    """
    if column := COLUMNS_OF_STATS.get(name.lower()):
        raise UsageError(
            f"'{name}' is a column of stats, not a row of it",
            f"to show it, write format=Kind,Name,{column}",
        )


def cluster_of(context: Context, entity: Entity, selection: Selection) -> str:
    """Return the cluster whose rows are meant; empty where they belong to none, or to any."""
    if entity.noun in OF_A_CLUSTER or context.options.cluster is not None:
        return context.cluster(selection)
    return ""


def asked(words: Entity, selection: Selection, cluster: str, zone: Zone) -> tuple[Query, Selection]:
    """Return what Slurm is asked for, and what is left to be judged here.

    >>> asked(EVENT_WORDS, Selection(("node1",), {"Start": ("uts5",)}), "alps", None)[0].where
    {'cluster': ('alps',), 'nodes': ('node1',), 'start': ('uts5',)}
    """
    where: dict[str, tuple[str, ...]] = {}
    here: dict[str, tuple[Value, ...]] = {}
    conditions = {
        **selection.where,
        **({words.key.name: selection.names} if selection.names else {}),
    }
    for field in words.fields:
        values: tuple[Value, ...] = conditions.get(field.name, ())
        if field.name == "Cluster":
            values = (cluster,) if cluster else values
        if field.asked and values:
            where[field.asked] = tuple(_text(field, value, zone) for value in values)
        elif values and field is not words.key and field.name != "Cluster":
            here[field.name] = values
    scope = cluster if words.noun in OF_A_CLUSTER else ""
    return Query(words, scope, where=where), Selection(selection.names, here)


def _text(field: Field, value: Value, zone: Zone) -> str:
    """Return a value as sacctmgr is asked for it; a moment means the same in every time zone."""
    if isinstance(field.kind, Moment):
        return f"uts{times.moment(str(value), int(time.time()), zone)}"
    return field.kind.text(value)


def with_times(entity: Entity, rows: Iterable[Row], zone: Zone) -> Iterator[Row]:
    """Yield rows with their moments as people read them."""
    moments = [field.name for field in entity.fields if isinstance(field.kind, Moment)]
    for row in rows:
        told = {n: times.as_rfc3339(at, zone) for n in moments if isinstance(at := row[n], int)}
        yield {**row, **told}
