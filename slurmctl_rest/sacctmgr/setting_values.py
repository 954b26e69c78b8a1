"""How sacctmgr reads the values of settings, and what it says to those that it cannot read.

24.11 reads as much of a number as there is (`5x` is 5), but `0x` is none; later releases want all
of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.kinds.base import MAX_COUNT, Kind
from slurmctl_rest.model.tres_counts import UNITS, in_megabytes
from slurmctl_rest.sacctmgr.tokens import ascii_lower, bare_text, plain_text


class BadValue(ValueError):
    """A value that sacctmgr does not take.

    said     what it says to it
    goes_on  whether it leaves out the setting of a QOS, and does the rest
    """

    def __init__(self, *said: str, goes_on: bool = False) -> None:
        """`said`: lines."""
        super().__init__("\n".join(said))
        self.said = list(said)
        self.goes_on = goes_on


class NotSet(Exception):
    """A value that sets nothing."""


NO_VALUE, INFINITE = 2**32 - 2, 2**32 - 1


def whole_value(called: str, text: str, *, old: bool) -> int | None:
    """Return a number of 64 bits; None clears, as any number below zero does."""
    plain = plain_text(text)
    match = re.match(WHOLE, plain, re.ASCII)
    if plain and _is_none(match, plain, old=old):
        raise BadValue(f"sacctmgr: error: Invalid value for {called} ({plain})", goes_on=True)
    count = min(int(match[1]), 2**63 - 1) if match else 0
    return count if count >= 0 else None


WHOLE = r"\s*([+-]?\d+)"
"""The beginning of a text that C's strtol reads as a number."""


def is_whole(text: str, *, old: bool) -> bool:
    """Tell whether sacctmgr takes a text for a whole number.

    >>> is_whole("5x", old=True), is_whole("5x", old=False)
    (True, False)
    """
    return not _is_none(re.match(WHOLE, text, re.ASCII), text, old=old)


def _is_none(match: re.Match[str] | None, text: str, *, old: bool) -> bool:
    """Tell whether a text is no number, though it may begin with one."""
    if match is None:
        return True
    return match.end() < len(text) and not (old and float(match[1]))


def count_value(called: str, text: str, *, old: bool) -> int | None:
    """Return a number as slurmdbd keeps it; None clears.

    >>> count_value("GrpJobs", "5", old=False)
    5
    """
    number = whole_value(called, text, old=old)
    if number is None or number % 2**32 == INFINITE:
        return None
    number %= 2**32
    if number == NO_VALUE:
        raise NotSet
    return number


def bounded_value(one: str, number: int | None) -> int | None:
    """Return a number; Unsupported for one that slurmdbd does not keep. `one`: the whole word."""
    if number is not None and number > MAX_COUNT:
        raise Unsupported(
            f"{one}: slurmdbd holds no number above {MAX_COUNT}", "give a smaller one"
        )
    return number


def real_value(called: str, text: str, *, old: bool) -> float | None:
    """Return a number that may have a fraction; None clears."""
    plain = plain_text(text)
    if re.match(OTHER_REALS, plain, re.ASCII):
        raise Unsupported(f"{called}={plain} is no decimal number", "write it as one")
    match = re.match(r"\s*([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)", plain)
    if plain and _is_none(match, plain, old=old):
        said = f"Invalid value for {called} ({plain})"
        new = f"{called} value ({plain}) is not a valid number"
        raise BadValue(f"sacctmgr: error: {said if old else new}", goes_on=True)
    amount = float(match[1]) if match else 0.0
    return amount if amount >= 0 else None


OTHER_REALS = r"\s*[+-]?(inf(inity)?|nan(\(\w*\))?|0x[\da-f]+\.?[\da-f]*(p[+-]?\d+)?)$"
"""What C's strtod reads besides; slurmdbd makes of an endless number what it may."""


def duration_value(what: str, text: str, kind: Kind) -> int | None:
    """Return a duration in the unit of a kind; None clears. `what` ends what sacctmgr says."""
    try:
        value = kind.parse(text)
        return value if isinstance(value, int) else None
    except ValueError:
        pass
    try:
        is_duration = bool(kind.read(text))
    except ValueError:
        is_duration = False
    if not is_duration:
        raise BadValue(f" Bad {what}")
    # It reads seconds in 31 bits, and takes what is left of a longer duration for another one.
    raise Unsupported(f"{text} is longer than sacctmgr can read", "give a shorter duration")


# --- TRES -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TresAmount:
    """A count of one TRES, or (None) none; with a sign it is added, or taken away."""

    number: int | None
    sign: str = ""


