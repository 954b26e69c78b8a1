"""Lists of names in sacctmgr's words: commas, quotes, ranges in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

QUOTES = "\"'"


def listed_names(text: str, *, cuts_blanks: bool = True) -> list[str]:
    """Return the names of a list, in lower case; nothing at all is one empty name.

    A name that comes again counts where it comes last, as sacctmgr has it.

    What begins with a quote ends at the next one, and what stands behind it is dropped.
    `cuts_blanks`: around names, as sacctmgr does since 26.05.

    >>> listed_names("'Chem,physics',x")
    ['chem', 'physics']
    >>> listed_names("node[1-2,5]")
    ['node1', 'node2', 'node5']
    """
    if text[:1] and text[0] in QUOTES:
        text = text[1:].partition(text[0])[0]
    text = text.replace('"', "`").replace("'", "`")
    parts = [part.strip() if cuts_blanks else part for part in _parted(text.lower())]
    named = [part for part in parts if part]
    if not named:
        return [""]
    return added([], (name for part in named for name in _expanded(part)))


def added(names: Iterable[str], more: Iterable[str]) -> list[str]:
    """Return names with more behind them, each once: where it comes last.

    >>> added(["account", "descr"], ["account"])
    ['descr', 'account']
    """
    found: dict[str, None] = dict.fromkeys(names)
    for name in more:
        found.pop(name, None)
        found[name] = None
    return list(found)


def _parted(text: str) -> list[str]:
    """Cut at the commas that stand in no brackets."""
    return re.findall(r"(?:\[[^\]]*\]|[^,])+", text)


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
