"""The wire: headers, bodies, and httpx's errors as ours."""

from __future__ import annotations

import gc
import json
import ssl
import warnings
from pathlib import Path

import httpx
import pytest

from slurmctl_rest.backends.rest.body import Response
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.transport import IS_IT_RUNNING, Transport
from slurmctl_rest.backends.rest.wire import TooLarge
from slurmctl_rest.config.models import RestApi
from slurmctl_rest.errors import LIST_BEFORE_REPEATING, ConfigError, Unanswered, Unreachable
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.kinds.base import Json
from tests.support import only

pytestmark = pytest.mark.usefixtures("token")

GET = Request("GET", "/slurmdb/v0.0.43/associations/", query={"Exclude limits": "a,b c"})
POST = Request("POST", "/slurmdb/v0.0.43/accounts/", body={"accounts": [{"name": "é"}]})


def api(**rest: Json) -> RestApi:
    return RestApi.model_validate({"url": "http://localhost:6820", "username": "admin", **rest})


def test_what_goes_out_and_what_comes_back() -> None:
    seen: list[httpx.Request] = []

    good: list[httpx.Response] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        type_ = {"Content-Type": "application/json"}
        good.append(httpx.Response(200, headers=type_, stream=httpx.ByteStream(b"{}")))
        return good[-1]

    transport = Transport(api(), httpx.MockTransport(answer))
    assert transport.send(GET) == Response(200, "application/json", b"{}")
    assert transport.send(POST) == Response(200, "application/json", b"{}")
    transport.close()
    assert str(seen[0].url) == (
        "http://localhost:6820/slurmdb/v0.0.43/associations/?Exclude+limits=a%2Cb+c"
    )
    assert seen[0].content == b""
    assert json.loads(seen[1].content) == POST.body
    assert "?" not in str(seen[1].url)
    # A response lives until Python looks for cycles: the body of a good one is not kept in it.
    with pytest.raises(httpx.ResponseNotRead):
        _ = good[0].content
    for request in seen:
        headers = request.headers
        assert headers["X-SLURM-USER-NAME"] == "admin"
        assert headers["X-SLURM-USER-TOKEN"] == "SECRET"
        assert headers["Content-Type"] == "application/json"
        assert "Authorization" not in headers
    assert transport.log == [GET.command, POST.command]
    assert "SECRET" not in str(transport.log)


def test_the_environment_s_proxy_never_sees_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:1")
    assert Transport(api()).client.trust_env is False


def tls_failure() -> httpx.ConnectError:
    error = httpx.ConnectError("CERTIFICATE_VERIFY_FAILED")
    error.__cause__ = OSError("x")
    error.__cause__.__context__ = ssl.SSLCertVerificationError("CERTIFICATE_VERIFY_FAILED")
    return error


# error, words, hint of a read, whether a read may be repeated, whether a write was sent, and late
FAULTS: dict[str, tuple[httpx.HTTPError, str, str, bool, bool, bool]] = {
    "refused": (
        httpx.ConnectError("refused"), "cannot be reached: refused",
        IS_IT_RUNNING, True, False, False,
    ),
    "nobody in time": (
        httpx.ConnectTimeout(""), "did not answer in time: ConnectTimeout", IS_IT_RUNNING,
        False, False, False,
    ),
    "a certificate": (
        tls_failure(), "cannot be trusted: CERTIFICATE_VERIFY_FAILED",
        "check its certificate, and ca_file of the profile",
        False, False, False,
    ),
    "a proxy": (
        httpx.ProxyError("407 No"), "cannot be reached: the proxy refused: 407 No",
        "check proxy_from_env of the profile", True, False, False,
    ),
    "no answer in time": (
        httpx.ReadTimeout("late"), "did not answer in time: late",
        "select less, by names or conditions, raise --timeout, or check its log",
        True, True, True,
    ),
    "gone": (
        httpx.RemoteProtocolError("gone"), "closed the connection: gone",
        "check its log; it may have stopped", True, True, False,
    ),
    "too large": (
        TooLarge("more than 1 MB"), "sent too large an answer: more than 1 MB",
        "select less, by names or conditions; or raise max_answer_mb of the profile",
        False, True, False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
def test_httpx_s_errors_become_ours(name: str, request_: Request) -> None:
    error, words, hint, again, sent, late = FAULTS[name]

    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(Unreachable) as refused:
        Transport(api(), httpx.MockTransport(answer)).send(request_)
    found = refused.value
    assert found.message == f"slurmrestd at http://localhost:6820 {words}"
    assert found.__cause__ is error
    if request_ is POST and sent:
        assert isinstance(found, Unanswered)
        assert (found.hint, found.retryable, found.sent, found.late) == (
            LIST_BEFORE_REPEATING,
            False,
            True,
            late,
        )
    else:
        assert type(found) is Unreachable
        assert (found.hint, found.retryable, found.sent) == (hint, again, sent)


def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    url = f"unix://{tmp_path}/none.sock"
    with pytest.raises(Unreachable) as refused:
        Transport(api(url=url)).send(GET)
    assert refused.value.message.startswith(f"slurmrestd at {url} cannot be reached: ")
    with warnings.catch_warnings():  # httpcore leaves the socket that did not connect open
        warnings.simplefilter("ignore", ResourceWarning)
        del refused
        gc.collect()


def test_tls_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="TLS files of the profile"):
        Transport(api(url="https://slurm", ca_file=tmp_path / "none"))
    with pytest.raises(ConfigError, match="TLS files of the profile"):
        Transport(api(url="https://slurm", client_cert=tmp_path / "none"))


@pytest.mark.parametrize(
    ("verify", "mode"), [(True, ssl.CERT_REQUIRED), (False, ssl.CERT_NONE)], ids=["on", "off"]
)
def test_certificates_are_checked_unless_the_profile_says_not(
    verify: bool, mode: ssl.VerifyMode
) -> None:
    from slurmctl_rest.backends.rest.transport import _verification  # noqa: PLC0415

    context = _verification(api(url="https://slurm", verify_ssl=verify))
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (mode, verify)


def test_a_request_as_it_is_shown() -> None:
    assert str(GET.command) == (
        "GET /slurmdb/v0.0.43/associations/?Exclude+limits=a%2Cb+c"
    )  # fmt: skip
    assert only([POST.command.as_json()]) == {
        "method": "POST",
        "path": "/slurmdb/v0.0.43/accounts/",
        "query": {},
        "body": {"accounts": [{"name": "é"}]},
    }
    assert str(SentCommand(argv=("sacctmgr", "x=a b"))) == "sacctmgr 'x=a b'"
    assert SentCommand(argv=("sacctmgr", "x")).as_json() == {"argv": ["sacctmgr", "x"]}


def test_who_is_only_looked_for_is_told_no_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(401)

    Transport(api(), httpx.MockTransport(answer)).reach()
    assert only(seen).headers.keys() & {"x-slurm-user-name", "x-slurm-user-token"} == set()
    assert str(only(seen).url) == "http://localhost:6820/"


def test_nobody_is_there() -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("timed out", request=request)

    with pytest.raises(Unreachable) as missed:
        Transport(api(), httpx.MockTransport(nobody)).reach()
    assert missed.value.message == (
        "slurmrestd at http://localhost:6820 did not answer in time: timed out"
    )
