"""`python -m tests` says how far it is, and what came of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests import __main__ as runner
from tests.progress import Progress

GOOD = "def test_one(): pass\ndef test_two(): pass\n"
BAD = """
import pytest
def test_good(): pass
def test_bad(): assert 1 == 2
@pytest.fixture
def broken(): raise ValueError
def test_without(broken): pass
def test_left_out(): pytest.skip("for a reason")
"""
SLOW = "import time\ndef test_first(): pass\ndef test_slow(): time.sleep(3)\n"


def folder(path: Path, text: str) -> runner.Wanted:
    """Return the arguments of a run over one file, which takes nothing from here."""
    path.mkdir()
    (path / "test_it.py").write_text(text)
    return runner.Wanted(("--rootdir", str(path), "-c", "/dev/null", "-ra", str(path)))


def test_the_summary_counts_and_names_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    wanted = {
        "good": folder(tmp_path / "good", GOOD),
        "bad": folder(tmp_path / "bad", BAD),
        "missing": runner.Wanted((str(tmp_path / "nowhere"),)),
    }
    assert runner.run_side_by_side(wanted) == 1
    output, summary = capsys.readouterr().out.split("== summary\n")
    assert "== good" not in output
    assert "assert 1 == 2" in output
    bad = f"{os.path.relpath(tmp_path)}/bad/test_it.py"
    assert summary == (
        "good        2 passed\n"
        "bad         1 passed, 2 failed, 1 skipped\n"
        f"  ERROR {bad}::test_without\n"
        "    ValueError\n"
        f"  FAILED {bad}::test_bad\n"
        "    assert 1 == 2\n"
        "missing     0 passed (pytest exited with 4)\n"
    )


def test_a_line_says_how_far_each_run_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    monkeypatch.setattr(runner, "PROGRESS_S", 0.2)
    monkeypatch.setattr(runner, "POLL_S", 0.1)
    assert runner.run_side_by_side({"slow": folder(tmp_path / "slow", SLOW)}) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "0 min: slow 1/2" in lines
    assert lines[-2:] == ["== summary", "slow        2 passed"]


FLAKY = """
from pathlib import Path
def test_good(): pass
def test_flaky():
    seen = Path(__file__).with_name("seen")
    was_there = seen.exists()
    seen.touch()
    assert was_there
"""


@pytest.mark.parametrize(("text", "code"), [(FLAKY, 0), (FLAKY.replace("seen.touch()", ""), 1)])
def test_of_the_lab_what_failed_runs_once_more_alone(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    code: int,
) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    wanted = replace(folder(tmp_path / "lab", text), environment={runner.SUITES: "forky"})
    assert runner.run_side_by_side({"forky": wanted}) == code
    summary = capsys.readouterr().out.split("== summary\n")[1].splitlines()
    assert [line for line in summary if not line.startswith("  ")] == [
        "forky       1 passed, 1 failed",
        f"forky again {'0 passed, 1 failed' if code else '1 passed'}",
    ]


def test_nothing_is_known_before_the_first_note(tmp_path: Path) -> None:
    assert Progress.read(tmp_path / "none") == Progress(0, 0, 0, 0)
