"""Names that can be completed: profiles of the file, and what the profile's slurmdbd knows.

Names of Slurm's come from a cache below $XDG_CACHE_HOME, fresh for a minute: a file for each kind
of name, one name a line. Where it holds none, a process of its own asks Slurm and writes it; nobody
waits for that longer than PATIENCE, and what comes later is there at the next TAB.
"""

from __future__ import annotations

import hashlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from slurmctl_rest import places

FRESH, SILENT = 60.0, 15.0
"""Seconds: how long names are good for, and how long Slurm is left alone where none came."""

OLD = 24 * 3600.0
"""Seconds after which a file of the cache is removed."""

PATIENCE, LONGEST = 1.5, 10
"""Seconds: how long a TAB waits for names, and how long they may take at all."""

PROFILES = "profile"

Options = Mapping[str, str]
Fetch = Callable[[str, Options], Iterable[str]]
"""From what names are of, and the options of the line, to the names as Slurm has them."""


def ask(of: str, options: Options) -> Sequence[str]:
    """Return names, or none where they are not to be had; never an error."""
    try:
        return profiles(options) if of == PROFILES else cached(of, options, fetch)
    except (OSError, ValueError, RuntimeError):  # RuntimeError: no home
        return []


def profiles(options: Options) -> list[str]:
    """Return the profiles of the file that the program would read."""
    import tomllib  # noqa: PLC0415  (only where it is needed)

    file = _file(options)
    document = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    table = document.get("profiles")
    return list(table) if isinstance(table, dict) else []


def cached(of: str, options: Options, fetch_: Fetch) -> list[str]:
    """Return names from the cache; where they are not fresh there, ask for them.

    Without a place for the cache nothing is asked: each TAB would be a query.
    """
    folder = _folder()
    place = folder / key(options)
    names, asked = place.with_suffix(f".{of}"), place.with_suffix(".asked")
    if not _is_younger(names, FRESH):
        if _is_younger(asked, SILENT):
            return []
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(asked, "")

        def renew() -> None:
            found = fetch_(of, options)
            _write(names, "".join(f"{name}\n" for name in sorted(set(found))))
            asked.unlink(missing_ok=True)
            _clear(folder)

        _in_own_process(renew)
    return names.read_text(encoding="utf-8").split() if _is_younger(names, FRESH) else []


def key(options: Options) -> str:
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


def fetch(of: str, options: Options) -> list[str]:
    """Ask the profile's Slurm for names; those that this program could not address are left out."""
    from slurmctl_rest.backends.connect import connect  # noqa: PLC0415  (heavy)
    from slurmctl_rest.config import load_profile  # noqa: PLC0415  (heavy)
    from slurmctl_rest.model.entities import ENTITIES, TRES_TYPE  # noqa: PLC0415  (heavy)
    from slurmctl_rest.model.entities.tres import PLACEHOLDER  # noqa: PLC0415  (heavy)
    from slurmctl_rest.model.kinds import NAME, TRES_NAME  # noqa: PLC0415  (heavy)

    entity = next(entity for entity in ENTITIES if entity.noun == of)
    config = options.get("--config")
    _, profile = load_profile(options.get("--profile") or None, Path(config) if config else None)
    backend = connect(profile, LONGEST - 1, waits=())
    try:
        names = backend.names(entity)
    finally:
        backend.close()
    kind = TRES_NAME if entity is TRES_TYPE else NAME
    fit = []
    for name in names:
        with suppress(ValueError):
            fit += [name] * (kind.parse(name) == name)
    return [name for name in fit if name != PLACEHOLDER]


def _file(options: Options) -> Path | None:
    """Return the file that the program would read."""
    named = options.get("--config") or os.environ.get(f"{places.ENV_PREFIX}CONFIG")
    if named:
        return Path(named)
    return next((path for path in places.config_files() if path.is_file()), None)


def _matters(variable: str) -> bool:
    return variable.startswith(places.ENV_PREFIX) or variable in {"SLURM_CONF", "PATH"}


def _folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(home) if home.startswith("/") else Path("~/.cache").expanduser()
    return root / "slurmctl-rest"


def _clear(folder: Path) -> None:
    """Remove what profiles that have changed since have left."""
    for file in folder.iterdir():
        if not _is_younger(file, OLD):
            file.unlink(missing_ok=True)


def _is_younger(file: Path, seconds: float) -> bool:
    try:
        return 0 <= time.time() - file.stat().st_mtime < seconds
    except FileNotFoundError:
        return False


def _write(file: Path, text: str) -> None:
    """Write it as a whole, or not at all; nobody else may read it."""
    new = file.with_suffix(f"{file.suffix}.{os.getpid()}")
    opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as written:
        written.write(text)
    new.replace(file)


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
            signal.alarm(LONGEST)
            act()
        finally:  # whatever went wrong: there are no names then
            os._exit(0)
    os.close(open_)
    if select.select([ended], [], [], PATIENCE)[0]:
        os.waitpid(child, 0)
    os.close(ended)
