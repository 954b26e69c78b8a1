"""`delete`: removes objects from this cluster, and says what goes with them."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.session import Session
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.account import ROOT, elsewhere
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.syntax import parse_select
from slurmctl_rest.planning import (
    Outcome,
    below,
    delete_accounts,
    missing,
    no_match,
    select,
    unselected,
)


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
    rows = [
        row
        for row in select(entity, here, selection)
        if selection.names or row[entity.key.name] != ROOT  # "all" does not mean root
    ]
    if not rows and not selection.names and not missing_ok:
        raise no_match(entity, cluster)
    names = [str(row[entity.key.name]) for row in rows]
    dependents = session.read(ASSOCIATION, cluster, below(names, current, cluster)) if names else []
    plan = delete_accounts(entity, rows, dependents, current, cluster)
    for outcome in unselected(entity, "delete", here, rows, selection.names, cluster):
        if missing_ok and outcome.change.name in missing(entity, here, selection.names):
            session.warn(str(outcome.error))
        else:
            plan.append(outcome)
    _warn_of_what_stays(session, plan, current, cluster)
    session.carry_out(plan, cluster)


def _warn_of_what_stays(
    session: Session, plan: Sequence[Outcome], current: Sequence[Row], cluster: str
) -> None:
    """Say what Slurm leaves: accounts below without an association, and life on other clusters."""
    changes = [o.change for o in plan if o.change.to_do and o.error is None]
    doomed = [change.name for change in changes]
    if left := [name for name in below(doomed, current, cluster) if name not in doomed]:
        session.warn(
            f"{', '.join(left)}: below what is deleted; their associations go with it, "
            f"and only their names and texts stay"
        )
    for change in changes:
        if change.before is not None and (others := elsewhere(change.before)):
            session.warn(
                f"{change.entity.noun} '{change.name}' lives on, on {', '.join(others)}; "
                f"only what it has on {cluster} is deleted"
            )
