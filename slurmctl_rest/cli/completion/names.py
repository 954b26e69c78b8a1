"""Names that can be completed: profiles of the file, and what the profile's slurmdbd knows.

Names of Slurm's come from a cache (cache.py), fresh for a minute: a file for each kind of name, one
name a line. Where it holds none, a process of its own asks Slurm and writes it; nobody waits for
that longer than ANSWER_TIMEOUT_S, and what comes later is there at the next TAB.
"""

from __future__ import annotations

import hashlib
import os
import select
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from slurmctl_rest.cli.completion import cache
from slurmctl_rest.config import paths
from slurmctl_rest.config.paths import MAX_PROFILE_FILE_BYTES
from slurmctl_rest.reading import read_whole

FRESH, SILENT = 60.0, 15.0
"""Seconds: how long names are good for, and how long Slurm is left alone where none came."""

MAX_AGE_S = 24 * 3600.0
"""Seconds after which a file of the cache is removed."""

ANSWER_TIMEOUT_S, MAX_FETCH_S = 1.5, 10
"""Seconds: how long a TAB waits for names, and how long they may take at all."""

PROFILE_NAMES = "profile"

GivenOptions = Mapping[str, str]
Fetch = Callable[[str, GivenOptions], Iterable[str]]
"""From what names are of, and the options of the line, to the names as Slurm has them."""


def complete_names(of: str, options: GivenOptions) -> Sequence[str]:
    """Return names, or none where they are not to be had; never an error."""
    try:
        return profiles(options) if of == PROFILE_NAMES else cached(of, options, fetch)
    except (OSError, ValueError, RuntimeError):  # RuntimeError: no home
        return []


def profiles(options: GivenOptions) -> list[str]:
    """Return the profiles of the file that the program would read."""
    import tomllib  # noqa: PLC0415  (only where it is needed)

    file = _file(options)
    text = read_whole(file, MAX_PROFILE_FILE_BYTES).decode() if file else ""
    if len(text) > MAX_PROFILE_FILE_BYTES:
        return []
    document = tomllib.loads(text)
    table = document.get("profiles")
    return list(table) if isinstance(table, dict) else []


def cached(of: str, options: GivenOptions, fetch_: Fetch) -> list[str]:
    """Return names from the cache; where they are not fresh there, ask for them.

    Without a place for the cache nothing is asked: each TAB would be a query.
    """
    stem = cache_key(options)
    names, asked = f"{stem}.{of}", f"{stem}.asked"
    with cache.opened() as kept:
        known = kept.read(names, FRESH)
        if known is not None:
            return known
        if kept.read(asked, SILENT) is not None:
            return []
        # Before the question: where Slurm does not answer, TABs to come must not wait for it again.
        kept.write(asked, ())

        def renew() -> None:
            kept.write(names, sorted(set(fetch_(of, options))))
            kept.remove(asked)
            kept.clear(MAX_AGE_S)

        _in_own_process(renew)
        return kept.read(names, FRESH) or []


def cache_key(options: GivenOptions) -> str:
    """Return what tells one slurmdbd's names from another's: the file, the profile, the variables.

    Not the cluster: slurmdbd's names are those of all its clusters. Never a token.
    """
    file = _file(options)
    stat = file.stat() if file else None
    said = [
        str(file and file.absolute()),
        str(stat and (stat.st_ino, stat.st_size, stat.st_mtime_ns)),
        options.get("--profile", ""),
        *(f"{name}={value}" for name, value in sorted(os.environ.items()) if _matters(name)),
    ]
    return hashlib.sha256("\0".join(said).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def fetch(of: str, options: GivenOptions) -> list[str]:
    """Ask the profile's Slurm for names; those that this program could not address are left out."""
    from slurmctl_rest.backends.connect import connect  # noqa: PLC0415  (heavy)
    from slurmctl_rest.config.load import load_profile  # noqa: PLC0415  (heavy)
    from slurmctl_rest.model.entities import ENTITIES, TRES_TYPE  # noqa: PLC0415  (heavy)
    from slurmctl_rest.model.entities.tres import PLACEHOLDER  # noqa: PLC0415  (heavy)
    from slurmctl_rest.model.kinds.names import NAME  # noqa: PLC0415  (heavy)
    from slurmctl_rest.model.kinds.tres import TRES_NAME  # noqa: PLC0415  (heavy)

    entity = next(entity for entity in ENTITIES if entity.noun == of)
    config = options.get("--config")
    _, profile = load_profile(options.get("--profile") or None, Path(config) if config else None)
    backend = connect(profile, MAX_FETCH_S - 1, waits=())
    try:
        names = backend.names(entity)
    finally:
        backend.close()
    kind = TRES_NAME if entity is TRES_TYPE else NAME
    # Only names that pass the rules: a shell could take others for code.
    fit = []
    for name in names:
        with suppress(ValueError):
            fit += [name] * (kind.parse(name) == name)
    return [name for name in fit if name != PLACEHOLDER]


def _file(options: GivenOptions) -> Path | None:
    """Return the file that the program would read; OSError where it is none.

    The content of a pipe is for the command that will be run, and not for a TAB.
    """
    named = options.get("--config") or os.environ.get(f"{paths.ENV_PREFIX}CONFIG")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(named)
        return Path(named)
    return next((path for path in paths.config_files() if path.is_file()), None)


def _matters(variable: str) -> bool:
    return variable.startswith(paths.ENV_PREFIX) or variable in {"SLURM_CONF", "PATH"}


def _in_own_process(act: Callable[[], None]) -> None:
    """Let a process act that talks to nobody, and wait until it has ended, or patience has."""
    ended, open_ = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()  # Ctrl-C is not meant for it
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(silence, stream)
            # The kernel ends the process then, whatever it is waiting for.
            signal.alarm(MAX_FETCH_S)
            act()
        finally:  # whatever went wrong: there are no names then
            # Not sys.exit(): exit handlers and what stdout still holds are the parent's.
            os._exit(0)
    os.close(open_)
    # The child holds the other end of the pipe: it is readable when the child has ended.
    if select.select([ended], [], [], ANSWER_TIMEOUT_S)[0]:
        os.waitpid(child, 0)
    os.close(ended)
