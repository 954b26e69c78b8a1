"""Clusters, wckeys, federations and resources: objects without associations of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from slurmctl_rest.errors import Conflict, NotFound, SlurmctlError, UsageError
from slurmctl_rest.model.change import Outcome, RowChange, name_of
from slurmctl_rest.model.entities import CLUSTERS, FEDERATION, RESOURCE, WCKEY
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.cluster import NOT_FEDERATED, new_cluster
from slurmctl_rest.model.entities.federation import OWN_SERVER
from slurmctl_rest.model.fields import Entity, Row, suggestion
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.syntax import Assignment, Statement
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.checks import (
    assigned,
    check_as_asked,
    check_counts_left,
    check_names_left,
    refuse_other_acts,
)
from slurmctl_rest.planning.targets import Target

NOT_TOLD = frozenset({"LastConsumed", "Description", "ServerType"})
"""Fields of a new resource that Slurm gives a value where it is told none."""


def new_rows(entity: Entity, statement: Statement, cluster: str) -> list[dict[str, Value]]:
    """Return the rows that a statement adds, before anything is assigned.

    >>> new_rows(WCKEY, parse_add(WCKEY, ["w1", "user=alice"]), "alps")
    [{'WCKey': 'w1', 'User': 'alice', 'Cluster': 'alps'}]
    """
    names, where = statement.selection.names, statement.selection.where
    if entity is CLUSTERS:
        return [new_cluster(name) for name in names]
    if entity is WCKEY:
        users = where.get("User", ())
        if not users:
            raise UsageError("no user is given", "wckey add NAME user=USER")
        return [{"WCKey": n, "User": user, "Cluster": cluster} for n in names for user in users]
    nothing = {f.name: f.kind.load(None) for f in entity.fields if f.settable}
    rows = {name: value for name, value in nothing.items() if name not in NOT_TOLD}
    if entity is FEDERATION:
        return [{**rows, "Federation": name} for name in names]
    servers = where.get("Server", (OWN_SERVER,))
    return [{**rows, "Name": name, "Server": server} for name in names for server in servers]


def add(
    entity: Entity, wanted: Iterable[tuple[Row, Sequence[Assignment]]], current: Sequence[Row]
) -> list[Outcome]:
    """Plan new objects; one that exists as asked plans no change, any other is a Conflict."""
    there = {_identity(entity, row): row for row in current}
    plan = []
    for row, assignments in wanted:
        refuse_other_acts(entity, assignments)
        name = name_of(entity, row)
        found = there.get(_identity(entity, row))
        if found is not None:
            words = f"{entity.word} modify {pasted(found[entity.key.name])}"
            error = check_as_asked(entity, found, assignments, words)
            plan.append(Outcome(RowChange(entity, "add", name, found, found), error))
            continue
        after = assigned(row, assignments)
        if entity is RESOURCE and after["Count"] is None:
            raise UsageError(f"resource '{name}' has no Count", "resource add NAME Count=NUMBER")
        plan.append(Outcome(RowChange(entity, "add", name, None, after)))
    return plan


def _identity(entity: Entity, row: Row) -> tuple[object, str]:
    return row.get("Cluster") if entity is WCKEY else None, name_of(entity, row)


def modify(entity: Entity, asked: Sequence[Target]) -> list[Outcome]:
    """Plan what is assigned to each object."""
    plan = []
    for row, assignments in asked:
        after = assigned(row, assignments)
        if entity is CLUSTERS:
            after = _with_fed_state(row, after, assignments)
        change = RowChange(entity, "modify", name_of(entity, row), row, after)
        error = check_names_left(change, assignments) or check_counts_left(change, assignments)
        plan.append(Outcome(change, error))
    return plan


def _with_fed_state(
    row: Row, after: dict[str, Value], assignments: Iterable[Assignment]
) -> dict[str, Value]:
    """Return a cluster with the state that Slurm gives it where its federation changes."""
    told = {assignment.field.name for assignment in assignments}
    if (
        "Federation" not in told
        or "FedState" in told
        or row.get("Federation") == after["Federation"]
    ):
        return after
    return {**after, "FedState": "ACTIVE" if after["Federation"] else NOT_FEDERATED}


def delete(entity: Entity, rows: Sequence[Row], current: Sequence[Row]) -> list[Outcome]:
    """Plan the removal of objects; `current` are all there are, of every cluster.

    A wckey that nobody else has any more is deleted everywhere: that slurmrestd can do.
    """
    key = entity.key.name
    going = [id(row) for row in rows]
    kept = {row[key] for row in current if id(row) not in going}
    return [
        Outcome(
            RowChange(
                entity, "delete", name_of(entity, row), row, None, everywhere=row[key] not in kept
            )
        )
        for row in rows
    ]


def with_associations_kept(plan: Sequence[Outcome], associations: Sequence[Row]) -> list[Outcome]:
    """Return the plan without deletions of clusters that have more than their root account."""
    more: dict[str, dict[str, None]] = {}
    for row in associations:
        for name in (row["Account"], row.get("User")):
            if name not in {ROOT, None}:
                more.setdefault(str(row["Cluster"]), {})[str(name)] = None
    return [
        replace(outcome, error=outcome.error or _not_empty(outcome.change.name, [*some]))
        if (some := more.get(outcome.change.name))
        else outcome
        for outcome in plan
    ]


def _not_empty(cluster: str, names: Sequence[str]) -> Conflict:
    return Conflict(
        f"cluster '{cluster}' has accounts and users with limits and usage: {listed(names)}",
        "delete them first, or pass --associations to lose them",
    )


def unknown_assigned(
    assignments: Iterable[Assignment], clusters: Sequence[str], federations: Sequence[str]
) -> SlurmctlError | None:
    """Return the error for a cluster or a federation that does not exist, if one is assigned."""
    known: Mapping[str, tuple[str, Sequence[str]]] = {
        "Clusters": ("cluster", clusters),
        "Allowed": ("cluster", clusters),
        "Federation": ("federation", federations),
    }
    for assignment in assignments:
        if assignment.field.name not in known:
            continue
        noun, there = known[assignment.field.name]
        for name in _names(assignment.value):
            if name not in there:
                said = f"{assignment.field.name}: {noun} '{name}' does not exist"
                return NotFound(said, suggestion(name, there))
    return None


def _names(value: Value) -> list[str]:
    if isinstance(value, tuple | Mapping):
        return [*value]
    return [value] if isinstance(value, str) else []
