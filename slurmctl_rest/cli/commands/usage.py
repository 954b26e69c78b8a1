"""The verbs of `usage`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.commands.notes import ALWAYS_COMMANDS
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import USAGE
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.times import FORMS

SYNTAX = "{names}[[where] field=value ...] [sort=...] [limit=N] [format=...]{switches}"

EFFECT = (
    "Set the window by start= and end=, or by month=; group by= account, user, day, month, qos "
    "and partition."
)
NOTES = (
    "Jobs are cut at the start and the end of the window, so that adjacent windows add up exactly. "
    "Each run of a requeued job counts. Time in which a job was suspended does not count. Days and "
    "months are those of the time zone.",
    "Rows are sorted in the order of by=. units= takes minutes, hours or seconds. Seconds are "
    "exact. All other numbers are rounded at the end, half to even.",
    f"Times: {FORMS}.",
    ALWAYS_COMMANDS.format("sacct"),
)


def report(context: Context, _: Entity, tokens: Sequence[str], basis: str, tz: str | None) -> None:
    """Show the usage of each account and user."""
    from slurmctl_rest.cli import usage

    usage.usage_report(context, tokens, usage.DEFAULTS_OF_VERBS["report"], basis, tz)


def history(context: Context, _: Entity, tokens: Sequence[str], basis: str, tz: str | None) -> None:
    """Show the usage of each month."""
    from slurmctl_rest.cli import usage

    usage.usage_report(context, tokens, usage.DEFAULTS_OF_VERBS["history"], basis, tz)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("report", USAGE.noun): VerbEntry(
        report,
        "Report the TRES that jobs used, by account and user",
        SYNTAX,
        examples=(
            "usage report",
            "usage report physics month=2026-10 --tz Europe/Zurich",
            "usage report account=science WithSubAccounts by=account tres=cpu",
        ),
        effect=EFFECT,
        notes=NOTES,
        options=(options.BASIS, options.TIME_ZONE),
    ),
    ("history", USAGE.noun): VerbEntry(
        history,
        "Report the TRES that jobs used, by month",
        SYNTAX,
        examples=(
            "usage history physics",
            "usage history user=alice by=month,qos start=2026-01-01",
            "usage history physics tres=cpu units=hours --basis allocated",
        ),
        effect=EFFECT,
        notes=NOTES,
        options=(options.BASIS, options.TIME_ZONE),
    ),
}
