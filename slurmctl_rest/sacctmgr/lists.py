"""A list in sacctmgr's words: what is asked for, and what it says to words that it does not know.

Pure: what only Slurm can tell (its release, the names of its QOS) is asked for through ListFacts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.sacctmgr.columns import (
    COLUMNS,
    DEFAULT_COLUMNS,
    WITH_ASSOC,
    ListColumn,
    ShownColumn,
    UnknownColumn,
    shown_column,
)
from slurmctl_rest.sacctmgr.conditions import (
    ASSOCIATION_CONDITIONS,
    FORMAT_WORD,
    LIST_NOUNS,
    WHERE,
    ListNoun,
    meaning_of,
)
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import Refused, lines
from slurmctl_rest.sacctmgr.wordlists import added, listed_names

ONLY_WITHASSOC = (
    "You requested options that are only valid when querying with the withassoc option.\n"
    "Are you sure you want to continue?"
)
"""What it asks where a condition on associations is given, and none are listed."""


class ListFacts(Protocol):
    """What the words alone do not tell."""

    def is_newer(self) -> bool:
        """Tell whether the words are read as 26.05 reads them, not as 24.11."""

    def qos(self) -> Mapping[str, str]:
        """Return the numbers of all QOS by their names, the first number first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for.

    where     condition -> names; of each at least one is to fit
    switches  its bare words, like WithDeleted
    format    the words of format=
    unsure    whether sacctmgr asks before it goes on (ONLY_WITHASSOC)
    """

    noun: str
    where: Mapping[str, tuple[str, ...]]
    switches: frozenset[str]
    format: tuple[str, ...] = ()
    unsure: bool = False

    @property
    def with_associations(self) -> bool:
        """Tell whether each row is an association, with the object that it belongs to."""
        return "WithAssoc" in self.switches


def read_list(noun: str, words: Sequence[str], options: Options, facts: ListFacts) -> Asked:
    """Read the words behind the noun of a list; raise Refused for what sacctmgr refuses."""
    reading = _Reading(LIST_NOUNS[noun], facts)
    first = words[:1] if words[:1] and words[0].lower() in {WHERE, "set"} else ()
    for word in words[len(first) :]:
        reading.word(word)
    if reading.failed:
        raise Refused("".join(reading.complaints))
    switches = {*reading.switches}
    if options.associations and noun in WITH_ASSOC:
        switches.add("WithAssoc")
    return Asked(
        noun,
        {name: tuple(names) for name, names in reading.where.items()},
        frozenset(switches),
        tuple(reading.format),
        unsure=reading.unsure and "WithAssoc" not in switches,
    )


class _Reading:
    """What has been read of the words so far."""

    def __init__(self, noun: ListNoun, facts: ListFacts) -> None:
        self.noun = noun
        self.facts = facts
        self.where: dict[str, list[str]] = {}
        self.switches: set[str] = set()
        self.format: list[str] = []
        self.complaints: list[str] = []
        self.failed = False
        self.unsure = False

    def word(self, word: str) -> None:
        """Read one word."""
        key, equals, value = word.partition("=")
        if not equals:
            self._bare(word)
            return
        sign = key[-1:] if key[-1:] in {"+", "-"} else ""
        if sign and self.facts.is_newer():
            self._fail(lines(f" Invalid operator '{sign}=' in {word}"))
            return
        if value.startswith("=") and not self.facts.is_newer():
            value = value[1:]  # up to 24.11 it is dropped like the first
        self._condition(word, key.removesuffix(sign), value)

    def _bare(self, word: str) -> None:
        if word.lower() == WHERE or (word.lower() == "set" and self.noun.skips_set):
            return
        if switch := meaning_of(word, self.noun.switches):
            self.switches.add(switch)
        else:
            self._take(self.noun.bare, word, word)

    def _condition(self, word: str, key: str, value: str) -> None:
        name = meaning_of(key, self.noun.own)
        if name == FORMAT_WORD:
            self.format = added(self.format, self._names(value))
            return
        too_late = False
        if not name and self.noun.associations:
            name = meaning_of(key, ASSOCIATION_CONDITIONS)
            self.unsure = self.unsure or (bool(name) and self.noun.joins)
            too_late = self.noun.stays_unsure and self.failed
        refused = bool(name) and not self._take(name, value, word)
        if not name or too_late or (refused and name in QOS_CONDITIONS):
            self._unknown(word)

    def _take(self, name: str, value: str, word: str) -> bool:
        """Take a condition; tell whether sacctmgr does, too."""
        names = self._names(value)
        found = self.where.get(name, ())
        check = CONDITION_CHECKS.get((self.noun.bare, name), CONDITION_CHECKS.get(("", name)))
        wrong = check(names, word, self.facts) if check else None
        if wrong is None and name in QOS_CONDITIONS and found and {*names} <= {*found}:
            wrong = lines("sacctmgr: error: You gave me an empty qos list")
        if wrong is not None:
            self._fail(wrong)
        self.where[name] = added(found, names)
        return wrong is None

    def _names(self, value: str) -> list[str]:
        has_blanks = ", " in value or " ," in value or value != value.strip()
        return listed_names(value, cuts_blanks=not has_blanks or self.facts.is_newer())

    def _unknown(self, word: str) -> None:
        hint = [self.noun.hint] if self.noun.hint else []
        self._fail(lines(f" Unknown condition: {word}", *hint))

    def _fail(self, complaint: str) -> None:
        self.complaints.append(complaint)
        self.failed = True


TREE_WIDTH = 20
"""Of the column Account where Tree shows it at the left, unless format= says how wide."""

WITHOUT_LIMITS = {
    "association": ("WOPLimits", "Cluster,Account,User,Partition"),
    "cluster": ("WOLimits", "Cluster,ControlHost,ControlPort,RPC"),
}
"""The switch that leaves the limits of a noun out, and its columns then."""

ADDED_COLUMNS = {
    "account": (("WithAssoc", WITH_ASSOC["account"]), ("WithCoordinators", "Coord")),
    "user": (("WithCoordinators", "Coord"), ("WithAssoc", WITH_ASSOC["user"])),
    "cluster": (("WithFed", "Federation,ID,Features,FedState"),),
}
"""The columns that switches add to those of a noun, in sacctmgr's order."""

