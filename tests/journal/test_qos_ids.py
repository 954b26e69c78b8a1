"""Names of QOS that are gone, from the order of numbers and additions."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from slurmctl_rest.journal.parse import JournalEntry
from slurmctl_rest.journal.qos_ids import qos_names

from .journals import entry

NORMAL = {"1": "normal"}
ACTIONS = {"+": "Add QOS", "-": "Remove QOS", "=": "Modify QOS"}


def entries(words: str) -> Iterable[JournalEntry]:
    """Return entries: `+low` adds, `-3` removes, `=low:3` sets a limit of QOS low, number 3."""
    for word in words.split():
        sign, (name, _, number) = word[0], word[1:].partition(":")
        where = {"+": name, "-": f"id='{name}'", "=": f"(name='{name}')"}[sign]
        info = f"grp_tres = if (id={number}, '1=5', grp_tres)" if number else ""
        yield entry(ACTIONS[sign], where, info)


@pytest.mark.parametrize(
    ("words", "known", "expected"),
    [
        ("+low +high -2 +mid -3 -4", {}, {"2": "low", "3": "high", "4": "mid"}),
        ("+low -2 +low", {"3": "low"}, {"2": "low", "3": "low"}),
        ("+low -2 +low -3 +low =low:4 -4", {}, {"2": "low", "3": "low", "4": "low"}),
        # A QOS that jobs have used is kept, and has its number again.
        ("+used -2 +used -2 +low -3", {"2": "used"}, {"2": "used", "3": "low"}),
        ("+low -2 +used -3 +used", {"3": "used"}, {"2": "low", "3": "used"}),
        ("+used -2 +used =used:3 -3 +used", {"3": "used"}, {"2": "used", "3": "used"}),
        ("-2 +used -2 +low -5", {"2": "used"}, {"2": "used", "5": "low"}),
        # It is kept for a while, and then it is not.
        (
            "+low +high -2 -3 +high +low -3 -2 +sites +low -2 -4 +low -5 +sites",
            {"6": "sites"},
            {"2": "low", "3": "high", "4": "sites", "5": "low", "6": "sites"},
        ),
        # 2 and 3 are older than the journal.
        ("-3 +low -2 -4 +high", {"5": "high"}, {"4": "low", "5": "high"}),
        # One of two is known to nobody: neither is guessed.
        ("+a +b +c -3", {"4": "c", "2": "a"}, {"2": "a", "3": "b", "4": "c"}),
        ("+a +b +x +c -3", {"2": "a", "5": "c"}, {"2": "a", "5": "c"}),
    ],
)
def test_numbers_of_qos_get_their_names(
    words: str, known: dict[str, str], expected: dict[str, str]
) -> None:
    assert qos_names(entries(words), NORMAL | known) == NORMAL | expected
