"""Changes that planners make and executors carry out: a row before and after, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import AssociationKey, association_key
from slurmctl_rest.model.fields import Access, Entity, Field, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.text import listed

Action: TypeAlias = Literal[
    "add", "modify", "delete", "cancel", "signal", "reset",
    "fix", "dump", "load", "clear", "reconfigure", "shutdown",
]  # fmt: skip


# No slots: cached_property keeps its value in __dict__, and a
# change is asked for it by the plan, the preview and the read-back.
@dataclass(frozen=True)
class RowChange:
    """One object before and after. None: it does not exist then.

    A change that is `cascade_of` another one (its name) is not asked of Slurm: it comes with it.
    """

    entity: Entity
    action: Action
    name: str
    before: Row | None
    after: Row | None
    cascade_of: str = ""
    companions: tuple[Row, ...] = ()
    """Associations that the request has to name besides. If an account is deleted on one of its
    clusters: those of the accounts below. Slurm 24.11 (over both executors) removes only the rows
    that match and slurmdbd then walks up from the orphans for ever; 26.05 removes the subtree. If
    a user's default account changes: those in the new account, which slurmrestd marks."""
    marks: bool = False
    """The companions get the mark of the user's default account, though that stays the same: they
    are in another partition, and have not got it."""
    everywhere: bool = False
    """It is deleted on all clusters."""
    of_user: int = 0
    """Associations that its user has on the cluster; 0: nobody has looked at all of them."""
    or_by: tuple[str, ...] = ()
    """Should what it is implied by stay: what else takes it, the highest first. Its own name, the
    last, where it is named itself."""
    inherited: Mapping[str, Value] = field(default_factory=dict, compare=False)
    """Values that were in force before, of fields whose first own value puts an end to that."""
    unasked: bool = False
    """No part of a plan: what else was found to have changed after the write."""

    @property
    def row(self) -> Row:
        """Return the row as it will be, or as it was where it is deleted."""
        return self.after if self.after is not None else self.old

    @property
    def old(self) -> Row:
        """Return the row as it was; where it is added, an empty one."""
        return self.before if self.before is not None else {}

    @property
    def new(self) -> Row:
        """Return the row as it will be; where it is deleted, an empty one."""
        return self.after if self.after is not None else {}

    @property
    def key(self) -> AssociationKey:
        """Return which association it is: before and after, since no change moves one."""
        return association_key(self.row)

    @cached_property
    def fields(self) -> Mapping[str, tuple[Value, Value]]:
        """Return what differs: field name -> (before, after). Derived fields are not, and a name
        only where the object gets another one.
        """
        before, after = self.old, self.new
        renames = self.before is not None and self.after is not None
        values = (
            (f.name, (_value(before, f), _value(after, f)))
            for f in self.entity.all_fields
            if f.settable or (renames and f.access is Access.KEY)
        )
        return {name: both for name, both in values if both[0] != both[1]}

    @property
    def changes(self) -> bool:
        """Tell whether anything differs before and after."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return bool(self.fields)

    @property
    def needs_write(self) -> bool:
        """Tell whether Slurm is to be asked for it."""
        return (self.changes or self.marks) and not self.cascade_of and not self.unasked

    @property
    def marks_default(self) -> bool:
        """Tell whether its companions are to get the mark of a default account."""
        return self.marks or "DefaultAccount" in self.fields


def _value(row: Row, field: Field) -> Value:
    # A row may hold some of the fields alone: a switch
    # of the default account has three of a user's.
    return row[field.name] if field.name in row else field.kind.load(None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one change; no error means: planned, or done."""

    change: RowChange
    error: SlurmctlError | None = None


def subject(changes: Sequence[RowChange]) -> str:
    """Return the words that name the objects of the changes.

    Example: account 'a', 'b', user 'c'
    """
    names: dict[str, list[str]] = {}
    for change in changes:
        names.setdefault(change.entity.noun, []).append(f"'{change.name}'")
    return ", ".join(f"{noun} {listed(some)}" for noun, some in names.items())


def name_of(entity: Entity, row: Row) -> str:
    """Return the name of an object; of an association, words: alice in physics (gpu)."""
    if entity.naming:
        return entity.naming.format_map(row)
    if entity is not ASSOCIATION:
        return str(row[entity.key.name])
    user = f"{row['User']} in " if row["User"] else ""
    partition = f" ({row['Partition']})" if row["Partition"] else ""
    return f"{user}{row['Account']}{partition}"


def called(entity: Entity, row: Row) -> str:
    """Return noun and name: account 'physics', association 'alice in physics'."""
    return f"{entity.noun} '{name_of(entity, row)}'"
