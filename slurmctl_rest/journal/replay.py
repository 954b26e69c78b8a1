"""Slurm's journal replayed: from transactions to what each has changed, and to rows. Pure.

Two things are not in the journal, and are derived:

- A removed account takes everything below it along; the rows below are not listed.
- A move below another parent leaves no transaction at all. The lineage of a row that is added below
  tells where the account is by then; without one, only the present rows tell it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.journal import wckeys
from slurmctl_rest.journal.parse import JournalEntry, numbers_modified, renamed_users, sql_text
from slurmctl_rest.journal.state import JournalState, empty_row, without_qos
from slurmctl_rest.journal.values import FIELDS_OF_COLUMNS, Stored, Unknown
from slurmctl_rest.model.change import RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.journal import QUOTED, Ids
from slurmctl_rest.model.kinds.base import Value

ROOT_ID = "1"
"""Number of the association of root's account: slurmdbd makes it with the cluster."""
ADDED_PLACE = re.compile(
    rf"mod_time=\d+, acct=({QUOTED}), is_def=(\d+)(?:, parent_acct=({QUOTED}))?, user=({QUOTED})"
    rf"(?:, `partition`=({QUOTED}))?, id_parent='\d+', lineage=({QUOTED}),",
    re.DOTALL,
)
"""How the text of an association that is added begins, but for the first user of a cluster."""
MODIFICATION = "Modify Associations"
PLACE_COLUMNS: Mapping[str, str] = {"Account": "acct", "User": "user", "Partition": "partition"}


@dataclass(frozen=True, slots=True)
class JournalChange:
    """What one transaction has changed of one object.

    key      what the journal calls the object: number of an association, else the name
    unknown  the fields whose value before it the journal does not have
    moved    it is no transaction: an account has been found below another parent by then
    """

    entry: JournalEntry
    key: str
    change: RowChange
    unknown: frozenset[str] = frozenset()
    moved: bool = False


