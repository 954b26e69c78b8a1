"""sacctmgr's own words: from how many letters on each release takes them."""

from __future__ import annotations

import pytest

from slurmctl_rest.sacctmgr.grammar import MIN_VERB_LETTERS, NOUNS, VERBS
from tests.lab.cluster import Cluster

SHORTER = {"qos": 1, "users": 1}
"""Nouns that sacctmgr takes from fewer letters on."""


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_are_known_from_three_letters_on(cluster: Cluster, verb: str) -> None:
    least = 1 if verb in {"modify", "update"} else MIN_VERB_LETTERS
    said = [
        cluster.run("sacctmgr", "-r", verb[:letters], "zzz").stderr
        for letters in range(1, len(verb) + 1)
    ]
    unknown = ["invalid keyword" in text for text in said]
    assert unknown == [letters < least for letters in range(1, len(verb) + 1)]


@pytest.mark.parametrize(
    ("noun", "letters"), [row[:2] for row in NOUNS if row[0] not in {"coordinators", "jobs"}]
)
def test_nouns_are_known_from_so_many_letters_on(cluster: Cluster, noun: str, letters: int) -> None:
    known = [
        cluster.run("sacctmgr", "-nP", "list", noun[:n]).returncode == 0
        for n in range(1, len(noun) + 1)
    ]
    least = SHORTER.get(noun, letters)
    if noun in {"tres"}:  # fewer letters mean transactions
        known[: least - 1] = [False] * (least - 1)
    assert known == [n >= least for n in range(1, len(noun) + 1)]
