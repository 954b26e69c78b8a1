"""The changes by which accounts, users and associations go, as `slurmctl-rest delete` plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slurmctl_rest.cli.checks import active_jobs
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.delete import without_more
from slurmctl_rest.errors import USE_COMMANDS, Unreachable, Unsupported
from slurmctl_rest.model.change import Outcome, RowChange, name_of
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.entities.job_ids import ids
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning import accounts as account_plans
from slurmctl_rest.planning import associations as association_plans
from slurmctl_rest.planning import users as user_plans
from slurmctl_rest.planning.active_jobs import held_jobs
from slurmctl_rest.planning.associations import lost_associations
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.deleting import DeletionPlan, jobs_are_active
from slurmctl_rest.sacctmgr.plan import WritePlan
from slurmctl_rest.sacctmgr.reply import OK


def with_deletions(
    context: Context, noun: str, deletion: DeletionPlan, tree: Tree, *, old: bool
) -> WritePlan:
    """Return the plan of a deletion of accounts or users with its changes.

    Raises the first reason why one of them cannot be. slurmdbd refuses a request whole where a job
    is active, and knows of the request only: it would carry out those before it.
    """
    plan = deletion.plan
    if plan.code != OK:
        return plan
    changes = {}
    for cluster, outcomes in _outcomes(context, noun, deletion, tree).items():
        kept = without_more(context, outcomes)
        for outcome in kept:
            if outcome.error is not None:
                raise outcome.error
        changes[cluster] = [outcome.change for outcome in kept]
        if jobs := _active_jobs(context, lost_associations(kept), cluster):
            found = as_slurmdbd_finds(context, jobs)
            return jobs_are_active([(cluster, job) for job in found], old=old)
    return replace(plan, changes=changes)


def _outcomes(
    context: Context, noun: str, deletion: DeletionPlan, tree: Tree
) -> dict[str, list[Outcome]]:
    """Return what becomes of the records and rows, by cluster."""
    everything, records = list(tree.rows.values()), deletion.records
    outcomes = _by_cluster(deletion.rows, everything)
    if not records:
        return outcomes
    cluster = context.backend.cluster()
    if noun == USER.noun:
        gone = user_plans.delete(records, everything, cluster, everywhere=True)
    else:
        names = {row["Account"] for row in records}
        heads = [row for row in everything if is_account_level(row) and row["Account"] in names]
        below = {association_key(one): one for row in heads for one in tree.branch(row)}
        dependents = list(below.values())
        gone = account_plans.delete(records, dependents, everything, cluster, everywhere=True)
    outcomes.setdefault(cluster, []).extend(gone)
    return outcomes


def _by_cluster(rows: Sequence[Row], everything: Sequence[Row]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for cluster in dict.fromkeys(str(row["Cluster"]) for row in rows):
        here = [row for row in rows if row["Cluster"] == cluster]
        heads = [row for row in here if is_account_level(row)]
        outcomes = association_plans.delete(heads, everything, cluster)
        gone = {association_key(outcome.change.row) for outcome in outcomes}
        left = [row for row in here if association_key(row) not in gone]
        for user in dict.fromkeys(str(row["User"]) for row in left):
            mine = [row for row in left if row["User"] == user]
            outcomes += _of_user(user, mine, rows, everything)
        found[cluster] = outcomes
    return found


def _of_user(
    user: str, going: Sequence[Row], doomed: Sequence[Row], everything: Sequence[Row]
) -> list[Outcome]:
    """Return the removal of associations of a user on one cluster; the user stays.

    sacctmgr takes the last one on the cluster, too. Those of several partitions then go by one
    request, which names none of them: a default account would be refused in the first of two.
    """
    cluster, gone = str(going[0]["Cluster"]), {association_key(row) for row in doomed}
    own = [row for row in everything if row["User"] == user]
    staying = {str(row["Cluster"]) for row in own if association_key(row) not in gone}
    if cluster in staying or len({row["Partition"] for row in going}) == 1:
        changes = (
            RowChange(ASSOCIATION, "delete", name_of(ASSOCIATION, r), r, None) for r in going
        )
        return [Outcome(change) for change in changes]
    if not staying:
        raise Unsupported(
            f"slurmrestd cannot delete all associations of user {user}, and keep the user",
            f"delete the user (sacctmgr delete user {user}), or {USE_COMMANDS}",
        )
    row = {f.name: f.kind.load(None) for f in USER.fields}
    row |= {"User": user, "Cluster": cluster, "Clusters": tuple(sorted({cluster, *staying}))}
    return user_plans.delete([row], everything, cluster)


def as_slurmdbd_finds(context: Context, jobs: Sequence[Row]) -> list[Row]:
    """Return active jobs in the order of the index by which MariaDB finds them as a rule.

    It has them by the time when they became eligible: those that are held come first.
    """
    since = {job["JobIDRaw"]: job["Eligible"] for job in context.limits.jobs(ids(jobs))}

    def place(job: Row) -> tuple[int, int]:
        eligible, number = since.get(job["JobIDRaw"]), job["JobIDRaw"]
        return (
            eligible if isinstance(eligible, int) else 0,
            number if isinstance(number, int) else 0,
        )

    return sorted(jobs, key=place)


def _active_jobs(context: Context, doomed: Sequence[Row], cluster: str) -> list[Row]:
    """Return the jobs in the way, as far as somebody tells: slurmdbd looks once more."""
    try:
        active = active_jobs(context, doomed, cluster)
    except Unreachable:
        return []
    here = [row for row in doomed if row["Cluster"] == cluster]
    return held_jobs(active, here, here)
