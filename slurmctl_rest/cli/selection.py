"""From conditions to rows: the associations and users that a command is about."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import (
    ACCOUNT_LEVEL,
    OWN_CONDITIONS,
    QOS_FIELDS,
    AssociationKey,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.entities.user import FROM_ASSOCIATIONS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import Effective, effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.syntax import Selection
from slurmctl_rest.planning.checks import no_qos
from slurmctl_rest.planning.targets import meets
from slurmctl_rest.planning.tree import below


@dataclass(frozen=True, slots=True)
class SelectedAssociations:
    """Associations that were read, and which of them are selected.

    own      own values, of all rows that were read: accounts' own rows are among them
    shown    the same as Slurm applies them
    chosen   the keys of those that meet the conditions
    parts    the same for each selection, where there are several
    """

    own: Mapping[AssociationKey, Row]
    shown: Mapping[AssociationKey, Effective]
    chosen: Sequence[AssociationKey]
    parts: Sequence[Sequence[AssociationKey]] = ()

    @property
    def rows(self) -> list[Row]:
        """Return the own values of the selected rows."""
        return [self.own[one] for one in self.chosen]


@dataclass(frozen=True, slots=True)
class SelectedPart:
    """The match of one selection: users, and their associations that meet the conditions."""

    users: Sequence[Row] = ()
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class SelectedUsers:
    """Users who were selected, with their associations.

    users         those who are named or meet the conditions
    rows          their associations that meet the conditions
    associations  all associations of these users, and those that they inherit from
    parts         users and rows of each selection
    """

    associations: Sequence[Row]
    parts: Sequence[SelectedPart]

    @property
    def users(self) -> list[Row]:
        """Return each user once."""
        return list({row["User"]: row for part in self.parts for row in part.users}.values())

    @property
    def rows(self) -> list[Row]:
        """Return the associations; no two selections mean the same."""
        return [row for part in self.parts for row in part.rows]


def select_associations(
    context: Context,
    selection: Selection,
    cluster: str,
    *,
    deleted: bool = False,
    with_sub_accounts: bool = False,
    lineage: bool = False,
) -> SelectedAssociations:
    """Return the associations that meet the conditions, and all that they inherit from.

    Conditions are matched against what is in force, as it is shown, but for OWN_CONDITIONS.
    `lineage`: no other accounts are needed. NotFound for a condition on a QOS that does not exist.
    """
    where = dict(selection.where)
    _check_qos(context, [where], cluster)
    if with_sub_accounts and "Account" in where:
        own = context.associations(cluster, {"User": [ACCOUNT_LEVEL]})
        where["Account"] = tuple(below([str(name) for name in where["Account"]], own, cluster))
    # Slurm is asked for no more than it can select; all conditions are judged here once more.
    rows = context.associations(cluster, _narrow(where), deleted=deleted, lineage=lineage)
    numbered = None
    if selection.ids:
        # By their places: slurmrestd 24.11 selects by number, and shows 0 for it.
        numbered = {association_key(row) for row in _numbered(context, selection, cluster)}
    shown = effective(ASSOCIATION, rows)
    where.pop("Cluster", None)
    chosen = [
        one
        for one, what in shown.items()
        if _meets(what, where) and (numbered is None or one in numbered)
    ]
    return SelectedAssociations({association_key(row): row for row in rows}, shown, chosen)


def effective_parts(
    context: Context,
    selection: Selection,
    query: Query,
    *,
    with_sub_accounts: bool = False,
) -> Iterator[list[Effective]]:
    """Yield the associations that meet the conditions as Slurm applies them, in parts, sorted.

    `query` says the cluster, whether deleted ones are meant, and the view: only SOURCES tell where
    a value comes from, which OWN_CONDITIONS need. NotFound where there is no such cluster, or no
    QOS of a condition, before anything is yielded.
    """
    where = dict(selection.where)
    _check_qos(context, [where], query.cluster)
    where.pop("Cluster", None)
    if with_sub_accounts and "Account" in where:
        own = context.associations(query.cluster, {"User": [ACCOUNT_LEVEL]})
        where["Account"] = tuple(
            below([str(name) for name in where["Account"]], own, query.cluster)
        )
    narrow = _narrow(where)
    numbered = None
    if selection.ids:
        numbered = {
            association_key(row): row for row in _numbered(context, selection, query.cluster)
        }
        for name in ("Account", "User"):
            narrow[name] = tuple({str(row[name] or ACCOUNT_LEVEL) for row in numbered.values()})
        if not numbered:  # nothing, or no such cluster
            context.associations(query.cluster, {"User": [ACCOUNT_LEVEL]})
            return
    found = context.parts(
        replace(query, where=narrow, fields=query.fields and query.fields | {*where})
    )
    for part in _in_force(found) if query.view is View.SOURCES else _as_they_are(found):
        yield [
            one
            for one in part
            if _meets(one, where) and (numbered is None or association_key(one.row) in numbered)
        ]


def _as_they_are(parts: Iterable[Iterable[Row]]) -> Iterator[list[Effective]]:
    for part in parts:
        yield [Effective(row, {}) for row in part]


def _in_force(parts: Iterator[list[Row]]) -> Iterator[list[Effective]]:
    """Yield rows of own values as Slurm applies them; the first part is what they inherit from.

    The accounts' own rows come where they belong, each before those of its users.
    """
    accounts = effective(ASSOCIATION, next(parts, []))
    waiting = deque(accounts)
    for part in parts:
        found = effective(ASSOCIATION, part, accounts)
        last = association_key(part[-1]) if part else ()
        while waiting and waiting[0] < last:
            one = waiting.popleft()
            found[one] = accounts[one]
        yield [found[one] for one in sorted(found)]
    yield [accounts[one] for one in waiting]


def each_of_associations(
    context: Context, selections: Sequence[Selection], cluster: str, *, lineage: bool = False
) -> SelectedAssociations:
    """Return the associations that meet each of the selections; all are read at once."""
    if len(selections) == 1:
        found = select_associations(context, selections[0], cluster, lineage=lineage)
        return replace(found, parts=[found.chosen])
    _check_qos(context, [one.where for one in selections], cluster)
    narrow = _narrow_together([one.where for one in selections])
    rows = context.associations(cluster, narrow, lineage=lineage)
    shown = effective(ASSOCIATION, rows)
    by_place: dict[tuple[str, Value], list[AssociationKey]] = {}
    for one, what in shown.items():
        for name in ("Account", "User"):
            by_place.setdefault((name, what.row[name]), []).append(one)
    parts = []
    for selection in selections:
        where = {name: values for name, values in selection.where.items() if name != "Cluster"}
        name = "User" if any(where.get("User", ())) else "Account"
        near = [one for value in where.get(name, ()) for one in by_place.get((name, value), ())]
        parts.append([one for one in near if _meets(shown[one], where)])
    chosen = [one for part in parts for one in part]
    return SelectedAssociations({association_key(row): row for row in rows}, shown, chosen, parts)


def select_users(context: Context, selections: Sequence[Selection], cluster: str) -> SelectedUsers:
    """Return the users who are named, or who meet the conditions, with their associations.

    If there are several selections, each names users; all are read at once.
    """
    names = list(dict.fromkeys(name for one in selections for name in one.names))
    if not names and (of_rows := row_conditions(selections[0])):
        selection = replace(selections[0], where=of_rows)
        found = select_associations(context, selection, cluster).rows
        names = sorted({association_key(row).user for row in found if not is_account_level(row)})
        if not names:
            return SelectedUsers([], [SelectedPart()])
    else:
        _check_qos(context, [one.where for one in selections], cluster)
    known = {association_key(row).user: row for row in context.read(USER, cluster, names)}
    whose = {"User": sorted(known)} if names else {}
    everyone = context.associations(cluster, whose, lineage=True)
    in_force = effective(ASSOCIATION, everyone)
    theirs: dict[Value, list[Row]] = {}
    for row in everyone:
        theirs.setdefault(row["User"], []).append(row)
    parts = []
    for selection in selections:
        where = selection.where.items()
        of_users = {n: v for n, v in where if n not in {*FROM_ASSOCIATIONS, "Cluster"}}
        whom = sorted(selection.names) or known
        some = [known[n] for n in whom if n in known and meets(known[n], of_users)]
        of_rows = row_conditions(selection)
        rows = [
            row
            for user in some
            for row in theirs.get(user["User"], ())
            if _meets(in_force[association_key(row)], of_rows)
        ]
        parts.append(SelectedPart(some, sorted(rows, key=association_key)))
    return SelectedUsers(everyone, parts)


def _meets(one: Effective, where: Mapping[str, Sequence[Value]]) -> bool:
    """Tell whether an association meets the conditions: with its own values, or those in force.

    As for sacctmgr, no association meets an empty one of OWN_CONDITIONS.
    """
    if own := OWN_CONDITIONS & {*where}:
        where = {**where, **{name: [v for v in where[name] if v is not None] for name in own}}
        if own & {*one.inherited}:
            return False
    return meets(one.row, where)


def _check_qos(
    context: Context, wheres: Iterable[Mapping[str, Sequence[Value]]], cluster: str
) -> None:
    """Raise NotFound for a condition on a QOS that does not exist."""
    named = {
        (field, str(name)): None
        for where in wheres
        for field in sorted(QOS_FIELDS & {*where})
        for name in _single(where[field])
        if name is not None
    }
    known = [str(row["Name"]) for row in context.read(QOS, cluster)] if named else []
    for field, name in named:
        if name not in known:
            raise no_qos(field, name, known)


def row_conditions(selection: Selection) -> dict[str, tuple[Value, ...]]:
    """Return the conditions on associations in conditions on users."""
    return {
        FROM_ASSOCIATIONS[name]: _single(values)
        for name, values in selection.where.items()
        if name in FROM_ASSOCIATIONS
    }


def _numbered(context: Context, selection: Selection, cluster: str) -> list[Row]:
    return context.backend.read(Query(ASSOCIATION, cluster, where={"ID": selection.ids}))


def _single(values: Iterable[Value]) -> tuple[Value, ...]:
    """Return the names of conditions on a set of names, where a row holds one of them."""
    return tuple(
        name
        for value in values
        for name in ((value or (None,)) if isinstance(value, tuple) else (value,))
    )


def _narrow_together(wheres: Sequence[Mapping[str, Sequence[Value]]]) -> dict[str, list[str]]:
    """Return what slurmdbd can select for all of them: users, or else accounts.

    Not both: each with each would be more than is meant, in more requests.
    """
    for name in ("User", "Account"):
        values = [where.get(name, (None,)) for where in wheres]
        if all(value is not None for some in values for value in some):
            return {name: list(dict.fromkeys(str(value) for some in values for value in some))}
    return {}


def _narrow(where: Mapping[str, Sequence[Value]]) -> dict[str, tuple[str, ...]]:
    """Return what slurmdbd can select by itself; the rest is matched here."""
    keys = ("Account", "User", "Partition")
    named = {n: tuple(dict.fromkeys(str(v or "") for v in where[n])) for n in keys if n in where}
    # slurmdbd has no condition for "this partition, or none".
    mixed = len({*named.get("Partition", ())}) > 1 and "" in named["Partition"]
    return {name: values for name, values in named.items() if name != "Partition" or not mixed}
