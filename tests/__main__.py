"""`python -m tests`: every test, the lab's on both clusters at once, the others beside them.

`python -m tests lab` runs the lab's alone, for those who have run the others already;
`python -m tests lab/faults` one folder of them.

The lab is brought up first and taken down afterwards, unless it was up already. Without a lab
(no root, no Debian) its tests skip with the reason; LAB_REQUIRED=1 makes that a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import IO

from tests.lab import cluster, recipe

PYTEST = (sys.executable, "-m", "pytest", "--quiet")
ONLY_LAB = tuple(f"tests/{folder}" for folder in sys.argv[1:])


def main() -> int:
    """Return 0 where all runs passed."""
    reason = cluster.reason_not_possible()
    if reason:
        print(f"no lab: {reason}", flush=True)
        return subprocess.run((*PYTEST, *ONLY_LAB), check=False).returncode
    was_up = cluster.is_running()
    try:
        cluster.up(say=lambda text: print(f"lab: {text}", flush=True))
        return run_side_by_side()
    finally:
        if not was_up:
            cluster.down()


def run_side_by_side() -> int:
    """Run one pytest a cluster, and one for the rest; print each one's output when it has ended."""
    runs = {} if ONLY_LAB else {"everywhere": start(("--ignore", "tests/lab"), "")}
    runs |= {suite: start(ONLY_LAB or ("tests/lab",), suite) for suite in recipe.SUITES}
    worst = 0
    for name, (process, paper) in runs.items():
        code = process.wait()
        paper.seek(0)
        print(f"== {name}\n{paper.read()}", flush=True)
        worst = worst or code
    return worst


def start(arguments: tuple[str, ...], suite: str) -> tuple[subprocess.Popen[str], IO[str]]:
    """Start one pytest, whose output goes to a file."""
    paper = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (read when it has ended)
    environment = {**os.environ, "LAB_SUITES": suite}
    process = subprocess.Popen(
        (*PYTEST, *arguments), stdout=paper, stderr=subprocess.STDOUT, env=environment, text=True
    )
    return process, paper


if __name__ == "__main__":
    sys.exit(main())
