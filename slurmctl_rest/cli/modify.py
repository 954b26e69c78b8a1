"""`modify`: changes what the tokens name, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.session import Session
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import parse_modify
from slurmctl_rest.planning import missing, modify_accounts, not_found, select


def run(session: Session, entity: Entity, tokens: Sequence[str], *, everything: bool) -> None:
    """Modify the accounts that are selected, each with its outcome."""
    sentence = parse_modify(entity, tokens)
    selection = sentence.selection
    session.guard_write(selection, everything=everything)
    cluster = session.cluster(selection)
    session.check_references(sentence.assignments, cluster)
    current = session.read(entity, cluster)
    here = [row for row in current if row["Cluster"] == cluster]
    plan = [
        *modify_accounts(
            entity, select(entity, here, selection), sentence.assignments, current, cluster
        ),
        *(
            not_found(entity, "modify", name, cluster)
            for name in missing(entity, here, selection.names)
        ),
    ]
    session.carry_out(plan, cluster)
