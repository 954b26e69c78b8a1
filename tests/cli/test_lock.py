"""The lock of a cluster: who waits for whom, and what is never touched on the way."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from slurmctl_rest.cli import lock
from slurmctl_rest.errors import Unreachable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that a profile names."""
    path = tmp_path / "locks"
    path.mkdir()
    return path


def no_words(message: str) -> None:
    raise AssertionError(message)


def taken(folder: Path | None, cluster: str = "alps", timeout: float = 5.0) -> lock.Lock:
    return lock.acquire(cluster, folder, timeout, no_words)


HOLDER = """
import sys
from pathlib import Path
from slurmctl_rest.cli import lock
held = lock.acquire("alps", Path(sys.argv[1]), 5.0, print)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its stdin ends."""
    argv = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_who_comes_second_waits_and_says_for_whom(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "TELL_AFTER_S", 0.05)
    told: list[str] = []

    def say(message: str) -> None:
        told.append(message)
        process.kill()

    with holder(folder) as process:
        lock.acquire("alps", folder, 30.0, say).release()
    assert told == [
        f"another slurmctl-rest (pid {process.pid}) is writing to cluster alps; waiting"
    ]


def test_a_short_wait_is_silent(folder: Path) -> None:
    with holder(folder) as process:
        timer = threading.Timer(0.1, process.kill)
        timer.start()
        taken(folder, timeout=30.0).release()
        timer.join()


def test_a_wait_has_an_end_and_may_be_repeated(folder: Path) -> None:
    with holder(folder) as process, pytest.raises(Unreachable) as caught:
        lock.acquire("alps", folder, 0.05, lambda _: None)
    error = caught.value
    assert error.message == (
        f"cluster 'alps': another slurmctl-rest (pid {process.pid}) is still writing after 0.05 s; "
        "nothing was sent"
    )
    assert error.hint == "repeat later, or wait longer with --timeout"
    assert (error.retryable, error.sent) == (True, False)


def test_other_clusters_do_not_wait(folder: Path) -> None:
    with holder(folder):
        taken(folder, "jura").release()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_with_its_holder(folder: Path, how: signal.Signals) -> None:
    with holder(folder) as process:
        process.send_signal(how)
        taken(folder, timeout=30.0).release()


def test_a_child_does_not_inherit_it(folder: Path) -> None:
    held = taken(folder)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        held.release()
        taken(folder, timeout=1.0).release()
        child.kill()


