"""sacctmgr's switches: bare words that are no names, in any case and in short.

From how many letters on it takes each is the same on 24.11 and 26.05 (tests/lab/test_meaning.py).
With one letter fewer, or one too many, the word is a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

OF_SACCTMGR: Mapping[str, tuple[str, ...]] = {
    "account": ("WithAssoc", "WithCoord", "WithDeleted", "WithRawQOSLevel", "WOPLimits"),
    "user": ("WithAssoc", "WithCoord", "WithDeleted", "WithRawQOSLevel", "WOPLimits"),
    "association": (
        *("OnlyDefaults", "Tree", "WithDeleted", "WithRawQOSLevel", "WithSubAccounts"),
        *("WOPInfo", "WOPLimits"),
    ),
    "qos": ("WithDeleted",),
    "cluster": ("WithDeleted", "WithFed"),
    "tres": ("WithDeleted",),
}
"""By the noun."""

FULL_SPELLINGS: Mapping[str, str] = {
    "WithCoord": "WithCoordinators",
    "WithRawQOS": "WithRawQOSLevel",
}
"""The longest spelling, where another one is usual."""

MIN_LETTERS: Mapping[str, int] = {"Only": 2, "Tree": 4, "WOP": 4, "With": 5}
"""By how it begins: the letters from which on a word is the switch."""


def switch_of(token: str, known: Iterable[str]) -> str | None:
    """Return the one of the known switches that a token is; None for any other word.

    >>> switch_of("WITHC", ("WithAssoc", "WithCoord"))
    'WithCoord'
    """
    word = token.lower()
    for switch in known:
        least = next(n for begin, n in MIN_LETTERS.items() if switch.startswith(begin))
        if len(word) >= least and FULL_SPELLINGS.get(switch, switch).lower().startswith(word):
            return switch
    return None


def looks_like_one(word: str) -> bool:
    """Tell whether a word begins as most switches do, like `withfoo`."""
    return word.lower().startswith(("with", "wop"))
