"""What the guards of a profile say of a plan. Pure: they see its changes, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from slurmctl_rest.config.models import PROTECTED_NOUNS, Guard
from slurmctl_rest.model.change import Outcome, RowChange, subject
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, USER, WCKEY
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.limit_rules import ASSOCIATION_RULES, QOS_RULES
from slurmctl_rest.model.names import is_like
from slurmctl_rest.model.text import printable

NAMED_BY: Mapping[str, Mapping[str, str]] = {
    ACCOUNT.noun: {"account": "Account"},
    ASSOCIATION.noun: {"account": "Account", "user": "User"},
    USER.noun: {"user": "User"},
    WCKEY.noun: {"user": "User"},
    QOS.noun: {"qos": "Name"},
    CLUSTERS.noun: {"cluster": CLUSTERS.key.name},
}
"""By the noun of a change: the objects that it concerns, and the fields that name them."""
WITHOUT_NOUN = PROTECTED_NOUNS[:3]
"""Nouns that a pattern means if it begins with none."""
LIMIT_NAMES = frozenset(
    name
    for rules in (ASSOCIATION_RULES, QOS_RULES)
    for name, rule in rules.items()
    if not rule.least
)
"""Fields that `max_raise` is about: the limits by which jobs wait or are refused."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One guard that a plan is beyond: its key in the profile, and what it says."""

    guard: str
    says: str

    def __str__(self) -> str:
        """Return the guard, the object and the value."""
        return f"{self.guard}: {self.says}"


def breaches(guard: Guard, outcomes: Iterable[Outcome]) -> list[Breach]:
    """Return what a plan is beyond; nothing if it may be carried out without an approval."""
    changes = [one.change for one in outcomes if one.error is None and not one.change.unasked]
    return [
        *_counted(guard, changes),
        *(one for change in changes for one in _protected(guard, change)),
        *(one for change in changes for one in _raised(guard, change)),
        *_unapproved(guard, changes),
    ]


def _unapproved(guard: Guard, changes: Sequence[RowChange]) -> Iterator[Breach]:
    if guard.require_approval and changes:
        yield Breach("require_approval", "this plan is not approved")


def _counted(guard: Guard, changes: Sequence[RowChange]) -> Iterator[Breach]:
    """Yield what is too much; what goes along with a deletion counts as well."""
    done = [one for one in changes if one.changes or one.marks]
    gone = [one for one in done if one.action == "delete"]
    for name, most, some in (
        ("max_changes", guard.max_changes, done),
        ("max_deletes", guard.max_deletes, gone),
    ):
        if most is not None and len(some) > most:
            noun = name.removeprefix("max_")
            count = f"{len(some)} {noun if len(some) != 1 else noun.removesuffix('s')}"
            yield Breach(name, f"{count} ({subject(some)}), and at most {most}")


def _protected(guard: Guard, change: RowChange) -> Iterator[Breach]:
    """Yield what of the objects of a change no plan may touch."""
    rows = [change.old, change.new]
    if change.action == "delete":
        rows += change.companions
    for noun, field in NAMED_BY.get(change.entity.noun, {}).items():
        for name in dict.fromkeys(_name(row, field) for row in rows):
            pattern = protected_by(guard.protected, noun, name) if name else None
            if pattern is not None:
                named = f"{noun} '{printable(name)}'"
                of = "" if named == subject([change]) else f" of {subject([change])}"
                yield Breach("protected", f"{named}{of} is like '{printable(pattern)}'")


def protected_by(patterns: Iterable[str], noun: str, name: str) -> str | None:
    """Return the first pattern that protects an object.

    >>> protected_by(["qos:high*", "staff*"], "account", "staff1")
    'staff*'
    >>> protected_by(["qos:staff*"], "account", "staff1")
    """
    for pattern in patterns:
        of, _, glob = pattern.rpartition(":")
        if (of == noun or (not of and noun in WITHOUT_NOUN)) and is_like(name, [glob]):
            return pattern
    return None


def _raised(guard: Guard, change: RowChange) -> Iterator[Breach]:
    """Yield the limits that are raised too far; a new object has had none, and one that goes no
    longer has any.
    """
    if guard.max_raise is None or change.before is None or change.after is None:
        return
    for name, (before, after) in change.fields.items():
        if name not in LIMIT_NAMES:
            continue
        for part, old, new in _parts(before, after):
            if is_raised(old, new, guard.max_raise):
                of = f"{name} {part}" if part else name
                shown = "no limit" if new is None else new
                said = f"{subject([change])} {of} {old} -> {shown}, and at most {guard.max_raise:g}"
                yield Breach("max_raise", f"{said} times")


def is_raised(before: int | None, after: int | None, factor: float) -> bool:
    """Tell whether a limit is raised by more than a factor; None is no limit.

    >>> is_raised(10, 20, 2.0), is_raised(10, 21, 2.0), is_raised(10, None, 2.0)
    (False, True, True)
    >>> is_raised(None, 5, 2.0), is_raised(10, 9, 0.5)
    (False, False)
    """
    if before is None:
        return False
    if after is None:
        return True
    # The factor as it is written: 100 times 1.15 is 115, and no float below it.
    return after > before and after > before * Fraction(str(factor))


def _parts(before: Value, after: Value) -> Iterator[tuple[str, int | None, int | None]]:
    """Yield a limit before and after; of TRES each one, by its name."""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = (one if isinstance(one, Mapping) else {} for one in (before, after))
        for name in sorted({*old, *new}):
            yield name, old.get(name), new.get(name)
        return
    yield "", _number(before), _number(after)


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def _name(row: Row, field: str) -> str:
    return str(row.get(field) or "")
