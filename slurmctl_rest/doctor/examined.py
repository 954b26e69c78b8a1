"""All that was found out about a profile and its Slurm, and what need not be asked.

A fact is what was found, the error that came instead, or Skipped where it made no sense to ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slurmctl_rest.errors import NotAuthenticated, SlurmctlError, Unreachable
from slurmctl_rest.model.facts import (
    Admin,
    Controller,
    Fact,
    JournalFacts,
    LimitTree,
    Skipped,
    SlurmrestdFacts,
    Token,
)
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.versions import KNOWN, ApiVersion

if TYPE_CHECKING:
    from slurmctl_rest.config.explain import Explanation


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was found out.

    slurmrestd  None over the commands
    daemons     as ping shows them
    hangs       whether slurmdbd answers all but questions about associations
    admin       the profile's user, as Slurm knows it
    commands    program -> its release
    runs_as     the user that runs the commands
    journal     how far back Slurm's journal goes
    tree        the associations of the cluster and the QOS
    """

    executor: str
    now: float
    configuration: Fact[Explanation]
    slurmrestd: SlurmrestdFacts | None
    controller: Fact[Controller]
    daemons: Fact[Sequence[Row]]
    cluster: Fact[str]
    clusters: Fact[Sequence[str]]
    hangs: Fact[bool]
    admin: Fact[Admin]
    commands: Mapping[str, str | SlurmctlError]
    runs_as: Fact[Admin]
    journal: Fact[JournalFacts]
    tree: Fact[LimitTree]


def nothing_but(configuration: SlurmctlError, now: float) -> Facts:
    """Return the facts where there is no profile."""
    no = Skipped("the configuration is wrong")
    return Facts("", now, configuration, None, no, no, no, no, no, no, {}, no, no, no)


def in_the_way(
    slurmrestd: SlurmrestdFacts | None, commands: Mapping[str, str | SlurmctlError], now: float
) -> Skipped | None:
    """Return why Slurm cannot be asked anything, if it cannot."""
    if slurmrestd is None:
        lost = isinstance(commands.get("sacctmgr"), SlurmctlError)
        return Skipped("sacctmgr does not run") if lost else None
    token = slurmrestd.token
    ends = token.ends if isinstance(token, Token) else None
    # In the order of causes: the first is the reason that all later checks are skipped with.
    reasons = (
        (isinstance(slurmrestd.reached, SlurmctlError), "slurmrestd is not reached"),
        (not isinstance(token, Token), "there is no token"),
        (ends is not None and ends.timestamp() <= now, "the token has expired"),
        (isinstance(slurmrestd.served, SlurmctlError), "slurmrestd does not report what it serves"),
        (unserved(slurmrestd), "the API version is not served"),
    )
    return next((Skipped(why) for holds, why in reasons if holds), None)


def refused(controller: Fact[Controller]) -> Skipped | None:
    """Return why daemons need not be asked: they do not know us."""
    if isinstance(controller, NotAuthenticated):
        return Skipped("Slurm refuses the user")
    return None


def without_slurmdbd(daemons: Fact[Sequence[Row]]) -> Skipped | None:
    """Return why slurmdbd need not be asked for rows."""
    if isinstance(daemons, Skipped):
        return daemons
    if isinstance(daemons, Unreachable) and not daemons.sent:
        return Skipped(daemons.message)
    if isinstance(daemons, SlurmctlError) or not is_up(daemons, "slurmdbd"):
        return Skipped("slurmdbd does not answer")
    return None


def hung(hangs: Fact[bool]) -> Skipped | None:
    """Return why nothing more need be asked about associations: each question costs a thread."""
    return Skipped("slurmdbd hangs") if hangs is True else None


def unserved(slurmrestd: SlurmrestdFacts) -> bool:
    """Tell whether the API version is known not to be served."""
    if isinstance(slurmrestd.served, SlurmctlError | Skipped):
        return False
    if slurmrestd.api_version == "auto":
        return not set(slurmrestd.served) & set(KNOWN)
    return ApiVersion.parse(slurmrestd.api_version) not in slurmrestd.served


def is_up(rows: Sequence[Row], daemon: str) -> bool:
    """Tell whether the daemon is among those that are up."""
    return any(row["Daemon"] == daemon and row["Status"] == "up" for row in rows)
