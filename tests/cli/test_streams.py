"""The program as a process: pipes that end, disks that are full, streams that are closed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = (sys.executable, "-m", "slurmctl_rest")


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_a_reader_that_has_enough_is_no_error(word: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*PROGRAM, word], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_a_full_disk_is_an_error(word: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, word], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        1,
        "slurmctl-rest: the output cannot be written: No space left on device\n",
    )


def test_closed_streams_are_borne() -> None:
    command = f'exec "{sys.executable}" -m slurmctl_rest nonsense <&- >&-'
    done = subprocess.run(
        ["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (
        2,
        "slurmctl-rest: No such command 'nonsense'. (slurmctl-rest --help)\n",
    )
