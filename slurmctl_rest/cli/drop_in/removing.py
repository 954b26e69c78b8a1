"""The changes by which accounts, users and associations go, as `slurmctl-rest delete` plans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from slurmctl_rest.cli.checks import active_jobs
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.delete import without_more
from slurmctl_rest.errors import Unreachable, Unsupported
from slurmctl_rest.model.change import Outcome, RowChange, name_of
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning import accounts as account_plans
from slurmctl_rest.planning import associations as association_plans
from slurmctl_rest.planning import users as user_plans
from slurmctl_rest.planning.active_jobs import held_jobs
from slurmctl_rest.planning.associations import lost_associations
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.decided import CLI
from slurmctl_rest.sacctmgr.deleting import Deletion, jobs_are_active
from slurmctl_rest.sacctmgr.plan import Plan
from slurmctl_rest.sacctmgr.reply import OK


def of_accounts(context: Context, deletion: Deletion, tree: Tree) -> Plan:
    """Return the plan of a deletion of accounts with its changes."""
    if deletion.plan.code != OK:
        return deletion.plan
    everything = list(tree.rows.values())
    if deletion.records:
        cluster = context.backend.cluster()
        names = {row["Account"] for row in deletion.records}
        heads = [row for row in everything if is_account_level(row) and row["Account"] in names]
        dependents = [one for row in heads for one in tree.branch(row)]
        outcomes = account_plans.delete(
            deletion.records, _once(dependents), everything, cluster, everywhere=True
        )
        return _planned(context, deletion.plan, {cluster: outcomes})
    return _planned(context, deletion.plan, _by_cluster(deletion.rows, everything))


def of_users(context: Context, deletion: Deletion, tree: Tree) -> Plan:
    """Return the plan of a deletion of users with its changes."""
    if deletion.plan.code != OK:
        return deletion.plan
    everything = list(tree.rows.values())
    by_cluster = _by_cluster(deletion.rows, everything)
    if deletion.records:
        cluster = context.backend.cluster()
        outcomes = user_plans.delete(deletion.records, everything, cluster, everywhere=True)
        by_cluster.setdefault(cluster, []).extend(outcomes)
    return _planned(context, deletion.plan, by_cluster)


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
            f"delete the user (sacctmgr delete user {user}), or {CLI}",
        )
    row = {f.name: f.kind.load(None) for f in USER.fields}
    row |= {"User": user, "Cluster": cluster, "Clusters": tuple(sorted({cluster, *staying}))}
    return user_plans.delete([row], everything, cluster)


def _planned(context: Context, plan: Plan, by_cluster: dict[str, list[Outcome]]) -> Plan:
    """Return the plan with its changes; raise the first reason why one of them cannot be.

    slurmdbd refuses a request whole where a job is active, and knows of the request only: it would
    carry out those before it.
    """
    changes = {}
    for cluster, outcomes in by_cluster.items():
        kept = without_more(context, outcomes)
        for outcome in kept:
            if outcome.error is not None:
                raise outcome.error
        changes[cluster] = [outcome.change for outcome in kept]
        if jobs := _active_jobs(context, lost_associations(kept), cluster):
            return jobs_are_active([(cluster, job) for job in jobs])
    return replace(plan, changes=changes)


def _active_jobs(context: Context, doomed: Sequence[Row], cluster: str) -> list[Row]:
    """Return the jobs in the way, as far as somebody tells: slurmdbd looks once more."""
    try:
        active = active_jobs(context, doomed, cluster)
    except Unreachable:
        return []
    here = [row for row in doomed if row["Cluster"] == cluster]
    return held_jobs(active, here, here)


def _once(rows: Iterable[Row]) -> list[Row]:
    return list({association_key(row): row for row in rows}.values())
