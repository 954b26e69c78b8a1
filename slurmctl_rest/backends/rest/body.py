"""The JSON of an answer: whole, or with its longest list still as text, or the fault it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import bytes_to_json


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: HTTP status, media type, the body as it is, and where a redirect leads."""

    status: int
    media_type: str
    body: bytes
    location: str = ""


@dataclass(frozen=True, slots=True)
class ParsedBody:
    """The content of a body: slurmrestd's document, or its fault.

    `cut`: it ends too early, so that asking once more may help.
    """

    document: Mapping[str, Json] | None = None
    fault: str = ""
    cut: bool = False


def decode_json(body: bytes) -> Json:
    """Return the document of JSON text; raise ValueError for what is none, or means two things.

    Bytes of strings that are not UTF-8 are escaped (model/text.py).
    """
    return json.loads(
        bytes_to_json(body).decode(),
        # json.loads() keeps the last of two equal keys,
        # and reads NaN, Infinity and 1e999 as numbers.
        object_pairs_hook=_object,
        parse_constant=_no_number,
        parse_float=_number,
    )


def parse_around_list(response: Response, key: str) -> ParsedBody:
    """Read a body but for one list of it, which stays as it is; as usual where that is not sure.

    As usual, too, where it is short: to load msgspec takes longer than to read it.
    """
    if len(response.body) < MIN_BYTES_TO_CUT:
        return parse_body(response)
    import msgspec  # noqa: PLC0415  (only for what is long)

    body = bytes_to_json(response.body)
    try:
        listed = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw])[key])
        begin = body.find(listed[:HEAD_BYTES])
        # The same bytes may begin elsewhere, in a text or in another list.
        if not body.startswith(listed, begin):
            return parse_body(response)
        around = body[:begin] + b"null" + body[begin + len(listed) :]
        document = {**decode_json(around), key: listed}
    except (KeyError, TypeError, ValueError, RecursionError):
        return parse_body(response)
    return parse_body(response) if _fault(document) else ParsedBody(document)


MIN_BYTES_TO_CUT = 2**17
"""Bytes of an answer that is read around its list: some 60 associations."""


HEAD_BYTES = 200
"""Bytes at the head of a list that tell where it begins; where they do not, all is read."""


def parse_body(response: Response) -> ParsedBody:
    """Decode the body, and see whether it is a document of slurmrestd's."""
    try:
        document = decode_json(response.body)
    except (ValueError, RecursionError) as error:
        cut = _is_cut(response.body, error)
        return ParsedBody(fault="with incomplete JSON" if cut else "without JSON", cut=cut)
    if fault := _fault(document):
        return ParsedBody(fault=f"with JSON that is not from slurmrestd ({fault})")
    return ParsedBody(document)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return the object; ValueError if a key has two values: nobody knows which is meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a duplicate key")
    return found


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is not a number")


def _number(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _no_number(text)


def _is_cut(body: bytes, error: Exception) -> bool:
    """Tell whether a body that cannot be read may be the beginning of one that can."""
    found = body.strip()
    if not found.startswith(b"{"):
        return not found
    at_end = isinstance(error, json.JSONDecodeError) and error.pos >= len(error.doc.rstrip())
    return at_end or not found.endswith(b"}")


def _fault(document: Json) -> str:
    """Return what a document of slurmrestd's has and this has not; or nothing."""
    if not isinstance(document, dict):
        return "no object"
    meta = document.get("meta")
    slurm = meta.get("slurm") if isinstance(meta, dict) else None
    # Every JSON answer of slurmrestd has it; a web server's or a gateway's JSON has not.
    if not isinstance(slurm, dict) or not isinstance(slurm.get("release"), str):
        return "no meta.slurm.release"
    for key in ("errors", "warnings"):
        found = document.get(key)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            return f"no list '{key}' of objects"
    if not all(type(e.get("error_number", 0)) is int for e in document["errors"]):
        return "an invalid error_number"
    return ""
