"""Which users and associations are added together, whichever executor carries them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slurmctl_rest.backends.batching import Rectangle, by_cluster, in_rectangles
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.fields import Row


@dataclass(frozen=True, slots=True)
class UserBatch:
    """Associations that one call adds: alike, and each user in each account and partition.

    `users` are those whom the call makes, or gives a default account; they are alike, too.
    """

    users: tuple[RowChange, ...]
    rows: tuple[RowChange, ...]
    block: Rectangle
    cluster: str

    @property
    def changes(self) -> tuple[RowChange, ...]:
        """Return all that the call carries."""
        return (*self.users, *self.rows)


def batches(users: Sequence[RowChange], rows: Sequence[RowChange]) -> Iterator[UserBatch]:
    """Yield what is added together: new users go with associations in their default account.

    These come first: a user who is made without a default account gets the first account for one.
    Associations that look like them come along: alice in a and b, with b for her default account,
    are one batch. The others follow without their user, because the default account would come with
    each call that names it: sacctmgr adds the user to it (`DefaultAccount=b account=a` is two
    associations, b with the limits of a), and slurmrestd ignores it.
    """
    record = {change.name: change for change in users}
    carried: set[int] = set()
    for group in _alike((c for c in rows if _user(c) in record), record):
        for batch in _in_batches(group, record):
            if batch.users[0].new["DefaultAccount"] in batch.block.accounts:
                carried.update(map(id, batch.rows))
                yield batch
    for group in _alike((c for c in rows if id(c) not in carried), {}):
        yield from _in_batches(group, {})


def _alike(
    rows: Iterable[RowChange], record: Mapping[str, RowChange]
) -> Iterable[Sequence[RowChange]]:
    """Return the associations that look alike, and whose users do."""
    groups: dict[tuple[str, str, str], list[RowChange]] = {}
    for change in rows:
        user = record.get(_user(change))
        # repr: fields hold mappings, which have no hash.
        looks = (repr(user.fields) if user else "", repr(change.fields))
        groups.setdefault((_comes_alone(user, change.new), *looks), []).append(change)
    return groups.values()


def _in_batches(rows: Sequence[RowChange], record: Mapping[str, RowChange]) -> Iterator[UserBatch]:
    for cluster, group in by_cluster(rows).items():
        for block, carried in in_rectangles(group):
            users = tuple(record[user] for user in block.users if user in record)
            yield UserBatch(users, carried, block, cluster)


def _comes_alone(user: RowChange | None, row: Row) -> str:
    """Return the name of a user who cannot be added together with others, or nothing.

    Of several users who are added to partitions at once, slurmdbd gives all but the first another
    default account than the one in the request.
    """
    return user.name if user is not None and row["Partition"] else ""


def _user(change: RowChange) -> str:
    return change.key.user
