"""What tests of several files of this folder take."""

from __future__ import annotations

import pytest


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that every request bears."""
    monkeypatch.setenv("SLURM_JWT", "SECRET")
