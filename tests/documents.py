"""Every JSON that the program prints in a test is held against its schema, as it is shipped."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

import slurmctl_rest
from tests.secrets import told

FOLDER = Path(slurmctl_rest.__file__).parent / "schemas"
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(text: object) -> bool:
    """RFC 3339: with an offset."""
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@cache
def schema(kind: str) -> Mapping[str, Any]:
    """Return the schema of a kind."""
    found: Mapping[str, Any] = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    return found


@cache
def _validator(kind: str, line: str) -> Draft202012Validator:
    whole = schema(kind)
    wanted = {"$ref": f"#/$defs/{line}", "$defs": whole["$defs"]} if line else whole
    return Draft202012Validator(wanted, format_checker=FORMATS)


def complaints(
    document: Mapping[str, Any], kind: str = "", *, line: bool = False, named: bool = False
) -> list[str]:
    """Return what is wrong with a document, or with a line of ndjson of a kind.

    `named`: the command had format=, so that items have the named keys alone.
    """
    kind = kind or ("error" if set(document) == {"error"} else str(document.get("kind")))
    kind = f"{kind}-schema" if kind in {"commands", "manifest"} else kind
    item = "named" if named and "named" in _defs(kind) else "item"
    errors = [*_validator(kind, item if line else "").iter_errors(document)]
    if kind in LISTED and not line and isinstance(document.get("items"), list):
        errors += [e for one in document["items"] for e in _validator(kind, item).iter_errors(one)]
    return [f"{kind}: {error.json_path}: {error.message[:300]}" for error in errors]


def judge(words: Sequence[str], out: str, err: str) -> None:
    """Fail where what a run of the program printed as JSON is not what its schema says.

    So it does where any of it is a token.
    Of ndjson each line is an item, but for errors and for what a write says. Help is text.
    """
    told(" ".join(words[:3]), out, err)
    wrong: list[str] = []
    if "--query" in words:  # prints what the expression makes of the items
        return
    named = any(NAMED.match(word) for word in words)
    if {"--json", "--output=json"} & set(words) or _follows(words, "--output", "json"):
        wrong += complaints_of_text(out, named=named) if out.startswith("{") else []
    elif "--output=ndjson" in words or _follows(words, "--output", "ndjson"):
        wrong += [
            text
            for row in out.splitlines()
            if row[:1] == "{"
            for text in complaints_of_line(row, named=named)
        ]
    for said in err.splitlines():
        if said.startswith('{"error": '):
            wrong += complaints_of_text(said, named=False)
    assert not wrong, "\n".join([" ".join(words), *wrong])


@lru_cache(maxsize=1_000)  # many cells and tests print the same
def complaints_of_text(text: str, *, named: bool) -> list[str]:
    """Return what is wrong with a document."""
    return complaints(json.loads(text), named=named)


NAMED = re.compile(r"(--)?format\b", re.IGNORECASE)
"""Words that name columns: items have these keys alone."""


@lru_cache(maxsize=10_000)  # many cells and tests print the same
def complaints_of_line(text: str, *, named: bool = False) -> list[str]:
    """Return what is wrong with a line of ndjson: it is an item of some kind, or a change."""
    document = json.loads(text)
    if "kind" in document:
        return complaints(document)
    keys = frozenset(document)
    # Of a list all lines are of one kind: the others need not be tried before it each time.
    for kind in sorted(LISTED, key=lambda one: one != MET.get(keys)):
        if not complaints(document, kind, line=True, named=named):
            MET[keys] = kind
            return []
    return [text]


MET: dict[frozenset[str], str] = {}
"""Keys of an item -> its kind, of those that were met."""


def _defs(kind: str) -> Mapping[str, Any]:
    defs: Mapping[str, Any] = schema(kind).get("$defs", {})
    return defs


LISTED = [path.stem for path in FOLDER.glob("*.json") if "item" in _defs(path.stem)]
"""Kinds with items."""


def _follows(words: Sequence[str], option: str, value: str) -> bool:
    return any(one == option and two == value for one, two in itertools.pairwise(words))
