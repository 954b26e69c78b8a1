"""`jobs`: list active and past jobs, and cancel or signal them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from slurmctl_rest.backends.query import CancelRequest, History
from slurmctl_rest.cli import checks, input_file, why
from slurmctl_rest.cli.context import Context, named_fields
from slurmctl_rest.cli.guarding import Approvable
from slurmctl_rest.cli.named import last_error, unseen_errors
from slurmctl_rest.cli.write import JOBS_POLL_S, Planned, Write
from slurmctl_rest.errors import (
    Conflict,
    Interrupted,
    NotFound,
    PartlyDone,
    SlurmctlError,
    Unanswered,
    Unreachable,
    UsageError,
)
from slurmctl_rest.model import times
from slurmctl_rest.model.change import Action, Outcome, subject
from slurmctl_rest.model.entities import JOB, job_ids
from slurmctl_rest.model.entities.job import PAST_JOB, WHY_COLUMN, is_active, is_there
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.durations import Moment
from slurmctl_rest.model.kinds.words import one_of
from slurmctl_rest.model.list_syntax import parse_list
from slurmctl_rest.model.syntax import Statement, parse_modify
from slurmctl_rest.model.text import listed
from slurmctl_rest.model.times import Window, Zone
from slurmctl_rest.planning import jobs as plans

SIGNALS = (
    *("ABRT", "ALRM", "CHLD", "CONT", "HUP", "INT", "KILL", "PIPE", "QUIT", "STOP", "TERM"),
    *("TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "XCPU"),
)
"""The signals that both scancel and slurmrestd know by name."""

DAY = 24 * 3600
MAX_WAIT_S = 24 * 3600
Reach: TypeAlias = Literal["steps", "batch", "full"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How jobs are to be cancelled: what the options have said."""

    max_jobs: int | None = None
    signal: str = ""
    reach: Reach = "steps"
    wait: float = 0.0

    @classmethod
    def of(
        cls,
        max_jobs: int | None,
        signal: str | None,
        wait: float | None,
        *,
        batch: bool,
        full: bool,
    ) -> Ending:
        """Check the options; UsageError if they do not fit together."""
        if batch and full:
            raise UsageError("--batch and --full cannot be used together")
        if (batch or full) and signal is None:
            raise UsageError("--batch and --full need --signal", "--signal USR1 --batch")
        if wait is not None and (signal is not None or not 0 < wait <= MAX_WAIT_S):
            raise UsageError(
                f"--wait accepts at most {MAX_WAIT_S} seconds, and not together with --signal"
            )
        if max_jobs is not None and max_jobs < 0:
            raise UsageError("--max-jobs must not be negative")
        reach: Reach = "batch" if batch else "full" if full else "steps"
        return cls(max_jobs, signal_of(signal) if signal is not None else "", reach, wait or 0.0)

    @property
    def action(self) -> Action:
        """Return what is done to a job."""
        return "signal" if self.signal else "cancel"


def list_(context: Context, tokens: Sequence[str], tz: str | None) -> None:
    """Show the active jobs that the tokens select."""
    statement = _parse(context, JOB, tokens)
    checks.check_tres_of_conditions(context, statement.refinement)
    zone = context.zone(tz)
    cluster = context.cluster_of_jobs()
    shows_why = WHY_COLUMN.name in named_fields(statement)
    told = context.limits.jobs() if shows_why else context.backend.jobs()
    # slurmctld keeps jobs that are over for a while (MinJobAge), and lists them.
    jobs = [job for job in told if is_active(job)]
    found = plans.chosen(jobs, statement.selection)
    if shows_why:
        texts = why.short_texts(context, cluster, found)
        found = [{**job, WHY_COLUMN.name: texts.get(str(job["JobID"]))} for job in found]
    for name in plans.unmatched(jobs, statement.selection.names):
        context.console.warn(f"job '{name}' is not active; see `slurmctl-rest jobs history {name}`")
    absent = last_error(unseen_errors(context, statement.selection.where, told, cluster))
    _show(context, JOB, found, statement, zone, cluster)
    if absent is not None:
        raise absent