WCKEY_COLUMNS = (
    ListColumn("WCKey", 10, (("WCKey", 1), ("Names", 1))),
    ListColumn("Cluster", 10, (("Clusters", 2),)),
    ListColumn("ID", 6, (("ID", 1),)),
    ListColumn("User", 10, (("User", 1),)),
)
"""WCKeys have columns of their own."""


def list_columns(wanted: Asked) -> list[ShownColumn]:
    """Return the columns of a list; raise Refused for a word of format= that means none."""
    words = list(wanted.format)
    if not words:
        switch, few = WITHOUT_LIMITS.get(wanted.noun, ("", ""))
        parts = [few if switch in wanted.switches else DEFAULT_COLUMNS[wanted.noun]]
        added = ADDED_COLUMNS.get(wanted.noun, ())
        parts += [text for switch, text in added if switch in wanted.switches]
        words = ",".join(parts).split(",")
    known = WCKEY_COLUMNS if wanted.noun == "wckey" else COLUMNS
    found: list[ShownColumn] = []
    unknown: list[str] = []
    for word in words:
        try:
            found.append(shown_column(word, known))
        except UnknownColumn as error:
            unknown.append(f"Unknown field '{error}'")
    if unknown:
        raise Refused(lines(*(unknown if wanted.noun == "wckey" else unknown[:1])))
    if "Tree" in wanted.switches:
        found = [_at_left(one) for one in found]
    return found


