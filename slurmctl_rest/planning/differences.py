"""How a row that was read back differs from the planned one."""

from __future__ import annotations

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import DEFAULT_MARK
from slurmctl_rest.model.fields import Access, Field, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import Names


def differences(change: RowChange, found: Row | None) -> dict[str, tuple[Value, Value]]:
    """Compare the read-back with the plan: field name -> (expected, found); empty is as planned."""
    entity = change.entity
    if change.after is None or found is None:
        if change.after is found:
            return {}
        key = "Account" if entity is ASSOCIATION else entity.key.name
        there = change.name if found is not None else None
        return {key: (change.name if change.after is not None else None, there)}
    return {
        f.name: (change.after[f.name], found.get(f.name))
        for f in entity.all_fields
        # The mark is no field that anybody sets; a row that was sent for it alone is judged by it.
        if (f.settable or f.access is Access.KEY or (f is DEFAULT_MARK and change.unasked))
        and f.name in change.after
        and change.after[f.name] != found.get(f.name)
        and not is_same_set(f, change.after[f.name], found.get(f.name))
    }


def is_same_set(field: Field, wanted: Value, found: Value) -> bool:
    """Tell whether inherited sets are changed alike, but for removals.

    A removal is shown where the account above has the name, so a new parent hides or shows it.
    """
    kind = field.kind
    if not isinstance(kind, Names) or not (kind.inherits(wanted) and kind.inherits(found)):
        return False
    return kind.added(wanted) == kind.added(found)
