"""`slurmctl-rest sacctmgr --install DIR`: the link by which the program is called sacctmgr."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from slurmctl_rest.cli.help_texts import PROGRAM
from slurmctl_rest.sacctmgr.reply import FAILED, SACCTMGR, Reply, as_lines


def install(folder: str) -> Reply:
    """Make the link, and its folder, and tell of it; nothing but such a link is ever replaced."""
    if not folder:
        return _refused("--install names no folder")
    link, script = Path(folder).absolute() / SACCTMGR, _script()
    try:
        if script is None:
            return _refused(f"{sys.argv[0]} is no program that a link can lead to")
        link.parent.mkdir(exist_ok=True)
        if link.is_symlink() and link.resolve() == script.resolve():
            return Reply(as_lines(f"{link} already leads to {script}"))
        if os.path.lexists(link) and not _is_ours(link):
            return _refused(f"{link} exists, and is not a link to {PROGRAM}: nothing was changed")
        coming = link.with_name(f".{SACCTMGR}.{os.getpid()}")
        coming.symlink_to(script)
        coming.replace(link)
    except OSError as error:
        return _refused(f"{error.filename or link}: {error.strerror}")
    return Reply(as_lines(f"{link} now leads to {script}"))


def _script() -> Path | None:
    """Return the console script: the one that runs, or the one beside the Python that does."""
    for path in (Path(sys.argv[0]).absolute(), Path(sys.executable).with_name(PROGRAM)):
        if path.name.startswith(PROGRAM) and os.access(path, os.X_OK):
            return path
    return None


def _is_ours(link: Path) -> bool:
    """Tell whether it leads to this program, or did where it was installed before."""
    return link.is_symlink() and link.readlink().name.startswith(PROGRAM)


def _refused(reason: str) -> Reply:
    return Reply("", as_lines(f"{PROGRAM}: {reason}"), FAILED)
