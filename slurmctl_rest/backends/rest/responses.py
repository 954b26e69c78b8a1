"""Answers of slurmrestd, judged purely: a payload, or one of our errors.

RULES is the judgement: the first rule that a response fits says what it is. slurmrestd answers 200
to writes that it ignored, and servers between answer for it, so a write never passes on its status
alone: only a whole document of slurmrestd's, without errors and warnings, is good.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slurmctl_rest.backends.rest.body import ParsedBody, Response, parse_around_list, parse_body
from slurmctl_rest.errors import (
    DISCARDED,
    LIST_BEFORE_REPEATING,
    NotAuthenticated,
    SlurmctlError,
    SlurmRefused,
    Unanswered,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.reasons import LEVEL_NEEDED, of_number, slurm_refused
from slurmctl_rest.model.rights import CANCELLING
from slurmctl_rest.model.text import bytes_to_text, printable

HTTP_NOTHING_DONE = 304
"""The empty answer to a write that changed nothing; the read-back tells why."""


def is_refused_token(response: Response) -> bool:
    """Tell whether a stale token may be the cause: 401, 511 with 1007, or 502 with 7000.

    slurmrestd does not verify a token, it passes it on: an expired one looks like a dead slurmdbd.
    """
    # Headers that are missing or malformed. Where the token is refused, see the numbers below.
    if response.status == 401:
        return True
    # Good answers may be large, and are decoded once.
    numbers = (
        {e.get("error_number") for e in _errors(parse_body(response))}
        if response.status >= 400
        else ()
    )
    # 1007 from slurmctld (HTTP 511). 7000 from slurmdbd (502), which a dead database has as well.
    return bool({1007, 7000}.intersection(numbers))


def is_unserved(response: Response) -> bool:
    """Tell whether this is slurmrestd's text for a URL that it does not know."""
    return response.status == 404 and response.media_type.startswith("text/plain")


def is_unread(response: Response) -> bool:
    """Tell whether slurmrestd did not get the head of the request in one piece.

    It takes the bytes of one look at its socket for all of a header, or of the URL. So nothing was
    done, a write neither, and the same may be sent again: 26.05 says 500 and why, 24.11 a bare 400.
    Cut in the name of the token's header, it reads as a refused token, and is not sent again.
    """
    if response.status == 400:
        return not response.body
    return response.status == 500 and bytes_to_text(response.body).strip() in IN_PIECES


IN_PIECES = (
    "Invalid empty HTTP header",
    "Invalid format for URL format",
    "URL string is empty",
)
"""The texts of 26.05, if it was cut in a header's value, in the URL, or at the URL's end."""


def is_slurmrestds(response: Response) -> bool:
    """Tell whether slurmrestd has answered, good or bad: what it knows it answers in JSON."""
    return parse_body(response).document is not None


def payload(response: Response, what: str, *, writes: bool = False, whole: str = "") -> Json:
    """Return the decoded body of an answer that is good; raise what is wrong with it otherwise.

    `what` names the request in messages: "GET /slurmdb/v0.0.43/accounts/". Unanswered where it
    `writes`, and the answer does not tell whether that was done. `whole`: the key of a long list,
    which records.py takes apart: it comes as the bytes that it is, where the body has it.
    """
    exchange = Exchange(
        response,
        what,
        writes,
        parse_around_list(response, whole) if whole else parse_body(response),
    )
    verdict = next(row.verdict for row in RULES if row.fits(exchange))
    if error := verdict(exchange):
        raise error
    return exchange.read.document or {}


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer, with what it answers."""

    response: Response
    what: str
    writes: bool
    read: ParsedBody

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return self.response.status

    @property
    def is_foreign(self) -> bool:
        """Tell whether the body is none of slurmrestd's, or not all of it."""
        return self.read.document is None


SLURMCTLD = " /slurm/"
"""In requests that slurmrestd passes on to slurmctld; the others go to slurmdbd."""

NOT_OURS = "check that `url` of the profile is slurmrestd's own address, with no server in between"


def _lost(exchange: Exchange, problem: str, *, passes: bool = False) -> SlurmctlError:
    """Return the error for an answer that tells nothing. `passes`: asking once more may help."""
    message = f"{exchange.what}: HTTP {exchange.status} {problem}"
    if exchange.writes:
        # A gateway that gave up waiting says nothing of slurmrestd, which may still carry it out.
        late = exchange.status in GAVE_UP
        return Unanswered(message, LIST_BEFORE_REPEATING, late=late, http_status=exchange.status)
    if passes:
        return Unreachable(message, NOT_OURS, retryable=True, http_status=exchange.status)
    return SlurmRefused(message, NOT_OURS, http_status=exchange.status)


