"""`modify`: change the fields that the tokens name, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from slurmctl_rest.cli import checks, input_file
from slurmctl_rest.cli import selection as selecting
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.model.change import Outcome, RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.user import FROM_ASSOCIATIONS, NEW_NAME, USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import Statement
from slurmctl_rest.planning import associations
from slurmctl_rest.planning import qos as qos_plans
from slurmctl_rest.planning import users as user_plans
from slurmctl_rest.planning.associations import new_row
from slurmctl_rest.planning.targets import (
    Target,
    UnmatchedName,
    match_targets,
    no_match,
    not_among,
    unselected,
)
from slurmctl_rest.planning.users import UserModification


def run(
    context: Context,
    entity: Entity,
    tokens: Sequence[str],
    file: str | None = None,
    *,
    everything: bool,
) -> None:
    """Modify what is selected, each with its outcome."""
    words = USER_WITH_LIMITS if entity is USER else entity
    statements = input_file.read_statements(
        context, words, "modify", tokens, file, everything=everything
    )
    checks.guard_write(context, statements[0].selection, everything=everything)
    context.request(statements)
    named = [a.field.name for statement in statements for a in statement.assignments]
    checks.refuse_untold(context, entity, named)
    cluster = context.cluster_of(statements)

    def plan() -> Planned:
        return Planned(
            PLANS[entity.noun](context, checks.checked(context, statements, cluster), cluster)
        )

    Write(context).run_plan(plan, cluster)


Statements: TypeAlias = Sequence[Statement]
Plan: TypeAlias = Callable[[Context, Statements, str], list[Outcome]]


def _accounts(context: Context, statements: Statements, cluster: str) -> list[Outcome]:
    current = context.accounts(cluster)
    here = [row for row in current if row["Cluster"] == cluster]
    asked, missed = match_targets(ACCOUNT, here, statements)
    if not asked and not missed:
        raise no_match(ACCOUNT, cluster)
    return [
        *associations.modify(ACCOUNT, asked, current, cluster),
        *unselected(ACCOUNT, "modify", here, missed, cluster, (row for row, _ in asked)),
    ]


def _users(context: Context, statements: Statements, cluster: str) -> list[Outcome]:
    if new := new_names(statements):
        user_plans.check_renaming(statements, context.read(USER, cluster, new))
    found = selecting.select_users(context, [one.selection for one in statements], cluster)
    choices: list[UserModification] = []
    missed: list[UnmatchedName] = []
    for statement, part in zip(statements, found.parts, strict=True):
        selection = statement.selection
        # "The users of this cluster" are those who have an association on it.
        users = [u for u in part.users if selection.names or u["Cluster"] == cluster]
        conditional = set(selection.where) & set(FROM_ASSOCIATIONS)
        member_of = {row["User"] for row in part.rows}
        chosen = [user for user in users if user["User"] in member_of or not conditional]
        names = {user["User"] for user in chosen}
        rows = [row for row in part.rows if row["User"] in names]
        choices.append(UserModification(chosen, rows, statement.assignments))
        missed += not_among(USER, chosen, selection.names, statement.place)
    whom = [user for choice in choices for user in choice.users]
    if not missed and not whom:
        raise no_match(USER, cluster)
    return [
        *user_plans.modify_users(choices, found.associations, cluster),
        *unselected(USER, "modify", found.users, missed, cluster, whom),
    ]


def new_names(statements: Statements) -> list[str]:
    """Return the names that users are to get."""
    assignments = (a for statement in statements for a in statement.assignments)
    return [str(a.value) for a in assignments if a.field.name == NEW_NAME.name]


def _associations(context: Context, statements: Statements, cluster: str) -> list[Outcome]:
    selections = [one.selection for one in statements]
    read = selecting.each_of_associations(context, selections, cluster, lineage=True)
    asked: list[Target] = []
    absent: list[Outcome] = []
    for statement, chosen in zip(statements, read.parts, strict=True):
        if not chosen:
            absent.append(_absent(statement, cluster))
        asked += [(read.own[one], statement.assignments) for one in chosen]
    current = list(read.own.values())
    return [*associations.modify(ASSOCIATION, asked, current, cluster), *absent]


def _absent(statement: Statement, cluster: str) -> Outcome:
    """Return the outcome of a row of a file that selects nothing; raise where it is no row's."""
    error = statement.located(no_match(ASSOCIATION, cluster))
    where = statement.selection.where
    place = [where.get(name, (None,))[0] for name in ("Account", "User", "Partition")]
    if not statement.place or place[0] is None:
        raise error
    row = new_row(cluster, str(place[0]), *place[1:])
    return Outcome(RowChange(ASSOCIATION, "modify", name_of(ASSOCIATION, row), row, row), error)


def _qos(context: Context, statements: Statements, cluster: str) -> list[Outcome]:
    current = context.read(QOS, cluster)
    asked, missed = match_targets(QOS, current, statements)
    if not asked and not missed:
        raise no_match(QOS)
    return [
        *qos_plans.modify(asked),
        *unselected(QOS, "modify", current, missed, cluster, (row for row, _ in asked)),
    ]


PLANS: Mapping[str, Plan] = {
    ACCOUNT.noun: _accounts,
    USER.noun: _users,
    ASSOCIATION.noun: _associations,
    QOS.noun: _qos,
}
