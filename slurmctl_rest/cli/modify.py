"""`modify`: changes what the tokens name, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.session import Session
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import parse_modify
from slurmctl_rest.planning import modify_accounts, no_match, select, unselected


def run(session: Session, entity: Entity, tokens: Sequence[str], *, everything: bool) -> None:
    """Modify the accounts that are selected, each with its outcome."""
    sentence = parse_modify(entity, tokens)
    selection = sentence.selection
    session.guard_write(selection, everything=everything)
    cluster = session.cluster(selection)
    assignments = session.checked(sentence.assignments, cluster)
    current = session.accounts(entity, cluster)
    here = [row for row in current if row["Cluster"] == cluster]
    rows = select(entity, here, selection)
    if not rows and not selection.names:
        raise no_match(entity, cluster)
    plan = [
        *modify_accounts(entity, rows, assignments, current, cluster),
        *unselected(entity, "modify", here, rows, selection.names, cluster),
    ]
    session.carry_out(plan, cluster)
