"""BENCHMARKS.md: a table a benchmark, and the machine that they ran on."""

from __future__ import annotations

import inspect
import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from .benchmarks import Benchmark
from .measure import ROUNDS

FILE = Path(__file__).parents[2] / "BENCHMARKS.md"

Seconds: TypeAlias = Mapping[str, Mapping[str, float]]
"""Release of Slurm -> way -> seconds."""


def write(results: Sequence[tuple[Benchmark, Seconds]]) -> None:
    """Write the file anew."""
    FILE.write_text("".join(f"{line}\n" for line in lines(results)), encoding="utf-8")


def lines(results: Sequence[tuple[Benchmark, Seconds]]) -> Iterator[str]:
    """Yield the lines of the file."""
    releases = list(dict.fromkeys(release for _, seconds in results for release in seconds))
    yield from ("# Benchmarks", "")
    yield "Written by `make bench`, on the real Slurm of the lab (`tests/lab`): medians of"
    yield f"{ROUNDS} rounds in which all ways take turns. The program is timed as a whole process."
    yield from ("", f"{machine()}; Slurm {' and '.join(releases)}.")
    for benchmark, seconds in results:
        title, _, note = (inspect.getdoc(benchmark) or "").partition("\n")
        yield from ("", f"## {title.rstrip('.')}", "", note.strip(), "")
        yield from table(seconds)


def table(seconds: Seconds) -> Iterator[str]:
    """Yield the rows: seconds, and how many times those of the first way."""
    heads = [f"Slurm {release}, s | ratio" for release in seconds]
    yield f"| | {' | '.join(heads)} |"
    yield "|---" + "|--:" * 2 * len(heads) + "|"
    for way in next(iter(seconds.values())):
        cells = []
        for ways in seconds.values():
            first = next(iter(ways.values()))
            cells += [f"{ways[way]:.2f}", f"{ways[way] / first:.2f}"]
        yield f"| {way} | {' | '.join(cells)} |"


def machine() -> str:
    """Return what it ran on, in words."""
    kilobytes = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text())
    memory = round(int(kilobytes[1]) / 2**20) if kilobytes else 0
    kernel = platform.release().split("-")[0]
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {memory} GiB of RAM, Linux {kernel}, Python {python}"
