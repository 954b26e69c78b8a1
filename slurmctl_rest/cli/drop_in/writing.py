"""A write of the voice `sacctmgr` over REST: its blocks, its question, and the write itself.

What is written goes the way of every write of this program: locked, recorded, read back. It is
planned under the lock, so what is said is what is written.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.guarding import refuse_beyond
from slurmctl_rest.cli.turn import Turn
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import REPEAT, Conflict, PermissionDenied, SlurmctlError
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.sacctmgr.naming import check_named
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.plan import WritePlan, refusal
from slurmctl_rest.sacctmgr.reply import OK, LineRefused, Reply, as_lines


def one_after_another(
    context: Context,
    options: LineOptions,
    *makes: Callable[[], WritePlan],
    named: Sequence[str],
    at_once: bool,
) -> Reply:
    """Carry several plans out one after the other; `named`: clusters, as `written` takes them.

    None of them is begun if slurmrestd cannot carry out any of them. `at_once`: they are one write,
    as to 24.11, with one question, which is not done where the last one fails. To later releases
    they are writes of their own, and the exit code is that of the last one.
    """
    if len(makes) == 1:
        return written(context, options, makes[0], named=named)
    plans = [make() for make in makes]
    for plan in plans:
        _check(context, plan)
        if not options.dry_run:
            _guard(context, plan)
    asks = not (options.immediate or options.dry_run)
    if at_once and (asks or plans[-1].code != OK):
        return _at_once(context, plans, makes, named, asks=asks)
    replies = []
    for make in makes:
        reply = written(context, options, make, named=named)
        if asks:  # what comes of one is said before the question of the next
            sys.stdout.write(reply.stdout)
            reply = replace(reply, stdout="")
        replies.append(reply)
    return Reply(
        "".join(reply.stdout for reply in replies),
        "".join(reply.stderr for reply in replies),
        max(reply.code for reply in replies) if at_once else replies[-1].code,
    )


def _at_once(
    context: Context,
    plans: Sequence[WritePlan],
    makes: Sequence[Callable[[], WritePlan]],
    named: Sequence[str],
    *,
    asks: bool,
) -> Reply:
    failed = "".join(plan.failed for plan in plans)
    code = max(plan.code for plan in plans)
    sys.stdout.write("".join(plan.blocks for plan in plans))
    if not asks or all(plan.code != OK for plan in plans):
        return Reply("", failed, code)
    if not question.answered_yes():
        return Reply(as_lines(" Changes Discarded"), failed, code)
    if plans[-1].code != OK:
        return Reply("", failed, code)
    for make, plan in zip(makes, plans, strict=True):
        if plan.code == OK:
            _carried_out(context, partial(_as_shown, make, plan), named, said=True)
    return Reply("", failed, code)


def written(
    context: Context,
    options: LineOptions,
    make: Callable[[], WritePlan],
    *,
    named: Sequence[str],
) -> Reply:
    """Plan, ask unless -i was given, and write; return the reply.

    `make` reads, and decides, in the turn of the clusters that are `named`, or of all that there
    are. Where somebody is asked, it is called before that, too. It raises LineRefused for what
    sacctmgr refuses.
    """
    if options.immediate and not options.dry_run:
        plan = _carried_out(context, make, named, said=False)
        return Reply(plan.blocks, plan.failed, plan.code)
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
    _guard(context, plan)
    sys.stdout.write(plan.blocks)
    if not question.answered_yes():
        return Reply(as_lines(" Changes Discarded"), plan.failed)
    plan = _carried_out(context, partial(_as_shown, make, plan), named, said=True)
    return Reply("", plan.failed, plan.code)


def _as_shown(make: Callable[[], WritePlan], shown: WritePlan) -> WritePlan:
    """Return the plan as it is now; Conflict where it is not what somebody has agreed to."""
    plan = make()
    if (plan.blocks, plan.code) != (shown.blocks, shown.code):
        raise others_have_written()
    return plan


def others_have_written() -> Conflict:
    """Return the error for rows that are no longer what a plan was made of."""
    return Conflict("others have written meanwhile: nothing was changed", REPEAT)


def _carried_out(
    context: Context, make: Callable[[], WritePlan], named: Sequence[str], *, said: bool
) -> WritePlan:
    """Plan and write in the turn of the clusters; return the plan that was written.

    `said`: its blocks are on stdout already.
    """
    with in_turns(context, named) as turns:
        writing = _Writing(context, make)
        try:
            writing.carry_out(turns)
        except SlurmctlError as error:
            plan = writing.plan
            denied = plan.denied if type(error) is PermissionDenied else None
            text = denied or refusal(error.slurm_errno)
            if text is None:
                raise
            raise LineRefused(plan.failed + text, "" if said else plan.before) from error
    return writing.plan


class _Writing:
    """A plan that is made in the turn of its clusters, and written on one after the other."""

    def __init__(self, context: Context, make: Callable[[], WritePlan]) -> None:
        self._context = context
        self._make = make
        self._asked: set[str] = set()
        self._written: set[str] = set()
        self.plan = self._made()

    def carry_out(self, turns: Mapping[str, Turn]) -> None:
        """Write the changes of each cluster."""
        while (cluster := self._next()) is not None:
            changes = partial(self._changes_on, cluster)
            Write(self._context).run_plan(changes, cluster, turn=turns.get(cluster))
            self._written.add(cluster)

    def _next(self) -> str | None:
        left = (one for one, changes in self.plan.changes.items() if changes)
        return next((one for one in left if one not in self._written), None)

    def _changes_on(self, cluster: str) -> Planned:
        """Return the changes on a cluster; asked once more, those of a plan that is made anew.

        Of one that is written in part the rest stays: made anew, it would not have what is done.
        """
        if cluster in self._asked and not self._written:
            self._context.looks.clear()
            self.plan = self._made()
        self._asked.add(cluster)
        return Planned([Outcome(change) for change in self.plan.changes.get(cluster, ())])

    def _made(self) -> WritePlan:
        plan = self._make()
        if plan.code == OK:
            _check(self._context, plan)
            _guard(self._context, plan)
        return plan


def _check(context: Context, plan: WritePlan) -> None:
    """Raise the first reason why slurmrestd cannot carry a plan out, before anything is sent."""
    for changes in plan.changes.values():
        for change in changes:
            check_named(change)
            if change.needs_write and (wrong := context.backend.unsupported_reason(change)):
                raise wrong


def _guard(context: Context, plan: WritePlan) -> None:
    """Raise Refused for a plan beyond the guards: all of it, on whatever clusters it is."""
    changes = (one for of_cluster in plan.changes.values() for one in of_cluster)
    refuse_beyond(context, map(Outcome, changes))


@contextmanager
def in_turns(context: Context, named: Sequence[str]) -> Iterator[Mapping[str, Turn]]:
    """Keep other writers away from the clusters that are named, or from all; yield their turns.

    That of the profile is always among them: what is on no cluster is written in its turn. All
    writers take them in one order, so that no two wait for each other.
    """
    known = context.backend.clusters()
    meant = [one for one in known if one in named or not named]
    with ExitStack() as stack:
        turns = {}
        for cluster in sorted({context.backend.cluster(), *meant}):
            turns[cluster] = Turn(context, cluster)
            stack.callback(turns[cluster].end)
            turns[cluster].begin()
        yield turns


def write_planned(context: Context, planned: Planned, cluster: str, turn: Turn | None) -> None:
    """Carry out a plan that was made in this turn, and that is not made anew."""
    coming = iter([planned])

    def make() -> Planned:
        found = next(coming, None)
        if found is None:
            raise others_have_written()
        return found

    Write(context).run_plan(make, cluster, turn=turn)
