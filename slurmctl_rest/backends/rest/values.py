"""The values of a change that a body holds."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.fields import Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.tres import Tres

ASSOCIATION_FIELDS = tuple(ASSOCIATION.settable(SlurmRecord.ASSOCIATION))


TRES_FIELDS = tuple(f for f in ASSOCIATION_FIELDS if isinstance(f.kind, Tres))


def counts_of(row: Row, name: str) -> Mapping[str, int | None]:
    """Return a list of TRES of the row; empty where there is none."""
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}


def changed_fields(change: RowChange, record: SlurmRecord) -> list[Field]:
    """Return the fields of this record that change."""
    return [f for name in change.fields if (f := change.entity[name]).record is record]


def after_of(change: RowChange) -> Row:
    """Return the row as it is to be; the change is no deletion."""
    if change.after is None:
        raise AssertionError(f"{change.name} is to be deleted")
    return change.after
