"""Numbers: counts of jobs, weights, factors, shares, and what usage is told in."""

from __future__ import annotations

import re

from slurmctl_rest.model.kinds.base import (
    CLEARING,
    MAX_COUNT,
    NO_VAL,
    Json,
    Kind,
    Value,
    tri_state,
    whole_number,
)
from slurmctl_rest.model.tres_counts import bounded


class Count(Kind):
    """A 32-bit number; -1 clears. JSON: {set, infinite, number}."""

    is_ordered = True

    def __init__(self, unit: str = "") -> None:
        """`unit` is what is counted."""
        super().__init__({"type": ["integer", "null"], "minimum": 0}, unit)

    def parse(self, text: str) -> Value:
        """Read decimal digits, or one of the words that clear."""
        if text.strip().lower() in CLEARING:
            return None
        # ASCII: to Python \d is a digit of any script,
        # which int() would read and sacctmgr would not.
        if not re.fullmatch(r"\d+", text.strip(), re.ASCII):
            raise ValueError(f"'{text}' is not a whole number (-1 clears)")
        return bounded(int(text), MAX_COUNT)

    def read(self, text: str) -> Value:
        """Read any number that Slurm holds."""
        return int(text) if text else None

    def load(self, json: Json) -> Value:
        """Read the tri-state number."""
        return None if json is None else tri_state(json)

    def dump(self, value: Value) -> Json:
        """Write the tri-state number; {"set": false} would leave the limit as it is."""
        return {"set": True, "infinite": value is None, "number": value or 0}


class Number(Count):
    """A number that is shown. JSON: a plain integer; Slurm's NO_VAL and INFINITE are unset."""

    def load(self, json: Json) -> Value:
        """Read the integer."""
        number = None if json is None else whole_number(json)
        # NO_VAL (2^32 - 2) and INFINITE (2^32 - 1) lie above it.
        return number if number is not None and 0 <= number <= MAX_COUNT else None

    def dump(self, value: Value) -> Json:
        """Write the integer."""
        return NO_VAL if value is None else value


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

    is_ordered = True

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
            raise ValueError(f"'{text}' is not a number with at most six digits after the point")
        number = float(text)
        if not number and not self.zero:
            raise ValueError("0 is not allowed (-1 clears)")
        return number

    def read(self, text: str) -> Value:
        """Read the number."""
        return round(float(text), 6) if text else self.default

    def load(self, json: Json) -> Value:
        """Read the tri-state number."""
        number = None if json is None else tri_state(json, float)
        return self.default if number is None else round(float(number), 6)

    def text(self, value: Value) -> str:
        """Write six digits after the point."""
        return "" if value is None else f"{value:.6f}"

    def dump(self, value: Value) -> Json:
        """Write the tri-state number, with a point: slurmrestd warns of an integer."""
        number = float(value) if isinstance(value, int | float) else 0.0
        return {"set": True, "infinite": value is None, "number": number}


class Shares(Kind):
    """Fairshare: a plain integer, or `parent` (the account's own shares are used)."""

    is_ordered = True
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
        # The next number is Slurm's word for `parent`.
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


class Amount(Count):
    """A number that was computed: whole, or rounded to two decimals. Only shown."""

    decimals = 2

    def __init__(self, unit: str = "") -> None:
        """`unit` is what is counted."""
        super().__init__(unit)
        self.schema = {"type": ["number", "null"], "minimum": 0}

    def parse(self, text: str) -> Value:
        """Read the number."""
        if not re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
            raise ValueError(f"'{text}' is not a number")
        return float(text) if "." in text else int(text)

    def read(self, text: str) -> Value:
        """Read the number; empty is unset."""
        return self.parse(text) if text else None

    def text(self, value: Value) -> str:
        """Write all decimals, or none where the number is whole."""
        return f"{value:.{self.decimals}f}" if isinstance(value, float) else super().text(value)


class Percent(Amount):
    """A percentage, rounded to one decimal."""

    decimals = 1

    def text(self, value: Value) -> str:
        """Write the decimal also where the number is whole."""
        return "" if value is None else f"{value:.{self.decimals}f}"


COUNT = Count("number")


NUMBER = Number("number")


WEIGHT = Weight("number")


JOBS = Count("jobs")


SHARES = Shares()


TRES_SECONDS = Count("TRES-seconds")


AMOUNT = Amount("minutes, hours or seconds of the TRES")


PERCENT = Percent("percent")
