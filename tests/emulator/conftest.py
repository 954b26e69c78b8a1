"""One emulator for the whole run (each xdist worker has its own), emptied before each test."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from slurmctl_rest.cli import demo, lock
from slurmctl_rest.cli.app import main


class Result(NamedTuple):
    """What a command left: its exit code and all it said."""

    exit: int
    out: str = ""
    err: str = ""


Run: TypeAlias = Callable[[str], Result]


@pytest.fixture(scope="session")
def installed() -> None:
    for package in ("slurm-emulator", "uvicorn"):
        try:
            metadata.distribution(package)
        except metadata.PackageNotFoundError:
            pytest.skip(f"{package} is not installed: pip install 'slurmctl-rest[demo]'")


@pytest.fixture(scope="session")
def emulator(
    installed: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """The environment in which the program meets the emulator."""
    with demo.emulator(tmp_path_factory.mktemp("emulator")) as environment:
        yield environment


@pytest.fixture
def state(emulator: Mapping[str, str]) -> Path:
    """The file with the emulator's state, which it reads anew for each request; none is empty."""
    file = Path(emulator["SLURM_EMULATOR_STATE_FILE"])
    file.unlink(missing_ok=True)
    return file


@pytest.fixture
def run(
    emulator: Mapping[str, str],
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    """Run a command line, written as in a shell, in this process and off a terminal."""
    # Each process has an emulator of its own, whose cluster has the same name: no lock for all.
    monkeypatch.setattr(lock, "SHARED_FOLDERS", ())
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    for variable in [name for name in os.environ if name.startswith("SLURM")]:
        monkeypatch.delenv(variable)
    for variable in [name for name in emulator if name.startswith("SLURM")]:
        monkeypatch.setenv(variable, emulator[variable])

    def run(line: str) -> Result:
        capsys.readouterr()
        code = main(shlex.split(line))
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture
def accounts(run: Run) -> None:
    """science, and below it physics (with limits on TRES) and chemistry.

    QosLevel is named because the emulator gives every account `normal` of its own, and the limits
    on TRES come by `modify` because it takes none of them where an account is added.
    """
    for line in (
        "account add science GrpJobs=500 Fairshare=50 QosLevel=normal -i",
        "account add physics,chemistry parent=science Organization=faculty QosLevel=normal -i",
        "account modify physics set GrpTRES=cpu=1000,gres/gpu=16 GrpTRESMins=cpu=9000 -i",
    ):
        done = run(line)
        assert (done.exit, done.err) == (0, "")
