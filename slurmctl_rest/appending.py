"""Lines at the end of a file that several programs write to: each whole, and by itself."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

LOCK_TIMEOUT_S, POLL_S = 5.0, 0.02
"""How long another writer is waited for, and between two tries."""

APPEND_FLAGS = os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


def append_line(path: Path, text: str, room: int = 0) -> None:
    """Append a line, for its owner alone where the file is new; OSError where it is not whole.

    `room`: bytes that the disk must have for it and for what comes later.
    """
    _refuse_a_strangers_link(path)
    # Never O_RDWR: an administrator may let users append to a trail that they cannot read.
    file = os.open(path, os.O_WRONLY | os.O_CREAT | APPEND_FLAGS, 0o600)
    try:
        line = f"{text}\n".encode()
        if stat.S_ISREG(os.fstat(file).st_mode):
            _lock(file)
            _refuse_without_room(file, max(room, len(line)))
            if not _ends_a_line(file, path):
                line = b"\n" + line
        # In one piece, so that two programs do not mix their lines, even where nothing locks.
        if os.write(file, line) != len(line):
            raise _no_room()
        with suppress(OSError):  # there are no locks there
            fcntl.flock(file, fcntl.LOCK_UN)
        _sync(file)
    finally:
        os.close(file)


def _refuse_a_strangers_link(path: Path) -> None:
    """Do not follow a link that somebody else has put there: he would choose what we write to."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode) and found.st_uid not in {0, os.geteuid()}:
        raise OSError(errno.ELOOP, "it is a link that belongs to another user", str(path))


def _lock(file: int) -> None:
    """Keep other writers away, as far as the file system can, and nobody for ever.

    Without it a line could come behind one that has just been cut.
    """
    end = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                return
            time.sleep(POLL_S)
        except OSError:  # there are no locks there
            return
        else:
            return


def _refuse_without_room(file: int, wanted: int) -> None:
    """Refuse a line that would be cut, or that would leave no room for what must follow it."""
    size = os.fstat(file).st_size
    disk = os.fstatvfs(file)
    # Of a disk some blocks are kept for root.
    free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    # The last block of the file is its own already; a disk without blocks does not tell.
    left = free * disk.f_frsize + -size % (disk.f_frsize or 1)
    if disk.f_blocks and left < wanted:
        raise _no_room()


def _ends_a_line(file: int, path: Path) -> bool:
    """Tell whether the file ends with a whole line: a disk that was full has cut the last one.

    A user who may write and not read cannot know: an empty line does less harm than two in one.
    """
    ours = os.fstat(file)
    if ours.st_size == 0:
        return True
    try:
        reading = os.open(path, os.O_RDONLY | APPEND_FLAGS)
    except OSError:
        return False
    try:
        if not os.path.samestat(os.fstat(reading), ours):
            return False  # rotated in this moment
        return os.pread(reading, 1, ours.st_size - 1) == b"\n"
    finally:
        os.close(reading)


def _no_room() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sync(file: int) -> None:
    """See the line on the disk: a full one, or one of the network, may say so only here."""
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EROFS, errno.ENOTSUP}:  # no file, but a device
            raise
