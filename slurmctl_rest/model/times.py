"""Moments and windows of time, as people write and read them in the time zone of a site.

A moment is whole seconds since 1970 (UTC), and stays an integer until it is shown. A zone is needed
only if people write or read a moment, or to find where days and months begin; None is the zone that
this machine is set to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model import sacct_times

Zone: TypeAlias = ZoneInfo | None

FORMS = (
    "2026-10-01, 2026-10-01T12:30, 2026-10-01T12:30:00+02:00, 10/31, 10/31/26-12:30, 12:30, noon, "
    "today, yesterday or now-12hours"
)
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?", re.ASCII
)
_RELATIVE = re.compile(
    r"(now|today|yesterday) ?(?:([+-]) ?(\d{1,9}) ?(second|minute|hour|day|week|)s?)?", re.ASCII
)
_SECONDS_OF = {"": 1, "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_EPOCH = re.compile(r"uts(\d{1,11})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start`, which is in it, to `end`, which is not."""

    start: int
    end: int


def zone(name: str | None) -> Zone:
    """Return the zone of a name like Europe/Berlin; UsageError for one that is not known here."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"time zone '{name}' is not known on this machine",
            "write one like Europe/Berlin or UTC, or install the package tzdata",
        ) from error


_SOME_MOMENT = 1_835_049_600
"""2028-02-25, in a leap year: at some moments 02/29 is a day."""


def check_time(text: str) -> str:
    """Return the text of a moment in one spelling; ValueError where nobody could read it."""
    word = text.strip()
    try:
        moment(word, _SOME_MOMENT, ZoneInfo("UTC"))
    except UsageError as error:
        raise ValueError(error.message) from error
    return word


def check_month(text: str) -> str:
    """Return the text of a month in one spelling; ValueError for what is none."""
    word = text.strip()
    try:
        month(word, ZoneInfo("UTC"))
    except UsageError as error:
        raise ValueError(f"{error.message}: {error.hint}") from error
    return word


def moment(text: str, now: int, where: Zone) -> int:
    """Return the moment that the text means, read at the moment `now`; UsageError otherwise."""
    word = text.strip(" ").lower()
    try:
        at = _relative(word, now, where)
        if at is None and _ISO.fullmatch(text):
            read = datetime.fromisoformat(text)
            at = int(read.timestamp()) if read.tzinfo else _seconds(read, where)
        if at is None and (clock := sacct_times.read_time(word, _local(now, where))):
            at = _seconds(clock, where)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"'{text}' is not a valid date") from error
    if at is None:
        raise UsageError(f"'{text}' is not a time", f"write {FORMS}")
    if at < 0:
        raise UsageError(f"'{text}' is before 1970")
    if at > MAX_TIME:
        raise UsageError(f"'{text}' is after the year 9999")
    return at


MAX_TIME = 253_402_214_400
"""9999-12-31T00:00:00Z: in every zone a date that Python has."""


def _relative(word: str, now: int, where: Zone) -> int | None:
    """Return the moment of `now-12hours`, `today+1day` or `uts1795423482`; None: no such form.

    As for sacct, a day is 24 hours after `now`. After today or yesterday it is one of the calendar,
    which may have 23.
    """
    if match := _EPOCH.fullmatch(word):
        return int(match[1])
    match = _RELATIVE.fullmatch(word)
    if match is None or (match[1] != "now" and match[2] and not match[4]):
        return None
    base, sign, count, unit = match.groups()
    number = int(f"{sign}{count}") if count else 0
    if base == "now":
        return now + number * _SECONDS_OF[unit or ""]
    start = _midnight(_local(now, where)) - timedelta(days=base == "yesterday")
    if unit in {"day", "week"}:
        start += timedelta(days=number * (7 if unit == "week" else 1))
        number = 0
    return _seconds(start, where) + number * _SECONDS_OF[unit or ""]


def month(text: str, where: Zone) -> Window:
    """Return the whole month 2026-10, from midnight to midnight of the zone; else UsageError."""
    match = _MONTH.fullmatch(text.strip())
    if match is None or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) <= 9998:
        raise UsageError(f"'{text}' is not a month", "write it like 2026-10")
    first = datetime(int(match[1]), int(match[2]), 1)
    return window(_seconds(first, where), _seconds(_next_month(first), where), where)


def window(start: int, end: int, where: Zone) -> Window:
    """Return the window between two moments; UsageError where Slurm knows none such."""
    for at in (end, start):
        if at < MIN_TIME:
            raise UsageError(
                f"{as_rfc3339(at, where)} is before {as_rfc3339(MIN_TIME, where)}, "
                "the earliest time that Slurm accepts",
                "give a later start and end",
            )
    if end <= start:
        raise UsageError(
            f"the end, {as_rfc3339(end, where)}, is not after the start, {as_rfc3339(start, where)}"
        )
    return Window(start, end)


MIN_TIME = 1_000_000
"""Seconds since 1970 from which on Slurm reads `uts...`, over both executors (the lab)."""


def day_of(at: int, where: Zone) -> str:
    """Return the day that a moment is in, like 2026-10-01."""
    return f"{_local(at, where):%Y-%m-%d}"


def month_of(at: int, where: Zone) -> str:
    """Return the month that a moment is in, like 2026-10."""
    return f"{_local(at, where):%Y-%m}"


def days(window: Window, where: Zone) -> Iterator[Window]:
    """Cut the window at each midnight of the zone."""
    return _cut(window, where, lambda at: _midnight(at) + timedelta(days=1))


def months(window: Window, where: Zone) -> Iterator[Window]:
    """Cut the window where months of the zone begin."""
    return _cut(window, where, _next_month)


def months_before(at: int, count: int, where: Zone) -> int:
    """Return the beginning of the month that is `count` months before that of the moment."""
    first = _midnight(_local(at, where)).replace(day=1)
    number = first.year * 12 + first.month - 1 - count
    return _seconds(first.replace(year=number // 12, month=number % 12 + 1), where)


def as_rfc3339(at: int, where: Zone) -> str:
    """Return the moment as RFC 3339 has it, with the zone's offset then."""
    # Without a zone fromtimestamp() is naive; astimezone(None) puts this machine's offset to it.
    return datetime.fromtimestamp(at, where).astimezone(where).isoformat()


def _cut(
    window: Window, where: Zone, following: Callable[[datetime], datetime]
) -> Iterator[Window]:
    """Yield the parts of the window; `following` says where the next one begins."""
    start = window.start
    while start < window.end:
        at = _midnight(_local(start, where))
        end = _seconds(following(at), where)
        # If a zone left a day out, its midnight is not later than the one before.
        while end <= start:
            at = following(at)
            end = _seconds(following(at), where)
        yield Window(start, min(end, window.end))
        start = end


def _local(at: int, where: Zone) -> datetime:
    """Return the zone's clock at a moment, naive."""
    return datetime.fromtimestamp(at, where).replace(tzinfo=None)


def _seconds(local: datetime, where: Zone) -> int:
    """Return the moment at which the zone's clock shows this; in a gap, that of the gap."""
    return int((local if where is None else local.replace(tzinfo=where)).timestamp())


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _next_month(local: datetime) -> datetime:
    # The 1st and 31 days is always in the next month.
    return (_midnight(local).replace(day=1) + timedelta(days=31)).replace(day=1)
