"""The verbs of `jobs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.entities.job import STATE_CODES
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.times import FORMS

SYNTAX = "{names}[[where] field=value ...]"
SYNTAX_OF_LISTS = f"{SYNTAX} [format=field,...]"

NUMBERS = "A number means a job, 12_3 a task of an array, and the number of an array all its tasks."
ALL_STATES = f"States: {', '.join(state.lower() for state in STATE_CODES)}; or as squeue has them."


def list_(context: Context, _: Entity, tokens: Sequence[str], tz: str | None) -> None:
    """Show the active jobs that the tokens select."""
    from slurmctl_rest.cli import jobs

    jobs.list_(context, tokens, tz)


def history(context: Context, _: Entity, tokens: Sequence[str], tz: str | None) -> None:
    """Show jobs of a window of time, or those named whenever they ran."""
    from slurmctl_rest.cli import jobs

    jobs.history(context, tokens, tz)


def cancel(
    context: Context,
    _: Entity,
    tokens: Sequence[str],
    from_: str | None,
    max_jobs: int | None,
    signal: str | None,
    wait: float | None,
    *,
    batch: bool,
    full: bool,
) -> None:
    """Cancel, or signal, the active jobs that the tokens select; each has its outcome."""
    from slurmctl_rest.cli import jobs

    ending = jobs.Ending.of(max_jobs, signal, wait, batch=batch, full=full)
    jobs.cancel(context, tokens, ending, from_)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("list", JOB.noun): VerbEntry(
        list_,
        "List jobs that run or wait",
        SYNTAX_OF_LISTS,
        examples=(
            "jobs list",
            "jobs list where account=physics state=pending,running",
            "jobs list 12 format=JobID,State,Reason,Submit",
        ),
        notes=(NUMBERS, ALL_STATES),
        options=(options.TIME_ZONE,),
    ),
    ("history", JOB.noun): VerbEntry(
        history,
        "List jobs of a window of time, each run of one",
        SYNTAX_OF_LISTS,
        examples=(
            "jobs history where account=physics start=2026-10-01 end=2026-11-01",
            "jobs history where user=alice state=failed,timeout start=now-12hours",
            "jobs history 12,13",
        ),
        notes=(
            "start= and end= bound the window: without start= it is a day long, without end= it "
            f"goes until now. Jobs that are named are shown whenever they ran. Times: {FORMS}.",
            "A job is shown where it waited or ran in the window, with its whole times. One that "
            "was requeued is a row for each run.",
            NUMBERS,
            ALL_STATES,
        ),
        options=(options.TIME_ZONE,),
    ),
    ("cancel", JOB.noun): VerbEntry(
        cancel,
        "Cancel jobs that run or wait, or signal them",
        SYNTAX,
        examples=(
            "jobs cancel 12,13_4",
            "jobs cancel where account=physics user=alice -i --max-jobs 100",
            "jobs cancel where partition=gpu state=pending --dry-run",
            "jobs cancel 12 --wait 60",
            "jobs cancel 12 --signal USR1 --batch",
        ),
        notes=(
            "Something must be named. Only the jobs that were shown are cancelled, in one request. "
            "A named job that has ended already is no error; one that Slurm does not know is "
            "(exit 3).",
            "--signal sends a signal instead, as scancel does: to the steps of a job, with --batch "
            "to its batch script, with --full to both. Waiting jobs get none unless they are "
            "named.",
            NUMBERS,
            ALL_STATES,
        ),
        options=(
            *(options.FROM_FILE, options.MAX_JOBS, options.SIGNAL),
            *(options.BATCH, options.FULL, options.WAIT),
        ),
    ),
}
