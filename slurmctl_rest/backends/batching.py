"""Changes in as few requests as they fit in: those alike go together, and none is too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value

T = TypeVar("T")


def chunked(names: Sequence[T], most: int) -> list[tuple[T, ...]]:
    """Split many names into parts that fit a URL or an argument; no names are one empty part.

    Example: chunked(["a", "b", "c"], 2) -> [("a", "b"), ("c",)]
    """
    return [tuple(names[at : at + most]) for at in range(0, len(names), most)] or [()]


def chunked_by_length(names: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Split many names into parts of at most so many, each of which has room in a URL."""
    parts: list[tuple[str, ...]] = []
    begin = used = 0
    for at, name in enumerate(names):
        used += len(name) + ENCODED_COMMA_CHARACTERS
        if at > begin and (at - begin == most or used > MAX_NAMES_CHARACTERS):
            parts.append(tuple(names[begin:at]))
            begin, used = at, len(name) + ENCODED_COMMA_CHARACTERS
    return [*parts, tuple(names[begin:])] if names else []


MAX_NAMES_CHARACTERS = 20_000
"""Characters of a list of names: three lists fit slurmrestd's 80 KB for a request's head, and each
the 128 KiB that Linux has for one argument."""


ENCODED_COMMA_CHARACTERS = 3
"""Characters: %2C."""


MAX_ROWS_PER_CALL = 500
"""Rows in one request or command. On a site of 20,000 associations, adding users costs slurmdbd
half a second whatever their number, and 2 to 10 ms a user (26.05, 24.11); modifying costs 3 ms a
row. So 500 take five seconds at most, of the 30 that a request may take."""


MAX_DELETIONS_PER_CALL = 100
"""Rows that one request or command deletes: on such a site slurmdbd needs 40 ms for each."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Associations of users that one request can name: each user in each account and partition."""

    users: tuple[str, ...]
    accounts: tuple[str, ...]
    partitions: tuple[str, ...]

    def places(self) -> Iterator[tuple[str, str, str]]:
        """Yield user, account and partition of each association of the block."""
        return product(self.users, self.accounts, self.partitions)


