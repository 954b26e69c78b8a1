"""Blocks: many associations of users, named by few requests, and never one more."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slurmctl_rest.backends.batching import (
    MAX_NAMES_CHARACTERS,
    MAX_ROWS_PER_CALL,
    Rectangle,
    chunked,
    chunked_by_length,
    in_rectangles,
    rectangles,
    split_complete_users,
    user_spans,
)
from slurmctl_rest.backends.query import Query, by_name
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION, QOS, TRES_TYPE
from slurmctl_rest.model.fields import Row
from tests.strategies import members
from tests.support import association, qos


def covered(block: Rectangle) -> list[tuple[str, str, str]]:
    return list(itertools.product(block.users, block.accounts, block.partitions))


def named(row: Row) -> tuple[str, str, str]:
    return str(row["User"]), str(row["Account"]), str(row["Partition"] or "")


@given(rows=members())
def test_blocks_cover_exactly_the_rows(rows: list[Row]) -> None:
    """No row more: it would be deleted. No row twice: it would be added twice."""
    found = [one for block in rectangles(rows) for one in covered(block)]
    assert sorted(found) == sorted(map(named, rows))


@given(rows=members())
def test_a_row_for_all_partitions_never_shares_a_block_with_one_for_some(rows: list[Row]) -> None:
    """slurmdbd has no condition for "this partition, or none"."""
    for block in rectangles(rows):
        assert "" not in block.partitions or block.partitions == ("",)
        assert block.users
        assert block.accounts
        assert block.partitions


@given(rows=members())
def test_each_change_is_carried_by_the_block_that_holds_it(rows: list[Row]) -> None:
    changes = [RowChange(ASSOCIATION, "delete", str(n), row, None) for n, row in enumerate(rows)]
    for block, carried in in_rectangles(changes):
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
    found = rectangles([association(f"a{a}", f"u{n}", Partition=p) for n, a, p in places])
    each = accounts * max(len(partitions), 1)
    assert [len(covered(block)) <= MAX_ROWS_PER_CALL for block in found] == [True] * len(found)
    assert len(found) == -(-users // (MAX_ROWS_PER_CALL // each))
    assert {len(block.accounts) for block in found} == {accounts}
    assert {block.partitions for block in found} == {tuple(partitions) or ("",)}


@pytest.mark.parametrize("where", ["User", "Account"])
def test_long_names_have_room(where: str) -> None:
    """A request's head is at most 80 KB, with three lists of names."""
    rows = [{**association("a", "u"), where: f"{n:0200}"} for n in range(150)]
    found = rectangles(rows)
    lists = [",".join(getattr(block, f"{where.lower()}s")) for block in found]
    assert [len(words) <= MAX_NAMES_CHARACTERS for words in lists] == [True, True]
    assert ",".join(lists) == ",".join(str(row[where]) for row in rows)


def test_what_has_no_room_goes_alone() -> None:
    assert chunked_by_length(["a", "b" * MAX_NAMES_CHARACTERS, "c"], 10) == [
        ("a",),
        ("b" * MAX_NAMES_CHARACTERS,),
        ("c",),
    ]
    assert chunked_by_length([], 10) == []


@st.composite
def some_of_all(draw: st.DrawFn) -> tuple[list[Row], list[RowChange]]:
    """Return associations, and changes of some; of some users it is known how many they have."""
    keys = st.tuples(st.sampled_from("abc"), st.sampled_from("uv"), st.sampled_from([None, "gpu"]))
    some = draw(st.lists(keys, min_size=1, max_size=8, unique=True))
    rows: list[Row] = [association(a, u, Partition=p) for a, u, p in some]
    known = draw(st.sets(st.sampled_from("uv")))
    chosen = [row for row in rows if draw(st.booleans())]
    counts = Counter(str(row["User"]) for row in rows)
    return rows, [
        RowChange(
            *(ASSOCIATION, "modify", str(n), row, {**row, "MaxJobs": 7}),
            of_user=counts[str(row["User"])] if row["User"] in known else 0,
        )
        for n, row in enumerate(chosen)
    ]


