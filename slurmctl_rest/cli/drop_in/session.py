"""sacctmgr without a command: lines from stdin, one command each, over REST.

sacctmgr loses what follows an answer to its question; here the next line is read.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import FAILED, OK, Reply

PROMPT = "sacctmgr: "
REPEAT_LAST = "!!"
"""The last command once more."""

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
        verb = verbs.known_verb(words[0])
        if verb == "readonly":
            options = replace(options, readonly=True)
        if verb == "associations":
            options = replace(options, associations=True)
        reply = answer(options, words)
        put(reply)
        code = reply.code or code
        if verb == "exit":
            return Reply(code=code)


def split_line(line: str) -> list[str]:
    """Return the words of a line: quotes stay, and keep the blanks within them.

    >>> split_line(' add qos x description="a b"  ')
    ['add', 'qos', 'x', 'description="a b"']
    """
    if line.startswith("#"):
        return []
    return re.findall(r"""(?:"[^"]*"?|'[^']*'?|[^\s"'])+""", line)


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
    while (byte := os.read(0, 1)) not in {b"\n", b""}:
        read += byte
    if not byte and not read:
        return None
    line = read.decode("utf-8", "surrogateescape")
    sys.stdout.write(f"{line}\n")
    return line
