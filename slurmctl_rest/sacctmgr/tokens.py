"""One word of a line, as sacctmgr takes it apart: key, operator, value; quotes; lists of names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


def is_old(release: str) -> bool:
    """Tell whether a release reads and prints as 24.11 does; all later ones do as 26.05.

    >>> is_old("24.11.5"), is_old("26.05.5")
    (True, False)
    """
    return release.split(".")[:2] <= ["24", "11"]


@dataclass(frozen=True, slots=True)
class LineWord:
    """One word; a bare one has neither key nor operator."""

    text: str
    key: str
    operator: str
    value: str

    @property
    def is_bare(self) -> bool:
        """Tell whether it is a name, a switch or a keyword."""
        return not self.operator

    @property
    def keyword(self) -> str:
        """Return `set` or `where`, if it is one of these; they are not abbreviated."""
        lower = self.text.lower()
        return lower if self.is_bare and lower in {"set", "where"} else ""

    @property
    def lowered(self) -> str:
        """Return the word as sacctmgr shows it once it has read the value: in lower case."""
        return self.text[: len(self.text) - len(self.value)] + ascii_lower(self.value)


def split_word(text: str, *, old: bool = False) -> LineWord:
    """Take a word apart; `old`: 24.11 drops a second `=` like the first.

    >>> split_word("GrpTRES=cpu+=5")
    LineWord(text='GrpTRES=cpu+=5', key='grptres', operator='=', value='cpu+=5')
    """
    key, equals, value = text.partition("=")
    if not equals:
        return LineWord(text, "", "", text)
    sign = key[-1:] if key[-1:] in {"+", "-"} else ""
    if old and not sign:
        value = value.removeprefix("=")
    return LineWord(text, key.removesuffix(sign).lower(), f"{sign}=", value)


def bare_text(text: str) -> str:
    """Return a text without the quotes around it; quotes within it become backticks."""
    quote = text[:1] if text[:1] in {"'", '"'} else ""
    inner = text.removeprefix(quote).partition(quote)[0] if quote else text
    return re.sub("['\"]", "`", inner)


def ascii_lower(text: str) -> str:
    """Return a text with its ASCII letters in lower case: C's tolower knows no others."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def plain_text(text: str) -> str:
    """Return a text without the quotes around it, in lower case, as sacctmgr keeps most.

    >>> plain_text("'A B'"), plain_text("it's")
    ('a b', 'it`s')
    """
    return ascii_lower(bare_text(text))


def listed_names(text: str, *, cuts_blanks: bool = True) -> list[str]:
    """Return the names of a comma list, in lower case; nothing at all is one empty name.

    A name that comes again counts where it comes last, as sacctmgr has it.

    What begins with a quote ends at the next one, and what stands behind it is dropped.
    `cuts_blanks`: around names, as sacctmgr does since 26.05.

    >>> listed_names("'Chem,physics',x")
    ['chem', 'physics']
    >>> listed_names("node[1-2,5]")
    ['node1', 'node2', 'node5']
    """
    # The commas within brackets part no names.
    parts = re.findall(r"(?:\[[^\]]*\]|[^,])+", plain_text(text))
    named = [part.strip() if cuts_blanks else part for part in parts]
    return with_more([], (name for part in named if part for name in _expanded(part))) or [""]


def with_more(names: Iterable[str], more: Iterable[str]) -> list[str]:
    """Return names with more behind them, each once: where it comes last.

    >>> with_more(["account", "descr"], ["account"])
    ['descr', 'account']
    """
    found: dict[str, None] = dict.fromkeys(names)
    for name in more:
        found.pop(name, None)
        found[name] = None
    return list(found)


RANGE = re.compile(r"\[([\d,-]+)\]")
MOST = 10_000
"""Names that one range may stand for."""


def _expanded(name: str) -> Iterator[str]:
    found = RANGE.search(name)
    if found is None:
        yield name
        return
    for number in _numbers(found[1]):
        yield from _expanded(f"{name[: found.start()]}{number}{name[found.end() :]}")


def _numbers(text: str) -> Iterator[str]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not dash or not first or not last:
            yield part
            continue
        for number in range(int(first), min(int(last), int(first) + MOST) + 1):
            yield str(number).zfill(len(first))
