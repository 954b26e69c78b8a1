"""Checks of what the profile's user may write."""

from __future__ import annotations

from dataclasses import dataclass

from slurmctl_rest.doctor.verdicts import Verdict, good, unknown, warning
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.entities.user import ADMIN_LEVEL
from slurmctl_rest.model.facts import Admin, Controller, Fact, Skipped
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.text import listed

LEVELS = tuple(ADMIN_LEVEL.known)
"""AdminLevels, the lowest first."""


@dataclass(frozen=True, slots=True)
class Rights:
    """The level that a group of operations asks for; `coordinators` may do a part of it."""

    what: str
    level: str
    coordinators: bool = False

    def judge(self, who: Fact[Admin], controller: Fact[Controller]) -> Verdict:
        """Tell whether somebody may."""
        if isinstance(who, SlurmctlError | Skipped):
            return unknown(who)
        slurm_user = controller.slurm_user if isinstance(controller, Controller) else ""
        # slurmdbd lets root and SlurmUser do everything, whatever their AdminLevel.
        if who.name in {"root", slurm_user}:
            return good(f"{who.name} may write {self.what}")
        if who.level is None:
            return warning(
                f"slurmdbd does not know user {who.name}, who may only read, unless it is "
                "SlurmUser",
                f"ask an administrator: slurmctl-rest user add {pasted(who.name)} account=NAME "
                f"AdminLevel={self.level}",
            )
        has = f"{who.name} has AdminLevel {who.level}"
        if who.level in LEVELS and LEVELS.index(who.level) >= LEVELS.index(self.level):
            return good(f"{has}, enough to write {self.what}")
        part = ""
        if self.coordinators and who.coordinates:
            part = f", and only coordinates {listed(who.coordinates)}"
        return warning(
            f"{has}{part}; writing {self.what} needs {self.level}",
            f"ask an administrator: slurmctl-rest user modify {pasted(who.name)} "
            f"set AdminLevel={self.level}",
        )


ACCOUNTS_RIGHTS = Rights("accounts, users and associations", "Operator", coordinators=True)


QOS_RIGHTS = Rights("QOS", "Administrator")


RAW_USAGE_RIGHTS = Rights("raw usage", "Administrator")
