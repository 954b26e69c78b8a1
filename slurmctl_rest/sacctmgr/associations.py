"""Associations in the blocks of sacctmgr's writes: their order, their lines, and who inherits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import (
    QOS_FIELDS,
    AssociationKey,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.sacctmgr.reply import left_set
from slurmctl_rest.sacctmgr.settings import INHERITED_LIMITS, Settings, applied


class Tree:
    """The accounts of all clusters, and the place of each association among them."""

    def __init__(self, rows: Iterable[Row], clusters: Sequence[str] = ()) -> None:
        """`rows` hold the own rows of all accounts that matter.

        `clusters`: in which order they come, if they were named.
        """
        self.clusters = tuple(clusters)
        self.rows = {association_key(row): row for row in rows}
        self._below: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows.values():
            higher = row["Parent"] if is_account_level(row) else row["Account"]
            self._below.setdefault((str(row["Cluster"]), str(higher)), []).append(row)

    def joined(self, rows: Iterable[Row]) -> Tree:
        """Return the tree with further rows."""
        return Tree([*self.rows.values(), *rows], self.clusters)

    def below(self, row: Row) -> list[Row]:
        """Return the associations right below an account's own one, in sacctmgr's order."""
        lower = self._below.get((str(row["Cluster"]), str(row["Account"])), [])
        return sorted((one for one in lower if one is not row), key=self.place)

    def branch(self, row: Row) -> list[Row]:
        """Return an association and all below it, in sacctmgr's order."""
        if not is_account_level(row):
            return [row]
        found = [row]
        for one in self.below(row):
            found += self.branch(one) if is_account_level(one) else [one]
        return sorted(found, key=self.place)

    def path(self, row: Row) -> tuple[str, ...]:
        """Return the accounts from the top to an association's own."""
        steps: list[str] = []
        cluster, account = str(row["Cluster"]), str(row["Account"])
        while account and account != ROOT and account not in steps:
            steps.append(account)
            higher = self.rows.get(AssociationKey(cluster, account))
            account = str(higher["Parent"] or "") if higher is not None else ""
        return tuple(reversed(steps))

    def place(self, row: Row) -> tuple[int, str, str]:
        """Return what sorts associations as slurmdbd has them: cluster, and lineage."""
        steps = "".join(f"{step}/" for step in self.path(row))
        user = f"0-{row['User']}/" if row["User"] is not None else ""
        partition = f"{row['Partition']}/" if row["Partition"] else ""
        # The database compares without case; `_` stands after the letters there.
        cluster = str(row["Cluster"])
        rank = self.clusters.index(cluster) if cluster in self.clusters else 0
        return rank, cluster, f"/{steps}{user}{partition}".upper()

    def in_order(self, rows: Iterable[Row]) -> list[Row]:
        """Return associations in sacctmgr's order."""
        return sorted(rows, key=self.place)


def association_line(row: Row, *, width: int = 20, parent: bool = False, cluster: int = 10) -> str:
    """Return the words for an association in a block, without the blanks before them.

    `parent`: that of an account is named, too.

    >>> association_line({"Cluster": "lab", "Account": "chem", "User": "bob", "Partition": None})
    'C = lab        A = chem                 U = bob      '
    """
    begin = f"C = {left_set(row['Cluster'], cluster)} "
    if row["User"] is not None:
        user = f"{begin}A = {left_set(row['Account'], width)} U = {left_set(row['User'], 9)}"
        return f"{user} P = {row['Partition']}" if row["Partition"] else user
    if not parent:
        return f"{begin}A = {left_set(row['Account'], width)}"
    above = f" of {row['Parent']}" if row["Parent"] else ""
    return f"{begin}A = {row['Account']}{above}"


def with_heirs(
    row: Row, tree: Tree, settings: Settings, *, moved: bool = False, old: bool = False
) -> list[str]:
    """Return the lines for an association that is modified, and for all that inherit from it.

    A limit on TRES that was the same before counts as none; any other counts.
    `old`: 24.11 lists only those right below, and of those accounts twice where they move along.
    """
    said = [association_line(row, parent=True)]
    if not is_account_level(row):
        return said
    after = applied(row, settings)
    fields = {
        name
        for name in settings.asked.keys() & INHERITED_LIMITS
        if not _is_tres(name) or (after[name] or {}) != (row[name] or {})
    }
    if not old:
        return said + list(_heirs(row, tree, fields, moved=moved))
    lower = [one for one in tree.below(row) if moved or _takes(one, fields)]
    said += map(association_line, lower)
    return said + [association_line(one) for one in lower if moved and is_account_level(one)]


def _heirs(row: Row, tree: Tree, fields: Iterable[str], *, moved: bool) -> Iterator[str]:
    for one in tree.below(row):
        taken = _takes(one, fields)
        if not moved and not taken:
            continue
        yield association_line(one)
        if is_account_level(one):
            yield from _heirs(one, tree, taken, moved=moved)


def _takes(row: Row, fields: Iterable[str]) -> set[str]:
    """Return the fields that a row has not set itself; TRES always count as such."""
    return {name for name in fields if _is_unset(row.get(name), name)}


def _is_unset(value: Value, name: str) -> bool:
    if _is_tres(name):
        return True
    # A change to inherited QOS (+high) is a value of its own.
    return value is None or value == ()


def _is_tres(name: str) -> bool:
    return isinstance(ASSOCIATION[name].kind, Tres)


def without_default_qos(
    changed: Mapping[AssociationKey, Row], tree: Tree, settings: Settings
) -> list[str]:
    """Return the lines for associations that could not use their default QOS after a change.

    `changed` has the rows as they would be. slurmdbd looks where QOS or their default are set, and
    at the users of an account: those of the accounts below it it leaves without their default.
    """
    if not settings.asked.keys() & QOS_FIELDS:
        return []
    final = effective(ASSOCIATION, {**tree.rows, **changed}.values())
    suspects = {
        association_key(one): one
        for row in (tree.rows[key] for key in changed)
        for one in (row, *(tree.below(row) if is_account_level(row) else ()))
        if one is row or not is_account_level(one)
    }
    lines = []
    for one in tree.in_order(suspects.values()):
        row = final[association_key(one)].row
        default, allowed = row["DefaultQOS"], row["QosLevel"]
        if default is not None and default not in (allowed if isinstance(allowed, tuple) else ()):
            lines.append(f"  DefQOS = {left_set(default, 10)} {association_line(one)}")
    return lines


def default_accounts_lost(going: Sequence[Row], rows: Sequence[Row], *, old: bool) -> list[Row]:
    """Return the associations that cannot go: in the default account of a user who stays.

    `rows` are all associations of the users concerned. `old`: 24.11 lets none of them go, even if
    the user keeps the default account in another partition, and names that one, too.
    """

    def owner(row: Row) -> tuple[Value, Value]:
        return row["Cluster"], row["User"]

    doomed = {association_key(row) for row in going}
    stay = [row for row in rows if row["User"] is not None and association_key(row) not in doomed]
    concerned = {owner(row) for row in stay}
    if not old:
        concerned -= {owner(row) for row in stay if row["Default"]}
    lost = [row for row in going if row["Default"] and owner(row) in concerned]
    if not old:
        return lost
    losers = {owner(row) for row in lost}
    return [row for row in rows if row["Default"] and owner(row) in losers]
