"""Kinds of values, and each kind's codecs.

A kind knows one value in all its spellings:

    sacctmgr's text  --parse-->  value  --dump-->  slurmrestd's JSON
    sacctmgr's text  <--text--   value  <--load--  slurmrestd's JSON

and what `=`, `+=` and `-=` make of a current value (`merge`), and which operators and texts lead
sacctmgr from one value to another (`steps`). Unset is None everywhere. slurmrestd's tri-state
numbers ({set, infinite, number}) do not leave this module.

Codecs raise ValueError with a sentence; the field that owns the value adds its name. `load` raises
it for what is not of the kind's shape: read as unset, a limit would be lost with the next write.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from enum import StrEnum
from json import dumps
from typing import Any, TypeAlias

from slurmctl_rest.model import tres_counts
from slurmctl_rest.model.names import REFUSED, why_not
from slurmctl_rest.model.times import check, check_month
from slurmctl_rest.model.tres_counts import bounded

Value: TypeAlias = int | float | str | tuple[str, ...] | Mapping[str, int | None] | None
"""What a field holds. A TRES mapping holds None only inside an assignment, where it clears."""

Json: TypeAlias = Any
"""Decoded JSON of slurmrestd; nothing is known of it before a kind has loaded it."""

# What the database and both roads hold alike; the lab shows what becomes of more.
LARGEST_COUNT = 2**31 - 1  # slurmdbd's columns are signed: more is not stored at all
NO_VAL = 2**32 - 2  # Slurm's word for none, in plain numbers
LARGEST_MINUTES = 35_791_393  # sacctmgr reads seconds in 31 bits: more is another limit
LONGEST_TEXT = 65_535  # bytes: slurmdbd's columns cut more
CLEARING = frozenset({"-1", "infinite", "unlimited"})
TRES_RULE = r"[A-Za-z][\w./:@-]*"


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

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words that a value may be, where Slurm or this program defines them."""
        return ()

    @abstractmethod
    def parse(self, text: str) -> Value:
        """Read what a user wrote, and refuse what Slurm could not hold; None clears."""

    @abstractmethod
    def load(self, json: Json) -> Value:
        """Read what slurmrestd wrote; None is a record without, like that of a new object."""

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

    def told(self, value: Value) -> str:
        """Write as sacctmgr is told, where that is not what it prints."""
        return self.text(value)

    def steps(self, before: Value, after: Value) -> list[str]:
        """Return sacctmgr's operators with their values that lead from before to after."""
        del before
        return [f"={self.clear_text if after is None else self.told(after)}"]


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
        return bounded(int(text), LARGEST_COUNT)

    def read(self, text: str) -> Value:
        """Read any number that Slurm holds."""
        return int(text) if text else None

    def load(self, json: Json) -> Value:
        """Read the tri-state number."""
        return None if json is None else _tri_state(json)

    def dump(self, value: Value) -> Json:
        """Write the tri-state number; {"set": false} would leave the limit as it is."""
        return {"set": True, "infinite": value is None, "number": value or 0}


class Number(Count):
    """A number that is shown. JSON: a plain integer; Slurm's NO_VAL and INFINITE are unset."""

    def load(self, json: Json) -> Value:
        """Read the integer."""
        number = None if json is None else _whole(json)
        return number if number is not None and 0 <= number <= LARGEST_COUNT else None

    def dump(self, value: Value) -> Json:
        """Write the integer."""
        return NO_VAL if value is None else value


