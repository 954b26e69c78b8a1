"""Texts and lists as roff, the language of manual pages.

Text is plain: paragraphs stand apart by an empty line, and words between backticks are bold.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from slurmctl_rest import __version__

PROGRAM = "slurmctl-rest"

ESCAPES = str.maketrans(
    {
        "\\": r"\e",
        "-": r"\-",
        "'": r"\(aq",
        '"': r"\(dq",
        "`": r"\(ga",
        "^": r"\(ha",
        "~": r"\(ti",
    }
)


def escaped(text: str) -> str:
    """Return the text without anything that roff would read as its own."""
    text = text.translate(ESCAPES)
    return "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)


def filled(text: str) -> list[str]:
    """Return the lines of a paragraph; a dot at the start of one would be a macro."""
    text = re.sub(r"\\\(ga(.+?)\\\(ga", r"\\fB\1\\fR", escaped(text.strip()))
    lines = textwrap.wrap(text, 80, break_long_words=False, break_on_hyphens=False)
    return [rf"\&{line}" if line.startswith(".") else line for line in lines]


def head(name: str, volume: str, summary: str) -> Iterator[str]:
    """Yield the beginning of a page."""
    yield r".\" Written by tools/docgen from the program's tables."
    yield f'.TH {escaped(name.upper())} {volume} "" "{escaped(f"{PROGRAM} {__version__}")}"'
    yield from (".nh", ".ad l")
    yield from section("NAME")
    yield from filled(f"{name} - {summary[0].lower()}{summary[1:].rstrip('.')}")


def synopsis(*usages: str) -> Iterator[str]:
    """Yield the section that shows how the program is called."""
    yield from section("SYNOPSIS")
    for usage in usages:
        yield f".SY {escaped(PROGRAM)}"
        yield from filled(usage)
        yield ".YS"


def section(title: str, text: str = "") -> Iterator[str]:
    """Yield a title, and the paragraphs below it."""
    yield f".SH {title}"
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        yield from [".PP"] * bool(number)
        yield from filled(paragraph)


def inside(lines: Iterable[str]) -> Iterator[str]:
    """Indent what there is, if anything."""
    if found := list(lines):
        yield from (".RS", *found, ".RE")


def tagged(tag: str, text: str, aside: str = "") -> Iterator[str]:
    """Yield an item of a list; `aside` stands on a line of its own."""
    yield from (".TP", " ".join(filled(tag)), *filled(text))
    if aside:
        yield from (".br", *filled(aside))


def literal(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines that stay as they are."""
    yield from (".EX", *(rf"\&{escaped(line)}" for line in lines), ".EE")


def see_also(*pages: str) -> Iterator[str]:
    """Yield the last section: pages by their names, like sacctmgr(1)."""
    yield from section("SEE ALSO")
    for page in pages:
        name, _, volume = page.partition("(")
        comma = "" if page == pages[-1] else ","
        yield f".BR {escaped(name)} ({volume}{comma}"
