"""How far a run of pytest is: `-p tests.progress` notes it in a file, and others read it there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from slurmctl_rest.model.text import printable

FILE = "TESTS_PROGRESS"
"""The variable that names the file."""
MAX_REASON = 400
"""Characters of a failed test's error that are noted: a summary has room for no more."""


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


def reasons(file: Path) -> dict[str, str]:
    """Return why tests have failed, by their names, where their progress is noted in the file."""
    noted = file.with_suffix(".failed")
    lines = noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []
    return {name: reason for name, _, reason in (line.partition("\t") for line in lines)}


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
            self._note_reason(report)
        elif report.skipped:
            self.progress.skipped += 1
        elif report.when == "call":
            self.progress.passed += 1
        self.progress.write(self.file)

    def _note_reason(self, report: pytest.TestReport) -> None:
        crash = getattr(report.longrepr, "reprcrash", None)
        said = " ".join(str(report.longrepr if crash is None else crash.message).split())
        with self.file.with_suffix(".failed").open("a", encoding="utf-8") as noted:
            noted.write(f"{report.nodeid}\t{printable(said, MAX_REASON)}\n")


def pytest_configure(config: pytest.Config) -> None:
    """Take part where somebody asks for it."""
    if FILE in os.environ:
        config.pluginmanager.register(Plugin(Path(os.environ[FILE])))
