"""The cache of completion: a folder of its own, in which it touches nothing but its own files.

The folder is used only where it is one that completion may have made: no link, of this user, and
nobody else may write to it. All that is done in it is done by its descriptor, so nobody can put
another one in its place meanwhile.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER_NAME = "slurmctl-rest"
CACHE_FILE_NAME = re.compile(r"[0-9a-f]{32}\.[a-z]+(\.[0-9]+)?")
"""Names of files that completion makes: key, kind, and while it is being written the process."""

MAX_BYTES = 2**25
# No link of somebody else is followed, and a FIFO is not waited for.
OPEN_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Foreign(OSError):
    """A folder or a file that completion has not made."""


class Cache:
    """An open folder: files of names, each a line."""

    def __init__(self, folder: int) -> None:
        """`folder` is its descriptor."""
        self.folder = folder

    def read(self, name: str, seconds: float) -> list[str] | None:
        """Return the lines of a file that is younger than this; Foreign where it is not ours."""
        try:
            file = os.open(name, os.O_RDONLY | OPEN_FLAGS, dir_fd=self.folder)
        except FileNotFoundError:
            return None
        with os.fdopen(file, "rb") as opened:
            found = os.fstat(file)
            if not _is_own(found):
                raise Foreign(f"{name} is not completion's")
            # A file of the future comes from a clock that
            # has been put back: it would never grow old.
            if not 0 <= time.time() - found.st_mtime < seconds:
                return None
            return opened.read(MAX_BYTES).decode().split()

    def write(self, name: str, lines: Iterable[str]) -> None:
        """Write a file as a whole, or not at all; nobody else may read it."""
        # Two TABs may write at once; os.replace lets every reader see one whole file.
        new = f"{name}.{os.getpid()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | OPEN_FLAGS
        opened = os.open(new, flags, 0o600, dir_fd=self.folder)
        try:
            with os.fdopen(opened, "w", encoding="utf-8") as written:
                written.writelines(f"{line}\n" for line in lines)
            os.replace(new, name, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        except OSError:
            self.remove(new)
            raise

    def remove(self, name: str) -> None:
        """Remove a file that completion has made, where it is there."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.folder)

    def clear(self, seconds: float) -> None:
        """Remove completion's own files that are older than this, and no other."""
        with os.scandir(self.folder) as entries:
            old = [entry.name for entry in entries if _is_older(entry, seconds)]
        for name in old:
            self.remove(name)


def _is_older(entry: os.DirEntry[str], seconds: float) -> bool:
    if not CACHE_FILE_NAME.fullmatch(entry.name):
        return False
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return _is_own(found) and time.time() - found.st_mtime >= seconds


@contextmanager
def opened() -> Iterator[Cache]:
    """Open the folder, which is made where it is missing; OSError where there can be none."""
    place = _place()
    _make(place)
    above = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _refuse_unless(os.fstat(above).st_uid in {os.geteuid(), 0}, place)
        with suppress(FileExistsError):
            os.mkdir(FOLDER_NAME, 0o700, dir_fd=above)
        folder = os.open(FOLDER_NAME, os.O_RDONLY | os.O_DIRECTORY | OPEN_FLAGS, dir_fd=above)
    finally:
        os.close(above)
    try:
        found = os.fstat(folder)
        is_ours = found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        _refuse_unless(is_ours, place / FOLDER_NAME)
        yield Cache(folder)
    finally:
        os.close(folder)


def _place() -> Path:
    """Return the folder that all programs have theirs in.

    It may be a link to a larger disk, but not one that somebody else has made: with his home, root
    would go where he likes.
    """
    home = os.environ.get("XDG_CACHE_HOME", "")
    place = Path(home) if home.startswith("/") else Path("~/.cache").expanduser()
    for folder in (place, *place.parents):
        is_ours = not folder.is_symlink() or folder.lstat().st_uid in {os.geteuid(), 0}
        _refuse_unless(is_ours, folder)
    return place


def _make(place: Path) -> None:
    """Make it where it is missing, but not in the home of another: there root would do it."""
    if place.is_dir():
        return
    missing = [place]
    while not missing[-1].parent.is_dir():
        missing.append(missing[-1].parent)
    above = missing[-1].parent
    _refuse_unless(above.stat().st_uid in {os.geteuid(), 0}, above)
    for folder in reversed(missing):
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)


def _is_own(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def _refuse_unless(fits: bool, folder: Path) -> None:
    if not fits:
        raise Foreign(f"{folder} is somebody else's")
