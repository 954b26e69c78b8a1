"""Rows as they are to be: changes taken back, or objects as they once were. Pure.

What somebody has changed since is kept, and named, unless it is forced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from slurmctl_rest.journal.blame import LastChanges, ObjectKey, object_key
from slurmctl_rest.journal.replay import JournalChange
from slurmctl_rest.journal.state import with_users
from slurmctl_rest.journal.wckeys import NO_WCKEYS
from slurmctl_rest.journal.words import NOTHING, object_of
from slurmctl_rest.model.change import RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.text import listed


def last_command(changes: Sequence[JournalChange]) -> list[JournalChange]:
    """Return what the last command has changed, whose entries have its second and its actor.

    A script's commands may share a second: what no single command does to an object ends it.
    """
    found: list[JournalChange] = []
    later: dict[ObjectKey, list[RowChange]] = {}
    for _, entry in groupby(reversed(changes), key=lambda one: one.entry.number):
        some = [*entry]
        before, last = some[0].entry, changes[-1].entry
        together = all(
            _is_one_command(one.change, after)
            for one in some
            for after in later.get(object_key(one.change), ())
        )
        if (before.time, before.actor) != (last.time, last.actor) or not together:
            break
        for one in some:
            later.setdefault(object_key(one.change), []).append(one.change)
        found += some
    return found[::-1]


def _is_one_command(earlier: RowChange, later: RowChange) -> bool:
    """Tell whether a command may change one object in two entries of the journal like these."""
    if earlier.action == later.action == "modify":
        return {*earlier.fields} & {*later.fields} <= {"Coordinators", *NO_WCKEYS}
    # A user's first association brings the default account, and the last one takes it. WCKeys
    # come and go with a user.
    beside = later if earlier.action == "add" else earlier
    return beside.action == "modify" and {*beside.fields} <= {"DefaultAccount", *NO_WCKEYS}


@dataclass(frozen=True, slots=True)
class Homeless:
    """An association by its name, and the account above it that is not to be there."""

    name: str
    row: Row
    above: str

    @property
    def what(self) -> str:
        """Return what it is called: account 'phys', or association 'bob in phys'."""
        noun = ASSOCIATION.noun if self.row["User"] else ACCOUNT.noun
        return f"{noun} '{self.name}'"


@dataclass(slots=True)
class Wanted:
    """Rows by noun and name: those that there are, and what is to become of some of them.

    present  all rows, of own values
    last     who has set what
    force    take back what was changed since, too
    rows     rows that are to be otherwise; None: not to be there
    kept     what stays as it is, and why: a sentence each
    renamed  users who keep their new names: name at that time -> the present one
    moves    accounts that were moved at a time that the journal does not tell -> from, to
    transactions
             numbers of those whose changes are taken back
    keeping  present names of users whose renaming was to be taken back, and is not
    """

    present: Mapping[ObjectKey, Row]
    last: LastChanges
    force: bool = False
    rows: dict[ObjectKey, Row | None] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    moves: dict[str, tuple[str, str]] = field(default_factory=dict)
    transactions: tuple[int, ...] = ()
    keeping: list[str] = field(default_factory=list)

    def now(self, key: ObjectKey) -> Row | None:
        """Return a row as it is to be so far."""
        return self.rows[key] if key in self.rows else self.present.get(key)

    def pass_over(self, one: JournalChange) -> None:
        """Note what a change that stays says of names: an earlier one has the former name."""
        change, key = one.change, USER.key.name
        if change.entity is USER and change.action == "add":  # before, the name was somebody else's
            self.renamed.pop(change.name, None)
        elif change.entity is USER and change.action == "modify" and key in change.fields:
            self.renamed[str(change.old[key])] = self.renamed.get(change.name, change.name)

    def take_back(self, one: JournalChange) -> None:
        """Take a change back: of several, the last one first."""
        if one.moved:
            self._keep_move(one.change)
            return
        if one.change.entity is ASSOCIATION and (move := self.moves.pop(one.change.name, None)):
            # A command that sets a parent and limits tells of the limits alone.
            self.kept.append(stays_below(one.change.name, *move))
        former = one.change.name
        change = as_now_called(one.change, self.renamed)
        one = replace(one, change=change)
        key = (change.entity.noun, change.name)
        if change.entity is USER and USER.key.name in change.fields:
            self.renamed[str(change.old[USER.key.name])] = change.name
            self.keeping.append(change.name)
        row = self.now(key)
        if change.action == "add":
            if change.entity is USER:  # who bore the name before is somebody else
                self.renamed.pop(former, None)
            if row is None:
                self.kept.append(f"{object_of(change)} is not there any more")
            else:
                self.rows[key] = None
        elif change.action == "delete":
            self._bring_back(one)
        elif row is None:
            self.kept.append(f"{change.entity.noun} '{change.name}' is not there any more")
        else:
            self._take_back_fields(one, row)

    def _bring_back(self, one: JournalChange) -> None:
        """Have an object again that was deleted."""
        key, what = object_key(one.change), object_of(one.change)
        if self.now(key) is not None:
            self.kept.append(f"{what} is there again, and stays as it is")
            return
        self.rows[key] = {**one.change.old}
        if one.unknown:
            names = listed(sorted(one.unknown))
            older = "they are older than Slurm's journal"
            self.kept.append(f"{names} of {what} do not come back: {older}")

    def _keep_move(self, change: RowChange) -> None:
        """Name a move: it is no transaction of anybody's."""
        row, (before, after) = self.now(object_key(change)), change.fields["Parent"]
        if row is not None and row.get("Parent") == after:
            self.kept.append(stays_below(change.name, str(before), str(after)))

    def _take_back_fields(self, one: JournalChange, row: Row) -> None:
        change, result = one.change, dict(row)
        what = object_of(change)
        for name, (before, after) in change.fields.items():
            if change.entity.is_named and name == change.entity.key.name:
                continue  # told at the end, if the user is there then
            if name in one.unknown:
                self.kept.append(f"{name} of {what}: the value before is not in Slurm's journal")
                continue
            value = without_change(before, after, row.get(name))
            if value is CHANGED_SINCE and not self.force:
                self.kept.append(f"{name} of {what} {self._since(change, name, row)}")
                continue
            result[name] = before if isinstance(value, ChangedSince) else value
        self.rows[change.entity.noun, change.name] = result

    def homeless(self) -> list[Homeless]:
        """Leave out associations below accounts that are not to be there, and return them.

        The account above the first one is not among `rows` itself.
        """
        found: list[Homeless] = []
        while new := {
            key: Homeless(key[1], row, str(up))
            for key, row in self.rows.items()
            if row is not None
            and key[0] == ASSOCIATION.noun
            and (up := row["Account" if row["User"] else "Parent"])
            and self.now((ASSOCIATION.noun, str(up))) is None
        }:
            found += new.values()
            for key in new:
                del self.rows[key]
        return found

    def settle(self) -> None:
        """Leave out, and name, what cannot be: after all changes have been taken back."""
        for one in self.homeless():
            there = (ASSOCIATION.noun, one.name) in self.present
            ends = "stays as it is" if there else "does not come back"
            self.kept.append(f"{one.what} {ends}: account '{one.above}' is not there")
        for name in dict.fromkeys(self.keeping):
            if self.now((USER.noun, name)) is not None:
                self.kept.append(
                    f"user '{name}' keeps its name: `user modify ... NewName=` changes it"
                )
        self._without_placeless_accounts()
        places = self._places()
        self._with_default_accounts(places)
        for (noun, name), row in [*self.rows.items()]:
            if noun != USER.noun or row is None:
                continue
            if name in places:
                default = row.get("DefaultAccount")
                # With the last association the default account goes, before the user does.
                if default not in places[name]:
                    self.rows[noun, name] = {**row, "DefaultAccount": places[name][0]}
            elif (noun, name) not in self.present:
                # A user is added with an association, or not at all.
                del self.rows[noun, name]
                self.kept.append(f"user '{name}' does not come back: it would have no account")
        self._without_lost_coordinators()

    def _with_default_accounts(self, places: Mapping[str, Sequence[Value]]) -> None:
        """Have users who lost all associations get the default account that they had.

        Else it would be that of the first association that comes.
        """
        for name, accounts in places.items():
            user, key = self.present.get((USER.noun, name)), (USER.noun, name)
            if user and key not in self.rows and user.get("DefaultAccount") not in accounts:
                self.rows[key] = {**user, "DefaultAccount": accounts[0]}

    def _without_placeless_accounts(self) -> None:
        """Leave out accounts without an association: an account is added with one."""
        for (noun, name), row in [*self.rows.items()]:
            known = (noun, name) in self.present or self.now((ASSOCIATION.noun, name)) is not None
            if noun == ACCOUNT.noun and row is not None and not known:
                del self.rows[noun, name]
                self.kept.append(f"account '{name}' does not come back: it had no association")

    def _places(self) -> dict[str, list[Value]]:
        """Return the accounts of each user as they are to be, the default one first."""
        rows = {**self.present, **self.rows}
        found: dict[str, list[tuple[bool, str]]] = {}
        for (noun, _), row in rows.items():
            if noun == ASSOCIATION.noun and row is not None and row["User"]:
                place = (not row.get("Default"), str(row["Account"]))
                found.setdefault(str(row["User"]), []).append(place)
        return {user: [account for _, account in sorted(some)] for user, some in found.items()}

    def _without_lost_coordinators(self) -> None:
        for (noun, name), row in [*self.rows.items()]:
            some = row.get("Coordinators") if noun == ACCOUNT.noun and row is not None else ()
            names = some if isinstance(some, tuple) else ()
            lost = [one for one in names if self.now((USER.noun, str(one))) is None]
            if row is not None and lost:
                left = tuple(one for one in names if one not in lost)
                self.rows[noun, name] = {**row, "Coordinators": left}
                self.kept.append(
                    f"account '{name}' comes back without coordinator {listed(lost)}: there is no "
                    "such user"
                )

    def restore(self, entity: Entity, name: str, then: Row, ours: frozenset[str]) -> None:
        """Have an object as it was; what others than `ours` have set since is kept."""
        key, fields = (entity.noun, name), [f.name for f in entity.all_fields if f.settable]
        row = self.now(key)
        if row is None:
            self.rows[key] = then
            return
        result = dict(row)
        for field_ in fields:
            if field_ not in then or field_ not in row or row[field_] == then[field_]:
                continue
            set_by = self.last.of(entity.noun, name, field_)
            foreign = set_by and set_by.change.action != "add" and set_by.entry.actor not in ours
            if foreign and not self.force:
                change = RowChange(entity, "modify", name, row, then)
                since = self._since(change, field_, row)
                self.kept.append(f"{field_} of {object_of(change)} {since}")
                continue
            result[field_] = then[field_]
        self.rows[key] = result

    def _since(self, change: RowChange, name: str, now: Row) -> str:
        by = self.last.of(change.entity.noun, change.name, name)
        text = change.entity[name].kind.text(now.get(name)) or NOTHING
        who = f" by {by.entry.actor} (transaction {by.entry.number})" if by else ""
        return f"was set to {text} since{who}, and is kept; --force takes it back, too"


