"""What a site wishes its accounting to be, and what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.names import is_like, why_not
from slurmctl_rest.site.tables import (
    ACCOUNT_WISHES,
    MEMBER_WISHES,
    Wishes,
    edited_wishes,
    merged_wishes,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a site owns; nothing else is a difference, or is ever touched.

    cluster    whose accounting it is; empty: that of the profile
    accounts   these, and all accounts below them
    qos        patterns of the QOS that the file alone may define
    unmanaged  patterns of accounts (with all below them), users and QOS that are left alone
    """

    cluster: str = ""
    accounts: tuple[str, ...] = (ROOT,)
    qos: tuple[str, ...] = ()
    unmanaged: tuple[str, ...] = ()

    def leaves_alone(self, name: str) -> bool:
        """Tell whether an object of that name is not managed, or has one that no file may hold."""
        return bool(why_not(name)) or is_like(name, self.unmanaged)

    def owns_qos(self, name: str) -> bool:
        """Tell whether a QOS that the file does not have is a difference."""
        return is_like(name, self.qos) and not self.leaves_alone(name)

    def owns(self, account: str, parents: Mapping[str, str]) -> bool:
        """Tell whether an account is in the scope, by the account above each."""
        seen: set[str] = set()
        inside = False
        while account and account not in seen:
            if self.leaves_alone(account):
                return False
            inside = inside or account in self.accounts
            seen.add(account)
            account = parents.get(account, "")
        return inside


class Member(NamedTuple):
    """An association of a user in an account; without a partition it is for all of them."""

    user: str
    partition: str = ""


@dataclass(frozen=True, slots=True)
class AccountTable:
    """An account; `members` is None if the file does not manage who is in it."""

    wishes: Wishes = field(default_factory=dict)
    members: Mapping[Member, Wishes] | None = None


@dataclass(frozen=True, slots=True)
class SiteDefaults:
    """What holds unless a table says otherwise.

    account, members  of the accounts at and below each account, and of the users in them
    user, qos         of all users and QOS of the file
    """

    account: Mapping[str, Wishes] = field(default_factory=dict)
    members: Mapping[str, Wishes] = field(default_factory=dict)
    user: Wishes = field(default_factory=dict)
    qos: Wishes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """A site's file, or a folder of them."""

    scope: Scope = Scope()
    defaults: SiteDefaults = SiteDefaults()
    qos: Mapping[str, Wishes] = field(default_factory=dict)
    accounts: Mapping[str, AccountTable] = field(default_factory=dict)
    users: Mapping[str, Wishes] = field(default_factory=dict)

    def manages(self, name: str) -> bool:
        """Tell whether any table of accounts, members or users names the field."""
        return any(name in names for noun, names in self.managed().items() if noun != QOS.noun)

    def managed(self) -> dict[str, set[str]]:
        """Return the fields that any table names, by the noun of what has them."""
        members = [
            one for table in self.accounts.values() for one in (table.members or {}).values()
        ]
        tables: dict[str, Iterable[Wishes]] = {
            ACCOUNT.noun: [
                *self.defaults.account.values(),
                *(table.wishes for table in self.accounts.values()),
            ],
            ASSOCIATION.noun: [*self.defaults.members.values(), *members],
            USER.noun: [self.defaults.user, *self.users.values()],
            QOS.noun: [self.defaults.qos, *self.qos.values()],
        }
        return {noun: set().union(*named) for noun, named in tables.items()}

    def wishes_of_account(self, path: Sequence[str]) -> dict[str, Value]:
        """Return the wishes for an account; `path`: from root down to it."""
        given = (self.defaults.account.get(name, {}) for name in path)
        return merged_wishes(ACCOUNT_WISHES, *given, self.accounts[path[-1]].wishes)

    def wishes_of_members(self, path: Sequence[str]) -> dict[Member, dict[str, Value]]:
        """Return the wishes for the users of an account; `path`: from root down to it."""
        given = merged_wishes(
            MEMBER_WISHES, *(self.defaults.members.get(name, {}) for name in path)
        )
        members = self.accounts[path[-1]].members or {}
        # Of most there is nothing else to say: the same wishes for all of these.
        return {
            one: merged_wishes(MEMBER_WISHES, given, own) if own else given
            for one, own in members.items()
        }


def edited(before: Site, after: Site) -> Site:
    """Return a site of what `after` wishes otherwise than `before`, of the same objects."""
    accounts = {}
    for name, table in after.accounts.items():
        was = before.accounts.get(name, AccountTable())
        there = was.members or {}
        members = table.members and {
            one: edited_wishes(there.get(one, {}), own) for one, own in table.members.items()
        }
        accounts[name] = AccountTable(edited_wishes(was.wishes, table.wishes), members)
    qos, users = (
        {name: edited_wishes(then.get(name, {}), own) for name, own in now.items()}
        for then, now in ((before.qos, after.qos), (before.users, after.users))
    )
    return replace(after, qos=qos, accounts=accounts, users=users)


@dataclass(frozen=True, slots=True)
class ClusterState:
    """What there is on a cluster, of own values.

    accounts  all accounts, with their limits if they are on the cluster
    users     all users
    rows      the associations of the cluster
    qos       all QOS
    tres      the names of all TRES
    """

    cluster: str
    accounts: Mapping[str, Row]
    users: Mapping[str, Row]
    rows: Mapping[AssociationKey, Row]
    qos: Mapping[str, Row]
    tres: Sequence[str] = ()

    @property
    def parents(self) -> dict[str, str]:
        """Return the account above each one of the cluster; root has none."""
        return {
            key.account: str(row["Parent"] or "") for key, row in self.rows.items() if not key.user
        }


def path_to(account: str, parents: Mapping[str, str]) -> list[str]:
    """Return the accounts from root down to one; one that is below itself ends the way.

    >>> path_to("physics", {"physics": "science", "science": "root", "root": ""})
    ['root', 'science', 'physics']
    """
    way: list[str] = []
    while account and account not in way:
        way.append(account)
        account = parents.get(account, "")
    return way[::-1]
