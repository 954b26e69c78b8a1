"""How far a run of pytest is: `-p tests.progress` notes it in a file, and others read it there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

FILE = "TESTS_PROGRESS"
"""The variable that names the file."""


@dataclass(slots=True)
class Progress:
    """The tests that a run has collected, and what became of those that are over."""

    total: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def over(self) -> int:
        """Return how many tests are over."""
        return self.passed + self.failed + self.skipped

    def write(self, file: Path) -> None:
        """Note it, so that nobody reads half a line."""
        new = file.with_suffix(".new")
        new.write_text(f"{self.total} {self.passed} {self.failed} {self.skipped}")
        new.replace(file)

    @classmethod
    def read(cls, file: Path) -> Progress:
        """Return what is noted; before the first note nothing is known."""
        return cls(*map(int, file.read_text().split())) if file.exists() else cls()


class Plugin:
    """Counts as pytest reports."""

    def __init__(self, file: Path) -> None:
        """Begin with nothing."""
        self.file = file
        self.progress = Progress()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note how many tests there are."""
        self.progress.total = len(session.items)
        self.progress.write(self.file)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: by its call, or by what kept it from being called."""
        if report.failed:
            self.progress.failed += 1
        elif report.skipped:
            self.progress.skipped += 1
        elif report.when == "call":
            self.progress.passed += 1
        self.progress.write(self.file)


def pytest_configure(config: pytest.Config) -> None:
    """Take part where somebody asks for it."""
    if FILE in os.environ:
        config.pluginmanager.register(Plugin(Path(os.environ[FILE])))
