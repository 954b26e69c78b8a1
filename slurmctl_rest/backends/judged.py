"""Checks of every answer, from either executor, for rows that come twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from slurmctl_rest.errors import DISCARDED, SlurmRefused
from slurmctl_rest.model.change import called
from slurmctl_rest.model.entities import ASSOCIATION, TRES_TYPE
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.fields import Entity, Row


def one_each(entity: Entity, rows: Iterable[Row]) -> list[Row]:
    """Return each object once; SlurmRefused for one that comes again with other values."""
    if entity is ASSOCIATION:
        return each_once(rows, association_key, lambda row: called(entity, row))
    # Of TRES many have no name: they are told by number.
    name = "ID" if entity is TRES_TYPE else entity.key.name
    return each_once(rows, lambda row: row[name], lambda row: called(entity, row))


def each_once(
    rows: Iterable[Row], identity: Callable[[Row], Hashable], name: Callable[[Row], str]
) -> list[Row]:
    """Return each row once, told by its identity; SlurmRefused where two of one are not alike.

    If a server between, or a wrapper of sacctmgr, loses a condition, the answer holds rows of other
    questions too, and a plan would change them.
    """
    found: dict[Hashable, Row] = {}
    for row in rows:
        first = found.setdefault(identity(row), row)
        if first is not row and first != row:
            raise twice(name(row))
    return list(found.values())


def without_repeats(
    rows: Iterable[Row], identity: Callable[[Row], Hashable]
) -> dict[Hashable, list[Row]]:
    """Return rows by their identity, those alike once: of some objects several rows are kept."""
    found: dict[Hashable, list[Row]] = {}
    for row in rows:
        some = found.setdefault(identity(row), [])
        if row not in some:
            some.append(row)
    return found


def twice(what: str) -> SlurmRefused:
    """Return the error for an object that an answer holds twice, with different values."""
    return SlurmRefused(
        f"{what}: Slurm's answer contains it twice, with different values",
        f"{DISCARDED}; repeat the command, and check for a server or wrapper in between",
    )
