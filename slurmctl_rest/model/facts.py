"""Facts from executors for doctor: answers, the errors that came instead, skipped questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.versions import KNOWN, ApiVersion

NEWER = tuple(ApiVersion(KNOWN[-1].number + more) for more in range(1, 6))
"""Versions that this program does not know, and looks for all the same."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JournalFacts:
    """How far back Slurm's journal goes.

    oldest  time of its oldest entry; None: it has none
    purged  PurgeTXNAfter of slurmdbd.conf, like `12 months`; empty or NONE: nothing is purged
    """

    oldest: int | None
    purged: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why something was not asked."""

    why: str


Fact: TypeAlias = T | SlurmctlError | Skipped


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and what it says of itself; itself it is not in here.

    source  where it was found
    mode    the mode of its file, if it is in one
    user    whose it is
    ends    when
    made    when
    """

    source: str
    mode: int | None
    user: str | None
    ends: datetime | None
    made: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlurmrestdFacts:
    """The way to slurmrestd. `reached` is whether anything answered."""

    url: str
    verified: bool
    username: str
    api_version: str
    reached: Fact[None]
    token: Fact[Token]
    served: Fact[tuple[ApiVersion, ...]]


@dataclass(frozen=True, slots=True)
class Controller:
    """slurmctld itself: its clock, its release (over REST: slurmrestd's), SlurmUser.

    asked, answered  our own clock, before and after
    """

    time: int
    release: str
    slurm_user: str = ""
    asked: float = 0.0
    answered: float = 0.0


@dataclass(frozen=True, slots=True)
class Admin:
    """Somebody, and what slurmdbd lets them do; `level` is None where it does not know them."""

    name: str
    level: str | None
    coordinates: tuple[str, ...] = ()
