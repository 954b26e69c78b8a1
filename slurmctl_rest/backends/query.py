"""Queries for an executor: which rows of which objects, which jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import name_of
from slurmctl_rest.model.entities import TRES_TYPE
from slurmctl_rest.model.entities.job_ids import whole
from slurmctl_rest.model.fields import Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.times import Window


class View(Enum):
    """How much of associations is read; each costs Slurm a look less than the one before it.

    A list asks for no more than it shows: values in force take one look, their origin needs the own
    values beside them, and changes to inherited QOS that change nothing (WithRawQOS) a third.
    No view, and no executor, may tell less (tests/backends/test_parts.py).
    """

    OWN = "own values, and every change to inherited QOS: what a write begins from"
    SOURCES = "own values, and the changes to inherited QOS that change anything"
    IN_FORCE = "values as Slurm applies them, whosever they are"


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows to read, of one entity; no names means all.

    cluster  whose associations are meant; empty: of all clusters
    names    of objects that have a name
    where    of associations: Account, User (ACCOUNT_LEVEL: accounts' own), Partition -> values;
             the own rows of all accounts, from which the others inherit, come in any case but
             that of IN_FORCE. ID -> values: the places of these rows, and nothing else.
             Of lists that sacctmgr alone has: its words of conditions -> texts
    lineage  of accounts' own rows read only those from which rows of the named users or accounts
             inherit: all of them, of 1,000 accounts, are most of what a small write reads
    deleted  with associations come those that are deleted
    view     what of associations is read
    fields   of associations that are IN_FORCE: what the rows must have beside their place;
             none: all. There may be more.
    alone    of accounts and users read only what all clusters share, and no associations: whoever
             has these joins them (account.join, user.join)
    also     fields on request (Entity.on_request) that the rows must have besides
    """

    entity: Entity
    cluster: str
    names: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deleted: bool = False
    lineage: bool = False
    view: View = View.OWN
    fields: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    alone: bool = False

    def wants(self, name: str) -> bool:
        """Tell whether rows must have this field."""
        return self.view is not View.IN_FORCE or not self.fields or name in self.fields


@dataclass(frozen=True, slots=True)
class History:
    """Which jobs of slurmdbd's to read: those of a window, or by number whenever they ran."""

    cluster: str
    window: Window | None = None
    accounts: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    also: frozenset[str] = frozenset()
    """Fields on request that the rows must have besides."""

    def means(self, job: Row) -> bool:
        """Tell whether a job that was answered may be meant: who answers may ignore a condition.

        slurmdbd knows since when a job could run, and we do not: of some it is stricter.
        """
        if self.accounts and job["Account"] not in self.accounts:
            return False
        if self.window is None:
            return True
        submitted, ended = job["Submit"], job["End"]
        late = isinstance(submitted, int) and submitted >= self.window.end
        early = isinstance(ended, int) and ended < self.window.start
        return not (late or early)


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Which jobs to cancel; or the signal for them, and to which of their processes it goes.

    ids    of the jobs that were shown: a condition that Slurm evaluates would also hit jobs that
           were submitted since. Waiting tasks are named, `12_[4-9]`: `12` means running ones too
    steps  of the job: all but the batch script (the default, as scancel has it)
    batch  the batch script alone
    full   both
    """

    ids: tuple[str, ...]
    signal: str = ""
    reach: Literal["steps", "batch", "full"] = "steps"


def of_jobs(query: Query) -> History:
    """Return the query for the jobs that are named: what slurmdbd keeps of them."""
    ids = tuple(dict.fromkeys(map(whole, query.names)))
    return History(query.cluster, ids=ids, also=query.also)


def another_cluster(theirs: str, ours: str, what: str = "jobs") -> Unsupported | None:
    """Return the error where slurmctld is that of another cluster than the one that is meant."""
    if not theirs or theirs == ours:
        return None
    error = Unsupported(
        f"{what} of cluster '{ours}' are not to be had here: slurmctld is that of '{theirs}'",
        f"use a profile that leads to {ours}",
    )
    error.other_cluster = True
    return error


def named(query: Query, rows: Iterable[Row]) -> list[Row]:
    """Return the rows that the query names, of its cluster, in their order."""
    return [
        row
        for row in rows
        if (not query.names or name_of(query.entity, row) in query.names)
        and (not query.cluster or row.get("Cluster") in {None, query.cluster})
    ]


def fields_of_record(query: Query) -> list[Field]:
    """Return the fields of a query that the object's own record holds."""
    entity = query.entity
    own = [field for field in entity.fields if field.record is SlurmRecord.OBJECT]
    return own + [field for field in entity.on_request if field.path and field.name in query.also]


def by_name(query: Query, rows: Iterable[Row]) -> list[Row]:
    """Return the rows that the query names, or all; sorted by name, TRES by slurmdbd's numbers.

    slurmdbd lists QOS in the order in which they were made, and ignores names in some queries.
    """
    name = query.entity.key.name
    named = [row for row in rows if not query.names or row[name] in query.names]
    if query.entity is TRES_TYPE:
        return sorted(named, key=lambda row: int(str(row["ID"] or 0)))
    return sorted(named, key=lambda row: str(row[name]))
