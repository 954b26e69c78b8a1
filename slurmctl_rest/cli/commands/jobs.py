"""The verbs of `jobs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.entities.job import STATE_CODES
from slurmctl_rest.model.entities.why import WAIT_REASON
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.times import FORMS

SYNTAX = "{names}[[where] field=value ...]"
SYNTAX_OF_LISTS = f"{SYNTAX} [sort=...] [limit=N] [format=...]"

NUMBERS = (
    "12 selects a job, 12_3 a task of an array, and the number of an array selects all its tasks."
)
ALL_STATES = (
    f"States: {', '.join(state.lower() for state in STATE_CODES)}, "
    "or squeue's short names (PD, R ...)."
)


def list_(context: Context, _: Entity, tokens: Sequence[str], tz: str | None) -> None:
    """Show the active jobs that the tokens select."""
    from slurmctl_rest.cli import jobs

    jobs.list_(context, tokens, tz)


def history(context: Context, _: Entity, tokens: Sequence[str], tz: str | None) -> None:
    """Show jobs of a window of time, or those named whenever they ran."""
    from slurmctl_rest.cli import jobs

    jobs.history(context, tokens, tz)


def why(context: Context, _: Entity, tokens: Sequence[str], tz: str | None) -> None:
    """Show why the jobs wait that the tokens select."""
    from slurmctl_rest.cli import why

    why.run(context, tokens, tz)


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


def modify_kept_jobs(context: Context, _: Entity, tokens: Sequence[str]) -> None:
    """Change what slurmdbd keeps of the jobs that are named."""
    from slurmctl_rest.cli import jobs

    jobs.modify_kept_jobs(context, tokens)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("list", JOB.noun): VerbEntry(
        list_,
        "List pending and running jobs",
        SYNTAX_OF_LISTS,
        examples=(
            "jobs list",
            "jobs list where account=physics state=pending,running",
            "jobs list 12 format=JobID,State,Reason,Submit",
        ),
        effect=NUMBERS,
        notes=(ALL_STATES,),
        options=(options.TIME_ZONE,),
    ),
    ("history", JOB.noun): VerbEntry(
        history,
        "List jobs of a time window, with one row for each run",
        SYNTAX_OF_LISTS,
        examples=(
            "jobs history account=physics start=2026-10-01 end=2026-11-01",
            "jobs history user=alice state=failed,timeout start=now-12hours",
            "jobs history 12,13",
        ),
        effect=(
            "start= and end= set the window. Without start= it is one day long, without end= it "
            "ends now. Jobs that you name are listed whenever they ran."
        ),
        notes=(
            f"Times: {FORMS}.",
            "A job is listed if it was pending or running in the window. Its times are not cut. A "
            "requeued job has one row for each run.",
            NUMBERS,
            ALL_STATES,
        ),
        options=(options.TIME_ZONE,),
    ),
    ("why", JOB.noun): VerbEntry(
        why,
        "Explain why jobs wait, and name what would let them start",
        SYNTAX_OF_LISTS,
        examples=("jobs why 4711", "jobs why user=alice", "jobs why 12,13_4 --json"),
        effect=(
            "Each limit that holds a job has a row: whose it is, its value and use, the running "
            "jobs that would make room and when, and the command that raises it. Other reasons "
            "are put in words, with the next step."
        ),
        notes=(
            "Slurm names one reason, and not the account; for some seconds it says Priority. So "
            "the limits of the association, of all accounts above it, and of the QOS are held "
            "against their use. If no limit holds the job, Slurm's own reason is explained.",
            "Conditions select the jobs that wait. A job that slurmctld does not know is an error "
            "(exit 3).",
            NUMBERS,
        ),
        options=(options.TIME_ZONE,),
        prints=WAIT_REASON,
    ),
    ("modify", JOB.noun): VerbEntry(
        modify_kept_jobs,
        "Change comments and the like in slurmdbd's records of jobs",
        "{names}set field=value ...",
        examples=(
            "jobs modify 12 set Comment='see ticket 4711'",
            "jobs modify 12,13_4 set AdminComment=refunded",
            "jobs modify 12 set DerivedExitCode=1:0 Extra='' --dry-run",
        ),
        effect=(
            "The record of a job may change while it runs and after it is over; of a requeued job "
            "that of the last run changes."
        ),
        notes=(
            "Over REST this needs API version v0.0.44 or later. NewWCKey= needs a site that tracks "
            "WCKeys (TrackWCKey).",
            "DerivedExitCode takes code:0 or 0:signal, or sacctmgr's one number, 256 * code.",
            NUMBERS,
        ),
    ),
    ("cancel", JOB.noun): VerbEntry(
        cancel,
        "Cancel pending and running jobs, or signal them",
        SYNTAX,
        examples=(
            "jobs cancel 12,13_4",
            "jobs cancel where account=physics user=alice -i --max-jobs 100",
            "jobs cancel 12 --signal USR1 --batch",
        ),
        effect="Only the jobs that are shown before the question are cancelled.",
        notes=(
            "A job or a condition is required. All jobs are cancelled in one request. Jobs that "
            "have ended are ignored. A job that Slurm does not know is an error (exit 3).",
            "--signal sends a signal as scancel does: to the steps of a job, with --batch to its "
            "batch script, with --full to both. A pending job is signalled only if you name it.",
            NUMBERS,
            ALL_STATES,
        ),
        options=(
            *(options.FROM_FILE, options.MAX_JOBS, options.SIGNAL),
            *(options.BATCH, options.FULL, options.WAIT),
        ),
    ),
}
