"""Where profile files lie, for those who have no home too."""

from __future__ import annotations

from pathlib import Path

import pytest

from slurmctl_rest.config.paths import config_files


def test_a_user_without_a_home_has_the_machine_s_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 54321)
    assert list(config_files()) == [Path("/etc/slurmctl-rest/config.toml")]
