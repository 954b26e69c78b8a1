"""The help of `quota` and `access`."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.cli.commands.base import Standalone
from slurmctl_rest.model.entities.access import ACCESS
from slurmctl_rest.model.entities.quota import QUOTA

COMMANDS: Mapping[str, Standalone] = {
    "quota": Standalone(
        "Show how much of each limit is used, the fullest first",
        QUOTA,
        syntax="[account=NAME] [user=NAME] [qos=NAME] [all] [format=field,...]",
        examples=(
            "quota user=alice",
            "quota account=physics --json",
            "quota all --over 80",
        ),
        notes=(
            "Without conditions, show your own limits. Limits of accounts above, and of QOS that "
            "may be used, are among them. Left is what the smallest of them leaves. Limits on one "
            "job are not shown. If --over finds any, the exit code is 8.",
            "Over REST the use of minutes is not known: see the column Note.",
        ),
        topics=("fields quota", "options", "exit-codes"),
    ),
    "access": Standalone(
        "Tell whether a job would start, wait or be refused, and why",
        ACCESS,
        syntax="USER [account=NAME] [partition=NAME] [qos=NAME] [tres=TRES=N,...] [time=TIME]",
        examples=(
            "access alice account=physics tres=cpu=64",
            "access alice qos=high tres=cpu=64,gres/gpu=2 time=1-0",
            "access alice --json",
        ),
        notes=(
            "Nothing is submitted. The association, the QOS that it allows, all limits and the "
            "rules of the partition are looked at; single nodes and priorities are not. Name all "
            "TRES that count, mem too.",
        ),
        topics=("fields access", "options", "exit-codes"),
    ),
}
