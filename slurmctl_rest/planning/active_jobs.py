"""Active jobs in the way of a deletion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slurmctl_rest.errors import Conflict, SlurmctlError
from slurmctl_rest.model.change import Outcome, RowChange, subject
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.entities.job_ids import ids
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.reasons import CANCEL_JOBS_HINT
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.associations import going, lost_associations, with_errors


def held_jobs(jobs: Iterable[Row], doomed: Iterable[Row], associations: Iterable[Row]) -> list[Row]:
    """Return the jobs that run on associations that are to go.

    A job uses the association of its partition where the user has one, else that for all. A
    pending job may name several partitions.
    """
    jobs, doomed = list(jobs), list(doomed)
    uses = _uses(jobs, doomed, associations)
    # Without the cluster: slurmctld shows jobs of its own one alone.
    blocking = {number for row in doomed for number, _ in uses.get(association_key(row)[1:], ())}
    return [job for number, job in enumerate(jobs) if number in blocking]


def of_nobody(jobs: Iterable[Row], plan: Sequence[Outcome]) -> list[Row]:
    """Return the jobs whose user slurmctld cannot name, in accounts that do not go as a whole.

    They may be those of a user who stays, so they are not cancelled for one who goes.
    """
    changes = (o.change for o in plan if o.change.entity is ACCOUNT and o.error is None)
    going = {change.name for change in changes if change.after is None}
    going |= {
        association_key(row).account for row in lost_associations(plan) if is_account_level(row)
    }
    return [job for job in jobs if not job["User"] and job["Account"] not in going]


def _uses(
    jobs: Iterable[Row], doomed: Iterable[Row], associations: Iterable[Row]
) -> dict[tuple[str, ...], list[tuple[int, Row]]]:
    """Return the jobs, numbered, that use each association (account, user, partition).

    A job whose user slurmctld cannot name, since no passwd knows that user any more, may use any
    association of its account.
    """
    there = {association_key(row)[1:] for rows in (associations, doomed) for row in rows}
    uses: dict[tuple[str, ...], list[tuple[int, Row]]] = {}
    for number, job in enumerate(jobs):
        whose = association_key(job).account, association_key(job).user
        if not whose[1]:
            for use in there:
                if use[0] == whose[0] and use[1]:
                    uses.setdefault(use, []).append((number, job))
            continue
        # A pending job may name several partitions, `gpu,cpu`, and start in any of them.
        own = {(*whose, partition) for partition in association_key(job).partition.split(",")}
        for use in {one if one in there else (*whose, "") for one in own}:
            uses.setdefault(use, []).append((number, job))
    return uses


def blocked_by_jobs(
    plan: Sequence[Outcome], jobs: Sequence[Row], associations: Sequence[Row]
) -> list[Outcome]:
    """Return the plan with a Conflict for each removal that active jobs block."""
    doomed: dict[str, list[Row]] = {}
    for row, change in going(plan):
        for name in dict.fromkeys((change.cascade_of, change.name)):
            doomed.setdefault(name, []).append(row)
    uses = _uses(jobs, lost_associations(plan), associations)
    errors: dict[str, SlurmctlError] = {}
    for outcome in plan:
        change = outcome.change
        if outcome.error is None and change.after is None and not change.cascade_of:
            rows = doomed.get(change.name, ())
            blocking = dict(use for row in rows for use in uses.get(association_key(row)[1:], ()))
            if blocking:
                errors[change.name] = _jobs_active(change, [blocking[n] for n in sorted(blocking)])
    # Cascades of a refused parent belong to its child now, and so do the jobs on them.
    return blocked_by_jobs(with_errors(plan, errors), jobs, associations) if errors else [*plan]


def _jobs_active(change: RowChange, blocking: Sequence[Row]) -> Conflict:
    count = "1 job is" if len(blocking) == 1 else f"{len(blocking)} jobs are"
    message = f"{subject([change])}: {count} active: {_numbers(blocking)}"
    nameless = [job for job in blocking if not job["User"]]
    if nameless and not is_account_level(change.old):
        return Conflict(
            f"{message}; slurmctld does not know the user of {_numbers(nameless)}",
            "cancel them with `slurmctl-rest jobs cancel`, or wait until they end",
        )
    return Conflict(message, CANCEL_JOBS_HINT)


def _numbers(jobs: Sequence[Row]) -> str:
    return listed(ids(jobs))
