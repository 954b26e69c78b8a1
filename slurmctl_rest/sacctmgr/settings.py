"""The limits of associations as sacctmgr sets them: their words, values, and the texts about them.

`modify ... set`, and the options of `add`. From how many letters on a word is known, and which of
two that fit is meant, is the same on 24.11 and 26.05 (tests/lab/test_parity_accounts.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import MAX_COUNT, Operator, Value
from slurmctl_rest.model.kinds.durations import MINUTES
from slurmctl_rest.model.kinds.names import NAMES
from slurmctl_rest.model.kinds.numbers import SHARES
from slurmctl_rest.model.kinds.tres import TRES
from slurmctl_rest.model.tres_counts import GPU_MEMORY, in_megabytes, largest_unit
from slurmctl_rest.sacctmgr.decided import CLI
from slurmctl_rest.sacctmgr.limit_words import COMMENT, TITLES, LimitWord, limit_word
from slurmctl_rest.sacctmgr.values import lower
from slurmctl_rest.sacctmgr.words import Word, unquoted

INHERITED = frozenset(one.name for one in ASSOCIATION.fields if one.inherits)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What there is to be named: QOS in slurmdbd's order, TRES with their numbers."""

    qos: Sequence[str] = ()
    tres: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Amount:
    """A count of one TRES, or (None) none; with a sign it is added, or taken away."""

    number: int | None
    sign: str = ""


@dataclass(slots=True)
class Settings:
    """What is set: plain values by field (None clears), TRES by field and name, QOS with signs."""

    values: dict[str, Value] = field(default_factory=dict)
    tres: dict[str, dict[str, Amount]] = field(default_factory=dict)
    qos: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """What sacctmgr complains of, and takes all the same."""
    sign: str = ""
    """The sign of the last `+=` or `-=`: to 24.11 all QOS after it have it, too."""

    @property
    def fields(self) -> set[str]:
        """Return the fields that are named."""
        return {*self.values, *self.tres, *(["QosLevel"] if self.qos else [])}

    @property
    def replaces_qos(self) -> bool:
        """Tell whether the list of QOS is set as a whole."""
        return any(name[:1] not in ("+", "-") for name in self.qos)


def needed(words: Iterable[Word]) -> set[str]:
    """Return of which objects names are needed to read these words: `qos`, `tres`."""
    fields = {limit.field for one in words if one.key and (limit := limit_word(one.key))}
    of_tres = {"tres"} if any(isinstance(_kind(name), type(TRES)) for name in fields) else set()
    return of_tres | ({"qos"} if fields & {"QosLevel", "DefaultQOS"} else set())


def _kind(name: str) -> object:
    return None if name == COMMENT else ASSOCIATION[name].kind


def read_limit(one: Word, settings: Settings, catalog: Catalog, *, old: bool) -> list[str] | None:
    """Put what a word says into `settings`, and return sacctmgr's complaints; None: no limit.

    `old`: sacctmgr is that of 24.11.
    """
    limit = limit_word(one.key)
    if limit is None:
        return None
    if limit.field != "QosLevel" and (refused := one.refused_operator(old=old)):
        return [refused]
    settings.sign = one.operator[:-1] or settings.sign
    kind = _kind(limit.field)
    read: Callable[[Word, LimitWord, Settings, Catalog, bool], list[str]]
    if limit.field in READERS:
        read = READERS[limit.field]
    elif limit.tres:
        read = _read_one_tres
    elif isinstance(kind, type(TRES)):
        read = _read_tres
    elif isinstance(kind, type(MINUTES)):
        read = _read_minutes
    else:
        read = _read_number
    return read(one, limit, settings, catalog, old)


def unknown_option(text: str) -> list[str]:
    """Return what sacctmgr says to a setting that it does not know, or cannot read."""
    return [f" Unknown option: {text}", " Use keyword 'where' to modify condition"]


def number_of(value: str, *, old: bool) -> int | None:
    """Return the number that a text means to sacctmgr: 64 bits; ValueError for none."""
    text = unquoted(value)
    match = re.match(r"\s*([+-]?\d+)", text, re.ASCII)
    if not text:
        return 0
    if match is None or (not old and match.end() != len(text)):
        raise ValueError(text)
    return max(-(2**63), min(int(match[1]), 2**63 - 1))


