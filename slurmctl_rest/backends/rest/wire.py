"""The wire below httpx: one end in time for the whole of a request, and one bound on its answer.

httpx times every read by itself, so a server that sends a byte now and then could hold us for ever.
Here the timeouts of a request are moments of time.monotonic(), and each wait is for what is left.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

import httpcore
import httpx

MIN_WAIT_S = 0.001
"""The wait if no time is left: 0 would mean not to wait at all."""


class TooLarge(httpx.TransportError):
    """The answer is larger than it may be."""


class DeadlineTransport(httpx.BaseTransport):
    """Carries requests over a pool that `pool` made; answers are cut off at `largest` bytes."""

    def __init__(self, pool: httpcore.ConnectionPool, largest: int) -> None:
        """The pool must have been made with DeadlineBackend for its network."""
        self.pool = pool
        self.largest = largest

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request whose timeouts are moments; the body of the answer comes when it is read.

        Its content encoding is not passed on: slurmrestd encodes nothing, and an answer that a
        proxy has packed could unpack to any size.
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
        try:
            answer = self.pool.handle_request(sent)
        except HTTPCORE_ERRORS as error:
            raise _ours(error) from error
        if not isinstance(answer.stream, Iterable):
            raise TypeError("answers are synchronous here")
        return httpx.Response(
            status_code=answer.status,
            headers=[pair for pair in answer.headers if pair[0].lower() != b"content-encoding"],
            stream=_Body(answer.stream, self.largest, answer.extensions.get("network_stream")),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self.pool.close()


class _Body(httpx.SyncByteStream):
    """The body of an answer, which tells its connection how much of what was read it is."""

    def __init__(self, parts: Iterable[bytes], largest: int, connection: object) -> None:
        self.parts = parts
        self.largest = largest
        self.connection = connection
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        try:
            for part in self.parts:
                self.size += len(part)
                if self.size > self.largest:
                    raise TooLarge(f"more than {self.largest // 2**20} MB")
                yield part
        except HTTPCORE_ERRORS as error:
            raise _ours(error) from error

    def close(self) -> None:
        # Before httpcore is told that the answer is over: it looks at once whether to keep the
        # connection.
        if isinstance(self.connection, _Stream):
            self.connection.answered(self.size)
        if hasattr(self.parts, "close"):
            self.parts.close()


HTTPCORE_ERRORS = (
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
        self.sockets: httpcore.NetworkBackend = httpcore.SyncBackend()

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
            self.sockets.connect_tcp(host, port, _left_s(timeout), local_address, socket_options)
        )

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a unix socket."""
        return _Stream(self.sockets.connect_unix_socket(path, _left_s(timeout), socket_options))


class _Stream(httpcore.NetworkStream):
    """A connection: waits until a moment, and is used again only if nothing is left over on it.

    A server between may answer twice, or somebody may have forged a second answer after the first.
    Bytes left over would be taken for the answer to the next request, a write perhaps, and from
    then on each answer for that to another request. httpcore keeps it for itself, and asks only
    whether the socket is readable. So the bytes that come are counted here: something is left over
    unless they are one head and one body. Chunks are more than their body, and end a connection.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self.stream = stream
        self.read_bytes = 0  # since the last request
        self.head = bytearray()  # what was read, up to the blank line
        self.head_bytes = 0  # 0: the blank line has not come yet
        self.has_rest = True  # until an answer is known to be all

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self.stream.read(max_bytes, _left_s(timeout))
        self.read_bytes += len(data)
        if not self.head_bytes:  # httpcore ends a head that is longer than 100 KB
            known = max(len(self.head) - MAX_BLANK_LINE_BYTES, 0)
            self.head += data
            # From three bytes before the new ones: the blank line may have come in two pieces.
            if blank := BLANK_LINE.search(self.head, known):
                self.head_bytes = blank.end()
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.read_bytes, self.head_bytes, self.has_rest = 0, 0, True
        self.head.clear()
        self.stream.write(buffer, _left_s(timeout))

    def answered(self, body_bytes: int) -> None:
        """Note that the answer is over, and its body had this size."""
        self.has_rest = self.read_bytes != self.head_bytes + body_bytes

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: object,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self.stream.start_tls(ssl_context, server_hostname, _left_s(timeout)))  # type: ignore[arg-type]

    def get_extra_info(self, info: str) -> object:
        """Return what httpcore asks for; an idle connection that is readable it closes."""
        if info == "is_readable" and self.has_rest:
            return True
        return self.stream.get_extra_info(info)


BLANK_LINE = re.compile(rb"\n\r?\n")
"""The end of a head, as h11 finds it: line ends without a carriage return count, too."""

MAX_BLANK_LINE_BYTES = 3


def _left_s(moment: float | None) -> float | None:
    """Return the seconds until a moment."""
    return None if moment is None else max(moment - time.monotonic(), MIN_WAIT_S)
