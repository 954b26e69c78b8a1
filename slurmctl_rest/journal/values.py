"""From the database's texts in Slurm's journal to values of our fields. Pure.

The columns are those of the tables (Field.database): no limit is listed a second time here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from slurmctl_rest.journal.parse import sql_text
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.qos import QOS_FLAG_BITS
from slurmctl_rest.model.fields import Field, SlurmRecord
from slurmctl_rest.model.journal import Ids
from slurmctl_rest.model.kinds.base import Kind, Operator, Value
from slurmctl_rest.model.kinds.names import NAMES, Name, Names, NameSet, Text
from slurmctl_rest.model.kinds.numbers import Real, Shares
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.kinds.words import Mark, Mode, Switch, Word, WordSet

FIELDS_OF_COLUMNS: Mapping[str, Mapping[str, Field]] = {
    entity.noun: {
        field.database: field
        for field in entity.all_fields
        if field.database and (entity is ASSOCIATION or field.record is SlurmRecord.OBJECT)
    }
    for entity in (ACCOUNT, USER, ASSOCIATION, QOS)
}
"""Noun -> column of Slurm's database -> field."""

PREEMPT_MODE_BITS: Mapping[int, str] = {
    1: "suspend",
    2: "requeue",
    8: "cancel",
    0x2000: "priority",
    0x4000: "within",
    0x8000: "gang",
}
"""Bit -> word: PREEMPT_MODE_* of slurm.h."""
ADMIN_LEVELS = ("None", "None", "Operator", "Administrator")
"""By their number: SLURMDB_ADMIN_* of slurmdb.h."""
USERS_ARE_COORDS = 65536
"""SLURMDB_ACCT_FLAG_USER_COORD of slurmdb.h."""
NULL = "NULL"

ADDED_QOS = re.compile(r"',([+-])(\d+),'\)")
"""An argument of concat: what sacctmgr has slurmdbd do for QosLevel+= and -=."""
ADDED_NAME = re.compile(r"',(\d+),', ''\)")
"""Taken out before it is put at the end: Preempt+=."""
REMOVED_NAME = re.compile(r"',(\d+),', ','\)")
BITS = re.compile(r"\(?flags ?(\||& ?~) ?(\d+)\)?")


class Unknown(Exception):
    """A value follows from one that the journal does not have."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write has put into a column.

    text     as SQL has it
    sets     all that the write sets on the row
    current  returns the value before it, or raises Unknown
    """

    field: Field
    text: str
    sets: Mapping[str, str]
    current: Callable[[], Value]
    ids: Ids

    def value(self) -> Value:
        """Return the value that the field has then; ValueError for a text of another kind."""
        kind = self.field.kind
        if self.text == NULL:
            return 1 if isinstance(kind, Shares) else kind.read("")
        read = _reader(type(kind))  # isinstance() of an abstract class takes a microsecond
        return read(self) if read else int(self.text)


def qos_name(number: str, ids: Ids) -> str:
    """Return the name of a QOS; of one that nothing knows any more, its number."""
    return ids.qos.get(number) or f"#{number}"


def _tres(stored: Stored) -> Value:
    names = stored.ids.tres
    pairs = (pair.partition("=") for pair in sql_text(stored.text).split(",") if pair)
    return {names.get(number, f"#{number}"): int(count) for number, _, count in pairs}


def _listed(text: str, ids: Ids) -> tuple[str, ...]:
    """Return the names of `',1,-4,'`: a sign stays."""
    words = (word for word in sql_text(text).split(",") if word)
    return tuple(sorted(f"{w[: w[0] in '+-']}{qos_name(w.lstrip('+-'), ids)}" for w in words))


def _qos_level(stored: Stored) -> Value:
    text, delta, ids = stored.text, stored.sets.get("delta_qos", "''"), stored.ids
    if text.startswith("'"):
        return _listed(text, ids) or (_listed(delta, ids) if delta.startswith("'") else ())
    value = stored.current()
    for sign, number in ADDED_QOS.findall(delta):
        operator = Operator.ADD if sign == "+" else Operator.REMOVE
        value = NAMES.merge(value, operator, (qos_name(number, ids),))
    return value


def _names(stored: Stored) -> Value:
    text, ids = stored.text, stored.ids
    if text.startswith("'"):
        return _listed(text, ids)
    names = {*_known(stored.current())}
    names -= {qos_name(number, ids) for number in REMOVED_NAME.findall(text)}
    return tuple(sorted(names | {qos_name(number, ids) for number in ADDED_NAME.findall(text)}))


def _switch(stored: Stored) -> Value:
    kind = stored.field.kind
    word = kind.on if isinstance(kind, Switch) else ""
    return _bits(stored, {USERS_ARE_COORDS: word})


def _flags(stored: Stored) -> Value:
    return _bits(stored, QOS_FLAG_BITS)


def _bits(stored: Stored, words: Mapping[int, str]) -> tuple[str, ...]:
    number = stored.text.strip("'")
    if number.isdecimal():
        return tuple(sorted(word for bit, word in words.items() if int(number) & bit))
    match = BITS.fullmatch(stored.text)
    if match is None:
        raise ValueError(f"'{stored.text}' is no number of flags")
    named = {word for bit, word in words.items() if int(match[2]) & bit}
    if match[1] != "|" and named == {*words.values()}:
        return ()  # whatever there was
    now = {*_known(stored.current())}
    return tuple(sorted(now | named if match[1] == "|" else now - named))


def _mark(stored: Stored) -> Value:
    return stored.text == "1"


def _mode(stored: Stored) -> Value:
    kind, number = stored.field.kind, int(stored.text)
    words = [word for bit, word in sorted(PREEMPT_MODE_BITS.items(), reverse=True) if number & bit]
    return ",".join(words) or (kind.first if isinstance(kind, Mode) else "")


def _word(stored: Stored) -> Value:
    return ADMIN_LEVELS[int(stored.text)]


def _name(stored: Stored) -> Value:
    if stored.field.name != "DefaultQOS":
        return stored.field.kind.read(sql_text(stored.text))
    return qos_name(stored.text, stored.ids) if stored.text != "0" else None


def _text(stored: Stored) -> Value:
    return stored.field.kind.read(sql_text(stored.text))


def _shares(stored: Stored) -> Value:
    number = int(stored.text)
    return Shares.PARENT if number == Shares.PARENT_NUMBER else number


def _real(stored: Stored) -> Value:
    kind, number = stored.field.kind, round(float(stored.text), 6)
    return number if number or not isinstance(kind, Real) or kind.zero else None


READ_BY_KIND: Sequence[tuple[type[Kind], Callable[[Stored], Value]]] = (
    (Tres, _tres),
    (Names, _qos_level),
    (Switch, _switch),
    (WordSet, _flags),
    (NameSet, _names),
    (Mark, _mark),
    (Mode, _mode),
    (Word, _word),
    (Name, _name),
    (Text, _text),
    (Shares, _shares),
    (Real, _real),
)
"""The first kind that fits, the narrower before the wider; all others are whole numbers."""


@cache
def _reader(kind: type[Kind]) -> Callable[[Stored], Value] | None:
    return next((read for type_, read in READ_BY_KIND if issubclass(kind, type_)), None)


def _known(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
