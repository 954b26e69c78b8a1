"""What a command of the voice `sacctmgr` answers: text on both streams, and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OK, FAILED = 0, 1
"""sacctmgr has no other exit codes."""


@dataclass(frozen=True, slots=True)
class Reply:
    """All that is printed, byte for byte, and the exit code."""

    stdout: str = ""
    stderr: str = ""
    code: int = OK


class Refused(Exception):
    """What ends a command: its reply says why, in sacctmgr's words."""

    def __init__(self, stderr: str = "", stdout: str = "", code: int = FAILED) -> None:
        """The texts are printed as they are: whole lines."""
        super().__init__(stderr or stdout)
        self.reply = Reply(stdout, stderr, code)


def lines(*texts: str) -> str:
    """Return the texts as lines."""
    return "".join(f"{text}\n" for text in texts)


def bullet_list(title: str, items: Sequence[str]) -> str:
    """Return a title and its items, each a line, indented as in all of sacctmgr's blocks."""
    return lines(f" {title}", *(f"  {item}" for item in items))
