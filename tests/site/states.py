"""Clusters at random for tests of a site's file, and a model that carries plans out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import AssociationKey, association_key
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.site.desired import ClusterState
from tests.strategies import account_rows, qos_rows, user_associations
from tests.support import KNOWN_TRES, account, association, qos, user

ACCOUNTS = ("physics", "optics", "chemistry", "lasers")
USERS = ("alice", "bob", "carol")
PARTITIONS = st.sampled_from([(None,), ("debug",), (None, "debug")])
OF_QOS = {"QosLevel": (), "DefaultQOS": None}


@st.composite
def states(draw: st.DrawFn) -> ClusterState:
    """Draw a cluster of a few accounts, users and QOS with any values in a few fields."""
    known = ["normal", *draw(st.lists(st.sampled_from(["high", "low"]), unique=True))]
    qos_ = {name: {**draw(qos_rows(name)), "Preempt": ()} for name in known}
    accounts: dict[str, Row] = {"root": account("root", None, QosLevel=("normal",))}
    rows: dict[AssociationKey, Row] = {}
    for name in draw(st.lists(st.sampled_from(ACCOUNTS), unique=True)):
        parent = draw(st.sampled_from(sorted(accounts)))
        drawn = {**draw(account_rows(name, parent)), **OF_QOS, "Coordinators": ()}
        own = draw(st.lists(st.sampled_from(known), unique=True))
        accounts[name] = {**drawn, "QosLevel": tuple(sorted(own))}
    defaults: dict[str, str] = {}
    for name, row in accounts.items():
        rows[AssociationKey("alps", name)] = _own(row)
        for who in draw(st.lists(st.sampled_from(USERS), unique=True)):
            partitions = draw(PARTITIONS) if who == "carol" else (None,)
            defaults.setdefault(who, name)
            for partition in partitions:
                member = {**draw(user_associations(name, who, partition)), **OF_QOS}
                marked = {**member, "Default": defaults[who] == name}
                rows[association_key(marked)] = marked
    users = {
        who: user(who, default, AdminLevel=draw(st.sampled_from(["None", "Operator"])))
        for who, default in defaults.items()
    }
    return ClusterState("alps", accounts, users, rows, qos_, KNOWN_TRES)


def _own(row: Row) -> Row:
    """Return an account's own association."""
    base = association(str(row["Account"]), None)
    return {**base, **{name: row[name] for name in base if name in row and name != "User"}}


def small_state() -> ClusterState:
    """Return a cluster of two accounts, with two users in one of them."""
    accounts: dict[str, Row] = {
        "root": account("root", None, QosLevel=("normal",)),
        "physics": account("physics", GrpTRES={"cpu": 5, "mem": 7}, MaxJobs=3),
    }
    rows = {association_key(row): row for row in map(_own, accounts.values())}
    for who in ("alice", "bob"):
        row = association("physics", who, Default=True)
        rows[association_key(row)] = row
    users = {who: user(who) for who in ("alice", "bob")}
    return ClusterState("alps", accounts, users, rows, {"normal": qos("normal")}, KNOWN_TRES)


def with_accounts(state: ClusterState, *rows: Row) -> ClusterState:
    """Return the cluster with these accounts in the place of those that it has."""
    own = {AssociationKey("alps", str(row["Account"])): _own(row) for row in rows}
    named = {str(row["Account"]): row for row in rows}
    return replace(state, accounts={**state.accounts, **named}, rows={**state.rows, **own})


def carried_out(state: ClusterState, plan: PlanSteps) -> ClusterState:
    """Return the cluster after the steps of a plan, part by part as they are written."""
    for step in plan.steps:
        state = _after(state, [part for part, _ in step])
    return state


def _after(state: ClusterState, changes: Iterable[RowChange]) -> ClusterState:
    accounts, users = dict(state.accounts), dict(state.users)
    rows, qos_ = dict(state.rows), dict(state.qos)
    for change in changes:
        if change.entity is QOS:
            _put(qos_, change.name, change)
        elif change.entity is USER:
            _put(users, change.name, change)
            rows = {k: _marked(k, row, change) for k, row in rows.items()}
        elif change.entity is ASSOCIATION:
            assert change.after is not None or not _is_refused(rows, change), (
                f"{change.name}: {[k for k in rows if k.user == change.key.user]}"
            )
            _put(rows, change.key, change)
        elif change.entity is ACCOUNT:
            _put(accounts, change.name, change)
            rows.pop(AssociationKey("alps", change.name), None)
            if change.after is not None:
                rows[AssociationKey("alps", change.name)] = _own(accounts[change.name])
    return replace(state, accounts=accounts, users=users, rows=rows, qos=qos_)


def _is_refused(rows: Mapping[AssociationKey, Row], change: RowChange) -> bool:
    """Tell whether Slurm refuses a deletion: in the default account of who has another one."""
    if not rows[change.key]["Default"] or change.cascade_of:
        return False
    return any(key.user == change.key.user and key.account != change.key.account for key in rows)


def _marked(key: AssociationKey, row: Row, change: RowChange) -> Row:
    default = change.new.get("DefaultAccount")
    return {**row, "Default": row["Account"] == default} if key.user == change.name else row


K = TypeVar("K")


def _put(objects: dict[K, Row], key: K, change: RowChange) -> None:
    if change.after is None:
        objects.pop(key, None)
        return
    current = objects.get(key, {})
    assert (change.before is None) == (not current), f"{change.action} {change.name}"
    for name, (before, _) in change.fields.items() if current else ():
        assert current.get(name) == before or not (current.get(name) or before), (
            f"{change.action} {change.name}: {name} is {current.get(name)}, not {before}"
        )
    objects[key] = {**current, **change.after}
