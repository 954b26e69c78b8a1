"""Times as sacct, sreport and sacctmgr read them (Slurm's parse_time), on a clock without a zone.

    10/31  10/31/26  10.31  10.31.26  1031  103126  2026-10-31  today  tomorrow      a day
    12:30  12:30:15  1:30PM  noon  midnight  elevenses  fika  teatime                a time of day
    10/31-12:30  10/31T12:30  12:30 10/31  noon tomorrow                             both

A day without a year is in the last twelve months, by its month: in November 2026 12/25 is in 2025
and 11/30 in 2026. A time of day alone is today's. tests/lab/test_times.py holds it against sacct.

Refused here, where sacct reads something else than is written: a day that the month has not (02/30
is March 2nd to sacct), and the year 00 (to sacct it is this year).
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

NAMED_TIMES = {"midnight": 0, "elevenses": 11, "noon": 12, "fika": 15, "teatime": 16}
"""sacct's words for full hours."""
NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
"""sacct does not know yesterday."""

_DAY = (
    rf"(?P<named>{'|'.join(NAMED_DAYS)})"
    r"|(?P<year>\d{4})-(?P<m1>\d{2})-(?P<d1>\d{1,2})"
    r"|(?P<m2>\d{1,2})(?P<sign>[/.])(?P<d2>\d{1,2})(?:(?P=sign)(?P<y2>\d{2}))?"
    r"|(?P<m3>\d{2})(?P<d3>\d{2})(?P<y3>\d{2})?"
)
_TIME = (
    rf"(?P<word>{'|'.join(NAMED_TIMES)})"
    r"|(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?: ?(?P<half>[ap]m))?"
)
_FORMS = [
    re.compile(form, re.ASCII)
    for form in (rf"(?:{_DAY})t?", f"(?:{_TIME})", f"(?:{_DAY})[ t-](?:{_TIME})",
                 f"(?:{_TIME})[ -](?:{_DAY})")
]  # fmt: skip


def read_time(text: str, now: datetime) -> datetime | None:
    """Return the clock that the text means, read when the clock shows `now`; None: no such form.

    ValueError for what the calendar has not.
    """
    for form in _FORMS:
        if match := form.fullmatch(text.strip(" ").lower()):
            parts = match.groupdict()
            return datetime.combine(_day(parts, now), _time(parts))
    return None


def _day(parts: dict[str, str | None], now: datetime) -> datetime:
    if parts.get("year"):
        return datetime(int(parts["year"] or 0), int(parts["m1"] or 0), int(parts["d1"] or 0))
    month = parts.get("m2") or parts.get("m3")
    if month is None:
        return now + timedelta(days=NAMED_DAYS[parts.get("named") or "today"])
    year = parts.get("y2") or parts.get("y3")
    if year is not None:
        if not int(year):
            raise ValueError("the year 00")
        number = 2000 + int(year)
    else:
        number = now.year - (int(month) > now.month)
    return datetime(number, int(month), int(parts.get("d2") or parts.get("d3") or 0))


def _time(parts: dict[str, str | None]) -> time:
    if word := parts.get("word"):
        return time(NAMED_TIMES[word])
    hour = int(parts.get("hour") or 0)
    if half := parts.get("half"):
        if hour > 12:
            raise ValueError("more than twelve hours")
        # 12:30AM is half past midnight, 12:30PM half past noon.
        hour = hour % 12 + 12 * (half == "pm")
    return time(hour, int(parts.get("minute") or 0), int(parts.get("second") or 0))
