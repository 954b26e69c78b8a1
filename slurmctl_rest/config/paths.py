"""The places of profile files. Apart from load.py, because completion cannot wait for pydantic."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ENV_PREFIX = "SLURMCTL_REST_"

MAX_PROFILE_FILE_BYTES = 2**20
"""Bytes of a profile file."""


def config_files() -> Iterator[Path]:
    """Yield the places where a profile file is looked for, first one first."""
    if named := os.environ.get(ENV_PREFIX + "CONFIG"):
        yield Path(named)
    # A user without an entry in passwd and without HOME, as in a container, has no home.
    with suppress(RuntimeError):
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
        yield home / "slurmctl-rest" / "config.toml"
    yield Path("/etc/slurmctl-rest/config.toml")
