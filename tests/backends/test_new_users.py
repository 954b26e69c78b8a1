"""Batches of users and associations: a default account travels only with its associations."""

from __future__ import annotations

from hypothesis import given

from slurmctl_rest.backends.changeset import ChangeSet
from slurmctl_rest.backends.new_users import UserBatch, batches
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from tests.strategies import user_additions
from tests.support import association, user


def new(name: str, default: str, **values: Value) -> RowChange:
    row = {**user(name), "DefaultAccount": default, "Cluster": "alps", **values}
    return RowChange(USER, "add", name, None, row)


def row(account: str, name: str, partition: str | None = None, **values: Value) -> RowChange:
    after = {**association(account, name, Partition=partition), **values}
    return RowChange(ASSOCIATION, "add", f"{name} in {account}", None, after)


def shown(batch: UserBatch) -> tuple[str, str]:
    """Return the users that come, and what is added: users, accounts and partitions."""
    block = batch.block
    places = "/".join(map(",".join, (block.users, block.accounts, block.partitions)))
    return ",".join(change.name for change in batch.users), places


def of(users: list[RowChange], rows: list[RowChange]) -> list[tuple[str, str]]:
    return [shown(batch) for batch in batches(users, rows)]


def test_rows_that_look_alike_come_with_the_one_in_the_default_account() -> None:
    rows = [row("a", "alice"), row("b", "alice")]
    assert of([new("alice", "b")], rows) == [("alice", "alice/a,b/")]


def test_the_default_account_comes_first_wherever_it_stands() -> None:
    rows = [row("a", "alice", MaxJobs=3), row("b", "alice", MaxJobs=5), row("c", "alice")]
    for at, default in enumerate("abc"):
        found = of([new("alice", default)], rows)
        others = [("", f"alice/{other}/") for other in "abc" if other != default]
        assert found == [("alice", f"alice/{'abc'[at]}/"), *others]


def test_partitions_and_none_are_never_one_batch() -> None:
    rows = [row("a", "alice", "gpu"), row("b", "alice"), row("b", "alice", "gpu")]
    assert of([new("alice", "b")], rows) == [
        ("alice", "alice/a,b/gpu"),
        ("alice", "alice/b/"),
    ]
    assert of([new("alice", "a")], rows) == [
        ("alice", "alice/a,b/gpu"),
        ("", "alice/b/"),
    ]


def test_those_who_follow_come_together_with_users_who_are_there() -> None:
    """One call for each kind of user, and one for all that follows."""
    names = [f"u{n:02}" for n in range(12)]
    users = [new(name, "a", AdminLevel="Operator" if name == "u03" else "None") for name in names]
    rows = [one for name in names for one in (row("a", name, MaxJobs=3), row("b", name))]
    others = ",".join(name for name in names if name != "u03")
    assert of(users, [*rows, row("b", "zoe")]) == [
        (others, f"{others}/a/"),
        ("u03", "u03/a/"),
        ("", f"{','.join(names)},zoe/b/"),
    ]


def test_users_who_come_into_partitions_come_one_by_one_and_follow_together() -> None:
    users = [new("alice", "a"), new("bob", "a")]
    rows = [
        one for n in ("alice", "bob") for one in (row("a", n, "gpu"), row("b", n, "gpu", MaxJobs=1))
    ]
    assert of(users, rows) == [
        ("alice", "alice/a/gpu"),
        ("bob", "bob/a/gpu"),
        ("", "alice,bob/b/gpu"),
    ]


def test_a_user_who_gets_a_default_account_with_no_new_row_is_modified() -> None:
    """DefaultAccount=a would come with a call that is about b."""
    there: Row = {**user("alice"), "DefaultAccount": None, "Cluster": "alps"}
    for default, comes in (("a", False), ("b", True)):
        change = RowChange(USER, "modify", "alice", there, {**there, "DefaultAccount": default})
        work = ChangeSet([change, row("b", "alice")])
        assert (work.users_created_with_rows(), work.modified_users()) == (
            ([change], []) if comes else ([], [change])
        )


@given(changes=user_additions())
def test_every_user_comes_and_every_row_is_added_once(changes: list[RowChange]) -> None:
    work = ChangeSet(changes)
    users, rows = work.users_created_with_rows(), work.of("add", ASSOCIATION)
    there: set[str] = set()
    added: list[int] = []
    for batch in batches(users, rows):
        there |= {change.name for change in batch.users}
        for change in batch.users:
            assert (change.after or {})["DefaultAccount"] in batch.block.accounts
        coming = {change.name for change in users}
        assert {*batch.block.users} & coming <= there  # nobody is made by a batch that follows
        added += map(id, batch.rows)
    assert there == {change.name for change in users}
    assert sorted(added) == sorted(map(id, rows))
