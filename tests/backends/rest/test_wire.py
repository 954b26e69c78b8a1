"""The wire, over real sockets of this machine: what a server may do to us, and for how long."""

from __future__ import annotations

import gzip
import socket
import time
from pathlib import Path

import pytest

from slurmctl_rest.backends.rest.body import Response
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.transport import Transport
from slurmctl_rest.errors import SlurmctlError, Unanswered, Unreachable
from slurmctl_rest.model.kinds.base import Json
from tests.backends.rest.servers import (
    ENDLESS,
    GET,
    GOOD,
    HEAD,
    POST,
    PROXIES,
    TIMEOUT_S,
    Serve,
    api,
    request_on,
    says,
    server,
    tls,
)

pytestmark = pytest.mark.usefixtures("token")


def trickles(head: bytes) -> Serve:
    """Send a head, and then a byte now and then, for ever."""

    def serve(one: socket.socket) -> None:
        request_on(one)
        one.sendall(head)
        while True:
            one.sendall(b" ")
            time.sleep(0.05)

    return serve


def asked(transport: Transport, request: Request = GET) -> Response | SlurmctlError:
    try:
        return transport.send(request)
    except SlurmctlError as error:
        return error
    finally:
        transport.close()


@pytest.mark.parametrize(
    "serve",
    [
        trickles(b"HTTP/1.1 200 O"),
        trickles(HEAD + b"X-Header: "),
        trickles(HEAD + b"Content-Length: 1000000\r\n\r\n{"),
        lambda _: time.sleep(2 * TIMEOUT_S),
    ],
    ids=["in the status line", "in the head", "in the body", "not a byte"],
)
@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
def test_a_request_ends_in_time_however_slowly_its_answer_comes(
    serve: Serve, request_: Request
) -> None:
    with server(serve) as slow:
        error = asked(Transport(api(slow.port)), request_)
    assert isinstance(error, Unanswered if request_ is POST else Unreachable)
    assert "did not answer in time" in error.message
    if isinstance(error, Unanswered):
        assert error.late


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 3000000\r\n\r\n" + b" " * 3_000_000,
        HEAD + ENDLESS + 40 * (b"10000\r\n" + b" " * 65536 + b"\r\n"),
    ],
    ids=["announced", "chunked"],
)
@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
def test_an_answer_has_a_largest_size(answer: bytes, request_: Request) -> None:
    with server(says(answer)) as large:
        error = asked(Transport(api(large.port, timeout=10), largest=2**20), request_)
    assert isinstance(error, Unanswered if request_ is POST else Unreachable)
    assert not error.retryable
    assert error.message == (
        f"slurmrestd at http://127.0.0.1:{large.port} sent too large an answer: more than 1 MB"
    )


def test_what_nobody_asked_to_be_packed_is_not_unpacked() -> None:
    packed = gzip.compress(b"{}")
    length = f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with server(says(HEAD + length + packed)) as one:
        assert asked(Transport(api(one.port, timeout=10))) == Response(
            200, "application/json", packed
        )


def test_no_redirect_is_followed() -> None:
    with server(says(GOOD)) as other:
        there = f"Location: http://127.0.0.1:{other.port}/\r\nContent-Length: 0\r\n\r\n".encode()
        with server(says(b"HTTP/1.1 307 Go\r\n" + there)) as one:
            assert asked(Transport(api(one.port, timeout=10))) == Response(
                307, "", b"", f"http://127.0.0.1:{other.port}/"
            )
    assert other.connections == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "Server disconnected without sending a response."),
        (HEAD + b"Content-Length: 20\r\n\r\n{}", "peer closed connection without sending complete"),
        (HEAD + ENDLESS + b"2\r\n{}\r\n", "peer closed connection without sending complete"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "illegal status line"),
        (HEAD + b"X: " + b"x" * 200_000, "Receive buffer too long"),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "conflicting Content-Length"),
    ],
    ids=["nothing", "short", "no last chunk", "another protocol", "long head", "two lengths"],
)  # fmt: skip
@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
def test_an_answer_that_is_cut_or_none(answer: bytes, words: str, request_: Request) -> None:
    with server(says(answer)) as one:
        error = asked(Transport(api(one.port, timeout=10)), request_)
    assert isinstance(error, Unreachable)
    assert "closed the connection" in error.message
    assert words in error.message
    assert (type(error), error.retryable) == (
        (Unanswered, False) if request_ is POST else (Unreachable, True)
    )


