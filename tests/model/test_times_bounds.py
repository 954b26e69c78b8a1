"""Dates far out: which are told to Slurm, and what is said of the others."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model import times
from slurmctl_rest.model.times import MAX_TIME, MIN_TIME, Window

UTC = ZoneInfo("UTC")
NOW = 1_795_000_000


BEYOND = "is after the year 9999"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("now-999999weeks", "is before 1970"),
        ("today-999999days", "is not a valid date"),
        ("now+999999weeks", BEYOND),
        ("9999-12-31T23:59:59-12:00", BEYOND),
        ("9999-12-31T00:00:01Z", BEYOND),
    ],
)
def test_beyond_the_calendar(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        times.moment(text, NOW, UTC)
    assert raised.value.message == f"'{text}' {said}"
    with pytest.raises(ValueError, match=said):
        times.check_time(text)


def test_the_ends_of_the_calendar_are_in_it() -> None:
    assert times.moment("9999-12-31", NOW, UTC) == MAX_TIME
    assert times.moment("1970-01-12T13:46:40Z", NOW, UTC) == MIN_TIME
    assert times.window(MIN_TIME, MAX_TIME, UTC) == Window(MIN_TIME, MAX_TIME)


EARLY = "is before 1970-01-12T13:46:40+00:00, the earliest time that Slurm accepts"


@pytest.mark.parametrize(
    ("start", "end", "named"),
    [
        (0, NOW, "1970-01-01T00:00:00+00:00"),
        (MIN_TIME - 1, NOW, "1970-01-12T13:46:39+00:00"),
        (-86400, 0, "1970-01-01T00:00:00+00:00"),
    ],
)
def test_what_slurm_does_not_take_is_named(start: int, end: int, named: str) -> None:
    with pytest.raises(UsageError) as raised:
        times.window(start, end, UTC)
    assert raised.value.message == f"{named} {EARLY}"


def test_the_first_month() -> None:
    with pytest.raises(UsageError, match="is before 1970-01-12"):
        times.month("1970-01", UTC)
    assert times.month("1970-02", UTC).start == 31 * 86400
