"""The wire below httpx: one end in time for the whole of a request, and one bound on its answer.

httpx times every read by itself, so a server that sends a byte now and then could hold us for ever.
Here the timeouts of a request are moments of time.monotonic(), and each wait is for what is left.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import h11
import httpcore
import httpx

SOONEST = 0.001
"""Seconds that a wait is given where none are left: 0 would mean not to wait at all."""


class TooLarge(httpx.TransportError):
    """The answer is larger than it may be."""


class Wire(httpx.BaseTransport):
    """Carries requests over a pool that `pool` made; answers are cut off at `largest` bytes."""

    def __init__(self, pool: httpcore.ConnectionPool, largest: int) -> None:
        """The pool must have been made with OnTime for its network."""
        self.pool = pool
        self.largest = largest

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request whose timeouts are moments; the body of the answer comes when it is read.

        What it is encoded in is not said further: slurmrestd encodes nothing, and what a proxy has
        packed could unpack to any size.
        """
        if not isinstance(request.stream, httpx.SyncByteStream):
            raise TypeError("requests are synchronous here")
        url = request.url
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        self._drop_the_talkative()
        try:
            answer = self.pool.handle_request(sent)
        except FAULTS as error:
            raise _ours(error) from error
        if not isinstance(answer.stream, Iterable):
            raise TypeError("answers are synchronous here")
        return httpx.Response(
            status_code=answer.status,
            headers=[pair for pair in answer.headers if pair[0].lower() != b"content-encoding"],
            stream=_Body(answer.stream, self.largest),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self.pool.close()

    def _drop_the_talkative(self) -> None:
        """Close connections on which more was said than was asked.

        What a server between says twice would be taken for the answer to the next request, and from
        then on each for that of another one. What arrives later is noticed by the pool.
        """
        for connection in self.pool.connections:
            if connection.is_idle() and _is_talkative(connection):
                connection.close()


def _is_talkative(connection: object) -> bool:
    """Tell whether a connection has read more than the answers to its requests, or may have.

    httpcore does not tell; where its insides are others than they were, all may have.
    """
    for _ in range(DEEPEST):
        state = getattr(connection, "_h11_state", None)
        if isinstance(state, h11.Connection):
            return bool(state.trailing_data[0])
        connection = getattr(connection, "_connection", None)
    return True


DEEPEST = 4
"""Connections within connections: of the pool, of a proxy's tunnel, and HTTP/1.1 itself."""


class _Body(httpx.SyncByteStream):
    def __init__(self, parts: Iterable[bytes], largest: int) -> None:
        self.parts = parts
        self.largest = largest

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        try:
            for part in self.parts:
                size += len(part)
                if size > self.largest:
                    raise TooLarge(f"more than {self.largest // 2**20} MB")
                yield part
        except FAULTS as error:
            raise _ours(error) from error

    def close(self) -> None:
        if hasattr(self.parts, "close"):
            self.parts.close()


FAULTS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


def _ours(error: Exception) -> httpx.TransportError:
    """Return httpx's error for httpcore's, which has the same name."""
    made: httpx.TransportError = getattr(httpx, type(error).__name__)(str(error))
    return made


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens sockets whose timeouts are moments of time.monotonic()."""

    def __init__(self) -> None:
        """The sockets are httpcore's own."""
        self.sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a host."""
        return _Stream(
            self.sockets.connect_tcp(host, port, _left(timeout), local_address, socket_options)
        )

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a unix socket."""
        return _Stream(self.sockets.connect_unix_socket(path, _left(timeout), socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self.stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: object,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self.stream.start_tls(ssl_context, server_hostname, _left(timeout)))  # type: ignore[arg-type]

    def get_extra_info(self, info: str) -> object:
        return self.stream.get_extra_info(info)


def _left(moment: float | None) -> float | None:
    """Return the seconds until a moment."""
    return None if moment is None else max(moment - time.monotonic(), SOONEST)
