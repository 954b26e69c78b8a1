"""sacctmgr without a command: lines from stdin, one command each, over REST.

It reads them through readline, at a terminal or not: a carriage return ends a line, too. sacctmgr
loses what has come behind the answer to its question; here that line's end goes with the answer,
and the next line is read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import FAILED, OK, SACCTMGR, Reply, as_lines

PROMPT = "sacctmgr: "
REPEAT_LAST = "!!"
"""The last command once more."""
MOST_WORDS = 128
"""A line of more ends sacctmgr, which speaks of one less."""
ASSUMED_WIDTH = 80
"""How wide readline takes a terminal for that nobody knows."""
NO_TERMINAL = frozenset({"", "dumb"})
QUOTES, BLANKS = frozenset("\"'"), frozenset(" \t\n\v\f\r")

Answer: TypeAlias = Callable[[LineOptions, Sequence[str]], Reply]


def session(options: LineOptions, answer: Answer, put: Callable[[Reply], None]) -> Reply:
    """Answer each line as it comes, until `exit` or the end of the input."""
    code, last = OK, ""
    while True:
        line = _line()
        if line is None:
            return Reply("\n", code=code)
        last = last if line == REPEAT_LAST else line
        words = split_line(last)
        if not words:
            put(Reply(stderr="no input" if options.verbose else ""))
            code = FAILED
            continue
        if len(words) > MOST_WORDS:
            said = as_lines(f"{SACCTMGR}: can not process over {MOST_WORDS - 1} words")
            return Reply(stderr=said, code=FAILED)
        verb = verbs.known_verb(words[0])
        options = replace(options, **SETTING_VERBS.get(verb, {}))
        reply = answer(options, words)
        put(reply)
        question.finish_line()
        code = reply.code or code
        if verb == "exit":
            return Reply(code=code)


SETTING_VERBS: Mapping[str, dict[str, Any]] = {
    "associations": {"associations": True},
    "quiet": {"verbose": 0},
    "readonly": {"readonly": True},
    "verbose": {"verbose": 1},
}
"""What a verb sets for all further lines."""


def split_line(line: str) -> list[str]:
    """Return the words of a line: quotes stay, and keep the blanks within them.

    Each of the two quotes opens or closes on its own, the other one open or not, and neither does
    as the first character of a word.

    >>> split_line(' add qos x description="a b"  ')
    ['add', 'qos', 'x', 'description="a b"']
    >>> split_line("list 'a b' c")
    ['list', "'a", "b' c"]
    """
    words: list[str] = []
    if line.startswith("#"):
        return words
    word, opened = "", frozenset[str]()
    for character in line:
        if character in BLANKS and not opened:
            words += [word] if word else []
            word = ""
            continue
        if word and character in QUOTES:
            opened ^= {character}
        word += character
    return [*words, word] if word else words


def _line() -> str | None:
    """Return the next line, shown behind the prompt; None at the end of the input."""
    if os.isatty(0):
        try:
            return input(PROMPT)
        except EOFError:
            return None
    sys.stdout.write(PROMPT)
    sys.stdout.flush()
    read = bytearray()
    # No more than the line: what follows may answer a question.
    while (byte := os.read(0, 1)) not in {b"\n", b"\r", b""}:
        read += byte
    if not byte and not read:
        return None
    line = read.decode("utf-8", "surrogateescape")
    sys.stdout.write(f"{echo(line)}\n")
    return line


def echo(line: str) -> str:
    """Return a line as readline shows it behind the prompt.

    Without a terminal that it knows it keeps to one line, which it moves to the left: of a long
    line the end is seen, behind a `<`, and the prompt is written over.
    """
    told = os.environ.get("COLUMNS", "")
    width = int(told) if told.isdecimal() and int(told) else ASSUMED_WIDTH
    if os.environ.get("TERM", "") not in NO_TERMINAL or len(PROMPT) + len(line) <= width - 2:
        return line
    return f"\r<{line[1 - 2 * (width // 3) :]}"
