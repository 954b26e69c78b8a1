"""A list in sacctmgr's words: what is asked for, and the columns that it shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slurmctl_rest.sacctmgr.columns import (
    DEFAULT_COLUMNS,
    LIST_COLUMNS,
    WITH_ASSOC_COLUMNS,
    ShownColumn,
    UnknownColumn,
    column_of,
    shown_column,
)
from slurmctl_rest.sacctmgr.conditions import Conditions, SlurmFacts
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import LineRefused, as_lines
from slurmctl_rest.sacctmgr.tokens import split_word

ONLY_WITHASSOC = (
    "You requested options that are only valid when querying with the withassoc option.\n"
    "Are you sure you want to continue?"
)
"""What it asks where a condition on associations is given, and none are listed."""


@dataclass(frozen=True, slots=True)
class ListRequest:
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


def read_list(
    noun: str, words: Sequence[str], options: LineOptions, facts: SlurmFacts
) -> ListRequest:
    """Read the words behind the noun of a list; raise LineRefused for what sacctmgr refuses."""
    conditions = Conditions(noun, facts)
    for place, word in enumerate(words):
        one = split_word(word, old="==" in word and not facts.is_newer())
        if not one.keyword or place:
            conditions.read(one)
    if conditions.complaints.failed:
        raise conditions.complaints.refused()
    switches = {*conditions.switches}
    if options.associations and noun in WITH_ASSOC_COLUMNS:
        switches.add("WithAssoc")
    return ListRequest(
        noun,
        {name: tuple(names) for name, names in conditions.where.items()},
        frozenset(switches),
        tuple(conditions.format),
        unsure=conditions.unsure and noun in WITH_ASSOC_COLUMNS and "WithAssoc" not in switches,
    )


def not_unpacked(wanted: ListRequest) -> Sequence[str]:
    """Return what sacctmgr says to numbers that slurmdbd cannot read, such as +1; else nothing.

    A default QOS goes to it as its number, with the sign that stands before its name.
    """
    of_qos = (name for name in wanted.where.get("DefaultQOS", ()) if name[:1] in {"+", "-"})
    numbers = [name for name in wanted.where.get("ID", ()) if name]
    if not any(of_qos) and all(re.fullmatch(r"\d+", name, re.ASCII) for name in numbers):
        return ()
    message, failed = UNPACKED[wanted.noun]
    return (f"sacctmgr: error: Failed to unpack DBD_GET_{message} message", failed)


_QUERY, _REQUEST = " Problem with query.", " Error with request: Unspecified error"
UNPACKED = {
    "account": ("ACCOUNTS", _QUERY),
    "association": ("ASSOCS", _REQUEST),
    "qos": ("QOS", _QUERY),
    "tres": ("TRES", _QUERY),
    "user": ("USERS", _QUERY),
    "wckey": ("WCKEYS", _REQUEST),
}
"""Noun -> what slurmdbd's message for its list is called, and what sacctmgr says of a failure."""

TREE_WIDTH = 20
"""Of the column Account where Tree shows it at the left, unless format= says how wide."""

WITHOUT_LIMITS = {
    "association": ("WOPLimits", "Cluster,Account,User,Partition"),
    "cluster": ("WOLimits", "Cluster,ControlHost,ControlPort,RPC"),
}
"""The switch that leaves the limits of a noun out, and its columns then."""

ADDED_COLUMNS = {
    "account": (("WithAssoc", WITH_ASSOC_COLUMNS["account"]), ("WithCoordinators", "Coord")),
    "user": (("WithCoordinators", "Coord"), ("WithAssoc", WITH_ASSOC_COLUMNS["user"])),
    "cluster": (("WithFed", "Federation,ID,Features,FedState"),),
}
"""The columns that switches add to those of a noun, in sacctmgr's order."""

WCKEY_COLUMNS = (
    column_of("WCKey", 10, WCKeys=1, Names=1),
    column_of("Cluster", 10, Clusters=2),
    column_of("ID", 6, ID=1),
    column_of("User", 10, User=1),
)
"""WCKeys have columns of their own."""


def list_columns(wanted: ListRequest) -> list[ShownColumn]:
    """Return the columns of a list; raise LineRefused for a word of format= that means none."""
    words = list(wanted.format)
    if not words:
        switch, few = WITHOUT_LIMITS.get(wanted.noun, ("", ""))
        parts = [few if switch in wanted.switches else DEFAULT_COLUMNS[wanted.noun]]
        added = ADDED_COLUMNS.get(wanted.noun, ())
        parts += [text for switch, text in added if switch in wanted.switches]
        words = ",".join(parts).split(",")
    known = WCKEY_COLUMNS if wanted.noun == "wckey" else LIST_COLUMNS
    found: list[ShownColumn] = []
    unknown: list[str] = []
    for word in words:
        try:
            found.append(shown_column(word, known))
        except UnknownColumn as error:
            unknown.append(f"Unknown field '{error}'")
    if unknown:
        raise LineRefused(as_lines(*(unknown if wanted.noun == "wckey" else unknown[:1])))
    if "Tree" in wanted.switches:
        found = [_at_left(one) for one in found]
    return found


def _at_left(one: ShownColumn) -> ShownColumn:
    if one.column.header == "Account" and one.width == one.column.width:
        return ShownColumn(one.column, TREE_WIDTH, left=True)
    return one
