"""A site against a cluster: what is to change, and what only the cluster has. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from slurmctl_rest.errors import Conflict, NotFound, UsageError
from slurmctl_rest.model.change import Action, RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.account import ROOT, texts_of_new_account
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.entities.qos import NORMAL
from slurmctl_rest.model.entities.user import OF_WCKEYS
from slurmctl_rest.model.fields import Field, Row, suggestion
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.associations import (
    CONCERNS_QOS,
    name_on,
    new_row,
    with_inherited_qos,
)
from slurmctl_rest.planning.checks import NAME_QOS, no_qos, unknown_tres, unknown_user
from slurmctl_rest.planning.tree import is_on, no_parent, refuse_above_orphans
from slurmctl_rest.planning.users import with_default_wckey
from slurmctl_rest.site.desired import ClusterState, Member, Site, path_to
from slurmctl_rest.site.tables import (
    ACCOUNT_WISHES,
    EVERY_OTHER,
    MEMBER_WISHES,
    QOS_WISHES,
    USER_WISHES,
    Wishes,
    fulfilled,
    is_fulfilled,
    merged_wishes,
)


@dataclass(slots=True)
class Comparison:
    """What differs.

    qos, accounts, members, users  changes that lead from the cluster to the file, one an object:
             accounts each after those above it, members are associations of users
    only_qos, only_accounts, only_members  rows in the scope that the file does not have
    final    the associations of the cluster as they would be, before anything is deleted
    state    what there is
    """

    state: ClusterState
    qos: list[RowChange] = field(default_factory=list)
    accounts: list[RowChange] = field(default_factory=list)
    members: list[RowChange] = field(default_factory=list)
    users: list[RowChange] = field(default_factory=list)
    only_qos: list[Row] = field(default_factory=list)
    only_accounts: list[Row] = field(default_factory=list)
    only_members: list[Row] = field(default_factory=list)
    final: dict[AssociationKey, Row] = field(default_factory=dict)

    @property
    def changes(self) -> list[RowChange]:
        """Return all changes."""
        return [*self.qos, *self.accounts, *self.users, *self.members]

    @property
    def only_here(self) -> list[RowChange]:
        """Return what the cluster alone has, as the deletions that would lead to the file."""
        rows = ((QOS, self.only_qos), (ACCOUNT, self.only_accounts))
        found = [
            RowChange(entity, "delete", name_of(entity, row), row, None)
            for entity, some in rows
            for row in some
        ]
        cluster = self.state.cluster
        return found + [
            RowChange(ASSOCIATION, "delete", name_on(row, cluster), row, None)
            for row in self.only_members
        ]

    @property
    def is_equal(self) -> bool:
        """Tell whether nothing differs."""
        return not self.changes and not self.only_here


def compare(site: Site, state: ClusterState) -> Comparison:
    """Return what differs between a site and a cluster.

    Raise UsageError, NotFound or Conflict for a file that Slurm could not follow, or that reaches
    out of its scope.
    """
    return _Comparing(site, state).compared()


class _Comparing:
    def __init__(self, site: Site, state: ClusterState) -> None:
        self.site, self.state, self.cluster = site, state, state.cluster
        self.found = Comparison(state, final=dict(state.rows))
        self.before = state.parents
        self.parents = self._parents()
        self.depths = {name: len(path_to(name, self.parents)) for name in self.parents}
        self.tres = {name.lower(): name for name in state.tres}
        self.known_qos = {*state.qos, *site.qos}
        members = (one.user for t in site.accounts.values() for one in t.members or ())
        self.known_users = {*state.users, *members}
        self._owned: dict[str, bool] = {}

    def compared(self) -> Comparison:
        self._check_scope()
        rows = self.state.rows.values()
        new = (
            a for a in self.site.accounts if AssociationKey(self.cluster, a) not in self.state.rows
        )
        refuse_above_orphans(new, rows, self.cluster)
        self._qos()
        for name in sorted(self.site.accounts, key=lambda one: (self.depths[one], one)):
            self._account(name)
        for name in sorted(self.site.accounts):
            self._members(name)
        self._only_accounts()
        self._users()
        self._check_default_qos()
        self.found.accounts = with_inherited_qos(ASSOCIATION, self.found.accounts, rows)
        self.found.members = with_inherited_qos(ASSOCIATION, self.found.members, rows)
        return self.found

    # --- the tree ---------------------------------------------------------------------------------

    def _parents(self) -> dict[str, str]:
        """Return the account above each one, as the file has it."""
        parents = dict(self.before)
        for name, table in self.site.accounts.items():
            parent = table.wishes.get("Parent")
            if parent is not None:
                if name == ROOT:
                    raise UsageError("[account.root] has a Parent", "remove it: root is above all")
                parents[name] = str(parent)
            elif name not in parents:
                parents[name] = ROOT
        for name in self.site.accounts:
            above = parents[name]
            if name != ROOT and above not in parents:
                here = (row for row in self.state.accounts.values() if is_on(row, self.cluster))
                error = no_parent(above, self.cluster, list(here))
                raise NotFound(f"[account.{name}] {error.message}", error.hint)
            if name != ROOT and path_to(name, parents)[0] != ROOT:
                below = listed(path_to(name, parents))
                raise Conflict(
                    f"accounts would be below each other: {below}",
                    "give one of them a Parent that is not below it",
                )
        return parents

    def _check_scope(self) -> None:
        """Refuse tables of what is not in the scope, now or as the file has it."""
        scope, defaults = self.site.scope, self.site.defaults
        for title, named in (("account", defaults.account), ("users", defaults.members)):
            for name in named:
                if name not in self.parents:
                    raise NotFound(
                        f"[defaults.{title}.{name}] account '{name}' does not exist",
                        suggestion(name, sorted(self.parents)),
                    )
        hint = "add it to accounts of [scope], or remove the table"
        owned = f"{listed(scope.accounts)} and below" if scope.accounts else "no account"
        for name in self.site.accounts:
            for parents, when in ((self.before, "is"), (self.parents, "would be")):
                if name in parents and not scope.owns(name, parents):
                    raise UsageError(
                        f"[account.{name}] {when} outside the scope ({owned})",
                        hint if when == "is" else "give it a Parent in the scope",
                    )
        members = (one.user for t in self.site.accounts.values() for one in t.members or ())
        for noun, names in (("qos", self.site.qos), ("user", [*self.site.users, *members])):
            for name in filter(scope.leaves_alone, names):
                raise UsageError(
                    f"{noun} '{name}' is unmanaged after [scope], and has a place in the file",
                    "remove it from one of both",
                )

    # --- the objects ------------------------------------------------------------------------------

    def _qos(self) -> None:
        for name, own in sorted(self.site.qos.items()):
            given = merged_wishes(QOS_WISHES, self.site.defaults.qos, own)
            wishes = self._checked(f"[qos.{name}]", QOS_WISHES, given)
            before = self.state.qos.get(name)
            new: dict[str, Value] = {f.name: f.kind.load(None) for f in QOS.fields}
            start = before or {**new, "Name": name, "Description": name}
            after = fulfilled(QOS_WISHES, start, wishes)
            if name in _names(after, "Preempt"):
                raise Conflict(f"[qos.{name}] it cannot preempt itself", "remove it from Preempt")
            self._note(self.found.qos, RowChange(QOS, _verb(before), name, before, after))
        self.found.only_qos = [
            row
            for name, row in sorted(self.state.qos.items())
            if name not in self.site.qos and name != NORMAL and self.site.scope.owns_qos(name)
        ]

    def _account(self, name: str) -> None:
        given = self.site.wishes_of_account(path_to(name, self.parents))
        wishes = self._checked(f"[account.{name}]", ACCOUNT_WISHES, given)
        known = self.state.accounts.get(name)
        before = known if is_on(known, self.cluster) else None
        start: Row = before or self._bare(name, known)
        after = fulfilled(ACCOUNT_WISHES, start, wishes)
        missing = unknown_user(_names(after, "Coordinators"), self.known_users)
        if missing is not None:
            raise NotFound(f"[account.{name}] {missing.message}", missing.hint)
        change = RowChange(ACCOUNT, _verb(before), name, before, after)
        self._note(self.found.accounts, change)
        key = AssociationKey(self.cluster, name)
        own = self.state.rows.get(key) or new_row(self.cluster, name)
        self.found.final[key] = {**own, **{f: after[f] for f in own if f in LIMITS_OF_ACCOUNT}}

    def _bare(self, name: str, known: Row | None) -> Row:
        """Return an account as it is when it is added; `known` if other clusters have it."""
        empty: dict[str, Value] = {f.name: f.kind.load(None) for f in ACCOUNT.fields}
        parent = self.parents[name]
        texts = texts_of_new_account(name, parent)
        place: Row = {"Account": name, "Cluster": self.cluster, "Parent": parent, "Fairshare": 1}
        kept = {} if known is None else {n: known[n] for n in OF_RECORD if n in known}
        return {**empty, **texts, **kept, **place}

    def _members(self, name: str) -> None:
        table = self.site.accounts[name]
        if table.members is None:
            return
        given = self.site.wishes_of_members(path_to(name, self.parents))
        checked: dict[int, Wishes] = {}
        wanted: set[AssociationKey] = set()
        for member, own in given.items():
            key = AssociationKey(self.cluster, name, member.user, member.partition)
            wanted.add(key)
            if id(own) not in checked:
                title = f"[account.{name}] user '{member.user}'"
                checked[id(own)] = self._checked(title, MEMBER_WISHES, own)
            wishes, before = checked[id(own)], self.state.rows.get(key)
            if before is not None and is_fulfilled(before, wishes):
                continue
            start = before or new_row(self.cluster, name, member.user, member.partition or None)
            after = fulfilled(MEMBER_WISHES, start, wishes)
            self.found.final[key] = after
            said = name_on(after, self.cluster)
            change = RowChange(ASSOCIATION, _verb(before), said, before, after)
            self._note(self.found.members, change)
        here = self._members_of.get(name, ())
        self.found.only_members += [
            self.state.rows[key]
            for key in here
            if key not in wanted and not self._stays(Member(key.user, key.partition), name)
        ]

    @property
    def _members_of(self) -> Mapping[str, list[AssociationKey]]:
        if not hasattr(self, "_by_account"):
            found: dict[str, list[AssociationKey]] = {}
            for key in sorted(self.state.rows):
                if key.user:
                    found.setdefault(key.account, []).append(key)
            self._by_account = found
        return self._by_account

    def _stays(self, member: Member, account: str) -> bool:
        """Tell whether an association is none of the site's: Slurm's own root, or unmanaged."""
        is_roots = member.user == ROOT and account == ROOT
        return is_roots or self.site.scope.leaves_alone(member.user)

    def _only_accounts(self) -> None:
        for name, row in sorted(self.state.accounts.items()):
            if (
                name != ROOT
                and name not in self.site.accounts
                and is_on(row, self.cluster)
                and self.site.scope.owns(name, self.before)
            ):
                self.found.only_accounts.append(row)

    def _users(self) -> None:
        mine: dict[str, list[Row]] = {}
        for key, row in self.found.final.items():
            if key.user:
                mine.setdefault(key.user, []).append(row)
        managed = {one.user for t in self.site.accounts.values() for one in t.members or ()}
        for name in sorted({*managed, *self.site.users}):
            own = self.site.users.get(name, {})
            accounts = {str(row["Account"]) for row in mine.get(name, ())}
            if not any(map(self._owns, accounts)):
                raise UsageError(
                    f"[user.{name}] has no association in the scope",
                    "add the user to `users` of an account, or remove the table",
                )
            wishes = merged_wishes(USER_WISHES, self.site.defaults.user, own)
            if not self._is_settled(self.state.users.get(name), wishes, accounts):
                self._user(name, wishes, mine[name])

    def _owns(self, account: str) -> bool:
        """Tell whether an account is in the scope; of 20,000 users, most are in the same ones."""
        if account not in self._owned:
            self._owned[account] = self.site.scope.owns(account, self.parents)
        return self._owned[account]

    def _is_settled(self, before: Row | None, wishes: Wishes, accounts: Collection[str]) -> bool:
        """Tell whether a user is as the file has it, so that _user() would find no change."""
        return (
            before is not None
            and before["DefaultAccount"] in accounts
            and not OF_WCKEYS & wishes.keys()
            and is_fulfilled(before, wishes)
        )

    def _user(self, name: str, wishes: Wishes, mine: list[Row]) -> None:
        before = self.state.users.get(name)
        empty: dict[str, Value] = {f.name: f.kind.load(None) for f in USER.fields}
        start: Row = before or {**empty, "User": name, "AdminLevel": "None"}
        after = {**fulfilled(USER_WISHES, start, wishes), "Cluster": self.cluster}
        after = with_default_wckey(after) if OF_WCKEYS & {*wishes} else after
        accounts = sorted({str(row["Account"]) for row in mine})
        if after["DefaultAccount"] not in accounts:
            if "DefaultAccount" in wishes:
                raise Conflict(
                    f"[user.{name}] DefaultAccount: the user is not in account "
                    f"'{after['DefaultAccount']}'",
                    f"add the user to it, or name one of {listed(accounts)}",
                )
            had = before is not None and before["DefaultAccount"] is not None
            is_here = before is not None and is_on(before, self.cluster)
            # Slurm takes one itself for who has none.
            after["DefaultAccount"] = accounts[0] if had or not is_here else None
        if before is None:
            self._note(self.found.users, RowChange(USER, "add", name, None, after))
            return
        start = {**before, "Cluster": self.cluster}
        default = after["DefaultAccount"]
        marked = [r for r in mine if r["Account"] == default and before["DefaultAccount"]]
        marked.sort(key=lambda row: str(row["Partition"] or ""))
        change = RowChange(USER, "modify", name, start, after, companions=tuple(marked))
        self._note(self.found.users, change)

    # --- checks -----------------------------------------------------------------------------------

    def _note(self, found: list[RowChange], change: RowChange) -> None:
        if change.changes:
            found.append(change)

    def _checked(self, title: str, fields: Collection[Field], wishes: Wishes) -> Wishes:
        """Return the wishes with TRES as the cluster spells them; raise for names of nothing."""
        by_name = {f.name: f for f in fields}
        found: dict[str, Value] = {}
        for name, wish in wishes.items():
            found[name] = wish
            if isinstance(wish, Mapping):
                found[name] = self._known_tres(title, by_name[name], wish)
            elif name in NAME_QOS and wish:
                names = wish if isinstance(wish, tuple) else (str(wish),)
                for one in (text.lstrip("+-") for text in names):
                    if one not in self.known_qos:
                        error = no_qos(name, one, sorted(self.known_qos))
                        raise NotFound(f"{title} {error.message}", error.hint)
        return found

    def _known_tres(self, title: str, of: Field, wish: Mapping[str, int | None]) -> Value:
        spelled: dict[str, int | None] = {}
        for name, count in wish.items():
            known = EVERY_OTHER if name == EVERY_OTHER else self.tres.get(name.lower())
            if known is None:
                error = unknown_tres(of.name, name, self.state.tres)
                raise UsageError(f"{title} {error.message}", suggestion(name, self.state.tres))
            spelled[known] = count
        return spelled

    def _check_default_qos(self) -> None:
        """Refuse a default QOS that an association could not use."""
        concerned = (*self.found.accounts, *self.found.members)
        if not any(CONCERNS_QOS & {*change.fields} for change in concerned):
            return
        before = _without_their_default(self.state.rows.values())
        bad = _without_their_default(self.found.final.values())
        new = [name_on(row, self.cluster) for key, row in bad.items() if key not in before]
        if new:
            raise Conflict(
                f"these associations could not use their DefaultQOS: {listed(new)}",
                "give them the QOS in QosLevel, or another DefaultQOS",
            )


LIMITS_OF_ACCOUNT = frozenset({"Parent", *(f.name for f in MEMBER_WISHES)})
"""Fields of an account that its own association has."""
OF_RECORD = ("Description", "Organization", "Coordinators", "Flags", "Clusters")
"""Fields of an account that all clusters share."""


def _without_their_default(rows: Iterable[Row]) -> dict[AssociationKey, Row]:
    found = {}
    for key, one in effective(ASSOCIATION, rows).items():
        default, allowed = one.row["DefaultQOS"], one.row["QosLevel"]
        if default is not None and default not in (allowed if isinstance(allowed, tuple) else ()):
            found[key] = one.row
    return found


def _verb(before: Row | None) -> Action:
    return "add" if before is None else "modify"


def _names(row: Row, name: str) -> tuple[str, ...]:
    value = row.get(name)
    return value if isinstance(value, tuple) else ()
