"""Kinds of values, and each kind's codecs.

A kind knows one value in all its spellings:

    sacctmgr's text  --parse-->  value  --dump-->  slurmrestd's JSON
    sacctmgr's text  <--text--   value  <--load--  slurmrestd's JSON

and what `=`, `+=` and `-=` make of a current value (`merge`), and which operators and texts lead
sacctmgr from one value to another (`steps`). Unset is None everywhere. slurmrestd's tri-state
numbers ({set, infinite, number}) do not leave this module.

Codecs raise ValueError with a sentence; the field that owns the value adds its name.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

Value: TypeAlias = int | str | tuple[str, ...] | Mapping[str, int | None] | None
"""What a field holds. A TRES mapping holds None only inside an assignment, where it clears."""

Json: TypeAlias = Any
"""Decoded JSON of slurmrestd; nothing is known of it before a kind has loaded it."""

# What the database and both roads hold alike; the lab shows what becomes of more.
LARGEST_COUNT = 2**31 - 1  # slurmdbd's columns are signed: more is not stored at all
LARGEST_MINUTES = 35_791_393  # sacctmgr reads seconds in 31 bits: more is another limit
LARGEST_TRES = 2**63 - 1  # slurmrestd cuts more
LARGEST_MEM = 2**40 - 1  # MB: from 1024P on sacctmgr may print a unit that it calls "?"
LONGEST_TEXT = 65_535  # bytes: slurmdbd's columns cut more
CLEARING = frozenset({"-1", "infinite", "unlimited"})


class Act(StrEnum):
    """What an assignment does with the current value."""

    SET = "="
    ADD = "+="
    REMOVE = "-="


class Kind(ABC):
    """A kind of value. Subclasses state the codecs; see the module's docstring."""

    acts: frozenset[Act] = frozenset({Act.SET})
    clear_text = "-1"

    def __init__(self, schema: Json, unit: str = "") -> None:
        """`schema` is the JSON Schema of the value in our own output; `unit` is for help."""
        self.schema = schema
        self.unit = unit

    @abstractmethod
    def parse(self, text: str) -> Value:
        """Read what a user wrote, and refuse what Slurm could not hold; None clears."""

    @abstractmethod
    def load(self, json: Json) -> Value:
        """Read what slurmrestd wrote; absent is None."""

    def read(self, text: str) -> Value:
        """Read what sacctmgr printed; empty is unset. What Slurm holds is never refused."""
        return self.parse(text) if text else self.load(None)

    def text(self, value: Value) -> str:
        """Write as sacctmgr prints it; unset is empty."""
        return "" if value is None else str(value)

    def dump(self, value: Value) -> Json:
        """Write as slurmrestd takes it in a POST that sets the value; None clears."""
        return value

    def merge(self, current: Value, act: Act, value: Value) -> Value:
        """Return what `act value` makes of `current`."""
        del current, act
        return value

    def steps(self, before: Value, after: Value) -> list[str]:
        """Return sacctmgr's operators with their values that lead from before to after."""
        del before
        return [f"={self.clear_text if after is None else self.text(after)}"]


class Count(Kind):
    """A 32-bit number; -1 clears. JSON: {set, infinite, number}."""

    def __init__(self, unit: str = "") -> None:
        """`unit` is what is counted."""
        super().__init__({"type": ["integer", "null"], "minimum": 0}, unit)

    def parse(self, text: str) -> Value:
        """Read decimal digits, or one of the words that clear."""
        if text.strip().lower() in CLEARING:
            return None
        if not re.fullmatch(r"\d+", text.strip(), re.ASCII):
            raise ValueError(f"'{text}' is not a whole number (-1 clears)")
        return _bounded(int(text), LARGEST_COUNT)

    def read(self, text: str) -> Value:
        """Read any number that Slurm holds."""
        return int(text) if text else None

    def load(self, json: Json) -> Value:
        """Read the tri-state number, or a plain one."""
        if isinstance(json, Mapping):
            number = json.get("number")
            return number if json.get("set") and not json.get("infinite") else None
        return json if isinstance(json, int) and 0 <= json <= LARGEST_COUNT else None

    def dump(self, value: Value) -> Json:
        """Write the tri-state number; {"set": false} would leave the limit as it is."""
        return {"set": True, "infinite": value is None, "number": value or 0}