TresAmounts = dict[str, TresAmount]


def tres_value(text: str, known: Mapping[str, str], *, old: bool) -> tuple[TresAmounts, list[str]]:
    """Return the counts that a text gives, and what sacctmgr says, and takes all the same.

    `known` has each TRES by its name and by its number. Later releases take `cpu+=5` within it.

    >>> tres_value("CPU=5", {"cpu": "cpu", "1": "cpu"}, old=False)
    ({'cpu': TresAmount(number=5, sign='')}, [])
    """
    found: TresAmounts = {}
    warnings: list[str] = []
    if not text:
        raise BadValue
    comma, rest = ",", text.removeprefix(",")  # one before the first TRES says nothing
    while comma:
        name, equals, behind = rest.partition("=")
        if not equals and re.match(r"\d", rest, re.ASCII):
            raise BadValue(f"{BAD_TRES}: no value given as TRES type/id.")
        if not equals:
            raise BadValue(f"{BAD_TRES}: no TRES id found for {rest}")
        sign = name[-1:] if not old and name[-1:] in {"+", "-"} else ""
        plain = name.removesuffix(sign)
        number = re.match(r"\d+", plain, re.ASCII)
        by, key = ("id", str(int(number[0]))) if number else ("type", plain)
        if not key:
            said = "sacctmgr takes the first TRES for one without a name"
            raise Unsupported(f"{text}: {said}", "name it")
        tres = known.get(key.lower())
        if tres is None:
            raise BadValue(f"{BAD_TRES}: no TRES known by {by} {key}")
        count, comma, rest = behind.partition(",")
        amount, unit = _tres_count(tres, count)
        if unit:
            said = f"Invalid unit type '{unit}'. Possible options are '{UNITS}'"
            warnings.append(f"sacctmgr: error: {said}")
        found[tres] = TresAmount(amount, sign)
    return found, warnings


BAD_TRES = "sacctmgr: error: slurmdb_format_tres_str"


def _tres_count(name: str, text: str) -> tuple[int | None, str]:
    """Return a count of a TRES, and the unit that sacctmgr complains of."""
    # 4GB is 4G to sacctmgr, too: it looks at one letter.
    match = re.match(r"\s*([+-]?\d*)(.?)", text, re.ASCII)
    digits, unit = (match[1], match[2]) if match else ("", "")
    number = int(digits) if digits.strip("+-") else 0
    # C's strtoull: it wraps what is below zero, and has one number for all that is too large.
    number = number % 2**64 if abs(number) < 2**64 else INFINITE_COUNT
    is_unit = unit.upper() in UNITS
    if not unit or not is_unit:
        return number if number != INFINITE_COUNT else None, unit
    factors = MEMORY_FACTORS if in_megabytes(name) else PLAIN_FACTORS
    return number * factors.get(unit.upper(), 1) % 2**64, ""


INFINITE_COUNT = 2**64 - 1
"""Of a TRES: no limit, which is what -1 comes to."""
PLAIN_FACTORS = {"K": 1024, "M": 1024**2, "G": 1024**3}
MEMORY_FACTORS = {"G": 1024, "T": 1024**2, "P": 1024**3}
"""Units as sacctmgr reads them, not as its manual has them (model/tres_counts.py); others are 1."""


# --- QOS ------------------------------------------------------------------------------------------


SIGNS = "+-"


def signed_names(text: str, sign: str, known: Collection[str]) -> list[str]:
    """Return the names of QOS in a text, each with its sign: its own, or `sign`.

    An empty text is one empty name.

    >>> signed_names("Low,-high", "+", ["low", "high"])
    ['+low', '-high']
    """
    bare = bare_text(text)
    parts = [part for part in bare.split(",") if part] if bare else [""]
    if not parts or (text and not bare):  # quotes alone are no empty text
        raise BadValue("sacctmgr: error: You gave me an empty qos list")
    found: list[str] = []
    for part in parts:
        name = part.lstrip(SIGNS)
        if part and ascii_lower(name) not in known:
            said = f"You gave a bad qos '{name}'. Valid QOS's are {','.join(known)}"
            raise BadValue(f"sacctmgr: error: {said}")
        own = part[0] if part[:1] and part[0] in SIGNS else sign
        found.append(f"{own if part else ''}{ascii_lower(name)}")
    if len({name[:1] != "" and name[0] in SIGNS for name in found}) > 1:
        raise BadValue(
            "sacctmgr: error: You can't set qos equal to something and then add or subtract from "
            "it in the same line"
        )
    return found
