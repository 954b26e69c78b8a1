"""The words of a list, read: `where GrpJobs>10 User=a* MaxJobs='' sort=-GrpJobs limit=5`.

All words that a write has, too, are model/syntax.py's. The others are a list's alone: it may be
asked for anything that its rows hold, and a write acts on names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model import elsewhere
from slurmctl_rest.model.columns import field_of
from slurmctl_rest.model.entities.user import FROM_ASSOCIATIONS
from slurmctl_rest.model.fields import Access, Entity, Field, did_you_mean
from slurmctl_rest.model.kinds.base import Kind, Value
from slurmctl_rest.model.kinds.durations import Moment
from slurmctl_rest.model.kinds.words import Mark, OptionalWord, Word
from slurmctl_rest.model.refinement import (
    ORDERED,
    WILDCARDS,
    Comparator,
    Refinement,
    RowCondition,
    SortKey,
    is_number,
)
from slurmctl_rest.model.switches import switch_of
from slurmctl_rest.model.syntax import Statement, parse_condition, parse_select, without_and
from slurmctl_rest.model.text import printable, without_quotes

SHELL_SAFE = {
    "gt": Comparator.ABOVE,
    "ge": Comparator.AT_LEAST,
    "lt": Comparator.BELOW,
    "le": Comparator.AT_MOST,
    "ne": Comparator.UNEQUAL,
}
"""Comparators that a shell leaves alone: `GrpJobs.gt=10`."""

_COMPARATOR = rf"(>=|<=|!=|<|>|\.(?:{'|'.join(SHELL_SAFE)})=|=)"
_CONDITION = re.compile(rf"([^=<>!]*?){_COMPARATOR}(.*)", re.DOTALL)
_OF_ONE_TRES = re.compile(rf"([^=<>!,]+?){_COMPARATOR}([^,]*)", re.DOTALL)
MAX_LIMIT_DIGITS = 9


def parse_list(
    entity: Entity,
    tokens: Sequence[str],
    switches: Iterable[str] = (),
    columns_of: Entity | None = None,
    *,
    wildcards: bool = True,
) -> Statement:
    """Read the tokens of a list: those of `parse_select`, further conditions, sort= and limit=.

    `columns_of` has the fields of the rows, where they are others than those of conditions.
    Without `wildcards`, `*` and `?` in a name mean themselves: names may hold them.
    UsageError names a word that cannot be read.
    """
    known = tuple(switches)
    words = _ListWords(entity, columns_of or entity)
    named = [token for token in tokens if switch_of(token, known)]
    rest = without_and([token for token in tokens if token not in named])
    rest = [token for token in rest if not words.take(token)]
    rest = [*(words.without_wildcards(rest) if wildcards else rest), *named]
    return replace(parse_select(entity, rest, known, columns_of), refinement=words.refinement())


@dataclass(slots=True)
class _ListWords:
    """What the words of a list have come to so far.

    words  the fields of conditions that parse_select reads
    table  the fields of the rows
    """

    words: Entity
    table: Entity
    comparisons: list[RowCondition] = field(default_factory=list)
    order: tuple[SortKey, ...] = ()
    limit: int | None = None

    def refinement(self) -> Refinement:
        return Refinement(tuple(self.comparisons), self.order, self.limit)

    def take(self, token: str) -> bool:
        """Take a word that only lists have; tell whether it was one."""
        match = _CONDITION.fullmatch(token)
        if match is None:
            return False
        spelling, sign, text = match[1], match[2], without_quotes(match[3])
        if "=" not in token and self._is_name(spelling):
            return False
        comparator = SHELL_SAFE.get(sign[1:3]) or Comparator(sign)
        if comparator is Comparator.EQUAL:
            if spelling.lower() == "sort":
                self._sort(text)
                return True
            if spelling.lower() == "limit":
                self._limit(text)
                return True
            if self._is_read_elsewhere(spelling, text):
                return False
        self.comparisons.append(self._comparison(spelling, comparator, text))
        return True

    def _is_name(self, spelling: str) -> bool:
        """Tell whether a bare word like `a>b` is a name: no field is called so, or nearly so."""
        fields = (*self.table.all_fields, *self.words.all_fields)
        spellings = [spelling for one in fields for spelling in one.spellings]
        begun = any(s.lower().startswith(spelling.lower()) for s in spellings)
        return self.words.is_named and not begun and not did_you_mean(spelling, spellings)

    def without_wildcards(self, tokens: Sequence[str]) -> list[str]:
        """Take the conditions on a field that is asked for with wildcards; return other words.

        All of that field: `user=a* user=bob` means any of them, as `user=alice user=bob` does.
        """
        fields = [self._condition_of(token) for token in tokens]
        asked = {
            found.name: found
            for token, found in zip(tokens, fields, strict=True)
            if found is not None and WILDCARDS.search(token) and takes_wildcards(found.kind)
        }
        for name, condition in asked.items():
            its = [t for t, f in zip(tokens, fields, strict=True) if f and f.name == name]
            texts = [without_quotes(t.partition("=")[2]) if "=" in t else t for t in its]
            shown = self._of_rows(condition)
            _refuse_cluster(shown)
            self.comparisons.append(_equality(shown, Comparator.EQUAL, ",".join(texts)))
        return [
            token
            for token, found in zip(tokens, fields, strict=True)
            if found is None or found.name not in asked
        ]

    def _condition_of(self, token: str) -> Field | None:
        """Return the field of a condition that parse_select reads: of a bare word the name's."""
        spelling, equals, _ = token.partition("=")
        if not equals:
            keyword = token.lower() in {"where", "and"}
            return self.words.key if self.words.is_named and not keyword else None
        return self._known_condition(spelling)

    def _known_condition(self, spelling: str) -> Field | None:
        try:
            found = self.words.field(spelling)
        except UsageError:
            return None
        return found if found.where or found.access is Access.KEY else None

    def _is_read_elsewhere(self, spelling: str, text: str) -> bool:
        """Tell whether parse_select reads `spelling=`, or knows what is wrong with it."""
        if not self.words.is_named and spelling.lower() in {"id", "ids"}:
            return True
        if spelling.lower() == "format" or self._known_condition(spelling) is not None:
            return True
        if elsewhere.legacy_limit(self.table.noun, spelling):
            return False
        known = []
        for table in (self.table, self.words):
            try:
                known.append(table.field(spelling))
            except UsageError:
                continue
        # No row has just this second: `start=now` means a window to whoever writes it.
        return not known or (isinstance(known[0].kind, Moment) and bool(text))

    def _comparison(self, spelling: str, comparator: Comparator, text: str) -> RowCondition:
        shown, part = self._place(spelling)
        _refuse_cluster(shown)
        of_one = comparator is Comparator.EQUAL and not part and is_by_name(shown.kind)
        if of_one and (match := _OF_ONE_TRES.fullmatch(text)):
            sign, count = match[2], without_quotes(match[3])
            comparator = SHELL_SAFE.get(sign[1:3]) or Comparator(sign)
            return _of_part(shown, comparator, match[1].strip(), count)
        if part:
            return _of_part(shown, comparator, part, text)
        if comparator not in ORDERED:
            return _equality(shown, comparator, text)
        if is_by_name(shown.kind):
            raise UsageError(
                f"{shown.name} has several counts, and '{comparator}' compares one",
                f"'{shown.name}=cpu{comparator}{printable(text)}'",
            )
        if not shown.kind.is_ordered:
            raise UsageError(
                f"{shown.name} is neither a number nor a time: '{comparator}' cannot compare it",
                f"'{shown.name}=A*' and '{shown.name}!=NAME' select by names",
            )
        value = shown.parse(text)
        if value is None or (shown.kind.words and value in shown.kind.words):
            raise _no_number(shown, comparator, text)
        return RowCondition(shown, comparator, (value,))

    def _place(self, spelling: str) -> tuple[Field, str]:
        """Return the field of the rows that a word means, and the TRES of an old limit."""
        if today := elsewhere.legacy_limit(self.table.noun, spelling):
            name, _, tres = today.partition("=")
            return self.table[name], tres
        try:
            return field_of(self.table, spelling, "where"), ""
        except UsageError:
            if self.words is self.table:
                raise
            try:
                found = self.words.field(spelling)
            except UsageError:
                found = None
            if found is None:
                raise
            return self._of_rows(found), ""

    def _of_rows(self, condition: Field) -> Field:
        """Return the field of the rows that a condition is about; UsageError if they have none."""
        named = (condition.name, FROM_ASSOCIATIONS.get(condition.name))
        found = next((f for f in self.table.all_fields if f.name in named), None)
        if found is not None:
            return found
        name, plural = condition.name, self.table.plural
        if self.words.noun == elsewhere.NOUN_USER:
            raise UsageError(
                f"{name} of {plural} belongs to their associations",
                "assoc list, or user list WithAssoc",
            )
        raise UsageError(f"{name} is no column of {plural}: it accepts only '=' and values")

    def _sort(self, text: str) -> None:
        if self.order:
            raise UsageError("sort= is given twice", "sort=FIELD,FIELD sorts by several")
        for word in text.split(","):
            spelling, _, tres = word.strip().removeprefix("-").partition("=")
            if not spelling:
                raise UsageError(
                    f"'sort={printable(text)}' names no field", "sort=Account,-MaxJobs"
                )
            shown, part = self._place(spelling)
            part = part or tres
            if is_by_name(shown.kind) is not bool(part):
                raise UsageError(
                    f"sort={shown.name}: {shown.name} has "
                    + ("no TRES" if part else "several counts: name the TRES to sort by"),
                    f"sort={shown.name}" + "=cpu" * (not part),
                )
            self.order += (SortKey(shown, word.strip().startswith("-"), part),)

    def _limit(self, text: str) -> None:
        if self.limit is not None:
            raise UsageError("limit= is given twice")
        if not re.fullmatch(rf"[1-9]\d{{0,{MAX_LIMIT_DIGITS - 1}}}", text, re.ASCII):
            raise UsageError(
                f"limit={printable(text)}: '{printable(text)}' is not a positive whole number",
                "limit=10 prints the first ten",
            )
        self.limit = int(text)


