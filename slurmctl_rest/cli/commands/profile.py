"""The help of `profile` and of its commands."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.cli.commands.base import Standalone
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.entities.profile import PROFILE, SETTING

SUMMARY = "List, show and check profiles"
COMMANDS: Mapping[str, Standalone] = {
    "profile list": Standalone(
        "List the profiles of the configuration file",
        PROFILE,
        examples=(
            "profile list",
            "profile list --json",
            "profile list --config /etc/slurmctl-rest/config.toml",
        ),
        notes=(
            "A profile with errors is listed with its error. Slurm is not asked.",
            "Without a file there is one profile without a name: it is made of the environment and "
            "the defaults.",
        ),
        topics=("fields profile", "environment", "options", "exit-codes"),
    ),
    "profile show": Standalone(
        "Show each key of a profile and the source of its value",
        SETTING,
        "[NAME]",
        examples=("profile show", "profile show alps", "profile show alps --format Key,Value"),
        notes=(
            "The token is never printed, only its source. Values that look like a token are "
            "masked. Slurm is not asked.",
        ),
        topics=("fields setting", "environment", "options", "exit-codes"),
    ),
    "profile check": Standalone(
        "Check profiles, and show the worst finding of each",
        CHECK,
        "[NAME,...]",
        examples=("profile check", "profile check alps,jura", "profile check alps --json"),
        notes=(
            "Each profile is checked as doctor checks it; without names, all profiles of the file. "
            "If some fail and others do not, the exit code is 7.",
        ),
        topics=("checks", "fields doctor", "options", "exit-codes"),
    ),
}
