"""Answers of slurmrestd, judged purely: a payload, or one of our errors.

The order of judgement: what the body says by number, what it says in warnings about a field that
we wrote, then the HTTP status. slurmrestd answers 200 to writes that it ignored, so a write never
passes on its status alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from slurmctl_rest.errors import (
    NotAuthenticated,
    SlurmctlError,
    SlurmRefused,
    Unanswered,
    Unreachable,
)
from slurmctl_rest.model.kinds import Json, printable
from slurmctl_rest.model.reasons import of_number, refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status, media type, and the body as it is."""

    status: int
    media_type: str
    body: bytes


NOTHING_DONE = 304
"""The empty answer to a write that changed nothing; the read-back tells why."""


def is_refused_token(answer: Answer) -> bool:
    """Tell whether a stale token may be the cause: 401, 511 with 1007, or 502 with 7000.

    slurmrestd does not verify a token, it passes it on: an expired one looks like a dead slurmdbd.
    """
    if answer.status == 401:
        return True
    numbers = {error.get("error_number") for error in _errors(_try_decode(answer))}
    return bool({1007, 7000} & numbers)


def is_unserved(answer: Answer) -> bool:
    """Tell whether this is slurmrestd's text for a URL that it does not know."""
    return answer.status == 404 and answer.media_type.startswith("text/plain")


def is_slurmrestds(answer: Answer) -> bool:
    """Tell whether slurmrestd may have answered, good or bad: what it knows it answers in JSON."""
    return _try_decode(answer) is not None


def payload(answer: Answer, what: str, *, writes: bool = False) -> Json:
    """Return the decoded body of an answer that is good; raise what is wrong with it otherwise.

    `what` names the request in messages: "GET /slurmdb/v0.0.43/accounts/".
    """
    if answer.status == NOTHING_DONE:
        return {}
    if answer.status == 401:
        raise NotAuthenticated(
            f"{what}: slurmrestd refused the token",
            "check username and token_file (or token_env) of the profile",
            http_status=401,
        )
    document = _decode(answer, what, writes=writes)
    for error in _errors(document):
        raise _error(error, answer.status, what, _text_of(document))
    if writes:
        _refuse_ignored(document, what)
    if answer.status >= 400:
        raise SlurmRefused(f"{what}: HTTP {answer.status}", http_status=answer.status)
    return document


def failed_jobs(document: Json) -> dict[str, SlurmctlError]:
    """Return the errors of jobs that were not signalled, by number: the status is 200 all the same.

    A job that has ended meanwhile is none.
    """
    failed = {}
    for status in document.get("status") or []:
        error = (status.get("error") if isinstance(status, Mapping) else None) or {}
        number = error.get("code")
        if isinstance(number, int) and number not in {0, *ENDED_ALREADY}:
            said = str(error.get("string") or error.get("message") or "no description")
            id_ = str(status.get("step_id") or "")
            reason = of_number(number)
            failed[id_] = refusal(f"job '{id_}'", reason, said, slurm_errno=number)
    return failed


ENDED_ALREADY = (2017, 2021)
"""Numbers of jobs that are gone, or over."""


def _decode(answer: Answer, what: str, *, writes: bool) -> dict[str, Json]:
    document = _try_decode(answer)
    if document is None:
        raise _unreadable(answer, what, writes=writes)
    return document


def _unreadable(answer: Answer, what: str, *, writes: bool) -> SlurmctlError:
    """Return the error of an answer that is not slurmrestd's, or that was spoilt on its way."""
    start = printable(answer.body[:80].decode("utf-8", "replace").strip())
    kind = answer.media_type or "no type"
    said = f"{what}: HTTP {answer.status} without JSON, but {kind}: '{start}'"
    remedy = "is `url` of the profile slurmrestd's own address, with no other server between?"
    status = answer.status
    if status == BUSY:
        return Unreachable(said, remedy, retryable=True, sent=False, http_status=status)
    if writes and (status in GATEWAY or status < 300):
        return Unanswered(said, remedy, late=status == GATEWAY_TIMEOUT, http_status=status)
    if status in GATEWAY:
        return Unreachable(said, remedy, retryable=True, http_status=status)
    return SlurmRefused(said, remedy, http_status=status)


BUSY = 429
"""Said by a server between that has let nothing through."""

GATEWAY_TIMEOUT = 504

GATEWAY = (502, 503, GATEWAY_TIMEOUT)
"""Said by a server between, where slurmrestd itself does not answer (its own 502 is JSON)."""


def _try_decode(answer: Answer) -> dict[str, Json] | None:
    try:
        document = json.loads(answer.body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and _has_its_shape(document) else None


def _refuse(word: str) -> None:
    """Take no NaN and no Infinity: JSON has none, and we would print them."""
    raise ValueError(word)


SHAPE = {"meta": dict, "errors": list, "warnings": list}
"""What these keys of slurmrestd's documents are, where they are there."""


def _has_its_shape(document: Mapping[str, Json]) -> bool:
    return all(isinstance(document.get(key) or kind(), kind) for key, kind in SHAPE.items())


def _errors(document: Mapping[str, Json] | None) -> list[Mapping[str, Json]]:
    """Return the errors that are errors: older versions put empty ones into the list."""
    errors = (document or {}).get("errors") or []
    return [
        e for e in errors if isinstance(e, Mapping) and (e.get("error_number") or e.get("error"))
    ]


def _error(error: Mapping[str, Json], status: int, what: str, text: str) -> SlurmctlError:
    number = error.get("error_number")
    number = number if isinstance(number, int) else 0
    # accounts_association/ and users_association/ put the human sentence elsewhere.
    said = text or str(error.get("description") or error.get("error") or "no description")
    return refusal(what, of_number(number), said, http_status=status, slurm_errno=number)


def _text_of(document: Mapping[str, Json]) -> str:
    for key in ("added_accounts", "added_users"):
        text = document.get(key)
        if isinstance(text, str) and text.strip():
            return re.sub(r"\s+", " ", text).strip()
    return ""


def _refuse_ignored(document: Mapping[str, Json], what: str) -> None:
    """Raise for a warning on a write: a field that slurmrestd could not use, it left out."""
    for warning in document.get("warnings") or []:
        said = str(warning.get("description") if isinstance(warning, Mapping) else warning)
        if "found nothing" in said:
            continue
        raise SlurmRefused(
            f"{what}: slurmrestd ignored a part of the request: {printable(said, 300)}",
            "nothing of this request may be taken for done; list the object to see its state",
            http_status=200,
        )
