"""docs/troubleshooting.md quotes messages that the program really has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from .pages import PAGES, ROOT

QUOTED = re.findall(r"^\| `(.+?)` \| ", PAGES["docs/troubleshooting.md"], re.MULTILINE)
LEAST = 0.45
"""How much of a message is the program's own text, beside the names in it."""


def texts() -> Iterator[list[str]]:
    """Yield each text of the program, in the pieces between its values."""
    for file in sorted((ROOT / "slurmctl_rest").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield [node.value]
            elif isinstance(node, ast.JoinedStr):
                pieces = [""]
                for part in node.values:
                    if isinstance(part, ast.Constant):
                        pieces[-1] += str(part.value)
                    else:
                        pieces.append("")
                yield pieces


@cache
def patterns() -> list[tuple[int, re.Pattern[str]]]:
    """Return each message that the program may print: its length, and its pattern."""
    every = {tuple(pieces) for pieces in texts()}
    return [
        (sum(map(len, pieces)), re.compile(".+?".join(map(re.escape, pieces)))) for pieces in every
    ]


def is_printed(message: str) -> bool:
    least = LEAST * len(message)
    return any(length >= least and pattern.fullmatch(message) for length, pattern in patterns())


@pytest.mark.parametrize("message", QUOTED)
def test_the_program_has_a_message_that_is_quoted(message: str) -> None:
    assert is_printed(message)


def test_the_page_quotes_messages_and_a_wrong_one_is_noticed() -> None:
    assert len(QUOTED) > 20
    assert not is_printed("account 'phys' is not there on cluster 'alps'")
