"""Answers of slurmrestd, judged: each row is an answer and what it is, for a read and a write."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from slurmctl_rest.backends.rest.body import Response
from slurmctl_rest.backends.rest.responses import (
    RULES,
    is_refused_token,
    is_slurmrestds,
    is_unserved,
    payload,
)
from slurmctl_rest.errors import (
    Conflict,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    SlurmctlError,
    SlurmRefused,
    Unanswered,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.kinds.base import Json

JSON = "application/json"
META = {"slurm": {"release": "24.11.5", "cluster": "alps"}}
SOUND = {"meta": META, "errors": [], "warnings": []}


def body(**rest: Json) -> bytes:
    return json.dumps({**SOUND, **rest}).encode()


def answer(status: int, /, **rest: Json) -> Response:
    return Response(status, JSON, body(**rest))


def refused_by(number: int, text: str = "no") -> list[Json]:
    return [{"error_number": number, "error": text, "description": text, "source": "x"}]


def warned(text: str) -> list[Json]:
    return [{"description": text, "source": "x"}]


class Is(NamedTuple):
    """An error, all of it; the message without what it is about."""

    error: type[SlurmctlError]
    message: str
    hint: str = ""
    retryable: bool = False
    number: int | None = None


OTHER = "check that `url` of the profile is slurmrestd's own address, with no server in between"
UNKNOWN = "list the object before you repeat the write: it may be done"
IGNORED = "list the object to see its state; do not assume that any of it was done"
LOGIN = "check username and token_file (or token_env) of the profile"
SET_VERSION = "set api_version to one that it serves, or 'auto'"


def foreign(message: str) -> tuple[Is, Is]:
    """Not slurmrestd's: a read fails, of a write it is not known."""
    return Is(SlurmRefused, message, OTHER), Is(Unanswered, message, UNKNOWN)


def lost(message: str) -> tuple[Is, Is]:
    """The same, where asking once more may help."""
    return Is(Unreachable, message, OTHER, True), Is(Unanswered, message, UNKNOWN)


def both(*error: Json, number: int | None = None) -> tuple[Is, Is]:
    one = Is(*error)
    one = one if number is None else one._replace(number=number)
    return one, one


def as_text(text: str) -> Response:
    return Response(200, JSON, text.encode())


def no_json(text: str) -> tuple[Is, Is]:
    return foreign(f"HTTP 200 without JSON, but application/json: '{text}'")


def not_its(fault: str, start: str) -> tuple[Is, Is]:
    return foreign(
        f"HTTP 200 with JSON that is not from slurmrestd ({fault}), but application/json: '{start}'"
    )


def start_of(content: bytes) -> str:
    return content.decode()[:59] + "…" if len(content) > 60 else content.decode()


def faulty(fault: str, **rest: Json) -> tuple[Response, tuple[Is, Is]]:
    return answer(200, **rest), not_its(fault, start_of(body(**rest)[:80]))


GOOD = (None, None)
WHOLE = body(accounts=[])
HTML = b"<html><body>Sign in</body></html>"
PAGE = f"text/html: '{HTML.decode()}'"
ADMIN = "`slurmctl-rest doctor` shows your AdminLevel"  # where nobody says what was written
BEYOND = "Coordinators can not increase job limits beyond the parent ones"
LIMITS = (
    "this needs AdminLevel Operator; a coordinator may set limits up to those of the parent account"
)
OF_C: Json = {"description": "slurmdb_associations_modify(0x7f32f4016cc0) failed"}
CANCEL = "use --cancel-jobs to cancel them first, or wait until they end"
DOWN = "check that slurmdbd is up and the token still good: `slurmctl-rest ping`"
RENEW = "renew it: scontrol token username=... lifespan=..."

