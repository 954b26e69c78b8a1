"""The plan of a site: its differences, deletions that are asked for, and what blocks them."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli import delete
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.last_applied import origins_of, with_actors
from slurmctl_rest.cli.option_values import Resolution
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.site.compare import Comparison, compare
from slurmctl_rest.site.desired import Site
from slurmctl_rest.site.origins import ChangeOrigin, conflict_of, kept
from slurmctl_rest.site.pruning import final_associations, pruned, pruned_qos
from slurmctl_rest.site.steps import DELETIONS, LAST, add_deletions, planned_steps


def plan_of(context: Context, site: Site, found: Comparison, *, prune: bool) -> PlanSteps:
    """Return the steps from a cluster to a site; with `prune` deletions are the last of them.

    Raise the error of a change that cannot be made for another reason than the executor: nothing
    is written then.
    """
    plan = planned_steps(found, context.backend.unsupported_reason)
    if prune and (found.only_accounts or found.only_members):
        outcomes = pruned(found, site.scope)
        deletion = delete.Deletion(outcomes, final_associations(found))
        examined = delete.examined_deletion(context, deletion, found.state.cluster)
        add_deletions(plan, DELETIONS, _judged(context, examined.plan), examined.detours)
    if prune and found.only_qos:
        context.console.warn(delete.MAY_HANG)
        refused = [one.change.name for one in plan.plan if one.error and one.change.entity is QOS]
        qos = pruned_qos(found, context.associations(""), refused)
        # Slurm 24.11 keeps the number of a deleted QOS in what preempts it, and breaks.
        add_deletions(plan, LAST, delete.deletable_qos(context, qos))
        plan.plan[:] = delete.leaving_preempt_to_slurm(context, plan.plan)
    for outcome in plan.plan:
        if outcome.error is not None and not isinstance(outcome.error, Unsupported):
            raise outcome.error
    return plan


def resolved(
    context: Context, site: Site, found: Comparison, conflict: Resolution
) -> tuple[Site, Comparison, list[ChangeOrigin]]:
    """Return the site and its differences as conflicts are to be resolved, and their origins.

    Raise Conflict for a value that has changed on both sides, unless that is decided.
    """
    told = origins_of(context, site, found)
    if (error := conflict_of(told)) is None or conflict == "overwrite":
        return site, found, told
    if conflict == "fail":
        raise conflict_of(with_actors(context, found.state.cluster, told)) or error
    site = kept(site, told)
    return site, compare(site, found.state), told


def _judged(context: Context, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes, with the errors of what the executor cannot do."""
    refusal = context.backend.unsupported_reason
    return [Outcome(one.change, one.error or refusal(one.change)) for one in outcomes]
