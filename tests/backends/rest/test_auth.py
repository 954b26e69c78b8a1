"""Tokens: where they are read, when they are read again, and what is said of one that ended."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.rest.auth import (
    TokenAuth,
    examined,
    expiry,
    exposed,
    owner,
    token_reader,
)
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.config.models import RestApi
from slurmctl_rest.errors import NotAuthenticated, SlurmctlError, Unreachable
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.facts import Token
from slurmctl_rest.model.kinds.base import Json
from tests.fakes import Seen, Slurmrestd, json_answer, plain
from tests.support import jwt, rest_profile

OLD, NEW = jwt(None, "o"), jwt(None, "n")
QOS_QUERY = Query(QOS, "alps")


def api(**rest: Json) -> RestApi:
    return RestApi.model_validate({"url": "http://localhost", **rest})


@pytest.mark.parametrize(
    "text", ["TOKEN", " TOKEN\n", "SLURM_JWT=TOKEN\n", "SLURM_JWT= TOKEN"], ids=repr
)
@pytest.mark.parametrize("source", ["file", "variable"])
def test_a_token_is_read_bare_or_as_scontrol_prints_it(
    text: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if source == "file":
        (tmp_path / "token").write_text(text)
        assert token_reader(api(token_file=tmp_path / "token"))() == "TOKEN"
    else:
        monkeypatch.setenv("MY_TOKEN", text)
        assert token_reader(api(token_env="MY_TOKEN"))() == "TOKEN"


def test_the_file_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("FILE")
    monkeypatch.setenv("SLURM_JWT", "VARIABLE")
    assert token_reader(api(token_file=tmp_path / "token"))() == "FILE"


@pytest.mark.parametrize(
    "content",
    [b"", b" \n", b"SLURM_JWT=\n", b"SECRET x", b"SECRET\nSECRET", b"SECRET\x00", b"\xffSECRET"],
    ids=repr,
)
def test_what_is_no_token_is_said_without_showing_it(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(NotAuthenticated) as refused:
        token_reader(api(token_file=file))()
    assert str(file) in refused.value.message
    assert "SECRET" not in refused.value.message + refused.value.hint


def test_no_token_anywhere(tmp_path: Path) -> None:
    with pytest.raises(NotAuthenticated, match="no token: the environment has no SLURM_JWT"):
        token_reader(api())()
    with pytest.raises(NotAuthenticated, match="No such file or directory"):
        token_reader(api(token_file=tmp_path / "none"))()


@pytest.mark.parametrize(
    ("token", "ends"),
    [
        (jwt(1_700_000_000), datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (jwt(None), None),
        (jwt(10**20), None),
        ("garbage", None),
        ("a.b.c", None),
        ("a..c", None),
        ("a.bnVsbA.c", None),
        ("a.W10.c", None),
        ("", None),
    ],
)
def test_when_a_token_ends(token: str, ends: datetime | None) -> None:
    assert expiry(token) == ends


# --- what a refused token leads to

Refusal = Callable[[], httpx.Response]


def numbered(status: int, number: int) -> Refusal:
    error = {"error_number": number, "error": "no", "description": "no"}
    return lambda: json_answer(status, {"errors": [error]})


REFUSALS: dict[str, Refusal] = {
    "401": lambda: plain(401, "text/plain", b"Authentication failure"),
    "511 with 1007": numbered(511, 1007),
    "502 with 7000": numbered(502, 7000),
}
every_refusal = pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)


def server(refusal: Refusal, good: str) -> Slurmrestd:
    return Slurmrestd(answer=lambda seen: None if seen.token == good else refusal())


@every_refusal
def test_a_token_that_changed_is_read_again_and_sent_once_more(
    refusal: Refusal, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(OLD)
    slurmrestd = server(refusal, NEW)
    backend = RestBackend(rest_profile(token_file=file), httpx.MockTransport(slurmrestd))

    def renew(seen: Seen) -> httpx.Response | None:
        file.write_text(f"SLURM_JWT={NEW}\n")
        return None if seen.token == NEW else refusal()

    slurmrestd.answer = renew
    assert [row["Name"] for row in backend.read(QOS_QUERY)] == ["high", "low", "normal"]
    assert [seen.token for seen in slurmrestd.seen] == [OLD, NEW]
    backend.read(QOS_QUERY)
    assert [seen.token for seen in slurmrestd.seen] == [OLD, NEW, NEW]


@every_refusal
def test_a_token_that_did_not_change_is_not_sent_again(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(OLD)
    slurmrestd = server(refusal, NEW)
    profile = rest_profile(token_file=tmp_path / "token")
    backend = RestBackend(profile, httpx.MockTransport(slurmrestd), waits=())
    with pytest.raises((NotAuthenticated, Unreachable)) as refused:
        backend.read(QOS_QUERY)
    asked = [seen.token for seen in slurmrestd.seen if seen.path.endswith("/qos/")]
    assert asked == [OLD]
    assert "expired" not in refused.value.message
    assert OLD not in refused.value.message + refused.value.hint + refused.value.said


@every_refusal
def test_a_second_refusal_is_the_last(refusal: Refusal, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(OLD)
    slurmrestd = Slurmrestd()

    def renew(seen: Seen) -> httpx.Response:
        file.write_text(jwt(None, chr(ord("a") + len(slurmrestd.seen))))
        return refusal()

    slurmrestd.answer = renew
    profile = rest_profile(token_file=file)
    backend = RestBackend(profile, httpx.MockTransport(slurmrestd), waits=())
    with pytest.raises(SlurmctlError):
        backend.read(QOS_QUERY)
    assert len([seen for seen in slurmrestd.seen if seen.path.endswith("/qos/")]) == 2


@every_refusal
def test_an_expired_token_says_when_it_ended(
    refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = jwt(1_700_000_000)
    monkeypatch.setenv("SLURM_JWT", token)
    backend = RestBackend(rest_profile(), httpx.MockTransport(server(refusal, NEW)))
    with pytest.raises(NotAuthenticated) as refused:
        backend.read(QOS_QUERY)
    assert refused.value.message == "the token of admin expired at 2023-11-14T22:13:20+00:00"
    assert refused.value.hint == "renew it: scontrol token username=admin lifespan=SECONDS"


@every_refusal
def test_a_token_that_still_lives_is_not_called_expired(
    refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JWT", jwt(int(time.time()) + 600))
    backend = RestBackend(rest_profile(), httpx.MockTransport(server(refusal, NEW)))
    with pytest.raises(SlurmctlError) as refused:
        backend.read(QOS_QUERY)
    assert "expired" not in refused.value.message


ENDS = datetime(2026, 10, 1, tzinfo=UTC)


def test_a_token_is_examined_and_is_not_in_what_is_said_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = jwt(int(ENDS.timestamp()))
    file = tmp_path / "token"
    file.write_text(f"SLURM_JWT={token}\n")
    file.chmod(0o644)
    found = examined(api(token_file=file))
    assert found == Token(f"token_file {file}", 0o644, "admin", ENDS)
    monkeypatch.setenv("OURS", token)
    assert examined(api(token_env="OURS")) == Token("the variable OURS", None, "admin", ENDS)
    assert token not in repr(found)


def test_two_that_are_refused_at_once_read_the_new_token_once() -> None:
    """The second finds that it was read meanwhile, and is sent once more, too."""
    tokens = iter([OLD, NEW])
    auth = TokenAuth("root", lambda: next(tokens))
    request = httpx.Request("GET", "http://localhost/")
    refused = httpx.Response(401)
    flows = [auth.auth_flow(httpx.Request("GET", request.url)) for _ in range(2)]
    first = [next(flow).headers["X-SLURM-USER-TOKEN"] for flow in flows]
    again = [flow.send(refused).headers["X-SLURM-USER-TOKEN"] for flow in flows]
    assert (first, again) == ([OLD, OLD], [NEW, NEW])
    assert next(tokens, "") == ""


@pytest.mark.parametrize("key", ["token_file", "jwt_key", "client_key"])
def test_secrets_that_everybody_may_read_are_warned_of(key: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("x")
    found = []
    for mode in (0o600, 0o640, 0o644, 0o602):
        file.chmod(mode)
        found.append(exposed(api(**{key: file, "client_cert": tmp_path / "cert"})))
    warning = [f"all users may read or write {key} {file}: chmod o= {file}"]
    assert found == [[], [], warning, warning]
    assert exposed(api(**{key: Path("/dev/zero"), "client_cert": "x"})) == []
    assert exposed(api(**{key: tmp_path / "none", "client_cert": "x"})) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"x" * 70_000, "is larger than 64 KB"),
        (None, "No such file or directory"),
    ],
)
def test_a_key_that_is_none(content: bytes | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "jwt.key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NotAuthenticated, match=words) as refused:
        token_reader(api(jwt_key=file))()
    assert f"jwt_key {file}" in refused.value.message


def test_a_token_is_made_with_any_key_that_slurm_takes(tmp_path: Path) -> None:
    """Old manuals of Slurm have a PEM file made, whose bytes are the key."""
    for key in (b"k" * 32, b"short", b"-----BEGIN RSA PRIVATE KEY-----\nx\n", bytes(range(256))):
        file = tmp_path / "jwt.key"
        file.write_bytes(key)
        made = token_reader(api(jwt_key=file, username="svc", token_lifespan=60))()
        head, claims, signature = made.split(".")
        right = hmac.new(key, f"{head}.{claims}".encode(), "sha256").digest()
        assert base64.urlsafe_b64encode(right).decode().rstrip("=") == signature
        said = json.loads(base64.urlsafe_b64decode(claims + "=="))
        assert (said["sun"], said["exp"] - said["iat"]) == ("svc", 60)


HEAD_AND_CLAIMS = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"  # {"alg":"HS256","typ":"JWT"}
    ".eyJpYXQiOiAxNzkwMDAwMDAwLCAiZXhwIjogMTc5MDAwMDA2MCwgInN1biI6ICJzdmMifQ."
)


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        (b"k" * 32, "Nx5THx7oLffuKsDzU73MrAux4pTyhYwpoiW5YmtcU0s"),
        (b"short", "sXVbZDv27Zr1xqpSnvF9E2RNqhXUtaCxGXz8v8ZncU4"),
        (
            b"-----BEGIN RSA PRIVATE KEY-----\nx\n",
            "dGH3e_J7K6FjWWkbgvM_6zhEoNYd2ufQ-4tEVtj-5Dk",
        ),
        (bytes(range(256)), "tMSyJUv3gRK1GfO3EKo38ATZWH0xYwzhGmQYF7mtT5o"),
        (b"\x00", "cVuvM-FEhtz2KBoOkBzjyaoJzi0yNNVaM_SzU9oiKPw"),
        (b"key\n", "uVaEzQsX3XZ593nAc_Fn2vt3tTwKntNisfktC2ZDRs4"),
    ],
    ids=["32 letters", "5 letters", "PEM", "256 bytes", "one byte", "with a line end"],
)
def test_tokens_are_those_that_pyjwt_made(
    key: bytes, signature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte: these are of PyJWT 2.15.1, with which earlier releases signed."""
    monkeypatch.setattr("time.time", lambda: 1_790_000_000.75)
    file = tmp_path / "jwt.key"
    file.write_bytes(key)
    made = token_reader(api(jwt_key=file, username="svc", token_lifespan=60))()
    assert made == HEAD_AND_CLAIMS + signature


def test_a_token_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    with pytest.raises(NotAuthenticated, match=r"token_file .*: No such file or directory"):
        examined(api(token_file=tmp_path / "none"))
    with pytest.raises(NotAuthenticated, match="no token: the environment has no SLURM_JWT"):
        examined(api())


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.W10.c", "a.eyJzdW4iOjF9.c", "a..c"])
def test_what_says_not_whose_it_is_has_no_owner(token: str) -> None:
    assert owner(token) is None
    assert expiry(token) is None
