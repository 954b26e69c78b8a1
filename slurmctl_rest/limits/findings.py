"""Limits of associations and QOS beside their use: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from slurmctl_rest.model.entities.association import (
    AssociationKey,
    above,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import Effective, Origin
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.tres import counts
from slurmctl_rest.model.limit_rules import (
    ASSOCIATION_RULES,
    QOS_RULES,
    Effect,
    LimitRule,
    LimitScope,
)
from slurmctl_rest.model.limit_use import NO_USE, LimitUse, Measure, PlaceUse, amount


@dataclass(frozen=True, slots=True)
class LimitState:
    """One limit, of one TRES if it counts TRES, where it holds.

    key     the association; of a QOS only the user, or the account, that the limit counts for
    qos     the QOS; empty for a limit of an association
    field   the row of the table of its entity
    value   the limit; of times in minutes, of mem in MB
    used    what counts against it; None where nothing is counted, or nobody knows
    left    what may still be used: no more than what is left of limits of accounts above
    origin  the account that the limit is inherited from; empty: it is set here
    note    why the use is not known, or only about
    factor  LimitFactor of the job's QOS, which is in the value, and not in what is set
    """

    key: AssociationKey
    qos: str
    field: str
    tres: str
    rule: LimitRule
    value: float
    used: float | None = None
    left: float | None = None
    origin: str = ""
    note: str = ""
    factor: float = 1.0

    @property
    def percent(self) -> float | None:
        """Return the use as a percentage; of a limit of 0, which is full, 100."""
        if self.used is None:
            return None
        return round(100 * self.used / self.value, 1) if self.value else 100.0

    def row(self) -> Row:
        """Return the row of the entity QUOTA."""
        return {
            "Account": self.key.account or None,
            "User": self.key.user or None,
            "Partition": self.key.partition or None,
            "QOS": self.qos or None,
            "Limit": self.field,
            "TRES": self.tres or None,
            "Value": self.value,
            "Used": self.used,
            "Left": self.left,
            "Percent": self.percent,
            "From": self.origin or None,
            "Note": self.note or None,
        }


Lineages: TypeAlias = Mapping[AssociationKey, Effective]
"""The rows of a lineage as Slurm applies them, by key: all accounts above are among them."""


def lineage(tree: Lineages, key: AssociationKey) -> list[AssociationKey]:
    """Return the key and those above it, as far as the tree knows them.

    Example: alice in physics -> [(alps, physics, alice), (alps, physics), (alps, root)]
    """
    path: list[AssociationKey] = []
    while key in tree and key not in path:
        path.append(key)
        key = above(tree[key].row)
    return path


def of_associations(tree: Lineages, use: LimitUse) -> list[LimitState]:
    """Return the limits that count anything of each row, by key and in the order of the table."""
    found: list[LimitState] = []
    bounds: dict[AssociationKey, Mapping[tuple[Measure, str], float]] = {}
    for key in sorted(tree, key=lambda key: len(lineage(tree, key))):
        here = list(_of_row(tree[key], use))
        least = dict(bounds.get(above(tree[key].row), {}))
        for one in here:
            if one.left is not None and one.rule.effect is not Effect.NOTHING:
                what = (one.rule.measure, one.tres)
                least[what] = min(one.left, least.get(what, one.left))
        bounds[key] = least
        found += [_bounded(one, least) for one in here]
    return sorted(found, key=lambda one: one.key)


def _bounded(one: LimitState, least: Mapping[tuple[Measure, str], float]) -> LimitState:
    """Return the finding with no more left than the limits of the row and of those above leave."""
    smallest = least.get((one.rule.measure, one.tres))
    if one.left is None or smallest is None:
        return one
    return replace(one, left=min(one.left, smallest))


def _of_row(effective: Effective, use: LimitUse) -> Iterator[LimitState]:
    row = effective.row
    key = association_key(row)
    for field, rule in ASSOCIATION_RULES.items():
        # What each user may do is counted in users' rows; accounts' rows hand it down.
        counted = rule.scope is LimitScope.GROUP or (
            rule.counts_others and not is_account_level(row)
        )
        if counted:
            for tres, value in values_of(row[field]):
                origin = origin_of(effective.inherited.get(field, ""), tres)
                one = LimitState(key, "", field, tres, rule, value, origin=origin)
                yield _counted(one, use.associations.get(key, NO_USE), use.notes)


def of_qos(
    row: Row, use: LimitUse, users: Iterable[str] = (), accounts: Iterable[str] = ()
) -> list[LimitState]:
    """Return the limits of a QOS as a whole, and for these users and accounts."""
    return list(_of_qos(row, use, sorted({*users}), sorted({*accounts})))


def _of_qos(
    row: Row, use: LimitUse, users: Sequence[str], accounts: Sequence[str]
) -> Iterator[LimitState]:
    name = str(row["Name"])
    nobody = AssociationKey("", "")
    for field, rule in QOS_RULES.items():
        if not rule.counts_others:
            continue
        parts: Iterable[tuple[AssociationKey, PlaceUse]] = ((nobody, use.qos.get(name, NO_USE)),)
        if rule.scope is LimitScope.USER:
            parts = [
                (AssociationKey("", "", u), use.qos_users.get((name, u), NO_USE)) for u in users
            ]
        elif rule.scope is LimitScope.ACCOUNT:
            parts = [
                (AssociationKey("", a), use.qos_accounts.get((name, a), NO_USE)) for a in accounts
            ]
        for tres, value in values_of(row[field]):
            for key, part in parts:
                yield _counted(LimitState(key, name, field, tres, rule, value), part, use.notes)


def _counted(one: LimitState, use: PlaceUse, notes: Mapping[Measure, str]) -> LimitState:
    """Return the finding with its use, and what is left of the limit."""
    note = notes.get(one.rule.measure, "")
    # Where nobody knows a measure, no use is not 0.
    unknown = bool(note) and not note.startswith(ABOUT)
    used = None if unknown else amount(use, one.rule.measure, one.tres)
    left = None if used is None else max(0, one.value - used)
    if one.rule.effect is Effect.NOTHING:
        note = "; ".join(filter(None, (note, NOT_ENFORCED)))
    return replace(one, used=used, left=left, note=note)


ABOUT = "about"
"""How a note begins if the use is known, but not exactly."""
NOT_ENFORCED = "stored by Slurm, not enforced"


def values_of(value: Value) -> list[tuple[str, float]]:
    """Return the counts of a limit by TRES; of one that counts no TRES one, with an empty name."""
    if isinstance(value, Mapping):
        return sorted(counts(value).items())
    return [("", value)] if isinstance(value, int | float) else []


def origin_of(origin: Origin, tres: str) -> str:
    """Return the account that a limit comes from; empty if it is the row's own."""
    return origin if isinstance(origin, str) else origin.get(tres, "")


def by_fullness(findings: Iterable[LimitState]) -> list[LimitState]:
    """Return the findings, the fullest first, and those whose use nobody knows last."""
    return sorted(
        findings, key=lambda one: -1 if one.percent is None else one.percent, reverse=True
    )
