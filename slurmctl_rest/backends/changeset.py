"""The changes of one command, sorted by what they ask of Slurm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from slurmctl_rest.model.change import Action, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.association import COMMENT
from slurmctl_rest.model.fields import Entity, Row, SlurmRecord


class ChangeSet:
    """Changes that are to do, sorted out by what is done with what."""

    def __init__(self, changes: Iterable[RowChange]) -> None:
        """Leave out what is so already, and what comes with something else."""
        self.changes = [change for change in changes if change.needs_write]
        added_rows = [change.new for change in self.of("add", ASSOCIATION)]
        self._joining = {(row["User"], row["Account"]) for row in added_rows}
        self._later: dict[int, RowChange] = {}
        self._whole: dict[int, RowChange] = {}
        for entity in (ACCOUNT, ASSOCIATION):
            added = self.of("add", entity)
            # repr: fields hold mappings, which have no hash.
            if len({repr(change.fields) for change in added}) > MAX_UNLIKE_ADDITIONS:
                self._part({id(change): change for change in added})

    def _part(self, added: Mapping[int, RowChange]) -> None:
        """Split each in two: add the row as Slurm makes it, then set its values."""
        for at, change in enumerate(self.changes):
            if id(change) in added and change.after is not None:
                plain = replace(change, after=as_made(change))
                later = replace(change, action="modify", before=plain.after)
                self.changes[at] = plain
                self._whole[id(plain)] = self._whole[id(later)] = change
                if later.changes:
                    self._later[id(plain)] = later

    def deferred(self, carried: Iterable[RowChange]) -> list[RowChange]:
        """Return what is to be set on what was just added."""
        return [self._later[id(one)] for one in carried if id(one) in self._later]

    def whole(self, carried: Iterable[RowChange]) -> tuple[RowChange, ...]:
        """Return the changes as they were asked for."""
        return tuple(self._whole.get(id(one), one) for one in carried)

    def of(self, action: Action, *entities: Entity) -> list[RowChange]:
        """Return the changes of these entities."""
        return [c for c in self.changes if c.action == action and c.entity in entities]

    def users_created_with_rows(self) -> list[RowChange]:
        """Return the users who travel with an association that is added.

        New ones, and those to whom it gives the default account that they have not got here.
        """
        return [*self.of("add", USER), *(c for c in self.of("modify", USER) if self._comes(c))]

    def modified_users(self) -> list[RowChange]:
        """Return the other users who are modified."""
        return [c for c in self.of("modify", USER) if not self._comes(c)]

    def _comes(self, change: RowChange) -> bool:
        before, after = change.old, change.new
        default = (change.name, after.get("DefaultAccount"))
        return default in self._joining and not before.get("DefaultAccount")


MAX_UNLIKE_ADDITIONS = 10
"""Kinds of rows that are added each with a request of its own, in which it gets all that it is to
have. More of them are added alike, and what they differ in is set on each 500 at once: on a
site of 20,000 associations a request that adds costs half a second, however few it adds."""


def as_made(change: RowChange) -> Row:
    """Return a new row as Slurm makes it where only its place, and an account's texts, are told.

    Texts set afterwards could take the coordinators of an account that other clusters know, and
    slurmrestd sets a comment where it adds, and never again.
    """
    after = change.new
    own = [f.name for f in change.entity.fields if not f.settable or f.record is SlurmRecord.OBJECT]
    nothing = {f.name: f.kind.load(None) for f in change.entity.fields}
    told = ("Parent", "Flags", COMMENT.name)
    made = {name: after[name] for name in (*own, *told) if name in after}
    return nothing | made | {"Fairshare": 1}
