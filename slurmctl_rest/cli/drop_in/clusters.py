"""`add cluster` and `delete cluster` over REST."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in.writing import Plan, written
from slurmctl_rest.model.entities import CLUSTERS
from slurmctl_rest.sacctmgr import clusters
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import Reply


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
