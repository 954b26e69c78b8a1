"""Blocks: many associations of users, named by few requests, and never one more."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends import (
    MOST_ROWS,
    ROOM,
    Block,
    Query,
    blocks,
    by_name,
    in_blocks,
    in_parts,
    in_room,
)
from slurmctl_rest.model.entities import ASSOCIATION, QOS, TRES_TYPE
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning import RowChange
from tests.strategies import members
from tests.support import association, qos


def covered(block: Block) -> list[tuple[str, str, str]]:
    return list(itertools.product(block.users, block.accounts, block.partitions))


def named(row: Row) -> tuple[str, str, str]:
    return str(row["User"]), str(row["Account"]), str(row["Partition"] or "")


@given(rows=members())
def test_blocks_cover_exactly_the_rows(rows: list[Row]) -> None:
    """No row more: it would be deleted. No row twice: it would be added twice."""
    found = [one for block in blocks(rows) for one in covered(block)]
    assert sorted(found) == sorted(map(named, rows))


@given(rows=members())
def test_a_row_for_all_partitions_never_shares_a_block_with_one_for_some(rows: list[Row]) -> None:
    """slurmdbd has no condition for "this partition, or none"."""
    for block in blocks(rows):
        assert "" not in block.partitions or block.partitions == ("",)
        assert block.users
        assert block.accounts
        assert block.partitions


@given(rows=members())
def test_each_change_is_carried_by_the_block_that_holds_it(rows: list[Row]) -> None:
    changes = [RowChange(ASSOCIATION, "delete", str(n), row, None) for n, row in enumerate(rows)]
    for block, carried in in_blocks(changes):
        assert [named(change.before or {}) for change in carried] == covered(block)


@given(
    users=st.integers(1, 2500),
    accounts=st.integers(1, 3),
    partitions=st.lists(st.sampled_from(["gpu", "long"]), unique=True),
)
def test_a_whole_product_is_one_block_for_each_thousand_rows(
    users: int, accounts: int, partitions: list[str]
) -> None:
    some: list[str | None] = [*partitions] or [None]
    places = itertools.product(range(users), range(accounts), some)
    found = blocks([association(f"a{a}", f"u{n}", Partition=p) for n, a, p in places])
    each = accounts * max(len(partitions), 1)
    assert [len(covered(block)) <= MOST_ROWS for block in found] == [True] * len(found)
    assert len(found) == -(-users // (MOST_ROWS // each))
    assert {len(block.accounts) for block in found} == {accounts}
    assert {block.partitions for block in found} == {tuple(partitions) or ("",)}


@pytest.mark.parametrize("where", ["User", "Account"])
def test_long_names_have_room(where: str) -> None:
    """A request's head is at most 80 KB, with three lists of names."""
    rows = [{**association("a", "u"), where: f"{n:0200}"} for n in range(150)]
    found = blocks(rows)
    lists = [",".join(getattr(block, f"{where.lower()}s")) for block in found]
    assert [len(words) <= ROOM for words in lists] == [True, True]
    assert ",".join(lists) == ",".join(str(row[where]) for row in rows)


def test_what_has_no_room_goes_alone() -> None:
    assert in_room(["a", "b" * ROOM, "c"], 10) == [("a",), ("b" * ROOM,), ("c",)]
    assert in_room([], 10) == []


def test_an_example() -> None:
    rows = [
        association("physics", "alice"),
        association("physics", "alice", Partition="gpu"),
        association("art", "alice"),
        association("art", "bob"),
        association("physics", "bob"),
        association("art", "carol", Partition="gpu"),
    ]
    assert blocks(rows) == [
        Block(("alice",), ("physics", "art"), ("",)),
        Block(("alice",), ("physics",), ("gpu",)),
        Block(("bob",), ("art", "physics"), ("",)),
        Block(("carol",), ("art",), ("gpu",)),
    ]


def test_nothing_is_no_block() -> None:
    assert blocks([]) == []


@pytest.mark.parametrize(
    ("names", "most", "parts"),
    [
        ("abcde", 2, [("a", "b"), ("c", "d"), ("e",)]),
        ("ab", 2, [("a", "b")]),
        ("", 2, [()]),
    ],
)
def test_in_parts(names: str, most: int, parts: list[tuple[str, ...]]) -> None:
    assert in_parts(list(names), most) == parts


def test_rows_without_clusters_come_by_name_and_tres_by_number() -> None:
    rows = [qos("b"), qos("c"), qos("a")]
    assert [row["Name"] for row in by_name(Query(QOS, "alps"), rows)] == ["a", "b", "c"]
    assert [row["Name"] for row in by_name(Query(QOS, "alps", ("c", "b")), rows)] == ["b", "c"]
    tres: Sequence[Row] = [
        {"Type": "mem", "Name": "", "ID": 2},
        {"Type": "cpu", "Name": "", "ID": 1},
    ]
    assert by_name(Query(TRES_TYPE, "alps"), tres) == tres[::-1]
