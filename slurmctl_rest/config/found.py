"""What this machine has of Slurm, for a new profile, and the profile that it suggests."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.kinds.base import Json

RUN = Path("/run")
SOCKETS = ("slurmrestd*/*", "slurmrestd*.sock*", "slurm/*rest*")
"""Where packages and manuals put slurmrestd's socket, below RUN."""
PORT = 6820
"""slurmrestd's own port, where it is given none (slurmrestd.8)."""
CONNECT_TIMEOUT_S = 0.5
JWT_KEYS = (
    "/var/spool/slurm/statesave/jwt_hs256.key",
    "/var/spool/slurmctld/jwt_hs256.key",
    "/etc/slurm/jwt_hs256.key",
    "/etc/slurm/jwt.key",
)
"""Where Slurm's manual, and sites, keep the key of tokens. Only root and Slurm's user read it."""

EXECUTOR, URL = ("execution_mode",), ("rest_api", "url")
API_VERSION, USERNAME = ("rest_api", "api_version"), ("rest_api", "username")
TOKEN_FILE, JWT_KEY = ("rest_api", "token_file"), ("rest_api", "jwt_key")
OF_TOKENS = (TOKEN_FILE, JWT_KEY, ("rest_api", "token_command"), ("rest_api", "token_env"))

Keys = Mapping[tuple[str, ...], Json]


@dataclass(frozen=True, slots=True)
class OnThisMachine:
    """What a profile can be made of.

    urls      addresses at which something listens, sockets first
    sacctmgr  its path, if it is on PATH
    has_token whether SLURM_JWT is set
    jwt_key   a key of tokens that this user may read
    user      the name of this user
    """

    urls: tuple[str, ...] = ()
    sacctmgr: str | None = None
    has_token: bool = False
    jwt_key: str | None = None
    user: str = "root"


def look(user: str, sacctmgr: str | None) -> OnThisMachine:
    """Look for slurmrestd on this machine; nothing is sent. `sacctmgr`: its path."""
    key = next((path for path in JWT_KEYS if os.access(path, os.R_OK)), None)
    return OnThisMachine(tuple(_urls()), sacctmgr, bool(os.environ.get("SLURM_JWT")), key, user)


def _urls() -> Iterator[str]:
    seen = set()
    for pattern in SOCKETS:
        for path in sorted(RUN.glob(pattern)):
            with suppress(OSError):
                if stat.S_ISSOCK(path.stat().st_mode) and path not in seen:
                    seen.add(path)
                    yield f"unix://{path}"
    for host in ("127.0.0.1", "::1"):
        with suppress(OSError), socket.create_connection((host, PORT), CONNECT_TIMEOUT_S):
            yield f"http://[{host}]:{PORT}" if ":" in host else f"http://{host}:{PORT}"
            return


def suggested(found: OnThisMachine, given: Keys) -> dict[tuple[str, ...], Json]:
    """Return the keys of a new profile: those that are given, and what was found for the others.

    UsageError where there is neither slurmrestd nor sacctmgr, and nothing is given.
    """
    of_rest = any(path[0] == "rest_api" for path in given)
    executor = given.get(EXECUTOR) or ("rest" if of_rest or found.urls else "cli")
    keys: dict[tuple[str, ...], Json] = {EXECUTOR: executor, **given}
    if executor != "rest":
        if found.sacctmgr is None and not {("slurm_bin_path",), ("command_prefix",)} & {*given}:
            raise UsageError(
                "neither slurmrestd nor sacctmgr was found on this machine",
                "profile init NAME url=URL for slurmrestd, or slurm_bin_path=FOLDER for the Slurm "
                "commands",
            )
        return keys
    if URL not in given:
        if not found.urls:
            raise UsageError("no slurmrestd was found on this machine", "profile init NAME url=URL")
        keys[URL] = found.urls[0]
    keys.setdefault(API_VERSION, "auto")
    keys.setdefault(USERNAME, found.user)
    if not found.has_token and found.jwt_key and not {*OF_TOKENS} & {*given}:
        keys[JWT_KEY] = found.jwt_key
    return keys


def has_token(found: OnThisMachine, keys: Keys) -> bool:
    """Tell whether a profile of these keys knows a token's source."""
    return keys[EXECUTOR] != "rest" or found.has_token or bool({*OF_TOKENS} & {*keys})