def _nothing_done(exchange: Exchange) -> SlurmctlError | None:
    return None if exchange.writes else _lost(exchange, "is not an answer to a read")


def _redirected(exchange: Exchange) -> SlurmctlError:
    to = printable(exchange.response.location.partition("?")[0]) or "nowhere"
    return _lost(exchange, f"redirects to '{to}', which is not followed")


def _refused_token(exchange: Exchange) -> SlurmctlError:
    return NotAuthenticated(
        f"{exchange.what}: slurmrestd refused the token",
        "check username and token_file (or token_env) of the profile",
        http_status=exchange.status,
    )


def _unserved(exchange: Exchange) -> SlurmctlError:
    return Unsupported(
        f"{exchange.what}: slurmrestd does not know this URL",
        "set api_version to one that it serves, or 'auto'",
        http_status=exchange.status,
    )


def _bad_url(exchange: Exchange) -> SlurmctlError:
    return SlurmRefused(
        f"{exchange.what}: HTTP 400: {_first_bytes(exchange)}", http_status=exchange.status
    )


def _unread(exchange: Exchange) -> SlurmctlError:
    words = f": {_first_bytes(exchange)}" if exchange.response.body else ""
    return Unreachable(
        f"{exchange.what}: HTTP {exchange.status}: slurmrestd could not read the request{words}",
        "it arrived in pieces, and nothing was done: repeat it",
        retryable=True,
        sent=False,
        http_status=exchange.status,
    )


def _foreign(exchange: Exchange) -> SlurmctlError:
    type_ = exchange.response.media_type and printable(exchange.response.media_type)
    problem = f"{exchange.read.fault}, but {type_ or 'no type'}: {_first_bytes(exchange)}"
    return _lost(exchange, problem, passes=exchange.read.cut or exchange.status in GATEWAY)


def _first_bytes(exchange: Exchange) -> str:
    return f"'{printable(bytes_to_text(exchange.response.body[:80]).strip())}'"


def _slurm_errors(exchange: Exchange) -> SlurmctlError:
    error = _errors(exchange.read)[0]
    number = error.get("error_number") or None
    # accounts_association/ and users_association/ put the human sentence elsewhere.
    text = _text_of(exchange.read.document or {})
    text = text or _words_of(error)
    reason = of_number(number or 0, slurmctld=SLURMCTLD in exchange.what)
    return slurm_refused(
        exchange.what, reason, text, http_status=exchange.status, slurm_errno=number or 0
    )


def _words_of(error: Mapping[str, Json]) -> str:
    """Return what slurmrestd says: the text of the number, and a description that says more.

    Of a refusal the description is often but a function of slurmrestd's: on 24.11 with a pointer.
    """
    what = str(error.get("error") or "")
    more = POINTER.sub("", str(error.get("description") or ""))
    if not what or what in NO_REASON:
        return more or what or NO_WORDS
    return what if not more or more == what or OF_C.fullmatch(more) else f"{what}: {more}"


POINTER = re.compile(r"\(0x[0-9a-fA-F]+\)")
OF_C = re.compile(r"slurm\w*(?:\(\))? failed")
NO_REASON = ("Unspecified error", "Unknown error")
"""Texts of numbers that say nothing."""


def _ignored(exchange: Exchange) -> SlurmctlError:
    return SlurmRefused(
        f"{exchange.what}: slurmrestd ignored a part of the request: "
        f"{printable(_warnings(exchange.read)[0], 300)}",
        "list the object to see its state; do not assume that any of it was done",
        http_status=exchange.status,
    )


def _unknown_parameter(exchange: Exchange) -> SlurmctlError:
    return Unsupported(
        f"{exchange.what}: slurmrestd does not know a part of the request: "
        f"{printable(_unknown(exchange.read)[0], 300)}",
        f"{DISCARDED}; this program may not know this Slurm release",
        http_status=exchange.status,
    )


