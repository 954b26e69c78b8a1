"""The tests pass in the background of a script and under nohup, which leave signals ignored."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
IN_BACKGROUND = ("sh", "-c", 'trap "" INT QUIT HUP; exec "$@"', "sh")


def test_signals_reach_the_tests_all_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        (
            *(*IN_BACKGROUND, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            f"--basetemp={tmp_path / 'inner'}",
            *("tests/cli/test_interrupts.py", "-k", "test_while_reading_nothing_was_changed"),
        ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
