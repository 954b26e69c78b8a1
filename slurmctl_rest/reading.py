"""Files that somebody names, read as a whole: bounded in size and in time, whatever they are.

A pipe, like <(vault read ...) of a shell, delivers once. What it has delivered is kept for this
run, so that each request, and each connection, has the same token or profile.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

PIPE_TIMEOUT_S = 5.0
"""How long all that comes through a pipe may take."""

CHUNK_BYTES = 2**16

_delivered: dict[tuple[str, int, int], bytes] = {}
_lock = threading.Lock()


def is_file(mode: int) -> bool:
    """Tell whether it is a plain file: the only kind that may be read just to look."""
    return stat.S_ISREG(mode)


def is_file_or_pipe(mode: int) -> bool:
    """Tell whether it is something that holds a text, and ends."""
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)


def read_whole(path: Path, largest: int, fits: Callable[[int], bool] = is_file) -> bytes:
    """Return what a file holds, or `largest` + 1 bytes of it; OSError where it does not `fit`.

    Nobody is waited for to open the other end of a pipe: it is nobody, in the end.
    """
    # Non-blocking: to open a FIFO would otherwise wait for a writer, which may never come.
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        found = os.fstat(file)
        if stat.S_ISDIR(found.st_mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not fits(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a plain file", str(path))
        if not stat.S_ISFIFO(found.st_mode):
            return _read(file, largest)
        with _lock:
            key = (str(path), found.st_dev, found.st_ino)
            if key not in _delivered:
                _delivered[key] = _read(file, largest)
            return _delivered[key]
    finally:
        os.close(file)


def _read(file: int, largest: int) -> bytes:
    end = time.monotonic() + PIPE_TIMEOUT_S
    content = b""
    while len(content) <= largest:
        # Of a plain file there is always something to be had, if only its end.
        if not select.select([file], [], [], max(end - time.monotonic(), 0))[0]:
            raise OSError(errno.ETIMEDOUT, f"no end of file within {PIPE_TIMEOUT_S:g} s")
        chunk = os.read(file, min(CHUNK_BYTES, largest + 1 - len(content)))
        if not chunk:
            break
        content += chunk
    return content
