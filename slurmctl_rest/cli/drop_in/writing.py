"""A write of the voice `sacctmgr` over REST: its blocks, its question, and the write itself.

What is written goes the way of every write of this program: locked, recorded, read back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.sacctmgr.decided import Decided
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import OK, Reply, lines


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, and what sacctmgr says of it.

    blocks   its text for what it does: on stdout, before the question
    changes  by the cluster that they are on
    failed   its text on stderr: what it could not read and left out, or why it exits with 1
    """

    blocks: str
    changes: dict[str, Sequence[RowChange]]
    failed: str = ""
    code: int = OK

    @classmethod
    def of(cls, cluster: str, decided: Decided) -> Plan:
        """Return the plan of objects that no cluster has; the lock of a write is a cluster's."""
        return cls(decided.blocks, {cluster: decided.changes}, decided.failed, decided.code)


def written(context: Context, options: Options, make: Callable[[], Plan]) -> Reply:
    """Plan, ask unless -i was given, and write; return the reply.

    `make` reads, and decides; it is called once more before the write where somebody was asked,
    since others may have written meanwhile. It raises Refused for what sacctmgr refuses.
    """
    plan = make()
    if plan.code != OK or not any(plan.changes.values()):
        return Reply(plan.blocks, plan.failed, plan.code)
    for change in [change for changes in plan.changes.values() for change in changes]:
        if reason := context.backend.unsupported_reason(change):
            raise reason
    if options.dry_run:
        requests = [
            str(command)
            for changes in plan.changes.values()
            for command in context.backend.preview(changes)
        ]
        return Reply(plan.blocks + lines(*requests))
    if not options.immediate:
        sys.stdout.write(plan.blocks)
        if not question.agreed():
            return Reply(lines(" Changes Discarded"), plan.failed)
        plan = make()
    said = plan.blocks if options.immediate else ""
    for cluster, changes in plan.changes.items():
        planned = Planned([Outcome(change) for change in changes])
        Write(context).run_plan(partial(_same, planned), cluster)
    return Reply(said, plan.failed, plan.code)


def _same(planned: Planned) -> Planned:
    return planned
