"""A write from its plan to its report: preview, question, lock, requests, read-back, audit."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slurmctl_rest.backends.protocol import Executor
from slurmctl_rest.backends.query import CancelRequest
from slurmctl_rest.cli import interrupts
from slurmctl_rest.cli.checks import refuse_orphans
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.guarding import Approvable, guard_plan, shown_digest, warn_of_losses
from slurmctl_rest.errors import (
    Conflict,
    Interrupted,
    PartlyDone,
    SlurmctlError,
    Unanswered,
)
from slurmctl_rest.model.change import Outcome, RowChange, subject
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.entities.job import is_active
from slurmctl_rest.model.entities.job_ids import ids
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.reasons import JOBS_RUNNING
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.steps import Steps

if TYPE_CHECKING:
    from slurmctl_rest.cli.turn import Turn


JOBS_END_TIMEOUT_S, JOBS_POLL_S = 60.0, 0.3
"""Seconds: how long cancelled jobs may take to end, and between two looks at them."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the jobs that are to be cancelled before it.

    steps  where a part of the plan can only be written after another: of each step what is sent,
           and the change of the plan that it is a part of
    digest by which it can be approved, where it is (the rest of) a plan that has one
    transactions  numbers of those in Slurm's journal that it takes back
    """

    plan: Sequence[Outcome]
    jobs: Sequence[Row] = ()
    steps: Steps = ()
    digest: str = ""
    transactions: Sequence[int] = ()


class Write:
    """One write of a command."""

    def __init__(self, context: Context) -> None:
        """Nothing is sent yet."""
        self.context = context
        self.audit_failure: SlurmctlError | None = None
        """Why the audit trail has no outcome of this write, if it has none."""
        self.turn: Turn | None = None
        """Its lock, while it is under way."""
        self.transactions: Sequence[int] = ()
        """Numbers of those in Slurm's journal that it takes back."""

    def run_plan(
        self,
        make: Callable[[], Planned],
        cluster: str,
        typed: str = "",
        turn: Turn | None = None,
    ) -> None:
        """Plan, show, confirm, write, read back, compare and report; raise if any of it failed.

        `make` reads, and makes the plan. Where nobody is asked, no other writer on this machine
        comes between that and the read-back. Where somebody is, the lock is not held meanwhile, and
        the rows are read once more. `typed`: the answer that the question needs, where a yes is
        too little. `turn`: one that has begun, in which what `make` returns first was made.
        """
        begun = turn is not None
        self.turn = turn = turn or self._new_turn(cluster)
        alone = self.context.options.immediate and not self.context.options.dry_run
        if alone and not begun:
            turn.begin()  # the lock first, so that nobody here writes before the read-back
        planned = make()
        if alone and turn.is_stale(planned.plan):
            # The second plan has seen the changes that came between the two.
            self.context.looks.clear()
            planned = make()
        jobs, self.transactions = planned.jobs, planned.transactions
        plan = _with_users(
            Outcome(o.change, o.error or self.context.backend.unsupported_reason(o.change))
            for o in planned.plan
        )
        refuse_orphans(self.context, plan)
        needed = [outcome.change for outcome in plan if outcome.error is None]
        steps = _parts(planned.steps, plan)
        commands: Sequence[SentCommand] = [
            command
            for step in steps
            for command in self.context.backend.preview([part for part, _ in step])
        ]
        warn_of_losses(self.context, needed)
        if jobs and commands:
            # Only with a deletion to come: jobs are not cancelled for one that is refused.
            commands = [*self.context.backend.preview_cancel(CancelRequest(ids(jobs))), *commands]
            self._warn_of_jobs(jobs)

        def confirmed() -> None:
            if not alone:
                turn.begin()
                if moved := turn.moved(plan):
                    raise moved

        def act() -> list[Outcome]:
            if jobs:
                self._cancel(jobs)
            return turn.reconciled(self._written(plan, steps, cluster, patient=bool(jobs)))

        besides = [{"entity": "job", "action": "cancel", "ids": list(ids(jobs))}] if jobs else []
        asked = Approvable(cluster, plan, besides, planned.digest)
        self.write_plan(plan, commands, act, cluster, confirmed=confirmed, typed=typed, asked=asked)

    def _new_turn(self, cluster: str) -> Turn:
        from slurmctl_rest.cli.turn import Turn  # noqa: PLC0415  (only for writes)

        turn = Turn(self.context, cluster)
        self.context.cleanup.callback(turn.end)
        return turn

    def _warn_of_jobs(self, jobs: Sequence[Row]) -> None:
        count = "1 active job" if len(jobs) == 1 else f"{len(jobs)} active jobs"
        shall = "would be" if self.context.options.dry_run else "is" if len(jobs) == 1 else "are"
        self.context.console.warn(f"{count} {shall} cancelled first: {_numbers(jobs)}")

    def write_plan(
        self,
        plan: Sequence[Outcome],
        preview: Sequence[SentCommand],
        act: Callable[[], list[Outcome]],
        cluster: str,
        of: Executor | None = None,
        question: str = "Carry this out?",
        confirmed: Callable[[], None] = lambda: None,
        typed: str = "",
        asked: Approvable | None = None,
    ) -> None:
        """Show and confirm a plan, `act`, and report; raise if any of it failed.

        `preview` has the commands; if it is empty, there is nothing to do. `of` is the executor, if
        it is not the backend. `confirmed` is called before anything is sent or recorded. `asked`:
        what can be approved, if that is not the plan alone.
        """
        asked = asked or Approvable(cluster, plan)
        if preview:
            guard_plan(self.context, asked)
        if self.context.options.dry_run:
            outcomes, commands = list(plan), preview
        else:
            if preview and not self.context.console.confirmed(
                plan, question, typed, self.transactions
            ):
                self.context.console.say("nothing was changed")
                return
            outcomes = list(plan)
            if preview:
                confirmed()
                with self.context.interrupts.deferred():
                    outcomes = self._audited(plan, preview, act, cluster, of)
            commands = (of or self.context.backend).log
        self.end_turn()  # a reader of our output may be slow
        pending = self.context.interrupts.pending
        unwritten: OSError | None = None
        if pending or not outcomes or any(outcome.error is None for outcome in outcomes):
            try:
                digest = shown_digest(self.context, asked)
                self._report(outcomes, commands, cluster, of, digest, asked_for=bool(preview))
                sys.stdout.flush()
            except OSError as error:  # a failure of the write is worse, and is raised first
                unwritten = error
        if pending:
            raise interrupts.interrupted_write(outcomes)
        _raise_failures(outcomes)
        if self.audit_failure is not None:
            raise self.audit_failure
        if unwritten is not None:
            raise unwritten

    def _audited(
        self,
        plan: Sequence[Outcome],
        preview: Sequence[SentCommand],
        act: Callable[[], list[Outcome]],
        cluster: str,
        of: Executor | None,
    ) -> list[Outcome]:
        """Act between two records of the audit trail, where the profile has one."""
        from slurmctl_rest import audit  # noqa: PLC0415  (only for writes)

        executor = of or self.context.backend
        trail = audit.trail(*self.context.named_profile, cluster, executor.executor)
        if trail is None:
            return self._done(plan, preview, act)
        self.context.outcomes = [Outcome(o.change, o.error or interrupts.not_sent()) for o in plan]
        with self.context.interrupts.recording():
            trail.begin(plan, preview)
        # The log has the reads of the plan, too; the trail records what ran from here on.
        before = len(executor.log)
        try:
            return self._done(plan, preview, act)
        finally:
            with self.context.interrupts.recording():
                self.audit_failure = trail.end(self.context.outcomes, executor.log[before:])
            if self.audit_failure is not None:
                self.context.console.warn(self.audit_failure.message)

    def _done(
        self,
        plan: Sequence[Outcome],
        preview: Sequence[SentCommand],
        act: Callable[[], list[Outcome]],
    ) -> list[Outcome]:
        """Act, and keep what came of it; an interruption waits for what is under way."""
        self.context.console.progress.writes = len(preview)
        unknown = Interrupted("interrupted; not known whether done", sent=True)
        # What an interruption reports, should `act` never return.
        self.context.outcomes = [Outcome(o.change, o.error or unknown) for o in plan]
        try:
            outcomes = act()
            self.context.outcomes = outcomes
        except SlurmctlError as error:
            self.context.outcomes = [Outcome(o.change, o.error or error) for o in plan]
            raise
        finally:
            if self.context.interrupts.pending and sys.stderr.isatty():
                self.context.console.eprint("")  # the terminal has written ^C
        return outcomes

    def _cancel(self, jobs: Sequence[Row]) -> None:
        """Cancel the jobs and wait until none of them is active."""
        for refused in self.context.backend.cancel(CancelRequest(ids(jobs))).values():
            raise refused
        accounts = sorted({association_key(job).account for job in jobs})
        numbers = {job["JobIDRaw"] for job in jobs}
        end = time.monotonic() + JOBS_END_TIMEOUT_S
        nothing = "nothing was deleted"
        while left := [
            job
            for job in self.context.backend.jobs(accounts)
            if job["JobIDRaw"] in numbers and is_active(job)
        ]:
            if self.context.interrupts.pending:
                break
            if time.monotonic() > end:
                raise Conflict(
                    f"jobs still active {JOBS_END_TIMEOUT_S:.0f} s after they were cancelled: "
                    f"{_numbers(left)}",
                    f"{nothing}; check these jobs, and repeat",
                )
            time.sleep(JOBS_POLL_S)
        if self.context.interrupts.pending:
            raise Interrupted(f"interrupted; jobs {_numbers(jobs)} were cancelled, {nothing}")

    def _sent(self, steps: Steps) -> list[Outcome]:
        """Write one step after the other, until a part of one fails."""
        sent: list[Outcome] = []
        for step in steps:
            if any(outcome.error for outcome in sent):
                sent += [Outcome(whole, _not_reached(whole)) for _, whole in step]
                continue
            wholes = {id(part): whole for part, whole in step}
            written = self.context.backend.write([part for part, _ in step])
            sent += [Outcome(wholes[id(one.change)], one.error) for one in written]
        return sent

    def _written(
        self, plan: Sequence[Outcome], steps: Steps, cluster: str, *, patient: bool
    ) -> list[Outcome]:
        """Write, read back and compare: an outcome is good when Slurm shows it, not before."""
        from slurmctl_rest.cli import verify  # noqa: PLC0415  (only for writes)

        # No answer is believed: slurmrestd says 200 to writes that it ignored, and sacctmgr exits
        # with 1 if it was "already so". The read-back decides.
        sent = self._sent(steps)
        end = time.monotonic() + JOBS_END_TIMEOUT_S
        # slurmdbd hears of the end of a job a little later than slurmctld.
        while patient and any(_is_early(o) for o in sent) and time.monotonic() < end:
            if self.context.interrupts.pending:
                break
            time.sleep(JOBS_POLL_S)
            again = [outcome.change for outcome in sent if _is_early(outcome)]
            anew = {id(outcome.change): outcome for outcome in self.context.backend.write(again)}
            sent = [anew.get(id(outcome.change), outcome) for outcome in sent]
        errors: dict[int, SlurmctlError | None] = {}
        for o in sent:
            errors[id(o.change)] = errors.get(id(o.change)) or o.error
        outcomes = [Outcome(o.change, o.error or errors.get(id(o.change))) for o in plan]
        try:
            looked_for = [o.change for o in sent if o.error is None or o.error.sent]
            verification = verify.Verification(
                self.context.backend,
                cluster,
                self.context._waits,
                self.context.interrupts,
                self.context.looks,
            )
            verified, notices = verification.verified(outcomes, looked_for)
        except SlurmctlError as error:
            return verify.unread(outcomes, error)
        # A cascade of a failed change may be gone all the same: with another one, from above.
        for notice in notices:
            self.context.console.warn(notice)
        failed = {o.change.name for o in verified if o.error is not None}
        return [o for o in verified if o.change.cascade_of not in failed or o.error is None]

    def _report(
        self,
        outcomes: Sequence[Outcome],
        commands: Sequence[SentCommand],
        cluster: str,
        of: Executor | None,
        digest: str,
        *,
        asked_for: bool,
    ) -> None:
        from slurmctl_rest.render import changes  # noqa: PLC0415  (only for writes)

        self.context.console.progress.end()
        target = self.context.console.output_target()
        options = self.context.options
        tells_commands = options.dry_run or options.verbose or options.with_commands
        report = changes.WriteReport(
            outcomes=outcomes,
            commands=commands if tells_commands else None,
            dry_run=self.context.options.dry_run,
            meta=self.context.meta(cluster, of) if self.context.options.has_keys else {},
            warnings=self.context.console.warnings,
            digest=digest,
            # If stdout is a file, nothing of the plan is there yet.
            seen=asked_for and not options.immediate and not options.dry_run and target.terminal,
            verbose=options.verbose,
            transactions=self.transactions,
        )
        if options.has_keys:
            self.context.console.put_document(changes.as_json(report))
        elif not self.context.options.quiet:
            for line in changes.report_lines(report, target):
                print(line)

    def end_turn(self) -> None:
        """Let the next writer in, where this one had a turn."""
        if self.turn is not None:
            self.turn.end()


