"""What holds for every fault, whatever it is: the report and the state tie together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.model.text import MAX_NAMES_LISTED
from tests.documents import judge as judge_documents

from .table import ANY, BLANK, DONE, FIRST, NOT, SHOWN, Operation, Row
from .world import Ended

UNSURE = ("unanswered", "interrupted", "changed_under_us")
"""Codes of errors after which a change may be done or not: the words say what is known of it."""


def complaints(
    row: Row,
    ended: Ended,
    before: Sequence[str],
    after: Sequence[str],
    *,
    writes: int,
    tokens: Iterable[str],
    names: Mapping[str, str],
) -> list[str]:
    """Return what is wrong with a run; `writes` is how many requests or commands have written."""
    operation = row.operation
    wrong = []
    both = ended.out + ended.err
    judge_documents(["--json"], ended.out, ended.err)
    if "Traceback" in both:
        wrong.append("a traceback")
    if any(token in both for token in tokens):
        wrong.append("a token in the output")
    if ended.code not in list(Exit):
        wrong.append(f"exit {ended.code} is none of ours")
    if ended.code not in row.exits:
        wrong.append(f"exit {ended.code}, not {' or '.join(map(str, row.exits))}")
    if row.says not in said(ended):
        wrong.append(f"it does not say '{row.says}'")
    if ended.code and not ended.error and "No space left" not in row.says:
        wrong.append("no error on stderr")
    if not operation.writes:
        return [*wrong, *_of_a_look(row, ended)]
    done = done_of(operation, before, after, names)
    if done is None:
        return [*wrong, "the state is neither that before nor that after, for any of its objects"]
    return [*wrong, *_of_a_write(row, ended, done, writes, names)]


def _of_a_look(row: Row, ended: Ended) -> list[str]:
    key, shows = row.operation.shows
    right = ended.out != "" and [item[key] for item in ended.document["items"]] == list(shows)
    wrong = []
    if ended.code == 0 and not right:
        wrong.append("exit 0, and what is shown is not what is there")
    if row.state == SHOWN and not right:
        wrong.append("what is there is not shown")
    if row.state == BLANK and ended.code == 0:
        wrong.append("exit 0")
    return wrong


def _of_a_write(row: Row, ended: Ended, done: Sequence[str], writes: int, names: Mapping[str, str]) -> list[str]:
    operation = row.operation
    wrong = []
    objects = [name.format(**names) for name in operation.objects]
    claimed = claims(ended, objects)
    observable = any(lines for pair in operation.objects.values() for lines in pair)
    if observable:
        if ended.code == 0 and len(done) < len(objects):
            wrong.append(f"exit 0, and not done: {sorted(set(objects) - set(done))}")
        for name, claim in claimed.items():
            if claim not in {"unsure", "done" if name in done else "not done"}:
                wrong.append(f"{name} is said to be {claim}, and is not")
        expected = {
            DONE: objects,
            NOT: [],
            FIRST: [name.format(**names) for name in operation.first],
            ANY: list(done),
        }[row.state]
        if sorted(done) != sorted(expected):
            wrong.append(f"done: {sorted(done)}")
    if ended.code and writes and claimed:
        text = ended.out + said(ended)
        lost = [name for name in objects if name.partition(" ")[2] not in text]
        if lost and not (len(objects) > MAX_NAMES_LISTED and re.search(r" and \d+ more", text)):
            wrong.append(f"not a word of {lost}")
    return wrong


def said(ended: Ended) -> str:
    """Return what a person is told: message and hint, or stderr as it is."""
    error = ended.error
    if not error:
        return ended.err
    return f"{error['message']} ({error['hint']})"


def claims(ended: Ended, objects: Sequence[str]) -> dict[str, str]:
    """Return what the report says of each object: done, not done, unsure."""
    code = ended.error.get("code", "")
    if ended.code and (not code or "output cannot be written" in said(ended)):
        return {}  # the report itself could not be written: that is all that is said
    found = {name: _claim(code) if ended.code else "done" for name in objects}
    for change in ended.document.get("changes", []):
        error: Mapping[str, Any] | None = change["error"]
        name = f"{change['entity']} {change['name']}"
        found[name] = "done" if error is None else _claim(error["code"])
    return {name: claim for name, claim in found.items() if name in objects}


def _claim(code: str) -> str:
    return "unsure" if code in UNSURE else "not done"


def done_of(
    operation: Operation, before: Sequence[str], after: Sequence[str], names: Mapping[str, str]
) -> list[str] | None:
    """Return the objects that are as asked; None where anything else has changed."""
    done = []
    left = sorted(before)
    for name, (old, new) in operation.objects.items():
        lost = [line.format(**names) for line in old]
        come = [line.format(**names) for line in new]
        if all(line in after for line in come) and not any(line in after for line in lost):
            done.append(name.format(**names))
            left = sorted([line for line in left if line not in lost] + come)
    return done if left == sorted(after) else None
