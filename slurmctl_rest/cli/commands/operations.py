"""The verbs of `runawayjobs`, `stats`, `archive` and `slurmdbd`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.commands.notes import COMMANDS_ALONE
from slurmctl_rest.cli.commands.records import SYNTAX
from slurmctl_rest.cli.commands.records import run as list_
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ARCHIVE, RUNAWAY_JOBS, SLURMDBD, STATS
from slurmctl_rest.model.fields import Entity

NOT_FIXED = COMMANDS_ALONE.format("no request that fixes them")
HELD = "slurmrestd does not tell runaway jobs that never became eligible, as those that are held."
NO_REQUEST = COMMANDS_ALONE.format("no request for it")
ON_HOST = "Folders, scripts and files are those of slurmdbd's host."


def fix(context: Context, _: Entity, tokens: Sequence[str]) -> None:
    """End the runaway jobs of the cluster in slurmdbd."""
    from slurmctl_rest.cli import operations

    operations.fix(context, tokens)


def dump_archive(context: Context, _: Entity, tokens: Sequence[str]) -> None:
    """Archive records."""
    from slurmctl_rest.cli import operations

    operations.archive(context, "dump", tokens)


def load_archive(context: Context, _: Entity, tokens: Sequence[str]) -> None:
    """Load archived records."""
    from slurmctl_rest.cli import operations

    operations.archive(context, "load", tokens)


def clear(context: Context, _: Entity, tokens: Sequence[str]) -> None:
    """Set slurmdbd's statistics back."""
    from slurmctl_rest.cli import operations

    operations.plain(context, STATS, "clear", tokens)


def reconfigure(context: Context, _: Entity, tokens: Sequence[str]) -> None:
    """Have slurmdbd read its configuration."""
    from slurmctl_rest.cli import operations

    operations.plain(context, SLURMDBD, "reconfigure", tokens)


def shutdown(context: Context, _: Entity, tokens: Sequence[str]) -> None:
    """End slurmdbd."""
    from slurmctl_rest.cli import operations

    operations.plain(context, SLURMDBD, "shutdown", tokens)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("list", RUNAWAY_JOBS.noun): VerbEntry(
        list_,
        "List jobs that slurmdbd takes for active, and slurmctld does not know",
        SYNTAX,
        examples=(
            "runawayjobs list",
            "runawayjobs list 4711",
            "runawayjobs list format=ID,Name,State,TimeStart --json",
        ),
        effect="Such jobs count as usage for ever: `runawayjobs fix` ends them.",
        notes=(HELD,),
        options=(options.TIME_ZONE,),
    ),
    ("fix", RUNAWAY_JOBS.noun): VerbEntry(
        fix,
        "End all runaway jobs of the cluster in slurmdbd",
        "",
        examples=("runawayjobs fix", "runawayjobs fix -i", "runawayjobs fix --dry-run"),
        effect=(
            "Each gets the latest of its submit, eligible and start times as its end, and the "
            "state COMPLETED. slurmdbd then computes the usage since the earliest submit time "
            "anew, which may take long."
        ),
        notes=("sacctmgr cannot end some of them only.", NOT_FIXED),
    ),
    ("list", STATS.noun): VerbEntry(
        list_,
        "List slurmdbd's statistics: rollups, RPCs and users",
        SYNTAX,
        examples=(
            "stats list",
            "stats list where kind=user",
            "stats list DBD_GET_ASSOCS --json",
        ),
        effect="Times are microseconds.",
        options=(options.TIME_ZONE,),
    ),
    ("clear", STATS.noun): VerbEntry(
        clear,
        "Set slurmdbd's statistics back",
        "",
        examples=("stats clear", "stats clear -i", "stats clear --dry-run"),
        notes=(NO_REQUEST,),
    ),
    ("dump", ARCHIVE.noun): VerbEntry(
        dump_archive,
        "Write old records to archive files, and purge them",
        "[Directory=folder] [Events] [Jobs] [Steps] ... [PurgeJobAfter=time ...]",
        examples=(
            "archive dump Directory=/archive Jobs PurgeJobAfter=24months",
            "archive dump Directory=/archive Events PurgeEventAfter=90days",
            "archive dump Script=/usr/local/sbin/archive --dry-run",
        ),
        effect="Without settings, those of slurmdbd.conf hold. Purged records leave the database.",
        notes=(
            ON_HOST,
            "Slurm 24.11 needs Purge...After for each kind of record that you name, unless "
            "slurmdbd.conf has it.",
            NO_REQUEST,
        ),
    ),
    ("load", ARCHIVE.noun): VerbEntry(
        load_archive,
        "Load archived records back into the database",
        "File=file | Insert=sql",
        examples=(
            "archive load File=/archive/alps_job_table_archive_2025",
            "archive load File=/archive/alps_event_table_archive_2025 -i",
            "archive load File=/archive/alps_step_2025 --dry-run",
        ),
        notes=(ON_HOST, NO_REQUEST),
    ),
    ("reconfigure", SLURMDBD.noun): VerbEntry(
        reconfigure,
        "Have slurmdbd read slurmdbd.conf again",
        "",
        examples=(
            "slurmdbd reconfigure",
            "slurmdbd reconfigure -i",
            "slurmdbd reconfigure --dry-run",
        ),
        notes=(NO_REQUEST,),
    ),
    ("shutdown", SLURMDBD.noun): VerbEntry(
        shutdown,
        "End slurmdbd",
        "",
        examples=("slurmdbd shutdown", "slurmdbd shutdown -i", "slurmdbd shutdown --dry-run"),
        effect="Nothing is accounted until it is started again on its host.",
        notes=(NO_REQUEST,),
    ),
}
