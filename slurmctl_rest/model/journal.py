"""Slurm's own journal: what `sacctmgr show transactions` prints, taken apart. Pure.

Each write of anybody, with any tool, is a transaction: `Modify Associations` has each new value
with the ids of the rows (`grp_tres = if (id_assoc=7, '1=5,2=9', grp_tres)`), in the ids of TRES and
QOS. Two transactions on one row stand in the order of their ids: slurmdbd changes the row, which
locks it, and then writes the transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import QOS

TRANSACTION_COLUMNS = ("id", "time", "cluster", "action", "actor", "where", "info")
"""The columns that are asked for, in this order; the time in seconds."""

LINE_START = re.compile(r"(\d+)\|(\d+)\|([^|\n]*)\|([A-Z][A-Za-z ]*)\|([^|\n]*)\|")
"""A line that is none of these goes on with the text of the one before: texts may hold newlines."""

Parts: TypeAlias = Mapping[str, str | None]
"""The parts of a value: id of a TRES -> count, id of a QOS -> "". A plain number has one, named "".
None: the part is taken away."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One write.

    cluster  whose associations it is about: each cluster of a slurmdbd numbers its own, so that two
             of them have the same ids. "" for what all clusters share, like QOS
    """

    number: int
    time: int
    cluster: str
    action: str
    actor: str
    rest: str
    """The columns `where` and `info`: the former may hold `||`, so that is not taken apart here."""

    def targets(self) -> tuple[str, ...]:
        """Return which rows it is about: ids of associations, or names of QOS."""
        end = self.rest.find(")|") if self.rest.startswith("(") else self.rest.find("|")
        return tuple(number or name for number, name in TARGET.findall(self.rest[: max(end, 0)]))

    def names(self, key: str) -> bool:
        """Tell whether its condition is this name alone, as where a QOS is added."""
        return self.rest.partition("|")[0] == key

    def values(self) -> Iterator[tuple[str, str, Assigned]]:
        """Yield row ("": all), column and value of what it sets."""
        for column, text in self._assignments():
            if one := OF_ROW.fullmatch(text):
                yield one[1], column, parsed_value(column, one[2])
            elif not text.startswith("if ("):
                yield "", column, parsed_value(column, text)
            elif column == "delta_qos":  # beside `qos = if (...)`, and with signs
                signs = {"+": "", "-": None}
                parts = {number: signs[sign] for sign, number in ADDED.findall(text)}
                yield "", "qos", Assigned(parts, whole=False)

    def _assignments(self) -> Iterator[tuple[str, str]]:
        with suppress(ValueError):  # what cannot be read tells nothing of our write
            yield from assignments(self.rest.partition(")|")[2])


TARGET = re.compile(r"(?:id_assoc=(\d+)|name='([^']*)')")
OF_ROW = re.compile(r"if \((?:id_assoc|id)=(\d+), ('[^']*'), \w+\)", re.DOTALL)
"""A list of TRES is set row by row."""
ADDED = re.compile(r"',([+-])(\d+),'\)")
"""In what sacctmgr has slurmdbd do for QosLevel+= and -=: an argument of concat."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A value that is set: all its parts, or (not `whole`) some beside those that are there."""

    parts: Parts
    whole: bool = True

    def get(self, part: str, otherwise: str | None) -> str | None:
        """Return a part; `otherwise`: what is there where it says nothing of it."""
        return self.parts.get(part, None if self.whole else otherwise)


def transactions(text: str) -> list[Transaction]:
    """Return the transactions of a listing by TRANSACTION_COLUMNS, in their order."""
    entries: list[tuple[re.Match[str], list[str]]] = []
    for line in text.split("\n"):
        if begin := LINE_START.match(line):
            entries.append((begin, [line[begin.end() :]]))
        elif entries:
            entries[-1][1].append(line)
    found = [
        Transaction(
            number=int(begin[1]),
            time=int(begin[2]),
            cluster=begin[3],
            action=begin[4],
            actor=begin[5],
            rest="\n".join(lines).rstrip("\n"),
        )
        for begin, lines in entries
    ]
    # By number: several transactions have the same second
    # (tests/lab/test_facts.py::test_the_journal_has_the_later_of_two_writes_to_a_row_last).
    return sorted(found, key=lambda one: one.number)


def parsed_value(column: str, text: str) -> Assigned:
    """Return the parts of a value."""
    if text == "NULL":
        return Assigned({})
    if not text.startswith("'"):
        return Assigned({"": text})
    text = text.strip("'")
    if column in NAME_LISTS:
        return Assigned(dict.fromkeys(filter(None, text.split(",")), ""))
    pairs = (pair.partition("=") for pair in text.split(",") if "=" in pair)
    return Assigned({name: count for name, _, count in pairs})


NAME_LISTS = frozenset({"qos", "delta_qos", "preempt"})
"""Columns that hold ids of QOS between commas."""


def assignments(info: str) -> Iterator[tuple[str, str]]:
    """Yield column and value of what a write sets, as SQL has them; texts keep their quotes.

    >>> [*assignments("shares=5, comment='a, b', flags=(flags | 4)")]
    [('shares', '5'), ('comment', "'a, b'"), ('flags', '(flags | 4)')]

    ValueError for what is none: a text without its end is not taken for anything else.
    """
    at = 0
    while at < len(info):
        match = ASSIGNMENT.match(info, at)
        if match is None:
            raise ValueError(f"no column=value at '{info[at : at + 40]}'")
        at = match.end()
        end = at if match[2] is not None else _end_of_expression(info, at)
        yield match[1], match[2] if match[2] is not None else info[at:end].strip()
        at = end + 1  # the comma


QUOTED = r"'[^'\\]*(?:\\.[^'\\]*)*'"
"""A text of SQL's: `\\'` and `\\\\` stand for a quote and a backslash."""
ASSIGNMENT = re.compile(
    rf"\s*`?(\w+)`?\s*=\s*"
    rf"(?:({QUOTED}|[\w.-]+|if \((?:id_assoc|id)=\d+, {QUOTED}, \w+\))(?=,|\Z))?",
    re.DOTALL,
)
"""A column with a value that is no expression; with group 2 empty, an expression follows."""
QUOTES_AND_BRACKETS = re.compile(rf"{QUOTED}|[(),']", re.DOTALL)


def _end_of_expression(info: str, begin: int) -> int:
    """Return where the comma stands that is in no brackets and no quotes, or the end."""
    depth = 0
    for mark in QUOTES_AND_BRACKETS.finditer(info, begin):
        if mark[0] == "'" or (mark[0] == ")" and depth == 0):
            raise ValueError(f"a quote or bracket without its pair after '{info[begin:][:40]}'")
        depth += (mark[0] == "(") - (mark[0] == ")")
        if mark[0] == "," and depth == 0:
            return mark.start()
    if depth:
        raise ValueError(f"a bracket without its pair after '{info[begin:][:40]}'")
    return len(info)


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids of Slurm's -> names: of TRES, of QOS; and the ids of associations."""

    tres: Mapping[str, str]
    qos: Mapping[str, str]
    associations: Mapping[tuple[str, str, str], str]

    def of(self, change: RowChange) -> str:
        """Return what the journal calls the row of a change."""
        row = change.row
        if change.entity is QOS:
            return change.name
        names = (row.get(name) or "" for name in ("Account", "User", "Partition"))
        return self.associations.get(tuple(map(str, names)), "")  # type: ignore[arg-type]
