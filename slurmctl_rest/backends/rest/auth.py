"""The token: where it is read, and how a refused one is read again."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx

from slurmctl_rest.backends.rest.responses import Answer, is_refused_token
from slurmctl_rest.config import RestApi
from slurmctl_rest.errors import NotAuthenticated
from slurmctl_rest.model.kinds import Json
from slurmctl_rest.planning.doctor import Token


class TokenAuth(httpx.Auth):
    """Send with the token; where it is refused, read it again and, if it changed, send once more.

    Repeating is safe for writes too: a request whose token was refused has done nothing.
    """

    requires_response_body = True

    def __init__(self, username: str, read: Callable[[], str]) -> None:
        """`read` returns the token as it is now."""
        self.username = username
        self.read = read
        self.token = ""  # nosec B105 # (none yet)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set the two headers that slurmrestd asks for."""
        self.token = self.token or self.read()
        response = yield self._signed(request)
        answer = Answer(
            response.status_code, response.headers.get("content-type", ""), response.content
        )
        if is_refused_token(answer) and (fresh := self.read()) != self.token:
            self.token = fresh
            yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        request.headers["X-SLURM-USER-NAME"] = self.username
        request.headers["X-SLURM-USER-TOKEN"] = self.token
        return request


def token_reader(api: RestApi) -> Callable[[], str]:
    """Return the function that reads the profile's token: the file wins over the variable."""

    def read() -> str:
        if api.token_file is not None:
            return _bare(_text_of(api.token_file), f"token_file {api.token_file}")
        text = os.environ.get(api.token_env, "")
        if not text.strip():
            raise NotAuthenticated(
                f"no token: the environment has no {api.token_env}",
                f"set token_file in the profile, or: export $(scontrol token)  # {api.token_env}",
            )
        return _bare(text, f"the variable {api.token_env}")

    return read


def expiry(token: str) -> datetime | None:
    """Return when the token ends, as it says itself; None where it does not say."""
    try:
        return datetime.fromtimestamp(_claims(token)["exp"], UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None


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
    token = token_reader(api)()
    if api.token_file is None:
        return Token(f"the variable {api.token_env}", None, owner(token), expiry(token))
    try:
        mode = api.token_file.stat().st_mode & 0o777
    except OSError as error:
        raise _unreadable(api.token_file, error) from error
    return Token(f"token_file {api.token_file}", mode, owner(token), expiry(token))


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except OSError as error:
        raise _unreadable(file, error) from error
    except UnicodeDecodeError as error:
        raise NotAuthenticated(f"token_file {file} is not text") from error


def _unreadable(file: Path, error: OSError) -> NotAuthenticated:
    return NotAuthenticated(f"token_file {file}: {error.strerror}", "write the token there")


def _bare(text: str, source: str) -> str:
    """Return the token of `SLURM_JWT=eyJ...` or of the bare text; one line of printable ASCII."""
    token = text.strip().removeprefix("export ").removeprefix("SLURM_JWT=").strip("\"' ")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise NotAuthenticated(
            f"{source} holds no token", "one line: the bare token, or SLURM_JWT=..."
        )
    return token
