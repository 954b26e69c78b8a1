"""Answers of slurmrestd, judged: each row is an answer and the error that it becomes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.rest.responses import (
    Answer,
    is_refused_token,
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
)
from slurmctl_rest.model.kinds import Json

JSON = "application/json"


def answer(status: int, document: Json) -> Answer:
    return Answer(status, JSON, json.dumps(document).encode())


def errors(number: int, text: str = "no", **rest: Json) -> Json:
    return {"errors": [{"error_number": number, "error": text, "description": text}], **rest}


HTML = Answer(200, "text/html", b"<html><body>It works!</body></html>")


@pytest.mark.parametrize(
    ("given_", "error", "message", "number"),
    [
        (
            answer(500, errors(2066)), NotFound, "account 'a': the QOS does not exist", 2066,
        ),
        (
            answer(422, errors(2066)), NotFound, "account 'a': the QOS does not exist", 2066,
        ),
        (answer(500, errors(2002)), PermissionDenied, "account 'a': permission denied", 2002),
        (answer(500, errors(7001)), Conflict, "account 'a': it has running jobs", 7001),
        (answer(502, errors(7000)), Unreachable, "account 'a': slurmdbd does not answer", 7000),
        (answer(511, errors(1007)), NotAuthenticated, "account 'a': the token was refused", 1007),
        (
            answer(500, errors(9200, "Missing organization")), SlurmRefused,
            "account 'a': Missing organization", 9200,
        ),
        (
            answer(200, errors(9999, "odd")), SlurmRefused, "account 'a': odd", 9999,
        ),
        (
            answer(500, errors(2, "no", added_accounts=" No parent\n account 'x' on 'y'\n")),
            SlurmRefused, "account 'a': No parent account 'x' on 'y'", 2,
        ),
        (answer(500, {"errors": []}), SlurmRefused, "account 'a': HTTP 500", None),
        (answer(422, {}), SlurmRefused, "account 'a': HTTP 422", None),
        (
            Answer(401, "text/plain", b"Authentication failure"), NotAuthenticated,
            "account 'a': slurmrestd refused the token", None,
        ),
        (
            HTML, SlurmRefused,
            "account 'a': HTTP 200 without JSON, but text/html: "
            "'<html><body>It works!</body></html>'",
            None,
        ),
        (
            Answer(500, "", b"\x1b[31mboom"), SlurmRefused,
            "account 'a': HTTP 500 without JSON, but no type: '\\x1b[31mboom'", None,
        ),
        (
            Answer(200, JSON, b'["a", "list"]'), SlurmRefused,
            "account 'a': HTTP 200 without JSON, but application/json: '[\"a\", \"list\"]'", None,
        ),
        (
            Answer(200, JSON, b""), SlurmRefused,
            "account 'a': HTTP 200 without JSON, but application/json: ''", None,
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("does_write", [True, False], ids=["write", "read"])
def test_bad_answers(
    given_: Answer,
    error: type[SlurmctlError],
    message: str,
    number: int | None,
    does_write: bool,
) -> None:
    with pytest.raises(SlurmctlError) as refused:
        payload(given_, "account 'a'", writes=does_write)
    # What cannot be read, but is no refusal, does not say that a write was not done.
    lost = does_write and "without JSON" in message and given_.status == 200
    assert type(refused.value) is (Unanswered if lost else error)
    assert refused.value.message == message
    assert refused.value.slurm_errno == number
    assert refused.value.http_status == given_.status


GATEWAYS = {
    (429, True): (Unreachable, True, False),
    (429, False): (Unreachable, True, False),
    (502, True): (Unanswered, False, True),
    (503, False): (Unreachable, True, True),
    (504, True): (Unanswered, False, True),
    (307, True): (SlurmRefused, False, True),
}
"""HTTP status, and whether it is a write -> the error, whether it is retryable, and may be done."""


@pytest.mark.parametrize(("given_", "wanted"), GATEWAYS.items())
def test_what_servers_between_say(
    given_: tuple[int, bool], wanted: tuple[type[SlurmctlError], bool, bool]
) -> None:
    status, writes = given_
    with pytest.raises(SlurmctlError) as refused:
        payload(Answer(status, "text/html", b"<html>"), "account 'a'", writes=writes)
    error = refused.value
    assert (type(error), error.retryable, error.sent) == wanted
    assert getattr(error, "late", False) is (status == 504)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_json_has_no_such_numbers(word: str) -> None:
    with pytest.raises(SlurmRefused, match="without JSON"):
        payload(Answer(200, JSON, f'{{"accounts": [{word}]}}'.encode()), "account 'a'")


WARNED = {"warnings": [{"description": "Expected shares_raw to be a number", "source": "x"}]}


def test_a_warning_on_a_write_is_an_error() -> None:
    with pytest.raises(SlurmRefused) as refused:
        payload(answer(200, WARNED), "account 'a'", writes=True)
    assert refused.value.message == (
        "account 'a': slurmrestd ignored a part of the request: Expected shares_raw to be a number"
    )
    assert refused.value.http_status == 200


def test_a_warning_on_a_read_is_harmless() -> None:
    assert payload(answer(200, WARNED), "GET /x") == WARNED


def test_an_empty_304_is_good_for_both() -> None:
    nothing = Answer(304, "", b"")
    assert payload(nothing, "account 'a'", writes=True) == {}
    assert payload(nothing, "GET /x") == {}


@pytest.mark.parametrize(
    "document",
    [
        {"errors": [], "warnings": [], "accounts": []},
        {"errors": None, "warnings": None},
        {"errors": [{"error_number": 0, "error": "", "description": ""}]},
        {"warnings": [{"description": "slurmdb_accounts_get() found nothing"}]},
    ],
    ids=["empty lists", "nulls", "an error that is none", "found nothing"],
)
@pytest.mark.parametrize("does_write", [True, False], ids=["write", "read"])
def test_good_answers(document: Json, does_write: bool) -> None:
    assert payload(answer(200, document), "account 'a'", writes=does_write) == document


@pytest.mark.parametrize(
    ("given_", "refused"),
    [
        (Answer(401, "text/plain", b"Authentication failure"), True),
        (answer(511, errors(1007)), True),
        (answer(502, errors(7000)), True),
        (answer(500, errors(1007)), True),
        (answer(500, errors(2002)), False),
        (answer(200, {}), False),
        (Answer(502, "text/html", b"<html>"), False),
        (Answer(304, "", b""), False),
    ],
)
def test_where_a_stale_token_may_be_the_cause(given_: Answer, refused: bool) -> None:
    assert is_refused_token(given_) is refused


@pytest.mark.parametrize(
    ("given_", "unserved"),
    [
        (Answer(404, "text/plain", b"Unable find requested URL"), True),
        (Answer(404, "text/plain; charset=utf-8", b""), True),
        (Answer(404, JSON, b"{}"), False),
        (Answer(404, "text/html", b"<html>"), False),
        (Answer(400, "text/plain", b"bad"), False),
        (Answer(200, "text/plain", b""), False),
    ],
)
def test_what_says_that_a_version_is_not_served(given_: Answer, unserved: bool) -> None:
    assert is_unserved(given_) is unserved


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "warnings", "error_number", "description", "error", "meta"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@given(
    status=st.sampled_from([200, 304, 400, 401, 404, 500, 502, 511]),
    body=st.binary(max_size=20) | documents.map(lambda document: json.dumps(document).encode()),
    does_write=st.booleans(),
)
def test_any_answer_is_a_document_or_an_error_of_ours(
    status: int, body: bytes, does_write: bool
) -> None:
    given_ = Answer(status, JSON, body)
    is_refused_token(given_)
    try:
        document = payload(given_, "account 'a'", writes=does_write)
    except SlurmctlError:
        return
    assert isinstance(document, dict)
    assert status < 400