def test_ipv6() -> None:
    with server(says(GOOD), "::1") as one:
        url = f"http://[::1]:{one.port}"
        assert asked(Transport(api(one.port, url=url, timeout=10))) == Response(
            200, "application/json", b"{}"
        )


# --- who is there --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "clients", "keys", "words"),
    [
        ("127.0.0.1", False, {"ca_file": "ca.pem"}, ""),
        ("127.0.0.1", True, {"ca_file": "ca.pem", "client_cert": "client.pem"}, ""),
        ("slurm.example", False, {"verify_ssl": False}, ""),
        ("127.0.0.1", False, {}, "cannot be trusted: [SSL: CERTIFICATE_VERIFY_FAILED]"),
        ("127.0.0.1", False, {"ca_file": "other.pem"}, "cannot be trusted: [SSL: CERTIFICATE_VER"),
        ("slurm.example", False, {"ca_file": "ca.pem"}, "IP address mismatch"),
        ("127.0.0.1", True, {"ca_file": "ca.pem"}, "closed the connection"),
    ],
    ids=["own CA", "both sides", "unchecked", "no CA", "another CA", "another name", "no client"],
)
def test_https(name: str, clients: bool, keys: dict[str, Json], words: str, files: Path) -> None:
    named = {k: str(files / v) if isinstance(v, str) else v for k, v in keys.items()}
    with server(says(GOOD), tls=tls(name, clients=clients)) as one:
        url = f"https://127.0.0.1:{one.port}"
        found = asked(Transport(api(one.port, url=url, timeout=10, **named)))
    if words:
        assert isinstance(found, Unreachable)
        assert words in found.message
    else:
        assert found == Response(200, "application/json", b"{}")


def test_a_key_with_a_password_is_not_asked_for(files: Path) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    pem = (files / "client.pem").read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    (files / "locked.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    keys = {"client_cert": str(files / "client.pem"), "client_key": str(files / "locked.pem")}
    with pytest.raises(SlurmctlError) as refused:
        Transport(api(1, url="https://127.0.0.1:1", **keys))
    assert refused.value.message == (
        "TLS files of the profile: the key is encrypted: use a key without a password"
    )


# --- proxies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked_for", [False, True], ids=["ignored", "asked for"])
def test_a_proxy_is_used_where_the_profile_asks_for_it(
    asked_for: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    handling_signals: list[bytes] = []

    def serve(one: socket.socket) -> None:
        handling_signals.append(request_on(one))
        one.sendall(no)

    with server(serve) as proxy:
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://me:secret@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")
        url = "https://slurm.invalid:6820"
        error = asked(Transport(api(1, url=url, proxy_from_env=asked_for, timeout=10)))
    assert isinstance(error, Unreachable)
    assert (len(handling_signals), proxy.connections) == ((1, 1) if asked_for else (0, 0))
    assert "secret" not in error.message + error.hint
    if asked_for:
        assert handling_signals[0].startswith(b"CONNECT slurm.invalid:6820 HTTP/1.1\r\n")
        assert b"SECRET" not in handling_signals[0]
        assert error.message == (
            f"slurmrestd at {url} cannot be reached: the proxy refused: 403 Forbidden"
        )
        assert not error.sent


@pytest.mark.parametrize(
    ("url", "no_proxy"),
    [("http://127.0.0.1:9", ""), ("http://localhost:9", ""), ("http://[::1]:9", ""),
     ("https://slurm.invalid:9", "slurm.invalid")],
)  # fmt: skip
def test_what_is_here_and_what_no_proxy_names_goes_straight_there(
    url: str, no_proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(says(GOOD)) as proxy:
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", no_proxy)
        error = asked(Transport(api(1, url=url, proxy_from_env=True, timeout=10)))
    assert isinstance(error, Unreachable)
    assert proxy.connections == 0
