"""A site's file as plain tables, lists and values, and back: what TOML, YAML and JSON share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.fields import Field, choose_field, did_you_mean, known_names
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.model.text import printable
from slurmctl_rest.site.desired import AccountTable, Member, Scope, Site, SiteDefaults
from slurmctl_rest.site.tables import (
    ACCOUNT_WISHES,
    MEMBER_WISHES,
    QOS_WISHES,
    USER_WISHES,
    Wishes,
    ended,
    is_limit,
    merged_wishes,
    overlaid,
    read_value,
    write_value,
)

Table: TypeAlias = Mapping[str, Json]
MemberSource: TypeAlias = Callable[[str, str], Sequence[tuple[str, Table]]]
"""From a word of `users_from` and the file that has it: the entries for `users` that it means, each
after where it stands there.
"""

SCOPE_TABLE, DEFAULTS_TABLE = "scope", "defaults"
QOS_TABLE, ACCOUNT_TABLE, USER_TABLE = "qos", "account", "user"
TABLES = (SCOPE_TABLE, DEFAULTS_TABLE, QOS_TABLE, ACCOUNT_TABLE, USER_TABLE)
"""The tables of a file, in the order in which they are written."""
OF_SCOPE = ("cluster", "accounts", "qos", "unmanaged")
OF_DEFAULTS = ("account", "users", "user", "qos")
MEMBERS, MEMBERS_FROM, UNTIL, THEN, VALUE = "users", "users_from", "until", "then", "value"
PLACE_OF_MEMBER = (ASSOCIATION["User"], ASSOCIATION["Partition"])


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its name, and what it holds."""

    file: str
    document: Table


