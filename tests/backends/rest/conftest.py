"""What tests over real sockets take."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backends.rest.servers import certificates


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of certificates."""
    return certificates(tmp_path)