def _parts(steps: Steps, plan: Sequence[Outcome]) -> Steps:
    """Return what is sent of a plan: without steps of its own, all at once."""
    good = {id(o.change) for o in plan if o.error is None}
    if not steps:
        return [[(o.change, o.change) for o in plan if id(o.change) in good]]
    found = [[(part, whole) for part, whole in step if id(whole) in good] for step in steps]
    return [step for step in found if step]


def _not_reached(change: RowChange) -> Conflict:
    said = f"{subject([change])}: not written, because a change before it failed"
    return Conflict(said, "see that error, and repeat the command")


def _with_users(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes; where no row of a new user can be added, neither can the user."""
    plan = list(outcomes)
    errors: dict[object, list[SlurmctlError | None]] = {}
    for outcome in plan:
        if outcome.change.entity is ASSOCIATION and outcome.change.action == "add":
            errors.setdefault(outcome.change.row["User"], []).append(outcome.error)

    def error_of(outcome: Outcome) -> SlurmctlError | None:
        change = outcome.change
        if outcome.error or change.entity is not USER or change.action != "add":
            return outcome.error
        of_rows = errors.get(change.name, [None])
        return of_rows[0] if all(of_rows) else None

    return [Outcome(outcome.change, error_of(outcome)) for outcome in plan]


def _raise_failures(outcomes: Sequence[Outcome]) -> None:
    """Raise the one error, or PartlyDone with all of them where some were done."""
    failed = [outcome.error for outcome in outcomes if outcome.error is not None]
    if not failed:
        return
    asked = [o for o in outcomes if not o.change.cascade_of and not o.change.unasked]
    messages = _joined(list(dict.fromkeys(error.message for error in failed)))
    ours = sum(o.error is not None and not o.change.unasked for o in outcomes)
    if 0 < ours < len(asked):
        raise PartlyDone(f"{ours} of {len(asked)} failed: {messages}", failed[0].hint)
    if len({error.message for error in failed}) == 1:
        raise failed[0]
    raise _of_all(failed, messages)


def _joined(messages: Sequence[str]) -> str:
    more = f"; and {len(messages) - MAX_ERRORS_JOINED} more (see --json)"
    return "; ".join(messages[:MAX_ERRORS_JOINED]) + (
        more if len(messages) > MAX_ERRORS_JOINED else ""
    )


MAX_ERRORS_JOINED = 10
"""Different errors in one line."""


def _of_all(failed: Sequence[SlurmctlError], messages: str) -> SlurmctlError:
    """Return one error in the place of several: it may be repeated if all of them may be.

    Unanswered is the worst of them: if the outcome of one is not known, it is not known of all.
    """
    first = next((error for error in failed if isinstance(error, Unanswered)), failed[0])
    together = type(first)(messages, first.hint)
    together.retryable = all(error.retryable for error in failed)
    together.http_status, together.slurm_errno = first.http_status, first.slurm_errno
    return together


def _is_early(outcome: Outcome) -> bool:
    """Tell whether a removal failed because slurmdbd takes a cancelled job for active."""
    error = outcome.error
    return isinstance(error, Conflict) and JOBS_RUNNING in error.message


def _numbers(jobs: Sequence[Row]) -> str:
    return listed(ids(jobs))
