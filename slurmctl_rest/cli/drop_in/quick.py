"""A list over the commands, without the time that it takes to check a profile.

Portals run `sacctmgr` once for each user: what this program adds to that is the start of Python.
So a list whose profile is plain goes straight to the real sacctmgr. All else goes the whole way,
and so does what is wrong: nothing is judged here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from slurmctl_rest.cli import streams
from slurmctl_rest.config.paths import ENV_PREFIX, MAX_PROFILE_FILE_BYTES, config_files
from slurmctl_rest.sacctmgr import verbs

PLAIN_KEYS: Mapping[str, type] = {
    "execution_mode": str,
    "cluster_name": str,
    "slurm_bin_path": str,
    "time_zone": str,
    "audit_file": str,
    "audit_log": str,
    "lock_dir": str,
    "journal": bool,
    "guard": dict,
}
"""Keys of a profile that change no list, and the two that say where sacctmgr is."""


OURS = frozenset({"--dry-run", "--install"})
"""Options that the real sacctmgr does not have."""


def hand_on(words: Sequence[str]) -> None:
    """Become the real sacctmgr where the words are a list's and the profile is plain; or return."""
    if not _is_list(words) or OURS & {*words}:
        return
    known = (f"{ENV_PREFIX}CONFIG", f"{ENV_PREFIX}PROFILE")
    if any(name.upper().startswith(ENV_PREFIX) and name not in known for name in os.environ):
        return
    if program := _program(_profile()):
        sys.stdout.flush()
        streams.take_sigpipe()
        os.execv(program, ["sacctmgr", *words])  # noqa: S606  # nosec B606 (no shell)


def _is_list(words: Sequence[str]) -> bool:
    """Tell whether words list something, and ask nothing: no option of sacctmgr's has a value."""
    plain = [word for word in words if not word.startswith("-")]
    return bool(plain) and verbs.lists(plain[0]) and not verbs.asks(plain)


def _profile() -> Mapping[str, object] | None:
    """Return the table of the profile, empty if there is no file; None if it is not plain."""
    path = next((path for path in config_files() if path.exists()), None)
    name = os.environ.get(f"{ENV_PREFIX}PROFILE")
    if path is None:
        return None if name else {}
    import tomllib  # noqa: PLC0415  (only where there is a file)

    try:
        if not path.is_file() or path.stat().st_size > MAX_PROFILE_FILE_BYTES:
            return None
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    profiles = document.pop("profiles", None)
    name = name or document.pop("default_profile", None)
    if not isinstance(profiles, dict) or document.keys() - {"default_profile"}:
        return None
    if name is None and len(profiles) == 1:
        name = next(iter(profiles))
    table = profiles.get(name) if isinstance(name, str) else None
    if not isinstance(table, dict) or table.get("execution_mode") != "cli":
        return None
    plain = all(type(value) is PLAIN_KEYS.get(key) for key, value in table.items())
    return table if plain else None


def _program(profile: Mapping[str, object] | None) -> str | None:
    """Return the path of the real sacctmgr; None if there is none, which is not said here."""
    if profile is None:
        return None
    folder = profile.get("slurm_bin_path")
    folders = [str(folder)] if folder else os.get_exec_path()
    found = (os.path.join(one, "sacctmgr") for one in folders if os.path.isabs(one))  # noqa: PTH117,PTH118
    own = os.path.realpath(sys.argv[0])
    runnable = (path for path in found if os.access(path, os.X_OK))
    return next((path for path in runnable if os.path.realpath(path) != own), None)
