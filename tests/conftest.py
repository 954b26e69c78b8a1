"""Every unit test runs in a world of its own: an empty home, no settings, nothing of the user's."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from slurmctl_rest import config, places
from slurmctl_rest.backends import repeats

# The same examples in every run; HYPOTHESIS_PROFILE=explore looks for new ones.
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)
settings.register_profile(
    "unit", deadline=None, max_examples=30, database=None, derandomize=True, phases=PHASES
)
settings.register_profile("explore", deadline=None, max_examples=400, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "unit"))


REQUIRED = "LAB_REQUIRED"
"""With this variable set, what a test needs and cannot be had is a failure, not a skip (CI)."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skipped test a failure where all is required."""
    report = yield
    if report.skipped and os.environ.get(REQUIRED):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, where nothing may be: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def own_world(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Take the user's settings, token and home away; the lab and the emulator bring their own."""
    if any(request.node.get_closest_marker(name) for name in ("lab", "emulator")):
        return
    for variable in os.environ:
        if variable.upper().startswith(("SLURM", "SACCT", "XDG_")):
            monkeypatch.delenv(variable)
    for variable in ("NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(repeats, "pause", lambda _: None)
    monkeypatch.setenv("TERM", "dumb")  # no colours, no pager, no progress
    monkeypatch.setenv("PAGER", "")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    find = places.config_files
    for module in (config, places):
        monkeypatch.setattr(
            module,
            "config_files",
            lambda: (home / str(p).lstrip("/") if p.is_relative_to("/etc") else p for p in find()),
        )
    monkeypatch.chdir(home)
