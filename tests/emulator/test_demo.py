"""The demo as a person runs it, and that nothing is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from slurmctl_rest.cli.app import main

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
            "$ slurmctl-rest account modify physics -i set GrpTRESMins=gres/gpu=20000\n"
            "account physics: modified\n"
            "  GrpTRESMins: cpu=100000,gres/gpu=5000 -> cpu=100000,gres/gpu=20000\n"
        ) in done.stdout
        exits = [line for line in done.stdout.splitlines() if line.startswith("[exit")]
        assert exits == ["[exit 2]", "[exit 3]", "[exit 9]", "[exit 10]"]
        assert list(tmp_path.iterdir()) == []

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


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}
