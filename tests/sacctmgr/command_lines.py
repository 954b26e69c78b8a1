"""Random command lines of sacctmgr, made from the tables of the voice.

They meet the tree of tests/lab/parity.py. Most are right: a mistake (an unknown word, one letter
too few, a bad value) is in about one of ten.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeAlias

from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.kinds.durations import Duration, Minutes
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.columns import LIST_COLUMNS
from slurmctl_rest.sacctmgr.conditions import CONDITION_NOUNS
from slurmctl_rest.sacctmgr.spellings import (
    ASSOCIATION_CONDITIONS,
    CONDITION_WORDS,
    FORMAT_WORD,
    NEW_SETTING_WORDS,
    RAW_USAGE_WORD,
    SWITCH_WORDS,
    Spelling,
    settings_of,
)

Known: TypeAlias = Sequence[Spelling]

MISTAKES = 40
"""One draw of so many that could be a mistake is one."""
ACCOUNTS = ("chem", "physics", "science", "empty1", "hpc_proj1", "hpc_alloc1", "root")
USERS = ("alice", "bob", "carol", "dave")
QOS_NAMES = ("normal", "high", "low", "unused")
VALUES: Mapping[str, Sequence[str]] = {
    "Account": (*ACCOUNTS, "chem,physics", "new1"),
    "User": (*USERS, "alice,carol", "erin"),
    "Cluster": ("CLUSTER",),
    "Name": (*QOS_NAMES, "high,low", "new2"),
    "Names": QOS_NAMES,
    "Partition": ("gpu", "debug", ""),
    "Parent": ("science", "root", "hpc_proj1"),
    "Description": ("chem", "Two Words", "x"),
    "Organization": ("uni", "waldur"),
    "AdminLevel": ("None", "operator", "Admin", "o"),
    "DefaultAccount": ("physics", "chem"),
    "QosLevel": ("normal", "high,normal", "+high", "-low", "normal,low,high"),
    "DefaultQOS": ("normal", "low", "high", "-1"),
    "Flags": ("UsersAreCoords", "DenyOnLimit", "NoDecay,DenyOnLimit"),
    "ID": ("1", "1,0"),  # others change from one tree to the next
    "Type": ("cpu", "gres", "cpu,mem"),
    "RPC": ("0",),
    "PreemptMode": ("cluster", "cancel", "requeue", "gang,suspend"),
    "Preempt": ("low", "low,unused", ""),
    "PreemptExemptTime": ("60", "00:10:00", "-1"),
    "Fairshare": ("7", "parent", "1"),
    "UsageFactor": ("0.5", "2"),
    "UsageThreshold": ("0.25", "-1"),
    "LimitFactor": ("1.5", "-1"),
    "Comment": ("a", "a b"),
    "Classification": ("capacity",),
    "Federation": ("fed",),
    "WCKey": ("wk",),
    "DefaultWCKey": ("wk",),
    "NewName": ("nils",),
}
"""Values by the condition or field; numbers, TRES and times by the kind of the field."""
NUMBERS = ("0", "1", "7", "50", "-1")
TRES = ("cpu=5", "cpu=5,mem=2G", "cpu=-1", "gres/gpu=1", "mem=300,node=2", "cpu+=3", "cpu-=2")
TIMES = ("60", "90", "1-0", "12:00:00", "2-12", "-1")
BAD = ("x", "nosuch", "", "cpu=x", "7x", "nosuch=1")
"""Values that few words take."""
COLUMNS = [one for one in LIST_COLUMNS if one.header not in {"ID", "ParentID", "QOS_RAW"}]
"""All but the numbers of slurmdbd, which change from one tree to the next."""
UNKNOWN = ("foo=1", "bar", "nosuch=physics", "and")


def command_line(rng: Random) -> str:
    """Draw a command line, `sacctmgr` first; CLUSTER stands for the cluster's name."""
    kind = rng.choice(["list", "list", "modify", "modify", "add", "delete"])
    return shlex.join(["sacctmgr", *(_list(rng) if kind == "list" else _write(rng, kind))])