def as_now_called(change: RowChange, renamed: Mapping[str, str]) -> RowChange:
    """Return a change with the names that its users have got since.

    >>> change = RowChange(USER, "add", "ann", None, {"User": "ann"})
    >>> as_now_called(change, {"ann": "anna"}).name
    'anna'
    """

    if not renamed or change.entity is QOS:
        return change
    before, after = (
        None if row is None else with_users(row, renamed) for row in (change.before, change.after)
    )
    name = name_of(change.entity, after or before or {})
    return replace(change, name=name, before=before, after=after)


def stays_below(account: str, before: str, after: str) -> str:
    """Return what is said of a move that is not taken back."""
    return (
        f"account '{account}' stays below '{after}': Slurm's journal has no entry of that move; "
        f"`{moved_back(account, before)}` takes it back"
    )


def moved_back(account: str, before: str) -> str:
    """Return the command that takes a move back."""
    return f"slurmctl-rest account modify {pasted(account)} set Parent={pasted(before)}"


class ChangedSince:
    """Says that a value cannot be taken back without taking back a later one."""


CHANGED_SINCE = ChangedSince()


def without_change(before: Value, after: Value, now: Value) -> Value | ChangedSince:
    """Return the present value without one change; of a list without its part of it.

    >>> without_change({"cpu": 1}, {"cpu": 2}, {"cpu": 2, "mem": 3})
    {'cpu': 1, 'mem': 3}
    """
    if now == after:
        return before
    if isinstance(before, Mapping) and isinstance(after, Mapping) and isinstance(now, Mapping):
        result = dict(now)
        for part in {*before, *after}:
            if before.get(part) == after.get(part):
                continue
            if now.get(part) != after.get(part):
                return CHANGED_SINCE
            result.pop(part, None)
            if part in before:
                result[part] = before[part]
        return result
    if isinstance(before, tuple) and isinstance(after, tuple) and isinstance(now, tuple):
        added, removed = {*after} - {*before}, {*before} - {*after}
        if added <= {*now} and not removed & {*now}:
            return tuple(sorted(({*now} - added) | removed))
    return CHANGED_SINCE


def branch_at(rows: Iterable[Row], account: str) -> list[Row]:
    """Return the associations of an account and of all below it, the highest first."""
    own = {str(row["Account"]): row for row in rows if row["User"] is None}
    names, waiting = [account], [account]
    while waiting:
        above = waiting.pop(0)
        found = [n for n, row in own.items() if row["Parent"] == above and n not in names]
        names += sorted(found)
        waiting += sorted(found)
    order = {name: at for at, name in enumerate(names)}
    chosen = [row for row in rows if row["Account"] in order]
    return sorted(chosen, key=lambda row: (order[str(row["Account"])], str(row["User"] or "")))
