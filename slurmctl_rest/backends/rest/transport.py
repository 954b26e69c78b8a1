"""The one place that talks HTTP: a request goes out, an answer comes back, nothing is judged."""

from __future__ import annotations

import json
import ssl
import time
import urllib.request
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import NoReturn

import httpcore
import httpx

from slurmctl_rest.backends.process import LESS, LESS_OR_MORE_ROOM, MAX_OUTPUT_BYTES
from slurmctl_rest.backends.protocol import Log
from slurmctl_rest.backends.rest.auth import TokenAuth, token_reader
from slurmctl_rest.backends.rest.body import Response
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.wire import DeadlineBackend, DeadlineTransport, TooLarge
from slurmctl_rest.config.models import RestApi, is_loopback
from slurmctl_rest.errors import LIST_BEFORE_REPEATING, ConfigError, Unanswered, Unreachable


@dataclass(frozen=True, slots=True)
class Fault:
    """The message and remedy for one of httpx's exceptions.

    sent    whether the request may have been carried out
    again   whether another try may help
    cause   what it must come from, if that matters
    """

    error: type[httpx.HTTPError]
    what: str
    remedy: str
    sent: bool = True
    again: bool = True
    cause: type[Exception] = Exception

    def fits(self, error: BaseException) -> bool:
        """Tell whether this is the error."""
        return isinstance(error, self.error) and any(
            isinstance(one, self.cause) for one in _causes(error)
        )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


IS_IT_RUNNING = "check that slurmrestd runs there (url of the profile)"

REASONS_UNREACHABLE = (
    # Patience is what the profile says, and no more.
    Fault(httpx.ConnectTimeout, "did not answer in time", IS_IT_RUNNING, sent=False, again=False),
    Fault(
        httpx.ConnectError,
        "cannot be trusted",
        "check its certificate, and ca_file of the profile",
        sent=False,
        again=False,
        cause=ssl.SSLError,
    ),
    Fault(httpx.ConnectError, "cannot be reached", IS_IT_RUNNING, sent=False),
    Fault(
        httpx.ProxyError,
        "cannot be reached: the proxy refused",
        "check proxy_from_env of the profile",
        sent=False,
    ),
    Fault(TooLarge, "sent too large an answer", LESS_OR_MORE_ROOM, again=False),
    Fault(
        httpx.TimeoutException,
        "did not answer in time",
        f"{LESS}, raise --timeout, or check its log",
    ),
    Fault(httpx.HTTPError, "closed the connection", "check its log; it may have stopped"),
)
"""The first that fits."""


class Transport:
    """A connection to slurmrestd, with a log of what was sent."""

    def __init__(
        self,
        api: RestApi,
        transport: httpx.BaseTransport | None = None,
        timeout: float | None = None,
        largest: int = MAX_OUTPUT_BYTES,
    ) -> None:
        """`transport` takes the place of the network in tests (httpx.MockTransport).

        `timeout`: seconds for a request and its repeats, if not the profile's.
        `largest`: bytes that an answer may have.
        """
        self.api = api
        self.timeout = timeout or api.timeout
        self.largest = largest
        self.log = Log()
        self.auth = TokenAuth(api.username, token_reader(api))
        self._given = transport
        self.client = self._client()

    def beside(self) -> Transport:
        """Return another connection, with the same token and the same log: for another thread."""
        other = copy(self)
        other.client = other._client()
        return other

    def _client(self) -> httpx.Client:
        return httpx.Client(
            # Over a socket the host is said nowhere, but HTTP/1.1 wants one.
            base_url="http://localhost" if self.api.url.startswith("unix://") else self.api.url,
            auth=self.auth,
            transport=self._given or _transport(self.api, self.largest),
            # slurmrestd takes a body only with this type; it has no compression.
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
            trust_env=False,  # a proxy of the environment would see the token
            follow_redirects=False,  # another server would see it
        )

    def until(self) -> float:
        """Return the moment of time.monotonic() at which a request that begins now must be over."""
        return time.monotonic() + self.timeout

    def send(self, request: Request, until: float | None = None) -> Response:
        """Send one request and return the answer; Unreachable where none came until then.

        Unanswered where a write may have been carried out all the same.
        """
        # Before it is sent: the log's listener may forbid
        # it (an interruption, or a full audit trail).
        self.log.append(request.command)
        content = None if request.body is None else json.dumps(request.body).encode()
        try:
            with self.client.stream(
                request.method,
                request.path,
                params=request.query or None,  # an empty one would take away what the path has
                content=content,
                extensions=self._times(until or self.until()),
            ) as response:
                # An httpx.Response is part of a cycle: a body that it has read itself would stay
                # as long, and of 20,000 associations that is 100 MB.
                body = b"".join(response.iter_bytes())
        except httpx.HTTPError as error:
            self._raise(error, writes=request.command.writes)
        headers = response.headers
        return Response(
            response.status_code,
            headers.get("content-type", ""),
            body,
            headers.get("location", ""),
        )

    def reach(self) -> None:
        """See whether anybody answers at all: without the token, so that nobody is trusted yet."""
        try:
            self.client.get("/", auth=None, extensions=self._times(self.until()))
        except httpx.HTTPError as error:
            self._raise(error, writes=False)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _times(self, until: float) -> dict[str, dict[str, float]]:
        connected = min(until, time.monotonic() + self.api.connect_timeout)
        pool = self.timeout  # the one that is no moment: httpcore waits for a place by itself
        return {"timeout": {"connect": connected, "read": until, "write": until, "pool": pool}}

    def _raise(self, error: httpx.HTTPError, *, writes: bool) -> NoReturn:
        fault = next(one for one in REASONS_UNREACHABLE if one.fits(error))
        reason = str(error) or type(error).__name__
        message = f"slurmrestd at {self.api.url} {fault.what}: {reason}"
        late = fault.sent and isinstance(error, httpx.TimeoutException)
        if writes and fault.sent:
            raise Unanswered(message, LIST_BEFORE_REPEATING, late=late) from error
        lost = Unreachable(message, fault.remedy, retryable=fault.again, sent=fault.sent)
        lost.late = late
        raise lost from error


