"""Servers of this machine that say what a test wants, and transports that ask them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import trustme

from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.config.models import RestApi
from slurmctl_rest.model.kinds.base import Json

GET = Request("GET", "/slurm/v0.0.43/ping/")
POST = Request("POST", "/slurmdb/v0.0.43/accounts/", body={})
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ENDLESS = b"Transfer-Encoding: chunked\r\n\r\n"
TIMEOUT_S = 0.4
"""What the program is given: no test depends on how much it is."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")

Serve = Callable[[socket.socket], None]


class Server:
    """Accepts connections one after the other, and serves each by a function."""

    def __init__(self, listening: socket.socket, serve: Serve) -> None:
        self.listening, self.serve = listening, serve
        self.port = 0 if listening.family == socket.AF_UNIX else int(listening.getsockname()[1])
        self.connections = 0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.listening.settimeout(0.05)
        while not self.stopped.is_set():
            try:
                one, _ = self.listening.accept()
            except TimeoutError:
                continue
            self.connections += 1
            one.settimeout(5)
            with one, suppress(OSError):
                self.serve(one)

    def stop(self) -> None:
        self.stopped.set()
        self.thread.join(10)
        self.listening.close()


@contextmanager
def server(
    serve: Serve,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
    unix: Path | None = None,
) -> Iterator[Server]:
    if unix:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(unix))
        listening.listen()
    else:
        listening = socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    running: list[Server] = []

    def secured(one: socket.socket) -> None:
        inner = tls.wrap_socket(one, server_side=True) if tls else one
        with inner:
            serve(inner)

    running.append(Server(listening, secured))
    try:
        yield running[0]
    finally:
        running[0].stop()


def request_on(one: socket.socket) -> bytes:
    """Read a request: those of these tests have no body, or two bytes of one."""
    handling_signals = b""
    while not handling_signals.endswith(
        b"{}" if handling_signals.startswith(b"POST") else b"\r\n\r\n"
    ):
        part = one.recv(65536)
        if not part:
            return handling_signals
        handling_signals += part
    return handling_signals


def says(*parts: bytes, times: int = 1) -> Serve:
    """Serve requests of a connection with these bytes; then close it."""

    def serve(one: socket.socket) -> None:
        for _ in range(times):
            if not request_on(one):
                return
            for part in parts:
                one.sendall(part)

    return serve


def api(port: int, **rest: Json) -> RestApi:
    return RestApi.model_validate({"url": f"http://127.0.0.1:{port}", "timeout": TIMEOUT_S, **rest})


CA = trustme.CA()
OTHER_CA = trustme.CA()


def certificates(folder: Path) -> Path:
    """Write ca.pem, other.pem, client.pem (with its key) there, and return the folder."""
    CA.cert_pem.write_to_path(folder / "ca.pem")
    OTHER_CA.cert_pem.write_to_path(folder / "other.pem")
    CA.issue_cert("client@example").private_key_and_cert_chain_pem.write_to_path(
        folder / "client.pem"
    )
    return folder


def tls(name: str = "127.0.0.1", *, clients: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(name).configure_cert(context)
    if clients:
        CA.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
