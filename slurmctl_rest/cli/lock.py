"""One writer at a time: an advisory lock for each cluster on this machine.

Slurm has none: slurmdbd reads a row, changes it and writes it back, and so does everybody who asks
it to. The lock is a file of nothing in a folder that root, operators and cron share. It is opened
to read and never written, so the kernel's flock is all that is done to it, whoever made it; the
kernel frees it however the program ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from slurmctl_rest.errors import Unreachable

SHARED_FOLDERS = (Path("/run/lock"), Path("/tmp"))  # nosec B108 # noqa: S108 (see _is_shared)
"""Folders where everybody may make a file, and nobody may remove another's. Root takes the same one
as everybody, or they would not meet: so XDG_RUNTIME_DIR, which each user has alone, comes last."""

POLL_S = 0.02
TIMEOUT_S = 600.0
"""Seconds that another writer is waited for over the commands, each of which may take as long."""
TELL_AFTER_S = 1.0
"""Seconds that are waited in silence: most writes are over by then, and cron mails each line."""


class Lock:
    """The lock of a cluster, once it is held."""

    def __init__(self, descriptor: int) -> None:
        """`descriptor`: of the file; it is not inherited by programs that are run meanwhile."""
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next writer in."""
        os.close(self._descriptor)


def acquire(
    cluster: str, folder: Path | None, timeout: float, say: Callable[[str], object]
) -> Lock:
    """Return the lock of the cluster; wait for its holder, and say so.

    `folder`: the one that the profile names. OSError: no lock is possible here. Unreachable:
    another writer held it for `timeout` seconds.
    """
    end = time.monotonic() + timeout
    tell = time.monotonic() + min(TELL_AFTER_S, timeout / 2)
    while True:
        with _opened_folder(folder, file_name(cluster)) as at:
            descriptor = _opened_file(at, file_name(cluster))
            try:
                holder = _wait(descriptor, tell, end, cluster, say)
                if not holder and _is_still_there(at, file_name(cluster), descriptor):
                    return Lock(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        os.close(descriptor)
        if holder:
            raise Unreachable(
                f"cluster '{cluster}': {holder} is still writing after {timeout:g} s; "
                "nothing was sent",
                "repeat later, or wait longer with --timeout",
                retryable=True,
                sent=False,
            )


def _wait(
    descriptor: int, tell: float, end: float, cluster: str, say: Callable[[str], object]
) -> str:
    """Take the lock; return its holder if it was held up to the end, or nothing."""
    told = False
    while not _is_taken(descriptor):
        now = time.monotonic()
        if now > end:
            return _holder(descriptor)
        if now > tell and not told:
            told = True
            say(f"{_holder(descriptor)} is writing to cluster {cluster}; waiting")
        time.sleep(POLL_S)
    return ""


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _opened_folder(folder: Path | None, name: str) -> Iterator[int]:
    """Open the folder that the lock of this name is in; the first that is fit for it."""
    named = os.environ.get("XDG_RUNTIME_DIR")
    own = (Path(named),) if named else ()
    refused: OSError = FileNotFoundError(errno.ENOENT, "no suitable folder for a lock")
    for path in (folder,) if folder else (*SHARED_FOLDERS, *own):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            refused = error
            continue
        try:
            # Chosen by its mode, and not by what this user may do there: root and everybody else
            # must find the same folder.
            fit = folder or _is_shared(descriptor) or (path in own and _is_ours(descriptor))
            if fit and (folder or _has_room(descriptor, name)):
                yield descriptor
                return
        finally:
            os.close(descriptor)
    raise refused


def _has_room(folder: int, name: str) -> bool:
    """Tell whether the file is there or can be made: containers often mount /run/lock read-only."""
    if not os.fstatvfs(folder).f_flag & os.ST_RDONLY:
        return True
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _is_shared(descriptor: int) -> bool:
    """Tell whether everybody may make files in a folder of root's, and only their own go away."""
    status = os.fstat(descriptor)
    wanted = stat.S_ISVTX | stat.S_IWOTH
    return status.st_uid == 0 and status.st_mode & wanted == wanted


def _is_ours(descriptor: int) -> bool:
    status = os.fstat(descriptor)
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _opened_file(folder: int, name: str) -> int:
    """Open the file to read, or make it: a link or a FIFO that lies there is not used."""
    for _ in range(TRIES):
        # Opened to read and never written: nobody's link or file can be turned against us.
        # Without O_CREAT first: in /tmp the kernel refuses that for the file of another
        # (fs.protected_regular). O_NONBLOCK: a FIFO would wait for a writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            descriptor = os.open(name, flags, dir_fd=folder)
        except FileNotFoundError:
            try:
                descriptor = os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=folder)
            except FileExistsError:
                continue  # another writer was quicker
            os.fchmod(descriptor, 0o644)  # whatever the umask: others have to open it
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_nlink <= 1:
            return descriptor
        os.close(descriptor)
        raise OSError(errno.EINVAL, f"'{name}' is not a plain file")
    raise OSError(errno.EEXIST, f"'{name}' is repeatedly deleted")


TRIES = 10


def _is_still_there(folder: int, name: str, descriptor: int) -> bool:
    """Tell whether the next writer would find the same file: it may have been cleaned away."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(descriptor))


def file_name(cluster: str) -> str:
    """Return the name of the cluster's file; other characters than a path can hold are numbers."""
    safe = "".join(c if c.isalnum() or c in "._-" else f"%{ord(c):02x}" for c in cluster)
    return f"slurmctl-rest-{safe}.lock"


def _holder(descriptor: int) -> str:
    """Return the holder of the lock, as far as the kernel tells."""
    status = os.fstat(descriptor)
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    try:
        table = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
    except OSError:
        table = ""
    # 1: FLOCK  ADVISORY  WRITE 4711 fe:01:1234 0 EOF
    for words in map(str.split, table.splitlines()):
        if words[1:2] == ["FLOCK"] and words[5:6] == [place] and words[4] != "0":
            return f"another slurmctl-rest (pid {words[4]})"
    return "another slurmctl-rest"
