"""Effective limits of a row: its own, and those of the accounts above it.

Slurm's rule (as_mysql_assoc.c), which the lab confirms against sacctmgr: a limit that is not set
comes from the nearest account above that sets it; TRES limits do so for each TRES by itself; a
change to inherited QOS (`+high`) is applied to what the account above has in the end. A user's row
inherits from the row of its account. Grp limits are not inherited: they hold for the whole tree
below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from slurmctl_rest.model.entities.association import AssociationKey, above, association_key
from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import Names

Origin: TypeAlias = str | Mapping[str, str]
"""The account that a limit comes from; by TRES where the limit counts TRES."""


@dataclass(frozen=True, slots=True)
class Effective:
    """A row as Slurm applies it, and for each inherited limit where it comes from."""

    row: Row
    inherited: Mapping[str, Origin]


def effective(
    entity: Entity, rows: Iterable[Row], higher: Mapping[AssociationKey, Effective] | None = None
) -> dict[AssociationKey, Effective]:
    """Return key of a row -> what holds there; rows hold own values.

    Example: MaxJobs of physics -> {AssociationKey("alps", "physics", "alice"): Effective(row,
    {"MaxJobs": "physics"})}

    All accounts above are among them, or in `higher`, where that is known of them already.
    """
    own = {association_key(row): row for row in rows}
    done = {**(higher or {})}
    inheriting = [field for field in entity.fields if field.inherits]
    for one in own:
        _resolve(inheriting, one, own, done)
    return {one: done[one] for one in own}


def _resolve(
    fields: Sequence[Field],
    one: AssociationKey,
    own: Mapping[AssociationKey, Row],
    done: dict[AssociationKey, Effective],
) -> None:
    """Fill `done` for the row and all above it, the highest first."""
    path = [one]
    while path[-1] not in done:
        higher = above(own[path[-1]])
        if higher not in own or higher in path:
            break
        path.append(higher)
    for step in reversed(path):
        if step not in done:
            done[step] = _under(fields, own[step], done.get(above(own[step])))


def _under(fields: Sequence[Field], row: Row, higher: Effective | None) -> Effective:
    if higher is None:
        return Effective(row, {})
    result, inherited = dict(row), dict[str, Origin]()
    theirs = higher.row
    for field in fields:
        # Most accounts limit little, and nothing is inherited of nothing.
        if theirs.get(field.name) not in NOT_SET or isinstance(field.kind, Names):
            _inherit(field, result, inherited, higher)
    return Effective(result, inherited)


NOT_SET: Sequence[Value] = (None, {}, ())


def _inherit(
    field: Field, row: dict[str, Value], inherited: dict[str, Origin], higher: Effective
) -> None:
    own, theirs = row.get(field.name), higher.row.get(field.name)
    origin = higher.inherited.get(field.name, str(higher.row["Account"]))
    if isinstance(field.kind, Names):
        if field.kind.inherits(own):
            row[field.name] = field.kind.applied(theirs, own)
            if own or theirs:
                inherited[field.name] = origin
    elif own is None:
        if theirs is not None:
            row[field.name] = theirs
            inherited[field.name] = origin
    elif isinstance(own, Mapping) and isinstance(theirs, Mapping):
        taken = {name: count for name, count in theirs.items() if name not in own}
        if taken:
            # The parent's own mapping is shared: of 20,000 rows most inherit a limit whole.
            row[field.name] = {**own, **taken} if own else theirs
            nearest = str(higher.row["Account"])
            known = origin if isinstance(origin, Mapping) else {}
            inherited[field.name] = {name: known.get(name, nearest) for name in taken}


def origin_text(origin: Origin | None) -> str | None:
    """Return an origin as one text; None for a value of the row's own.

    >>> origin_text({"cpu": "science", "gres/gpu": "root"})
    'cpu=science,gres/gpu=root'
    """
    if isinstance(origin, Mapping):
        return ",".join(f"{tres}={account}" for tres, account in sorted(origin.items()))
    return origin