TABLE: dict[str, tuple[Response, tuple[Is | None, Is | None]]] = {
    # --- good
    "good": (answer(200, accounts=[]), GOOD),
    "good, with another type": (Response(200, "text/plain", WHOLE), GOOD),
    "an error that is none": (
        answer(200, errors=[{"error_number": 0, "error": "", "description": ""}]),
        GOOD,
    ),
    "nothing was met": (answer(200, warnings=warned("slurmdb_accounts_get() found nothing")), GOOD),
    "jobs that failed": (answer(200, status=[{"step_id": "5", "error": {"code": 2017}}]), GOOD),
    "large": (Response(200, JSON, body(comment="x" * 44_000_000)), GOOD),
    # --- slurmrestd says no
    "no such QOS": (
        answer(500, errors=refused_by(2066)),
        both(NotFound, "the QOS does not exist", "add it first", False, 2066),
    ),
    "no such QOS, in 26.05": (
        answer(422, errors=refused_by(2066)),
        both(NotFound, "the QOS does not exist", "add it first", False, 2066),
    ),
    "no right": (
        answer(500, errors=refused_by(2002)),
        both(PermissionDenied, "permission denied", ADMIN, False, 2002),
    ),
    "a coordinator who asks for more than the account has": (
        answer(500, errors=[{**OF_C, "error_number": 7012, "error": BEYOND}]),
        both(PermissionDenied, BEYOND, LIMITS, False, 7012),
    ),
    "a number without a row: the text of the number": (
        answer(500, errors=[{**OF_C, "error_number": 7013, "error": "Coordinators are disabled"}]),
        both(SlurmRefused, "Coordinators are disabled", "", False, 7013),
    ),
    "a number without a row, and what the text does not say": (
        answer(
            422,
            errors=[
                {
                    "error_number": 9200,
                    "error": "Unable to resolve path",
                    "description": "Missing required field 'description' in dictionary",
                }
            ],
        ),
        both(
            SlurmRefused,
            "Unable to resolve path: Missing required field 'description' in dictionary",
            number=9200,
        ),
    ),
    "a number of no meaning": (
        answer(
            500,
            errors=[
                {"error_number": -1, "error": "Unspecified error", "description": "f(0x7f) no"}
            ],
        ),
        both(SlurmRefused, "f no", number=-1),
    ),
    "jobs": (
        answer(500, errors=refused_by(7001)),
        both(Conflict, "it has running jobs", CANCEL, False, 7001),
    ),
    "no slurmdbd": (
        answer(502, errors=refused_by(7000)),
        both(Unreachable, "slurmdbd does not answer", DOWN, True, 7000),
    ),
    "slurmdbd ended in the middle of many rows, in 24.11": (
        answer(500, errors=refused_by(111)),
        both(Unreachable, "slurmdbd does not answer", DOWN, True, 111),
    ),
    "MariaDB ended while it was asked, in 26.05": (
        answer(422, errors=refused_by(2013)),
        both(
            Unreachable,
            "slurmdbd lost its database",
            "check that MariaDB is up; see slurmdbd's log",
            True,
            2013,
        ),
    ),
    "slurmdbd ended while it wrote: now 111, now 11": (
        answer(500, errors=refused_by(11)),
        both(Unreachable, "slurmdbd does not answer", DOWN, True, 11),
    ),
    "a token that is refused": (
        answer(511, errors=refused_by(1007)),
        both(NotAuthenticated, "the token was refused", RENEW, False, 1007),
    ),
    "a number that is not known": (
        answer(200, errors=refused_by(9999, "odd")),
        both(SlurmRefused, "odd", "", False, 9999),
    ),
    "an error without a number": (
        answer(200, errors=[{"description": "odd"}]),
        both(SlurmRefused, "odd", "", False, 0),
    ),
    "words elsewhere": (
        answer(500, errors=refused_by(2), added_accounts=" No parent\n account 'x' on 'y'\n"),
        both(SlurmRefused, "No parent account 'x' on 'y'", "", False, 2),
    ),
    "an error in JSON, and 404": (
        answer(404, errors=refused_by(9999, "odd")),
        both(SlurmRefused, "odd", "", False, 9999),
    ),
    "a status alone": (answer(500), both(SlurmRefused, "HTTP 500")),
    "404 in JSON": (answer(404), both(SlurmRefused, "HTTP 404")),
    "a warning": (
        answer(200, warnings=warned("Expected shares_raw to be a number")),
        (
            None,
            Is(
                SlurmRefused,
                "slurmrestd ignored a part of the request: Expected shares_raw to be a number",
                IGNORED,
            ),
        ),
    ),
    "a long warning": (
        answer(200, warnings=warned("x" * 400)),
        (
            None,
            Is(
                SlurmRefused,
                f"slurmrestd ignored a part of the request: {'x' * 299}…",
                IGNORED,
            ),
        ),
    ),
    "an unknown part, at length": (
        answer(200, warnings=warned(f"Ignoring unknown field {'x' * 400}")),
        (
            Is(
                Unsupported,
                "slurmrestd does not know a part of the request: "
                f"Ignoring unknown field {'x' * 276}…",
                "the answer was discarded; this program may not know this Slurm release",
            ),
            Is(
                SlurmRefused,
                f"slurmrestd ignored a part of the request: Ignoring unknown field {'x' * 276}…",
                IGNORED,
            ),
        ),
    ),
    # --- slurmrestd's texts
    "401": (
        Response(401, "text/plain", b"Authentication failure"),
        both(NotAuthenticated, "slurmrestd refused the token", LOGIN),
    ),
    "404 as text": (
        Response(404, "text/plain", b"Unable find requested URL."),
        both(Unsupported, "slurmrestd does not know this URL", SET_VERSION),
    ),
    **{
        f"a request that arrived in pieces, in 26.05: {words}": (
            Response(500, "text/plain", words.encode()),
            both(
                Unreachable,
                f"HTTP 500: slurmrestd could not read the request: '{words}'",
                "it arrived in pieces, and nothing was done: repeat it",
                True,
            ),
        )
        for words in (
            "Invalid empty HTTP header",
            "Invalid format for URL format",
            "URL string is empty",
        )
    },
    "a request that arrived in pieces, in 24.11": (
        Response(400, "", b""),
        both(
            Unreachable,
            "HTTP 400: slurmrestd could not read the request",
            "it arrived in pieces, and nothing was done: repeat it",
            True,
        ),
    ),
    "other words of 500": (
        Response(500, "text/plain", b"Invalid HTTP method"),
        foreign("HTTP 500 without JSON, but text/plain: 'Invalid HTTP method'"),
    ),
    "400 as text": (
        Response(400, "text/plain", b"bad path\n"),
        both(SlurmRefused, "HTTP 400: 'bad path'"),
    ),
    # --- of no sense
    "304": (Response(304, "", b""), (foreign("HTTP 304 is not an answer to a read")[0], None)),
    "304 with a body": (
        Response(304, JSON, WHOLE),
        foreign("HTTP 304 redirects to 'nowhere', which is not followed"),
    ),
    "201": (Response(201, JSON, WHOLE), foreign("HTTP 201 is not expected")),
    "204": (Response(204, "", b""), lost("HTTP 204 with incomplete JSON, but no type: ''")),
    "101": (Response(101, JSON, WHOLE), foreign("HTTP 101 is not expected")),
    "a redirect": (
        Response(302, "text/html", b"", "https://login.example/\x1b[31m?token=x?y"),
        foreign("HTTP 302 redirects to 'https://login.example/\\x1b[31m', which is not followed"),
    ),
    # --- somebody else's
    "a page": (Response(200, "text/html", HTML), foreign(f"HTTP 200 without JSON, but {PAGE}")),
    "403 of a proxy": (
        Response(403, "text/html", HTML),
        foreign(f"HTTP 403 without JSON, but {PAGE}"),
    ),
    "407 of a proxy": (
        Response(407, "text/html", HTML),
        foreign(f"HTTP 407 without JSON, but {PAGE}"),
    ),
    "404 of a proxy": (
        Response(404, "text/html", HTML),
        foreign(f"HTTP 404 without JSON, but {PAGE}"),
    ),
    **{
        f"{status} of a gateway": (
            Response(status, "text/html", HTML),
            lost(f"HTTP {status} without JSON, but {PAGE}"),
        )
        for status in (408, 429, 502, 503, 504)
    },
    "503 in a gateway's JSON": (
        Response(503, JSON, b'{"code": 1}'),
        lost(
            "HTTP 503 with JSON that is not from slurmrestd (no meta.slurm.release), "
            "but application/json: '{\"code\": 1}'"
        ),
    ),
    "control characters": (
        Response(500, "", b"\x1b[31mboom"),
        foreign("HTTP 500 without JSON, but no type: '\\x1b[31mboom'"),
    ),
    # --- not JSON, or not all of it
    "empty": (as_text(""), lost("HTTP 200 with incomplete JSON, but application/json: ''")),
    "cut": (
        Response(200, JSON, WHOLE[:40]),
        lost("HTTP 200 with incomplete JSON, but application/json: '" + WHOLE[:40].decode() + "'"),
    ),
    "cut behind a bracket": (
        as_text('{"meta": {}'),
        lost("HTTP 200 with incomplete JSON, but application/json: '{\"meta\": {}'"),
    ),
    "NaN": (as_text('{"a": NaN}'), no_json('{"a": NaN}')),
    "Infinity": (as_text('{"a": -Infinity}'), no_json('{"a": -Infinity}')),
    "more than a float": (as_text('{"a": 1e999}'), no_json('{"a": 1e999}')),
    "more digits than Python reads": (
        as_text('{"a": ' + "9" * 5000 + "}"),
        no_json('{"a": ' + "9" * 53 + "…"),
    ),
    "a key twice": (as_text('{"a": 1, "a": 2}'), no_json('{"a": 1, "a": 2}')),
    "nested too deep": (as_text("[" * 100_000 + "]" * 100_000), no_json("[" * 59 + "…")),
    "no UTF-8": (Response(200, JSON, b'{"a": \xff}'), no_json('{"a": \\xff}')),
    "a mark of UTF-8": (Response(200, JSON, b"\xef\xbb\xbf{}"), no_json("\\ufeff{}")),
    "half a character": (as_text('{"a": \\ud800}'), no_json('{"a": \\ud800}')),
    # --- JSON, but not slurmrestd's
    "a list": (as_text('["a", "list"]'), not_its("no object", '["a", "list"]')),
    "null": (as_text("null"), not_its("no object", "null")),
    "an empty object": (as_text("{}"), not_its("no meta.slurm.release", "{}")),
    "meta without Slurm": faulty("no meta.slurm.release", meta={}),
    "meta of another type": faulty("no meta.slurm.release", meta=[]),
    "no release": faulty("no meta.slurm.release", meta={"slurm": {}}),
    "errors null": faulty("no list 'errors' of objects", errors=None),
    "errors of texts": faulty("no list 'errors' of objects", errors=["no"]),
    "warnings null": faulty("no list 'warnings' of objects", warnings=None),
    "warnings of texts": faulty("no list 'warnings' of objects", warnings=["no"]),
    "a number that is a text": faulty("an invalid error_number", errors=refused_by("2066")),  # type: ignore[arg-type]
    "a number that is true": faulty("an invalid error_number", errors=refused_by(True)),
    **{
        f"no {key}": (
            as_text(text),
            not_its(fault, start_of(text.encode()[:80])),
        )
        for key, fault in (
            ("meta", "no meta.slurm.release"),
            ("errors", "no list 'errors' of objects"),
            ("warnings", "no list 'warnings' of objects"),
        )
        for text in [json.dumps({k: v for k, v in SOUND.items() if k != key})]
    },
}


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("does_write", [False, True], ids=["read", "write"])
def test_the_table(name: str, does_write: bool) -> None:
    given_, expected = TABLE[name]
    wanted = expected[does_write]
    if wanted is None:
        document = json.loads(given_.body) if given_.body else {}
        assert payload(given_, "account 'a'", writes=does_write) == document
        return
    with pytest.raises(SlurmctlError) as refused:
        payload(given_, "account 'a'", writes=does_write)
    error = refused.value
    found = Is(type(error), error.message, error.hint, error.retryable, error.slurm_errno)
    assert found == wanted._replace(message=f"account 'a': {wanted.message}")
    assert error.http_status == given_.status


