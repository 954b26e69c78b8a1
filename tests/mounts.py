"""Small disks, in a mount namespace of their own: nothing of them is seen outside, or stays."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

UNSHARE = shutil.which("unshare")


@cache
def why_not() -> str:
    """Return why there can be none here, or nothing."""
    if os.geteuid() != 0:
        return "a small disk needs root"
    if UNSHARE is None:
        return "a small disk needs unshare (util-linux)"
    done = subprocess.run(
        [str(UNSHARE), "--mount", "/bin/mount", "-t", "tmpfs", "none", "/mnt"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return f"a small disk cannot be mounted here: {done.stderr.strip()}" if done.returncode else ""


def on_a_small_disk(
    folder: Path, kilobytes: int, script: str, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a script of the shell with a disk of so many KB in the folder; skip where none can be."""
    if reason := why_not():
        pytest.skip(reason)
    mount = f"mount -t tmpfs -o size={kilobytes}k none {folder}"
    return subprocess.run(
        [str(UNSHARE), "--mount", "/bin/sh", "-ec", f"{mount}\n{script}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
