"""add, modify and delete of QOS and of clusters, over REST."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from functools import partial
from typing import TypeAlias

from slurmctl_rest.cli.checks import refuse_untold
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before, question
from slurmctl_rest.cli.drop_in.facts import LiveFacts
from slurmctl_rest.cli.drop_in.removing import as_slurmdbd_finds
from slurmctl_rest.cli.drop_in.writing import written
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.entities import CLUSTERS, QOS
from slurmctl_rest.model.entities.job import is_active
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr import cluster_limits, clusters, qos
from slurmctl_rest.sacctmgr.deleting import jobs_are_active
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.plan import WritePlan
from slurmctl_rest.sacctmgr.reply import Reply, as_lines
from slurmctl_rest.sacctmgr.write_requests import WriteRequest

PlanOfObjects: TypeAlias = Callable[[WriteRequest, Sequence[Row], str], WritePlan]
"""Plans objects, of all that there are; with the cluster whose lock a write takes."""


def _planned(
    context: Context, verb: str, noun: str, words: Sequence[str], plan: PlanOfObjects
) -> WritePlan:
    """Read the words and the rows anew, since others may have written meanwhile."""
    request = before.requested(context, verb, noun, words)
    cluster = context.backend.cluster()
    rows = context.read(QOS, cluster) if noun == QOS.noun else context.read(CLUSTERS, "")
    return plan(request, rows, cluster)


def _alone(context: Context, options: LineOptions, make: Callable[[], WritePlan]) -> Reply:
    """Write what is on no cluster."""
    return written(context, options, make, named=[context.backend.cluster()])


def qos_added(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Add QOS."""
    make = partial(_planned, context, "add", QOS.noun, words, qos.add_qos)
    return _alone(context, options, make)


def qos_modified(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Modify QOS; all of them, where no condition is given and somebody agrees."""
    request = before.requested(context, "modify", QOS.noun, words).checked_to_set()
    if not request.conditions.about and not question.agreed_to_all(options):
        return Reply(as_lines("Aborted"), as_lines(*request.complaints.err))
    refuse_untold(context, QOS, request.settings.asked)
    make = partial(_planned, context, "modify", QOS.noun, words, qos.modify_qos)
    return _alone(context, options, make)


def qos_deleted(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Delete QOS."""

    def plan(request: WriteRequest, rows: Sequence[Row], cluster: str) -> WritePlan:
        found = qos.qos_meant(request.checked_to_delete(), rows)
        if found and not request.old:  # 24.11 deletes them all the same
            gone = {row["Name"] for row in found}
            if in_use := _jobs_of_qos(context, gone):
                return jobs_are_active([(cluster, job) for job in in_use], " ", old=False)
        associations = context.associations("") if found else []
        return qos.delete_qos(request, rows, associations, cluster)

    make = partial(_planned, context, "delete", QOS.noun, words, plan)
    return _alone(context, options, make)


def _jobs_of_qos(context: Context, gone: Set[Value]) -> list[Row]:
    """Return the active jobs of QOS, as far as somebody tells: slurmdbd looks once more.

    MariaDB finds those of one QOS by their numbers.
    """
    try:
        jobs = [job for job in context.backend.jobs() if job["QOS"] in gone and is_active(job)]
    except SlurmctlError:
        return []
    return as_slurmdbd_finds(context, jobs) if len(gone) > 1 else jobs


def cluster_added(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Add clusters."""
    make = partial(_planned, context, "add", CLUSTERS.noun, words, clusters.plan_added_clusters)
    return _alone(context, options, make)


def cluster_modified(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Modify the limits of clusters, which are those of their root associations."""
    request = cluster_limits.read_modified(words, LiveFacts(context)).checked_to_set()
    if not request.conditions.about and not question.agreed_to_all(options):
        return Reply(as_lines("Aborted"))

    def make() -> WritePlan:
        return cluster_limits.plan_modified_clusters(request, before.read_rows(context))

    return written(context, options, make, named=request.of("Cluster"))


def cluster_deleted(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Delete clusters, with their associations."""
    make = partial(
        _planned, context, "delete", CLUSTERS.noun, words, clusters.plan_deleted_clusters
    )
    return _alone(context, options, make)
