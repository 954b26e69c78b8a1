"""The help of the commands about Slurm's journal."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.cli.commands.base import Standalone
from slurmctl_rest.model.entities.history import BLAME, HISTORY

OF_COMMANDS = "sacctmgr reads the journal, also over REST. Without it, the exit code is 10."
WHAT_IS_MISSING = "A new parent is not in the journal: `move` shows where it is first seen."

COMMANDS: Mapping[str, Standalone] = {
    "history": Standalone(
        "List who changed what in Slurm's accounting, and from what",
        HISTORY,
        syntax="[account|user|assoc|qos [NAME ...]] [since=TIME] [until=TIME] [by=USER] "
        "[account=NAME] [user=NAME] [sort=...] [limit=N] [format=...]",
        examples=(
            "history account physics",
            "history since=now-1day by=root",
            "history sort=-Number limit=10",
            "history assoc account=physics user=alice --json",
        ),
        notes=(OF_COMMANDS, WHAT_IS_MISSING),
        topics=("fields history", "formats", "options", "exit-codes"),
    ),
    "blame": Standalone(
        "Show who set each field of an object, when, and from what",
        BLAME,
        syntax="account|user|assoc|qos NAME | assoc [account=NAME] [user=NAME]",
        examples=(
            "blame account physics",
            "blame assoc account=physics user=alice",
            "blame qos high --json",
        ),
        notes=(
            "A value that is inherited is shown with the account that it comes from, and who set "
            "it there. Fields that nobody has set are left out.",
            OF_COMMANDS,
        ),
        topics=("fields blame", "formats", "options", "exit-codes"),
    ),
    "undo": Standalone(
        "Take changes back that Slurm's journal has",
        syntax="N[..M] | last | by=USER since=TIME",
        examples=("undo last --dry-run", "undo 4711", "undo by=bob since=now-1hour"),
        notes=(
            "N is a number of `history`; `last` is what the last actor wrote in one second. The "
            "plan is shown before the question. What was changed since is named and kept, unless "
            "you pass --force. Raw usage, and the ID of a QOS, do not come back. by=USER needs "
            "since=TIME.",
            OF_COMMANDS,
        ),
        shares="write",
    ),
    "restore": Standalone(
        "Restore objects as they were at a time",
        syntax="account|user|assoc|qos NAME ... --as-of TIME",
        examples=(
            "restore account physics --as-of now-1hour --dry-run",
            "restore user alice --as-of 2026-10-01",
            "restore qos high --as-of yesterday",
        ),
        notes=(
            "An account comes back with all accounts below it, their users, limits, coordinators "
            "and default accounts. What somebody else has changed since is named and kept, unless "
            "you pass --force. Raw usage, and the ID of a QOS, do not come back.",
            OF_COMMANDS,
        ),
        shares="write",
    ),
    "watch": Standalone(
        "Print changes as they are made",
        HISTORY,
        syntax="[account|user|assoc|qos [NAME ...]] [since=TIME] [by=USER]",
        examples=(
            "watch",
            "watch since=now-1hour by=root",
            "watch account physics --output ndjson",
        ),
        notes=(
            "Slurm's journal is read every two seconds. With --json, a line of JSON is printed for "
            "each change. End it with ^C, or with --for.",
            OF_COMMANDS,
        ),
        topics=("fields history", "formats", "options", "exit-codes"),
    ),
}
