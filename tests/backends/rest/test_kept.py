"""Connections to slurmrestd: one for each request, or kept while nothing is left over on them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.rest.body import Response
from slurmctl_rest.backends.rest.transport import Transport
from slurmctl_rest.backends.rest.wire import DeadlineBackend, DeadlineTransport
from tests.backends.rest.servers import (
    ENDLESS,
    GET,
    GOOD,
    HEAD,
    POST,
    PROXIES,
    Serve,
    Server,
    api,
    request_on,
    says,
    server,
    tls,
)

pytestmark = pytest.mark.usefixtures("token")


OTHER = GOOD.replace(b"{}", b"[]")
"""What is no answer to any request of these tests."""


@pytest.mark.parametrize("said", [GOOD, GOOD + OTHER], ids=["an answer", "two at once"])
@pytest.mark.parametrize("scheme", ["http", "unix"])
def test_without_tls_each_request_has_a_connection_of_its_own(
    scheme: str, said: bytes, tmp_path: Path
) -> None:
    """What comes on it after the answer, however late, is no answer to another request."""
    unix = tmp_path / "s" if scheme == "unix" else None
    with server(says(said, times=3), unix=unix) as one:
        url = f"unix://{unix}" if unix else f"http://127.0.0.1:{one.port}"
        transport = Transport(api(one.port, url=url, timeout=10))
        for request in (GET, POST, GET):
            assert transport.send(request) == Response(200, "application/json", b"{}")
        transport.close()
    assert one.connections == 3


@contextmanager
def trusted(files: Path, serve: Serve, tunnel: bool = False) -> Iterator[tuple[Server, Transport]]:
    """Serve over TLS, perhaps through a proxy's tunnel, and yield a transport that trusts it."""

    def through(one: socket.socket) -> None:
        request_on(one)
        one.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
        with tls("slurm.invalid").wrap_socket(one, server_side=True) as inner:
            serve(inner)

    with server(through) if tunnel else server(serve, tls=tls()) as one:
        url = "https://slurm.invalid:6820" if tunnel else f"https://127.0.0.1:{one.port}"
        keys = {"ca_file": str(files / "ca.pem"), "proxy_from_env": tunnel}
        with pytest.MonkeyPatch.context() as patch:
            for name in PROXIES:
                patch.setenv(name, f"http://127.0.0.1:{one.port}")
            patch.setenv("NO_PROXY", "")
            transport = Transport(api(one.port, url=url, timeout=10, **keys))
        try:
            yield one, transport
        finally:
            transport.close()


tunnels = pytest.mark.parametrize("tunnel", [False, True], ids=["direct", "through a tunnel"])


@tunnels
def test_with_tls_a_connection_is_used_again(tunnel: bool, files: Path) -> None:
    with trusted(files, says(GOOD, times=4), tunnel) as (one, transport):
        for request in (GET, POST, POST, GET):
            assert transport.send(request) == Response(200, "application/json", b"{}")
    assert one.connections == 1


@pytest.mark.parametrize(
    "parts",
    [
        (GOOD + OTHER,),
        (GOOD, OTHER),
        (GOOD[:20], GOOD[20:] + OTHER[:9], OTHER[9:]),
        (GOOD + b"\n",),
        (GOOD.replace(b"\r", b"") + OTHER,),
        (HEAD + ENDLESS + b"2\r\n{}\r\n0\r\n\r\n" + OTHER,),
        (b"HTTP/1.1 103 Soon\r\n\r\n" + GOOD + OTHER,),
        (GOOD + b"HTTP/1.1 100 Go on\r\n\r\n",),
    ],
    ids=["at once", "in two records", "in three records", "a line end", "bare line ends", "chunked",
         "after a hint", "a hint"],
)  # fmt: skip
@tunnels
def test_what_follows_an_answer_is_not_taken_for_the_next_one(
    tunnel: bool, parts: tuple[bytes, ...], files: Path
) -> None:
    """It would be the answer to the next request, a write perhaps, and so on for ever."""
    with trusted(files, says(*parts, times=3), tunnel) as (one, transport):
        for request in (GET, POST, GET):
            answer = transport.send(request)
            assert (answer.status, answer.body) == (200, b"{}")
            time.sleep(0.05)  # until the server has said all
    assert one.connections == 3


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_what_follows_an_answer_that_has_no_body_is_not_its_body(
    status: bytes, files: Path
) -> None:
    lie = b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(OTHER) + OTHER
    with trusted(files, says(lie, times=2)) as (one, transport):
        assert [transport.send(request).body for request in (GET, POST)] == [b"", b""]
    assert one.connections == 2


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_again(files: Path) -> None:
    closed = threading.Event()

    def serve(one: socket.socket) -> None:
        says(GOOD)(one)
        one.close()
        closed.set()

    with trusted(files, serve) as (one, transport):
        assert transport.send(GET).body == b"{}"
        assert closed.wait(10)
        assert transport.send(POST).body == b"{}"
    assert one.connections == 2


@given(
    line=st.sampled_from([b"\r\n", b"\n"]),
    names=st.lists(st.sampled_from([b"X: y", b"X:\t{}", b"Content-Type: application/json"])),
    body=st.binary(max_size=40),
    rest=st.sampled_from([b"", b"", b"\n", b"\r\n\r\n", b"{}", GOOD, OTHER]),
    sizes=st.lists(st.integers(1, 30)),
)
def test_a_connection_is_kept_exactly_if_nothing_is_left_over(
    line: bytes, names: list[bytes], body: bytes, rest: bytes, sizes: list[int]
) -> None:
    """However the answer is cut into reads; what was not read yet, the pool sees by itself."""
    head = [b"HTTP/1.1 200 OK", *names, b"Content-Length: %d" % len(body), b"", b""]
    said = line.join(head) + body + rest
    parts = []
    for size in sizes:
        parts.append(said[:size])
        said = said[size:]
    network = DeadlineBackend()
    network.sockets = Sockets([part for part in (*parts, said) if part])
    pool = httpcore.ConnectionPool(network_backend=network)
    with httpx.Client(transport=DeadlineTransport(pool, 2**20)) as client:
        timeout = {key: time.monotonic() + 10 for key in ("connect", "read", "write", "pool")}
        found = client.get("http://localhost/", extensions={"timeout": timeout})
        assert (found.content, len(pool.connections)) == (body, 0 if rest else 1)


class Sockets(httpcore.NetworkBackend):
    """Connections on which a server has said this already, in these parts."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts

    def connect_tcp(self, *_: object, **__: object) -> httpcore.NetworkStream:
        return Said(self.parts)


class Said(httpcore.NetworkStream):
    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts

    def read(self, *_: object) -> bytes:
        return self.parts.pop(0)

    def write(self, *_: object) -> None:
        """Nobody reads it."""

    def close(self) -> None:
        """Nothing is open."""

    def get_extra_info(self, info: str) -> object:
        return bool(self.parts) if info == "is_readable" else None
