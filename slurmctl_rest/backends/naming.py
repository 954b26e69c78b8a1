"""Names that no request can hold."""

from __future__ import annotations

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange, subject
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import NameSet, means_itself, names_in
from slurmctl_rest.model.text import printable


def unnameable(change: RowChange) -> Unsupported | None:
    """Return the error for a change that would name more than it means, or break what names it."""
    for row in (change.old, change.new, *change.companions):
        needed = [row[name] for name in ("Cluster", "Account") if row.get(name) is not None]
        others = [row[name] for name in ("User", "Partition", "Parent") if row.get(name)]
        wrong = [n for n in (change.name, *needed, *others) if not _is_sound(change, n)]
        for name in change.fields:
            if isinstance(change.entity[name].kind, NameSet):
                wrong += [one for one in names_in(row.get(name)) if not means_itself(one)]
        if wrong:
            return Unsupported(
                f"{subject([change])}: the name '{printable(str(wrong[0]))}' is not safe in "
                "commands "
                "and requests",
                "another client made it; rename or delete it in Slurm's database",
            )
    return None


def _is_sound(change: RowChange, name: Value) -> bool:
    # The name of an association is made of other names, and each is checked by itself.
    return (name == change.name and not change.entity.is_named) or means_itself(str(name))