class Minutes(Count):
    """A duration in minutes. sacctmgr's text: [days-]hours:minutes:seconds, rounded up."""

    def parse(self, text: str) -> Value:
        """Read `min`, `m:s`, `h:m:s` or `d-h[:m[:s]]`."""
        if text.strip().lower() in CLEARING:
            return None
        return _bounded(self._minutes(text), LARGEST_MINUTES)

    def read(self, text: str) -> Value:
        """Read any duration: another client may have set a longer one."""
        return self._minutes(text) if text else None

    @staticmethod
    def _minutes(text: str) -> int:
        match = re.fullmatch(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", text.strip(), re.ASCII)
        if match is None:
            raise ValueError(
                f"'{text}' is not a duration: write minutes, m:s, h:m:s or d-h[:m[:s]] (-1 clears)"
            )
        days, *parts = match.groups()
        numbers = [int(part) for part in parts if part is not None]
        hours, minutes, seconds = _clock(numbers, with_days=days is not None)
        total = ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds
        return -(-total // 60)

    def text(self, value: Value) -> str:
        """Write `1-02:30:00`, or `02:30:00` below a day."""
        if not isinstance(value, int):
            return ""
        days, minutes = divmod(value, 24 * 60)
        clock = f"{minutes // 60:02d}:{minutes % 60:02d}:00"
        return f"{days}-{clock}" if days else clock


class Shares(Kind):
    """Fairshare: a plain integer, or `parent` (the account's own shares are used)."""

    PARENT = "parent"
    PARENT_NUMBER = 0x7FFFFFFF  # SLURMDB_FS_USE_PARENT in slurmdb.h

    def __init__(self) -> None:
        """Make the one kind of shares that there is."""
        super().__init__(
            {"anyOf": [{"type": "integer", "minimum": 0}, {"const": "parent"}, {"type": "null"}]},
            "shares, or parent",
        )

    def parse(self, text: str) -> Value:
        """Read a number or `parent`; -1 puts Slurm's default back, which is 1."""
        word = text.strip().lower()
        if word == self.PARENT:
            return self.PARENT
        if word in CLEARING:
            return 1
        if not re.fullmatch(r"\d+", word, re.ASCII):
            raise ValueError(f"'{text}' is neither a whole number nor 'parent'")
        return _bounded(int(word), self.PARENT_NUMBER - 1)

    def read(self, text: str) -> Value:
        """Read the number, or `parent`."""
        return self.PARENT if text == self.PARENT else COUNT.read(text)

    def load(self, json: Json) -> Value:
        """Read the integer; 2147483647 is `parent`."""
        return self.PARENT if json == self.PARENT_NUMBER else COUNT.load(json)

    def dump(self, value: Value) -> Json:
        """Write the integer; `parent` is 2147483647."""
        return self.PARENT_NUMBER if value == self.PARENT else value


class Text(Kind):
    """Free text of one line, in lower case because sacctmgr stores it so."""

    def __init__(self) -> None:
        """Make the one kind of free text that there is."""
        super().__init__({"type": ["string", "null"]}, "text")

    def parse(self, text: str) -> Value:
        """Lower the ASCII letters, as sacctmgr's tolower() does, and cut spaces around the text.

        sacctmgr of 26.05 cuts them too.
        """
        if any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise ValueError("it holds a control character or a newline")
        if any(0xD800 <= ord(character) < 0xE000 for character in text):
            raise ValueError("it is not UTF-8")
        if len(text.encode()) > LONGEST_TEXT:
            raise ValueError(f"it is longer than {LONGEST_TEXT} bytes")
        return _lower(text.strip(" "))

    def read(self, text: str) -> Value:
        """Take it as it is."""
        return text

    def load(self, json: Json) -> Value:
        """Read the string."""
        return json if isinstance(json, str) else None


class Name(Kind):
    """The name of an account, a cluster, a QOS ...; empty clears where a field may be cleared."""

    def __init__(self, *, clears: bool = False) -> None:
        """`clears`: empty text (or -1) is allowed, and unsets."""
        super().__init__({"type": ["string", "null"]}, "name")
        self.clears = clears

    def parse(self, text: str) -> Value:
        """Check the name and lower its case."""
        if self.clears and text in {"", "-1"}:
            return None
        return parse_name(text)

    def read(self, text: str) -> Value:
        """Take it as it is; empty is unset."""
        return text or None

    def load(self, json: Json) -> Value:
        """Read the string; empty is unset."""
        return json if isinstance(json, str) and json else None

    def dump(self, value: Value) -> Json:
        """Write the string; empty clears."""
        return value or ""


class Names(Kind):
    """A set of names. A leading sign (`+high`) is a change to an inherited set, kept as such.

    The value is sorted. The empty set means: the row has none of its own, and inherits.
    """

    acts = frozenset(Act)

    def __init__(self) -> None:
        """Make the one kind of name set that there is."""
        super().__init__({"type": "array", "items": {"type": "string"}}, "names")

    def parse(self, text: str) -> Value:
        """Read a comma list of names without signs; empty restores inheritance."""
        return _name_set(parse_name(part) for part in text.split(",") if text)

    def read(self, text: str) -> Value:
        """Split the comma list."""
        return _name_set(name for name in text.split(",") if name)

    def load(self, json: Json) -> Value:
        """Read the list of strings."""
        return _name_set(str(name) for name in json or ())

    def text(self, value: Value) -> str:
        """Write the comma list."""
        return ",".join(_names(value))

    def dump(self, value: Value) -> Json:
        """Write the list. An empty name in it would end slurmrestd 26.05 (see Names.parse)."""
        return list(_names(value))

    def merge(self, current: Value, act: Act, value: Value) -> Value:
        """Add or remove; on an inherited set that becomes a signed change, as Slurm stores it."""
        own, named = set(_names(current)), set(_names(value))
        if act is Act.SET:
            return _name_set(named)
        sign, other = ("+", "-") if act is Act.ADD else ("-", "+")
        if self.inherits(current):
            kept = own - {other + name for name in named}
            return _name_set(kept | {sign + name for name in named})
        return _name_set(own | named if act is Act.ADD else own - named)

    def steps(self, before: Value, after: Value) -> list[str]:
        """Signed changes go as += and -=, own sets as a whole."""
        own, wanted = _names(before), _names(after)
        if not wanted or not self.inherits(after):
            return [f"={self.text(after)}"]
        return [f"{name[0]}={name[1:]}" for name in wanted if name not in own]

    def inherits(self, value: Value) -> bool:
        """Tell whether the value is none of its own: empty, or only changes to what is above."""
        return all(name[0] in "+-" for name in _names(value))

    def added(self, value: Value) -> frozenset[str]:
        """Return the names that a change to an inherited set adds."""
        return frozenset(name for name in _names(value) if name[0] == "+")

    def applied(self, above: Value, changes: Value) -> Value:
        """Return the inherited set with the signed changes applied."""
        names, signed = set(_names(above)), _names(changes)
        names |= {name[1:] for name in signed if name[0] == "+"}
        return _name_set(names - {name[1:] for name in signed if name[0] == "-"})


class Tres(Kind):
    """Counts by TRES, like cpu=100,gres/gpu=8; memory in MB. -1 clears one, `-1` alone all.

    JSON: a list of {type, name, id, count}. slurmrestd takes a list as the final state, sacctmgr
    merges what it is given; a value here is always the whole state.
    """

    def __init__(self, unit: str = "counts by TRES; mem in MB, or with K, M, G, T, P") -> None:
        """`unit` is what is counted."""
        super().__init__(
            {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}, unit
        )

    def parse(self, text: str) -> Value:
        """Read `name=count,...`; a count of -1 is None: clear that one. -1 alone clears all."""
        if text.strip().lower() in CLEARING:
            return None
        counts: dict[str, int | None] = {}
        for part in text.split(","):
            name, equals, count = part.strip().partition("=")
            if not equals or not re.fullmatch(r"[A-Za-z][\w./:@-]*", name, re.ASCII):
                raise ValueError(f"'{part}' is not TRES=count, like cpu=100,mem=4G,gres/gpu=2")
            if name.lower() in map(str.lower, counts):
                raise ValueError(f"'{name}' is named twice")
            counts[name] = _tres_count(name.lower(), count)
        return counts

    def read(self, text: str) -> Value:
        """Read what sacctmgr printed; from 1024P on its unit is `?`."""
        counts = {}
        for part in text.split(",") if text else ():
            name, _, count = part.partition("=")
            counts[name] = _tres_printed(name, count)
        return counts

    def load(self, json: Json) -> Value:
        """Read the list. A count above 2**63 comes as a negative number, and is kept."""
        return {
            tres_name(entry["type"], entry.get("name")): int(entry["count"]) % 2**64
            for entry in json or ()
            if entry.get("count") not in (None, -1)  # -1 is INFINITE64: no limit
        }

    def text(self, value: Value) -> str:
        """Write `name=count,...`, memory in its largest whole unit."""
        counts = sorted(_counts(value).items())  # sacctmgr sorts by name
        return ",".join(f"{name}={_tres_text(name, count)}" for name, count in counts)

    def dump(self, value: Value) -> Json:
        """Write the list by type and name; slurmrestd finds the id itself."""
        return [
            {"type": name.partition("/")[0], "name": name.partition("/")[2], "count": count}
            for name, count in _counts(value).items()
        ]

    def merge(self, current: Value, act: Act, value: Value) -> Value:
        """Put the named counts over the current ones; None removes one, or alone all."""
        del act
        if value is None:
            return {}
        merged = {**_counts(current), **_counts(value)}
        return {name: count for name, count in merged.items() if count is not None}

    def steps(self, before: Value, after: Value) -> list[str]:
        """Name only what differs; what is gone is -1."""
        old, new = _counts(before), _counts(after)
        changed = {name: count for name, count in new.items() if old.get(name) != count}
        gone = {name: None for name in old if name not in new}
        return [f"={self.text({**changed, **gone})}"]


NAME_RULE = "letters, digits, '.', '_' and '-', not first '-', not dots alone, at most 200 long"


def parse_name(text: str) -> str:
    """Return the name in lower case; raise ValueError for one that Slurm or SQL would choke on.

    sacctmgr lowers names, slurmrestd does not: a mixed-case account made by REST could not be
    addressed by sacctmgr again. A quote sent by REST breaks slurmdbd for the whole cluster.
    """
    if not re.fullmatch(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,199}", text) or not text.strip("."):
        raise ValueError(f"'{printable(text)}' is not a name: {NAME_RULE}")
    return text.lower()


def tres_name(type_: str, name: str | None) -> str:
    """Return the spelling used in limits: `cpu`, `gres/gpu`."""
    return f"{type_}/{name}" if name else type_


def printable(text: str, longest: int = 60) -> str:
    """Return text for people: control characters escaped, cut at `longest` (0: whole)."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if not longest or len(shown) <= longest else f"{shown[: longest - 1]}…"


def _lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def _bounded(number: int, largest: int) -> int:
    if number > largest:
        raise ValueError(f"{number} is more than Slurm can hold ({largest})")
    return number


def _clock(numbers: list[int], *, with_days: bool) -> tuple[int, int, int]:
    """Return hours, minutes and seconds; what the first number means depends on the days."""
    match numbers, with_days:
        case [minutes], False:
            return 0, minutes, 0
        case [minutes, seconds], False:
            return 0, minutes, seconds
        case [hours, *rest], _:
            minutes, seconds = [*rest, 0, 0][:2]
            return hours, minutes, seconds
    raise AssertionError(numbers)


def _name_set(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _names(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _counts(value: Value) -> Mapping[str, int | None]:
    return value if isinstance(value, Mapping) else {}


MEM_UNITS = "MGTP?"  # Slurm counts memory in MB; sacctmgr knows no letter after P


def _tres_printed(name: str, text: str) -> int:
    if name == "mem" and text[-1:] in MEM_UNITS:
        return int(text[:-1]) * int(1024 ** MEM_UNITS.index(text[-1]))
    return int(text)


def _tres_count(name: str, text: str) -> int | None:
    if text.lower() in CLEARING:
        return None
    match = re.fullmatch(r"(\d+)([KMGTP]?)", text.upper(), re.ASCII)
    if match is None:
        raise ValueError(
            f"'{name}={text}' is not a whole number, with K, M, G, T or P or without (-1 clears)"
        )
    # A plain mem is in MB, so K is below one: sacctmgr rounds up to the next MB.
    power = "KMGTP".index(match[2]) + 1 if match[2] else 0
    bytes_or_count = int(match[1]) * 1024**power
    if name == "mem":
        megabytes = -(-bytes_or_count // 1024**2) if match[2] else int(match[1])
        return _bounded(megabytes, LARGEST_MEM)
    return _bounded(bytes_or_count, LARGEST_TRES)


def _tres_text(name: str, count: int | None) -> str:
    if count is None:
        return "-1"
    if name != "mem":
        return str(count)
    power = 0
    while count and count % 1024 == 0 and power < len(MEM_UNITS) - 1:
        count //= 1024
        power += 1
    return f"{count}{MEM_UNITS[power]}"


COUNT = Count("number")
JOBS = Count("jobs")
MINUTES = Minutes("minutes")
SHARES = Shares()
TEXT = Text()
NAME = Name()
OPTIONAL_NAME = Name(clears=True)
NAMES = Names()
TRES = Tres()
TRES_MINUTES = Tres("minutes by TRES")
