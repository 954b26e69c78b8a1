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
        examples=("profile list", "profile list --config /etc/slurmctl-rest/config.toml --json"),
        notes=(
            "Those that are wrong are shown with what is wrong. Slurm is not asked.",
            "Without a file there is one profile, that of the environment and the defaults. It has "
            "no name.",
        ),
    ),
    "profile show": Standalone(
        "Show each key of a profile, and where it comes from",
        SETTING,
        "[name]",
        examples=("profile show", "profile show alps --format Key,Value"),
        notes=(
            "Of the token only its place is shown, and what looks like a token is masked. Slurm is "
            "not asked.",
        ),
    ),
    "profile check": Standalone(
        "Show what is worst with each profile",
        CHECK,
        "[name,...]",
        examples=("profile check", "profile check alps,jura", "profile check alps --json"),
        notes=(
            "Each is checked as doctor does it; without names all profiles of the file. Where some "
            "fail and others do not, the exit code is 7.",
        ),
    ),
}
