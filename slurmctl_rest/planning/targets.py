"""Targets of a command: the rows that its selection matches, and the names that match none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from slurmctl_rest.errors import NotFound, PartlyDone, SlurmctlError
from slurmctl_rest.model.change import Action, Outcome, RowChange
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.fields import Entity, Row, did_you_mean
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.words import Mode
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.syntax import Assignment, Selection, Statement
from slurmctl_rest.model.text import listed

Target: TypeAlias = tuple[Row, Sequence[Assignment]]
"""A row, and what is assigned to it."""


UnmatchedName: TypeAlias = tuple[str, str]
"""A name that selects nothing, and where it stands in a file."""


def nearest(entity: Entity, name: str, rows: Iterable[Row], otherwise: str = "") -> str:
    """Return the remedy for a name that no row bears: a name like it, or what else would do."""
    known = [str(row[entity.key.name]) for row in rows]
    return did_you_mean(name, known) or otherwise


def select(entity: Entity, rows: Iterable[Row], selection: Selection) -> list[Row]:
    """Return the rows that the selection names, in the order of `rows`."""
    key, names, where = entity.key.name, set(selection.names), selection.where
    modes = [f.name for f in entity.fields if f.name in where and isinstance(f.kind, Mode)]

    def met(row: Row) -> bool:
        # As for sacctmgr, `gang,suspend` meets either of its words.
        words = {name: tuple(str(row[name]).split(",")) for name in modes}
        return meets({**row, **words} if words else row, where)

    return [row for row in rows if (not names or row[key] in names) and met(row)]


def match_targets(
    entity: Entity, rows: Sequence[Row], statements: Sequence[Statement]
) -> tuple[list[Target], list[UnmatchedName]]:
    """Return the rows that statements select with their assignments, and the unmatched names.

    Rows of one statement are in the order of `rows`; those of several, in that of the statements.
    """
    key = entity.key.name
    # A file has a statement a row: to search all rows for each of them would be quadratic.
    named = {row[key]: row for row in rows} if len(statements) > 1 else {}
    asked: list[Target] = []
    missed: list[UnmatchedName] = []
    for statement in statements:
        some = [named[n] for n in statement.selection.names if n in named] if named else rows
        found = select(entity, some, statement.selection)
        asked += [(row, statement.assignments) for row in found]
        missed += not_among(entity, found, statement.selection.names, statement.place)
    return asked, missed


def not_among(
    entity: Entity, found: Iterable[Row], names: Iterable[str], place: str = ""
) -> list[UnmatchedName]:
    """Return the names that no row bears, with the place where they stand."""
    return [(name, place) for name in missing(entity, found, names)]


def meets(row: Row, where: Mapping[str, Sequence[Value]]) -> bool:
    """Tell whether the row meets all the conditions."""
    return all(_matches(row.get(name), values) for name, values in where.items())


def missing(entity: Entity, rows: Iterable[Row], names: Iterable[str]) -> list[str]:
    """Return the names that no row bears."""
    key = entity.key.name
    there = {row[key] for row in rows}
    return [name for name in names if name not in there]


def unselected(
    entity: Entity,
    action: Action,
    here: Sequence[Row],
    missed: Sequence[UnmatchedName],
    cluster: str,
    chosen: Iterable[Row] = (),
) -> list[Outcome]:
    """Return the outcomes for names that select no row; `here` has all rows.

    `chosen` are those that other names select: none of them was meant by this one.
    """
    key = entity.key.name
    there = {row[key] for row in here}
    meant = {name for name, _ in missed} | {row[key] for row in chosen}
    alike = [row for row in here if row[key] not in meant]
    outcomes = []
    for number, (name, place) in enumerate(missed):
        what = (
            f"{entity.noun} '{name}' does not meet the conditions"
            if name in there
            else _no_such(entity, name, cluster)
        )
        hint = see_list(entity)
        if name not in there and number < MAX_NAMES_WITH_NEAREST:
            hint = nearest(entity, name, alike, hint)
        error = NotFound(f"{place}: {what}" if place else what, hint)
        outcomes.append(Outcome(RowChange(entity, action, name, None, None), error))
    return outcomes


MAX_NAMES_WITH_NEAREST = 10
"""Unknown names that are reported one by one, with the nearest known name: each costs a look at all
that there are, and nobody reads thousands of lines."""


def unknown_names(
    entity: Entity, names: Iterable[str], rows: Sequence[Row], *, where: str = ""
) -> list[str]:
    """Return the warnings for names that no row bears; `where`: what else is said of each.

    The first ten have a line each, with the nearest known name; all others share one line.
    """
    absent = missing(entity, rows, names)
    alike = [(name, nearest(entity, name, rows)) for name in absent[:MAX_NAMES_WITH_NEAREST]]
    said = [
        f"{entity.noun} '{name}' does not exist{where}" + (near and f"; {near}")
        for name, near in alike
    ]
    return [*said, *more_unknown(entity, absent[MAX_NAMES_WITH_NEAREST:], where)]


def absent_names(entity: Entity, names: Iterable[str], rows: Sequence[Row]) -> dict[str, str]:
    """Return the names that no row bears, the first ten with what may have been meant."""
    absent = missing(entity, rows, dict.fromkeys(names))
    alike = {name: nearest(entity, name, rows) for name in absent[:MAX_NAMES_WITH_NEAREST]}
    return {name: alike.get(name, "") for name in absent}


def not_found(
    entity: Entity,
    absent: Mapping[str, str],
    names: Iterable[str],
    cluster: str = "",
    unplaced: Sequence[str] = (),
    inside: Sequence[str] = (),
) -> SlurmctlError:
    """Return the error for those of the names that are absent: PartlyDone if others are there.

    `unplaced`: those that exist, and have no association on the cluster, in the accounts `inside`.

    >>> str(not_found(QOS, {"hihg": "did you mean high?", "x": ""}, ["hihg", "low", "x"]))
    'qos do not exist: hihg (did you mean high?), x'
    """
    kind = NotFound if {*absent, *unplaced} >= {*names} else PartlyDone
    where, told, hint = _where(entity, cluster), [], see_list(entity)
    if len(absent) == 1:
        [(name, near)] = absent.items()
        told.append(_no_such(entity, name, cluster))
        hint = near or hint
    elif absent:
        each = [f"{name} ({near})" if near else name for name, near in absent.items()]
        told.append(f"{entity.plural} do not exist{where}: {listed(each)}")
    where = f" in account {listed(inside)}{where}" if inside else where
    if len(unplaced) == 1:
        told.append(f"{entity.noun} '{unplaced[0]}' has no association{where}")
    elif unplaced:
        told.append(f"{entity.plural} have no association{where}: {listed(unplaced)}")
    return kind("; ".join(told), hint)


def _no_such(entity: Entity, name: str, cluster: str) -> str:
    """Return the sentence of a name that nothing bears; QOS are of no cluster."""
    if entity is QOS or not cluster:
        return f"{entity.noun} '{name}' does not exist"
    return f"{entity.noun} '{name}' does not exist on cluster '{cluster}'"


def _where(entity: Entity, cluster: str) -> str:
    """Return the words for the cluster; QOS are of none."""
    return "" if entity is QOS or not cluster else f" on cluster '{cluster}'"


def more_unknown(entity: Entity, names: Sequence[str], where: str = "") -> list[str]:
    """Return one warning for all these names that do not exist, or none where there are none."""
    if not names:
        return []
    return [f"{len(names)} more {entity.plural} do not exist{where}: {listed(names)}"]


def no_match(entity: Entity, cluster: str = "") -> NotFound:
    """Return the error for conditions that no row meets; QOS are of no cluster."""
    where = f" on cluster '{cluster}'" if cluster else ""
    return NotFound(f"no {entity.noun}{where} meets the conditions", see_list(entity))


def see_list(entity: Entity) -> str:
    """Return the remedy for a name or a condition that selects nothing."""
    return f"slurmctl-rest {entity.word} list shows all {entity.plural}"


def unknown_account(
    name: str, known: Iterable[str], cluster: str = "", *, noun: str = "account"
) -> NotFound:
    """Return the error for an account that does not exist; `known` are those that do."""
    where = f" on cluster '{cluster}'" if cluster else ""
    return NotFound(
        f"{noun} '{name}' does not exist{where}",
        did_you_mean(name, known) or f"slurmctl-rest account add {pasted(name)}",
    )


def _matches(value: Value, wanted: Sequence[Value]) -> bool:
    if isinstance(value, tuple):  # any of the named is among them; '' asks for none at all
        if not value and (() in wanted or None in wanted):
            return True
        return any(bool(one) and set(one) <= set(value) for one in map(_as_tuple, wanted))
    return value in wanted


def _as_tuple(value: Value) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else ()
