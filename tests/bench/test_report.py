"""What is measured, and how it is told, with figures that were not measured."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.benchmarks import BENCHMARKS
from tests.bench.bounds import FASTER, GROWTH, MEMORY, UNDER, Bound
from tests.bench.measure import Action, Figure, Way, held, median, medians, run, timed
from tests.bench.place import Place
from tests.bench.report import bounds, lines, of_one, of_sizes
from tests.bench.site import Site
from tests.bench.ways import Benchmark
from tests.lab.cluster import Cluster

SMALL = {"ours": Figure(0.2, 40.0), "theirs": Figure(0.5, None)}
LARGE = {"ours": Figure(1.0, 140.0), "theirs": Figure(6.5, 900.4)}
SIZES = {100: SMALL, 1000: LARGE}


def race(place: Place) -> list[Way]:
    """Racing.

    Two ways.
    """
    return [Way(f"{place.cluster.suite}", lambda: lambda: None)]


@pytest.mark.parametrize(
    ("bound", "verdict"),
    [
        (Bound(UNDER, 0.5, ("ours",), "theirs"), "0.2"),
        (Bound(UNDER, 6.5, ("ours", "theirs"), "ours"), "**6.5**"),
        (Bound(FASTER, 6.5, ("ours",), "theirs"), "6.5"),
        (Bound(FASTER, 6, ("ours", "theirs"), "theirs"), "**1.0**"),
        (Bound(MEMORY, 150, ("ours",)), "140.0"),
        (Bound(MEMORY, 150, ("ours", "theirs")), "**900.4**"),
        (Bound(GROWTH, 5, ("ours",)), "5.0"),
        (Bound(GROWTH, 5, ("ours", "theirs")), "**13.0**"),
    ],
)
def test_the_worst_way_decides_whether_a_bound_holds(bound: Bound, verdict: str) -> None:
    assert bound.verdict(SIZES) == verdict


def test_the_table_of_bounds() -> None:
    held_here = (
        Bound(FASTER, 6, ("ours",), "theirs"),
        Bound(MEMORY, 150, ("ours", "theirs")),
        Bound(GROWTH, 11, ("ours",)),
    )
    benchmark = Benchmark(race, accounts=(100, 1000), bounds=held_here)
    results = [(benchmark, {"24.11.5": SIZES, "26.05.5": SIZES})]
    assert list(bounds(results, ["24.11.5", "26.05.5"])) == [
        "| | bound | Slurm 24.11.5 | Slurm 26.05.5 |",
        "|---|---|--:|--:|",
        "| ours | at least 6 times as fast as theirs | 6.5 | 6.5 |",
        "| ours and 1 more | under 150 MB | **900.4** | **900.4** |",
        "| ours | on ten times the rows, at most 11 times as long | 5.0 | 5.0 |",
    ]


def test_the_table_of_one_site() -> None:
    assert list(of_one("24.11.5", {0: SMALL})) == [
        "| Slurm 24.11.5 | s | ratio | MB |",
        "|---|--:|--:|--:|",
        "| ours | 0.200 | 1.00 | 40 |",
        "| theirs | 0.500 | 2.50 |  |",
    ]


def test_the_table_of_two_sites() -> None:
    assert list(of_sizes("26.05.5", SIZES)) == [
        "| Slurm 26.05.5 | 2,000 users, s | ratio | MB | 20,000 users, s | ratio | MB | growth |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        "| ours | 0.200 | 1.00 | 40 | 1.000 | 1.00 | 140 | 5.0 |",
        "| theirs | 0.500 | 2.50 |  | 6.500 | 6.50 | 900 | 13.0 |",
    ]


def test_title_note_and_rounds_stand_above_a_table() -> None:
    results = [(Benchmark(race, rounds=7), {"24.11.5": {0: SMALL}})]
    said = list(lines(results))
    assert "## Bounds" not in said
    assert said[said.index("## Racing") :][:5] == [
        "## Racing",
        "",
        "Two ways.",
        "Medians of 7 rounds.",
        "",
    ]


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: str(benchmark.name))
def test_bounds_are_of_ways_that_there_are(benchmark: Benchmark, tmp_path: Path) -> None:
    here = Path("/nowhere")
    cluster = Cluster(
        "trixie", "trixie", "24.11.5", ("v0.0.42",), "http://[::1]:1", "", here, here, here
    )
    place = Place(cluster, Site(max(benchmark.accounts)), tmp_path, here / "python")
    labels = [way.label for way in benchmark.ways(place)]
    assert len(labels) == len(set(labels))
    for bound in benchmark.bounds:
        assert {*bound.ways, *filter(None, [bound.beside])} <= set(labels)


def test_ways_take_turns_and_a_part_stands_for_the_whole() -> None:
    turns: list[str] = []

    def way(name: str, scale: int = 1) -> Way:
        def act() -> Action:
            turns.append(f"ready {name}")
            return lambda: turns.append(name)

        return Way(name, act, lambda: turns.append(f"check {name}"), scale)

    said: list[str] = []
    figures = medians([way("a"), way("b", 1_000_000)], said.append, rounds=2)
    assert turns == ["ready a", "a", "check a", "ready b", "b", "check b"] * 2
    assert [line.split()[-1] for line in said] == ["a", "b"] * 2
    assert figures["a"].seconds < figures["b"].seconds


def test_medians() -> None:
    turns = [Figure(3.0, 30.0), Figure(1.0, 50.0), Figure(2.0, 40.0)]
    assert median(turns) == Figure(2.0, 40.0)
    assert median([Figure(1.0, None)]) == Figure(1.0, None)


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], float]:
    return lambda text: run([sys.executable, "-c", text], {}, tmp_path / "output")


def test_memory_is_that_of_the_process_itself(script: Callable[[str], float]) -> None:
    hold = "b = b'x' * 200_000_000; time.sleep(0.3)"
    assert 200 < script(f"import time; {hold}") < 300
    child = f"subprocess.run([sys.executable, '-c', {f'import time; {hold}'!r}])"
    assert script(f"import subprocess, sys; {child}") < 100


def test_a_program_that_fails_fails_the_benchmark(
    script: Callable[[str], float], tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match=r"exit 3: oh no$"):
        script("import sys; print('out'); print('oh no', file=sys.stderr); sys.exit(3)")
    assert (tmp_path / "output").read_text() == "out\n"


def test_what_is_not_done_fails_the_benchmark() -> None:
    def check() -> None:
        raise RuntimeError("5 jobs are left")

    with pytest.raises(RuntimeError, match="5 jobs are left"):
        timed(Way("a", lambda: lambda: None, check))


def test_the_memory_of_a_process_that_is_gone_is_not_told() -> None:
    assert held("Name:\tx\nVmHWM:\t  1000 kB\nVmRSS:\t 10 kB\n") == 1.024
    assert held("Name:\tx\nState:\tZ (zombie)\n") == 0
