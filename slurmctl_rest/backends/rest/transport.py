"""The one place that talks HTTP: a request goes out, an answer comes back, nothing is judged."""

from __future__ import annotations

import json
import ssl

import httpx

from slurmctl_rest.backends import Log
from slurmctl_rest.backends.rest.auth import TokenAuth, token_reader
from slurmctl_rest.backends.rest.requests import Request
from slurmctl_rest.backends.rest.responses import Answer
from slurmctl_rest.config import RestApi
from slurmctl_rest.errors import ConfigError, SlurmctlError, Unreachable

SENT_NOTHING = "nothing was sent"

FAULTS: tuple[tuple[type[httpx.HTTPError], str, str], ...] = (
    (httpx.ConnectTimeout, "did not answer in time", SENT_NOTHING),
    (httpx.ConnectError, "cannot be reached", SENT_NOTHING),
    (httpx.TimeoutException, "did not answer in time", "raise --timeout, or look at its log"),
    (httpx.HTTPError, "broke the connection off", "look at its log; it may have stopped"),
)
"""httpx's exceptions, the first that fits: what we say, and the remedy."""


class Transport:
    """A connection to slurmrestd, with a log of what was sent."""

    def __init__(
        self,
        api: RestApi,
        transport: httpx.BaseTransport | None = None,
        timeout: float | None = None,
    ) -> None:
        """`transport` takes the place of the network in tests (httpx.MockTransport).

        `timeout`: seconds to connect, and without a byte of the answer, if not the profile's.
        """
        self.api = api
        self.log = Log()
        self.auth = TokenAuth(api.username, token_reader(api))
        base = "http://localhost" if api.url.startswith("unix://") else api.url
        self.client = httpx.Client(
            base_url=base,
            auth=self.auth,
            transport=transport or _transport(api),
            timeout=timeout or api.timeout,
            # slurmrestd takes a body only with this type; it has no compression.
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
            trust_env=False,  # a proxy of the environment would see the token
        )

    def send(self, request: Request) -> Answer:
        """Send one request and return the answer; Unreachable where none came."""
        self.log.append(request.command)
        content = None if request.body is None else json.dumps(request.body).encode()
        try:
            response = self.client.request(
                request.method, request.path, params=request.query, content=content
            )
        except httpx.HTTPError as error:
            raise self._fault(error, writes=request.method != "GET") from error
        headers = response.headers
        return Answer(
            response.status_code,
            headers.get("content-type", ""),
            response.content,
            headers.get("location", ""),
        )

    def reach(self) -> None:
        """See whether anybody answers at all: without the token, so that nobody is trusted yet."""
        try:
            self.client.get("/", auth=None)
        except httpx.HTTPError as error:
            raise self._fault(error, writes=False) from error

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _fault(self, error: httpx.HTTPError, *, writes: bool) -> SlurmctlError:
        what, remedy = next((w, r) for kind, w, r in FAULTS if isinstance(error, kind))
        if writes and remedy != SENT_NOTHING:
            remedy = "it is not known whether the write was done: list the object before repeating"
        if remedy == SENT_NOTHING:
            remedy = "is slurmrestd running there? (url of the profile)"
        reason = str(error) or type(error).__name__
        return Unreachable(
            f"slurmrestd at {self.api.url} {what}: {reason}", remedy, retryable=not writes
        )


def _transport(api: RestApi) -> httpx.HTTPTransport:
    if api.url.startswith("unix://"):
        return httpx.HTTPTransport(uds=api.url.removeprefix("unix://"))
    return httpx.HTTPTransport(verify=_verification(api))


def _verification(api: RestApi) -> ssl.SSLContext | bool:
    if not api.url.startswith("https://"):
        return False  # nothing to verify, and reading all certificates takes 30 ms
    try:
        context = ssl.create_default_context(cafile=str(api.ca_file) if api.ca_file else None)
        if not api.verify_ssl:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if api.client_cert:
            context.load_cert_chain(str(api.client_cert), str(api.client_key or api.client_cert))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"TLS files of the profile: {error}") from error
    return context