def _refuse_cluster(shown: Field) -> None:
    """Refuse to compare a cluster: it says where to look, and is no choice among what is there."""
    if shown.name == "Cluster" and shown.access is not Access.KEY:
        raise UsageError("a cluster is selected by '=' and its name", "cluster=a,b for several")


def is_by_name(kind: Kind) -> bool:
    """Tell whether values of the kind are counts by names, like those of TRES."""
    return bool(kind.schema.get("type") == "object")


def takes_wildcards(kind: Kind) -> bool:
    """Tell whether values of the kind are names or texts."""
    return not (kind.is_ordered or is_by_name(kind) or isinstance(kind, Mark))


def _equality(shown: Field, comparator: Comparator, text: str) -> RowCondition:
    """Return the condition that a value is one of a comma list, or matches one with wildcards."""
    if is_by_name(shown.kind):
        return RowCondition(shown, comparator, (shown.parse(text) if text else None,))
    texts = text.split(",")
    wild = tuple(t for t in texts if takes_wildcards(shown.kind) and WILDCARDS.search(t))
    values = (value for t in texts if t not in wild for value in _values(shown, t))
    return RowCondition(shown, comparator, tuple(values), wild)


def _values(shown: Field, text: str) -> tuple[Value, ...]:
    kind = shown.kind
    if not text and (not isinstance(kind, Word) or isinstance(kind, OptionalWord)):
        return (None,)
    return parse_condition(shown, text)


def _of_part(shown: Field, comparator: Comparator, part: str, text: str) -> RowCondition:
    """Return the condition on one count: `GrpTRES=cpu>100`; empty asks for those without it."""
    if not text and comparator not in ORDERED:
        return RowCondition(shown, comparator, (None,), part=part)
    value = shown.parse(f"{part}={text}")
    count = value.get(part) if isinstance(value, dict) else None
    if comparator in ORDERED and not is_number(count):
        raise _no_number(shown, comparator, text, part)
    return RowCondition(shown, comparator, (count,), part=part)


def _no_number(shown: Field, comparator: Comparator, text: str, part: str = "") -> UsageError:
    front = f"{shown.name}={part}" if part else shown.name
    return UsageError(
        f"{front}{comparator}{printable(text)}: '{printable(text)}' is not a number",
        f"{front}='' selects what has none",
    )
