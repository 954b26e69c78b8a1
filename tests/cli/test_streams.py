"""The program as a process: pipes that end or do not wait, disks that are full, closed streams.

Every byte of stdout gets there, or the exit is 1; stderr changes no exit code.
"""

from __future__ import annotations

import fcntl
import os
import pty
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import resources
from pathlib import Path

import pytest

from slurmctl_rest.cli import streams
from slurmctl_rest.cli.completion.scripts import VARIABLE
from tests.mounts import on_a_small_disk

PROGRAM = (sys.executable, "-m", "slurmctl_rest")
FULL = "slurmctl-rest: the output cannot be written: No space left on device\n"
UNKNOWN = "slurmctl-rest: No such command 'nonsense'. (slurmctl-rest --help)\n"
LONG = ("schema", "manifest")
"""Words that need no Slurm, and print several times what a pipe holds."""


@pytest.fixture(scope="session")
def whole() -> bytes:
    """What LONG prints."""
    text = (resources.files("slurmctl_rest") / "schemas/manifest.json").read_bytes()
    assert len(text) > 2 * 65_536
    return text.rstrip(b"\n") + b"\n"


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def world(request: pytest.FixtureRequest) -> Mapping[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": request.param}


@pytest.mark.parametrize("words", ["--help", "--version", "schema manifest"])
def test_a_reader_that_has_enough_is_no_error(words: str, world: Mapping[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*PROGRAM, *words.split()],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=world,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


FULL_DISKS = {
    **dict.fromkeys(
        ("--help", "--version", "account modify --help", "schema commands", "profile show"),
        (1, FULL),
    ),
    # What is wrong already decides, and is all that is said.
    "nonsense": (2, UNKNOWN),
}


@pytest.mark.parametrize("words", FULL_DISKS)
def test_a_full_disk_is_an_error(words: str, world: Mapping[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *words.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=world,
        )
    assert (done.returncode, done.stderr) == FULL_DISKS[words]


@pytest.mark.parametrize("words", ["help fields qos", "schema manifest"])
def test_a_disk_that_fills_in_the_middle_is_an_error(
    words: str, world: Mapping[str, str], tmp_path: Path
) -> None:
    script = f"{shlex.join([*PROGRAM, *words.split()])} >{tmp_path}/out && echo done; echo $?"
    done = on_a_small_disk(tmp_path, 4, script, world)
    assert (done.stdout, done.stderr) == ("1\n", FULL)


def test_a_disk_of_the_network_that_says_so_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """NFS and quotas may refuse at the end what they took before."""

    def refused(_: int) -> None:
        raise OSError(122, os.strerror(122))

    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr("os.close", refused)
        with pytest.raises(OSError, match="quota") as raised:
            streams.finish()
        monkeypatch.undo()
    assert streams.is_of_stdout(raised.value)


def piped() -> tuple[int, int]:
    return os.pipe()


def socketed() -> tuple[int, int]:
    reading, writing = socket.socketpair()
    return reading.detach(), writing.detach()


def a_terminal() -> tuple[int, int]:
    return pty.openpty()


@pytest.mark.parametrize("ends", [piped, socketed, a_terminal], ids=["pipe", "socket", "tty"])
def test_what_does_not_wait_gets_all(
    ends: Callable[[], tuple[int, int]], world: Mapping[str, str], whole: bytes
) -> None:
    reading, writing = ends()
    os.set_blocking(writing, False)
    with subprocess.Popen(
        [*PROGRAM, *LONG], stdout=writing, stderr=subprocess.PIPE, env=world
    ) as p:
        os.close(writing)
        got = read(reading)
        assert p.stderr is not None
        said = p.stderr.read()
    assert (p.returncode, said) == (0, b"")
    assert got.replace(b"\r\n", b"\n") == whole


def read(file: int) -> bytes:
    """Return all that comes; a terminal that nobody writes to any more is an error there."""
    chunks = []
    with suppress(OSError):
        while chunk := os.read(file, 1000):
            chunks.append(chunk)
    os.close(file)
    return b"".join(chunks)


def test_who_is_stopped_and_continued_writes_all(world: Mapping[str, str]) -> None:
    words = [*PROGRAM, "help", "fields", "qos"]
    expected = subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout
    reading, writing = os.pipe()
    room = fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    assert room < len(expected)
    with subprocess.Popen(words, stdout=writing, stderr=subprocess.PIPE, env=world) as p:
        os.close(writing)
        wait_until_it_sleeps(p.pid)  # the pipe is full, in the middle of a write
        p.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, p.pid, os.WSTOPPED)
        p.send_signal(signal.SIGCONT)
        wait_until_it_sleeps(p.pid)
        got = read(reading)
        assert p.stderr is not None
        said = p.stderr.read()
    assert (p.returncode, said, got) == (0, b"", expected)


def wait_until_it_sleeps(pid: int) -> None:
    """Wait until the process does nothing, as who writes to a full pipe."""
    at_rest = 0
    while at_rest < 20:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
        if state == "Z":
            return
        at_rest = at_rest + 1 if state == "S" else 0
        time.sleep(0.01)


def full() -> int:
    return os.open("/dev/full", os.O_WRONLY)


def left() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def unwritable() -> int:
    return os.open("/dev/null", os.O_RDONLY)


@pytest.mark.parametrize("stderr", [full, left, unwritable])
@pytest.mark.parametrize(("words", "code"), [("nonsense", 2), ("-v account list nosuch", 6)])
def test_messages_that_nobody_hears_change_no_exit(
    words: str, code: int, stderr: Callable[[], int], world: Mapping[str, str]
) -> None:
    file = stderr()
    without_slurm = {**world, "PATH": "/nowhere"}
    done = subprocess.run(
        [*PROGRAM, *words.split()],
        stderr=file,
        stdout=subprocess.PIPE,
        check=False,
        env=without_slurm,
    )
    os.close(file)
    assert (done.returncode, done.stdout) == (code, b"")


@pytest.mark.parametrize("blocking", [True, False])
def test_names_that_come_late_are_not_cut_off(blocking: bool) -> None:
    """A pipe that does not wait says that there is nothing now, and that is not its end."""
    reading, writing = os.pipe()
    os.set_blocking(reading, blocking)
    words = ["account", "delete", "--from", "-", "-i"]
    with subprocess.Popen(
        [*PROGRAM, *words], stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as p:
        os.close(reading)
        os.write(writing, b"physics\nopt")
        wait_until_it_sleeps(p.pid)
        os.write(writing, b"ics\n'\n")
        os.close(writing)
        out, err = p.communicate()
    assert (p.returncode, out) == (2, b"")
    assert err.startswith(b"slurmctl-rest: stdin, line 3: "), err


def test_a_script_of_completion_that_is_cut_is_an_error(world: Mapping[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            PROGRAM,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**world, VARIABLE: "source_bash"},
        )
    assert (done.returncode, done.stderr) == (1, FULL)


def test_a_tab_complains_of_nothing(world: Mapping[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "acc"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**world, VARIABLE: "zsh"},
        )
    assert (done.returncode, done.stderr) == (0, "")


def test_closed_streams_are_borne() -> None:
    command = f'exec "{sys.executable}" -m slurmctl_rest nonsense <&- >&-'
    done = subprocess.run(
        ["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, UNKNOWN)
    # Who closes stdout wants no rows: as git does.
    for streams_ in (">&-", ">&- 2>&-", "<&- >&- 2>&-"):
        command = f'exec "{sys.executable}" -m slurmctl_rest --version {streams_}'
        done = subprocess.run(
            ["/bin/sh", "-c", command], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
