"""sacctmgr's order and spellings of verbs and nouns."""

from __future__ import annotations

import pytest

from slurmctl_rest.cli.app import COMMAND_WORDS
from slurmctl_rest.sacctmgr.grammar import noun_first


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("list account physics", "account list physics"),
        ("account list physics", "account list physics"),
        ("Show Accounts", "account show"),
        ("MOD acct physics set maxj=3", "account modify physics set maxj=3"),
        ("upd us alice set adminlevel=none", "user modify alice set adminlevel=none"),
        ("rem associations where user=alice", "assoc delete where user=alice"),
        ("association list", "assoc list"),
        ("accounts sho", "account list"),
        ("create qos high", "qos create high"),
        ("del coord alice account=a", "coordinator delete alice account=a"),
        ("list clusters", "cluster list"),
        ("cancel job 12", "jobs cancel 12"),
        ("report usage", "usage report"),
        ("show profiles", "profile show"),
        ("add user list", "user add list"),
        ("user add account", "user add account"),
        ("accounts --help", "account --help"),
        ("users", "user"),
        ("list u", "list u"),
        ("mo account", "mo account"),
        ("m account", "m account"),
        ("add cluster x", "cluster add x"),
        ("ping", "ping"),
        ("schema list", "schema list"),
        ("", ""),
    ],
)
def test_the_noun_comes_first(words: str, expected: str) -> None:
    assert " ".join(noun_first(words.split(), COMMAND_WORDS)) == expected


def test_a_word_that_is_no_verb_leaves_the_noun_in_its_place() -> None:
    assert noun_first(["Accounts", "physics"], COMMAND_WORDS) == ["account", "physics"]
