"""A list over the commands costs little more than the start of Python."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PLAIN = 'default_profile = "a"\n[profiles.a]\nexecution_mode = "cli"\nslurm_bin_path = "{bin}"\n'
LIST = ("-nP", "show", "account", "physics")


def run(
    folder: Path, config: str, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `slurmctl-rest sacctmgr WORDS` with a sacctmgr that says its words, on PATH too."""
    bin_ = folder / "bin"
    bin_.mkdir(exist_ok=True)
    (bin_ / "sacctmgr").write_text('#!/bin/sh\necho "$@"\n')
    (bin_ / "sacctmgr").chmod(0o755)
    (folder / "config.toml").write_text(config.replace("{bin}", str(bin_)))
    named = {"SLURMCTL_REST_CONFIG": str(folder / "config.toml")} if config else {}
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "slurmctl_rest", "sacctmgr", *words],
        capture_output=True,
        text=True,
        env={"PATH": f"{bin_}:/usr/bin:/bin", "XDG_CONFIG_HOME": str(folder), **named, **variables},
        check=False,
    )


def is_quick(done: subprocess.CompletedProcess[str]) -> bool:
    """Tell whether the profile was not checked."""
    return "pydantic" not in done.stderr


@pytest.mark.parametrize(
    ("config", "words", "variables"),
    [
        (PLAIN, LIST, {}),
        (PLAIN, ("--parsable2", "--noheader", "--immediate", "list", "tres"), {}),
        (PLAIN + "journal = false\ncluster_name = 'alps'\n", LIST, {}),
        ('[profiles.only]\nexecution_mode = "cli"\n', LIST, {}),
        (PLAIN + '[profiles.b]\nexecution_mode = "cli"\n', LIST, {"SLURMCTL_REST_PROFILE": "b"}),
        pytest.param("", LIST, {}, marks=pytest.mark.skipif(
            Path("/etc/slurmctl-rest/config.toml").exists(), reason="this machine has a profile"
        )),
    ],
)  # fmt: skip
def test_a_plain_profile_is_not_checked(
    tmp_path: Path, config: str, words: tuple[str, ...], variables: dict[str, str]
) -> None:
    done = run(tmp_path, config, *words, **variables)
    assert (done.returncode, done.stdout) == (0, " ".join(words) + "\n")
    assert is_quick(done)


@pytest.mark.parametrize(
    ("config", "words", "variables", "told"),
    [
        (PLAIN + 'typo = "x"\n', LIST, {}, "'typo' is not a key"),
        (PLAIN + "journal = 3\n", LIST, {}, "journal: write true or false"),
        (PLAIN + 'default = "x"\n', LIST, {}, "'default' is not a key"),
        (PLAIN, LIST, {"SLURMCTL_REST_PROFILE": "c"}, "profile 'c' is not in"),
        (PLAIN, LIST, {"SLURMCTL_REST_TYPO": "c"}, "SLURMCTL_REST_TYPO is not a setting"),
        ("[profiles", LIST, {}, "is not TOML"),
        (PLAIN.replace("{bin}", "/nowhere"), LIST, {}, "/nowhere/sacctmgr: No such file"),
    ],
)
def test_what_is_wrong_is_told_as_always(
    tmp_path: Path, config: str, words: tuple[str, ...], variables: dict[str, str], told: str
) -> None:
    done = run(tmp_path, config, *words, **variables)
    said = [line for line in done.stderr.splitlines() if not line.startswith("import time")]
    assert (done.returncode, done.stdout, len(said)) == (1, "", 1)
    assert said[0].startswith("sacctmgr: error: ")
    assert told in said[0]


def test_a_write_and_a_dry_run_go_the_whole_way(tmp_path: Path) -> None:
    config = PLAIN + f'cluster_name = "alps"\nlock_dir = "{tmp_path}"\n'
    done = run(tmp_path, config, "-i", "add", "account", "x")
    assert (done.returncode, done.stdout) == (0, "-i add account x\n")
    assert not is_quick(done)
    done = run(tmp_path, config, "--dry-run", "-i", "add", "account", "x")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/bin/sacctmgr -i add account x\n")


REST = """
[profiles.a]
execution_mode = "rest"
cluster_name = "alps"
[profiles.a.rest_api]
url = "http://127.0.0.1:9"
username = "root"
token_file = "/nowhere"
"""


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (PLAIN, LIST),
        (PLAIN, ("list", "runawayjobs")),
        (PLAIN + "second_look = false\n", LIST),
        (PLAIN + 'cluster_name = "alps"\nlock_dir = "{bin}"\n', ("-i", "add", "account", "x")),
        (REST, ("help",)),
    ],
    ids=["list", "list that may ask", "checked profile", "write", "rest"],
)
def test_it_ends_by_sigpipe_if_nobody_reads_it(
    tmp_path: Path, config: str, words: tuple[str, ...]
) -> None:
    run(tmp_path, config, *words)  # makes the files
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(
        [sys.executable, "-m", "slurmctl_rest", "sacctmgr", *words],
        stdin=subprocess.DEVNULL,
        stdout=writes,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "SLURMCTL_REST_CONFIG": str(tmp_path / "config.toml")},
        check=False,
    )
    os.close(writes)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
