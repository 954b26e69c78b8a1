"""Columns of associations that no record holds: they are made of other rows, for lists alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.entities.association import (
    ACCOUNT_LEVEL,
    ID,
    PARENT_ID,
    RAW_QOS,
    with_parent_ids,
    with_raw_qos,
)
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import Effective


def requested(named: frozenset[str]) -> frozenset[str]:
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
