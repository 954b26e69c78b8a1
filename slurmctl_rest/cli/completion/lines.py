"""Between the shells and the completer: words of a line, and lines that the scripts read. Pure.

The scripts read a candidate a line, `text<TAB>help`; bash `text` alone, with its space. The line
`:files<TAB>front` asks for files instead.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from slurmctl_rest.cli.completion.candidates import Candidate, Completion

HARMLESS = frozenset(string.ascii_letters + string.digits + "._-/:@=+,%")
"""What a shell takes as it is, anywhere in a word. A candidate with anything else is not offered:
names come from a server, and profiles from a file."""

OPEN = ("=", ",")
"""Ends of words after which no space is wanted."""

FILES_FOLLOW = ":files"


class Line(NamedTuple):
    """A line of bash up to the cursor.

    words       in front, without quotes
    incomplete  the last word, without quotes
    kept        how much of it bash keeps: COMP_WORDBREAKS end a word for it, like = and :
    quoted      the last word stands in quotes that are open
    """

    words: Sequence[str]
    incomplete: str
    kept: int
    quoted: bool


def parse_line(text: str, breaks: str) -> Line:
    """Split the line as bash does, without expanding anything."""
    words: list[str] = []
    word, kept, quote = "", 0, ""
    began = False
    characters = iter(text)
    for character in characters:
        if quote:
            if character == quote:
                quote = ""
            # In single quotes a backslash is itself.
            elif character == "\\" and quote == '"':
                word += next(characters, "")
            else:
                word += character
        elif character.isspace():
            if began:
                words.append(word)
            word, kept, began = "", 0, False
            continue
        elif character in "'\"":
            quote, kept = character, len(word)
        elif character == "\\":
            word += next(characters, "")
        else:
            word += character
            kept = len(word) if character in breaks else kept
        began = True
    return Line(words, word, kept, bool(quote))


def unquoted(text: str) -> str:
    """Return one word as typed, without its quotes."""
    return parse_line(text, "").incomplete


def for_bash(answer: Completion, line: Line) -> Iterator[str]:
    """Yield the texts that bash appends to the kept part of the word; a space ends a whole word."""
    if answer.files is not None:
        yield FILES_FOLLOW
        return
    typed = line.incomplete[line.kept :]
    texts = [one.text[line.kept :] for one in _harmless(answer)]
    if len({text[: len(typed)] for text in texts}) > 1:
        # bash puts in what all have in common: in different cases that is less than was typed.
        texts = [typed + text[len(typed) :] for text in texts]
    for text in texts:
        yield text if line.quoted or text.endswith(OPEN) else f"{text} "


def with_help(answer: Completion) -> Iterator[str]:
    """Yield candidates with their help, for zsh and fish."""
    if answer.files is not None:
        yield f"{FILES_FOLLOW}\t{answer.files}"
        return
    for one in _harmless(answer):
        help_ = "".join(c for c in one.help if c.isprintable())
        yield f"{one.text}\t{help_}" if help_ else one.text


def _harmless(answer: Completion) -> list[Candidate]:
    return [one for one in dict.fromkeys(answer.candidates) if HARMLESS.issuperset(one.text)]