def history(context: Context, tokens: Sequence[str], tz: str | None) -> None:
    """Show jobs of a window of time, or those named whenever they ran; each run is a row."""
    statement = _parse(context, PAST_JOB, tokens)
    checks.check_tres_of_conditions(context, statement.refinement)
    zone = context.zone(tz)
    cluster = context.cluster()
    names = statement.selection.names
    where = dict(statement.selection.where)
    bounds = {name: where.pop(name, ()) for name in ("Start", "End")}
    accounts = tuple(str(name) for name in where.get("Account", ()))
    also = PAST_JOB.requested(named_fields(statement))
    # By the array's number: tasks that never started have
    # none of their own in slurmdbd (tests/lab/test_jobs.py).
    if names and not any(bounds.values()):
        ids = tuple(dict.fromkeys(map(job_ids.whole, names)))
        query = History(cluster, ids=ids, also=also)
    else:
        query = History(cluster, _window(bounds, zone), accounts, also=also)
    jobs = context.backend.history(query)
    found = plans.chosen(jobs, replace(statement.selection, where=where))
    unknown = plans.unmatched(jobs, names)
    if query.window:
        for name in unknown:
            context.console.warn(f"slurmdbd has no job '{name}' in this window")
        unknown = []
    kind = PartlyDone if jobs else NotFound
    error = kind(f"slurmdbd has no job {listed(unknown)}", plans.SEE_LIST) if unknown else None
    # Jobs outlast their account in slurmdbd: a name that jobs have is one, deleted or not.
    absent = last_error([error, *unseen_errors(context, where, jobs, cluster)])
    _show(context, PAST_JOB, found, statement, zone, cluster)
    if absent is not None:
        raise absent


def cancel(
    context: Context, tokens: Sequence[str], ending: Ending, file: str | None = None
) -> None:
    """Cancel, or signal, the active jobs that the tokens select; each has its outcome."""
    (statement,) = input_file.read_statements(context, JOB, "cancel", tokens, file)
    selection = statement.selection
    checks.refuse_columns(context, statement, "a cancellation")
    checks.guard_write(context, selection, hint="name jobs, or give a condition like account=NAME")
    cluster = context.cluster_of_jobs()
    jobs = context.backend.jobs()
    active = [job for job in jobs if is_active(job)]
    over = [job for job in jobs if not is_active(job)]
    # A job that slurmctld has forgotten is over, and no error; one that nobody knows is exit 3.
    over += _once_known(context, cluster, plans.unmatched(jobs, selection.names))
    plan = plans.plan_cancel(active, over, selection, ending.action)
    if not plan:
        # That none is active is no wonder then, whatever other names there are.
        for error in unseen_errors(context, selection.where, jobs, cluster):
            if error is not None:
                raise NotFound(error.message, error.hint)
        context.console.warn("no active job meets the conditions")
    needed = [
        outcome.change for outcome in plan if outcome.error is None and outcome.change.changes
    ]
    count = plans.counted(needed)
    plans.guard_number(count, ending.max_jobs, ending.action)
    cancel_request = CancelRequest(plans.ids_to_send(needed), ending.signal, ending.reach)
    preview = context.backend.preview_cancel(cancel_request) if needed else []
    question = f"{ending.action.capitalize()} {count or 'these'} job{'s' * (count != 1)}?"
    Write(context).write_plan(
        plan,
        preview,
        lambda: _act(context, plan, cancel_request, ending),
        cluster,
        question=question,
        asked=Approvable(cluster, plan, [{"signal": ending.signal, "reach": ending.reach}]),
    )


def modify_kept_jobs(context: Context, tokens: Sequence[str]) -> None:
    """Change what slurmdbd keeps of the jobs that are named; each has its outcome."""
    statement = parse_modify(PAST_JOB, tokens)
    selection = statement.selection
    checks.refuse_columns(context, statement, "a modification")
    checks.guard_write(context, selection, hint="name jobs: jobs modify 12,13 set Comment=TEXT")
    if not selection.names:
        raise UsageError("jobs are modified by their numbers", "jobs modify 12,13 set Comment=TEXT")
    context.request([statement])
    cluster = context.cluster()

    def plan() -> Planned:
        jobs = context.read(PAST_JOB, cluster, selection.names)
        return Planned(plans.plan_modify(jobs, selection, statement.assignments))

    Write(context).run_plan(plan, cluster)


def signal_of(text: str) -> str:
    """Return a signal's name or number as Slurm takes it; UsageError for one that is unknown."""
    word = text.strip().upper().removeprefix("SIG")
    if word.isdecimal() and 1 <= int(word) <= 64:
        return str(int(word))
    try:
        return one_of(word, SIGNALS)
    except ValueError as error:
        raise UsageError(f"--signal: {error}", "or a number from 1 to 64") from error


