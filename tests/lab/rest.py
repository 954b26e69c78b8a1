"""The least of a slurmrestd client: enough to see that it answers, and what it serves."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

from .machine import LabError

PROBED = tuple(f"v0.0.{minor}" for minor in range(36, 61))


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _connection(url: str, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return _UnixConnection(parts.path, timeout)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)


def get(url: str, token: str, path: str, timeout: float = 10.0) -> dict[str, Any] | None:
    """The JSON that a path answers with as root; None for a path that is not served.

    Raises OSError when nobody listens, LabError for any other refusal.
    """
    connection = _connection(url, timeout)
    try:
        headers = {"X-SLURM-USER-NAME": "root", "X-SLURM-USER-TOKEN": token}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
    except http.client.HTTPException as error:
        raise LabError(f"{url}{path}: {error!r}") from error
    finally:
        connection.close()
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise LabError(f"{url}{path}: HTTP {answer.status} {body[:300]!r}")
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def served(url: str, token: str) -> tuple[str, ...]:
    """The API versions that a slurmrestd serves, oldest first."""
    return tuple(v for v in PROBED if get(url, token, f"/slurm/{v}/ping/") is not None)


def release(url: str, token: str, version: str) -> str:
    """Slurm's release, such as "24.11.5", as slurmrestd says it."""
    answer = get(url, token, f"/slurm/{version}/ping/") or {}
    return str(answer["meta"]["slurm"]["release"])
