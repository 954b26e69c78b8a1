"""Lines of stdin, as sacctmgr reads them; tests/lab/test_parity_session.py asks sacctmgr itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.drop_in.session import echo, session, split_line
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import Reply


@contextmanager
def typed(text: bytes) -> Iterator[None]:
    """Have a pipe for stdin, which ends after a text."""
    before = os.dup(0)
    reader, writer = os.pipe()
    os.write(writer, text)
    os.close(writer)
    os.dup2(reader, 0)
    os.close(reader)
    try:
        yield
    finally:
        os.dup2(before, 0)
        os.close(before)


def answered(text: bytes) -> tuple[list[str], int]:
    """Return the commands that are run, with the answers to the questions of `add`; and the code.

    The word `fail` fails.
    """
    said: list[str] = []

    def answer(options: LineOptions, words: Sequence[str]) -> Reply:
        marks = "v" * options.verbose + "r" * options.readonly + "s" * options.associations
        answers = [str(question.answered_yes()) for word in words if word == "ask"]
        said.append(" ".join([marks, *words, *answers]).strip())
        return Reply(code=int("fail" in words))

    with typed(text):
        code = session(LineOptions(), answer, lambda reply: said.append(reply.stderr or "-")).code
    return [one for one in said if one != "-"], code


@pytest.mark.parametrize(
    ("text", "commands", "code"),
    [
        (b"list tres\n", ["list tres"], 0),
        (b"list tres", ["list tres"], 0),
        (b"add ask\ny\nlist tres\n", ["add ask True", "list tres"], 0),
        (b"add ask\nyes\nlist tres\n", ["add ask True", "list tres"], 0),
        (b"add ask\nn\nlist tres\n", ["add ask False", "list tres"], 0),
        (b"add ask\n\nlist tres\n", ["add ask False", "list tres"], 0),
        (b"add ask ask\nyy\nlist tres\n", ["add ask ask True True", "list tres"], 0),
        # The end of the line is the answer to the second question.
        (b"add ask ask\ny\ny\n", ["add ask ask True False", "y"], 0),
        (b"add ask", ["add ask False"], 0),
        (b"fail\nlist tres\n", ["fail", "list tres"], 1),
        (b"\nlist tres\n", ["list tres"], 1),
        (b"list qos\r\nlist tres\r\n", ["list qos", "list tres"], 1),
        (b"list qos\n!!\n", ["list qos", "list qos"], 0),
        (b"list qos\nexit\nlist tres\n", ["list qos", "exit"], 0),
        (
            b"verbose\n\nquiet\n\nlist tres\n",
            ["v verbose", "no input", "quiet", "list tres"],
            1,
        ),
        (b"readonly\nassociations\n", ["r readonly", "rs associations"], 0),
    ],
    ids=repr,
)
def test_lines_are_run(text: bytes, commands: list[str], code: int) -> None:
    assert answered(text) == (commands, code)


def test_a_line_of_too_many_words_ends_it() -> None:
    most, more = b"list " * 128, b"list " * 129
    commands, code = answered(most + b"\n" + more + b"\nlist tres\n")
    assert (commands, code) == ([" ".join(["list"] * 128)], 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("list qos\tx\vy\fz", ["list", "qos", "x", "y", "z"]),
        ("list\xa0qos", ["list\xa0qos"]),
        ("""zz=a"b'c d" x=1""", ["""zz=a"b'c d" x=1"""]),
        ("'zz=a b' y=1 f='2 3' g=4", ["'zz=a", "b' y=1 f='2", "3' g=4"]),
        ("""a="b c" d='e f' g""", ['a="b c"', "d='e f'", "g"]),
        ("# a comment", []),
        (" # none", ["#", "none"]),
    ],
)
def test_words_of_a_line(line: str, words: list[str]) -> None:
    assert split_line(line) == words


@pytest.mark.parametrize(
    ("columns", "length", "shown"),
    [("", 68, 68), ("", 69, 51), ("", 5000, 51), ("40", 28, 28), ("40", 29, 25), ("x", 69, 51)],
)
def test_the_end_of_a_long_line_is_shown(
    monkeypatch: pytest.MonkeyPatch, columns: str, length: int, shown: int
) -> None:
    line = "".join(str(place % 10) for place in range(length))
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    assert echo(line) == line
    for terminal in ("dumb", ""):
        monkeypatch.setenv("TERM", terminal)
        assert echo(line) == (line if shown == length else f"\r<{line[-shown:]}")
