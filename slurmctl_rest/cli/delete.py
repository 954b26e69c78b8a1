"""`delete`: removes objects from this cluster, and says what goes with them."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.session import Session
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import parse_select
from slurmctl_rest.planning import below, delete_accounts, missing, no_match, not_found, select


def run(
    session: Session,
    entity: Entity,
    tokens: Sequence[str],
    *,
    everything: bool,
    missing_ok: bool,
) -> None:
    """Delete the accounts that are selected, each with its outcome."""
    selection = parse_select(entity, tokens).selection
    session.guard_write(selection, everything=everything)
    cluster = session.cluster(selection)
    current = session.accounts(entity, cluster)
    here = [row for row in current if row["Cluster"] == cluster]
    rows = select(entity, here, selection)
    if not rows and not selection.names and not missing_ok:
        raise no_match(entity, cluster)
    names = [str(row[entity.key.name]) for row in rows]
    dependents = session.read(ASSOCIATION, cluster, below(names, current, cluster)) if names else []
    plan = delete_accounts(entity, rows, dependents, current, cluster)
    for name in missing(entity, here, selection.names):
        if missing_ok:
            session.warn(f"{entity.noun} '{name}' does not exist on cluster '{cluster}'")
        else:
            plan.append(not_found(entity, "delete", name, cluster))
    doomed = [outcome.change.name for outcome in plan if outcome.change.to_do and not outcome.error]
    if left := [name for name in below(doomed, current, cluster) if name not in doomed]:
        session.warn(
            f"{', '.join(left)}: below what is deleted; their associations go with it, "
            f"and only their names and texts stay"
        )
    session.carry_out(plan, cluster)
