"""`add`: new objects, with everything that the tokens assign."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.session import Session
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import parse_add
from slurmctl_rest.planning import add_accounts


def run(session: Session, entity: Entity, tokens: Sequence[str]) -> None:
    """Add accounts and their association on the cluster."""
    sentence = parse_add(entity, tokens)
    session.guard_write(sentence.selection)
    cluster = session.cluster(sentence.selection)
    assignments = session.checked(sentence.assignments, cluster)
    current = session.accounts(entity, cluster)
    names = sentence.selection.names
    plan = add_accounts(entity, names, assignments, current, cluster)
    session.carry_out(plan, cluster)
