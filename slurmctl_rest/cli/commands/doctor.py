"""The help of `doctor`."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.cli.commands.base import Standalone
from slurmctl_rest.model.entities.check import CHECK

COMMANDS: Mapping[str, Standalone] = {
    "doctor": Standalone(
        "Check the profile, and whether its Slurm does what it should",
        CHECK,
        examples=(
            "doctor",
            "doctor --profile alps --json",
            "doctor -P --format Check,Status,Remedy",
        ),
        notes=(
            "Each check is ok, warn or fail with the remedy, or skipped with the reason. They "
            "stand in the order of causes, and the exit code is that of the first one that fails. "
            "Warnings alone are exit 0.",
            "Nothing is written. A request or command may take 5 seconds, or what --timeout says.",
        ),
    ),
}
