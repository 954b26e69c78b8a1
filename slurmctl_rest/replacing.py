"""A file that is written whole, or stays as it was."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

PRIVATE = 0o600
"""The mode of a file that only its owner may read."""


def replace_whole(path: Path, text: str, mode: int | None = None) -> None:
    """Write a file whole; OSError where the one that is there stays as it is.

    `mode`: that of a new file; without it the umask's. A file that is there keeps its own. What a
    link leads to is written, so that the link stays.
    """
    path = path.resolve() if path.is_symlink() else path
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = path.stat().st_mode & 0o777 if path.exists() else mode
    with NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False
    ) as file:
        new = Path(file.name)
        try:
            file.write(text)
            file.close()  # a full disk shows here, or not at all
            new.chmod(0o666 & ~_umask() if kept is None else kept)
            new.replace(path)
        except OSError:
            with suppress(OSError):
                new.unlink()
            raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
