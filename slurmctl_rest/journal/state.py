"""The rows that a replay of Slurm's journal has led to so far, and how they are found. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from slurmctl_rest.journal.values import FIELDS_OF_COLUMNS
from slurmctl_rest.journal.wckeys import UserKeys
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.association import PLACE
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Value

State = dict[str, dict[str, Value]]
"""Rows by what the journal calls them: number of an association, else the name. A field that the
journal does not tell is missing in a row."""


@dataclass(slots=True)
class JournalState:
    """The rows at one moment.

    identify  returns the place of an association that the journal does not add, by its number
    ignores   tells of an object's row whether its values do not matter: its place alone is followed
    aside     numbers of the associations that it ignores: no number ever stands for another one
    """

    cluster: str
    identify: Callable[[str], Row | None] = lambda _: None
    ignores: Callable[[Entity, Row], bool] = lambda _, __: False
    aside: set[str] = field(default_factory=set)
    associations: State = field(default_factory=dict)
    accounts: State = field(default_factory=dict)
    users: State = field(default_factory=dict)
    qos: State = field(default_factory=dict)
    own_rows: dict[str, str] = field(default_factory=dict)
    """Account -> the number of its own association."""
    members: dict[tuple[str, Value], dict[str, None]] = field(default_factory=dict)
    """("Account" or "User", its name) -> numbers of associations."""
    defaults: dict[str, str] = field(default_factory=dict)
    """User -> default account."""
    wckeys: UserKeys = field(default_factory=UserKeys)
    renames: int = 0
    """How many users have got another name so far."""

    def rows_of(self, entity: Entity) -> State:
        """Return the rows of an entity."""
        found = {ASSOCIATION.noun: self.associations, ACCOUNT.noun: self.accounts}
        return found.get(entity.noun, self.users if entity is USER else self.qos)

    def has(self, entity: Entity, key: str) -> dict[str, Value]:
        """Return a row, also of an object that is older than the journal."""
        rows = self.rows_of(entity)
        if key not in rows:
            named = entity is not ASSOCIATION
            place: Row | None = {entity.key.name: key} if named else self.identify(key)
            nowhere: Row = {"Cluster": self.cluster, "Account": f"#{key}"}
            self.put(entity, key, dict(place or {**dict.fromkeys(PLACE), **nowhere}))
        return rows[key]

    def put(self, entity: Entity, key: str, row: dict[str, Value]) -> None:
        """Note a row that is there from now on."""
        self.rows_of(entity)[key] = row
        if entity is ASSOCIATION:
            for name in ("Account", "User"):
                self.members.setdefault((name, row[name]), {})[key] = None
            if row["User"] is None:
                self.own_rows[str(row["Account"])] = key
            if self.ignores(ASSOCIATION, row):
                self.aside.add(key)

    def take(self, entity: Entity, key: str) -> dict[str, Value]:
        """Return a row that is not there any more."""
        row = self.rows_of(entity).pop(key)
        if entity is ASSOCIATION:
            for name in ("Account", "User"):
                self.members[name, row[name]].pop(key, None)
            if self.own_rows.get(str(row["Account"])) == key:
                del self.own_rows[str(row["Account"])]
        return row

    def numbers(self, name: str, values: Iterable[str]) -> list[str]:
        """Return the associations of accounts or of users."""
        return [number for value in values for number in self.members.get((name, value), ())]

    def rename_user(self, old: str, new: str) -> None:
        """Give a user another name, everywhere."""
        self.renames += 1
        self.wckeys.rename(old, new)
        self.users[new] = {**self.users.pop(old, {}), "User": new}
        if old in self.defaults:
            self.defaults[new] = self.defaults.pop(old)
        for number in self.members.pop(("User", old), {}):
            self.associations[number]["User"] = new
            self.members.setdefault(("User", new), {})[number] = None
        for row in self.accounts.values():
            some = row.get("Coordinators")
            if isinstance(some, tuple) and old in some:
                row["Coordinators"] = tuple(sorted({*some, new} - {old}))

    def below(self, accounts: Iterable[str], without: frozenset[str]) -> dict[str, str]:
        """Return the accounts, and all that are below them -> which of them is the highest.

        `without`: associations that are not meant, whatever is above them.
        """
        found = {name: name for name in accounts}
        children: dict[str, list[str]] = {}
        for number in self.own_rows.values() if found else ():
            row = self.associations[number]
            if number not in without:
                children.setdefault(str(row.get("Parent")), []).append(str(row["Account"]))
        waiting = [*found]
        while waiting:
            name = waiting.pop()
            for child in children.get(name, ()):
                if child not in found:
                    found[child] = found[name]
                    waiting.append(child)
        return found


def with_users(row: Row, names: Mapping[str, str]) -> Row:
    """Return a row with other names of its user and its coordinators: present name -> other one.

    >>> with_users({"User": "anna", "Account": "physics"}, {"anna": "ann"})
    {'User': 'ann', 'Account': 'physics'}
    """
    user, officers = row.get("User"), row.get("Coordinators")
    new = dict(row)
    if isinstance(user, str):
        new["User"] = names.get(user, user)
    if isinstance(officers, tuple):
        new["Coordinators"] = tuple(sorted(names.get(str(o), str(o)) for o in officers))
    return new


def empty_row(entity: Entity, place: Mapping[str, Value]) -> dict[str, Value]:
    """Return a row at a place, without any value: each field as on a new object."""
    row: dict[str, Value] = {
        f.name: f.kind.read("") for f in FIELDS_OF_COLUMNS[entity.noun].values()
    }
    if entity is ASSOCIATION:
        row = {**dict.fromkeys(PLACE), **row, "Fairshare": 1}
    return {**row, **place}


def without_qos(row: Row, name: str) -> dict[str, Value]:
    """Return the lists of a row without a QOS that is gone."""
    found: dict[str, Value] = {}
    for list_ in ("QosLevel", "Preempt"):
        names = row.get(list_)
        if isinstance(names, tuple):
            found[list_] = tuple(one for one in names if one.lstrip("+-") != name)
    if row.get("DefaultQOS") == name:
        found["DefaultQOS"] = None
    return found
