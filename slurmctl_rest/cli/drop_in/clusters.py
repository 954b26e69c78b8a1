"""add, modify and delete of clusters over REST."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before, question
from slurmctl_rest.cli.drop_in.writing import Plan, written
from slurmctl_rest.model.entities import CLUSTERS
from slurmctl_rest.sacctmgr import cluster_limits, clusters, settings
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import Reply, lines
from slurmctl_rest.sacctmgr.words import word


def add(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Add clusters."""

    def make() -> Plan:
        rows = context.read(CLUSTERS, "")
        decided = clusters.add(words, rows, context.backend.release())
        return Plan.of(context.backend.cluster(), decided)

    return written(context, options, make)


def delete(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Delete clusters, with their associations."""

    def make() -> Plan:
        rows = context.read(CLUSTERS, "")
        decided = clusters.delete(words, rows, context.backend.release())
        return Plan.of(context.backend.cluster(), decided)

    return written(context, options, make)


def modify(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Modify the limits of clusters, which are those of their root associations."""
    old = before.is_old(context)
    known = before.catalog(context, settings.needed(map(word, words)))
    request = cluster_limits.read(words, known, old=old).checked()
    if not request.conditions and not question.agreed_to_all(options):
        return Reply(lines("Aborted"))

    def make() -> Plan:
        return cluster_limits.modify(request, before.rows(context), old=old)

    return written(context, options, make)
