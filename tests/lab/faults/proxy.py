"""A proxy before slurmrestd, in the test's own process, that can do harm to each request.

    proxy = Proxy("http://127.0.0.1:6820")
    proxy.rules.append(Rule(WRITE, lose, 1))    # the first write is done, its answer lost
    proxy.url                                   # for the profile

A toxic takes the place of "forward it, and send the answer": it is told the Exchange. None waits
for a time of its own: where somebody shall lose patience, it waits until the program hangs up.
"""

from __future__ import annotations

import gzip
import http.client
import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

Kind: TypeAlias = Literal["read", "write", "back"]
READ: Kind = "read"
WRITE: Kind = "write"
BACK: Kind = "back"
"""A request before the first write, a write, and a request that is none after it."""

LONG = 30.0
"""Seconds that slurmrestd has to answer the proxy in; the program's patience is less."""


@dataclass(frozen=True)
class Request:
    """A request: `number` is which of its kind it is, from 1."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    kind: Kind
    number: int


@dataclass(frozen=True)
class Reply:
    """An answer, taken apart."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def head(self) -> bytes:
        """The status line and all headers, and the empty line."""
        length = () if self.status == 304 else (("Content-Length", str(len(self.body))),)
        lines = [f"{name}: {value}" for name, value in (*self.headers, *length)]
        text = "\r\n".join([f"HTTP/1.1 {self.status} {self.reason}", *lines, "", ""])
        return text.encode("latin-1")

    @property
    def raw(self) -> bytes:
        return self.head + self.body


class Exchange:
    """A request that has come to the proxy, and whom to answer."""

    def __init__(self, proxy: Proxy, client: socket.socket, request: Request) -> None:
        self.proxy, self.client, self.request = proxy, client, request
        self.is_over = False
        """Whether the connection has ended with it."""

    def forward(self, headers: Iterable[tuple[str, str]] | None = None) -> Reply:
        """Send the request to slurmrestd and return its answer; OSError where there is none."""
        request = self.request
        server = http.client.HTTPConnection(*self.proxy.to, timeout=LONG)
        try:
            server.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers or request.headers:
                server.putheader(name, value)
            server.endheaders(request.body or None)
            answer = server.getresponse()
            kept = tuple(h for h in answer.getheaders() if h[0].lower() not in OURS)
            return Reply(answer.status, answer.reason, kept, answer.read())
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            server.close()

    def send(self, data: bytes) -> None:
        self.client.sendall(data)

    def close(self, *, reset: bool = False) -> None:
        """End the connection; `reset`: as a machine does that knows of none."""
        self.is_over = True
        if reset:
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.client.shutdown(socket.SHUT_RDWR)
        self.client.close()

    def until_it_hangs_up(self) -> None:
        """Wait until the program has lost its patience."""
        self.is_over = True
        with suppress(OSError):
            while self.client.recv(65536):
                pass


OURS = ("content-length", "transfer-encoding", "connection")
"""Headers that a Reply has anew."""

Toxic: TypeAlias = Callable[[Exchange], None]


@dataclass(frozen=True)
class Rule:
    """Which requests meet a toxic: the n-th of a kind, or all of it with 0."""

    kind: Kind
    toxic: Toxic
    number: int = 0

    def meets(self, request: Request) -> bool:
        return request.kind == self.kind and self.number in {0, request.number}


