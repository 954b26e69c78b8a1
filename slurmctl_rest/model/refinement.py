"""The rows that a list keeps, their order and their number, once they have been read.

Slurm selects by names. Limits, wildcards and comparisons it cannot judge, so they are judged here,
by the kind of the field: the same over both executors. All functions are pure.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import translate
from functools import cache
from itertools import islice
from typing import TypeAlias, TypeGuard, TypeVar

from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.durations import Moment
from slurmctl_rest.model.kinds.words import Mode
from slurmctl_rest.model.times import Zone, moment

T = TypeVar("T")

WILDCARDS = re.compile(r"[*?]")


class Comparator(StrEnum):
    """How a condition of a list compares."""

    EQUAL = "="
    UNEQUAL = "!="
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="


ORDERED: Mapping[Comparator, Callable[[float, float], bool]] = {
    Comparator.ABOVE: operator.gt,
    Comparator.AT_LEAST: operator.ge,
    Comparator.BELOW: operator.lt,
    Comparator.AT_MOST: operator.le,
}
"""Those that need numbers. A row without a value meets none of them: no limit is no number."""


@dataclass(frozen=True, slots=True)
class RowCondition:
    """A condition on the rows of a list: `GrpJobs>10`, `GrpTRES=cpu>100`, `User=a*`, `MaxJobs=''`.

    values     any of them will do; None is met by a row that has none
    wildcards  any of them will do, too: texts with `*` and `?`
    part       the TRES of which the count is meant
    """

    field: Field
    comparator: Comparator
    values: tuple[Value, ...] = ()
    wildcards: tuple[str, ...] = ()
    part: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the TRES that are named."""
        counts = (value for value in self.values if isinstance(value, Mapping))
        return (*([self.part] if self.part else []), *(name for one in counts for name in one))

    def meets(self, row: Row) -> bool:
        """Tell whether the row meets the condition."""
        value = part_of(row.get(self.field.name), self.part)
        if compare := ORDERED.get(self.comparator):
            wanted = self.values[0]
            return is_number(value) and is_number(wanted) and compare(value, wanted)
        if isinstance(self.field.kind, Mode):  # `gang,suspend` meets either of its words
            value = tuple(str(value).split(","))
        return self._equals(value) is (self.comparator is Comparator.EQUAL)

    def _equals(self, value: Value) -> bool:
        return any(_is_equal(value, wanted) for wanted in self.values) or any(
            _pattern(text).match(name) for name in _texts(value) for text in self.wildcards
        )


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field to sort by; `part` is the TRES of which the count is meant."""

    field: Field
    descending: bool = False
    part: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the TRES that is named, if any is."""
        return (self.part,) if self.part else ()


@dataclass(frozen=True, slots=True)
class Refinement:
    """Conditions that are judged here, the order (first key first), and the number of rows."""

    comparisons: tuple[RowCondition, ...] = ()
    order: tuple[SortKey, ...] = ()
    limit: int | None = None

    def __bool__(self) -> bool:
        """Tell whether a list is anything else than what was read."""
        return bool(self.comparisons or self.order or self.limit)

    @property
    def fields(self) -> frozenset[str]:
        """Return the fields that rows must have for it."""
        return frozenset(one.field.name for one in self.named)

    @property
    def named(self) -> tuple[RowCondition | SortKey, ...]:
        """Return all that names a field."""
        return (*self.comparisons, *self.order)

    def at(self, now: int, zone: Zone) -> Refinement:
        """Return it with times as moments (seconds since 1970), as rows have them."""

        def resolved(one: RowCondition) -> RowCondition:
            if not isinstance(one.field.kind, Moment):
                return one
            values = (v if v is None else moment(str(v), now, zone) for v in one.values)
            return replace(one, values=tuple(values))

        return replace(self, comparisons=tuple(map(resolved, self.comparisons)))

    def of(self, things: Iterable[T], row_of: Callable[[T], Row]) -> Iterable[T]:
        """Return the things whose rows meet the conditions: sorted, and so many at most."""
        if self.comparisons:
            things = (t for t in things if all(c.meets(row_of(t)) for c in self.comparisons))
        if self.order:
            things = in_sort_order(things, self.order, row_of)
        return things if self.limit is None else islice(things, self.limit)

    def of_rows(self, rows: Iterable[Row]) -> Iterable[Row]:
        """Return the rows that are left."""
        return self.of(rows, lambda row: row)


def is_comparison(entity: Entity, token: str) -> bool:
    """Tell whether a word compares a field, spelt in full: a name may hold `<` and `>`, too.

    >>> is_comparison(ACCOUNT, "GrpJobs>10")
    True
    """
    match = re.match(r"(\w+)(?:[<>]|!=|\.(?:gt|ge|lt|le|ne)=)", token)
    return match is not None and any(
        match[1].lower() == spelling.lower()
        for field in entity.all_fields
        for spelling in field.spellings
    )


def in_sort_order(
    things: Iterable[T], order: Sequence[SortKey], row_of: Callable[[T], Row]
) -> list[T]:
    """Return the things sorted: rows without a value last, up or down; equal ones stay in order."""
    found = [*things]
    for key in reversed(order):
        ranks = [rank(part_of(row_of(one).get(key.field.name), key.part)) for one in found]
        some = [(its, one) for its, one in zip(ranks, found, strict=True) if its is not None]
        none = [one for its, one in zip(ranks, found, strict=True) if its is None]
        some.sort(key=lambda pair: pair[0], reverse=key.descending)
        found = [*(one for _, one in some), *none]
    return found


Rank: TypeAlias = tuple[int, tuple[float | str, ...], str]
"""A value's place: numbers before texts, whose words and numbers take turns."""


def rank(value: Value) -> Rank | None:
    """Return the place of a value in the order of its kind; None where there is none.

    Texts are sorted as people count: node2 before node10, job 9 before job 75_3.

    >>> rank("node10")
    (1, ('node', 10, ''), 'node10')
    """
    if is_none(value):
        return None
    if isinstance(value, int | float):
        return 0, (value,), ""
    text = str(value) if isinstance(value, str) else ",".join(value or ())
    words = re.split(r"([0-9]{1,18})", text.lower())
    return 1, tuple(int(word) if at % 2 else word for at, word in enumerate(words)), text


def part_of(value: Value, part: str) -> Value:
    """Return the count of one TRES, in any case of its name; the value itself without a part."""
    if not part or not isinstance(value, Mapping):
        return value
    return next((count for name, count in value.items() if name.lower() == part.lower()), None)


def is_none(value: Value) -> bool:
    """Tell whether a row that holds this value has none."""
    return value is None or value in ("", ()) or value == {}


def is_number(value: Value) -> TypeGuard[int | float]:
    """Tell whether the value is a number: shares may be the word `parent`."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_equal(value: Value, wanted: Value) -> bool:
    if is_none(wanted):
        return is_none(value)
    if isinstance(value, tuple):
        names = wanted if isinstance(wanted, tuple) else (wanted,)
        return {*names} <= {*value}
    if isinstance(value, Mapping) and isinstance(wanted, Mapping):
        return all(part_of(value, name) == count for name, count in wanted.items())
    if isinstance(value, str) and isinstance(wanted, str):
        return value.lower() == wanted.lower()
    return value == wanted


def _texts(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # translate() knows [a-z], too, which stands in the numbers of jobs here. Its expressions do
    # not take exponential time, however many stars there are.
    return re.compile(translate(text.replace("[", "[[]")), re.IGNORECASE)