def test_every_row_of_the_judgement_is_in_the_table() -> None:
    assert [row.name for row in RULES] == [
        "nothing done", "a redirect", "a request that arrived in pieces", "a refused token",
        "an unknown URL", "an invalid URL", "not from slurmrestd, or truncated", "errors",
        "a write with a warning", "a question with an unknown part", "a bad status",
        "a status of no sense", "good",
    ]  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_who_has_answered(name: str) -> None:
    given_, (read, _) = TABLE[name]
    theirs = given_.media_type == JSON and (read is None or read.hint != OTHER)
    odd = {"good, with another type", "304 with a body", "201", "101"}
    assert is_slurmrestds(given_) is (theirs or name in odd)


@pytest.mark.parametrize(
    ("given_", "refused"),
    [
        (Response(401, "text/plain", b"Authentication failure"), True),
        (answer(511, errors=refused_by(1007)), True),
        (answer(502, errors=refused_by(7000)), True),
        (answer(500, errors=refused_by(1007)), True),
        (answer(500, errors=refused_by(2002)), False),
        (answer(200), False),
        (Response(502, "text/html", b"<html>"), False),
        (Response(304, "", b""), False),
    ],
)
def test_where_a_stale_token_may_be_the_cause(given_: Response, refused: bool) -> None:
    assert is_refused_token(given_) is refused


@pytest.mark.parametrize(
    ("given_", "unserved"),
    [
        (Response(404, "text/plain", b"Unable find requested URL"), True),
        (Response(404, "text/plain; charset=utf-8", b""), True),
        (Response(404, JSON, b"{}"), False),
        (Response(404, "text/html", b"<html>"), False),
        (Response(400, "text/plain", b"bad"), False),
        (Response(200, "text/plain", b""), False),
    ],
)
def test_what_says_that_a_version_is_not_served(given_: Response, unserved: bool) -> None:
    assert is_unserved(given_) is unserved


@pytest.mark.parametrize(("status", "late"), [(408, True), (502, False), (503, False), (504, True)])
def test_a_gateway_that_waited_in_vain_leaves_a_write_open(status: int, late: bool) -> None:
    """slurmrestd behind it may still carry it out: it is never called "not done"."""
    with pytest.raises(Unanswered) as refused:
        payload(Response(status, "text/html", b"<html>"), "account 'physics'", writes=True)
    assert refused.value.late is late