def _act(
    context: Context, plan: Sequence[Outcome], cancel_request: CancelRequest, ending: Ending
) -> list[Outcome]:
    """Send it, and look at what has become of each job: a lost answer tells nothing."""
    errors: Mapping[str, SlurmctlError]
    try:
        errors = context.backend.cancel(cancel_request)
    except (Unreachable, Interrupted) as lost:
        # Not raised: the jobs themselves show whether the request got there.
        errors = dict.fromkeys(cancel_request.ids, lost)
    outcomes = [_judged(outcome, errors) for outcome in plan]
    answered = {id_ for outcome in plan for id_ in plans.ids_answered(outcome.change)}
    for id_, error in errors.items():
        if id_ not in answered:
            context.console.warn(
                f"Slurm answered about a job that was not requested: {error.message}"
            )
    if ending.signal:
        return outcomes
    # An accepted cancellation is not yet done: ask slurmctld again what became of the jobs.
    try:
        left = _left(context, outcomes, ending.wait)
    except SlurmctlError as error:
        opened = [o.change for o in outcomes if o.change.changes and not _is_refused(o)]
        causes = dict.fromkeys(o.error.message for o in outcomes if o.change in opened and o.error)
        words = "; ".join([*causes, f"could not be read back: {error.message}"])
        unknown = Unanswered(
            f"{subject(opened)}: sent, but {words}",
            "slurmctl-rest jobs list shows which are still active",
        )
        return [Outcome(o.change, unknown if o.change in opened else o.error) for o in outcomes]
    wait = 0.0 if context.interrupts.pending else ending.wait
    return [_verified(outcome, left, wait) for outcome in outcomes]


def _judged(outcome: Outcome, errors: Mapping[str, SlurmctlError]) -> Outcome:
    change = outcome.change
    refused = [errors[id_] for id_ in plans.ids_answered(change) if id_ in errors]
    if outcome.error is not None or not change.changes or not refused:
        return outcome
    return Outcome(change, refused[0])


def _left(context: Context, outcomes: Sequence[Outcome], wait: float) -> list[Row]:
    """Return the jobs that are not gone in time: not active any more, with --wait all over."""
    is_left = is_there if wait else is_active
    sent = [o.change.name for o in outcomes if o.change.changes and not _is_refused(o)]
    end = time.monotonic() + (wait or ENDING_TIMEOUT_S)
    left: list[Row] = []
    # States alone mix up the numbers of tasks with that of
    # their array (24.11, 26.05; tests/lab/test_facts.py).
    plain = all(name.isdecimal() for name in sent)
    while sent:
        if plain and context.backend.are_over(sent):
            return []
        left = plans.same([job for job in context.backend.jobs() if is_left(job)], sent)
        if not left or time.monotonic() > end or context.interrupts.pending:
            break
        time.sleep(JOBS_POLL_S)
    return left


ENDING_TIMEOUT_S = 3.0
"""Seconds in which a cancelled job is no longer active, without --wait."""


def _is_refused(outcome: Outcome) -> bool:
    error = outcome.error
    return error is not None and not (isinstance(error, Unreachable | Interrupted) and error.sent)


def _verified(outcome: Outcome, left: Sequence[Row], wait: float) -> Outcome:
    change = outcome.change
    if _is_refused(outcome) or not change.changes:
        return outcome
    still = plans.same(left, [change.name])
    if not still:
        return Outcome(change)  # also where the answer was lost
    state = JOB["State"].kind.text(still[0]["State"])
    if wait:
        late = f"job '{change.name}' is still active after {wait:g} s: {state}"
        return Outcome(change, outcome.error or Unreachable(late, "check its node", retryable=True))
    kept = Conflict(
        f"job '{change.name}' was cancelled, but is still {state}", "check the job, and repeat"
    )
    return Outcome(change, outcome.error or kept)


def _parse(context: Context, entity: Entity, tokens: Sequence[str]) -> Statement:
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    return parse_list(entity, [*tokens, *format_])


def _show(
    context: Context,
    entity: Entity,
    jobs: Sequence[Row],
    statement: Statement,
    zone: Zone,
    cluster: str,
) -> None:
    left = statement.refinement.at(int(time.time()), zone).of_rows(jobs)
    rows = (
        {**job, **{n: times.as_rfc3339(at, zone) for n in MOMENTS if isinstance(at := job[n], int)}}
        for job in left
    )
    context.show(entity, rows, statement.columns, cluster=cluster)


MOMENTS = tuple(f.name for f in JOB.fields if isinstance(f.kind, Moment))


def _window(bounds: Mapping[str, Sequence[Value]], zone: Zone) -> Window:
    """Return what start= and end= say: without a start a day, without an end until now."""
    now = int(time.time())
    for name, values in bounds.items():
        if len(values) > 1:
            raise UsageError(f"{name.lower()}= accepts only one time")
    end = times.moment(str(bounds["End"][0]), now, zone) if bounds["End"] else now
    start = times.moment(str(bounds["Start"][0]), now, zone) if bounds["Start"] else end - DAY
    return times.window(start, end, zone)


def _once_known(context: Context, cluster: str, names: Sequence[str]) -> list[Row]:
    """Return those of the jobs that slurmdbd still knows: slurmctld forgets them after a while."""
    if not names:
        return []
    query = History(cluster, ids=tuple(dict.fromkeys(map(job_ids.whole, names))))
    try:
        return context.backend.history(query)
    except SlurmctlError as error:
        context.console.warn(f"could not ask slurmdbd for jobs {listed(names)}: {error.message}")
        return []
