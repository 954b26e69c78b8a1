"""Read answers of the tapes with one thing changed: an error, or the very same rows."""

from __future__ import annotations

import json
from functools import cache

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.qos import QOS as QOS_TABLE
from slurmctl_rest.model.fields import MUST_BE_THERE, Row
from slurmctl_rest.model.kinds.base import Json
from tests.recorded.tape import Tape, tapes
from tests.support import jwt, rest_profile

from .budget import fuzzed
from .mutations import Path, changed

NOUNS = {
    "accounts": ACCOUNT, "associations": ASSOCIATION, "users": USER, "qos": QOS,
    "clusters": CLUSTERS, "tres": TRES_TYPE, "ping": None,
}  # fmt: skip
TAPES = tapes()


@cache
def answers(number: int) -> dict[str, list[Json]]:
    """Return the answers of lists with records, by the last word of their path; few of each."""
    found: dict[str, list[Json]] = {}
    for one in TAPES[number].exchanges:
        noun = one.path.rstrip("/").rpartition("/")[2]
        if one.method == "GET" and one.status == 200 and (noun in NOUNS or noun == "diag"):
            some = found.setdefault(noun, [])
            if not one.answer.keys() - {"errors", "warnings", "meta"}:
                continue  # it tells that a switch has come twice, and has no list
            if one.answer not in some and len(some) < 6 and len(json.dumps(one.answer)) < 20_000:
                some.append(one.answer)
    return found


def read(tape: Tape, noun: str, document: Json, whole: dict[str, list[Json]]) -> list[Row]:
    """Read it through the backend: whatever else it asks for is answered from the tape."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.path.rstrip("/").rpartition("/")[2]
        if asked == "ping" and asked not in whole:
            return httpx.Response(404, text="not served")
        return httpx.Response(200, json=document if asked == noun else whole[asked][0])

    profile = rest_profile(api_version=tape.api_version, check_queries=False)
    backend = RestBackend(profile, httpx.MockTransport(answer))
    entity = NOUNS[noun]
    return backend.ping() if entity is None else backend.read(Query(entity, tape.suite))


def is_of_the_emulator(path: Path, noun: str) -> bool:
    """Tell whether it is about a field that QOS of the emulator have not (see entities/qos.py)."""
    dotted = ".".join(str(step) for step in path[2:])
    return noun == "qos" and any(
        f.absent is not MUST_BE_THERE and f"{f.path}.".startswith(f"{dotted}.")
        for f in QOS_TABLE.fields
    )


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JWT", jwt(None))


@pytest.mark.parametrize("number", range(len(TAPES)), ids=lambda number: str(TAPES[number]))
@pytest.mark.parametrize("noun", NOUNS)
@fuzzed
@given(data=st.data())
def test_one_change_is_an_error_or_makes_no_difference(
    number: int, noun: str, data: st.DataObject
) -> None:
    tape = TAPES[number]  # its own text would be megabytes
    whole = answers(number)
    if noun not in whole:
        return
    document = whole[noun][data.draw(st.integers(0, len(whole[noun]) - 1))]
    other, path, new = changed(data, document)
    if new in (..., None) and is_of_the_emulator(path, noun):
        return
    rows = read(tape, noun, document, whole)
    try:
        found = read(tape, noun, other, whole)
    except SlurmctlError:
        return
    if noun == "ping":
        found = [{**row, "Latency": 0} for row in found]
        rows = [{**row, "Latency": 0} for row in rows]
        if any(row["Status"] == "down" for row in found):
            return  # ping shows errors in its rows
    assert found == rows, (path, new)
