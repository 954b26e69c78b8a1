"""What an account has in the end: its own limits, and those of the accounts above it.

Slurm's rule (as_mysql_assoc.c), which the lab confirms against sacctmgr: a limit that is not set
comes from the nearest account above that sets it; TRES limits do so for each TRES by itself; a
change to inherited QOS (`+high`) is applied to what the account above has in the end. Grp limits
are not inherited: they hold for the whole tree below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds import Names, Value

Origin: TypeAlias = str | Mapping[str, str]
"""The account that a limit comes from; by TRES where the limit counts TRES."""


@dataclass(frozen=True, slots=True)
class Effective:
    """A row as Slurm applies it, and for each inherited limit where it comes from."""

    row: Row
    inherited: Mapping[str, Origin]


def effective(entity: Entity, rows: Iterable[Row]) -> dict[str, Effective]:
    """Return account name -> what holds there; rows are all accounts of one cluster, own values."""
    own = {str(row["Account"]): row for row in rows}
    done: dict[str, Effective] = {}
    for name in own:
        _resolve(entity, name, own, done)
    return {name: done[name] for name in own}


def _resolve(entity: Entity, name: str, own: Mapping[str, Row], done: dict[str, Effective]) -> None:
    """Fill `done` for the account and all above it, the highest first."""
    path = [name]
    while path[-1] not in done:
        above = own[path[-1]].get("Parent")
        if above not in own or above in path:
            break
        path.append(str(above))
    for step in reversed(path):
        if step not in done:
            done[step] = _under(entity, own[step], done.get(str(own[step].get("Parent"))))


def _under(entity: Entity, row: Row, above: Effective | None) -> Effective:
    if above is None:
        return Effective(row, {})
    result, inherited = dict(row), dict[str, Origin]()
    for field in entity.fields:
        if field.inherits:
            _inherit(field, result, inherited, above)
    return Effective(result, inherited)


def _inherit(
    field: Field, row: dict[str, Value], inherited: dict[str, Origin], above: Effective
) -> None:
    own, theirs = row.get(field.name), above.row.get(field.name)
    origin = above.inherited.get(field.name, str(above.row["Account"]))
    if isinstance(theirs, Mapping) and isinstance(own, Mapping):
        taken = {name: count for name, count in theirs.items() if name not in own}
        if taken:
            row[field.name] = {**own, **taken}
            nearest = str(above.row["Account"])
            known = origin if isinstance(origin, Mapping) else {}
            inherited[field.name] = {name: known.get(name, nearest) for name in taken}
    elif isinstance(field.kind, Names):
        if field.kind.inherits(own):
            row[field.name] = field.kind.applied(theirs, own)
        if field.kind.inherits(own) and (own or theirs):
            inherited[field.name] = origin
    elif own is None and theirs is not None:
        row[field.name] = theirs
        inherited[field.name] = origin