def test_the_file_is_empty_and_everybody_may_open_it(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        taken(folder).release()
    finally:
        os.umask(before)
    file = folder / "slurmctl-rest-alps.lock"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert file.read_bytes() == b""


@pytest.mark.parametrize(
    ("cluster", "name"),
    [
        ("alps", "slurmctl-rest-alps.lock"),
        ("../../etc/passwd", "slurmctl-rest-..%2f..%2fetc%2fpasswd.lock"),
        ("a b@c+d", "slurmctl-rest-a%20b%40c%2bd.lock"),
    ],
)
def test_a_name_is_no_path(cluster: str, name: str) -> None:
    assert lock.file_name(cluster) == name


def _link(file: Path, theirs: Path) -> None:
    file.symlink_to(theirs)


def _hard_link(file: Path, theirs: Path) -> None:
    file.hardlink_to(theirs)


def _fifo(file: Path, theirs: Path) -> None:
    del theirs
    os.mkfifo(file)


def _folder(file: Path, theirs: Path) -> None:
    del theirs
    file.mkdir()


@pytest.mark.parametrize("lay", [_link, _hard_link, _fifo, _folder])
def test_what_lies_in_its_place_is_neither_used_nor_touched(
    folder: Path, tmp_path: Path, lay: Callable[[Path, Path], None]
) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("precious")
    theirs.chmod(0o600)
    file = folder / "slurmctl-rest-alps.lock"
    lay(file, theirs)
    before = os.lstat(file)
    with pytest.raises(OSError, match=r"not a plain file|symbolic links|No such device"):
        taken(folder)
    assert os.lstat(file) == before
    assert (theirs.read_text(), stat.S_IMODE(theirs.stat().st_mode)) == ("precious", 0o600)


def test_a_link_to_nothing_makes_nothing(folder: Path, tmp_path: Path) -> None:
    (folder / "slurmctl-rest-alps.lock").symlink_to(tmp_path / "made")
    with pytest.raises(OSError, match="symbolic links"):
        taken(folder)
    assert not (tmp_path / "made").exists()


def test_the_file_of_another_is_opened_as_it_is(folder: Path) -> None:
    """It is only read: what it holds, and who may do what with it, stays."""
    file = folder / "slurmctl-rest-alps.lock"
    file.write_text("of another")
    file.chmod(0o444)
    taken(folder).release()
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("of another", 0o444)


def test_a_file_that_was_cleaned_away_is_made_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our opening it and its lock: whoever comes next would lock another file."""
    file = folder / "slurmctl-rest-alps.lock"
    flock = fcntl.flock

    def clean_and_lock(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        file.unlink()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", clean_and_lock)
    held = taken(folder)
    with pytest.raises(Unreachable):
        lock.acquire("alps", folder, 0.05, lambda _: None)
    held.release()


class TestFolders:
    def test_a_shared_one_goes_before_the_own(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """root has another runtime folder than an operator, and would never meet them there."""
        shared = tmp_path / "shared"
        shared.mkdir()
        shared.chmod(0o1777)
        monkeypatch.setattr(lock, "SHARED_FOLDERS", (tmp_path / "none", shared))
        monkeypatch.setattr(lock, "_is_shared", lambda _: True)
        taken(None).release()
        assert [file.name for file in shared.iterdir()] == ["slurmctl-rest-alps.lock"]

    @pytest.mark.parametrize("mode", [0o755, 0o700, 0o777, 0o1755])
    def test_one_that_not_everybody_may_use_or_another_may_clean_is_not_shared(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
    ) -> None:
        shared = tmp_path / "shared"
        shared.mkdir()
        shared.chmod(mode)
        monkeypatch.setattr(lock, "SHARED_FOLDERS", (shared,))
        taken(None).release()
        assert not [*shared.iterdir()]
        assert (tmp_path / "runtime/slurmctl-rest-alps.lock").is_file()  # XDG_RUNTIME_DIR

    def test_a_shared_one_that_cannot_be_written_is_used_if_the_file_is_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Containers mount /run/lock read-only, or as the host has it."""
        folders = [tmp_path / "read-only", tmp_path / "shared"]
        for path in folders:
            path.mkdir()
        monkeypatch.setattr(lock, "SHARED_FOLDERS", folders)
        monkeypatch.setattr(lock, "_is_shared", lambda _: True)
        real = os.fstatvfs

        def fstatvfs(descriptor: int) -> os.statvfs_result:
            is_first = os.path.samestat(os.fstat(descriptor), folders[0].stat())
            found = list(real(descriptor))
            found[8] = os.ST_RDONLY if is_first else 0  # f_flag
            return os.statvfs_result(found)

        monkeypatch.setattr(os, "fstatvfs", fstatvfs)
        taken(None).release()
        assert [len([*path.iterdir()]) for path in folders] == [0, 1]
        (folders[0] / "slurmctl-rest-alps.lock").touch()
        (folders[1] / "slurmctl-rest-alps.lock").unlink()
        taken(None).release()
        assert [len([*path.iterdir()]) for path in folders] == [1, 0]

    def test_a_link_is_no_folder(self, tmp_path: Path, folder: Path) -> None:
        (tmp_path / "link").symlink_to(folder)
        with pytest.raises(OSError, match="Not a directory"):
            taken(tmp_path / "link")

    def test_the_own_one_is_not_used_where_others_may_write(self, tmp_path: Path) -> None:
        (tmp_path / "runtime").chmod(0o777)
        with pytest.raises(OSError, match="no suitable folder"):
            taken(None)

    def test_one_that_is_named_is_not_made(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            taken(tmp_path / "nowhere")
        assert not (tmp_path / "nowhere").exists()


def test_nothing_is_left_open(folder: Path) -> None:
    before = len([*Path("/proc/self/fd").iterdir()])
    taken(folder).release()
    assert len([*Path("/proc/self/fd").iterdir()]) == before
