"""`python -m tests`: every test, the lab's on both clusters at once, the others beside them.

Each cluster is there several times, and a share of its tests runs on each (tests/lab/apart.py).

`python -m tests lab` runs the lab's alone, for those who have run the others already;
`python -m tests lab/faults` one folder of them.

The lab is brought up first and taken down afterwards, unless it was up already. Without a lab
(no root, no Debian) its tests skip with the reason; LAB_REQUIRED=1 makes that a failure.

Once a minute a line says how far each run is. At the end the whole output of the runs that failed
is shown, and then a summary of all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests import progress
from tests.lab import apart, cluster, recipe
from tests.progress import Progress

SUITES, SHARE = "LAB_SUITES", "LAB_SHARE"
"""Variables that tests/lab/conftest.py reads."""
SLOW_S = 20
"""Seconds from which on a test is named with its time."""
PYTEST = (
    *(sys.executable, "-m", "pytest", "--quiet", "-p", "tests.progress"),
    *("--durations=6", f"--durations-min={SLOW_S}"),
)
PROGRESS_S, POLL_S = 60.0, 0.5
SLOWEST = re.compile(r"^\d+\.\d\ds (?:call|setup|teardown) .*$", re.MULTILINE)
MAX_NAMED = 20
"""Failed tests that the summary names, of each run."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is to test.

    arguments  of pytest; the last one is where the tests are
    lab        number of the lab that they run on; the first is 1
    """

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    lab: int = 1

    @property
    def is_of_lab(self) -> bool:
        """Tell whether it needs a lab."""
        return SUITES in self.environment

    def again(self, failed: Sequence[str]) -> Wanted:
        """Return what tests these alone, whosever share they are."""
        names = [line.partition(" ")[2] for line in failed]
        environment = {**self.environment, SHARE: "1/1"}
        return replace(self, arguments=(*self.arguments[:-1], *names), environment=environment)


class Run:
    """One pytest: its output goes to a file, and so does how far it is."""

    def __init__(self, name: str, wanted: Wanted, folder: Path) -> None:
        """Start it."""
        self.name = name
        self.output, self._progress = folder / f"{name}.out", folder / f"{name}.progress"
        environment = {**os.environ, **wanted.environment, progress.FILE: str(self._progress)}
        argv: Sequence[str] = (*PYTEST, *wanted.arguments)
        with self.output.open("w", encoding="utf-8") as paper:
            self.process = subprocess.Popen(
                apart.command(argv) if wanted.lab > 1 else argv,
                stdout=paper,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    @property
    def is_over(self) -> bool:
        """Tell whether pytest has ended."""
        return self.process.poll() is not None

    @property
    def progress(self) -> Progress:
        """Return how far it is."""
        return Progress.read(self._progress)

    def line(self) -> str:
        """Say how far it is: `trixie 120/900, 2 failed`."""
        now = self.progress
        failed = f", {now.failed} failed" if now.failed else ""
        return (
            f"{self.name} {now.over}/{now.total or '?'}{failed}{', over' if self.is_over else ''}"
        )

    def failed(self) -> list[str]:
        """Return the lines that name the tests that failed: `FAILED tests/test_a.py::test_b`."""
        return [
            line.partition(" - ")[0]
            for line in self.output.read_text(encoding="utf-8").splitlines()
            if line.startswith(("FAILED ", "ERROR "))
        ]

    def slowest(self) -> list[str]:
        """Return the lines that tell how long the slowest tests took: `25.31s call tests/a.py`."""
        return SLOWEST.findall(self.output.read_text(encoding="utf-8"))

    def summary(self) -> str:
        """Say what came of it; name the tests that failed, with their errors, and the slowest."""
        now, code = self.progress, self.process.returncode
        counts = [f"{now.passed} passed"]
        counts += [f"{now.failed} failed"] * bool(now.failed)
        counts += [f"{now.skipped} skipped"] * bool(now.skipped)
        ended = f" (pytest exited with {code})" * (code not in {0, 1})
        failed = self.failed()
        more = [f"... and {len(failed) - MAX_NAMED} more"] * (len(failed) > MAX_NAMED)
        why = progress.reasons(self._progress)
        # pytest tells names from its root folder on there, and from where it was started here.
        named = [
            "\n    ".join([line, *(why[name] for name in why if line.endswith(name))])
            for line in failed[:MAX_NAMED]
        ]
        lines = [f"{self.name:<12}{', '.join(counts)}{ended}", *named, *more, *self.slowest()]
        return "\n  ".join(lines)


def main(folders: Sequence[str]) -> int:
    """Return 0 if all runs passed."""
    only_lab = tuple(f"tests/{folder}" for folder in folders)
    reason = cluster.reason_not_possible()
    if reason:
        print(f"no lab: {reason}", flush=True)
        return run_side_by_side({"everywhere": Wanted(only_lab)})
    runs: dict[str, Wanted] = {}
    if not only_lab:
        runs["everywhere"] = Wanted(("--ignore", "tests/lab"))
    for suite in recipe.SUITES:
        of_suite, arguments = {SUITES: suite}, only_lab or ("tests/lab",)
        for lab in range(1, apart.LABS + 1):
            environment = {**of_suite, **apart.environment(lab), SHARE: f"{lab}/{apart.LABS}"}
            runs[f"{suite} {lab}"] = Wanted(arguments, environment, lab)
    was_up = cluster.is_running()
    try:
        cluster.up(say=lambda text: print(f"lab: {text}", flush=True))
        apart.build_all()
        return run_side_by_side(runs)
    finally:
        if not was_up:
            cluster.down()


def run_side_by_side(wanted: Mapping[str, Wanted]) -> int:
    """Run a pytest for each name; return the first bad code."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [Run(name, one, Path(folder)) for name, one in wanted.items()]
        wait(runs)
        for run in runs:
            if run.process.returncode:
                print(f"== {run.name}\n{run.output.read_text(encoding='utf-8')}", flush=True)
        again = {run: _once_more(run, wanted[run.name], Path(folder)) for run in runs}
        all_ = [one for run in runs for one in (run, again[run]) if one is not None]
        print("== summary", *(one.summary() for one in all_), sep="\n", flush=True)
    last = [(again[run] or run).process.returncode for run in runs]
    return next((code for code in last if code), 0)


def _once_more(run: Run, wanted: Wanted, folder: Path) -> Run | None:
    """Run the lab's tests that failed once more, alone; None if there are none, or too many.

    Four labs on two processors are slower than the limits of some tests. What fails alone, too, is
    a failure; what does not is in the summary all the same, and somebody has to ask why.
    """
    failed = run.failed()
    if not wanted.is_of_lab or not 0 < len(failed) <= MAX_AGAIN:
        return None
    again = Run(f"{run.name} again", wanted.again(failed), folder)
    again.process.wait()
    if again.process.returncode:
        print(f"== {again.name}\n{again.output.read_text(encoding='utf-8')}", flush=True)
    return again


MAX_AGAIN = 5
"""Tests of a run that are run once more: more than that have one cause."""


def wait(runs: Sequence[Run]) -> None:
    """Wait for all runs, and say once a minute how far each is."""
    begun = said = time.monotonic()
    while not all(run.is_over for run in runs):
        time.sleep(POLL_S)
        now = time.monotonic()
        if now - said >= PROGRESS_S:
            said = now
            minutes = round((now - begun) / 60)
            print(f"{minutes} min: {'; '.join(run.line() for run in runs)}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
