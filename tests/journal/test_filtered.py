"""A replay that follows what is asked for alone tells of it what a whole replay tells."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, cast

import pytest

from slurmctl_rest.backends.transactions import Journal, JournalPlace
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.history import ChangeFilter
from slurmctl_rest.cli.journal import JournalReading
from slurmctl_rest.journal.parse import JournalEntry, renamed_users
from slurmctl_rest.journal.replay import JournalChange, Replay
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.journal import Ids

from .journals import entry

ACCOUNTS, USERS, QOS_IDS = ("a", "b", "c"), ("u", "v", "w"), {"2": "q", "3": "r"}
IDS = Ids({"1": "cpu", "2": "mem"}, QOS_IDS, {})
OLDER: dict[str, Row] = {
    "5": {"Cluster": "alps", "Account": "c", "User": None, "Partition": None},
    "6": {"Cluster": "alps", "Account": "c", "User": "old", "Partition": None},
}
"""Associations that the journal does not add."""
SEEDS = 40
READ = 10
"""How many of them are read as `history` reads them."""
ENTRIES = 60
Texts = tuple[str, str, str]
"""Action, where and info of an entry."""


class Writer:
    """Makes up what slurmdbd may have written: each entry follows from those before it."""

    def __init__(self, seed: int) -> None:
        """The same journal of the same seed."""
        self.chance = random.Random(seed)  # noqa: S311 (a test)
        self.there = Replay("alps", OLDER.get, ids=IDS)
        self.numbers: dict[tuple[str, str], str] = {}
        self.fresh = map(str, itertools.count(10))

    def entries(self) -> Iterator[JournalEntry]:
        """Yield the entries."""
        kinds = (self.added, self.modified, self.other)
        for number in range(1, ENTRIES):
            one = entry(*self.chance.choice(kinds)(), number=number)
            self.there.apply(one)
            yield one
        assert self.there.complaints == []

    def added(self) -> Texts:
        """Return an association that is added, with the accounts above it as of then."""
        account, user = self.chance.choice(ACCOUNTS), self.chance.choice((*USERS, ""))
        living = {(r["Account"], r["User"] or ""): n for n, r in self.there.associations.items()}
        if (account, user) in living:
            return self.modified()
        # A user's row has its old number again, an account's mostly a new one.
        kept = self.numbers.get((account, user), "")
        number = kept if user or self.chance.random() < 0.3 else ""
        self.numbers[account, user] = number = number or next(self.fresh)
        above = [n for n in self.chance.sample(ACCOUNTS, self.chance.randint(0, 2)) if n != account]
        lineage = "/".join(["", *above, account, *([f"0-{user}"] if user else []), ""])
        of_user = f"user='{user}', `partition`=''"
        of_account = f"parent_acct='{above[-1] if above else 'root'}', user=''"
        info = (
            f"mod_time=1, acct='{account}', is_def={self.chance.randint(0, 1) if user else 0}, "
            f"{of_user if user else of_account}, id_parent='1', lineage='{lineage}', "
            f"shares={self.chance.randint(1, 3)}, max_jobs=NULL, qos=',2,', delta_qos=''"
        )
        return "Add Associations", f"id_assoc={number}", info

    def modified(self) -> Texts:
        """Return associations that are modified."""
        numbers = self.some()
        sets = (
            f"max_jobs={self.chance.randint(1, 3)}",
            "shares=7, def_qos_id=3",
            "is_def=1",
            "qos=',2,3,', delta_qos=''",
            "qos=if (qos='', '', replace(concat(replace(qos, ',3,', ','), ',3,'), ',,', ',')), "
            "delta_qos=if (qos='', replace(concat(replace(replace(delta_qos, ',+3,', ','), "
            "',-3,', ','), ',+3,'), ',,', ','), '')",
            ", ".join(f"grp_tres = if (id_assoc={n}, '1={n}', grp_tres)" for n in numbers),
            "comment='is_def=1, (id_assoc=10)'",
        )
        where = " || ".join(f"id_assoc={number}" for number in numbers)
        return "Modify Associations", f"({where})", self.chance.choice(sets)

    def some(self) -> list[str]:
        """Return the numbers of a few associations that are there."""
        there = sorted({*self.there.associations, *OLDER})
        return self.chance.sample(there, min(len(there), self.chance.randint(1, 3)))

    def other(self) -> Texts:
        """Return a write of another kind."""
        account, number = self.chance.choice(ACCOUNTS), self.chance.choice([*QOS_IDS])
        user, new = self.chance.sample(USERS, 2)
        used = {*self.there.users, *(row["User"] for row in self.there.associations.values())}
        if user in used and new not in used:
            moved = {a: self.numbers.pop((a, user), "") for a in ACCOUNTS}
            self.numbers |= {(a, new): number for a, number in moved.items() if number}
            return "Modify Users", f"(name='{user}')", f"name='{new}'"
        qos, chosen = QOS_IDS[number], " || ".join(f"id_assoc={one}" for one in self.some())
        return self.chance.choice(
            (
                ("Remove Associations", chosen, ""),
                ("Add Accounts", account, "description='d', organization='o', flags='0'"),
                ("Modify Accounts", f"(name='{account}')", f"description='{number}'"),
                ("Remove Accounts", f"name in('{account}')", ""),
                ("Remove Accounts", f"name in('{account}')", ""),
                ("Add Users", user, ""),
                ("Modify Users", f"(name='{user}')", f"admin_level={number}"),
                ("Remove Users", f"name in('{user}')", ""),
                ("Add Account Coord", user, account),
                ("Remove Account Coords", f"(user='{user}')", ""),
                ("Remove Account Coords", f"(acct='{account}')", ""),
                ("Add QOS", qos, "priority=4, flags=0"),
                ("Modify QOS", f"(name='{qos}')", f"priority={self.chance.randint(5, 9)}"),
                ("Remove QOS", f"id='{number}'", ""),
            )
        )


@cache
def journal(seed: int) -> list[JournalEntry]:
    """Return a journal."""
    return [*Writer(seed).entries()]


@cache
def whole_history(seed: int) -> list[JournalChange]:
    """Return all that it tells."""
    return changes(journal(seed), Replay("alps", OLDER.get, ids=IDS))


def changes(entries: Sequence[JournalEntry], replay: Replay) -> list[JournalChange]:
    """Return what a replay tells."""
    found = [change for one in entries for change in replay.apply(one)]
    assert replay.complaints == []
    return found


class Printed:
    """Prints a journal as sacctmgr does: by the times at which the writes began."""

    def __init__(self, entries: Iterable[JournalEntry], places: Mapping[str, JournalPlace]) -> None:
        """Each write takes up to ten minutes, and a minute lies between two."""
        chance = random.Random(1)  # noqa: S311 (a test)
        lines = [(60 * one.number - chance.randint(0, 600), one) for one in entries]
        self.lines = sorted(lines, key=lambda line: line[0])
        self.of_numbers = places

    @staticmethod
    def beside(cluster: str, *conditions: object) -> AbstractContextManager[None]:
        """Nothing takes long here."""
        assert (cluster, conditions[-1]) == ("alps", {})
        return nullcontext()

    def names(self) -> Ids:
        """Return the names of TRES and QOS."""
        return IDS

    def places(self, cluster: str) -> Mapping[str, JournalPlace]:
        """Return the associations that there are, or were."""
        assert cluster == "alps"
        return self.of_numbers

    def stream(
        self,
        begin: Callable[[], Any],
        add: Callable[[Any, Sequence[str]], object],
        where: Mapping[str, tuple[str, ...]] = {},
    ) -> object:
        """Hand on the lines of such actions."""
        tally = begin()
        for time, one in self.lines:
            if one.action in where.get("action", (one.action,)):
                head = (str(one.number), str(10_000 + time), one.cluster)
                add(tally, (*head, one.action, one.actor, one.where, one.info))
        return tally


def read(printed: Printed, meant: ChangeFilter, *, settled: bool = False) -> list[JournalChange]:
    """Return the changes that `history` reads."""
    reader = JournalReading(Context(), "alps")
    reader.journal = cast(Journal, printed)
    found: dict[int, list[JournalChange]] = {}
    replay = reader.replayed(
        lambda replay, _, some: found.setdefault(id(replay), []).extend(filter(meant.means, some)),
        ignores=meant.of_all_names(reader.renamed).ignores,
        settled=settled,
    )
    return found.get(id(replay), [])


GONE = {
    number: JournalPlace(str(row["Account"]), str(row["User"] or ""), "", deleted=True)
    for number, row in OLDER.items()
}


def compared(found: Iterable[JournalChange]) -> list[tuple[int, str, RowChange]]:
    """Return all of the changes but their times."""
    return [(one.entry.number, one.key, one.change) for one in found]


@pytest.mark.parametrize(
    "meant",
    [
        ChangeFilter(ACCOUNT, frozenset("a")),
        ChangeFilter(ACCOUNT),
        ChangeFilter(USER, frozenset("u")),
        ChangeFilter(USER),
        ChangeFilter(QOS, frozenset("q")),
        ChangeFilter(ASSOCIATION, frozenset({"u in a"})),
        ChangeFilter(ASSOCIATION, frozenset("u")),
        ChangeFilter(ASSOCIATION, places=(("Account", frozenset("b")),)),
        ChangeFilter(None, places=(("User", frozenset("v")),)),
        ChangeFilter(ACCOUNT, frozenset("ab"), (("User", frozenset({""})),)),
        ChangeFilter(),
    ],
    ids=[
        *("account a", "accounts", "user u", "users", "qos q", "association u in a"),
        *("associations of u", "places of b", "all of v", "accounts without users", "all"),
    ],
)
def test_what_is_asked_for_is_told_as_in_the_whole_history(meant: ChangeFilter) -> None:
    for seed in range(SEEDS):
        renamed = [pair for one in journal(seed) for pair in renamed_users(one)]
        ignores = meant.of_all_names(renamed).ignores
        found = changes(journal(seed), Replay("alps", OLDER.get, ignores, ids=IDS))
        whole = whole_history(seed)
        assert [*filter(meant.means, found)] == [*filter(meant.means, whole)], seed
        if seed < READ:
            told = read(Printed(journal(seed), GONE), meant)
            assert compared(told) == compared(filter(meant.means, whole)), seed


def test_each_replay_tells_its_changes_by_itself() -> None:
    info = (
        "mod_time=1, acct='{}', is_def=0, parent_acct='{}', user='', id_parent='1', lineage='{}',"
    )
    entries = [
        entry("Add Associations", "id_assoc=10", info.format("a", "root", "/a/"), 1),
        entry("Add Associations", "id_assoc=11", info.format("b", "a", "/a/b/"), 2),
        entry("Add Associations", "id_assoc=12", info.format("c", "root", "/c/"), 3),
        entry("Remove Accounts", "name in('a')", number=4),
        entry("Modify Associations", "(id_assoc=12)", "max_jobs=3", 5),
    ]
    # b is there, so it had been moved (a second replay); c is gone, and nothing tells it (a third).
    printed = Printed(entries, {"11": JournalPlace("b", "", "", deleted=False)})
    told = read(printed, ChangeFilter(), settled=True)
    assert [(one.entry.number, one.change.name, one.change.action) for one in told] == [
        (1, "a", "add"), (2, "b", "add"), (3, "c", "add"), (4, "a", "delete"), (4, "a", "delete"),
        (5, "c", "modify"),
    ]  # fmt: skip


def test_an_entry_that_cannot_be_read_hides_no_other() -> None:
    entries = [
        entry("Modify Users", "(name='u')", "name='w", 1),
        entry("Add Users", "u", number=2),
    ]
    told = read(Printed(entries, {}), ChangeFilter(USER, frozenset("u")))
    assert [(one.entry.number, one.change.action) for one in told] == [(2, "add")]
