"""A write of the voice `sacctmgr` over REST: its blocks, its question, and the write itself.

What is written goes the way of every write of this program: locked, recorded, read back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import PermissionDenied, SlurmctlError
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.plan import Plan, refusal
from slurmctl_rest.sacctmgr.reply import OK, Refused, Reply, lines

__all__ = ["Plan", "in_turn", "written"]


def in_turn(context: Context, options: Options, *makes: Callable[[], Plan]) -> Reply:
    """Carry several plans out one after the other, each with its question.

    None of them is begun if slurmrestd cannot carry out any of them.
    """
    for make in makes if len(makes) > 1 else ():
        _check(context, make())
    replies = [written(context, options, make) for make in makes]
    return Reply(
        "".join(reply.stdout for reply in replies),
        "".join(reply.stderr for reply in replies),
        max(reply.code for reply in replies),
    )


def written(context: Context, options: Options, make: Callable[[], Plan]) -> Reply:
    """Plan, ask unless -i was given, and write; return the reply.

    `make` reads, and decides; it is called once more before the write where somebody was asked,
    since others may have written meanwhile. It raises Refused for what sacctmgr refuses.
    """
    plan = make()
    if plan.code != OK:
        return Reply(plan.blocks, plan.failed, plan.code)
    _check(context, plan)
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
        if not changes:
            continue
        planned = Planned([Outcome(change) for change in changes])
        try:
            Write(context).run_plan(partial(_same, planned), cluster)
        except SlurmctlError as error:
            denied = plan.denied if type(error) is PermissionDenied else None
            text = denied or refusal(error.slurm_errno)
            if text is None:
                raise
            raise Refused(text, plan.before if options.immediate else "") from error
    return Reply(said, plan.failed, plan.code)


def _check(context: Context, plan: Plan) -> None:
    """Raise the first reason why slurmrestd cannot carry a plan out, before anything is sent."""
    for changes in plan.changes.values():
        for change in changes:
            if change.needs_write and (wrong := context.backend.unsupported_reason(change)):
                raise wrong


def _same(planned: Planned) -> Planned:
    return planned
