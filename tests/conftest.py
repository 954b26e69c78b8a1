"""Every unit test runs in a world of its own: an empty home, no settings, nothing of the user's."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.capture import CaptureResult
from hypothesis import Phase, settings

from slurmctl_rest.backends import retry
from slurmctl_rest.cli import lock
from slurmctl_rest.config import load, paths
from tests import secrets

# The same examples in every run; HYPOTHESIS_PROFILE=explore looks for new ones, and `make mutants`,
# which runs the tests thousands of times, takes few (mutants).
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)
settings.register_profile(
    "unit", deadline=None, max_examples=30, database=None, derandomize=True, phases=PHASES
)
settings.register_profile("mutants", settings.get_profile("unit"), max_examples=10)
settings.register_profile("explore", deadline=None, max_examples=400, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "unit"))


def pytest_configure() -> None:
    """Undo what `&` in a script and nohup do: a program that is started so leaves signals ignored.

    Tests send these signals to themselves and to programs that they start, and expect an answer.
    """
    for number, handler in SIGNALS.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def _survive(number: int, frame: FrameType | None) -> None:
    """Do nothing; unlike SIG_IGN, programs that tests start do not inherit it."""


SIGNALS: dict[signal.Signals, Callable[[int, FrameType | None], Any] | signal.Handlers] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGQUIT: signal.SIG_DFL,
    signal.SIGHUP: _survive,  # nohup: the terminal may go, and the tests go on
}

REQUIRED = "LAB_REQUIRED"
"""With this variable set, what a test needs and cannot be had is a failure, not a skip (CI)."""


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a text without backslashes: mutmut gives pytest ids that it has to find again."""
    shown = val.encode("unicode_escape").decode() if isinstance(val, str) else ""
    return shown.replace("\\", "/") if "\\" in shown else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skipped test a failure where all is required, and one that shows a token always."""
    report = yield
    if shown := secrets.found("\n".join(text for _, text in report.sections)):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} printed or logged a token: {', '.join(shown)}"
    if report.skipped and os.environ.get(REQUIRED):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, where nothing may be: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def no_file_tells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail at the end where a file that a test left behind holds a token: a trail, a cache, a log.

    Under xdist each worker has its own files, and looks at those.
    """
    folder = tmp_path_factory.getbasetemp()
    yield
    telling = [f"{file}: {', '.join(what)}" for file, what in secrets.files_that_tell(folder)]
    assert not telling, "\n".join(["files hold a token:", *telling])


@pytest.fixture
def capsys(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """Look at what a test takes out of pytest's hands, too."""
    read = capsys.readouterr

    def readouterr() -> CaptureResult[str]:
        taken = read()
        secrets.told("the test", *taken)
        return taken

    capsys.readouterr = readouterr  # type: ignore[method-assign]
    return capsys


@pytest.fixture
def home() -> Path:
    """The empty home of the test (own_world)."""
    return Path(os.environ["HOME"])


@pytest.fixture(autouse=True)
def own_world(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Take the user's settings, token and home away; the lab and the emulator bring their own."""
    if any(request.node.get_closest_marker(name) for name in ("lab", "emulator")):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        return
    for variable in os.environ:
        if variable.upper().startswith(("SLURM", "SACCT", "XDG_")):
            monkeypatch.delenv(variable)
    for variable in ("NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(retry, "pause", lambda _: None)
    monkeypatch.setenv("TERM", "dumb")  # no colours, no pager, no progress
    monkeypatch.setenv("PAGER", "")
    # Or tests that run side by side would wait for each other.
    monkeypatch.setattr(lock, "SHARED_FOLDERS", ())
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    find = paths.config_files
    for module in (load, paths):
        monkeypatch.setattr(
            module,
            "config_files",
            lambda: (home / str(p).lstrip("/") if p.is_relative_to("/etc") else p for p in find()),
        )
    monkeypatch.chdir(home)
