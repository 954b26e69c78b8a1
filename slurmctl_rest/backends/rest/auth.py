"""The token: where it is read, and how a refused one is read again."""

from __future__ import annotations

import base64
import hmac
import json
import os
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from slurmctl_rest.backends.process import begun
from slurmctl_rest.backends.rest.body import Response
from slurmctl_rest.backends.rest.responses import is_refused_token
from slurmctl_rest.config.models import TOKEN_SOURCES, RestApi
from slurmctl_rest.errors import NotAuthenticated
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import printable
from slurmctl_rest.reading import read_whole

if TYPE_CHECKING:
    from slurmctl_rest.model.facts import Token


class TokenAuth(httpx.Auth):
    """Send with the token; where it is refused, read it again and, if it changed, send once more.

    Repeating is safe for writes too: a request whose token was refused has done nothing.
    """

    def __init__(self, username: str, read: Callable[[], str]) -> None:
        """`read` returns the token as it is now."""
        self.username = username
        self.read = read
        self.token = ""  # nosec B105 # (none yet)
        self._lock = threading.Lock()  # connections beside each other read it once

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set the two headers that slurmrestd asks for."""
        token = self._other_than("")
        response = yield self._signed(request, token)
        # httpx hands on a response whose body is not read yet, and an error's number stands in it.
        # A good one stays unread: a body that a response holds lives as long as its cycle.
        body = response.read() if response.is_error else b""
        answer = Response(response.status_code, response.headers.get("content-type", ""), body)
        if is_refused_token(answer) and (fresh := self._other_than(token)) != token:
            yield self._signed(request, fresh)

    def _other_than(self, token: str) -> str:
        """Return the token, read anew where it is still this one."""
        with self._lock:
            # Another thread may have read a new token already, after the same refusal.
            if self.token == token:
                self.token = self.read()
            return self.token

    def _signed(self, request: httpx.Request, token: str) -> httpx.Request:
        request.headers["X-SLURM-USER-NAME"] = self.username
        request.headers["X-SLURM-USER-TOKEN"] = token
        return request


def token_reader(api: RestApi) -> Callable[[], str]:
    """Return the function that reads the profile's token, anew each time."""
    return partial(SOURCES[source_of(api)].read, api)


def source_of(api: RestApi) -> str:
    """Return the key of the profile that says where the token comes from."""
    return next((key for key in TOKEN_SOURCES if getattr(api, key)), "token_env")


def _from_file(api: RestApi) -> str:
    file = _named(api.token_file)
    return _bare(_text_of(file, "token_file"), f"token_file {file}")


def _from_variable(api: RestApi) -> str:
    text = os.environ.get(api.token_env, "")
    if not text.strip():
        raise NotAuthenticated(
            f"no token: the environment has no {api.token_env}",
            f"set token_file in the profile, or: export $(scontrol token)  # {api.token_env}",
        )
    return _bare(text, f"the variable {api.token_env}")


def _from_command(api: RestApi) -> str:
    """Run the profile's program; what it prints is never shown, it may be half a token."""
    program = api.token_command[0]
    try:
        with begun(api.token_command, os.environ, api.timeout) as wait:
            code, out, err = wait()
    except subprocess.TimeoutExpired as error:
        raise NotAuthenticated(
            f"token_command {program} did not end within {api.timeout:g} seconds",
            "make it run without input: nobody can answer it",
        ) from error
    except OSError as error:
        raise NotAuthenticated(
            f"token_command {program}: {error.strerror}", "check token_command of the profile"
        ) from error
    if code:
        said = printable(err.decode("utf-8", "replace").strip(), 200)
        raise NotAuthenticated(
            f"token_command {program} failed with exit code {code}" + (f": {said}" if said else ""),
            "run it by hand, as the same user",
        )
    return _bare(out.decode("ascii", "replace"), f"the output of token_command {program}")


def _made(api: RestApi) -> str:
    """Make a token as slurmctld would: HS256 with the key that Slurm's daemons share.

    Its claims are those of `scontrol token`: iat, exp and sun (the user).
    """
    # Bytes as they are: Slurm takes the whole file for the key, the lines of a PEM too.
    key = _content(_named(api.jwt_key), "jwt_key")
    if not key:
        raise NotAuthenticated(f"jwt_key {api.jwt_key} is empty", "use the key of slurm.conf")
    now_s = int(time.time())
    claims = {"iat": now_s, "exp": now_s + api.token_lifespan, "sun": api.username}
    return _signed_hs256(json.dumps(claims).encode(), key)


def _signed_hs256(claims: bytes, key: bytes) -> str:
    """Return the compact form of a JWT (RFC 7519) that is signed with these bytes.

    The standard library does it, because JWT libraries refuse keys that Slurm takes: short ones,
    and the PEM file that old manuals of Slurm have made, whose bytes are the key.
    """
    signed = f"{_base64url(HS256_HEADER)}.{_base64url(claims)}"
    return f"{signed}.{_base64url(hmac.digest(key, signed.encode(), 'sha256'))}"


HS256_HEADER = b'{"alg":"HS256","typ":"JWT"}'


