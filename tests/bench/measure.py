"""Timing several ways to do the same thing, side by side, and the memory that each one takes."""

from __future__ import annotations

import os
import re
import select
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Action: TypeAlias = Callable[[], float | None]
"""Does it; returns the megabytes of the process that did, None where it was not one process."""
Say: TypeAlias = Callable[[str], None]
ROUNDS = 3
LOOK = 4  # milliseconds


def nothing() -> None:
    """For ways of which nothing is to be checked but that they do not fail."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do it.

    ready   prepares everything that is not to be timed, and returns what is
    check   raises where it was not done
    scale   it does only one part in so many, and its time is multiplied
    """

    label: str
    ready: Callable[[], Action]
    check: Callable[[], None] = nothing
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """What one way takes: seconds, and megabytes where it is one process."""

    seconds: float
    megabytes: float | None


Figures: TypeAlias = Mapping[str, Figure]
"""Label of a way -> what it takes."""


def medians(ways: Sequence[Way], say: Say, rounds: int = ROUNDS) -> Figures:
    """Return the medians of each way; all take turns, so that a slow minute hits all."""
    turns: dict[str, list[Figure]] = {way.label: [] for way in ways}
    for number in range(1, rounds + 1):
        for way in ways:
            took = timed(way)
            turns[way.label].append(took)
            memory = "" if took.megabytes is None else f"{took.megabytes:4.0f} MB"
            say(f"round {number}: {took.seconds:7.3f} s {memory:7}  {way.label}")
    return {label: median(taken) for label, taken in turns.items()}


def median(turns: Sequence[Figure]) -> Figure:
    """Return the median seconds, and the median megabytes."""
    memory = [turn.megabytes for turn in turns if turn.megabytes is not None]
    return Figure(
        statistics.median(turn.seconds for turn in turns),
        statistics.median(memory) if memory else None,
    )


def timed(way: Way) -> Figure:
    """Return what one turn takes."""
    act = way.ready()
    begin = time.perf_counter()
    megabytes = act()
    took = time.perf_counter() - begin
    way.check()
    return Figure(took * way.scale, megabytes)


def run(argv: Sequence[str | Path], environment: Mapping[str, str], output: Path) -> float:
    """Run a program with its output in a file, and return the most megabytes that it held.

    These are its own (VmHWM of proc(5), looked at every few milliseconds): what wait4(2) tells at
    the end would be those of its largest child, where it has some. RuntimeError where it fails.
    """
    complaints = output.with_suffix(".err")
    with (
        output.open("wb") as out,
        complaints.open("wb") as err,
        subprocess.Popen(
            argv, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        ) as process,
    ):
        peak = watched(process.pid)
    if process.returncode:
        said = complaints.read_text().strip()[:1000]
        raise RuntimeError(f"{argv[0]}: exit {process.returncode}: {said}")
    return peak


def watched(pid: int) -> float:
    """Wait until a process ends, and return the most megabytes that it held."""
    end = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(end, select.POLLIN)
        status = Path(f"/proc/{pid}/status")
        peak = held(status.read_text())
        while not poll.poll(LOOK):
            peak = max(peak, held(status.read_text()))
        return peak
    finally:
        os.close(end)


def held(status: str) -> float:
    """Return the most megabytes that a process held, of its /proc/PID/status; 0 when it is gone."""
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 / 1e6 if found else 0.0