def _list(rng: Random) -> list[str]:
    noun = rng.choice([*CONDITION_NOUNS])
    words = [_verb(rng, "list"), _noun(rng, noun, verbs.LISTED), *_often(rng, ["where"], 3)]
    for _ in range(_count(rng, 2)):
        words.append(_setting(rng, _without_format(noun), "", "="))
    for _ in range(_count(rng, 1)):
        words.append(_spelled(rng, SWITCH_WORDS[noun])[0])
    if rng.choice(["format", ""]):
        columns = [_column(rng) for _ in range(1 + _count(rng, 4))]
        words.append(f"format={','.join(columns)}")
    words += _often(rng, [rng.choice(UNKNOWN)], MISTAKES // 2)
    options = ["-i", rng.choice(["-n", "-P", "-p", "-nP", "--noheader"])]
    return [*options, *words] if rng.choice("ab") == "a" else [*words, *options]


def _conditions(noun: str) -> Known:
    of_associations = CONDITION_NOUNS[noun].associations
    return [*CONDITION_WORDS[noun], *(ASSOCIATION_CONDITIONS if of_associations else ())]


def _column(rng: Random) -> str:
    column = rng.choice(COLUMNS)
    width = rng.choice(["", "", "%5", "%-12", "%+20", "%0", "%x"])
    return f"{_spelled(rng, column.words)[0]}{width}"


def _write(rng: Random, verb: str) -> list[str]:
    noun = rng.choice(["account", "user", "qos", "qos", "account", "coordinator"])
    if noun == "coordinator" and verb == "modify":
        noun = "user"
    where, settings = TABLES[noun]
    head = ["-i", _verb(rng, verb), _noun(rng, noun, verbs.NOUNS_OF_VERB[verb])]
    chosen = _named(rng, noun, where if verb != "add" else settings)
    more = _count(rng, 1) if verb == "modify" else 0
    chosen += [_setting(rng, where, noun, "=") for _ in range(more)]
    operators = "=" if verb == "add" else "+-="
    given = [_setting(rng, settings, noun, operators) for _ in range(1 + _count(rng, 2))]
    unknown = _often(rng, [rng.choice(UNKNOWN)], MISTAKES // 2)
    if verb == "add":
        return [*head, *chosen, *(given if noun != "coordinator" else []), *unknown]
    if verb == "delete":
        return [*head, *_often(rng, ["where"], 2), *chosen, *unknown]
    parts = [[*_often(rng, ["where"], 2), *chosen], ["set", *given], unknown]
    if rng.choice("aab") == "b":
        parts = [["set", *given], ["where", *chosen], unknown]
    return [*head, *(word for part in parts for word in part)]


def _named(rng: Random, noun: str, known: Known) -> list[str]:
    """Draw the names that a write is about: bare, or with their key."""
    field = {"account": "Account", "user": "User", "qos": "Name", "coordinator": "User"}[noun]
    value = _value(rng, field)
    bare = rng.choice(["bare", "key"]) == "bare"
    words = [value if bare else f"{rng.choice(['name', 'Names', 'NAME'])}={value}"]
    if noun == "coordinator" or (noun == "user" and rng.choice("ab") == "a"):
        words.append(f"account={_value(rng, 'Account')}")
    words += _often(rng, ["and"], MISTAKES // 2)
    return words if known else []


def _setting(rng: Random, known: Known, noun: str, operators: str) -> str:
    word, meaning = _spelled(rng, known)
    operator = rng.choice(["=", "=", "=", "=", *operators])
    operator = "=" if operator == "=" else f"{operator}="
    return f"{word}{operator}{_value(rng, meaning, noun)}"


def _value(rng: Random, meaning: str, noun: str = "") -> str:
    if _is_mistake(rng):
        return rng.choice(BAD)
    value = rng.choice(VALUES.get(meaning) or _of_kind(meaning, noun))
    quote = rng.choice(["", "", "", "", "", '"', "'"])
    return f"{quote}{value}{quote}"


def _of_kind(meaning: str, noun: str) -> Sequence[str]:
    entity = QOS if noun == "qos" else ASSOCIATION
    kind = next((one.kind for one in entity.fields if one.name == meaning), None)
    if isinstance(kind, Tres):
        return TRES
    return TIMES if isinstance(kind, (Minutes, Duration)) else NUMBERS


def _verb(rng: Random, verb: str) -> str:
    return _spelled(rng, [one for one in verbs.VERBS if one[2] == verb])[0]


def _noun(rng: Random, noun: str, known: Known) -> str:
    return _spelled(rng, [one for one in known if one[2] == noun])[0]


def _spelled(rng: Random, known: Known) -> tuple[str, str]:
    """Draw one of known words, whole or cut, in any case, and return it with its meaning."""
    spelling, letters, meaning = rng.choice(known)
    least = letters - 1 if _is_mistake(rng) and letters > 1 else letters
    word = spelling[: rng.choice([len(spelling), *range(least, len(spelling))])]
    cased = rng.choice(["", "", "lower", "upper"])
    return (getattr(word, cased)() if cased else word), meaning


def _often(rng: Random, words: list[str], of: int) -> list[str]:
    """Return words one time of so many."""
    return words if rng.choice(["y", *["n"] * (of - 1)]) == "y" else []


def _is_mistake(rng: Random) -> bool:
    return bool(_often(rng, ["x"], MISTAKES))


def _count(rng: Random, most: int) -> int:
    return rng.randint(0, most)


def _settings(noun: str, *, new: bool = False) -> Known:
    """Return the settings of a noun; what is a single TRES takes numbers."""
    return [
        (word, letters, "GrpJobs" if "=" in meaning else meaning)
        for word, letters, meaning in settings_of(noun, new=new)
        if meaning != RAW_USAGE_WORD
    ]


def _without_format(noun: str) -> Known:
    return [one for one in _conditions(noun) if one[2] != FORMAT_WORD]


TABLES: Mapping[str, tuple[Known, Known]] = {
    "account": (_without_format("account"), _settings("account")),
    "user": (_without_format("user"), _settings("user")),
    "qos": (
        [one for one in _without_format("qos") if one[2] != "PreemptMode"],
        _settings("qos"),
    ),
    "coordinator": (NEW_SETTING_WORDS["user"], NEW_SETTING_WORDS["user"]),
}
"""Of each noun that is written: its conditions, and its settings."""
