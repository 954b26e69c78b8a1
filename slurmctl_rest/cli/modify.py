"""`modify`: changes what the tokens name, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from slurmctl_rest.cli import selecting
from slurmctl_rest.cli.session import Session
from slurmctl_rest.errors import NotFound
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.user import OF_ASSOCIATIONS, USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import Sentence, parse_modify
from slurmctl_rest.planning import Outcome, associations, no_match, select, unselected
from slurmctl_rest.planning import qos as qos_plans
from slurmctl_rest.planning import users as user_plans


def run(session: Session, entity: Entity, tokens: Sequence[str], *, everything: bool) -> None:
    """Modify what is selected, each with its outcome."""
    sentence = parse_modify(USER_WITH_LIMITS if entity is USER else entity, tokens)
    session.guard_write(sentence.selection, everything=everything)
    cluster = session.cluster(sentence.selection)
    assignments = session.checked(sentence.assignments, cluster)
    plan = PLANS[entity.noun](session, replace(sentence, assignments=assignments), cluster)
    session.carry_out(plan, cluster)


Plan: TypeAlias = Callable[[Session, Sentence, str], list[Outcome]]


def _accounts(session: Session, sentence: Sentence, cluster: str) -> list[Outcome]:
    selection = sentence.selection
    current = session.accounts(cluster)
    here = [row for row in current if row["Cluster"] == cluster]
    rows = select(ACCOUNT, here, selection)
    if not rows and not selection.names:
        raise no_match(ACCOUNT, cluster)
    return [
        *associations.modify(ACCOUNT, rows, sentence.assignments, current, cluster),
        *unselected(ACCOUNT, "modify", here, rows, selection.names, cluster),
    ]


def _users(session: Session, sentence: Sentence, cluster: str) -> list[Outcome]:
    selection = sentence.selection
    found = selecting.users(session, selection, cluster)
    # "The users of this cluster" are those who have an association on it.
    users = [u for u in found.users if selection.names or u["Cluster"] == cluster]
    conditional = set(selection.where) & set(OF_ASSOCIATIONS)
    member_of = {row["User"] for row in found.rows}
    chosen = [user for user in users if user["User"] in member_of or not conditional]
    if not chosen and not selection.names:
        raise no_match(USER, cluster)
    rows = [row for row in found.rows if row["User"] in {u["User"] for u in chosen}]
    return [
        *user_plans.modify_users(chosen, rows, sentence.assignments, found.associations, cluster),
        *unselected(USER, "modify", found.users, chosen, selection.names, cluster),
    ]


def _associations(session: Session, sentence: Sentence, cluster: str) -> list[Outcome]:
    read = selecting.associations(session, sentence.selection, cluster)
    if not read.chosen:
        raise no_match(ASSOCIATION, cluster)
    current = list(read.own.values())
    return associations.modify(ASSOCIATION, read.rows, sentence.assignments, current, cluster)


def _qos(session: Session, sentence: Sentence, cluster: str) -> list[Outcome]:
    selection = sentence.selection
    current = session.read(QOS, cluster)
    rows = select(QOS, current, selection)
    if not rows and not selection.names:
        raise NotFound("no qos meets the conditions", "slurmctl-rest qos list shows what there is")
    return [
        *qos_plans.modify(rows, sentence.assignments),
        *unselected(QOS, "modify", current, rows, selection.names, cluster),
    ]


PLANS: Mapping[str, Plan] = {
    ACCOUNT.noun: _accounts,
    USER.noun: _users,
    ASSOCIATION.noun: _associations,
    QOS.noun: _qos,
}