@dataclass(slots=True)
class Replay(JournalState):
    """The state that transactions lead to, one after the other.

    staying     associations that outlived what was above them: it had been moved before
    leaving     associations that are not there any more, though nothing tells it: they had been
                moved, and went with an account; with the number of the last entry about each
    mentioned   the same of all associations
    cascaded    associations that are gone because of one above them
    complaints  why transactions could not be read
    """

    ids: Ids = field(default_factory=lambda: Ids({}, {}, {}))
    staying: frozenset[str] = frozenset()
    leaving: Mapping[str, int] = field(default_factory=dict)
    mentioned: dict[str, int] = field(default_factory=dict)
    cascaded: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def apply(self, entry: JournalEntry) -> list[JournalChange]:
        """Carry out a transaction; return what it has changed, of this cluster."""
        act = ACTS.get(entry.action)
        if act is None or (entry.cluster and entry.cluster != self.cluster):
            return []
        if self.passes_over(entry.number, entry.action, entry.where, entry.info):
            return []
        try:
            return [*act(self, entry)]
        except SlurmRefused as error:
            self.complaints.append(error.message)
        except (ValueError, KeyError, IndexError) as error:
            self.complaints.append(
                f"transaction {entry.number} of Slurm's journal cannot be read: {error}"
            )
        return []

    def passes_over(self, number: int, action: str, where: str, info: str) -> bool:
        """Tell of an entry of this cluster that it changes nothing that matters, now or later.

        Most of 100,000 modify associations whose values do not matter: these need no order either.
        """
        if action != MODIFICATION or "is_def" in info:
            return False
        modified = numbers_modified(where)
        if not self.aside.issuperset(modified):
            return False
        for one in modified:
            self._mention(one, number)
        return True

    def bears(self, number: str) -> bool:
        """Tell whether anything that matters hangs on whether an association is still there.

        Nothing else hangs on a user's row.
        """
        return number not in self.aside or self.associations[number]["User"] is None

    def _mention(self, association: str, number: int) -> None:
        self.mentioned[association] = max(number, self.mentioned.get(association, 0))

    def values(
        self, entity: Entity, sets: Mapping[str, str], row: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Return the fields that a write sets; without those that follow from what is unknown."""
        found: dict[str, Value] = {}
        columns = FIELDS_OF_COLUMNS[entity.noun]
        if "delta_qos" in sets:
            # An association that is added with changes to what it inherits is told no list of QOS.
            sets = {"qos": "''", **sets}
        for column, text in sets.items():
            if column not in columns:
                continue
            name = columns[column].name

            def current(name: str = name) -> Value:
                if name not in row:
                    raise Unknown(name)
                return row[name]

            try:
                found[name] = Stored(columns[column], text, sets, current, self.ids).value()
            except Unknown:
                continue
        return found

    # --- what each action does -----------------------------------------------------------------

    def add_cluster(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Make the association of root's account."""
        if self.cluster in entry.conditions.get("", ()):
            row = empty_row(ASSOCIATION, {"Cluster": self.cluster, "Account": ROOT})
            new = self.values(ASSOCIATION, entry.sets(), {})
            yield from self._added(entry, ASSOCIATION, ROOT_ID, {**row, **new})

    def add_association(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Add one row, which may tell where the accounts above it are by now."""
        row, lineage = self._place_added(entry) or self._row_added(entry)
        user = self.users.get(str(row["User"]), {})
        # slurmdbd gives a user who has none a default account, and does not note it.
        is_first = row["User"] is not None and user.get("DefaultAccount", "?") is None
        row["Default"] = bool(row["User"] and (row["Default"] or is_first))
        for number in entry.conditions["id_assoc"]:
            if self.associations.get(number) == row and number not in self.aside:
                continue  # slurmdbd notes the first user of a cluster twice
            yield from self._moves(entry, lineage, is_own=row["User"] is None)
            self._mention(number, entry.number)
            yield from self._added(entry, ASSOCIATION, number, dict(row))
            if row["Default"]:
                yield from self._default(entry, row)

    def _row_added(self, entry: JournalEntry) -> tuple[dict[str, Value], str]:
        """Return a row that is added, and its lineage."""
        sets = entry.sets()
        told = {n: sql_text(sets[c]) or None for n, c in PLACE_COLUMNS.items() if c in sets}
        empty = empty_row(ASSOCIATION, {"Cluster": self.cluster})
        row = {**empty, **self.values(ASSOCIATION, sets, empty), **told}
        return row, sql_text(sets.get("lineage", "''"))

    def _place_added(self, entry: JournalEntry) -> tuple[dict[str, Value], str] | None:
        """Return the same of a row whose values do not matter, without these."""
        match = ADDED_PLACE.match(entry.info)
        if match is None:
            return None
        account, is_default, parent, user, partition, lineage = match.groups("''")
        row: dict[str, Value] = {
            "Cluster": self.cluster,
            "Account": sql_text(account) or None,
            "User": sql_text(user) or None,
            "Partition": sql_text(partition) or None,
            "Parent": sql_text(parent) or None,
            "Default": is_default == "1",
        }
        return (row, sql_text(lineage)) if self.ignores(ASSOCIATION, row) else None

    def modify_association(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Set values on rows; of the default account its user's."""
        for number in entry.conditions["id_assoc"]:
            row = self.has(ASSOCIATION, number)
            self._mention(number, entry.number)
            if number in self.aside and "is_def" not in entry.info:
                continue
            sets = entry.sets(number)
            new = self.values(ASSOCIATION, sets, row)
            lost = self._lost(ASSOCIATION, sets, new)
            default = new.pop("Default", False)
            yield from self._modified(entry, ASSOCIATION, number, new, lost)
            if default and row["User"]:
                yield from self._default(entry, row)

    def remove_associations(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Remove rows, and what is below those of accounts."""
        for number in entry.conditions["id_assoc"]:
            self.has(ASSOCIATION, number)
        yield from self._removed_rows(entry, entry.conditions["id_assoc"])

    def add_account(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Add the account itself."""
        yield from self._add_named(entry, ACCOUNT, {"Coordinators": ()})

    def modify_account(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Set what all clusters know of accounts."""
        yield from self._modify_named(entry, ACCOUNT)

    def remove_accounts(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Remove accounts with their associations, on all clusters, and with all below."""
        names = entry.conditions["name"]
        for name in names:
            self.has(ACCOUNT, name)
            yield from self._removed(entry, ACCOUNT, name)
        yield from self._removed_rows(entry, self.numbers("Account", names))

    def add_user(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Add the user itself."""
        yield from self._add_named(entry, USER, {"DefaultAccount": None, **wckeys.NO_WCKEYS})

    def modify_user(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Set the rights of users, or give one another name."""
        yield from self._modify_named(entry, USER)
        for old, new in renamed_users(entry):
            self.rename_user(old, new)
            renamed = RowChange(USER, "modify", new, {"User": old}, {"User": new})
            yield JournalChange(entry, new, renamed)

    def remove_users(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Remove users with their associations."""
        names = entry.conditions["name"]
        yield from self._removed_rows(entry, self.numbers("User", names))
        for name in names:
            self.has(USER, name)
            self.defaults.pop(name, None)
            # Its WCKeys go in an entry before; they may be older than the journal.
            untold = not {*wckeys.NO_WCKEYS} & {*self.users[name]}
            untold &= self.wckeys.untold == entry.time
            for one in self._removed(entry, USER, name):
                yield replace(one, unknown=frozenset(wckeys.NO_WCKEYS) if untold else one.unknown)

    def change_wckeys(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Give users WCKeys or a default one, or take them."""
        for user, new in self.wckeys.apply(entry).items():
            unknown = frozenset(new) - {*self.has(USER, user)}
            yield from self._modified(entry, USER, user, new, unknown)

    def add_coordinators(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Let users administer an account."""
        users, account = set(entry.conditions[""]), entry.info
        row = self.has(ACCOUNT, account)
        now = row.get("Coordinators")
        after = tuple(sorted(users | {*(now if isinstance(now, tuple) else ())}))
        unknown = frozenset({"Coordinators"} - {*row})
        yield from self._modified(entry, ACCOUNT, account, {"Coordinators": after}, unknown)

    def remove_coordinators(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Take that away again: from these users, in these accounts; if none are named, from all.

        The same stands beside each removal of a user or an account.
        """
        users, accounts = entry.conditions.get("user"), entry.conditions.get("acct")
        for name in accounts or [*self.accounts]:
            now = self.accounts.get(name, {}).get("Coordinators")
            if isinstance(now, tuple):
                left = tuple(one for one in now if users and one not in users)
                yield from self._modified(entry, ACCOUNT, name, {"Coordinators": left})

    def add_qos(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Add a QOS."""
        yield from self._add_named(entry, QOS, {})

    def modify_qos(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Set values of QOS."""
        names = entry.conditions["name"]
        for name in self._followed(QOS, names):
            # A name may have had several numbers; of a QOS that is named alone, any is its own.
            sets = {
                column: text
                for (column, number), text in entry.assigned.items()
                if not number or len(names) == 1 or self.ids.qos.get(number) == name
            }
            new = self.values(QOS, sets, self.has(QOS, name))
            yield from self._modified(entry, QOS, name, new, self._lost(QOS, sets, new))

    def remove_qos(self, entry: JournalEntry) -> Iterator[JournalChange]:
        """Remove QOS: they leave every list, too."""
        for number in entry.conditions.get("id", ()):
            name = self.ids.qos.get(number, f"#{number}")
            self.has(QOS, name)
            yield from self._removed(entry, QOS, name)
            for key, row in self.associations.items():
                if key not in self.aside:
                    yield from self._modified(entry, ASSOCIATION, key, without_qos(row, name))
            for other, row in self.qos.items():
                yield from self._modified(entry, QOS, other, without_qos(row, name))

    # --- parts of them ---------------------------------------------------------------------------

    def _lost(
        self, entity: Entity, sets: Mapping[str, str], new: Mapping[str, Value]
    ) -> frozenset[str]:
        columns = FIELDS_OF_COLUMNS[entity.noun]
        return frozenset({columns[c].name for c in sets if c in columns} - {*new})

    def _followed(self, entity: Entity, names: Iterable[str]) -> Iterator[str]:
        """Yield the names of the objects whose values matter; the others are there, too."""
        for name in names:
            self.has(entity, name)
            if not self.ignores(entity, {entity.key.name: name}):
                yield name

    def _add_named(self, entry: JournalEntry, entity: Entity, more: Row) -> Iterator[JournalChange]:
        for name in entry.conditions[""]:
            row: dict[str, Value] = {entity.key.name: name, **more}
            if self.ignores(entity, row):
                self.put(entity, name, row)
                continue
            row |= empty_row(entity, row)
            # `Preempt+=` of what is added begins empty.
            yield from self._added(
                entry, entity, name, row | self.values(entity, entry.sets(), row)
            )

    def _added(
        self, entry: JournalEntry, entity: Entity, key: str, row: dict[str, Value]
    ) -> Iterator[JournalChange]:
        self.put(entity, key, row)
        if entity is ASSOCIATION:
            self.cascaded.discard(key)
            if key in self.aside:
                return
        change = RowChange(entity, "add", name_of(entity, row), None, {**row})
        yield JournalChange(entry, key, change)

    def _modified(
        self,
        entry: JournalEntry,
        entity: Entity,
        key: str,
        new: Mapping[str, Value],
        lost: frozenset[str] = frozenset(),
        *,
        moved: bool = False,
    ) -> Iterator[JournalChange]:
        row = self.has(entity, key)
        before = {**row}
        for name in lost:
            row.pop(name, None)
        row.update(new)
        unknown = frozenset(name for name in new if name not in before) | lost
        if unknown or any(before[name] != value for name, value in new.items()):
            change = RowChange(entity, "modify", name_of(entity, row), before, {**row})
            yield JournalChange(entry, key, change, unknown, moved)

    def _modify_named(self, entry: JournalEntry, entity: Entity) -> Iterator[JournalChange]:
        for name in self._followed(entity, entry.conditions["name"]):
            sets = entry.sets()
            new = self.values(entity, sets, self.has(entity, name))
            yield from self._modified(entry, entity, name, new, self._lost(entity, sets, new))

    def _removed(
        self, entry: JournalEntry, entity: Entity, key: str, cascade_of: str = ""
    ) -> Iterator[JournalChange]:
        row = self.take(entity, key)
        change = RowChange(entity, "delete", name_of(entity, row), row, None, cascade_of)
        yield JournalChange(entry, key, change)

    def _removed_rows(self, entry: JournalEntry, numbers: Sequence[str]) -> Iterator[JournalChange]:
        named = dict.fromkeys(number for number in numbers if number in self.associations)
        rows = [self.associations[number] for number in named]
        accounts = [str(row["Account"]) for row in rows if row["User"] is None]
        for account, above in self.below(accounts, self.staying).items():
            for number in self.numbers("Account", [account]):
                if number not in named and number not in self.staying:
                    yield from self._gone(entry, number, above)
        for number in named:
            yield from self._gone(entry, number)
        for number, last in self.leaving.items() if accounts else ():
            if number in self.associations and entry.number > last:
                yield from self._gone(entry, number, accounts[0])

    def _gone(
        self, entry: JournalEntry, number: str, cascade_of: str = ""
    ) -> Iterator[JournalChange]:
        row = self.associations[number]
        if cascade_of and self.bears(number):
            self.cascaded.add(number)
        if row.get("Default"):
            self.defaults.pop(str(row["User"]), None)
            if str(row["User"]) in self.users:
                self.users[str(row["User"])]["DefaultAccount"] = None
        yield from self._removed(entry, ASSOCIATION, number, cascade_of)

    def _moves(self, entry: JournalEntry, lineage: str, *, is_own: bool) -> Iterator[JournalChange]:
        """Find accounts below another parent than they were: from `/science/physics/0-bob/`."""
        accounts = [part for part in lineage.split("/") if part and not part.startswith("0-")]
        # The last pair alone: of what is two steps below a moved account 24.11 keeps the old
        # lineage (tests/lab/test_facts.py::test_on_24_11_what_is_two_steps_below...).
        *above, name = [ROOT, *(accounts[:-1] if is_own else accounts)]
        number = self.own_rows.get(name)
        if above and number and self.associations[number].get("Parent", above[-1]) != above[-1]:
            new = {"Parent": above[-1]}
            yield from self._modified(entry, ASSOCIATION, number, new, moved=True)

    def _default(self, entry: JournalEntry, marked: Row) -> Iterator[JournalChange]:
        """Mark those rows of a user that are named as the default, and no others."""
        user, account = str(marked["User"]), str(marked["Account"])
        before = self.defaults.get(user)
        for number in self.numbers("User", [user]):
            self.associations[number]["Default"] = number in entry.conditions["id_assoc"]
        self.defaults[user] = account
        self.has(USER, user)["DefaultAccount"] = account
        if before != account and entry.action == MODIFICATION:
            unknown = frozenset({"DefaultAccount"} if before is None else ())
            old: Row = {"User": user, "DefaultAccount": before}
            change = RowChange(USER, "modify", user, old, {**old, "DefaultAccount": account})
            yield JournalChange(entry, user, change, unknown)


ACTS: Mapping[str, Callable[[Replay, JournalEntry], Iterator[JournalChange]]] = {
    "Add Clusters": Replay.add_cluster,
    "Add Associations": Replay.add_association,
    MODIFICATION: Replay.modify_association,
    "Remove Associations": Replay.remove_associations,
    "Add Accounts": Replay.add_account,
    "Modify Accounts": Replay.modify_account,
    "Remove Accounts": Replay.remove_accounts,
    "Add Users": Replay.add_user,
    "Modify Users": Replay.modify_user,
    "Remove Users": Replay.remove_users,
    **dict.fromkeys(wckeys.WCKEY_ACTIONS, Replay.change_wckeys),
    "Add Account Coord": Replay.add_coordinators,
    "Remove Account Coords": Replay.remove_coordinators,
    "Add QOS": Replay.add_qos,
    "Modify QOS": Replay.modify_qos,
    "Remove QOS": Replay.remove_qos,
}
"""What the journal calls each write; all others change nothing that has a row here."""
