"""Rows of associations that no record holds: they are made of other rows, for lists alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.entities.association import (
    ACCOUNT_LEVEL,
    ID,
    PARENT_ID,
    RAW_QOS,
    association_key,
    with_parent_ids,
    with_raw_qos,
)
from slurmctl_rest.model.entities.with_assoc import WITH_ASSOC_TABLES
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Effective
from slurmctl_rest.model.kinds.base import Value


def fields_read_for(named: frozenset[str]) -> frozenset[str]:
    """Return the fields that a list has to read for those that it names."""
    return named | ({ID.name} if PARENT_ID.name in named else set())


def with_derived(
    context: Context, shown: Iterable[Effective], cluster: str, named: frozenset[str]
) -> Iterable[Effective]:
    """Return the associations with ParentID and QosRaw, where they are named."""
    if PARENT_ID.name in named:
        query = Query(
            ASSOCIATION,
            cluster,
            where={"User": (ACCOUNT_LEVEL,)},
            deleted=True,
            view=View.IN_FORCE,
            fields=frozenset({"Parent"}),
            also=frozenset({ID.name}),
        )
        found = [*shown]
        rows = with_parent_ids((one.row for one in found), context.backend.read(query))
        shown = _with_rows(found, rows)
    if RAW_QOS.name in named:
        found = [*shown]
        numbers = {
            str(row["Name"]): number
            for row in context.read(QOS, cluster)
            if isinstance(number := row["ID"], int)
        }
        shown = _with_rows(found, with_raw_qos((one.row for one in found), numbers))
    return shown


def _with_rows(found: Sequence[Effective], rows: Iterable[Row]) -> list[Effective]:
    return [replace(one, row=row) for one, row in zip(found, rows, strict=True)]


def joined(
    entity: Entity, objects: Iterable[Row], associations: Iterable[Effective]
) -> Iterator[Effective]:
    """Yield a row for each association of the objects; one without any has a row all the same."""
    table = WITH_ASSOC_TABLES[entity.noun]
    own = [field.name for field in table.on_request if field not in ASSOCIATION.on_request]
    nothing: Row = {field.name: field.kind.load(None) for field in ASSOCIATION.fields}
    found: dict[Value, list[Effective]] = {}
    for one in associations:
        found.setdefault(one.row[entity.key.name], []).append(one)
    for row in objects:
        name = row[entity.key.name]
        beside = {field: row[field] for field in own if field in row}
        bare = {**nothing, entity.key.name: name, "Deleted": bool(row.get("Deleted"))}
        rows = sorted(found.get(name, ()), key=lambda one: association_key(one.row))
        for one in rows or [Effective(bare, {})]:
            yield replace(one, row={**one.row, **beside})
