"""sacctmgr's question before a write, and the answers that it takes.

It reads one character: y or n, in either case, or the end of a line, which is a no. Others it asks
again. After 30 seconds it is a no. At the end of the input sacctmgr 24.11 asks for ever, and 26.05
ends with an error of the terminal: that is a no here, in the words of 26.05.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from slurmctl_rest.sacctmgr.options import LineOptions

COMMIT = "Would you like to commit changes?"
ALL = "You didn't set any conditions with 'WHERE'.\nAre you sure you want to continue?"
SECONDS = 30
STDIN_FD = 0
"""It is read past Python's buffer: the answer to the next question stays in the pipe."""


def answered_yes(text: str = COMMIT) -> bool:
    """Ask, and tell whether the answer is yes."""
    _say(f"{text} (You have {SECONDS} seconds to decide)\n")
    with _single_keys():
        while True:
            _say("(N/y): ")
            answer = _key()
            if answer is None:
                _say("timeout\n")
                return False
            _say("\n" if answer else "\nerror: Inappropriate ioctl for device\n")
            if answer.lower() in {b"y", b"n", b"\n", b""}:
                return answer.lower() == b"y"
            _say("Y or N please\n")


def agreed_to_all(options: LineOptions) -> bool:
    """Ask whether all are meant where no condition is given, unless -i has said so."""
    return options.immediate or options.dry_run or answered_yes(ALL)


def finish_line() -> None:
    """Read what has come behind an answer on its line, which is part of it where nobody types.

    It does not wait for more: who sends single keys sends no end of a line.
    """
    while _Line.begun and _key(0):
        pass


class _Line:
    """The line of the last answer."""

    begun = False
    """Whether more of it may come. At a terminal an answer is a key, and no line."""


def _key(seconds: float = SECONDS) -> bytes | None:
    """Return the next character, nothing at the end of the input, or None if none came in time."""
    try:
        if not select.select([STDIN_FD], [], [], seconds)[0]:
            return None
        key = os.read(STDIN_FD, 1)
    except (OSError, ValueError):  # stdin is closed
        key = b""
    _Line.begun = key not in {b"\n", b""} and not os.isatty(STDIN_FD)
    return key


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


@contextmanager
def _single_keys() -> Iterator[None]:
    """Let a terminal hand over each key as it is pressed, and show it."""
    if not os.isatty(STDIN_FD):
        yield
        return
    import termios  # noqa: PLC0415  (only at a terminal)

    before = termios.tcgetattr(STDIN_FD)
    now = termios.tcgetattr(STDIN_FD)
    now[3] &= ~termios.ICANON
    termios.tcsetattr(STDIN_FD, termios.TCSANOW, now)
    try:
        yield
    finally:
        termios.tcsetattr(STDIN_FD, termios.TCSANOW, before)