def _base64url(data: bytes) -> str:
    """Return base64 for URLs without its padding, as RFC 7515 has it."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where a token comes from: how it is read, and its name in messages."""

    read: Callable[[RestApi], str]
    name: Callable[[RestApi], str]


SOURCES: Mapping[str, TokenSource] = {
    "token_file": TokenSource(_from_file, lambda api: f"token_file {api.token_file}"),
    "token_command": TokenSource(
        _from_command, lambda api: f"token_command {api.token_command[0]}"
    ),
    "jwt_key": TokenSource(_made, lambda api: f"made with jwt_key {api.jwt_key}"),
    "token_env": TokenSource(_from_variable, lambda api: f"the variable {api.token_env}"),
}
"""By the profile's key."""


def exposed(api: RestApi) -> list[str]:
    """Return a warning for each secret of the profile that everybody may read or change."""
    named = {key: getattr(api, key) for key in SECRETS if getattr(api, key) is not None}
    return [
        f"all users may read or write {key} {file}: chmod o= {file}"
        for key, file in named.items()
        if (_mode(file) or 0) & (stat.S_IROTH | stat.S_IWOTH)
    ]


SECRETS = ("token_file", "jwt_key", "client_key")


def _mode(file: Path) -> int | None:
    """Return who may do what with a plain file; None where that cannot be seen."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return None
    # A pipe of a shell (<(...)) has a mode that says nothing of who may read what comes through it.
    return mode & 0o777 if stat.S_ISREG(mode) else None


def expiry(token: str) -> datetime | None:
    """Return when the token ends, as it says itself; None where it does not say."""
    return _moment(token, "exp")


def made(token: str) -> datetime | None:
    """Return when the token was made, as it says itself; None where it does not say."""
    return _moment(token, "iat")


def _moment(token: str, claim: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(_claims(token)[claim], UTC)
    # A token that is no JWT, or says nonsense of its
    # end, is Slurm's to refuse, and no failure here.
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None


def why_refused(api: RestApi, token: str) -> str:
    """Return the remedy for a token that is good as this machine reads it, and was refused.

    slurmrestd says neither why, nor what time it is: a clock that is slow makes tokens that have
    ended already, and believes in others that have.
    """
    now = time.time()
    begun, ends = made(token), expiry(token)
    clock = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    if begun is not None and (behind := begun.timestamp() - now) > MAX_SKEW_S:
        return (
            f"this machine's clock is {behind:.0f} seconds behind the one that made the token: "
            "synchronize both (chrony)"
        )
    if source_of(api) == "jwt_key":
        return f"check this machine's clock ({clock}) and that jwt_key is the key of slurm.conf"
    if ends is not None:
        until = ends.isoformat(timespec="seconds")
        return (
            f"it is valid until {until}, and this machine's clock shows {clock}; if that is "
            f"right, renew it: scontrol token username={api.username} lifespan=SECONDS"
        )
    return ""


MAX_SKEW_S = 10
"""How far clocks may differ before a remedy names them."""


def owner(token: str) -> str | None:
    """Return whose the token is, as it says itself (Slurm's claim `sun`)."""
    name = _claims(token).get("sun")
    return name if isinstance(name, str) else None


def _claims(token: str) -> Mapping[str, Json]:
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (ValueError, IndexError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def examined(api: RestApi) -> Token:
    """Read the token, and return what it says of itself."""
    from slurmctl_rest.model.facts import Token  # noqa: PLC0415  (doctor's alone)

    key = source_of(api)
    source = SOURCES[key]
    token = source.read(api)
    file = getattr(api, key) if key in SECRETS else None
    return Token(source.name(api), file and _mode(file), owner(token), expiry(token), made(token))


def _named(file: Path | None) -> Path:
    if file is None:
        raise AssertionError("source_of says which key is set")
    return file


def _text_of(file: Path, key: str) -> str:
    try:
        return _content(file, key).decode("ascii")
    except UnicodeDecodeError as error:
        raise NotAuthenticated(f"{key} {file} is not text") from error


def _content(file: Path, key: str) -> bytes:
    """Return what a file, a pipe or a device holds; what never ends is too large, or too slow."""
    try:
        content = read_whole(file, MAX_SECRET_BYTES, lambda _: True)
    except OSError as error:
        raise _unreadable(file, key, error) from error
    if len(content) > MAX_SECRET_BYTES:
        raise NotAuthenticated(f"{key} {file} is larger than {MAX_SECRET_BYTES // 1024} KB")
    return content


MAX_SECRET_BYTES = 64 * 1024
"""Of a token file or of a key: a token that a header of slurmrestd holds is shorter."""


def _unreadable(file: Path, key: str, error: OSError) -> NotAuthenticated:
    return NotAuthenticated(f"{key} {file}: {error.strerror}", f"check {key} of the profile")


def _bare(text: str, source: str) -> str:
    """Return the token of `SLURM_JWT=eyJ...` or of the bare text; one line of printable ASCII."""
    # `scontrol token` prints SLURM_JWT=eyJ...; users paste it as it is, with `export` and quotes.
    token = text.strip().removeprefix("export ").removeprefix("SLURM_JWT=").strip("\"' ")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise NotAuthenticated(
            f"{source} contains no token", "write one line: the bare token, or SLURM_JWT=..."
        )
    return token
