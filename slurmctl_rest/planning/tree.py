"""The tree of accounts: what is below, how deep, and what a move would break."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from slurmctl_rest.errors import Conflict, NotFound, Refused, SlurmctlError
from slurmctl_rest.model.change import RowChange, called, subject
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.targets import unknown_account


def lowest_first(rows: Sequence[Row], current: Sequence[Row]) -> list[Row]:
    """Return accounts' rows so that none comes after one above it.

    A user who coordinates an account is no more taken for a coordinator of one below it by
    slurmrestd.
    """
    return sorted(rows, key=_depth(current), reverse=True)


def _depth(current: Sequence[Row]) -> Callable[[Row], int]:
    """Return the function that counts the accounts above one."""
    parents = {row["Account"]: row["Parent"] for row in current if row["Parent"] is not None}

    def depth(row: Row) -> int:
        name, steps = row["Account"], 0
        while name in parents and steps < len(parents):
            name, steps = parents[name], steps + 1
        return steps

    return depth


def below(names: Iterable[str], current: Sequence[Row], cluster: str) -> list[str]:
    """Return the accounts that stand below the named ones, and these themselves."""
    return walk(names, children(current, cluster))


def children(current: Sequence[Row], cluster: Value) -> Mapping[Value, Sequence[str]]:
    """Return the accounts right below each account of the cluster.

    Example: {"root": ["science"], "science": ["physics", "chemistry"]}
    """
    lower: dict[Value, list[str]] = {}
    for row in current:
        if row["Cluster"] == cluster and is_account_level(row):
            lower.setdefault(row["Parent"], []).append(association_key(row).account)
    return lower


def walk(names: Iterable[str], tree: Mapping[Value, Sequence[str]]) -> list[str]:
    """Return the names and all that stand below them in a tree of `children`."""
    found = dict.fromkeys(names)
    to_walk = list(found)
    while to_walk:
        lower = [name for name in tree.get(to_walk.pop(), ()) if name not in found]
        found |= dict.fromkeys(lower)
        to_walk += lower
    return list(found)


def _branches(rows: Sequence[Row], associations: Sequence[Row]) -> list[tuple[Row, Sequence[Row]]]:
    """Return accounts' own rows, each with all associations on it and below it."""
    members: dict[tuple[Value, Value], list[Row]] = {}
    for row in associations:
        members.setdefault((row["Cluster"], row["Account"]), []).append(row)
    lower = {cluster: children(associations, cluster) for cluster in {r["Cluster"] for r in rows}}
    return [
        (
            row,
            sorted(
                (
                    one
                    for name in walk([association_key(row).account], lower[row["Cluster"]])
                    for one in members.get((row["Cluster"], name), ())
                    if association_key(one) != association_key(row)
                ),
                key=association_key,
            ),
        )
        for row in rows
    ]


class _Tree:
    """Which accounts stand above one: now, or where the changes put it."""

    def __init__(self, changes: Iterable[RowChange], current: Sequence[Row], cluster: str) -> None:
        moved = [c.after for c in changes if c.after is not None and "Parent" in c.fields]
        self.cluster = cluster
        self.current = current
        self.parents: dict[str, set[str]] = {}
        for row in (*current, *moved) if moved else ():
            if is_account_level(row) and is_on(row, cluster):
                # Both places of an account that moves: the order
                # in which changes are made is not known here.
                self.parents.setdefault(association_key(row).account, set()).add(
                    str(row["Parent"] or "")
                )

    def above(self, name: str) -> set[str]:
        """Return the account and all above it: changes are not made in an order of their own."""
        found, to_walk = {name}, [name]
        while to_walk:
            higher = self.parents.get(to_walk.pop(), set()) - found
            found |= higher
            to_walk += higher
        return found


def _check_parent(change: RowChange, tree: _Tree) -> SlurmctlError | None:
    """Refuse a new parent that does not exist, or that stands below the account itself.

    slurmrestd answers 200 to both and does nothing; 24.11 turns the tree over in the second case.
    """
    if "Parent" not in change.fields or change.after is None:
        return None
    if not is_account_level(change.after):
        return Refused(
            f"{subject([change])}: {NO_PARENT}",
            "add the user to another account: slurmctl-rest user add",
        )
    account, parent = str(change.after["Account"]), str(change.after["Parent"])
    if account == ROOT:
        return Refused("account 'root' has no parent", ABOVE_ALL)
    if parent not in tree.parents:
        return no_parent(parent, tree.cluster, tree.current)
    if account in tree.above(parent):
        return Conflict(
            f"account '{account}' cannot have the parent '{parent}', which is itself or below it",
            f"move account '{parent}' elsewhere first",
        )
    return None


def not_here(entity: Entity, row: Row, cluster: str) -> SlurmctlError | None:
    """Return the error for an account or user without an association on the cluster."""
    if is_on(row, cluster):
        return None
    what = (
        f"slurmctl-rest {entity.word} add {pasted(row[entity.key.name])}"
        if entity is ACCOUNT
        else ""
    )
    return NotFound(
        f"{called(entity, row)} has no association on cluster '{cluster}'",
        what or f"slurmctl-rest user add {pasted(row.get('User'))} account=ACCOUNT",
    )


def no_parent(parent: str, cluster: str, current: Iterable[Row]) -> NotFound:
    """Return the error for a parent that does not exist."""
    here = (str(row["Account"]) for row in current if is_on(row, cluster))
    return unknown_account(parent, here, cluster, noun="parent account")


def refuse_above_orphans(new: Iterable[str], rows: Iterable[Row], cluster: str) -> None:
    """Raise Conflict for a new account in which Slurm 24.11 has left associations of users.

    They would keep the number of the account that is gone for their parent, and so be held by no
    limit of the new one (docs/deleting.md). `rows`: associations, of these accounts at least.
    """
    left: dict[str, set[str]] = {name: set() for name in new}
    for row in rows:
        if is_on(row, cluster) and not is_account_level(row) and row["Account"] in left:
            left[str(row["Account"])].add(str(row["User"]))
    for name, users in sorted(left.items()):
        if users:
            some = sorted(users)
            raise Conflict(
                f"account '{name}' is gone from cluster '{cluster}', and associations in it are "
                f"left: {listed(some)}",
                f"delete them first: slurmctl-rest user delete {','.join(some)} account={name}",
            )


NO_PARENT = "the association of a user has no parent"
ABOVE_ALL = "it is above all accounts"


def root_stays() -> Refused:
    """Return the error for a deletion of the account root."""
    return Refused("account 'root' is never deleted", ABOVE_ALL)


def is_on(row: Row | None, cluster: str) -> bool:
    """Tell whether the row is of the cluster."""
    return row is not None and row.get("Cluster") == cluster
