"""Text in cells of a terminal: how wide it is, and how it is broken into lines."""

from __future__ import annotations

import re
from itertools import chain

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def width_of(text: str) -> int:
    """Return the columns that the text takes: of Chinese two a character, of an accent none."""
    # Nearly always, and rich is loaded for the rest alone.
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  (only where it is needed)

    return cell_len(text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return the text with blanks up to a width; `right`: they stand before it."""
    blanks = " " * (width - width_of(text))
    return blanks + text if right else text + blanks


def rows_of(line: str, width: int) -> int:
    """Return the rows of the screen that a line takes; colours take no room."""
    plain = _ESCAPES.sub("", line)
    return max(1, -(-width_of(plain) // width))


def pieces(text: str) -> list[str]:
    """Return the text in pieces that a line may end after: blanks, commas."""
    return re.findall(r"[^ ,]*[ ,]+|[^ ,]+", text)


def wrapped(text: str, width: int, first: int = 0) -> list[str]:
    """Return the text as lines of at most this width, the `first` of another one.

    They end at blanks; in a word that is wider at commas, and in a piece that is wider anywhere.
    """
    lines, room = [""], first or width
    words = re.findall(r"[^ ]+ *|^ +", text)
    fitting = ([word] if width_of(word.rstrip()) <= width else pieces(word) for word in words)
    for piece in chain.from_iterable(fitting):
        if lines[-1] and width_of(lines[-1] + piece.rstrip()) > room:
            lines.append("")
            room = width
        if width_of(piece.rstrip()) <= room:
            lines[-1] += piece
            continue
        for character in piece:
            if width_of(lines[-1] + character) > room:
                lines.append("")
                room = width
            lines[-1] += character
    return [line.rstrip() for line in lines]


def hanging_lines(text: str, width: int, indent: str) -> list[str]:
    """Return the text as lines of at most this width; those after the first are indented."""
    room = width - width_of(indent)
    if room < MIN_WRAP_COLUMNS:
        return [text]
    first, *rest = wrapped(text, room, width)
    return [first, *(indent + line for line in rest)]


MIN_WRAP_COLUMNS = 12
"""Columns below which nothing is broken into lines any more: the terminal does it."""
