"""sacctmgr's order and spellings of verbs and nouns: `List Accounts` is `account list`.

From how many letters on sacctmgr takes a word is the same on 24.11 and 26.05
(tests/lab/test_grammar.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.spellings import Spelling, meaning_of

VERBS: Mapping[str, str] = {
    word: verb for word, _, verb in verbs.VERBS if verb in {"list", "add", "modify", "delete"}
}
"""sacctmgr's verbs on objects, each with this program's."""

MIN_VERB_LETTERS = 3
"""sacctmgr takes `m` and `u` for modify and update too: too little for a word that writes."""

NOUNS: Sequence[Spelling] = (
    ("accounts", 2, "account"),
    ("acct", 2, "account"),
    ("associations", 2, "assoc"),
    ("clusters", 2, "cluster"),
    ("coordinators", 3, "coordinator"),
    ("qos", 2, "qos"),
    ("tres", 3, "tres"),
    ("users", 2, "user"),
    ("jobs", 3, "jobs"),
    ("configuration", 3, "configuration"),
    ("events", 2, "event"),
    ("federations", 2, "federation"),
    ("instances", 2, "instance"),
    ("problems", 3, "problem"),
    ("resources", 4, "resource"),
    ("reservations", 4, "reservation"),
    ("resv", 4, "reservation"),
    ("runawayjobs", 3, "runawayjobs"),
    ("orphanjobs", 3, "runawayjobs"),
    ("lostjobs", 4, "runawayjobs"),
    ("stats", 3, "stats"),
    ("transactions", 3, "transaction"),
    ("txn", 3, "transaction"),
    ("wckeys", 2, "wckey"),
)
"""sacctmgr's nouns, the letters from which on each is known, and this program's word; the first
that fits counts. sacctmgr takes `q` and `u` for qos and users too."""


def noun_first(words: Sequence[str], commands: Mapping[str, Collection[str]]) -> list[str]:
    """Return the words of a command: its noun, its verb, as this program spells them, and the rest.

    `commands` has the verbs of each noun. Words that name no command are left alone.

    >>> noun_first(["Mod", "accounts", "physics", "set"], {"account": ("list", "modify")})
    ['account', 'modify', 'physics', 'set']
    """
    head, rest = list(words[:2]), list(words[2:])
    if len(head) > 1 and head[0].lower() in commands.get(head[1].lower(), ()):
        return [head[1].lower(), head[0].lower(), *rest]  # `use profile`: `use` is short for user
    for noun_word, verb_words in ((head[:1], head[1:]), (head[1:], head[:1])):
        noun = noun_of(noun_word[0], commands) if noun_word else None
        if noun is None:
            continue
        verb = verb_meant(verb_words[0], commands[noun]) if verb_words else None
        if verb is not None:
            return [noun, verb, *rest]
        if noun_word == head[:1]:
            return [noun, *words[1:]]
    if head and head[0].lower() in ALONE and ALONE[head[0].lower()] in commands:
        return [ALONE[head[0].lower()], head[0].lower(), *words[1:]]
    return list(words)


ALONE: Mapping[str, str] = {"reconfigure": "slurmdbd", "shutdown": "slurmdbd"}
"""sacctmgr's verbs that need no noun, each with the one that is meant."""


def noun_of(word: str, commands: Collection[str]) -> str | None:
    """Return the noun that a word means, if it means one."""
    lower = word.lower()
    if lower in commands:
        return lower
    if noun := meaning_of(lower, [one for one in NOUNS if one[2] in commands]):
        return noun
    return next((noun for noun in commands if lower in {f"{noun}s", noun.removesuffix("s")}), None)


def verb_meant(word: str, verbs: Collection[str]) -> str | None:
    """Return the verb that a word means, if it means one; a synonym stays what it is."""
    lower = word.lower()
    if lower in verbs:
        return lower
    if len(lower) < MIN_VERB_LETTERS:
        return None
    found = (verb for spelling, verb in VERBS.items() if spelling.startswith(lower))
    return next((verb for verb in found if verb in verbs), None)
