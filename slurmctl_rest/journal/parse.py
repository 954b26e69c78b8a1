"""One transaction of Slurm's journal, taken apart: what it is about, and what it sets. Pure.

Slurm keeps the SQL of each write (`sacctmgr show transactions`): `where` has the objects, `info`
the new values. tests/journal/recorded/ holds what both releases left for each kind of write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.journal import QUOTED, assignments
from slurmctl_rest.model.text import printable


# No slots: cached_property keeps its value in __dict__.
# Not frozen, though nobody changes one: of 100,000, that takes twice as long to make.
@dataclass
class JournalEntry:
    """One write of anybody.

    time     seconds since 1970
    cluster  whose associations it is about; "" for what all clusters share
    where    what it is about, in the database's words: `(id_assoc=7)`, `name in('a','b')`
    info     what it sets, in the database's words
    """

    number: int
    time: int
    cluster: str
    action: str
    actor: str
    where: str
    info: str

    @cached_property
    def conditions(self) -> Mapping[str, tuple[str, ...]]:
        """Return the values by their column; "" for what is named without one.

        Example: {"user": ("bob",), "acct": ("physics",)}, or {"": ("physics",)}
        """
        found: dict[str, list[str]] = {}
        for column, one, several in CONDITION.findall(self.where):
            texts = QUOTED_TEXT.findall(several) if several else [one]
            found.setdefault(column, []).extend(map(sql_text, texts))
        if not found and self.where:
            found[""] = [self.where]
        return {column: tuple(values) for column, values in found.items()}

    @cached_property
    def assigned(self) -> Mapping[tuple[str, str], str]:
        """Return the texts that are set, as SQL has them, by column and row ("": all rows).

        Example: {("max_jobs", ""): "5", ("grp_tres", "7"): "'1=100'"}

        SlurmRefused for a transaction that cannot be read: it is never taken for another one.
        """
        found: dict[tuple[str, str], str] = {}
        try:
            for column, text in assignments(self.info):
                if one := OF_ONE_ROW.fullmatch(text):
                    found[column, one[1]] = one[2]
                else:  # of several QOS, each has an expression of its own
                    before = found.get((column, ""), "")
                    found[column, ""] = f"{before} {text}" if before else text
        except ValueError as error:
            raise SlurmRefused(
                f"transaction {self.number} of Slurm's journal cannot be read: "
                f"{printable(str(error))}",
                f"read it with `slurmctl-rest transaction list {self.number}`",
            ) from error
        return found

    def sets(self, row: str = "") -> dict[str, str]:
        """Return what is set on one row: column -> text as SQL has it."""
        return {column: text for (column, of), text in self.assigned.items() if of in {"", row}}


CONDITION = re.compile(
    rf"\b(id_assoc|id_wckey|res_id|id|name|user|acct) ?"
    rf"(?:= ?({QUOTED}|\d+)|in ?\(((?:{QUOTED},? ?)+)\))",
    re.DOTALL,
)
"""`name='a'`, `id_assoc=7`, `name in('a','b')`; `||` and `&&` stand between them."""
QUOTED_TEXT = re.compile(QUOTED, re.DOTALL)
OF_ONE_ROW = re.compile(rf"if \((?:id_assoc|id)=(\d+), ({QUOTED}), \w+\)", re.DOTALL)
"""A list of TRES is set row by row."""


def sql_text(text: str) -> str:
    r"""Return a text without SQL's quotes: `'it\'s'` is it's."""
    inner = text[1:-1] if text[:1] == "'" else text
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) if "\\" in inner else inner


def numbers_modified(where: str) -> list[str]:
    """Return the numbers of the associations that are modified, taken apart in a hurry.

    Of another text it returns what is no number: JournalEntry.conditions tells all of them.

    >>> numbers_modified("(id_assoc=7 || id_assoc=8)")
    ['7', '8']
    """
    return where.removeprefix("(id_assoc=").removesuffix(")").split(" || id_assoc=")


def renamed_users(entry: JournalEntry) -> list[tuple[str, str]]:
    """Return the users that an entry gives another name: old, new."""
    if entry.action != "Modify Users" or "name=" not in entry.info:
        return []
    new = sql_text(entry.sets().get("name", "''"))
    return [(old, new) for old in entry.conditions.get("name", ()) if new not in {"", old}]


def parsed_entry(cells: Sequence[str]) -> JournalEntry:
    """Return the entry of a line of `transaction list`: the columns of JournalEntry, as printed."""
    number, time, *texts = cells
    if not number.isdecimal() or not time.isdecimal():
        raise SlurmRefused("a transaction of Slurm's journal has no number, or no time")
    return JournalEntry(int(number), int(time), *texts)
