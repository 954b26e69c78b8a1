"""Moments, windows, days and months in the time zone of a site."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model import times
from slurmctl_rest.model.kinds.durations import MOMENT, MONTH
from slurmctl_rest.model.times import Window, Zone

DAY, HOUR = 24 * 3600, 3600
NAMES = (
    *("UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu", "America/St_Johns"),
    "Australia/Lord_Howe",  # half an hour of summer time
    "America/Santiago",  # summer begins at midnight: 00:00 is not there
    "America/Havana",  # summer ends at 01:00: 00:00 is there twice
    "Pacific/Apia",  # left out 2011-12-30
    "Pacific/Kwajalein",  # left out 1993-08-21
    "Africa/Monrovia",  # an offset with seconds, until 1972
)
ZONES = [ZoneInfo(name) for name in NAMES]
ZURICH, UTC_ = ZoneInfo("Europe/Zurich"), ZoneInfo("UTC")
LAST = int(datetime(2037, 12, 31, tzinfo=UTC).timestamp())

zones = st.sampled_from(ZONES)
moments = st.integers(2 * DAY, LAST)


def at(text: str) -> int:
    """Return the moment of a text with its offset."""
    return int(datetime.fromisoformat(text).timestamp())


NOW = at("2026-10-14T15:30:45+02:00")


@pytest.fixture
def in_kathmandu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set this machine to a zone that no other test is in."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        yield
    time.tzset()


# --- moments


@pytest.mark.parametrize(
    ("text", "zone", "means"),
    [
        ("2026-10-01", "Europe/Zurich", "2026-10-01T00:00:00+02:00"),
        ("2026-12-01", "Europe/Zurich", "2026-12-01T00:00:00+01:00"),
        ("2026-10-01", "UTC", "2026-10-01T00:00:00+00:00"),
        ("2026-10-01T12:30", "Europe/Zurich", "2026-10-01T12:30:00+02:00"),
        ("2026-10-01 12:30:15", "Europe/Zurich", "2026-10-01T12:30:15+02:00"),
        ("2026-10-01T12:30:00-05:00", "Europe/Zurich", "2026-10-01T12:30:00-05:00"),
        ("2026-10-01T12:30Z", "Europe/Zurich", "2026-10-01T12:30:00+00:00"),
        ("1970-01-01", "UTC", "1970-01-01T00:00:00+00:00"),
        ("2028-02-29", "UTC", "2028-02-29T00:00:00+00:00"),
        # Where the clock shows an hour twice, the first; where it leaves one out, what would be.
        ("2026-10-25T02:30", "Europe/Zurich", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:30+01:00", "Europe/Zurich", "2026-10-25T02:30:00+01:00"),
        ("2026-03-29T02:30", "Europe/Zurich", "2026-03-29T03:30:00+02:00"),
        ("2026-09-06", "America/Santiago", "2026-09-06T01:00:00-03:00"),
        ("2011-12-30", "Pacific/Apia", "2011-12-31T00:00:00+14:00"),
        ("now", "Europe/Zurich", "2026-10-14T15:30:45+02:00"),
        ("NOW", "UTC", "2026-10-14T15:30:45+02:00"),
        ("now-90minutes", "Europe/Zurich", "2026-10-14T14:00:45+02:00"),
        ("now+1minute", "Europe/Zurich", "2026-10-14T15:31:45+02:00"),
        ("now-12hours", "Europe/Zurich", "2026-10-14T03:30:45+02:00"),
        ("now-1day", "Europe/Zurich", "2026-10-13T15:30:45+02:00"),
        # As for sacct, these are hours, and not the same clock: 14 days are 336.
        ("now+2weeks", "Europe/Zurich", "2026-10-28T14:30:45+01:00"),
        ("now+336hours", "Europe/Zurich", "2026-10-28T14:30:45+01:00"),
        ("now-1", "Europe/Zurich", "2026-10-14T15:30:44+02:00"),
        ("now - 2 seconds", "Europe/Zurich", "2026-10-14T15:30:43+02:00"),
        ("tomorrow", "Europe/Zurich", "2026-10-15T00:00:00+02:00"),
        ("noon", "Europe/Zurich", "2026-10-14T12:00:00+02:00"),
        ("Fika", "America/New_York", "2026-10-14T15:00:00-04:00"),
        ("1:30PM", "Europe/Zurich", "2026-10-14T13:30:00+02:00"),
        ("12:05 am", "Europe/Zurich", "2026-10-14T00:05:00+02:00"),
        ("23:59", "Europe/Zurich", "2026-10-14T23:59:00+02:00"),
        ("10/01", "Europe/Zurich", "2026-10-01T00:00:00+02:00"),
        ("10/31", "Europe/Zurich", "2026-10-31T00:00:00+01:00"),  # this month, though to come
        ("11/01", "Europe/Zurich", "2025-11-01T00:00:00+01:00"),
        ("1.2", "Europe/Zurich", "2026-01-02T00:00:00+01:00"),
        ("0930", "Europe/Zurich", "2026-09-30T00:00:00+02:00"),
        ("10/01/25", "Europe/Zurich", "2025-10-01T00:00:00+02:00"),
        ("022928", "UTC", "2028-02-29T00:00:00+00:00"),
        ("03/29/26-02:30", "Europe/Zurich", "2026-03-29T03:30:00+02:00"),  # an hour left out
        ("10/25/26 02:30", "Europe/Zurich", "2026-10-25T02:30:00+02:00"),  # one that is there twice
        ("2026-10-1T1:30", "Europe/Zurich", "2026-10-01T01:30:00+02:00"),
        ("12:30 10/01", "Europe/Zurich", "2026-10-01T12:30:00+02:00"),
        ("tomorrow-12:30", "Europe/Zurich", "2026-10-15T12:30:00+02:00"),
        ("yesterday noon", "Europe/Zurich", "2026-10-13T12:00:00+02:00"),
        ("uts1700000000", "Europe/Zurich", "2023-11-14T23:13:20+01:00"),
        ("today", "Europe/Zurich", "2026-10-14T00:00:00+02:00"),
        ("today", "America/New_York", "2026-10-14T00:00:00-04:00"),
        ("today", "Pacific/Apia", "2026-10-15T00:00:00+13:00"),
        ("yesterday", "Europe/Zurich", "2026-10-13T00:00:00+02:00"),
        ("today+12days", "Europe/Zurich", "2026-10-26T00:00:00+01:00"),
        ("today-6hours", "Europe/Zurich", "2026-10-13T18:00:00+02:00"),
        ("yesterday+1week", "Europe/Zurich", "2026-10-20T00:00:00+02:00"),
    ],
)
def test_what_a_moment_means(text: str, zone: str, means: str) -> None:
    assert times.moment(text, NOW, ZoneInfo(zone)) == at(means)
    assert times.check_time(f" {text} ") == text


def test_yesterday_is_the_day_before_however_long_it_was() -> None:
    after = at("2026-10-26T00:30:00+01:00")  # 24 hours before is the same day, at 01:30
    assert times.moment("yesterday", after, ZURICH) == at("2026-10-25T00:00:00+02:00")


@pytest.mark.usefixtures("in_kathmandu")
def test_without_a_zone_it_is_that_of_this_machine() -> None:
    assert times.zone(None) is None
    assert times.moment("2026-10-01", NOW, None) == at("2026-10-01T00:00:00+05:45")
    assert times.moment("today", NOW, None) == at("2026-10-14T00:00:00+05:45")
    assert times.as_rfc3339(NOW, None) == "2026-10-14T19:15:45+05:45"
    assert times.day_of(at("2026-10-14T23:00:00+00:00"), None) == "2026-10-15"
    assert times.month("2026-10", None).start == at("2026-10-01T00:00:00+05:45")


ANY_FORM = (
    "write 2026-10-01, 2026-10-01T12:30, 2026-10-01T12:30:00+02:00, 10/31, 10/31/26-12:30, 12:30, "
    "noon, today, yesterday or now-12hours"
)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        *(
            (text, f"'{text}' is not a time", ANY_FORM)
            for text in (
                "", "noons", "2026-10", "2026-1-1", "10/01/2026", "now-", "now-1min", "now-1year",
                "now-1.5hours", "2026-10-01T12", "2026-10-01T12:30+0200", "today-1", "10125",
                "now-1234567890days", "٢٠٢٦-10-01", "2026-10-01\n", "uts", "utsx", "9", "1PM",
            )
        ),
        ("2026-02-30", "'2026-02-30' is not a valid date", ""),
        ("2026-10-01T24:30", "'2026-10-01T24:30' is not a valid date", ""),
        ("0000-01-01", "'0000-01-01' is not a valid date", ""),
        *(
            (text, f"'{text}' is not a valid date", "")
            for text in (
                "02/29", "02/30/26", "13/01", "0/1", "1032", "10/01/00", "24:00", "12:60",
                "13:00PM",
                "12:30:60", "today+999999999weeks",
            )
        ),
        ("now-1234567days", "'now-1234567days' is before 1970", ""),
        ("1969-12-31", "'1969-12-31' is before 1970", ""),
        (
            "1970-01-01T00:00+01:00",
            "'1970-01-01T00:00+01:00' is before 1970", "",
        ),
    ],
)  # fmt: skip
def test_what_is_no_moment(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        times.moment(text, NOW, UTC_)
    assert (refused.value.message, refused.value.hint) == (message, hint)


@given(moment=moments, zone=zones)
@example(moment=at("2026-10-25T02:30:00+02:00"), zone=ZURICH)
@example(moment=at("2026-10-25T02:30:00+01:00"), zone=ZURICH)
def test_what_is_shown_is_read_as_the_same_moment(moment: int, zone: ZoneInfo) -> None:
    text = times.as_rfc3339(moment, zone)
    if text.count(":") > 3:  # Monrovia, until 1972: RFC 3339 has no offsets with seconds
        assert zone.key == "Africa/Monrovia"
        return
    assert times.moment(text, 0, zone) == moment
    assert times.moment(text, 0, None) == moment
    assert (
        datetime.fromisoformat(text).utcoffset() == datetime.fromtimestamp(moment, zone).utcoffset()
    )


@pytest.mark.parametrize(
    ("moment", "zone", "text"),
    [
        (0, "UTC", "1970-01-01T00:00:00+00:00"),
        (NOW, "Europe/Zurich", "2026-10-14T15:30:45+02:00"),
        (NOW, "Asia/Kathmandu", "2026-10-14T19:15:45+05:45"),
        (NOW, "America/New_York", "2026-10-14T09:30:45-04:00"),
    ],
)
def test_a_moment_as_it_is_shown(moment: int, zone: str, text: str) -> None:
    assert times.as_rfc3339(moment, ZoneInfo(zone)) == text


# --- the kinds


@pytest.mark.parametrize(
    ("json", "value"),
    [
        ({"set": True, "infinite": False, "number": 7}, 7),
        ({"set": False, "infinite": False, "number": 7}, None),
        ({"set": True, "infinite": True, "number": 0}, None),
        (7, 7),
        (0, None),
        (-1, None),
        (2**32 - 3, 2**32 - 3),
        (2**32 - 2, None),  # NO_VAL
        (2**32 - 1, None),  # INFINITE
        (None, None),
    ],
    ids=str,
)
def test_moments_of_records(json: object, value: int | None) -> None:
    assert MOMENT.load(json) == value


def test_moments_of_commands_and_as_they_are_printed() -> None:
    assert [MOMENT.read(text) for text in ("7", "", "Unknown", "None")] == [7, None, None, None]
    assert MOMENT.text("2026-10-14T15:30:45+02:00") == "2026-10-14T15:30:45"
    assert MOMENT.text(None) == ""


def test_a_moment_of_a_condition_is_a_text_until_the_zone_is_known() -> None:
    assert MOMENT.parse(" today ") == "today"
    assert MONTH.parse(" 2026-10 ") == "2026-10"
    with pytest.raises(ValueError, match=r"^'soon' is not a time$"):
        MOMENT.parse("soon")
    with pytest.raises(ValueError, match=r"^'2026-13' is not a month: write it like 2026-10$"):
        MONTH.parse("2026-13")


# --- zones and windows


@pytest.mark.parametrize(
    "name", ["Europe/Bern", "", "../etc/passwd", "/etc/passwd", "a\0b", "Europe"]
)
def test_a_zone_that_nobody_knows(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        times.zone(name)
    assert refused.value.message == f"time zone '{name}' is not known on this machine"
    assert refused.value.hint == (
        "write one like Europe/Berlin or UTC, or install the package tzdata"
    )


def test_a_zone_by_its_name() -> None:
    assert times.zone("Europe/Zurich") == ZURICH


def test_a_window_ends_after_its_start() -> None:
    assert times.window(NOW, NOW + 1, UTC_) == Window(NOW, NOW + 1)
    for end in (NOW, NOW - HOUR):
        with pytest.raises(UsageError) as refused:
            times.window(NOW, end, ZURICH)
        assert refused.value.message == (
            f"the end, {times.as_rfc3339(end, ZURICH)}, is not after the start, "
            "2026-10-14T15:30:45+02:00"
        )


# --- days and months


def hours(parts: Iterator[Window], zone: ZoneInfo) -> list[tuple[str, float]]:
    """Return the day of each part, and its hours."""
    return [(times.day_of(one.start, zone), (one.end - one.start) / HOUR) for one in parts]


@pytest.mark.parametrize(
    ("zone", "start", "end", "days"),
    [
        (
            "Europe/Zurich", "2026-10-24", "2026-10-27",
            [("2026-10-24", 24), ("2026-10-25", 25), ("2026-10-26", 24)],
        ),
        (
            "Europe/Zurich", "2026-03-28T12:00", "2026-03-30T06:00",
            [("2026-03-28", 12), ("2026-03-29", 23), ("2026-03-30", 6)],
        ),
        (
            "Pacific/Apia", "2011-12-29", "2012-01-01",
            [("2011-12-29", 24), ("2011-12-31", 24)],
        ),
        (
            "America/Santiago", "2026-09-05", "2026-09-08",
            [("2026-09-05", 24), ("2026-09-06", 23), ("2026-09-07", 24)],
        ),
        (
            "America/Santiago", "2026-04-04", "2026-04-06",
            [("2026-04-04", 25), ("2026-04-05", 24)],
        ),
        (
            "America/Havana", "2026-10-31", "2026-11-03",
            [("2026-10-31", 24), ("2026-11-01", 25), ("2026-11-02", 24)],
        ),
        (
            "Australia/Lord_Howe", "2026-10-03", "2026-10-06",
            [("2026-10-03", 24), ("2026-10-04", 23.5), ("2026-10-05", 24)],
        ),
        ("UTC", "2026-10-14T01:00", "2026-10-14T02:00", [("2026-10-14", 1)]),
    ],
    ids=["25 hours", "23 hours", "a day left out", "a midnight left out", "a day that goes on",
         "a midnight that comes twice", "half an hour", "a part of a day"],
)  # fmt: skip
def test_days(zone: str, start: str, end: str, days: list[tuple[str, float]]) -> None:
    where = ZoneInfo(zone)
    window = Window(times.moment(start, 0, where), times.moment(end, 0, where))
    assert hours(times.days(window, where), where) == days


@pytest.mark.parametrize(
    ("zone", "text", "start", "end"),
    [
        ("UTC", "2026-10", "2026-10-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00"),
        ("Europe/Zurich", "2026-10", "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"),
        ("UTC", "2026-12", "2026-12-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
        ("UTC", "2028-02", "2028-02-01T00:00:00+00:00", "2028-03-01T00:00:00+00:00"),
        ("UTC", " 1970-02 ", "1970-02-01T00:00:00+00:00", "1970-03-01T00:00:00+00:00"),
        ("Pacific/Apia", "2011-12", "2011-12-01T00:00:00-10:00", "2012-01-01T00:00:00+14:00"),
    ],
)
def test_a_month_is_whole(zone: str, text: str, start: str, end: str) -> None:
    assert times.month(text, ZoneInfo(zone)) == Window(at(start), at(end))
    assert times.check_month(text) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-00", "2026-13", "1969-12", "9999-01", "2026-1", "10-2026", "٢٠٢٦-10"]
)
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        times.month(text, UTC_)
    assert (refused.value.message, refused.value.hint) == (
        f"'{text}' is not a month", "write it like 2026-10",
    )  # fmt: skip


def test_months_of_a_window() -> None:
    window = Window(at("2026-10-14T15:30:45+02:00"), at("2027-01-02T00:00:00+01:00"))
    starts = [times.as_rfc3339(one.start, ZURICH) for one in times.months(window, ZURICH)]
    assert starts == [
        "2026-10-14T15:30:45+02:00", "2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00",
        "2027-01-01T00:00:00+01:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("count", "first"),
    [
        (0, "2026-10-01"),
        (1, "2026-09-01"),
        (9, "2026-01-01"),
        (10, "2025-12-01"),
        (22, "2024-12-01"),
    ],
)
def test_months_before(count: int, first: str) -> None:
    assert times.months_before(NOW, count, ZURICH) == times.moment(first, 0, ZURICH)


@given(moment=moments.filter(lambda at: at > 40 * DAY), zone=zones)  # in a month Slurm takes
def test_day_and_month_of_a_moment_are_those_of_its_clock(moment: int, zone: ZoneInfo) -> None:
    clock = times.as_rfc3339(moment, zone)
    assert times.day_of(moment, zone) == clock[:10]
    assert times.month_of(moment, zone) == clock[:7]
    month = times.month(times.month_of(moment, zone), zone)
    assert month.start <= moment < month.end
    assert times.months_before(moment, 0, zone) == month.start


def is_cut_exactly(window: Window, parts: list[Window]) -> bool:
    """Tell whether the parts are the window, with neither gap nor overlap, and none is empty."""
    edges = [window.start, *(one.end for one in parts)]
    return [(one.start, one.end) for one in parts] == list(itertools.pairwise(edges)) and (
        edges[-1] == window.end and all(one.start < one.end for one in parts)
    )


# Around each change of a clock, so that the cuts are where they are difficult.
CHANGES = [
    at("2026-10-25T01:00:00+00:00"), at("2026-03-29T01:00:00+00:00"),
    at("2011-12-30T10:00:00+00:00"), at("2026-09-06T04:00:00+00:00"),
    at("2026-04-05T03:00:00+00:00"), at("2026-11-01T05:00:00+00:00"),
    at("1993-08-21T12:00:00+00:00"), at("2010-11-07T02:31:00+00:00"),
]  # fmt: skip
starts = moments | st.builds(int.__add__, st.sampled_from(CHANGES), st.integers(-2 * DAY, 2 * DAY))


@given(start=starts, length=st.integers(1, 40 * DAY), zone=zones)
@example(start=at("2011-12-29T12:00:00-10:00"), length=2 * DAY, zone=ZoneInfo("Pacific/Apia"))
@example(start=at("2010-11-07T00:00:30-02:30"), length=DAY, zone=ZoneInfo("America/St_Johns"))
def test_days_cut_a_window_exactly(start: int, length: int, zone: ZoneInfo) -> None:
    window = Window(start, start + length)
    parts = list(times.days(window, zone))
    assert is_cut_exactly(window, parts)
    for one in parts:  # midnight is where each begins, but the first
        assert one.end - one.start <= 26 * HOUR
        if one.start != start:
            assert times.day_of(one.start - 1, zone) < times.day_of(one.start, zone)


@given(start=starts, length=st.integers(1, 900 * DAY), zone=zones)
def test_months_cut_a_window_exactly(start: int, length: int, zone: ZoneInfo) -> None:
    window = Window(start, start + length)
    parts = list(times.months(window, zone))
    assert is_cut_exactly(window, parts)
    assert [times.month_of(one.start, zone) for one in parts] == sorted(
        {times.month_of(one.start, zone) for one in parts}
    )
    for one in parts[1:]:
        assert one.start == times.month(times.month_of(one.start, zone), zone).start


@given(moment=moments, count=st.integers(0, 24), zone=zones)
def test_as_many_months_lie_between(moment: int, count: int, zone: Zone) -> None:
    first = times.months_before(moment, count, zone)
    if first < 0:
        return
    between = list(times.months(Window(first, moment + 1), zone))
    assert len(between) == count + 1
