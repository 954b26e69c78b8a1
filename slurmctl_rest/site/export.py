"""What there is on a cluster as a site's file: own values, and every other one cleared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.planning.tree import children, is_on
from slurmctl_rest.site.desired import (
    AccountTable,
    ClusterState,
    Member,
    Scope,
    Site,
    SiteDefaults,
)
from slurmctl_rest.site.tables import (
    ACCOUNT_WISHES,
    EVERY_OTHER,
    MEMBER_WISHES,
    QOS_WISHES,
    USER_WISHES,
    Wishes,
    unset,
)

ALWAYS = frozenset({"Parent", "Description", "Organization"})
"""Fields that every object is written with."""


def exported(
    state: ClusterState, scope: Scope, unknown: Mapping[str, Collection[str]] = {}
) -> Site:
    """Return the site that a cluster is: its wishes are fulfilled there, and leave nothing open.

    `unknown`: fields that are not known of the cluster, and so not managed, by the noun.
    """
    parents = state.parents
    names = [name for name in _in_order(state) if scope.owns(name, parents)]
    of_accounts = [f for f in ACCOUNT_WISHES if f.name not in unknown.get(ACCOUNT.noun, ())]
    of_members = [f for f in MEMBER_WISHES if f.name not in unknown.get(ASSOCIATION.noun, ())]
    of_qos = [f for f in QOS_WISHES if f.name not in unknown.get(QOS.noun, ())]
    members: dict[str, dict[Member, Wishes]] = {name: {} for name in names}
    accounts_of: dict[str, set[str]] = {}
    for key, row in sorted(state.rows.items()):
        if key.user:
            accounts_of.setdefault(key.user, set()).add(key.account)
            if key.account in members and not scope.leaves_alone(key.user):
                place = Member(key.user, key.partition)
                members[key.account][place] = given_wishes(of_members, row)
    return Site(
        scope=scope,
        defaults=SiteDefaults(
            account={name: _cleared(of_accounts) for name in scope.accounts},
            members={name: _cleared(of_members) for name in scope.accounts},
            user=_cleared(USER_WISHES[:1]),
            qos=_cleared(of_qos) if scope.qos else {},
        ),
        qos={
            name: given_wishes(of_qos, row)
            for name, row in sorted(state.qos.items())
            if scope.owns_qos(name)
        },
        accounts={
            name: AccountTable(
                given_wishes(
                    of_accounts, {**state.accounts[name], "Parent": parents[name] or None}
                ),
                members[name],
            )
            for name in names
        },
        users=_users(state, members, accounts_of),
    )


def _users(
    state: ClusterState,
    members: dict[str, dict[Member, Wishes]],
    accounts_of: dict[str, set[str]],
) -> dict[str, Wishes]:
    """Return the users of whom there is something to say."""
    found: dict[str, Wishes] = {}
    for name in sorted({one.user for some in members.values() for one in some}):
        row = state.users.get(name)
        if row is None:
            continue
        wishes = given_wishes(USER_WISHES[:1], row)
        default = row["DefaultAccount"]
        if default in members and len(accounts_of[name]) > 1:  # a user of one account has that one
            wishes["DefaultAccount"] = default
        if wishes:
            found[name] = wishes
    return found


def _in_order(state: ClusterState) -> list[str]:
    """Return the accounts of the cluster, each before those below it, by name."""
    here = [row for row in state.accounts.values() if is_on(row, state.cluster)]
    lower = children([r for key, r in state.rows.items() if not key.user], state.cluster)
    known = {str(row["Account"]) for row in here}
    found, to_walk = [], [ROOT]
    while to_walk:
        name = to_walk.pop()
        if name in known and AssociationKey(state.cluster, name) in state.rows:
            found.append(name)
        to_walk += sorted(lower.get(name, ()), reverse=True)
    return found


def given_wishes(fields: Iterable[Field], row: Row) -> dict[str, Value]:
    """Return the values of a row that are not what a new one has."""
    found: dict[str, Value] = {}
    for field in fields:
        if field.name not in row:
            continue
        value = row[field.name]
        if field.name in ALWAYS:
            if value is not None:
                found[field.name] = value
        elif value != unset(field):
            found[field.name] = value
    return found


def _cleared(fields: Sequence[Field]) -> dict[str, Value]:
    """Return the wish that nothing is set; of what every object is written with there is none."""
    cleared: dict[str, Value] = {}
    for field in fields:
        if field.name not in ALWAYS:
            value = unset(field)
            cleared[field.name] = {EVERY_OTHER: None} if value == {} else value
    return cleared