@dataclass
class Proxy:
    """Listens on a port of 127.0.0.1 as soon as it is made, until `close`."""

    server: str
    rules: list[Rule] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        parts = urlsplit(self.server)
        self.to = (parts.hostname or "", parts.port or 0)
        self._lock = threading.Lock()
        self._busy = 0
        self._connections: set[socket.socket] = set()
        self._port = 0
        self.listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def writes(self) -> int:
        """How many writes have come."""
        return sum(request.kind == WRITE for request in self.seen)

    def listen(self) -> None:
        """Take connections (again)."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def go(self) -> None:
        """Be gone, as a daemon that was killed: connections end, and new ones are refused."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def settle(self) -> None:
        """Wait until nothing is on its way to slurmrestd any more."""
        deadline = time.monotonic() + LONG
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.01)

    def close(self) -> None:
        self.go()
        self.settle()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._connections.add(client)
        with client, client.makefile("rb") as lines, suppress(OSError):
            for request in iter(lambda: self._request(lines.readline, lines.read), None):
                exchange = Exchange(self, client, request)
                toxic = next((r.toxic for r in self.rules if r.meets(request)), honest)
                with self._lock:
                    self._busy += 1
                try:
                    toxic(exchange)
                finally:
                    with self._lock:
                        self._busy -= 1
                if exchange.is_over:
                    break
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self._connections.discard(client)

    def _request(self, line: Callable[[], bytes], read: Callable[[int], bytes]) -> Request | None:
        """Read one request; None where there is no more."""
        first = line().split()
        if len(first) != 3:
            return None
        method, target = first[0].decode(), first[1].decode()
        headers = []
        for text in iter(lambda: line().decode("latin-1").strip(), ""):
            name, _, value = text.partition(":")
            headers.append((name.strip(), value.strip()))
        length = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
        body = read(length)
        with self._lock:
            kind: Kind = WRITE if method != "GET" else BACK if self.writes else READ
            number = 1 + sum(one.kind == kind for one in self.seen)
            request = Request(method, target, tuple(headers), body, kind, number)
            self.seen.append(request)
        return request


# What may be done to a request. The first are of the connection.


def honest(exchange: Exchange) -> None:
    """Do no harm."""
    exchange.send(exchange.forward().raw)


def drop(exchange: Exchange) -> None:
    """End the connection before slurmrestd has heard of it."""
    exchange.close()


def reset(exchange: Exchange) -> None:
    exchange.close(reset=True)


def lose(exchange: Exchange) -> None:
    """Let slurmrestd do it, and lose the answer."""
    exchange.forward()
    exchange.close()


def lose_and_reset(exchange: Exchange) -> None:
    exchange.forward()
    exchange.close(reset=True)


def swallow(exchange: Exchange) -> None:
    """Neither forward it nor say so."""
    exchange.until_it_hangs_up()


def keep_answer(exchange: Exchange) -> None:
    """Let slurmrestd do it, and say nothing."""
    exchange.forward()
    exchange.until_it_hangs_up()


def deliver_late(exchange: Exchange) -> None:
    """Let slurmrestd do it as soon as the program has given it up."""
    exchange.until_it_hangs_up()
    exchange.forward()


def hang_up_after(exchange: Exchange) -> None:
    """Answer, and end the connection that was to be kept."""
    honest(exchange)
    exchange.close()


def cut(part: Literal["line", "head", "body"]) -> Toxic:
    """Send a part of the answer, and end the connection."""

    def toxic(exchange: Exchange) -> None:
        reply = exchange.forward()
        half = len(reply.head) + len(reply.body) // 2
        exchange.send(reply.raw[: {"line": 7, "head": len(reply.head) - 20, "body": half}[part]])
        exchange.close()

    return toxic


def trickle(part: Literal["head", "body"]) -> Toxic:
    """Send a byte at a time, for ever; each comes before anybody would call it silence."""

    def toxic(exchange: Exchange) -> None:
        reply = exchange.forward()
        exchange.is_over = True
        if part == "body":
            exchange.send(reply.head.replace(b"Content-Length: ", b"Content-Length: 9"))
        endless = itertools.chain(b"HTTP/1.1 200 OK\r\nX: ", itertools.repeat(ord("x")))
        for byte in endless if part == "head" else itertools.repeat(ord(" ")):
            exchange.send(bytes([byte]))
            time.sleep(0.05)

    return toxic


