"""Runs of jobs, cut to a window: the answers of executors for usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Counts: TypeAlias = Mapping[str, int]
"""TRES -> count, or TRES -> TRES-seconds."""


class Run(NamedTuple):
    """One run of a job, cut to a window; a job that was requeued has several.

    number   slurmdbd's number of the run
    elapsed  seconds between start and end without those in which it was suspended
    """

    number: str
    job: str
    account: str
    user: str
    qos: str
    partition: str
    start: int
    end: int
    elapsed: int
    tres: Counts

    @property
    def suspended(self) -> bool:
        """Tell whether it paused, so that it is not known when it ran."""
        return self.elapsed != self.end - self.start