def _transport(api: RestApi, largest: int) -> httpx.BaseTransport:
    return DeadlineTransport(_pool(api), largest)


def _pool(api: RestApi) -> httpcore.ConnectionPool:
    network = DeadlineBackend()
    # A connection of its own for each request cannot hold the answer to another one, however late
    # that comes. Without TLS it costs half a millisecond, 1 % of a write. With TLS it costs a
    # handshake, so there connections are kept as long as nothing is left over on them (wire.py).
    kept = None if api.url.startswith("https://") else 0
    # No proxy and no TLS lead to a socket of this machine.
    if api.url.startswith("unix://"):
        return httpcore.ConnectionPool(
            uds=api.url.removeprefix("unix://"),
            max_keepalive_connections=kept,
            network_backend=network,
        )
    context = _verification(api)
    if proxy := _proxy(api):
        address = httpx.Proxy(proxy)
        return httpcore.HTTPProxy(
            str(address.url),
            proxy_auth=address.raw_auth,
            ssl_context=context,
            max_keepalive_connections=kept,
            network_backend=network,
        )
    return httpcore.ConnectionPool(
        ssl_context=context, max_keepalive_connections=kept, network_backend=network
    )


def _proxy(api: RestApi) -> str | None:
    """Return the proxy of the environment, where the profile asks for it; never for loopback."""
    url = httpx.URL(api.url)
    if not api.proxy_from_env or is_loopback(url.host):
        return None
    if urllib.request.proxy_bypass(url.host):
        return None
    return urllib.request.getproxies().get(url.scheme)


def _verification(api: RestApi) -> ssl.SSLContext | None:
    if not api.url.startswith("https://"):
        return None  # nothing to verify, and reading all certificates takes 30 ms
    for key in ("ca_file", "client_cert", "client_key"):
        file = getattr(api, key)
        if file is not None and file.exists() and not file.is_file():
            # OpenSSL would wait for a pipe without end, and each connection would read it anew.
            raise ConfigError(f"TLS files of the profile: {key} {file} is not a plain file")
    try:
        context = ssl.create_default_context(cafile=str(api.ca_file) if api.ca_file else None)
        if not api.verify_ssl:
            # First the host name: Python refuses CERT_NONE while it is checked.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if api.client_cert:
            # An encrypted key would have the terminal asked for its words, and cron would wait.
            context.load_cert_chain(
                str(api.client_cert), str(api.client_key or api.client_cert), password=_no_password
            )
    except (OSError, ssl.SSLError, ValueError) as error:
        raise ConfigError(f"TLS files of the profile: {error}") from error
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted: use a key without a password")
