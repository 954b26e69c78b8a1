"""Who set what: of each field of each row the last transaction that set it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from slurmctl_rest.journal.replay import JournalChange
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER

ObjectKey = tuple[str, str]
"""(noun, name); of an association the name of its place, like `alice in physics`."""


def object_key(change: RowChange) -> ObjectKey:
    """Return the key of what a change is about."""
    return change.entity.noun, change.name


@dataclass(slots=True)
class LastChanges:
    """The last change of each field of the objects that there are."""

    fields: dict[ObjectKey, dict[str, JournalChange]] = field(default_factory=dict)

    def take(self, changes: Iterable[JournalChange]) -> None:
        """Note what a transaction has changed."""
        for one in changes:
            change = one.change
            key = (change.entity.noun, change.name)
            if change.action == "delete":
                self.fields.pop(key, None)
                continue
            if change.entity is USER and change.old.get("User", change.name) != change.name:
                self._renamed(str(change.old["User"]), change.name)
            if change.action == "add":
                self.fields[key] = dict.fromkeys(change.new, one)
            else:
                names = {*change.fields, *one.unknown}
                self.fields.setdefault(key, {}).update(dict.fromkeys(names, one))

    def of(self, noun: str, name: str, field_: str) -> JournalChange | None:
        """Return the last change of a field, if the journal has it."""
        return self.fields.get((noun, name), {}).get(field_)

    def of_account(self, name: str, field_: str) -> JournalChange | None:
        """Return the last change of a field of an account, or of its own association."""
        return self.of(ACCOUNT.noun, name, field_) or self.of(ASSOCIATION.noun, name, field_)

    def _renamed(self, old: str, new: str) -> None:
        for noun, name in [*self.fields]:
            if noun == USER.noun and name == old:
                self.fields[noun, new] = self.fields.pop((noun, name))
            elif noun == ASSOCIATION.noun and name.startswith(f"{old} in "):
                self.fields[noun, new + name[len(old) :]] = self.fields.pop((noun, name))