def rectangles(rows: Iterable[Row], most: int = MAX_ROWS_PER_CALL) -> list[Rectangle]:
    """Cover the users' associations exactly, with few blocks; '' is the row for all partitions.

    alice and bob, each in accounts a and b, are one block: a request means each user in each
    account. '' never shares a block with partitions: slurmdbd has no condition for both.
    """
    partitions: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        by_account = partitions.setdefault(association_key(row).user, {})
        by_account.setdefault(association_key(row).account, []).append(
            association_key(row).partition
        )
    users: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for user, by_account in partitions.items():
        accounts: dict[tuple[str, ...], list[str]] = {}
        for account, named in by_account.items():
            for part in (tuple(p for p in named if not p), tuple(p for p in named if p)):
                if part:
                    accounts.setdefault(part, []).append(account)
        for part, named in accounts.items():
            users.setdefault((tuple(named), part), []).append(user)
    return [
        Rectangle(some_users, some_accounts, some_partitions)
        for (accounts_, partitions_), named in users.items()
        for some_partitions in chunked_by_length(partitions_, most)
        for some_accounts in chunked_by_length(accounts_, most // len(some_partitions))
        for some_users in chunked_by_length(
            named, most // len(some_accounts) // len(some_partitions)
        )
    ]


def in_rectangles(
    changes: Sequence[RowChange], most: int = MAX_ROWS_PER_CALL
) -> list[tuple[Rectangle, tuple[RowChange, ...]]]:
    """Return blocks that cover the rows of the changes, each with those that it holds."""
    rows = [change.row for change in changes]
    there = {
        (
            association_key(row).user,
            association_key(row).account,
            association_key(row).partition,
        ): change
        for row, change in zip(rows, changes, strict=True)
    }
    return [
        (block, tuple(there[one] for one in block.places())) for block in rectangles(rows, most)
    ]


def split_complete_users(changes: Sequence[RowChange]) -> tuple[list[RowChange], list[RowChange]]:
    """Part the changes of users who change with all associations they have, from the others.

    A row for some partition is never among the first: a block names rows for all partitions, or
    others.
    """
    parted: tuple[list[RowChange], list[RowChange]] = ([], [])
    for some in _by_user(changes).values():
        whole = some[0].of_user == len(some) and not any(c.old["Partition"] for c in some)
        parted[0 if whole else 1].extend(some)
    return parted


def user_spans(
    changes: Sequence[RowChange], most: int = MAX_ROWS_PER_CALL
) -> list[tuple[Rectangle, tuple[RowChange, ...]]]:
    """Return rectangles for `split_complete_users`: users, and all accounts that any of them is in.

    alice in a and bob in b are one span, though it names alice in b too: the plan has seen all
    associations of its users (`RowChange.of_user`), so that no such row exists.
    """
    spans: list[tuple[Rectangle, tuple[RowChange, ...]]] = []
    users: list[str] = []
    accounts: dict[str, None] = {}
    carried: list[RowChange] = []
    for user, some in _by_user(changes).items():
        more = dict.fromkeys(change.key.account for change in some)
        full = len(carried) + len(some) > most
        if carried and (
            full or max(_room([*users, str(user)]), _room(accounts | more)) > MAX_NAMES_CHARACTERS
        ):
            spans.append((Rectangle(tuple(users), tuple(accounts), ("",)), tuple(carried)))
            users, accounts, carried = [], {}, []
        users.append(str(user))
        accounts |= more
        carried += some
    return (
        [*spans, (Rectangle(tuple(users), tuple(accounts), ("",)), tuple(carried))] if users else []
    )


def _by_user(changes: Iterable[RowChange]) -> dict[Value, list[RowChange]]:
    of_users: dict[Value, list[RowChange]] = {}
    for change in changes:
        of_users.setdefault(change.old["User"], []).append(change)
    return of_users


def _room(names: Iterable[str]) -> int:
    """Return the characters that a list of names takes in a URL."""
    return sum(len(name) + ENCODED_COMMA_CHARACTERS for name in names)


def by_cluster(changes: Iterable[RowChange]) -> dict[str, list[RowChange]]:
    """Return the changes of each cluster: {"alps": [...], "jura": [...]}."""
    groups: dict[str, list[RowChange]] = {}
    for change in changes:
        groups.setdefault(change.key.cluster, []).append(change)
    return groups


def split_account_level(changes: Iterable[RowChange]) -> tuple[list[RowChange], list[RowChange]]:
    """Part the changes of accounts' own rows from those of users' rows."""
    parted: tuple[list[RowChange], list[RowChange]] = ([], [])
    for change in changes:
        parted[0 if is_account_level(change.old) else 1].append(change)
    return parted


def in_branches(
    changes: Iterable[RowChange],
) -> list[tuple[tuple[str, ...], str, tuple[RowChange, ...]]]:
    """Return accounts whose own rows go with all below them, their cluster, and the deletions.

    A deletion and its companions stay in one part. Slurm 24.11 removes only the rows that match,
    over REST and for sacctmgr, and its slurmdbd then walks up from the orphans for ever; 26.05
    removes the subtree.
    """
    parts: list[tuple[tuple[str, ...], str, tuple[RowChange, ...]]] = []
    for cluster, here in by_cluster(changes).items():
        names: dict[str, None] = {}
        carried: list[RowChange] = []
        used = 0
        for change in here:
            rows = (change.old, *change.companions)
            more = dict.fromkeys(association_key(row).account for row in rows)
            size = _room(name for name in more if name not in names)
            # A deletion with its companions is never cut:
            # 24.11 would leave its lower accounts as orphans.
            if carried and used + size > MAX_NAMES_CHARACTERS:
                parts.append((tuple(names), cluster, tuple(carried)))
                names, carried, used = {}, [], 0
            names |= more
            carried.append(change)
            used += size
        parts.append((tuple(names), cluster, tuple(carried)))
    return parts