def _bad_status(exchange: Exchange) -> SlurmctlError:
    return SlurmRefused(f"{exchange.what}: HTTP {exchange.status}", http_status=exchange.status)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: which responses fit it, and their error; None is good."""

    name: str
    fits: Callable[[Exchange], object]
    verdict: Callable[[Exchange], SlurmctlError | None]


GATEWAY = (408, 429, 502, 503, 504)
"""Said by a server between, where slurmrestd itself does not answer (its own 502 is JSON)."""

GAVE_UP = (408, 504)
"""Those of them that waited in vain."""

RULES = (
    Rule(
        "nothing done",
        lambda s: s.status == HTTP_NOTHING_DONE and not s.response.body,
        _nothing_done,
    ),
    # After 304, which is slurmrestd's answer to a write that changed nothing.
    Rule("a redirect", lambda s: 300 <= s.status < 400, _redirected),
    Rule("a request that arrived in pieces", lambda s: is_unread(s.response), _unread),
    Rule("a refused token", lambda s: s.status == 401, _refused_token),
    Rule("an unknown URL", lambda s: is_unserved(s.response), _unserved),
    Rule(
        "an invalid URL",
        lambda s: s.status == 400 and s.response.media_type.startswith("text/plain"),
        _bad_url,
    ),
    # Texts and statuses that slurmrestd itself sends without JSON stand above; all else is foreign.
    Rule("not from slurmrestd, or truncated", lambda s: s.is_foreign, _foreign),
    Rule("errors", lambda s: _errors(s.read), _slurm_errors),
    # A value of the wrong type, or an unknown field, is ignored with a 200 and a warning.
    Rule("a write with a warning", lambda s: s.writes and _warnings(s.read), _ignored),
    Rule(
        "a question with an unknown part",
        lambda s: not s.writes and _unknown(s.read),
        _unknown_parameter,
    ),
    Rule("a bad status", lambda s: s.status >= 400, _bad_status),
    Rule("a status of no sense", lambda s: s.status != 200, lambda s: _lost(s, "is not expected")),
    Rule("good", lambda _: True, lambda _: None),
)
"""The first that fits counts. Jobs that were not signalled come with a good answer: failed_jobs."""


def failed_jobs(document: Json) -> dict[str, SlurmctlError]:
    """Return the errors of jobs that were not signalled, by number: the status is 200 all the same.

    A job that has ended meanwhile is no error. Unanswered where the answer does not tell.
    """
    failed = {}
    for id_, number, exchange in map(_job_status, _statuses(document)):
        if number not in {0, *ENDED_ERRNOS}:
            failed[id_] = slurm_refused(
                f"job '{id_}'", of_number(number), exchange, slurm_errno=number
            )
            if failed[id_].hint == LEVEL_NEEDED:
                failed[id_].hint = CANCELLING
    return failed


def _statuses(document: Json) -> list[Json]:
    found = document.get("status", [])
    if not isinstance(found, list):
        raise _no_status(found)
    return found


def _job_status(status: Json) -> tuple[str, int, str]:
    """Return the job, the number of its error, and what is said of it."""
    match status:
        case {"step_id": str(id_), "error": {"code": int(number), **words}}:
            return id_, number, str(words.get("string") or words.get("message") or NO_WORDS)
    raise _no_status(status)


NO_WORDS = "no description"


def _no_status(found: Json) -> SlurmctlError:
    shown = printable(json.dumps(found))
    return Unanswered(
        f"slurmrestd does not report the outcome for the jobs: its 'status' is {shown}",
        "check them before you repeat: slurmctl-rest jobs list",
        http_status=200,
    )


BAD_JOB = 2017
"""slurmctld does not know the number of a job."""
ENDED_ERRNOS = (2017, 2021)
"""Numbers of jobs that are gone, or over."""


def _errors(read: ParsedBody) -> list[Mapping[str, Json]]:
    """Return the errors that are errors: older versions put empty ones into the list."""
    exchange = ("error_number", "error", "description")
    errors = read.document["errors"] if read.document else ()
    return [error for error in errors if any(error.get(key) for key in exchange)]


def _warnings(read: ParsedBody) -> list[str]:
    """Return the warnings but those that a condition met nothing."""
    warnings = read.document["warnings"] if read.document else ()
    exchange = [POINTER.sub("", str(warning.get("description"))) for warning in warnings]
    # The pointer of 24.11 is another one in each answer, and
    # a condition that meets nothing is a list without rows.
    return [text for text in exchange if "found nothing" not in text]


def _unknown(read: ParsedBody) -> list[str]:
    """Return the warnings of parameters that slurmrestd does not know: it answers without them."""
    return [text for text in _warnings(read) if text.startswith(IGNORING)]


IGNORING = "Ignoring unknown field"


def echoed(response: Response) -> frozenset[str]:
    """Return the parameters of a query that the answer complains of, but for unknown ones."""
    document = parse_body(response).document or {}
    exchange = [*document.get("errors", ()), *document.get("warnings", ())]
    known = [one for one in exchange if not str(one.get("description")).startswith(IGNORING)]
    return frozenset(str(one.get("source")).removeprefix("#/").rstrip("/") for one in known)


def _text_of(document: Mapping[str, Json]) -> str:
    for key in ("added_accounts", "added_users"):
        text = document.get(key)
        if isinstance(text, str) and text.strip():
            return re.sub(r"\s+", " ", text).strip()
    return ""
