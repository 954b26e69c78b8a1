"""What a command of the voice `sacctmgr` answers: text on both streams, and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

SACCTMGR = "sacctmgr"
"""The name by which the real program is called, and this one in its place."""

OK, FAILED = 0, 1
"""sacctmgr has no other exit codes."""


@dataclass(frozen=True, slots=True)
class Reply:
    """All that is printed, byte for byte, and the exit code."""

    stdout: str = ""
    stderr: str = ""
    code: int = OK


class LineRefused(Exception):
    """What ends a command: its reply says why, in sacctmgr's words."""

    def __init__(self, stderr: str = "", stdout: str = "", code: int = FAILED) -> None:
        """The texts are printed as they are: whole lines."""
        super().__init__(stderr or stdout)
        self.reply = Reply(stdout, stderr, code)


def as_lines(*texts: str) -> str:
    """Return the texts as lines."""
    return "".join(f"{text}\n" for text in texts)


def left_set(text: object, width: int, *, cut: bool = False) -> str:
    """Return a text with blanks up to a width, as C's printf does: it counts bytes.

    `cut`: what has no room is dropped.

    >>> left_set("zoë", 5) + "|"
    'zoë |'
    """
    coded = str(text).encode("utf-8", "surrogateescape")
    if cut:
        coded = coded[:width]
    return coded.ljust(width).decode("utf-8", "surrogateescape")


def bullet_list(title: str, items: Sequence[str]) -> str:
    """Return a title and its items, each a line, indented as in all of sacctmgr's blocks."""
    return as_lines(f" {title}", *(f"  {item}" for item in items))


@dataclass(slots=True)
class Complaints:
    """What sacctmgr says of the words of a line, in their order; it reads all of them first.

    failed  whether they end the command: of some it says something, and goes on
    """

    err: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    failed: bool = False

    def warn(self, *texts: str) -> None:
        """Note what does not end the command."""
        self.err += texts

    def fail(self, *texts: str) -> None:
        """Note what ends the command."""
        self.err += texts
        self.failed = True

    def fail_on_stdout(self, *texts: str) -> None:
        """Note what ends the command, where sacctmgr says it on stdout."""
        self.out += texts
        self.failed = True

    def refused(self, *texts: str) -> LineRefused:
        """Return what ends the command: all of them, and these."""
        return LineRefused(as_lines(*self.err, *texts), as_lines(*self.out))


def unknown_option(text: str) -> list[str]:
    """Return what sacctmgr says to a setting that it does not know, or cannot read."""
    return [f" Unknown option: {text}", " Use keyword 'where' to modify condition"]


def unknown_condition(text: str, hint: str = " Use keyword 'set' to modify value") -> list[str]:
    """Return what sacctmgr says to a condition that it does not know."""
    return [f" Unknown condition: {text}", *([hint] if hint else [])]


def invalid_operator(operator: str, text: str) -> str:
    """Return what sacctmgr says where only `=` is taken; 24.11 takes any."""
    return f" Invalid operator '{operator}' in {text}"


def bad_format(text: str) -> str:
    """Return what sacctmgr says to a bare word where something is to be set."""
    return f" Bad format on {text}: End your option with an '=' sign"


NOTHING_TO_SET = " You didn't give me anything to set"
NO_CONDITIONS = " No conditions given to remove, not executing."