def pour(exchange: Exchange) -> None:
    """Send a body that does not end, as fast as it goes."""
    exchange.forward()
    exchange.is_over = True
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
    while True:
        exchange.send(b" " * 65536)


def forever(interim: bytes) -> Toxic:
    """Send interim answers for ever."""

    def toxic(exchange: Exchange) -> None:
        exchange.forward()
        exchange.is_over = True
        while True:
            exchange.send(interim)
            time.sleep(0.01)

    return toxic


def after_interim(exchange: Exchange) -> None:
    """Send answers that are none before the one that is."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + early + exchange.forward().raw)


def twice(exchange: Exchange) -> None:
    """Send the answer two times, as if two had been asked for."""
    exchange.send(exchange.forward().raw * 2)


def with_a_forged_one(exchange: Exchange) -> None:
    """Send another answer behind the true one, for the request that comes next."""
    nothing = b'{"accounts": [], "associations": [], "users": [], "errors": [], "warnings": []}'
    forged = Reply(200, "OK", JSON, nothing)
    exchange.send(exchange.forward().raw + forged.raw)


def repeat(exchange: Exchange) -> None:
    """Deliver the request two times, and answer with the second."""
    exchange.forward()
    honest(exchange)


# What may be done to an answer.


def rewrite(change: Callable[[Reply], Reply], *, forward: bool = True) -> Toxic:
    """Change the answer; without `forward` slurmrestd has not heard of the request."""

    def toxic(exchange: Exchange) -> None:
        reply = exchange.forward() if forward else Reply(200, "OK", JSON, b"{}")
        exchange.send(change(reply).raw)

    return toxic


def rebuild(change: Callable[[Reply], bytes]) -> Toxic:
    """Answer with these bytes, and end the connection."""

    def toxic(exchange: Exchange) -> None:
        exchange.send(change(exchange.forward()))
        exchange.close()

    return toxic


def instead(data: bytes) -> Toxic:
    """Answer with these bytes, whatever the answer was, and end the connection."""
    return rebuild(lambda _: data)


JSON = (("Content-Type", "application/json"),)
HTML = (("Content-Type", "text/html"),)
TEXT = (("Content-Type", "text/plain"),)


def page(
    status: int,
    reason: str,
    *headers: tuple[str, str],
    body: bytes = b"<html><body>No.</body></html>",
    forward: bool = False,
) -> Toxic:
    """Answer as a server between does; with `forward` after slurmrestd has done it."""
    reply = Reply(status, reason, headers or HTML, body)
    return rewrite(lambda _: reply, forward=forward)


def body(change: Callable[[bytes], bytes]) -> Toxic:
    """Change the body; its length is told rightly."""
    return rewrite(lambda reply: replace(reply, body=change(reply.body)))


def first(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda text: text.replace(old, new, 1)


def chunked_without_end(reply: Reply) -> bytes:
    head = reply.head.replace(f"Content-Length: {len(reply.body)}".encode(), b"Transfer-Encoding: chunked")
    return head + b"%x\r\n" % len(reply.body) + reply.body + b"\r\n"


def gzipped(reply: Reply) -> Reply:
    return replace(
        reply,
        headers=(*reply.headers, ("Content-Encoding", "gzip")),
        body=gzip.compress(reply.body),
    )


def said_to_be_gzipped(reply: Reply) -> Reply:
    return replace(reply, headers=(*reply.headers, ("Content-Encoding", "gzip")))


def with_header(name: str, value: str) -> Callable[[Reply], Reply]:
    return lambda reply: replace(reply, headers=(*reply.headers, (name, value)))


def in_the_middle(pause: Callable[[], object], kill: Callable[[], object]) -> Toxic:
    """Pause a daemon, let the request come to it, kill it, and send whatever the answer is."""

    def toxic(exchange: Exchange) -> None:
        pause()
        threading.Timer(0.3, kill).start()
        honest(exchange)

    return toxic
