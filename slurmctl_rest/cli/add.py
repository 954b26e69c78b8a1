"""`add`: new objects, with everything that the tokens assign."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from slurmctl_rest.cli.session import Session
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, COORDINATOR, QOS, USER
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.kinds import Act, Value
from slurmctl_rest.model.syntax import Sentence, parse_add
from slurmctl_rest.planning import Outcome, nearest
from slurmctl_rest.planning import accounts as account_plans
from slurmctl_rest.planning import qos as qos_plans
from slurmctl_rest.planning import users as user_plans


def run(
    session: Session,
    entity: Entity,
    tokens: Sequence[str],
    *,
    require_unix_user: bool = False,
) -> None:
    """Add what is named, each with its outcome."""
    sentence = parse_add(USER_WITH_LIMITS if entity is USER else entity, tokens)
    session.guard_write(sentence.selection)
    cluster = session.cluster(sentence.selection)
    assignments = session.checked(sentence.assignments, cluster)
    plan = PLANS[entity.noun](session, replace(sentence, assignments=assignments), cluster)
    new = [o.change.name for o in plan if o.change.entity is USER and o.change.action == "add"]
    unknown = session.check_unix_users(new, required=require_unix_user)
    session.carry_out(_without(plan, unknown), cluster)


Plan: TypeAlias = Callable[[Session, Sentence, str], list[Outcome]]


def _accounts(session: Session, sentence: Sentence, cluster: str) -> list[Outcome]:
    current = session.accounts(cluster)
    return account_plans.add(sentence.selection.names, sentence.assignments, current, cluster)


def _users(session: Session, sentence: Sentence, cluster: str) -> list[Outcome]:
    where = sentence.selection.where
    return _members(
        session,
        sentence,
        cluster,
        names=sentence.selection.names,
        accounts=_names(where.get("Accounts", ())),
        partitions=_names(where.get("Partitions", ())) or (None,),
    )


def _associations(session: Session, sentence: Sentence, cluster: str) -> list[Outcome]:
    """Add users to accounts; without a user, the account's own association."""
    where = sentence.selection.where
    accounts = _names(where.get("Account", ()))
    if not accounts:
        raise UsageError("no account is named", "assoc add account=ACCOUNT [user=USER]")
    users = [name for name in where.get("User", ()) if name is not None]
    if users:
        if any(a.field.name == "Parent" for a in sentence.assignments):
            raise UsageError(
                "a user's association stands in its account, it has no parent", "leave parent= out"
            )
        partitions = where.get("Partition", (None,))
        return _members(
            session,
            sentence,
            cluster,
            names=_names(users),
            accounts=accounts,
            partitions=partitions,
        )
    if "Partition" in where:
        raise UsageError("an account's own association has no partition", "name a user: user=USER")
    own = [replace(a, field=ACCOUNT[a.field.name]) for a in sentence.assignments]
    return account_plans.add(accounts, own, session.accounts(cluster), cluster)


def _members(
    session: Session,
    sentence: Sentence,
    cluster: str,
    *,
    names: Sequence[str],
    accounts: Sequence[str],
    partitions: Sequence[Value],
) -> list[Outcome]:
    users = session.read(USER, cluster, names)
    associations = session.associations(cluster, {"User": names})
    return user_plans.add(
        names, accounts, partitions, sentence.assignments, users, associations, cluster
    )


def _coordinators(session: Session, sentence: Sentence, cluster: str) -> list[Outcome]:
    return coordinate(session, sentence, cluster, Act.ADD)


def coordinate(
    session: Session, sentence: Sentence, cluster: str, act: Act, *, missing_ok: bool = False
) -> list[Outcome]:
    """Plan users as coordinators of accounts, or (REMOVE) no longer."""
    names = sentence.selection.names
    accounts = _names(sentence.selection.where.get("Account", ()))
    if not names or not accounts:
        raise UsageError("users and accounts are needed", "coordinator add USER account=ACCOUNT")
    current = session.read(ACCOUNT, cluster)
    rows = [row for row in current if row["Account"] in accounts]
    there = {row["Account"] for row in rows}
    for name in accounts:
        if name not in there:
            if missing_ok:
                session.warn(f"account '{name}' does not exist")
                continue
            raise NotFound(
                f"account '{name}' does not exist",
                nearest(ACCOUNT, name, current, f"slurmctl-rest account add {name}"),
            )
    known = [str(row["User"]) for row in session.read(USER, cluster, names)]
    return qos_plans.coordinate(rows, names, act, known, current)


def _qos(session: Session, sentence: Sentence, cluster: str) -> list[Outcome]:
    current = session.read(QOS, cluster)
    return qos_plans.add(sentence.selection.names, sentence.assignments, current)


PLANS: Mapping[str, Plan] = {
    ACCOUNT.noun: _accounts,
    USER.noun: _users,
    ASSOCIATION.noun: _associations,
    COORDINATOR.noun: _coordinators,
    QOS.noun: _qos,
}


def _names(values: Sequence[Value]) -> tuple[str, ...]:
    """Return the names of conditions, each once, in the order in which they were given."""
    parts = [one if isinstance(one, tuple) else (one,) for one in values]
    return tuple(dict.fromkeys(str(name) for part in parts for name in part if name is not None))


def _without(plan: Sequence[Outcome], unknown: Sequence[str]) -> list[Outcome]:
    """Return the plan with an error for each user whom the operating system does not know."""
    kept = [
        o
        for o in plan
        if o.change.entity is not ASSOCIATION or (o.change.after or {}).get("User") not in unknown
    ]
    return [
        Outcome(
            o.change,
            NotFound(
                f"user '{o.change.name}' is not known to the operating system",
                "add it there first, or leave out --require-unix-user",
            ),
        )
        if o.change.entity is USER and o.change.name in unknown
        else o
        for o in kept
    ]
