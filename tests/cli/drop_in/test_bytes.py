"""Words with bytes that are not UTF-8: said again as they came, and never sent in JSON."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROFILE = b"""
default_profile = "a"
[profiles.a]
execution_mode = "rest"
cluster_name = "alps"
[profiles.a.rest_api]
url = "http://127.0.0.1:9"
api_version = "v0.0.42"
token_env = "SLURM_JWT"
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([b"\xff"], b"invalid keyword: \xff\n"),
        (
            [b"--\xc3\xa9\xff"],
            b"sacctmgr: unrecognized option '--\xc3\xa9\xff'\n"
            b'Try "sacctmgr --help" for more information\n',
        ),
        (
            [b"list", b"user", b"al\xffice", b"withdeleted", b"format=\xe9"],
            b"Unknown field '\xe9'\n",
        ),
        (
            [b"list", b"assoc", b"account=\xe9"],
            b"sacctmgr: error: '\\xe9' is not UTF-8, which slurmrestd takes alone "
            b'(use a profile with execution_mode = "cli")\n',
        ),
    ],
    ids=repr,
)
def test_bytes(tmp_path: Path, words: list[bytes], said: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(PROFILE)
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"slurmctl_rest", b"sacctmgr", *words],
        capture_output=True,
        env={
            **os.environ,
            "SLURMCTL_REST_CONFIG": str(tmp_path / "config.toml"),
            "SLURM_JWT": "a",
            "LC_ALL": "C.UTF-8",
        },
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", said)
