"""`add`: new objects, with everything that the tokens assign."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from slurmctl_rest.cli import checks, input_file
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.model.change import Outcome, subject
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, COORDINATOR, QOS, USER
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.syntax import Assignment, Statement
from slurmctl_rest.planning import accounts as account_plans
from slurmctl_rest.planning import qos as qos_plans
from slurmctl_rest.planning import users as user_plans
from slurmctl_rest.planning.targets import unknown_account
from slurmctl_rest.planning.tree import NO_PARENT
from slurmctl_rest.planning.users import UserAddition


def run(
    context: Context,
    entity: Entity,
    tokens: Sequence[str],
    file: str | None = None,
    *,
    require_unix_user: bool = False,
) -> None:
    """Add what is named, each with its outcome."""
    words = USER_WITH_LIMITS if entity is USER else entity
    statements = input_file.read_statements(context, words, "add", tokens, file)
    # The first stands for all: of a file, each row names objects.
    checks.guard_write(context, statements[0].selection)
    context.request(statements)
    cluster = context.cluster_of(statements)

    def plan() -> Planned:
        found = PLANS[entity.noun](context, checks.checked(context, statements, cluster), cluster)
        users = [o.change for o in found if o.change.entity is USER and o.change.action == "add"]
        new = [change.name for change in users]
        unknown = checks.check_unix_users(context, new, required=require_unix_user)
        if bare := [o.change for o in found if entity is not COORDINATOR and _is_completed(o)]:
            context.console.warn(
                f"{subject(bare)}: already exists without values of its own, and will get these"
            )
        return Planned(_without(found, unknown))

    Write(context).run_plan(plan, cluster)


def _is_completed(outcome: Outcome) -> bool:
    """Tell whether an object that is there gets the values that it was to be added with."""
    change = outcome.change
    return change.entity is not USER and change.action == "modify" and outcome.error is None


Statements: TypeAlias = Sequence[Statement]
Plan: TypeAlias = Callable[[Context, Statements, str], list[Outcome]]


def _accounts(context: Context, statements: Statements, cluster: str) -> list[Outcome]:
    return account_plans.add(_by_name(statements), context.accounts(cluster), cluster)


def _by_name(statements: Statements) -> dict[str, Sequence[Assignment]]:
    """Return what is assigned to each name."""
    return {name: one.assignments for one in statements for name in one.selection.names}


def _users(context: Context, statements: Statements, cluster: str) -> list[Outcome]:
    additions = []
    for statement in statements:
        where = statement.selection.where
        accounts = _names(where.get("Accounts", ()))
        partitions = _names(where.get("Partitions", ())) or (None,)
        names = statement.selection.names
        additions.append(UserAddition(names, accounts, partitions, statement.assignments))
    return _joined(context, additions, cluster)


def _associations(context: Context, statements: Statements, cluster: str) -> list[Outcome]:
    """Add users to accounts; without a user, the account's own association."""
    additions: list[UserAddition] = []
    own: dict[str, Sequence[Assignment]] = {}
    for statement in statements:
        try:
            addition = _joining(statement)
        except UsageError as error:
            raise statement.located(error) from None
        if addition.names:
            additions.append(addition)
        else:
            # accounts.add plans the account with its own
            # association, by the fields of its own table.
            told = [replace(a, field=ACCOUNT[a.field.name]) for a in addition.assignments]
            own |= dict.fromkeys(addition.accounts, told)
    return [
        *(account_plans.add(own, context.accounts(cluster), cluster) if own else ()),
        *(_joined(context, additions, cluster) if additions else ()),
    ]


def _joining(statement: Statement) -> UserAddition:
    """Return the additions of users to accounts; without names, of accounts' own associations."""
    where = statement.selection.where
    accounts = _names(where.get("Account", ()))
    if not accounts:
        raise UsageError("no account is given", "assoc add account=ACCOUNT [user=USER]")
    users = _names(where.get("User", ()))
    if users and any(a.field.name == "Parent" for a in statement.assignments):
        raise UsageError(NO_PARENT, "omit parent=")
    if not users and "Partition" in where:
        raise UsageError("an account association has no partition", "name a user: user=USER")
    return UserAddition(users, accounts, where.get("Partition", (None,)), statement.assignments)


def _joined(context: Context, additions: Sequence[UserAddition], cluster: str) -> list[Outcome]:
    names = list(dict.fromkeys(name for addition in additions for name in addition.names))
    users = context.read(USER, cluster, names)
    associations = context.associations(cluster, {"User": names})
    return user_plans.add(additions, users, associations, cluster)


def _coordinators(context: Context, statements: Statements, cluster: str) -> list[Outcome]:
    return coordinate(context, statements, cluster, Operator.ADD)


def coordinate(
    context: Context,
    statements: Statements,
    cluster: str,
    act: Operator,
    *,
    missing_ok: bool = False,
) -> list[Outcome]:
    """Plan users as coordinators of accounts, or (REMOVE) no longer.

    Raise UsageError where nobody is named, and NotFound for an account that does not exist, unless
    `missing_ok`.
    """
    accounts: dict[str, dict[str, None]] = {}
    for statement in statements:
        for account in _names(statement.selection.where.get("Account", ())):
            accounts.setdefault(account, {}).update(dict.fromkeys(statement.selection.names))
    names = list(dict.fromkeys(name for some in accounts.values() for name in some))
    if not names:
        raise UsageError(
            "no users or no accounts are given", "coordinator add USER account=ACCOUNT"
        )
    current = context.read(ACCOUNT, cluster)
    rows = [row for row in current if row["Account"] in accounts]
    there = {row["Account"] for row in rows}
    for name in accounts:
        if name not in there:
            if missing_ok:
                context.console.warn(f"account '{name}' does not exist")
                continue
            raise unknown_account(name, (str(row["Account"]) for row in current))
    known = [association_key(row).user for row in context.read(USER, cluster, names)]
    return qos_plans.plan_coordinators(rows, accounts, act, known, current)


def _qos(context: Context, statements: Statements, cluster: str) -> list[Outcome]:
    return qos_plans.add(_by_name(statements), context.read(QOS, cluster))


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
    gone = set(unknown)
    kept = [
        o
        for o in plan
        if o.change.entity is not ASSOCIATION or o.change.new.get("User") not in gone
    ]
    return [
        Outcome(
            o.change,
            NotFound(
                f"user '{o.change.name}' does not exist in the operating system",
                "add the user there first, or omit --require-unix-user",
            ),
        )
        if o.change.entity is USER and o.change.name in gone
        else o
        for o in kept
    ]