@dataclass(slots=True)
class Reader:
    """Reads the tables of files.

    now           with the time zone of the site: when a time limit has ended
    members_from  who is meant by `users_from`
    """

    now: datetime
    members_from: MemberSource
    _place: str = ""
    _seen: dict[tuple[str, ...], str] = field(default_factory=dict)
    _fields: dict[int, Mapping[str, Field]] = field(default_factory=dict)

    def site(self, parts: Sequence[Part]) -> Site:
        """Return the site of the files; raise UsageError naming file, table and key."""
        scope, defaults = Scope(), SiteDefaults()
        qos: dict[str, Wishes] = {}
        accounts: dict[str, AccountTable] = {}
        users: dict[str, Wishes] = {}
        for part in parts:
            for title, content in part.document.items():
                if title not in TABLES:
                    self._at(part, title)
                    raise self._unknown("a file has no table", title, TABLES)
                self._at(part, title)
                tables = self._table(content)
                if title in {SCOPE_TABLE, DEFAULTS_TABLE}:
                    self._once(part, title)
                if title == SCOPE_TABLE:
                    scope = self._scope(tables)
                elif title == DEFAULTS_TABLE:
                    defaults = self._defaults(part, tables)
                else:
                    for spelling, one in tables.items():
                        self._at(part, f"{title}.{spelling}")
                        name = self._name(spelling)
                        self._once(part, title, name)
                        table = self._table(one)
                        if title == QOS_TABLE:
                            qos[name] = self._wishes(QOS_WISHES, table)
                        elif title == USER_TABLE:
                            users[name] = self._wishes(USER_WISHES, table)
                        else:
                            accounts[name] = self._account(part, table)
        return Site(scope, defaults, qos, accounts, users)

    # --- where we are -----------------------------------------------------------------------------

    def _at(self, part: Part, title: str) -> None:
        self._place = f"{printable(part.file, 0)}: [{printable(title)}]"

    def _wrong(self, message: object, hint: str = "") -> UsageError:
        return UsageError(f"{self._place} {message}", hint)

    def _unknown(self, said: str, word: str, known: Sequence[str]) -> UsageError:
        hint = did_you_mean(word, known) or known_names(word, known)
        return self._wrong(f"{said} '{printable(word)}'", hint)

    def _once(self, part: Part, *title: str) -> None:
        if title in self._seen:
            raise self._wrong(
                f"is in {printable(self._seen[title], 0)} too", "keep one of the two tables"
            )
        self._seen[title] = part.file

    def _table(self, content: Json) -> Table:
        if not isinstance(content, Mapping):
            raise self._wrong("is no table", "write keys and values below it")
        return content

    def _name(self, spelling: Json) -> str:
        try:
            return parse_name(str(spelling))
        except ValueError as error:
            raise self._wrong(error) from None

    # --- the tables -------------------------------------------------------------------------------

    def _scope(self, table: Table) -> Scope:
        for key in table:
            if key not in OF_SCOPE:
                raise self._unknown("has no key", key, OF_SCOPE)
        cluster = table.get("cluster", "")
        accounts = tuple(map(self._name, self._texts(table, "accounts")))
        return Scope(
            cluster=self._name(cluster) if cluster else "",
            accounts=accounts if "accounts" in table else Scope().accounts,
            qos=self._texts(table, "qos"),
            unmanaged=self._texts(table, "unmanaged"),
        )

    def _texts(self, table: Table, key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
            raise self._wrong(f"{key}: write a list of names in quotes")
        return tuple(texts)

    def _defaults(self, part: Part, table: Table) -> SiteDefaults:
        found: dict[str, dict[str, Wishes]] = {"account": {}, "users": {}}
        of_all: dict[str, Wishes] = {"user": {}, "qos": {}}
        for key, content in table.items():
            self._at(part, f"{DEFAULTS_TABLE}.{key}")
            if key in of_all:
                of_all[key] = self._wishes(
                    QOS_WISHES if key == QOS_TABLE else USER_WISHES, self._table(content)
                )
                continue
            if key not in found:
                raise self._unknown("[defaults] has no table", key, OF_DEFAULTS)
            fields = ACCOUNT_WISHES if key == ACCOUNT_TABLE else MEMBER_WISHES
            for account, one in self._table(content).items():
                self._at(part, f"{DEFAULTS_TABLE}.{key}.{account}")
                found[key][self._name(account)] = self._wishes(fields, self._table(one))
        return SiteDefaults(found["account"], found["users"], of_all["user"], of_all["qos"])

    def _account(self, part: Part, table: Table) -> AccountTable:
        place = self._place
        own = {k: v for k, v in table.items() if k not in {MEMBERS, MEMBERS_FROM}}
        wishes = self._wishes(ACCOUNT_WISHES, own, (MEMBERS, MEMBERS_FROM))
        if MEMBERS not in table and MEMBERS_FROM not in table:
            return AccountTable(wishes)
        entries = table.get(MEMBERS, [])
        if not isinstance(entries, list):
            raise self._wrong(f"{MEMBERS}: write a list of names in quotes, or of tables")
        members: dict[Member, Wishes] = {}
        for source in self._texts(table, MEMBERS_FROM):
            self._place = f"{place} {MEMBERS_FROM}:"
            try:
                listed = self.members_from(source, part.file)
            except UsageError as error:
                raise self._wrong(error.message, error.hint) from None
            for where, entry in listed:
                self._place = f"{place} {MEMBERS_FROM}: {where}:"
                member, own_wishes = self._member(entry)
                members[member] = own_wishes
        named: set[Member] = set()
        for number, entry in enumerate(entries, 1):
            self._place = f"{place} {MEMBERS}, entry {number}:"
            member, own_wishes = self._member(entry)
            if member in named:
                partition = f" (partition {member.partition})" if member.partition else ""
                raise self._wrong(f"user '{member.user}'{partition} is there twice")
            members[member] = own_wishes
            named.add(member)
        self._place = place
        return AccountTable(wishes, members)

    def _member(self, entry: Json) -> tuple[Member, Wishes]:
        if isinstance(entry, str):
            return Member(self._name(entry)), {}
        if not isinstance(entry, Mapping):
            raise self._wrong('write a name in quotes, or a table like { User = "bob" }')
        place = {"User": "", "Partition": ""}
        own: dict[str, Json] = {}
        for key, value in entry.items():
            named = next((f.name for f in PLACE_OF_MEMBER if f.name.lower() == key.lower()), "")
            if named and value:
                place[named] = self._name(value)
            elif not named:
                own[key] = value
        if not place["User"]:
            raise self._wrong("names no user", 'write User = "NAME"')
        wishes = self._wishes(MEMBER_WISHES, own, [f.name for f in PLACE_OF_MEMBER])
        return Member(place["User"], place["Partition"]), wishes

    # --- values -----------------------------------------------------------------------------------

    def _wishes(
        self, fields: Sequence[Field], table: Table, others: Sequence[str] = ()
    ) -> dict[str, Json]:
        """Return the wishes of a table; `others` are keys that it may have besides."""
        limits = {k: v for k, v in table.items() if k not in {UNTIL, THEN}}
        found = {f.name: read for f, read in self._read(fields, limits, others)}
        if UNTIL not in table:
            if THEN in table:
                raise self._without_until()
            return found
        # Read in any case: an error is not to wait for that day.
        afterwards = self._read(fields, self._table(table.get(THEN, {})), others)
        if not self._is_over(table[UNTIL]):
            return found
        cleared = {
            f.name: ended(f, found[f.name]) if is_limit(f) else found[f.name]
            for f in fields
            if f.name in found
        }
        return merged_wishes(fields, cleared, {f.name: read for f, read in afterwards})

    def _read(
        self, fields: Sequence[Field], table: Table, others: Sequence[str]
    ) -> list[tuple[Field, Json]]:
        found: dict[str, str] = {}
        values = []
        for key, raw in table.items():
            one = self._field(str(key), fields, others)
            if one.name in found:
                raise self._wrong(f"{one.name} is there twice: {found[one.name]}, {key}")
            found[one.name] = key
            try:
                values.append((one, self._value(one, raw)))
            except ValueError as error:
                raise self._wrong(f"{one.name}: {error}") from None
        return values

    def _field(self, key: str, fields: Sequence[Field], others: Sequence[str]) -> Field:
        if exact := self._spellings_of(fields).get(key.lower()):
            return exact
        names = [*(f.name for f in fields), *others, UNTIL, THEN]
        try:
            near = [choose_field(key, fields, "table").name]
        except UsageError:
            near = names
        raise self._unknown("has no key", key, near if len(near) == 1 else names)

    def _spellings_of(self, fields: Sequence[Field]) -> Mapping[str, Field]:
        """Return the fields by each of their words in small letters, where the first one counts."""
        known = self._fields.get(id(fields))  # the tables of tables.py, which stay
        if known is None:
            known = {w.lower(): f for f in reversed(fields) for w in f.spellings}
            self._fields[id(fields)] = known
        return known

    def _value(self, of: Field, raw: Json) -> Value:
        """Return the wish that holds now; a value may hold until a day: {value, until, then}."""
        words = (VALUE, UNTIL, THEN)
        if not isinstance(raw, Mapping) or not {*words} & {*raw}:
            return read_value(of, raw)
        for key in raw:
            if key not in words:
                raise self._unknown(f"{of.name}: a value with until has no key", key, words)
        if UNTIL not in raw:
            raise self._without_until(f"{of.name}: ")
        wish = read_value(of, raw.get(VALUE, ""))
        then = read_value(of, raw[THEN]) if THEN in raw else None
        if not self._is_over(raw[UNTIL]):
            return wish
        return overlaid(of, ended(of, wish), then) if THEN in raw else ended(of, wish)

    def _without_until(self, of: str = "") -> UsageError:
        return self._wrong(f"{of}has {THEN} without {UNTIL}", f'write {UNTIL} = "2026-12-24"')

    def _is_over(self, until: Json) -> bool:
        """Tell whether a day, or a moment, has passed."""
        if isinstance(until, str):
            try:
                until = (
                    datetime.fromisoformat(until) if len(until) > 10 else date.fromisoformat(until)
                )
            except ValueError:
                raise self._wrong(
                    f"{UNTIL}: '{printable(until)}' is no day", 'write "2026-12-24"'
                ) from None
        if not isinstance(until, date):
            raise self._wrong(f"{UNTIL}: write a day, like 2026-12-24")
        if not isinstance(until, datetime):
            until = datetime.combine(until + timedelta(days=1), time())  # the day itself is meant
        if until.tzinfo is None:
            until = until.replace(tzinfo=self.now.tzinfo)
        return bool(self.now >= until)


def document_of(site: Site) -> dict[str, Json]:
    """Return the tables of a site, in a stable order; what is empty is left out."""
    scope = site.scope
    defaults = site.defaults
    document: dict[str, Json] = {
        SCOPE_TABLE: {
            **_without_empty({"cluster": scope.cluster}),
            "accounts": list(scope.accounts),  # none is not the same as no word of them
            **_without_empty({"qos": list(scope.qos), "unmanaged": list(scope.unmanaged)}),
        },
        DEFAULTS_TABLE: _without_empty(
            {
                "account": {n: _written(ACCOUNT_WISHES, w) for n, w in defaults.account.items()},
                "users": {n: _written(MEMBER_WISHES, w) for n, w in defaults.members.items()},
                "user": _written(USER_WISHES, defaults.user),
                "qos": _written(QOS_WISHES, defaults.qos),
            }
        ),
        QOS_TABLE: {name: _written(QOS_WISHES, wishes) for name, wishes in site.qos.items()},
        ACCOUNT_TABLE: {name: _account_document(table) for name, table in site.accounts.items()},
        USER_TABLE: {name: _written(USER_WISHES, wishes) for name, wishes in site.users.items()},
    }
    return _without_empty(document)


def _account_document(table: AccountTable) -> dict[str, Json]:
    found = _written(ACCOUNT_WISHES, table.wishes)
    if table.members is not None:
        found[MEMBERS] = [_entry(member, wishes) for member, wishes in table.members.items()]
    return found


def _entry(member: Member, wishes: Wishes) -> Json:
    if not wishes and not member.partition:
        return member.user
    place = {"User": member.user, "Partition": member.partition}
    return {**_without_empty(place), **_written(MEMBER_WISHES, wishes)}


def _written(fields: Sequence[Field], wishes: Wishes) -> dict[str, Json]:
    return {f.name: write_value(f, wishes[f.name]) for f in fields if f.name in wishes}


def _without_empty(table: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in table.items() if value}
