"""Before a write: the guards of the profile, and the plan that somebody has approved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import Changed, Refused
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.kinds.base import Json

MAX_BREACHES_SHOWN = 10
BEYOND_GUARDS = "refused by a guard of the profile"
NATIVE_VOICE = (
    '`slurmctl-rest explain "sacctmgr ..."` shows the native command, which takes --approve'
)


@dataclass(frozen=True, slots=True)
class Approvable:
    """A plan as it can be approved.

    besides  what it does that is no change of its own: the jobs that are cancelled, the signal
    known    its digest, where it is a plan that was kept, or the rest of one
    """

    cluster: str
    plan: Sequence[Outcome]
    besides: Sequence[Json] = ()
    known: str = ""

    @property
    def digest(self) -> str:
        """Return the digest, which --approve takes."""
        from slurmctl_rest.render.digest import digest_of, planned_changes  # noqa: PLC0415 (seldom)

        return self.known or digest_of(self.cluster, [*planned_changes(self.plan), *self.besides])


def refuse_beyond(context: Context, plan: Iterable[Outcome]) -> None:
    """Raise Refused for a plan of sacctmgr's own voice, which knows no approval."""
    if said := beyond(context, plan):
        raise Refused(f"{BEYOND_GUARDS}: {joined(said)}", NATIVE_VOICE)


def guard_plan(context: Context, asked: Approvable) -> None:
    """Raise Refused for a plan beyond the guards, and Changed for another than the approved one.

    With --dry-run, which writes nothing, that is a warning.
    """
    context.console.hold_to(lambda: asked.digest)
    approved, dry_run = context.options.approve, context.options.dry_run
    if approved is not None:
        if approved == asked.digest:
            return
        if not dry_run:
            raise Changed(
                f"the plan is {asked.digest} now, and {approved} was approved",
                "nothing was sent; see what it is now with --dry-run, and have that approved",
            )
    said = beyond(context, asked.plan)
    if not said:
        return
    message = f"{BEYOND_GUARDS}: {joined(said)} (the plan is {asked.digest})"
    if dry_run:
        context.console.warn(f"would be {message}")
        return
    raise Refused(message, f"have it approved, and repeat with --approve {asked.digest}")


def beyond(context: Context, plan: Iterable[Outcome]) -> list[str]:
    """Return what the guards of the profile say of a plan; nothing if it is within them."""
    guard = context.named_profile[1].guard
    if guard is None:
        return []
    from slurmctl_rest.planning.guards import breaches  # noqa: PLC0415  (few profiles have guards)

    return [str(one) for one in breaches(guard, plan)]


def joined(said: Sequence[str]) -> str:
    """Return what guards say in one line."""
    more = len(said) - MAX_BREACHES_SHOWN
    return "; ".join([*said[:MAX_BREACHES_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def shown_digest(context: Context, asked: Approvable) -> str:
    """Return the digest that a report has: of plans that write nothing, to be approved.

    A program always gets it, a person if there are guards.
    """
    guarded = context.named_profile[1].guard is not None
    told = context.options.has_keys or guarded
    return asked.digest if context.options.dry_run and told else ""


def warn_of_losses(context: Context, changes: Iterable[RowChange]) -> None:
    """Say what the executor may take away unseen, or cannot give back, where it writes these."""
    for change in changes:
        if change.needs_write and (warning := context.backend.write_warning(change)):
            context.console.warn(warning)