@settings(max_examples=300)
@given(some=some_of_all(), most=st.integers(1, 9))
def test_a_modification_meets_the_rows_that_change_and_no_other(
    some: tuple[list[Row], list[RowChange]], most: int
) -> None:
    """A block may name more than there is, but nothing that is there and is to stay."""
    rows, changes = some
    whole, others = split_complete_users(changes)
    found = [*user_spans(whole, most), *in_rectangles(others, most)]
    met = [named(row) for block, _ in found for row in rows if named(row) in covered(block)]
    assert sorted(met) == sorted(named(change.before or {}) for change in changes)
    for block, carried in found:
        assert {named(c.before or {}) for c in carried} == {*map(named, rows)} & {*covered(block)}


def test_users_of_many_accounts_who_change_as_a_whole_are_one_block() -> None:
    rows = [association(f"a{n // 20}", f"u{n}") for n in range(MAX_ROWS_PER_CALL + 20)]
    changes = [
        RowChange(ASSOCIATION, "modify", str(n), row, {**row, "MaxJobs": 7}, of_user=1)
        for n, row in enumerate(rows)
    ]
    whole, others = split_complete_users(changes)
    assert (len(whole), others) == (len(changes), [])
    first, second = user_spans(whole)
    accounts = MAX_ROWS_PER_CALL // 20
    assert first[0].users == tuple(f"u{n}" for n in range(MAX_ROWS_PER_CALL))
    assert first[0].accounts == tuple(f"a{n}" for n in range(accounts))
    assert second[0] == Rectangle(
        tuple(f"u{n}" for n in range(MAX_ROWS_PER_CALL, MAX_ROWS_PER_CALL + 20)),
        (f"a{accounts}",),
        ("",),
    )
    assert not split_complete_users([replace(one, of_user=2) for one in changes[:3]])[0]


@pytest.mark.parametrize("where", ["User", "Account"])
def test_long_names_of_whole_users_have_room(where: str) -> None:
    rows = [{**association("a", "u"), "User": f"u{n}", where: f"{n:0200}"} for n in range(150)]
    changes = [
        RowChange(ASSOCIATION, "modify", str(n), row, {**row, "MaxJobs": 7}, of_user=1)
        for n, row in enumerate(rows)
    ]
    found = [block for block, _ in user_spans(changes)]
    lists = [",".join(getattr(block, f"{where.lower()}s")) for block in found]
    assert [len(words) <= MAX_NAMES_CHARACTERS for words in lists] == [True, True]
    assert ",".join(lists) == ",".join(str(row[where]) for row in rows)


def test_an_example() -> None:
    rows = [
        association("physics", "alice"),
        association("physics", "alice", Partition="gpu"),
        association("art", "alice"),
        association("art", "bob"),
        association("physics", "bob"),
        association("art", "carol", Partition="gpu"),
    ]
    assert rectangles(rows) == [
        Rectangle(("alice",), ("physics", "art"), ("",)),
        Rectangle(("alice",), ("physics",), ("gpu",)),
        Rectangle(("bob",), ("art", "physics"), ("",)),
        Rectangle(("carol",), ("art",), ("gpu",)),
    ]


def test_nothing_is_no_block() -> None:
    assert rectangles([]) == []


@pytest.mark.parametrize(
    ("names", "most", "parts"),
    [
        ("abcde", 2, [("a", "b"), ("c", "d"), ("e",)]),
        ("ab", 2, [("a", "b")]),
        ("", 2, [()]),
    ],
)
def test_in_parts(names: str, most: int, parts: list[tuple[str, ...]]) -> None:
    assert chunked(list(names), most) == parts


def test_rows_without_clusters_come_by_name_and_tres_by_number() -> None:
    rows = [qos("b"), qos("c"), qos("a")]
    assert [row["Name"] for row in by_name(Query(QOS, "alps"), rows)] == ["a", "b", "c"]
    assert [row["Name"] for row in by_name(Query(QOS, "alps", ("c", "b")), rows)] == ["b", "c"]
    tres: Sequence[Row] = [
        {"Type": "mem", "Name": "", "ID": 2},
        {"Type": "cpu", "Name": "", "ID": 1},
    ]
    assert by_name(Query(TRES_TYPE, "alps"), tres) == tres[::-1]
