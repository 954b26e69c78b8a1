"""The help of `doctor`."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.cli.commands.base import Standalone
from slurmctl_rest.model.entities.check import CHECK

COMMANDS: Mapping[str, Standalone] = {
    "doctor": Standalone(
        "Check the profile and its Slurm, and name the remedies",
        CHECK,
        examples=(
            "doctor",
            "doctor --profile alps --json",
            "doctor -P --format Check,Status,Remedy",
        ),
        notes=(
            "Each check is ok, warn or fail, with the remedy, or skipped, with the reason. Checks "
            "are listed in the order of causes: the first one that fails explains those after it, "
            "and decides the exit code. If there are only warnings, the exit code is 0.",
            "Nothing is written. Each request or command may take 5 seconds, or the time given by "
            "--timeout.",
        ),
        topics=("checks", "fields doctor", "options", "exit-codes"),
    ),
}
