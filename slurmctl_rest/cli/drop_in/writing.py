"""A write of the voice `sacctmgr` over REST: its blocks, its question, and the write itself.

What is written goes the way of every write of this program: locked, recorded, read back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import Conflict, PermissionDenied, SlurmctlError
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.plan import WritePlan, refusal
from slurmctl_rest.sacctmgr.reply import OK, LineRefused, Reply, as_lines


def in_turn(
    context: Context, options: LineOptions, *makes: Callable[[], WritePlan], at_once: bool
) -> Reply:
    """Carry several plans out one after the other.

    None of them is begun if slurmrestd cannot carry out any of them. `at_once`: one question is
    asked for all of them, as 24.11 does, instead of one for each.
    """
    if len(makes) == 1:
        return written(context, options, makes[0])
    plans = [make() for make in makes]
    for plan in plans:
        _check(context, plan)
    asks = not (options.immediate or options.dry_run)
    if at_once and asks:
        return _at_once(context, options, plans, makes)
    replies = []
    for make in makes:
        reply = written(context, options, make)
        if asks:  # what comes of one is said before the question of the next
            sys.stdout.write(reply.stdout)
            reply = replace(reply, stdout="")
        replies.append(reply)
    return Reply(
        "".join(reply.stdout for reply in replies),
        "".join(reply.stderr for reply in replies),
        max(reply.code for reply in replies),
    )


def _at_once(
    context: Context,
    options: LineOptions,
    plans: Sequence[WritePlan],
    makes: Sequence[Callable[[], WritePlan]],
) -> Reply:
    failed = "".join(plan.failed for plan in plans)
    code = max(plan.code for plan in plans)
    sys.stdout.write("".join(plan.blocks for plan in plans))
    if all(plan.code != OK for plan in plans):
        return Reply("", failed, code)
    if not question.answered_yes():
        return Reply(as_lines(" Changes Discarded"), failed, code)
    for make, plan in zip(makes, plans, strict=True):
        if plan.code == OK:
            _carry_out(context, options, _once_more(make, plan))
    return Reply("", failed, code)


def written(context: Context, options: LineOptions, make: Callable[[], WritePlan]) -> Reply:
    """Plan, ask unless -i was given, and write; return the reply.

    `make` reads, and decides; it is called once more before the write where somebody was asked,
    since others may have written meanwhile. It raises LineRefused for what sacctmgr refuses.
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
        return Reply(plan.blocks + as_lines(*requests))
    if not options.immediate:
        sys.stdout.write(plan.blocks)
        if not question.answered_yes():
            return Reply(as_lines(" Changes Discarded"), plan.failed)
        plan = _once_more(make, plan)
    _carry_out(context, options, plan)
    return Reply(plan.blocks if options.immediate else "", plan.failed, plan.code)


def _once_more(make: Callable[[], WritePlan], shown: WritePlan) -> WritePlan:
    """Return the plan as it is now; Conflict where it is not what somebody has agreed to."""
    plan = make()
    if (plan.blocks, plan.code) != (shown.blocks, shown.code):
        raise Conflict("others have written meanwhile: nothing was changed", "repeat the command")
    return plan


def _carry_out(context: Context, options: LineOptions, plan: WritePlan) -> None:
    for cluster, changes in plan.changes.items():
        if not changes:
            continue
        planned = Planned([Outcome(change) for change in changes])
        try:
            write_planned(context, planned, cluster)
        except SlurmctlError as error:
            denied = plan.denied if type(error) is PermissionDenied else None
            text = denied or refusal(error.slurm_errno)
            if text is None:
                raise
            raise LineRefused(text, plan.before if options.immediate else "") from error


def _check(context: Context, plan: WritePlan) -> None:
    """Raise the first reason why slurmrestd cannot carry a plan out, before anything is sent."""
    for changes in plan.changes.values():
        for change in changes:
            if change.needs_write and (wrong := context.backend.unsupported_reason(change)):
                raise wrong


def write_planned(context: Context, planned: Planned, cluster: str) -> None:
    """Carry out a plan that sacctmgr's words have told already: it is not made anew."""
    Write(context).run_plan(lambda: planned, cluster)