def _at_left(one: ShownColumn) -> ShownColumn:
    if one.column.header == "Account" and one.width == one.column.width:
        return ShownColumn(one.column, TREE_WIDTH, left=True)
    return one


QOS_CONDITIONS = frozenset({"QosLevel", "DefaultQOS"})
ACCOUNT_FLAG_WORDS = ("Deleted", "NoUsersAreCoords", "UsersAreCoords")
CLUSTER_FLAG_WORDS = ("External", "MultipleSlurmd")
MODES_OF_NEWER = frozenset({"priority"})
"""Words for a preempt mode that 24.11 does not know."""

BOTH_QOS = (
    "sacctmgr: error: You can't set qos equal to something and then add or subtract from it in the "
    "same line"
)
ConditionCheck = Callable[[Sequence[str], str, ListFacts], str | None]
"""Returns what sacctmgr says to a value that it refuses, if it does: (names, word, facts)."""


def _numbers(what: str) -> ConditionCheck:
    def check(names: Sequence[str], word: str, facts: ListFacts) -> str | None:
        del word, facts
        bad = [name for name in names if name and not re.fullmatch(r"[+-]?\d+", name, re.ASCII)]
        said = [f"sacctmgr: error: Invalid value for {what} ({name})" for name in bad]
        return lines(*said) if said else None

    return check


def _known_qos(names: Sequence[str], word: str, facts: ListFacts) -> str | None:
    del word
    known = facts.qos() if any(names) else {}
    for name in filter(None, names):
        if name.lstrip(SIGNS) not in known:
            bad, valid = name.lstrip(SIGNS), ",".join(known)
            return lines(f"sacctmgr: error: You gave a bad qos '{bad}'. Valid QOS's are {valid}")
        if _signed(name) != _signed(names[0]):
            return lines(BOTH_QOS)
    return None


SIGNS = "+-"


def _signed(name: str) -> bool:
    return name[:1] in {*SIGNS}


def _modes(names: Sequence[str], word: str, facts: ListFacts) -> str | None:
    known = {*PREEMPT_MODE.words, *PREEMPT_MODE.short}
    for name in names:
        too_new = name in MODES_OF_NEWER and not facts.is_newer()
        if too_new or (name and name not in known):
            return lines(
                f"sacctmgr: error: Unknown preempt_mode given '{name}'",
                f" Bad Preempt Mode given: {word}",
            )
    return None


def _flags(known: Sequence[str]) -> ConditionCheck:
    def check(names: Sequence[str], word: str, facts: ListFacts) -> str | None:
        del names
        said = unknown_flags(word.partition("=")[2], known) if facts.is_newer() else ""
        return lines(said) if said else None

    return check


def unknown_flags(text: str, known: Sequence[str]) -> str:
    """Return what sacctmgr says since 26.05 to flags, if one is not known; nothing if all are."""
    words = text.lower().split(",")  # with their quotes, which are not taken off here
    good = all(any(one.lower().startswith(word) for one in (*known, "")) for word in words)
    return "" if good else f" Unknown Flag(s)={text}"


CONDITION_CHECKS: Mapping[tuple[str, str], ConditionCheck | None] = {
    ("", "ID"): _numbers("AssocId"),
    ("Type", "ID"): None,  # slurmdbd refuses them itself
    ("Name", "ID"): _numbers("QOS ID"),
    ("WCKey", "ID"): _numbers("WCKeyID"),
    ("", "QosLevel"): _known_qos,
    ("", "DefaultQOS"): _known_qos,
    ("", "PreemptMode"): _modes,
    ("Account", "Flags"): _flags(ACCOUNT_FLAG_WORDS),
    ("Cluster", "Flags"): _flags(CLUSTER_FLAG_WORDS),
    ("User", "WCKey"): lambda *_: "",  # it fails, and says nothing
}
"""(the noun's bare condition, or nothing for all nouns; condition) -> check of its values."""
