"""Durations and moments: minutes, seconds, dates."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slurmctl_rest.model.kinds.base import (
    CLEARING,
    MAX_COUNT,
    MAX_MINUTES,
    Json,
    Kind,
    Value,
    as_text,
    tri_state,
    whole_number,
)
from slurmctl_rest.model.kinds.numbers import NUMBER, Count
from slurmctl_rest.model.times import check_month, check_time
from slurmctl_rest.model.tres_counts import bounded


class Minutes(Count):
    """A duration in minutes. sacctmgr's text: [days-]hours:minutes:seconds, rounded up."""

    def parse(self, text: str) -> Value:
        """Read `min`, `m:s`, `h:m:s` or `d-h[:m[:s]]`."""
        if text.strip().lower() in CLEARING:
            return None
        return bounded(-(-_seconds(text) // 60), MAX_MINUTES)

    def read(self, text: str) -> Value:
        """Read any duration: another client may have set a longer one."""
        return -(-_seconds(text) // 60) if text else None

    def text(self, value: Value) -> str:
        """Write `1-02:30:00`, or `02:30:00` below a day."""
        return _duration(value * 60) if isinstance(value, int) else ""


class Duration(Count):
    """A duration in seconds, written as Slurm writes any: a bare number means minutes."""

    def parse(self, text: str) -> Value:
        """Read `min`, `m:s`, `h:m:s` or `d-h[:m[:s]]`."""
        if text.strip().lower() in CLEARING:
            return None
        return bounded(_seconds(text), MAX_COUNT)

    def read(self, text: str) -> Value:
        """Read any duration."""
        return _seconds(text) if text else None

    def text(self, value: Value) -> str:
        """Write `1-02:30:00`, or `02:30:00` below a day."""
        return _duration(value) if isinstance(value, int) else ""


NO_DURATION = frozenset({"INVALID", "UNLIMITED"})
"""Slurm's words for durations below zero, and without an end."""


class Elapsed(Duration):
    """A duration in seconds that is shown. JSON: a plain integer."""

    def read(self, text: str) -> Value:
        """Read a duration, or what Slurm prints where there is none."""
        return None if text in NO_DURATION else super().read(text)

    def load(self, json: Json) -> Value:
        """Read the integer."""
        return NUMBER.load(json)


class Grace(Duration):
    """A duration of which a bare number means seconds, and 0 none. JSON: a plain integer."""

    def parse(self, text: str) -> Value:
        """Read seconds, or a clock; -1 puts Slurm's default back, which is 0."""
        if text.strip().lower() in CLEARING:
            return 0
        if re.fullmatch(r"\d+", text.strip(), re.ASCII):
            return bounded(int(text), MAX_COUNT)
        return super().parse(text)

    def to_argument(self, value: Value) -> str:
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


class Moment(Kind):
    """A moment, in seconds since 1970; where it is shown, RFC 3339 of a zone (model/times.py)."""

    is_ordered = True

    def __init__(self) -> None:
        """A moment that has not come, or was never, is unset."""
        super().__init__({"type": ["string", "null"], "format": "date-time"}, "time")

    def parse(self, text: str) -> Value:
        """Return the text, where it is a time: what it means depends on the zone, and on now."""
        return check_time(text)

    def read(self, text: str) -> Value:
        """Read seconds, which the Slurm commands print where they are asked to."""
        return self.load(int(text)) if text.isdecimal() else None

    def load(self, json: Json) -> Value:
        """Read the tri-state number, or a plain one; 0 is none, and so is slurmdbd's NO_VAL."""
        if json is None:
            return None
        number = tri_state(json) if isinstance(json, Mapping) else whole_number(json)
        return number if number is not None and 0 < number < 2**32 - 2 else None

    def text(self, value: Value) -> str:
        """Write the clock as sacct does, without an offset."""
        # RFC 3339 begins with the 19 characters that sacct prints; behind them stands the offset.
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


def _seconds(text: str) -> int:
    """Return the seconds of `min`, `m:s`, `h:m:s` or `d-[h[:m[:s]]]`."""
    # sacctmgr takes `1-` for a day (tests/lab/test_meaning.py).
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


MINUTES = Minutes("minutes")


ELAPSED = Elapsed("seconds, written as minutes or h:m:s")


DURATION = Duration("seconds, written as minutes or h:m:s")


GRACE_TIME = Grace("seconds")


MOMENT = Moment()


MONTH = Month()
