"""Names that a command which reads is given: which of them nothing bears, and what was meant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import NotFound, SlurmctlError, UsageError
from slurmctl_rest.model.entities import ACCOUNT, QOS, USER
from slurmctl_rest.model.fields import Entity, Row, did_you_mean, suggestion
from slurmctl_rest.model.inheritance import Effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.switches import OF_SACCTMGR, looks_like_one
from slurmctl_rest.model.syntax import Selection, Statement
from slurmctl_rest.planning.targets import absent_names, missing, not_found


def absent_of(
    context: Context, entity: Entity, names: Sequence[str], cluster: str
) -> dict[str, str]:
    """Return the names that do not exist, each with what may have been meant.

    Only if there are any, all objects are read.
    """
    if not names or not missing(entity, context.read(entity, cluster, names), names):
        return {}
    return absent_names(entity, names, context.read(entity, cluster))


def absent_error(
    context: Context,
    entity: Entity,
    names: Iterable[str],
    there: Container[str],
    cluster: str,
    *,
    inside: Sequence[str] = (),
) -> SlurmctlError | None:
    """Return the error for those of the names that are not `there`: PartlyDone if others are.

    A name that exists after all has no association on the cluster, in the accounts `inside`.
    """
    asked = [*dict.fromkeys(names)]
    lost = [name for name in asked if name not in there]
    if not lost:
        return None
    absent = absent_of(context, entity, lost, cluster)
    unplaced = [name for name in lost if name not in absent]
    return not_found(entity, absent, asked, cluster, unplaced, inside)


def unseen_errors(
    context: Context,
    where: Mapping[str, Sequence[Value]],
    seen: Collection[Row],
    cluster: str,
) -> Iterator[SlurmctlError | None]:
    """Yield the errors for names in conditions that none of the rows has, if they do not exist.

    One that exists rightly has no row: an account may have no jobs.
    """
    for condition, entity in OBJECTS_OF_CONDITIONS.items():
        asked = [*dict.fromkeys(_names(where.get(condition, ())))]
        there = {*_names(row.get(condition) for row in seen)} if asked else set()
        lost = [name for name in asked if name not in there]
        absent = absent_of(context, entity, lost, cluster)
        yield not_found(entity, absent, asked, cluster) if absent else None


OBJECTS_OF_CONDITIONS = {
    "Account": ACCOUNT,
    "Accounts": ACCOUNT,
    "Parent": ACCOUNT,
    "DefaultAccount": ACCOUNT,
    "User": USER,
    "Users": USER,
    "QOS": QOS,
}
"""Conditions of lists whose values name objects of another noun."""


def _names(values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        yield from (str(one) for one in (value if isinstance(value, tuple) else (value,)) if one)


def last_error(errors: Iterable[SlurmctlError | None]) -> SlurmctlError | None:
    """Return the error to end with, once what is there was shown.

    Raise NotFound: of one kind none of the names is there, so that nothing at all is meant.
    """
    last: SlurmctlError | None = None
    for error in errors:
        if isinstance(error, NotFound):
            raise error
        last = error or last
    return last


def check_clusters(context: Context, clusters: Sequence[str]) -> None:
    """Raise NotFound for a cluster that is named and does not exist."""
    known = context.backend.clusters() if clusters else []
    for name in clusters:
        if name not in known:
            raise NotFound(f"cluster '{name}' does not exist", suggestion(name, known))


def of_conditions(
    context: Context,
    statement: Statement,
    shown: Iterable[Row],
    cluster: str,
    *,
    empty: bool,
) -> Callable[[], SlurmctlError | None]:
    """Return what tells of names in conditions that do not exist, once the rows were `shown`.

    Raise NotFound at once where there is no row at all.
    """
    where = statement.selection.where
    if empty:
        last_error(unseen_errors(context, where, (), cluster))
    return lambda: last_error(unseen_errors(context, where, [*shown], cluster))


class Seen:
    """The accounts and users of associations that are shown as they come, if any are named."""

    def __init__(self, selection: Selection) -> None:
        """Nothing is kept if the selection names neither."""
        self._named = {"Account", "User"} & {*selection.where}
        self._kept: dict[tuple[Value, ...], Row] = {}
        self.rows = self._kept.values()

    def noted(self, one: Effective) -> Effective:
        """Return the association, and keep its names once."""
        if self._named:
            row = {name: one.row[name] for name in self._named}
            self._kept[tuple(row.values())] = row
        return one


def absent_in_list(
    context: Context,
    entity: Entity,
    rows: Sequence[Row],
    statement: Statement,
    cluster: str,
    known: Sequence[Row] | None = None,
) -> dict[str, str]:
    """Return the names that do not exist; raise for one that may be no name.

    `known`: all that there are; they are read if need be.
    """
    names = statement.selection.names
    if not missing(entity, rows, names):
        return {}
    # Some may exist and not meet the conditions, and a name like it is among the others.
    if known is None:
        known = rows if entity is ACCOUNT else context.read(entity, cluster)
    absent = absent_names(entity, names, known)
    for name in absent:
        if name in statement.unsure:
            raise _neither(entity, name)
    return absent


def _neither(entity: Entity, name: str) -> UsageError:
    """Return the error for a bare word that can only be a name, which nothing bears."""
    alike = did_you_mean(name, OF_SACCTMGR.get(entity.noun, ()))
    if looks_like_one(name):
        return UsageError(f"{entity.noun} '{name}' does not exist, and is not a switch", alike)
    return UsageError(
        f"{entity.noun} '{name}' does not exist, and is neither a condition nor a switch",
        "write a condition as FIELD=VALUE",
    )
