"""The help of `profile` and of its commands."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.cli.commands.base import Standalone
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.entities.profile import PROFILE, SETTING

SUMMARY = "Make, change, list, show and check profiles"
COMMANDS: Mapping[str, Standalone] = {
    "profile init": Standalone(
        "Write a new profile, and check it",
        None,
        "[NAME] [KEY=VALUE ...]",
        examples=(
            "profile init",
            "profile init alps url=unix:///run/rest.sock token_file=~/token",
            "profile init local slurm_bin_path=/opt/slurm/bin -i --no-check",
        ),
        notes=(
            "What is not given is looked for on this machine: sockets of slurmrestd below /run, "
            "its port 6820, SLURM_JWT, sacctmgr on PATH, and a key of tokens that this user may "
            "read. At a terminal it is asked for, unless -i is given.",
            "A new file can be read by its owner alone. A profile that is there already is not "
            "changed (exit 4). Last, the profile is checked as doctor checks it, whose exit code "
            "this one is.",
        ),
        topics=("fields setting", "environment", "options", "exit-codes"),
        shares="file",
    ),
    "profile set": Standalone(
        "Change keys of a profile",
        None,
        "[NAME] KEY=VALUE ...",
        examples=(
            "profile set journal=no",
            "profile set alps timeout=60 audit_file=/var/log/changes.jsonl",
            "profile set alps token_file= jwt_key=/etc/slurm/jwt.key",
        ),
        notes=(
            "KEY= takes a key out of the file, so that its default holds. Comments are kept. "
            "Nothing is written if the profile would have an error.",
        ),
        topics=("fields setting", "environment", "options", "exit-codes"),
        shares="file",
    ),
    "profile use": Standalone(
        "Make a profile the default one",
        None,
        "NAME",
        examples=("profile use alps", "profile use jura --config ~/clusters.toml"),
        notes=("SLURMCTL_REST_PROFILE and --profile are stronger than the default.",),
        topics=("environment", "options", "exit-codes"),
        shares="file",
    ),
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
