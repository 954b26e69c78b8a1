"""Timing several ways to do the same thing, side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Act: TypeAlias = Callable[[], object]
Say: TypeAlias = Callable[[str], None]
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do it.

    ready   prepares everything that is not to be timed, and returns what is
    check   raises where it was not done
    scale   it does only one part in so many, and its time is multiplied
    """

    label: str
    ready: Callable[[], Act]
    check: Act
    scale: int = 1


def medians(ways: Sequence[Way], say: Say, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of each way; all take turns, so that a slow minute hits all."""
    seconds: dict[str, list[float]] = {way.label: [] for way in ways}
    for number in range(1, rounds + 1):
        for way in ways:
            took = timed(way)
            seconds[way.label].append(took)
            say(f"round {number}: {took:7.2f} s  {way.label}")
    return {label: statistics.median(times) for label, times in seconds.items()}


def timed(way: Way) -> float:
    """Return the seconds that one turn takes."""
    act = way.ready()
    begin = time.perf_counter()
    act()
    took = time.perf_counter() - begin
    way.check()
    return took * way.scale
