"""The verb of `raw-usage`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.commands.notes import ALWAYS_COMMANDS
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import RAW_USAGE
from slurmctl_rest.model.fields import Entity


def reset(context: Context, _: Entity, tokens: Sequence[str]) -> None:
    """Set the raw usage of accounts, of users in accounts, and of QOS to 0."""
    from slurmctl_rest.cli import raw_usage

    raw_usage.reset(context, tokens)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("reset", RAW_USAGE.noun): VerbEntry(
        reset,
        "Set the raw usage of accounts, users or QOS to 0",
        "{names}[[where] field=value ...]",
        examples=(
            "raw-usage reset physics,optics",
            "raw-usage reset user=alice account=physics -i",
            "raw-usage reset qos=high --dry-run",
        ),
        effect=(
            "Bare words are accounts. The usage of everything below an account is reset, too, and "
            "subtracted from the accounts above."
        ),
        notes=(
            "slurmctld requires AdminLevel Administrator.",
            "user= needs account=, and resets all associations of the user in the account.",
            ALWAYS_COMMANDS.format("sacctmgr"),
        ),
    ),
}