class Minutes(Count):
    """A duration in minutes. sacctmgr's text: [days-]hours:minutes:seconds, rounded up."""

    def parse(self, text: str) -> Value:
        """Read `min`, `m:s`, `h:m:s` or `d-h[:m[:s]]`."""
        if text.strip().lower() in CLEARING:
            return None
        return bounded(-(-_seconds(text) // 60), LARGEST_MINUTES)

    def read(self, text: str) -> Value:
        """Read any duration: another client may have set a longer one."""
        return -(-_seconds(text) // 60) if text else None

    def text(self, value: Value) -> str:
        """Write `1-02:30:00`, or `02:30:00` below a day."""
        return _duration(value * 60) if isinstance(value, int) else ""


class Seconds(Count):
    """A duration in seconds, written as Slurm writes any: a bare number means minutes."""

    def parse(self, text: str) -> Value:
        """Read `min`, `m:s`, `h:m:s` or `d-h[:m[:s]]`."""
        if text.strip().lower() in CLEARING:
            return None
        return bounded(_seconds(text), LARGEST_COUNT)

    def read(self, text: str) -> Value:
        """Read any duration."""
        return _seconds(text) if text else None

    def text(self, value: Value) -> str:
        """Write `1-02:30:00`, or `02:30:00` below a day."""
        return _duration(value) if isinstance(value, int) else ""


NO_DURATION = frozenset({"INVALID", "UNLIMITED"})
"""Slurm's words for durations below zero, and without an end."""


class Elapsed(Seconds):
    """A duration in seconds that is shown. JSON: a plain integer."""

    def read(self, text: str) -> Value:
        """Read a duration, or what Slurm prints where there is none."""
        return None if text in NO_DURATION else super().read(text)

    def load(self, json: Json) -> Value:
        """Read the integer."""
        return NUMBER.load(json)


class Grace(Seconds):
    """A duration of which a bare number means seconds, and 0 none. JSON: a plain integer."""

    def parse(self, text: str) -> Value:
        """Read seconds, or a clock; -1 puts Slurm's default back, which is 0."""
        if text.strip().lower() in CLEARING:
            return 0
        if re.fullmatch(r"\d+", text.strip(), re.ASCII):
            return bounded(int(text), LARGEST_COUNT)
        return super().parse(text)

    def told(self, value: Value) -> str:
        """Write seconds: sacctmgr does not read the clock that it prints."""
        return str(value)

    def read(self, text: str) -> Value:
        """Read a clock."""
        return super().read(text) or 0

    def load(self, json: Json) -> Value:
        """Read the integer."""
        return NUMBER.load(json) or 0

    def dump(self, value: Value) -> Json:
        """Write the integer."""
        return value


class Weight(Count):
    """A number that is never unset: -1 puts Slurm's default back, which is 0."""

    def parse(self, text: str) -> Value:
        """Read decimal digits."""
        return super().parse(text) or 0

    def read(self, text: str) -> Value:
        """Read the number."""
        return super().read(text) or 0

    def load(self, json: Json) -> Value:
        """Read the number; a new object has 0."""
        return super().load(json) or 0


class Real(Kind):
    """A number with a fraction of at most six digits, as sacctmgr prints it. JSON: {set, ...}.

    `default`: what -1 puts back; None: it is unset then. `least`: what Slurm takes for a value.
    """

    def __init__(self, unit: str, default: float | None = None, *, zero: bool = True) -> None:
        """`zero`: whether 0 is a value, or means nothing to Slurm."""
        type_ = ["number"] if default is not None else ["number", "null"]
        super().__init__({"type": type_, "minimum": 0}, unit)
        self.default = default
        self.zero = zero

    def parse(self, text: str) -> Value:
        """Read a decimal number, or one of the words that clear."""
        if text.strip().lower() in CLEARING:
            return self.default
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text.strip(), re.ASCII):
            raise ValueError(f"'{text}' is not a number with at most six digits behind the point")
        number = float(text)
        if not number and not self.zero:
            raise ValueError("0 is no value of it (-1 clears)")
        return number

    def read(self, text: str) -> Value:
        """Read the number."""
        return round(float(text), 6) if text else self.default

    def load(self, json: Json) -> Value:
        """Read the tri-state number."""
        number = None if json is None else _tri_state(json, float)
        return self.default if number is None else round(float(number), 6)

    def text(self, value: Value) -> str:
        """Write six digits behind the point."""
        return "" if value is None else f"{value:.6f}"

    def dump(self, value: Value) -> Json:
        """Write the tri-state number, with a point: slurmrestd warns of an integer."""
        number = float(value) if isinstance(value, int | float) else 0.0
        return {"set": True, "infinite": value is None, "number": number}


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

    @property
    def words(self) -> tuple[str, ...]:
        """Return the one word that is no number."""
        return (self.PARENT,)

    def parse(self, text: str) -> Value:
        """Read a number or `parent`, which dumps write as 2147483647; -1 puts back Slurm's 1."""
        word = text.strip().lower()
        if word in {self.PARENT, str(self.PARENT_NUMBER)}:
            return self.PARENT
        if word in CLEARING:
            return 1
        if not re.fullmatch(r"\d+", word, re.ASCII):
            raise ValueError(f"'{text}' is neither a whole number nor 'parent'")
        return bounded(int(word), self.PARENT_NUMBER - 1)

    def read(self, text: str) -> Value:
        """Read the number, or `parent`."""
        return self.PARENT if text == self.PARENT else COUNT.read(text)

    def load(self, json: Json) -> Value:
        """Read the integer; 2147483647 is `parent`."""
        number = NUMBER.load(json)
        return self.PARENT if number == self.PARENT_NUMBER else number

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
        return None if json is None else as_text(json)


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
        return None if json is None else as_text(json) or None

    def dump(self, value: Value) -> Json:
        """Write the string; empty clears."""
        return value or ""


class NameSet(Kind):
    """A set of names. The value is sorted."""

    acts = frozenset(Act)
    clear_text = ""

    def __init__(self, unit: str = "names") -> None:
        """`unit` is what the names are of."""
        super().__init__({"type": "array", "items": {"type": "string"}}, unit)

    def parse(self, text: str) -> Value:
        """Read a comma list of names without signs; empty is none."""
        return _name_set(parse_name(part) for part in text.split(",") if text)

    def read(self, text: str) -> Value:
        """Split the comma list."""
        return _name_set(name for name in text.split(",") if name)

    def load(self, json: Json) -> Value:
        """Read the list of strings."""
        return _name_set(as_text(name) for name in as_list(json))

    def text(self, value: Value) -> str:
        """Write the comma list."""
        return ",".join(_names(value))

    def dump(self, value: Value) -> Json:
        """Write the list. An empty name in it would end slurmrestd 26.05 (see parse)."""
        return list(_names(value))

    def merge(self, current: Value, act: Act, value: Value) -> Value:
        """Put the named in the place of the current ones, add them, or take them away."""
        own, named = set(_names(current)), set(_names(value))
        if act is Act.SET:
            return _name_set(named)
        return _name_set(own | named if act is Act.ADD else own - named)


class Names(NameSet):
    """A set of names that may be inherited. A leading sign (`+high`) is a change to what is above.

    The empty set means: the row has none of its own, and inherits.
    """

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
        """Return the inherited set with the signed changes applied, or without any itself."""
        if not changes:
            return _names(above)
        names, signed = set(_names(above)), _names(changes)
        names |= {name[1:] for name in signed if name[0] == "+"}
        return _name_set(names - {name[1:] for name in signed if name[0] == "-"})


class Officers(NameSet):
    """Users who coordinate an account, or the accounts that a user coordinates.

    JSON: a list of {name, direct}. Those of an account above are not direct, and none of this
    object's.
    """

    def __init__(self, *, direct: bool = True) -> None:
        """`direct`: whether the object's own are meant, or those through an account above."""
        super().__init__()
        self.direct = direct

    def load(self, json: Json) -> Value:
        """Read those that are meant."""
        officers = [_officer(one) for one in as_list(json)]
        return _name_set(name for name, direct in officers if direct is self.direct)

    def dump(self, value: Value) -> Json:
        """Write the list: slurmrestd takes it as the final state."""
        return [{"name": name} for name in _names(value)]


class Words(NameSet):
    """A set of words that Slurm defines, like flags. `known`: sacctmgr's word -> slurmrestd's."""

    clear_text = "-1"

    def __init__(self, known: Mapping[str, str], unit: str) -> None:
        """`unit` says what the words are."""
        super().__init__(unit)
        self.schema = {"type": "array", "items": {"type": "string"}}
        self.known = known

    @property
    def words(self) -> tuple[str, ...]:
        """Return sacctmgr's words."""
        return tuple(self.known)

    def parse(self, text: str) -> Value:
        """Read a comma list of the words, in any case; empty or -1 is none."""
        if text.strip() in {"", "-1"}:
            return ()
        return _name_set(one_of(part, self.known) for part in text.split(","))

    def load(self, json: Json) -> Value:
        """Read the list; a word that is not known here is kept as slurmrestd has it."""
        ours = {theirs: word for word, theirs in self.known.items()}
        words = [as_text(word) for word in as_list(json)]
        return _name_set(ours.get(word, word) for word in words)

    def dump(self, value: Value) -> Json:
        """Write the list."""
        return [self.known.get(word, word) for word in _names(value)]

    def steps(self, before: Value, after: Value) -> list[str]:
        """Name the whole set; none is -1."""
        del before
        return [f"={self.text(after) or self.clear_text}"]


class Word(Kind):
    """One of the words that Slurm defines. `known`: sacctmgr's word -> slurmrestd's.

    JSON: a list of one. The first word is what holds where nothing is said.
    """

    def __init__(self, known: Mapping[str, str], unit: str, short: Mapping[str, str] = {}) -> None:
        """`short`: further spellings, in lower case."""
        super().__init__({"enum": list(known)}, unit)
        self.known = known
        self.short = short
        self.first = next(iter(known))

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words of the command line."""
        return tuple(self.known)

    def parse(self, text: str) -> Value:
        """Read the word in any case; empty is the first."""
        word = text.strip().lower()
        return one_of(self.short.get(word, word), self.known) if word else self.first

    def read(self, text: str) -> Value:
        """Take it as sacctmgr prints it."""
        return text or self.first

    def load(self, json: Json) -> Value:
        """Read the list; more than one word are kept, with commas."""
        ours = {theirs: word for word, theirs in self.known.items()}
        words = [as_text(word) for word in as_list(json)]
        return ",".join(ours.get(word, word) for word in words) or self.first

    def dump(self, value: Value) -> Json:
        """Write the list."""
        return [self.known.get(word, word) for word in str(value or self.first).split(",")]


class Choice(Word):
    """One of the words that this program defines: a condition."""

    def parse(self, text: str) -> Value:
        """Read the word in any case."""
        return one_of(text, self.known)


class Mode(Word):
    """What preempts jobs: one word, and before it `gang`, `within` or `priority`.

    slurmrestd can neither tell nor set the latter two: `within,cancel` it shows as CANCEL, `within`
    alone as nothing at all, which is UNTOLD here. `gang` it tells and takes in any order.
    """

    GANG = "gang"
    QUALIFIERS = ("within", "priority")
    UNTOLD = "untold"

    def __init__(self, known: Mapping[str, str], unit: str, short: Mapping[str, str] = {}) -> None:
        """Take the words that slurmrestd knows too; others may come with them."""
        super().__init__(known, unit, short)
        self.schema = {"type": "string", "pattern": "^[a-z,]+$"}

    @property
    def words(self) -> tuple[str, ...]:
        """Return all of them, those that slurmrestd does not know too."""
        return (*self.known, *self.QUALIFIERS)

    def parse(self, text: str) -> Value:
        """Read the words in any order; empty or `off` is the first, and nothing beside others."""
        words = [part.strip().lower() for part in text.split(",")]
        before = (self.GANG, *self.QUALIFIERS)
        front = [word for word in before if word in words]
        rest = [str(super(Mode, self).parse(w)) for w in words if w not in before]
        if len(front) > 1 or len(rest) > 1:
            raise ValueError(f"'{printable(text)}' is more than one mode")
        return ",".join([*front, *(word for word in rest if not front or word != self.first)])

    def load(self, json: Json) -> Value:
        """Read the list. An empty one is none of slurmrestd's words."""
        if json in ([], ()):
            return self.UNTOLD
        words = str(super().load(json)).split(",")
        return ",".join(sorted(words, key=lambda word: word != self.GANG))  # as sacctmgr has them

    def is_told(self, value: Value) -> bool:
        """Tell whether slurmrestd has words for it."""
        return all(word in self.known for word in str(value).split(","))

    def is_sure(self, value: Value) -> bool:
        """Tell whether what slurmrestd shows is all of it: neither of the two stands with `gang`.

        Where there is one of them, the first word would be shown as nothing.
        """
        return value == self.first or self.GANG in str(value).split(",")


class Mark(Kind):
    """Something that a row has or has not: `word` in sacctmgr's comma list, or a JSON truth."""

    def __init__(self, word: str, *, listed: bool = False) -> None:
        """`word` is what sacctmgr prints where it is so. `listed`: JSON has it in a list, too."""
        super().__init__({"type": "boolean"}, "yes or no")
        self.word = word
        self.listed = listed

    @property
    def words(self) -> tuple[str, ...]:
        """Return both answers."""
        return ("yes", "no")

    def parse(self, text: str) -> Value:
        """Read yes or no."""
        word = text.strip().lower()
        if word not in self.words:
            raise ValueError(f"'{printable(text)}' is neither yes nor no")
        return word == "yes"

    def read(self, text: str) -> Value:
        """Look for the word."""
        return self.word.lower() in text.lower().split(",")

    def load(self, json: Json) -> Value:
        """Read true, or a list of flags that holds the word."""
        if not self.listed:
            return False if json is None else _truth(json)
        return self.word.upper() in [as_text(word) for word in as_list(json)]

    def dump(self, value: Value) -> Json:
        """Write the truth, or the list."""
        return [self.word.upper()] * bool(value) if self.listed else value

    def text(self, value: Value) -> str:
        """Write `yes`, or nothing."""
        return "yes" if value else ""


class Tres(Kind):
    """Counts by TRES, like cpu=100,gres/gpu=8; memory in MB. -1 clears one, `-1` alone all.

    JSON: a list of {type, name, id, count}. slurmrestd takes a list as the final state, sacctmgr
    merges what it is given; a value here is always the whole state.
    """

    def __init__(self, unit: str = "TRES=count, mem in MB") -> None:
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
            if not equals or not re.fullmatch(TRES_RULE, name, re.ASCII):
                raise ValueError(f"'{part}' is not TRES=count, like cpu=100,mem=4G,gres/gpu=2")
            if name.lower() in map(str.lower, counts):
                raise ValueError(f"'{name}' is named twice")
            clears = count.lower() in CLEARING
            counts[name] = None if clears else tres_counts.parse(name.lower(), count)
        return counts

    def read(self, text: str) -> Value:
        """Read what sacctmgr printed."""
        counts = {}
        for part in text.split(",") if text else ():
            name, _, count = part.partition("=")
            counts[name] = tres_counts.read(count)
        return counts

    def load(self, json: Json) -> Value:
        """Read the list. A count above 2**63 comes as a negative number, and is kept."""
        counts = [_tres_entry(entry) for entry in as_list(json)]
        # -1 is INFINITE64: no limit
        return {name: count % 2**64 for name, count in counts if count != -1}

    def text(self, value: Value) -> str:
        """Write `name=count,...`, memory in its largest whole unit."""
        counts = sorted(_counts(value).items())  # sacctmgr sorts by name
        return ",".join(f"{name}={tres_counts.text(name, count)}" for name, count in counts)

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


class Moment(Kind):
    """A moment, in seconds since 1970; where it is shown, RFC 3339 of a zone (model/times.py)."""

    def __init__(self) -> None:
        """A moment that has not come, or was never, is unset."""
        super().__init__({"type": ["string", "null"], "format": "date-time"}, "time")

    def parse(self, text: str) -> Value:
        """Return the text, where it is a time: what it means depends on the zone, and on now."""
        return check(text)

    def read(self, text: str) -> Value:
        """Read seconds, which the Slurm commands print where they are asked to."""
        return self.load(int(text)) if text.isdecimal() else None

    def load(self, json: Json) -> Value:
        """Read the tri-state number, or a plain one; 0 is none, and so is slurmdbd's NO_VAL."""
        if json is None:
            return None
        number = _tri_state(json) if isinstance(json, Mapping) else _whole(json)
        return number if number is not None and 0 < number < 2**32 - 2 else None

    def text(self, value: Value) -> str:
        """Write the clock as sacct does, without an offset."""
        return str(value)[:19] if isinstance(value, str) else super().text(value)


class Month(Kind):
    """A month, like 2026-10: a condition, which no column shows."""

    def __init__(self) -> None:
        """Make the one kind of months that there is."""
        super().__init__({"type": ["string", "null"]}, "month, like 2026-10")

    def parse(self, text: str) -> Value:
        """Return the text, where it is a month."""
        return check_month(text)

    def load(self, json: Json) -> Value:
        """Read the string."""
        return None if json is None else as_text(json)


class TresName(Kind):
    """The name of a TRES, like cpu or gres/gpu:a100: a condition."""

    def __init__(self) -> None:
        """Make the one kind of names of TRES that there is."""
        super().__init__({"type": ["string", "null"]}, "TRES, like cpu")

    def parse(self, text: str) -> Value:
        """Check that it can be one."""
        if not re.fullmatch(TRES_RULE, text.strip(), re.ASCII):
            raise ValueError(f"'{printable(text)}' is no TRES, like cpu or gres/gpu")
        return text.strip()

    def load(self, json: Json) -> Value:
        """Read the string."""
        return None if json is None else as_text(json)


class Amount(Count):
    """A number that was computed: whole, or rounded to two decimals. Only shown."""

    decimals = 2

    def __init__(self, unit: str = "") -> None:
        """`unit` is what is counted."""
        super().__init__(unit)
        self.schema = {"type": ["number", "null"], "minimum": 0}

    def parse(self, text: str) -> Value:
        """Read the number."""
        return float(text) if "." in text else int(text)

    def read(self, text: str) -> Value:
        """Read the number; empty is unset."""
        return self.parse(text) if text else None

    def text(self, value: Value) -> str:
        """Write all decimals, or none where the number is whole."""
        return f"{value:.{self.decimals}f}" if isinstance(value, float) else super().text(value)


class Percent(Amount):
    """A percentage, rounded to one decimal; with `bar`, people see its length beside it."""

    decimals = 1

    def __init__(self, *, bar: bool = False) -> None:
        """`bar`: whether it is of a whole, and never above 100."""
        super().__init__("percent")
        self.bar = bar

    def text(self, value: Value) -> str:
        """Write the decimal also where the number is whole."""
        return "" if value is None else f"{value:.{self.decimals}f}"


def one_of(text: str, known: Iterable[str]) -> str:
    """Return the one of the known words that the text spells, in any case."""
    for word in known:
        if word.lower() == text.strip().lower():
            return word
    raise ValueError(f"'{printable(text)}' is none of {', '.join(known)}")


def parse_name(text: str) -> str:
    """Return the name in lower case; raise ValueError for one that Slurm or SQL would choke on.

    sacctmgr lowers names, slurmrestd does not: a mixed-case account made by REST could not be
    addressed by sacctmgr again.
    """
    if wrong := why_not(text):
        raise ValueError(f"'{printable(text)}' is not a name: {wrong}")
    return text.lower()


def means_itself(name: str) -> bool:
    """Tell whether a name that Slurm holds means itself alone, wherever it is written.

    Another client may have made any. What no name may hold breaks it here too, but for a blank in
    its middle, and a sign before it, which stands for a change to a list. A list of QOS that holds
    one with a first `~` ends slurmrestd (24.11, 26.05).
    """
    plain = name.isprintable() and not set(name) & ({*REFUSED} - {" ", "="})
    return plain and name == name.strip() and bool(name.strip(".")) and name[0] != "~"


def tres_name(type_: str, name: str | None) -> str:
    """Return the spelling used in limits: `cpu`, `gres/gpu`."""
    return f"{type_}/{name}" if name else type_


TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]+(\.[\w-]*)?")
"""A JSON web token, as slurmrestd takes it."""


def masked(text: str) -> str:
    """Return text in which no token can be read: one may stand where it does not belong."""
    return TOKEN.sub("***", text) if "eyJ" in text else text


LONGEST_TOKEN = 64 * 1024
"""Characters: what a header of slurmrestd holds is shorter."""


def printable(text: str, longest: int = 60) -> str:
    """Return text for people: control characters escaped, no token, cut at `longest` (0: whole)."""
    # No character becomes less than one, and a token is looked for beyond the cut.
    text = masked(text[: longest + LONGEST_TOKEN] if longest else text)
    shown = text if text.isprintable() else "".join(map(_escaped, text))
    return shown if not longest or len(shown) <= longest else f"{shown[: longest - 1]}…"


def as_text(json: Json) -> str:
    """Return the JSON, where it is a string; raise ValueError otherwise."""
    if not isinstance(json, str):
        raise ValueError(f"{_shown(json)} is no string")  # noqa: TRY004 (the codecs' one error)
    return json


def as_list(json: Json) -> list[Json]:
    """Return the JSON, where it is a list; none at all is empty. Raise ValueError otherwise."""
    if json is None:
        return []
    if not isinstance(json, list):
        raise ValueError(f"{_shown(json)} is no list")  # noqa: TRY004
    return json


def _truth(json: Json) -> bool:
    if not isinstance(json, bool):
        raise ValueError(f"{_shown(json)} is neither true nor false")  # noqa: TRY004
    return json


def _whole(json: Json) -> int:
    """Return the JSON, where it is an integer of at most 64 bits."""
    if type(json) is not int or not -(2**63) <= json < 2**64:
        raise ValueError(f"{_shown(json)} is no whole number")
    return json


def _tri_state(json: Json, kind: type[int] | type[float] = int) -> Any:
    """Return the number of {set, infinite, number}; None where it is not set, or infinite."""
    match json:
        case {"set": bool(is_set), "infinite": bool(infinite), "number": int() | float() as number}:
            if kind is int or type(number) is not float:
                _whole(number)
            return number if is_set and not infinite else None
    raise ValueError(f"{_shown(json)} is not {{set, infinite, number}}")


def _tres_entry(json: Json) -> tuple[str, int]:
    match json:
        case {"type": str(type_), "name": str(name), "count": count}:
            return tres_name(type_, name), _whole(count)
    raise ValueError(f"{_shown(json)} is not {{type, name, count}}")


def _officer(json: Json) -> tuple[str, bool]:
    match json:
        case {"name": str(name), "direct": bool(direct)}:
            return name, direct
    raise ValueError(f"{_shown(json)} is not {{name, direct}}")


def _shown(json: Json) -> str:
    return printable(dumps(json))


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def _seconds(text: str) -> int:
    """Return the seconds of `min`, `m:s`, `h:m:s` or `d-[h[:m[:s]]]`."""
    word = f"{text.strip()}0" if text.strip().endswith("-") else text.strip()
    match = re.fullmatch(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", word, re.ASCII)
    if match is None:
        raise ValueError(
            f"'{text}' is not a duration: write minutes, m:s, h:m:s or d-h[:m[:s]] (-1 clears)"
        )
    days, *parts = match.groups()
    numbers = [int(part) for part in parts if part is not None]
    hours, minutes, seconds = _clock(numbers, with_days=days is not None)
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds


def _duration(seconds: int) -> str:
    """Return `1-02:30:00`, or `02:30:00` below a day."""
    days, rest = divmod(seconds, 24 * 3600)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days}-{clock}" if days else clock


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


def tres_amount(name: str, text: str) -> tuple[int, int]:
    """Read a count of a job's TRES, like 4000M or 1.50G: numerator and denominator.

    Units are powers of 1024; mem is counted in MB, all others as they are.
    """
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([KMGTP]?)", text, re.ASCII)
    if match is None:
        raise ValueError(f"'{name}={text}' is not a count")
    whole, behind = match[1], match[2] or ""
    power = "KMGTP".index(match[3]) + 1 if match[3] else 0
    power -= 2 if name == "mem" and match[3] else 0
    up, down = 1024 ** max(power, 0), 1024 ** max(-power, 0)
    return int(whole + behind) * int(up), int(10 ** len(behind)) * int(down)


COUNT = Count("number")
NUMBER = Number("number")
WEIGHT = Weight("number")
JOBS = Count("jobs")
MINUTES = Minutes("minutes")
ELAPSED = Elapsed("seconds, written as minutes or h:m:s")
SECONDS = Seconds("seconds, written as minutes or h:m:s")
GRACE = Grace("seconds")
SHARES = Shares()
TEXT = Text()
NAME = Name()
OPTIONAL_NAME = Name(clears=True)
NAMES = Names()
NAME_SET = NameSet()
OFFICERS = Officers()
INDIRECT_OFFICERS = Officers(direct=False)
TRES = Tres()
TRES_MINUTES = Tres("TRES=minutes")
MOMENT = Moment()
MONTH = Month()
TRES_NAME = TresName()
TRES_SECONDS = Count("TRES-seconds")
AMOUNT = Amount("minutes, hours or seconds of the TRES")
PERCENT = Percent()
SHARE = Percent(bar=True)