def _read_number(
    one: Word, limit: LimitWord, settings: Settings, catalog: Catalog, old: bool
) -> list[str]:
    del catalog
    if limit.field == "Fairshare" and lower(one.value).startswith(SHARES.PARENT):
        settings.values[limit.field] = SHARES.PARENT
        return []
    try:
        number = number_of(one.value, old=old)
    except ValueError:
        return _wrong_number(one, limit)
    counted = None if number is None or number < 0 else number % 2**32
    if counted == NO_VALUE:
        return []
    if counted == INFINITE:
        counted = None
    if limit.field == "Fairshare" and counted == SHARES.PARENT_NUMBER:
        settings.values[limit.field] = SHARES.PARENT
    elif counted is not None and counted > MAX_COUNT:
        raise Unsupported(
            f"{one.text}: slurmdbd holds no number above {MAX_COUNT}", "give a smaller one"
        )
    else:
        settings.values[limit.field] = counted
    return []


NO_VALUE, INFINITE = 2**32 - 2, 2**32 - 1


def _wrong_number(one: Word, limit: LimitWord) -> list[str]:
    said = (
        f"sacctmgr: error: Invalid value for {limit.called or limit.word} ({unquoted(one.value)})"
    )
    return [said, *unknown_option(one.lowered())]


def _read_minutes(
    one: Word, limit: LimitWord, settings: Settings, catalog: Catalog, old: bool
) -> list[str]:
    del catalog, old
    try:
        settings.values[limit.field] = MINUTES.parse(one.value)
    except ValueError:
        called = limit.called or limit.word
        return [f" Bad {called} time format: {one.text}", *unknown_option(one.text)]
    return []


def _read_one_tres(
    one: Word, limit: LimitWord, settings: Settings, catalog: Catalog, old: bool
) -> list[str]:
    del catalog
    try:
        number = number_of(one.value, old=old)
    except ValueError:
        return _wrong_number(one, limit)
    cleared = number is None or number < 0
    counts = settings.tres.setdefault(limit.field, {})
    counts[limit.tres] = Amount(None if cleared else number)
    return []


def _read_tres(
    one: Word, limit: LimitWord, settings: Settings, catalog: Catalog, old: bool
) -> list[str]:
    counts = settings.tres.setdefault(limit.field, {})
    rest = one.value
    if not rest:
        return unknown_option(one.text)
    spelling = {name.lower(): name for name in catalog.tres.values()}
    while True:
        name, equals, after = rest.partition("=")
        sign = name[-1:] if not old and name[-1:] in ("+", "-") and name else ""
        plain = name.removesuffix(sign)
        if not equals:
            return [*_no_tres(f"id found for {rest}"), *unknown_option(one.text)]
        if plain[:1].isdecimal():
            known = catalog.tres.get(int(re.match(r"\d+", plain)[0]))  # type: ignore[index]
            if known is None:
                return [*_no_tres(f"known by id {plain}"), *unknown_option(one.text)]
        else:
            known = spelling.get(plain.lower())
            if known is None:
                return [*_no_tres(f"known by type {plain}"), *unknown_option(one.text)]
        text, comma, rest = after.partition(",")
        count, unit = _count(known, text)
        if unit:
            settings.warnings.append(
                f"sacctmgr: error: Invalid unit type '{unit}'. Possible options are 'KMGTP'"
            )
        counts[known] = Amount(count, sign)
        if not comma:
            return []


def _no_tres(what: str) -> list[str]:
    return [f"sacctmgr: error: slurmdb_format_tres_str: no TRES {what}"]


def _count(name: str, text: str) -> tuple[int | None, str]:
    """Return a count of a TRES, and the unit that sacctmgr complains of."""
    match = re.match(r"\s*([+-]?\d*)(.?)", text, re.ASCII)
    digits, unit = (match[1], match[2]) if match else ("", "")
    number = int(digits) if digits.strip("+-") else 0
    if number == -1:
        return None, ""
    number %= 2**64
    letter = unit.upper()
    if letter and letter not in UNITS:
        return number, unit
    return number * (MEMORY_UNITS if in_megabytes(name) else UNITS).get(letter, 1), ""


UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1, "P": 1}
MEMORY_UNITS = {"": 1, "K": 1, "M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
"""Units as sacctmgr reads them, not as its manual has them (model/tres_counts.py)."""


def _read_qos(
    one: Word, limit: LimitWord, settings: Settings, catalog: Catalog, old: bool
) -> list[str]:
    del limit
    known = {name.lower() for name in catalog.qos}
    operator = one.operator[:-1] or (settings.sign if old else "")
    plain = one.value.strip("\"'")
    found: list[str] = []
    for part in [one_ for one_ in plain.split(",") if one_] if plain else [""]:
        sign = part[0] if part[:1] in ("+", "-") else operator
        name = part.removeprefix("+").removeprefix("-")
        if part and name.lower() not in known:
            said = f"sacctmgr: error: You gave a bad qos '{name}'. Valid QOS's are "
            return [said + ",".join(catalog.qos), *unknown_option(one.text)]
        found.append(f"{sign if part else ''}{lower(name)}")
    if len({name[:1] in ("+", "-") for name in found}) > 1:
        said = "sacctmgr: error: You can't set qos equal to something and then add or subtract "
        return [f"{said}from it in the same line", *unknown_option(one.text)]
    if {*found} - {""} and {*found} <= {*settings.qos}:
        said = "sacctmgr: error: You gave me an empty qos list"
        return [said, *unknown_option(one.text)]
    settings.qos = sorted({*settings.qos, *found})
    return []


def _read_default_qos(
    one: Word, limit: LimitWord, settings: Settings, catalog: Catalog, old: bool
) -> list[str]:
    del old
    value = lower(one.value)
    if value != "-1" and value not in {name.lower() for name in catalog.qos}:
        return [f"You gave a bad default qos '{one.value}'.  Use 'list qos' to get complete list."]
    settings.values[limit.field] = None if value == "-1" else value
    return []


def _read_text(
    one: Word, limit: LimitWord, settings: Settings, catalog: Catalog, old: bool
) -> list[str]:
    del catalog, old
    settings.values[limit.field] = unquoted(one.value)
    return []


READERS: Mapping[str, Callable[[Word, LimitWord, Settings, Catalog, bool], list[str]]] = {
    "QosLevel": _read_qos,
    "DefaultQOS": _read_default_qos,
    "Parent": _read_text,
    COMMENT: _read_text,
}


def applied(row: Row, settings: Settings) -> dict[str, Value]:
    """Return an association with all that is set; no user's row gets a parent."""
    after = dict(row)
    for name, value in settings.values.items():
        if name == "Fairshare" and value is None:
            after[name] = 1
        elif name == "Parent":
            after[name] = value if row.get("User") is None else row.get(name)
        elif name != COMMENT:
            after[name] = value
    for name, counts in settings.tres.items():
        after[name] = TRES.merge(after.get(name), Operator.SET, _merged(after.get(name), counts))
    if settings.qos:
        after["QosLevel"] = qos_after(row.get("QosLevel"), settings)
    return after


def _merged(current: Value, counts: Mapping[str, Amount]) -> dict[str, int | None]:
    there = current if isinstance(current, Mapping) else {}
    merged: dict[str, int | None] = {}
    for name, amount in counts.items():
        number, now = amount.number, there.get(name) or 0
        if amount.sign and number is not None:
            number = now + number if amount.sign == "+" else max(now - number, 0)
        merged[name] = number
    return merged


def qos_after(current: Value, settings: Settings) -> Value:
    """Return the own QOS of a row; () means that it inherits them.

    Raises Unsupported for a list that would be empty without being inherited.
    """
    if settings.replaces_qos:
        return tuple(sorted(name for name in settings.qos if name and name[0] not in "+-"))
    after = current
    for name in settings.qos:
        after = NAMES.merge(after, Operator.ADD if name[0] == "+" else Operator.REMOVE, (name[1:],))
    if current and not after:
        raise Unsupported(
            "slurmrestd cannot take the last QOS out of a list",
            CLI,
        )
    return after


def texts(settings: Settings) -> list[str]:
    """Return what `add` says of the limits that it sets, a line each."""
    return [
        f"  {title}{_text(name, settings)}"
        for name, title in TITLES.items()
        if name in settings.fields
    ]


def _text(name: str, settings: Settings) -> str:
    if name == "QosLevel":
        return ",".join(settings.qos)
    if name in settings.tres:
        counts = sorted(settings.tres[name].items())
        return ",".join(f"{tres}={_amount_text(tres, amount)}" for tres, amount in counts)
    value = settings.values[name]
    if value is None:
        return "(null)" if name == "DefaultQOS" else "NONE"
    return str(value) if name in {"Parent", COMMENT} else ASSOCIATION[name].kind.text(value)


def _amount_text(name: str, amount: Amount) -> str:
    if amount.number is None:
        return "NONE"
    with_unit = in_megabytes(name) or name == GPU_MEMORY
    text = largest_unit(amount.number) if with_unit else str(amount.number)
    return amount.sign + text
