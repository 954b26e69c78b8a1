"""`plan`: what `apply` would do, to be read and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from slurmctl_rest.cli import site_reading
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.guarding import BEYOND_GUARDS, beyond, joined, warn_of_losses
from slurmctl_rest.cli.last_applied import with_actors
from slurmctl_rest.cli.option_values import Resolution
from slurmctl_rest.cli.site_planning import plan_of, resolved
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.render import changes as render
from slurmctl_rest.render.formats import refuse_lists_alone
from slurmctl_rest.render.json import dumped
from slurmctl_rest.site import files
from slurmctl_rest.site.compare import compare
from slurmctl_rest.site.desired import Site
from slurmctl_rest.site.document import document_of
from slurmctl_rest.site.plan import StoredPlan, stored_plan


def run(context: Context, file: str, *, prune: bool, out: str | None, conflict: Resolution) -> None:
    """Print the plan; keep it in a file, if one is named."""
    refuse_lists_alone("plan", context.options.output)
    site = site_reading.read_site(context, Path(file))
    cluster = site_reading.cluster_of_site(context, site)
    found = compare(site, site_reading.state_for(context, site, cluster, whole=True))
    site, found, told = resolved(context, site, found, conflict)
    told = with_actors(context, cluster, told)
    for one in told:
        if one.place != "file":
            context.console.warn(str(one))
    plan = plan_of(context, site, found, prune=prune)
    stored = stored_for(context, site, cluster, plan, prune=prune)
    stored = replace(stored, origins=[one.as_json() for one in told])
    if not prune and found.only_here:
        left = len(found.only_here)
        some = "1 object is only on the cluster, and stays: --prune would delete it"
        if left > 1:
            some = f"{left} objects are only on the cluster, and stay: --prune would delete them"
        context.console.warn(some)
    for lost in stored.lost:
        context.console.warn(lost)
    warn_of_losses(context, (one.change for one in plan.plan if one.error is None))
    if stored.guards:
        context.console.warn(f"apply will be {BEYOND_GUARDS}: {joined(stored.guards)}")
    stored = replace(stored, warnings=list(context.console.warnings))
    if out is not None:
        files.replace_file(Path(out), dumped(stored.as_json(), indent=2) + "\n")
    if context.options.has_keys:
        context.console.put_document(stored.as_json())
        return
    context.console.print(_lines(context, plan.plan, stored))


def stored_for(
    context: Context, site: Site, cluster: str, plan: PlanSteps, *, prune: bool
) -> StoredPlan:
    """Return a plan as it is kept, with where it was made."""
    now = datetime.now(UTC)
    meta = {name: value for name, value in context.meta(cluster).items() if name != "cluster"}
    return stored_plan(
        plan,
        cluster,
        document_of(site),
        prune=prune,
        now=now,
        meta=meta,
        guards=beyond(context, plan.plan),
    )


def _lines(context: Context, outcomes: Sequence[Outcome], stored: StoredPlan) -> Iterator[str]:
    """Yield the changes, what cannot be done, the counts and the digest."""
    possible = [one for one in outcomes if one.error is None]
    report = render.WriteReport(possible, (), dry_run=True)
    yield from render.report_lines(report, context.console.output_target())
    for one in stored.impossible:
        yield f"{one['entity']} {one['name']}: cannot {one['action']}: {one['reason']}"
    counted = Counter((o.change.action, o.change.entity.noun) for o in possible)
    told = [f"{noun} {action} {count}" for (action, noun), count in sorted(counted.items())]
    nothing = "nothing that can be changed" if stored.impossible else "nothing to change"
    yield f"plan: {', '.join(told) or nothing}"
    yield f"digest: {stored.digest}"
