"""Blocks: many associations of users, named by few requests, and never one more."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends import MOST_USERS, Block, Query, blocks, by_name, in_parts
from slurmctl_rest.model.entities import QOS, TRES_TYPE
from slurmctl_rest.model.fields import Row
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


@given(rows=members(), other=members())
def test_a_block_holds_what_it_covers_and_nothing_else(rows: list[Row], other: list[Row]) -> None:
    for block in blocks(rows):
        assert [row for row in (*rows, *other) if block.holds(row)] == [
            row for row in (*rows, *other) if named(row) in covered(block)
        ]


@given(
    users=st.integers(1, 250),
    accounts=st.lists(st.sampled_from("abc"), min_size=1, unique=True),
    partitions=st.lists(st.sampled_from(["gpu", "long"]), unique=True),
)
def test_a_whole_product_is_one_block_for_each_hundred_users(
    users: int, accounts: list[str], partitions: list[str]
) -> None:
    rows = [
        association(a, f"u{n}", Partition=p or None)
        for n in range(users)
        for a in accounts
        for p in (partitions or ("",))
    ]
    found = blocks(rows)
    assert len(found) == -(-users // MOST_USERS)
    assert all(len(block.users) <= MOST_USERS for block in found)
    assert {block.accounts for block in found} == {tuple(accounts)}
    assert {block.partitions for block in found} == {tuple(partitions) or ("",)}


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
