"""From what the tokens name to rows: which associations and users a command is about."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slurmctl_rest.backends import Query, View
from slurmctl_rest.cli.session import Session
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.association import OWN_ROW, Key, is_own, key
from slurmctl_rest.model.entities.user import OF_ASSOCIATIONS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import Effective, effective
from slurmctl_rest.model.kinds import Value
from slurmctl_rest.model.syntax import Selection
from slurmctl_rest.planning import meets
from slurmctl_rest.planning.associations import below


@dataclass(frozen=True, slots=True)
class Associations:
    """Associations that were read, and which of them are selected.

    own      own values, of all rows that were read: accounts' own rows are among them
    shown    the same as Slurm applies them
    chosen   the keys of those that meet the conditions
    """

    own: Mapping[Key, Row]
    shown: Mapping[Key, Effective]
    chosen: Sequence[Key]

    @property
    def rows(self) -> list[Row]:
        """Return the own values of the selected rows."""
        return [self.own[one] for one in self.chosen]


@dataclass(frozen=True, slots=True)
class Users:
    """Users who were selected, with their associations.

    users         those who are named or meet the conditions
    rows          their associations that meet the conditions
    associations  all associations of these users, and all accounts' own rows
    """

    users: Sequence[Row]
    rows: Sequence[Row]
    associations: Sequence[Row]


def associations(
    session: Session,
    selection: Selection,
    cluster: str,
    *,
    deleted: bool = False,
    with_sub_accounts: bool = False,
) -> Associations:
    """Return the associations that meet the conditions, and all that they inherit from.

    Conditions are matched against what is in force, as it is shown.
    """
    where = dict(selection.where)
    if with_sub_accounts and "Account" in where:
        own = session.associations(cluster, {"User": [OWN_ROW]})
        where["Account"] = tuple(below([str(name) for name in where["Account"]], own, cluster))
    rows = session.associations(cluster, _narrow(where), deleted=deleted)
    numbered = None
    if selection.ids:
        numbered = {key(row) for row in _numbered(session, selection, cluster)}
    shown = effective(ASSOCIATION, rows)
    where.pop("Cluster", None)
    chosen = [
        one
        for one, what in shown.items()
        if meets(what.row, where) and (numbered is None or one in numbered)
    ]
    return Associations({key(row): row for row in rows}, shown, chosen)


def shown(
    session: Session,
    selection: Selection,
    query: Query,
    *,
    with_sub_accounts: bool = False,
) -> Iterator[list[Effective]]:
    """Yield the associations that meet the conditions as Slurm applies them, in parts, sorted.

    `query` says the cluster, whether deleted ones are meant, and the view: only SOURCES tell where
    a value comes from. NotFound where there is no such cluster, before anything is yielded.
    """
    where = dict(selection.where)
    where.pop("Cluster", None)
    if with_sub_accounts and "Account" in where:
        own = session.associations(query.cluster, {"User": [OWN_ROW]})
        where["Account"] = tuple(
            below([str(name) for name in where["Account"]], own, query.cluster)
        )
    narrow = _narrow(where)
    numbered = None
    if selection.ids:
        numbered = {key(row): row for row in _numbered(session, selection, query.cluster)}
        for name in ("Account", "User"):
            narrow[name] = tuple({str(row[name] or OWN_ROW) for row in numbered.values()})
        if not numbered:
            return
    found = session.parts(
        replace(query, where=narrow, fields=query.fields and query.fields | {*where})
    )
    for part in _in_force(found) if query.view is View.SOURCES else _as_they_are(found):
        yield [
            one
            for one in part
            if meets(one.row, where) and (numbered is None or key(one.row) in numbered)
        ]


def _as_they_are(parts: Iterable[Iterable[Row]]) -> Iterator[list[Effective]]:
    for part in parts:
        yield [Effective(row, {}) for row in part]


def _in_force(parts: Iterator[list[Row]]) -> Iterator[list[Effective]]:
    """Yield rows of own values as Slurm applies them; the first part is what they inherit from.

    The accounts' own rows come where they belong, each before those of its users.
    """
    accounts = effective(ASSOCIATION, next(parts, []))
    waiting = deque(accounts.values())
    for part in parts:
        of_users = effective(ASSOCIATION, part, accounts).values()
        coming = []
        while waiting and part and key(waiting[0].row) < key(part[-1]):
            coming.append(waiting.popleft())
        yield sorted([*coming, *of_users], key=lambda one: key(one.row))
    yield list(waiting)


def users(session: Session, selection: Selection, cluster: str) -> Users:
    """Return the users who are named, or who meet the conditions, with their associations."""
    of_rows = {
        OF_ASSOCIATIONS[name]: _single(values)
        for name, values in selection.where.items()
        if name in OF_ASSOCIATIONS
    }
    of_users = {n: v for n, v in selection.where.items() if n not in {*OF_ASSOCIATIONS, "Cluster"}}
    names: Sequence[str] = selection.names
    if of_rows and not names:
        found = associations(session, replace(selection, where=of_rows), cluster).rows
        names = sorted({str(row["User"]) for row in found if not is_own(row)})
        if not names:
            return Users([], [], [])
    known = [r for r in session.read(USER, cluster, names) if meets(r, of_users)]
    theirs = {str(row["User"]) for row in known}
    everyone = session.associations(cluster, {"User": sorted(theirs)} if names else {})
    in_force = effective(ASSOCIATION, everyone)
    rows = [
        row for row in everyone if row["User"] in theirs and meets(in_force[key(row)].row, of_rows)
    ]
    return Users(known, rows, everyone)


def _numbered(session: Session, selection: Selection, cluster: str) -> list[Row]:
    return session.backend.read(Query(ASSOCIATION, cluster, where={"ID": selection.ids}))


def _single(values: Iterable[Value]) -> tuple[Value, ...]:
    """Return the names of conditions on a set of names, where a row holds one of them."""
    return tuple(
        name
        for value in values
        for name in ((value or (None,)) if isinstance(value, tuple) else (value,))
    )


def _narrow(where: Mapping[str, Sequence[Value]]) -> dict[str, tuple[str, ...]]:
    """Return what slurmdbd can select by itself; the rest is matched here."""
    keys = ("Account", "User", "Partition")
    named = {n: tuple(dict.fromkeys(str(v or "") for v in where[n])) for n in keys if n in where}
    # slurmdbd has no condition for "this partition, or none".
    mixed = len({*named.get("Partition", ())}) > 1 and "" in named["Partition"]
    return {name: values for name, values in named.items() if name != "Partition" or not mixed}
