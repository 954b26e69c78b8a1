"""Any answer: a verdict, or an error of ours; and never good where it is not slurmrestd's."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.rest.body import Response
from slurmctl_rest.backends.rest.responses import (
    failed_jobs,
    is_refused_token,
    is_slurmrestds,
    is_unserved,
    payload,
)
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.kinds.base import Json
from tests.recorded.tape import tapes

from .budget import fuzzed
from .mutations import changed

REAL: list[tuple[int, Json]] = [
    (one.status, one.answer)
    for one in tapes()[0].exchanges
    if isinstance(one.answer, dict) and len(json.dumps(one.answer)) < 10_000
]
STATUSES = st.integers(100, 599) | st.sampled_from([200, 204, 302, 304, 401, 404, 500, 502])
TYPES = st.sampled_from(["", "application/json", "text/html", "text/plain", "x; \x1b[31m"])


def whole(answer: Response) -> bool:
    """Tell whether it is slurmrestd's document without errors and warnings; judged another way."""
    if answer.status == 304:
        return not answer.body
    document = json.loads(answer.body.decode(errors="surrogateescape"))
    empty = {"error_number": 0, "error": "", "description": ""}
    errors = [e for e in document["errors"] if any(e.get(key) for key in empty)]
    warnings = [w for w in document["warnings"] if "found nothing" not in str(w)]
    release = document["meta"]["slurm"]["release"]
    return answer.status == 200 and not errors and not warnings and isinstance(release, str)


def judge(answer: Response) -> None:
    """Hold every function against the answer."""
    is_refused_token(answer)
    is_slurmrestds(answer)
    is_unserved(answer)
    for writes in (True, False):
        try:
            document = payload(answer, "account 'a'", writes=writes)
            assert isinstance(document, dict)
            if writes:
                assert whole(answer)
            failed_jobs(document)
        except SlurmctlError as error:
            said = error.message
        else:
            continue
        assert said.isprintable()
        said.encode()


@fuzzed
@given(status=STATUSES, type_=TYPES, body=st.binary(max_size=60), to=st.text(max_size=20))
def test_any_bytes(status: int, type_: str, body: bytes, to: str) -> None:
    judge(Response(status, type_, body, to))


@fuzzed
@given(data=st.data(), status=STATUSES, type_=TYPES)
def test_real_answers_with_one_thing_changed(data: st.DataObject, status: int, type_: str) -> None:
    own, document = REAL[data.draw(st.integers(0, len(REAL) - 1))]
    other, _, _ = changed(data, document)
    judge(Response(data.draw(st.sampled_from([own, status])), type_, json.dumps(other).encode()))


@fuzzed
@given(data=st.data(), status=STATUSES)
def test_real_answers_cut_and_with_bytes_flipped(data: st.DataObject, status: int) -> None:
    own, document = REAL[data.draw(st.integers(0, len(REAL) - 1))]
    body = bytearray(json.dumps(document).encode())
    at = data.draw(st.integers(0, len(body) - 1))
    if data.draw(st.booleans()):
        del body[at:]
    else:
        body[at] ^= data.draw(st.integers(1, 255))
    answer = Response(data.draw(st.sampled_from([own, status])), "application/json", bytes(body))
    judge(answer)
    if len(body) == at and answer.status != 304:
        assert not is_slurmrestds(answer)
