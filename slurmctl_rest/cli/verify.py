"""Read back the rows of a write, and compare them with the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from slurmctl_rest.backends import retry
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.interrupts import Interrupts
from slurmctl_rest.errors import (
    REPEAT,
    Interrupted,
    SlurmctlError,
    Unanswered,
    Unreachable,
)
from slurmctl_rest.model.change import Outcome, RowChange, name_of, subject
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import ACCOUNT_LEVEL
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning.associations import name_on
from slurmctl_rest.planning.differences import differences
from slurmctl_rest.planning.readback import PlannedView, ReadBackVerdict, judge, marked, strays

AssociationPlace: TypeAlias = tuple[str, str, str]
"""The place of a change: noun, name, cluster."""


@dataclass(frozen=True, slots=True)
class Verification:
    """How a write is read back: from which back end, on which cluster, and for how long."""

    backend: Backend
    cluster: str
    waits: Sequence[float]
    interrupts: Interrupts
    looks: Sequence[tuple[Query, Sequence[Row]]] = ()
    """Queries for associations that the plan read, each with its rows."""

    def verified(
        self, outcomes: Sequence[Outcome], changed: Sequence[RowChange]
    ) -> tuple[list[Outcome], list[str]]:
        """Read back and compare; return the outcomes, and notices of changes by others.

        A write that got no answer may still be under way, and is waited for.
        """
        sends_whole_rows = self.backend.executor == "rest"
        # A default account is a mark over REST, and rows that bear it are sent whole.
        beside = marked(changed, self.cluster) if sends_whole_rows else []
        for wait in (*self.waits, None):
            found = self._read_back([*changed, *beside])
            rows = [found.at(outcome.change, self.cluster) for outcome in outcomes]
            verdicts = [
                judge(outcome.change, row, sends_whole_rows=sends_whole_rows)
                for outcome, row in zip(outcomes, rows, strict=True)
            ]
            verified = [_verified(o, v) for o, v in zip(outcomes, verdicts, strict=True)]
            is_open = any(isinstance(outcome.error, Unanswered) for outcome in verified)
            # Only an answer that was lost is waited for:
            # any other write is over when it is answered.
            if wait is None or not is_open or self.interrupts.pending:
                break
            retry.pause(wait)
        notices = [
            v.notice for o, v in zip(verified, verdicts, strict=True) if v.notice and not o.error
        ]
        spoilt = [
            Outcome(change, verdict.error)
            for change in beside
            if (row := found.at(change, self.cluster)) is not None
            and (verdict := judge(change, row, sends_whole_rows=True)).error
        ]
        plan = [outcome.change for outcome in outcomes]
        looks = [
            PlannedView(query.cluster, {n: frozenset(v) for n, v in query.where.items()}, rows)
            for query, rows in self.looks
        ]
        stray = strays(plan, looks, found.users, found.associations, self.cluster)
        resolved = [_resolve_unanswered(o, row) for o, row in zip(verified, rows, strict=True)]
        return [*resolved, *spoilt, *stray], notices

    def read_back(self, changed: Sequence[RowChange]) -> Mapping[AssociationPlace, Row]:
        """Return the rows that Slurm shows now of all that changed, by their places."""
        return self._read_back(changed).rows

    def _read_back(self, changed: Sequence[RowChange]) -> _Found:
        """Return what Slurm shows now of all that changed."""
        found = _Found()
        places = dict.fromkeys((c.entity.noun, _cluster_of(c, self.cluster)) for c in changed)
        for noun, scope in places:
            here = [
                c for c in changed if (c.entity.noun, _cluster_of(c, self.cluster)) == (noun, scope)
            ]
            entity = here[0].entity
            rows = [row for change in here if (row := change.before or change.after)]
            also = entity.requested(name for change in here for name in change.new)
            if entity is ASSOCIATION:
                # By users alone: each with each account would be many more requests.
                users = tuple(dict.fromkeys(str(row["User"] or ACCOUNT_LEVEL) for row in rows))
                query = Query(entity, scope, where={"User": users}, lineage=True, also=also)
                back = self.backend.read(query)
                # All associations of these users: `strays` reports those that appeared or
                # disappeared since the plan, and that the plan does not account for.
                found.users |= {(scope, user) for user in users}
                found.associations += back
                found.rows |= {(noun, name_on(row, self.cluster), scope): row for row in back}
            elif rows:
                going = {change.name: change for change in here if change.after is None}
                renamed = {
                    str(c.new[entity.key.name]): c.name for c in here if c.changes and c.after
                }
                names = tuple(dict.fromkeys([*(c.name for c in here), *renamed]))
                for row in self.backend.read(Query(entity, scope, names, also=also)):
                    name = renamed.get(name_of(entity, row), name_of(entity, row))
                    if name not in going or _is_there(going[name], row, scope):
                        found.rows[noun, name, scope] = row
        return found


@dataclass(slots=True)
class _Found:
    """Rows that were read back; `associations` are all there are of `users`, each on a cluster."""

    rows: dict[AssociationPlace, Row] = field(default_factory=dict)
    users: set[tuple[str, str]] = field(default_factory=set)
    associations: list[Row] = field(default_factory=list)

    def at(self, change: RowChange, cluster: str) -> Row | None:
        return self.rows.get(place(change, cluster))


def place(change: RowChange, cluster: str) -> AssociationPlace:
    """Return where a change is."""
    return change.entity.noun, change.name, _cluster_of(change, cluster)


def _verified(outcome: Outcome, verdict: ReadBackVerdict) -> Outcome:
    """Return what came of a change after the look at Slurm."""
    change, error = outcome.change, outcome.error
    lost = isinstance(error, Unreachable | Interrupted) and error.sent
    if lost and change.changes and verdict.error is None:
        return Outcome(change)  # the answer was lost, the write was not
    return outcome if error is not None or verdict.error is None else Outcome(change, verdict.error)


def unread(outcomes: Sequence[Outcome], error: SlurmctlError) -> list[Outcome]:
    """Say of all that was sent that it is not known whether it was done; `error`: why not."""
    asked = [o for o in outcomes if not o.change.cascade_of]
    opened = {id(o): o for o in asked if o.change.needs_write and _is_open(o)}
    if not opened:
        return asked
    lost = dict.fromkeys(o.error.message for o in opened.values() if o.error is not None)
    words = "; ".join([*lost, f"could not be read back: {error.message}"])
    unknown = Unanswered(
        f"{subject([o.change for o in opened.values()])}: sent, but {words}",
        f"slurmctl-rest {asked[0].change.entity.word} list shows the state",
    )
    return [Outcome(o.change, unknown if id(o) in opened else o.error) for o in asked]


def _is_open(outcome: Outcome) -> bool:
    """Tell whether only a look at Slurm shows what has become of it."""
    error = outcome.error
    return error is None or (isinstance(error, Unreachable) and error.sent)


def _resolve_unanswered(outcome: Outcome, found: Row | None) -> Outcome:
    """Say what is known of a write that got no answer, and that Slurm does not show as planned."""
    change, error = outcome.change, outcome.error
    if not isinstance(error, Unanswered):
        return outcome
    # A write is never sent again on suspicion: Slurm's rows tell whether it was done, was not
    # done, or (if it may still be under way) is not known.
    shows_it = f"slurmctl-rest {change.entity.word} list shows the state"
    what = subject([change])
    if differences(replace(change, after=change.before), found):
        said = f"{what}: partly done, or changed by another writer: {error.message}"
        return Outcome(change, Unanswered(said, shows_it, http_status=error.http_status))
    if error.late:
        said = f"{what}: not done yet, and not known whether it will be: {error.message}"
        return Outcome(change, Unanswered(said, shows_it, late=True))
    said = f"{what}: not done: {error.message}"
    again = REPEAT
    return Outcome(
        change,
        Unreachable(said, again, retryable=True, sent=False, http_status=error.http_status),
    )


def _is_there(change: RowChange, row: Row, cluster: str) -> bool:
    """Tell whether what was to be deleted is still there; it may live on, on other clusters."""
    if change.everywhere or "Clusters" not in row:
        return True
    return row["Cluster"] == cluster or not row["Clusters"]


def _cluster_of(change: RowChange, cluster: str) -> str:
    """Return the cluster that a change is on, or `cluster` where it says none."""
    return str(change.row.get("Cluster") or cluster)
