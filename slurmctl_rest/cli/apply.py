"""`apply`: a cluster becomes what a site's file says, or what a plan has shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slurmctl_rest.cli import checks, last_applied, site_reading
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.option_values import Resolution
from slurmctl_rest.cli.plan import stored_for
from slurmctl_rest.cli.site_planning import plan_of, resolved
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import SlurmctlError, UsageError
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.syntax import Selection
from slurmctl_rest.model.text import printable
from slurmctl_rest.render.json import dumped
from slurmctl_rest.site import files
from slurmctl_rest.site.compare import compare
from slurmctl_rest.site.desired import Site
from slurmctl_rest.site.document import Part
from slurmctl_rest.site.plan import StoredPlan, is_plan, read_plan, rest_of, restricted


def run(
    context: Context, file: str, *, prune: bool, rest: str | None, conflict: Resolution
) -> None:
    """Plan, show, ask, write, and read back; what could not be done is left as a new plan."""
    path = Path(file)
    site, stored = _read(context, path)  # what is wrong with the file is said before the question
    checks.guard_write(context, Selection(), everything=True)
    if stored is not None and prune and not stored.prune:
        raise UsageError(f"{printable(file, 0)} is a plan without --prune", "plan again with it")
    cluster = site_reading.cluster_of_site(context, site)
    if stored is not None and stored.cluster != cluster:
        raise UsageError(
            f"{printable(file, 0)} is a plan of cluster '{printable(stored.cluster)}', and this "
            f"profile is of '{cluster}'",
            f"use a profile of {printable(stored.cluster)}, or plan again",
        )
    applying = Applying(context, site, cluster, stored, prune=stored.prune if stored else prune)
    applying.conflict = conflict
    try:
        Write(context).run_plan(applying.planned, cluster)
    except SlurmctlError as error:
        left = applying.left()
        if left is not None:
            kept = Path(rest) if rest else path.with_name(f"{path.stem}.rest.json")
            files.replace_file(kept, dumped(left.as_json(), indent=2) + "\n")
            error.hint = "; ".join(filter(None, [error.hint, f"the rest is in {kept}: apply it"]))
        raise
    if applying.is_done:
        last_applied.keep(context, site, cluster, applying.staying)


@dataclass(slots=True)
class Applying:
    """A site, or a plan that was kept, on its way to the cluster."""

    context: Context
    site: Site
    cluster: str
    stored: StoredPlan | None
    prune: bool
    plan: StoredPlan | None = None
    conflict: Resolution = "overwrite"
    has_kept: bool = False
    """Whether a value of the cluster stands that the file has not."""
    staying: Sequence[RowChange] = ()
    """What only the cluster has, and is not deleted."""

    def planned(self) -> Planned:
        """Read the cluster, and plan what is to be done now."""
        found = compare(
            self.site, site_reading.state_for(self.context, self.site, self.cluster, whole=True)
        )
        site = self.site
        if self.stored is None and self.conflict != "overwrite":
            site, found, told = resolved(self.context, site, found, self.conflict)
            self.has_kept = site is not self.site
            for one in told if self.has_kept else ():
                if one.place == "both":
                    self.context.console.warn(f"{one}; the cluster's value is kept")
        self.staying = () if self.prune else found.only_here
        steps = plan_of(self.context, site, found, prune=self.prune)
        if self.stored is not None:
            steps, new = restricted(steps, self.stored)
            if new:
                have = "difference that the plan does not have stays"
                if new > 1:
                    have = "differences that the plan does not have stay"
                self.context.console.warn(f"{new} {have}")
        if not steps.plan:
            self.context.console.say("nothing to change")
        self.plan = self.stored or stored_for(
            self.context, site, self.cluster, steps, prune=self.prune
        )
        return Planned(steps.plan, steps=steps.steps, digest=self.plan.digest)

    @property
    def is_done(self) -> bool:
        """Tell whether the cluster is as the file has it: nobody has said no."""
        if self.context.options.dry_run or self.has_kept or self.plan is None:
            return False
        return not self.plan.changes or bool(self.context.outcomes)

    def left(self) -> StoredPlan | None:
        """Return what is left to do, if anything was begun."""
        outcomes = self.context.outcomes
        if self.plan is None or not outcomes:
            return None
        left = rest_of(self.plan, outcomes)
        return left if left.changes else None


def _read(context: Context, path: Path) -> tuple[Site, StoredPlan | None]:
    """Return the site of a file, and the plan, if the file is one."""
    if path.suffix == ".json" and path.is_file():
        part = files.parsed(path, files.read_text(path))
        if is_plan(part.document):
            stored = read_plan(str(path), part.document)
            return site_reading.site_of(context, [Part(str(path), stored.site)]), stored
    return site_reading.read_site(context, path), None
