"""The conditions and switches of a line: which objects a list or a write means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities.association import QOS_FIELDS
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.sacctmgr.reply import Complaints, invalid_operator, unknown_condition
from slurmctl_rest.sacctmgr.setting_values import SIGNS, BadValue, is_whole, signed_names
from slurmctl_rest.sacctmgr.spellings import (
    ASSOCIATION_CONDITIONS,
    CONDITION_WORDS,
    FORMAT_WORD,
    LEVEL_OF_LETTER,
    SWITCH_WORDS,
    meaning_of,
)
from slurmctl_rest.sacctmgr.tokens import LineWord, listed_names, with_more


class SlurmFacts(Protocol):
    """What the words alone do not tell: it is asked for where it is needed."""

    def is_newer(self) -> bool:
        """Tell whether the words are read as 26.05 reads them, not as 24.11."""

    def qos(self) -> Mapping[str, str]:
        """Return the numbers of all QOS by their names, the first number first."""

    def tres(self) -> Mapping[str, str]:
        """Return the names of all TRES, by themselves in lower case, and by their numbers."""


ABOUT_RECORD, ABOUT_ROWS = 1, 2
"""What words are about: the record of an account or a user, or its associations."""


@dataclass(frozen=True, slots=True)
class ConditionNoun:
    """How the conditions of one noun are read.

    bare          the condition that a word without `=` is, where it is no switch
    associations  whether it takes those on associations, too: for accounts and users lists have a
                  use for them only where associations are listed
    hint          what it says behind " Unknown condition: x", if anything
    stays_unsure  after a first mistake it knows no condition on associations any more
    skips_set     in a list `set` says nothing anywhere; else it is a name, unless it comes first
    """

    bare: str
    associations: bool = False
    hint: str = " Use keyword 'set' to modify value"
    stays_unsure: bool = False
    skips_set: bool = True


CONDITION_NOUNS: Mapping[str, ConditionNoun] = {
    "account": ConditionNoun("Account", associations=True),
    "user": ConditionNoun("User", associations=True),
    "association": ConditionNoun(
        "ID", associations=True, hint="", stays_unsure=True, skips_set=False
    ),
    "qos": ConditionNoun("Name", hint=" Use keyword 'set' to modify SLURM_PRINT_VALUE"),
    "cluster": ConditionNoun("Cluster"),
    "tres": ConditionNoun("Type"),
    "wckey": ConditionNoun("WCKey", hint="", skips_set=False),
}
"""The nouns whose lists are answered over REST."""


class Conditions:
    """What the conditions of a line say, as far as it has been read.

    where     condition -> names; of each at least one is to fit
    switches  bare words like WithDeleted
    format    the words of format=
    about     ABOUT_RECORD and ABOUT_ROWS, as far as they are given
    unsure    whether there are such as are only of use where associations are listed
    """

    def __init__(self, noun: str, facts: SlurmFacts, complaints: Complaints | None = None) -> None:
        """`complaints` get what sacctmgr says of the words."""
        self.noun = noun
        self.rules = CONDITION_NOUNS[noun]
        self.facts = facts
        self.complaints = Complaints() if complaints is None else complaints
        self.where: dict[str, list[str]] = {}
        self.switches: set[str] = set()
        self.format: list[str] = []
        self.about = 0
        self.unsure = False
        self._sign = ""

    def of(self, name: str) -> Sequence[str]:
        """Return the names of one condition."""
        return self.where.get(name, ())

    def read(self, one: LineWord) -> str:
        """Read one word, and return the condition that it means, if any."""
        if one.is_bare:
            return self._bare(one)
        if one.operator != "=" and self.facts.is_newer():
            self.complaints.fail(invalid_operator(one.operator, one.text))
            return ""
        name = meaning_of(one.key, CONDITION_WORDS[self.noun])
        if name == FORMAT_WORD:
            self.format = with_more(self.format, self.names(one.value))
            return ""
        about, is_late = ABOUT_RECORD, False
        if not name and self.rules.associations:
            name, about = meaning_of(one.key, ASSOCIATION_CONDITIONS), ABOUT_ROWS
            self.unsure = self.unsure or bool(name)
            is_late = self.rules.stays_unsure and self.complaints.failed
        refused = bool(name) and not self._take(name, one)
        if not name or is_late or (refused and name in QOS_FIELDS):
            self.complaints.fail(*unknown_condition(one.text, self.rules.hint))
            return ""
        if not refused or name == "ID":
            self.about |= about
        return name

    def _bare(self, one: LineWord) -> str:
        if one.keyword == "where" or (one.keyword and self.rules.skips_set):
            return ""
        if switch := meaning_of(one.text, SWITCH_WORDS[self.noun]):
            self.switches.add(switch)
            return ""
        self._take(self.rules.bare, one)
        self.about |= ABOUT_RECORD
        return self.rules.bare

    def _take(self, name: str, one: LineWord) -> bool:
        """Take a condition; tell whether sacctmgr does, too."""
        if name == "AdminLevel":  # quotes are a part of it; one that is not known is no condition
            if level := LEVEL_OF_LETTER.get(one.value[:1].lower()):
                self.where[name] = [level]
            return True
        found, names = self.of(name), self._names_of(name, one)
        check = CONDITION_CHECKS.get((self.noun, name), CONDITION_CHECKS.get(("", name)))
        wrong = check(names, one, self.facts) if check else None
        if wrong is None and name in QOS_FIELDS and any(names) and {*names} <= {*found}:
            wrong = ["sacctmgr: error: You gave me an empty qos list"]
        if wrong is not None:
            self.complaints.fail(*wrong)
        self.where[name] = with_more(found, names)
        return wrong is None

    def _names_of(self, name: str, one: LineWord) -> list[str]:
        """Return the names of a condition; 24.11 takes the sign of `qos-=` for theirs."""
        names = self.names(one.value)
        if name != "QosLevel":
            return names
        self._sign = one.operator[:-1] or self._sign  # those after it have the same
        return [f"{self._sign}{text}" if text and text[0] not in SIGNS else text for text in names]

    def names(self, value: str) -> list[str]:
        """Return the names of a comma list."""
        has_blanks = re.search(r"(^|[,'\"])\s|\s($|[,'\"])", value) is not None
        return listed_names(value, cuts_blanks=not has_blanks or self.facts.is_newer())


ACCOUNT_FLAG_WORDS = ("Deleted", "NoUsersAreCoords", "UsersAreCoords")
CLUSTER_FLAG_WORDS = ("External", "MultipleSlurmd")
MODES_OF_NEWER = frozenset({"priority"})
"""Words for a preempt mode that 24.11 does not know."""

ConditionCheck = Callable[[Sequence[str], LineWord, SlurmFacts], list[str] | None]
"""Returns what sacctmgr says to a value that it refuses, if it does."""


def _numbers(what: str) -> ConditionCheck:
    def check(names: Sequence[str], one: LineWord, facts: SlurmFacts) -> list[str] | None:
        del one
        old = not facts.is_newer()
        bad = [name for name in names if name and not is_whole(name, old=old)]
        return [f"sacctmgr: error: Invalid value for {what} ({name})" for name in bad] or None

    return check


def _known_qos(names: Sequence[str], one: LineWord, facts: SlurmFacts) -> list[str] | None:
    try:
        signed_names(one.value, one.operator[:-1], facts.qos() if any(names) else {})
    except BadValue as error:
        return error.said
    return None


def _modes(names: Sequence[str], one: LineWord, facts: SlurmFacts) -> list[str] | None:
    known = {*PREEMPT_MODE.words, *PREEMPT_MODE.short}
    for name in names:
        too_new = name in MODES_OF_NEWER and not facts.is_newer()
        if too_new or (name and name not in known):
            return [
                f"sacctmgr: error: Unknown preempt_mode given '{name}'",
                f" Bad Preempt Mode given: {one.text}",
            ]
    return None


def _flags(known: Sequence[str]) -> ConditionCheck:
    def check(names: Sequence[str], one: LineWord, facts: SlurmFacts) -> list[str] | None:
        del names
        return (unknown_flags(one, known) or None) if facts.is_newer() else None

    return check


def refuse_no_user(names: Sequence[str]) -> None:
    """Raise Unsupported for an empty name of a user: sacctmgr takes accounts themselves for it."""
    if [*names] == [""]:
        raise Unsupported(
            "a user without a name stands for all accounts themselves there",
            "name users, or modify the accounts",
        )


def unknown_flags(one: LineWord, known: Sequence[str] = ACCOUNT_FLAG_WORDS) -> list[str]:
    """Return what sacctmgr says since 26.05 to flags, if one is not known; nothing if all are."""
    words = one.value.lower().split(",")  # with their quotes, which are not taken off here
    good = all(any(flag.lower().startswith(word) for flag in (*known, "")) for word in words)
    return [] if good else [f" Unknown Flag(s)={one.value}"]


def named_flags(one: LineWord) -> list[str]:
    """Return the flags of an account that a word names: the beginning of one is enough."""
    words = [word for word in one.value.lower().split(",") if word]
    return [flag for flag in ACCOUNT_FLAG_WORDS if any(map(flag.lower().startswith, words))]


CONDITION_CHECKS: Mapping[tuple[str, str], ConditionCheck | None] = {
    ("", "ID"): _numbers("AssocId"),
    ("tres", "ID"): None,  # slurmdbd refuses them itself
    ("qos", "ID"): _numbers("QOS ID"),
    ("wckey", "ID"): _numbers("WCKeyID"),
    ("", "QosLevel"): _known_qos,
    ("", "DefaultQOS"): _known_qos,
    ("", "PreemptMode"): _modes,
    ("account", "Flags"): _flags(ACCOUNT_FLAG_WORDS),
    ("cluster", "Flags"): _flags(CLUSTER_FLAG_WORDS),
    ("user", "WCKey"): lambda *_: [],  # it fails, and says nothing
}
"""(noun, or nothing for all; condition) -> check of its values."""
