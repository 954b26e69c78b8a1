"""The demo as a person runs it, and that nothing is left of it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import pytest

from slurmctl_rest.cli.app import main
from slurmctl_rest.cli.demo import STEPS

DEMO = (sys.executable, "-m", "slurmctl_rest", "demo")


@pytest.mark.emulator
@pytest.mark.usefixtures("installed")
class TestDemo:
    def test_all_steps_end_as_expected(self, tmp_path: Path) -> None:
        done = subprocess.run(
            DEMO, capture_output=True, text=True, check=False, env=_environment(tmp_path)
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert (
            "# 10/15  Lower the limit. The other TRES, and all other limits, are kept.\n"
            "$ slurmctl-rest account modify physics set GrpTRES=cpu=4 -i\n"
            "account physics: modified\n"
            "  GrpTRES: cpu=1000,gres/gpu=16 -> cpu=4,gres/gpu=16\n"
        ) in done.stdout
        why = done.stdout.partition("$ slurmctl-rest jobs why user=alice\n")[2].splitlines()[1]
        assert why.startswith(
            "2              account physics: GrpTRES is 4 cpu, 3 cpu used; the job needs 2 cpu  "
        )
        assert why.endswith("  slurmctl-rest account modify physics set GrpTRES=cpu=5")
        assert (
            "On real Slurm `history` lists these changes and those of others, and `undo` takes "
            "them back: both\nread Slurm's journal, which the emulator does not have.\n"
        ) in done.stdout
        assert "qos high: added\n  Description = urgent\n  Priority = 100\n" in done.stdout
        exits = [line for line in done.stdout.splitlines() if line.startswith("[exit")]
        assert exits == ["[exit 8]", "[exit 5]"]  # diff, and the profile that does not work
        assert list(tmp_path.iterdir()) == []

    def test_on_a_terminal_it_waits_for_enter_and_asks(self, tmp_path: Path) -> None:
        shown, code = _typed(DEMO, tmp_path)
        assert (code, shown.count("[Enter] "), shown.count("[y/N] ")) == (0, len(STEPS) - 1, 1)
        assert "GrpTRES: (unset) -> cpu=1000,gres/gpu=16" in shown  # the plan, before the question

    def test_it_does_not_wait_if_it_is_told_so(self, tmp_path: Path) -> None:
        shown, code = _typed((*DEMO, "--no-pause"), tmp_path)
        assert (code, shown.count("[Enter] "), shown.count("[y/N] ")) == (0, 0, 0)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_nothing_is_left_where_it_is_interrupted(
        self, tmp_path: Path, number: signal.Signals
    ) -> None:
        with subprocess.Popen(
            DEMO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(tmp_path)
        ) as demo:
            assert demo.stdout is not None
            demo.stdout.readline()  # the emulator is up
            assert [folder.name[:19] for folder in tmp_path.iterdir()] == ["slurmctl-rest-demo-"]
            demo.send_signal(number)
            demo.communicate()
        assert demo.returncode == 130
        assert list(tmp_path.iterdir()) == []


def test_without_the_extra_it_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", nothing)
    assert main(["demo"]) == 2
    assert capsys.readouterr() == (
        "",
        "slurmctl-rest: demo needs slurm-emulator, which is not installed "
        "(pip install 'slurmctl-rest[demo]')\n",
    )


def _typed(argv: Sequence[str], folder: Path) -> tuple[str, int]:
    """Run it on a terminal where every question is answered; return the screen and its exit."""
    keyboard, screen = pty.openpty()
    demo = subprocess.Popen(
        argv,
        stdin=screen,
        stdout=screen,
        stderr=screen,
        env={**_environment(folder), "NO_COLOR": "1"},
    )
    os.close(screen)
    shown = ""
    with demo:
        while True:
            try:
                new = os.read(keyboard, 65536).decode(errors="replace")
            except OSError:  # everybody has closed it
                break
            shown += new
            for question, answer in {"[Enter] ": b"\n", "[y/N] ": b"y\n"}.items():
                if shown.endswith(question):
                    os.write(keyboard, answer)
    os.close(keyboard)
    return shown, demo.returncode


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}
