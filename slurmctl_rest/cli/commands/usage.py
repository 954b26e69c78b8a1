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

SYNTAX = "{names}[[where] field=value ...] [format=field,...]{switches}"

NOTES = (
    "start= and end=, or month=, bound the window. Jobs are cut where it begins and ends, so that "
    "windows side by side add up exactly; every run of a job counts that was requeued, and no time "
    "in which a job was suspended. Days and months are those of the time zone.",
    "by= takes account, user, day, month, qos and partition, in the order of the rows; units= "
    "takes minutes, hours or seconds. Seconds are exact; all other numbers are rounded at the end, "
    "half to even.",
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
        "Report what jobs have used of each TRES, by account and user",
        SYNTAX,
        examples=(
            "usage report",
            "usage report physics month=2026-10 --tz Europe/Zurich",
            "usage report account=science WithSubAccounts start=2026-10-01 end=2026-11-01 by=user",
            "usage report tres=cpu,gres/gpu by=account,day units=hours --basis allocated",
        ),
        notes=NOTES,
        options=(options.BASIS, options.TIME_ZONE),
    ),
    ("history", USAGE.noun): VerbEntry(
        history,
        "Report what jobs have used of each TRES, month by month",
        SYNTAX,
        examples=(
            "usage history physics",
            "usage history user=alice by=month,qos start=2026-01-01 tres=billing",
        ),
        notes=NOTES,
        options=(options.BASIS, options.TIME_ZONE),
    ),
}
