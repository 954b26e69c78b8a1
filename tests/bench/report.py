"""BENCHMARKS.md: which bounds hold, a table a benchmark, and the machine that they ran on."""

from __future__ import annotations

import inspect
import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from .bounds import Sizes, growth
from .measure import Figure, Figures
from .site import Site
from .ways import Benchmark

FILE = Path(__file__).parents[2] / "BENCHMARKS.md"
BY_HAND = Path(__file__).parent / "by_hand.md"
"""What was measured once, against releases that `make bench` cannot build again."""

Releases: TypeAlias = Mapping[str, Sizes]
"""Release of Slurm -> accounts of the site -> what each way takes there."""
Results: TypeAlias = Sequence[tuple[Benchmark, Releases]]


def write(results: Results) -> None:
    """Write the file anew."""
    FILE.write_text("".join(f"{line}\n" for line in lines(results)), encoding="utf-8")


def lines(results: Results) -> Iterator[str]:
    """Yield the lines of the file."""
    releases = list(dict.fromkeys(release for _, found in results for release in found))
    yield from ("# Benchmarks", "")
    yield "Written by `make bench`, on the real Slurm of the lab (`tests/lab`): medians of rounds"
    yield "in which all ways take turns. The program is installed from a wheel, and timed as a"
    yield "whole process; MB are the most that the process itself held in memory. The lab's own"
    yield "route, by which daemons acknowledge at once, is taken away: no other cluster has it."
    yield from ("", f"{machine()}; Slurm {' and '.join(releases)}.")
    if any(benchmark.bounds for benchmark, _ in results):
        yield from ("", "## Bounds", "")
        yield "Where several are meant, of the worst; **bold** where a bound does not hold."
        yield from ("", *bounds(results, releases))
    for benchmark, found in results:
        title, _, note = (inspect.getdoc(benchmark.ways) or "").partition("\n")
        yield from ("", f"## {title.rstrip('.')}", "", note.strip())
        yield f"Medians of {benchmark.rounds} rounds."
        for release, sizes in found.items():
            yield from ("", *(of_sizes if len(sizes) > 1 else of_one)(release, sizes))
    yield from ("", *BY_HAND.read_text(encoding="utf-8").splitlines())


def bounds(results: Results, releases: Sequence[str]) -> Iterator[str]:
    """Yield a row for each bound: the promise, and what was found."""
    yield f"| | bound | {' | '.join(f'Slurm {release}' for release in releases)} |"
    yield "|---|---" + "|--:" * len(releases) + "|"
    for benchmark, found in results:
        for bound in benchmark.bounds:
            ways = bound.ways[0] + (f" and {more} more" if (more := len(bound.ways) - 1) else "")
            cells = [bound.verdict(found[release]) for release in releases]
            yield f"| {ways} | {bound.words()} | {' | '.join(cells)} |"


def of_one(release: str, sizes: Sizes) -> Iterator[str]:
    """Yield the table of one site: seconds, how many times those of the first way, memory."""
    [figures] = sizes.values()
    yield f"| Slurm {release} | s | ratio | MB |"
    yield "|---|--:|--:|--:|"
    for way, figure in figures.items():
        yield f"| {way} | {figure.seconds:.3f} | {ratio(figures, way)} | {memory(figure)} |"


def of_sizes(release: str, sizes: Sizes) -> Iterator[str]:
    """Yield the table of several sites: as of_one for each, and how seconds grow."""
    heads = [f"{Site(accounts).associations:,} users, s | ratio | MB" for accounts in sizes]
    yield f"| Slurm {release} | {' | '.join(heads)} | growth |"
    yield "|---" + "|--:" * (3 * len(sizes) + 1) + "|"
    for way in next(iter(sizes.values())):
        cells = [
            f"{figures[way].seconds:.3f} | {ratio(figures, way)} | {memory(figures[way])}"
            for figures in sizes.values()
        ]
        yield f"| {way} | {' | '.join(cells)} | {growth(sizes, way):.1f} |"


def ratio(figures: Figures, way: str) -> str:
    """Return how many times the seconds of the first way a way takes."""
    first = next(iter(figures.values()))
    return f"{figures[way].seconds / first.seconds:.2f}"


def memory(figure: Figure) -> str:
    """Return the megabytes, where there are any to tell."""
    return "" if figure.megabytes is None else f"{figure.megabytes:.0f}"


def machine() -> str:
    """Return what it ran on, in words."""
    kilobytes = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text())
    total = round(int(kilobytes[1]) / 2**20) if kilobytes else 0
    kernel = platform.release().split("-")[0]
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {total} GiB of RAM, Linux {kernel}, Python {python}"
