"""How sacctmgr reads the values of a limit, and what it says to those that it cannot read.

24.11 reads as much of a number as there is (`5x` is 5); later releases want all of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from slurmctl_rest.model.kinds.base import CLEARING, MAX_COUNT, Kind, Operator
from slurmctl_rest.model.kinds.durations import DURATION, MINUTES
from slurmctl_rest.model.tres_counts import MAX_TRES, MEM_UNITS, UNITS, in_megabytes


class Invalid(ValueError):
    """A value that sacctmgr complains of and leaves out: what else the line says is done."""


class Wrong(ValueError):
    """A value for which sacctmgr does nothing of what the line says."""


def is_old(release: str) -> bool:
    """Tell whether a release reads and prints as 24.11 does; all later ones do as 26.05.

    >>> is_old("24.11.5"), is_old("26.05.5")
    (True, False)
    """
    return release.split(".")[:2] <= ["24", "11"]


def unquoted(text: str) -> str:
    """Return a text without the quotes around it, in lower case, as sacctmgr keeps most.

    >>> unquoted("'A B'"), unquoted("it's")
    ('a b', 'it`s')
    """
    return lower(stripped(text))


def stripped(text: str) -> str:
    """Return a text without the quotes around it; quotes within it become backticks."""
    quote = text[:1] if text[:1] in {"'", '"'} else ""
    inner = text.removeprefix(quote).partition(quote)[0] if quote else text
    return re.sub("['\"]", "`", inner)


def lower(text: str) -> str:
    """Return a text with its ASCII letters in lower case: C's tolower knows no others."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def names(text: str) -> list[str]:
    """Return the names of a comma list, in their order, each once; an empty text is one of none.

    >>> names("'B,a,,b'")
    ['b', 'a']
    """
    parts = unquoted(text).split(",")
    return list(dict.fromkeys(part for part in parts if part or len(parts) == 1))


def number(label: str, text: str, release: str) -> int | None:
    """Return a number; None clears, as any number below zero does.

    >>> number("GrpJobs", "5", "26.05.5")
    5
    """
    plain = unquoted(text)
    match = re.match(r"\s*([+-]?\d+)", plain)
    if plain and (match is None or (match.end() < len(plain) and not is_old(release))):
        raise Invalid(f"sacctmgr: error: Invalid value for {label} ({plain})")
    count = int(match[1]) if match else 0
    if count > MAX_COUNT:
        raise Wrong(f"sacctmgr: error: {label}: {count} is more than slurmdbd stores ({MAX_COUNT})")
    return count if count >= 0 else None


def real(label: str, text: str, release: str) -> float | None:
    """Return a number that may have a fraction; None clears."""
    plain = unquoted(text)
    match = re.match(r"\s*([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)", plain)
    if plain and (match is None or (match.end() < len(plain) and not is_old(release))):
        said = f"Invalid value for {label} ({plain})"
        new = f"{label} value ({plain}) is not a valid number"
        raise Invalid(f"sacctmgr: error: {said if is_old(release) else new}")
    amount = float(match[1]) if match else 0.0
    return amount if amount >= 0 else None


def minutes(label: str, text: str) -> int | None:
    """Return a duration in minutes; None clears. `label` ends what sacctmgr says."""
    return _duration(label, text, MINUTES)


def seconds(label: str, text: str) -> int | None:
    """Return a duration in seconds, of a text that counts minutes; None clears."""
    return _duration(label, text, DURATION)


def _duration(label: str, text: str, kind: Kind) -> int | None:
    if text.lower() in CLEARING:
        return None
    if not re.fullmatch(r"\d+(:\d+){0,2}|\d+-\d+(:\d+){0,2}", text):
        raise Wrong(f" Bad {label}")
    try:
        value = kind.parse(text)
    except ValueError as error:
        raise Wrong(f"sacctmgr: error: {label}: {error}") from error
    return value if isinstance(value, int) else None


Amounts = dict[str, tuple[Operator, int | None]]
"""TRES -> what is done to its count; None clears."""


def tres(text: str, known: Mapping[str, str], release: str) -> Amounts:
    """Return the counts that a text gives; `known` has each TRES by its name and by its number.

    Later releases take `cpu+=5` within it.

    >>> tres("CPU=5", {"cpu": "cpu", "1": "cpu"}, "26.05.5")
    {'cpu': (<Operator.SET: '='>, 5)}
    """
    if not text:
        raise Wrong("")
    found: Amounts = {}
    rest: str = text
    while True:
        name, equals, behind = rest.partition("=")
        if not equals:
            raise Wrong(_of_tres(f"no TRES id found for {rest}"))
        act = Operator.SET
        if not is_old(release) and name[-1:] in {"+", "-"}:
            act, name = Operator(f"{name[-1]}="), name[:-1]
        tres_name = known.get(name.lower())
        if tres_name is None:
            raise Wrong(_of_tres(f"no TRES known by type {name}"))
        count, comma, rest = behind.partition(",")
        found[tres_name] = (act, _count(tres_name, count))
        if not comma:
            return found


def _of_tres(said: str) -> str:
    return f"sacctmgr: error: slurmdb_format_tres_str: {said}"


def _count(name: str, text: str) -> int | None:
    """Return a count with its unit.

    sacctmgr complains of a unit that it does not know, and takes the number before it: `cpu=x`
    would forbid all. Here it ends the command.
    """
    # 4GB is 4G to sacctmgr, too: it looks at one letter.
    match = re.match(r"\s*([+-]?\d*)(.?)", text, re.DOTALL)
    digits, unit = match.groups() if match else ("", text)
    if unit and unit.upper() not in UNITS:
        raise Wrong(f"sacctmgr: error: Invalid unit type '{unit}'. Possible options are '{UNITS}'")
    amount = int(digits) if digits.strip("+-") else 0
    if amount == -1:
        return None
    factor = _factor(name, unit.upper()) if unit else 1
    if amount < 0 or amount * factor > MAX_TRES or not text:
        raise Wrong(f"sacctmgr: error: {name}={text} is no count")
    return amount * factor


def _factor(name: str, unit: str) -> int:
    """Return what a unit multiplies; sacctmgr counts memory in MB, and takes 5K of it for 5."""
    if in_megabytes(name):
        return int(1024 ** MEM_UNITS.index(unit)) if unit != "K" else 1
    # It knows T and P only of memory.
    return int(1024 ** (UNITS.index(unit) + 1)) if unit in "KMG" else 1
