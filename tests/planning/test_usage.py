"""Usage: sums that are exact however the window is cut, and rows that round at the very end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.model.entities.usage import GROUPS
from slurmctl_rest.model.kinds.numbers import AMOUNT, PERCENT
from slurmctl_rest.model.run import Counts, Run
from slurmctl_rest.model.times import Window
from slurmctl_rest.planning.usage import (
    GroupKey,
    Ledger,
    Limits,
    Rows,
    Totals,
    branches,
    meeting,
    of_branches,
    rounded,
    total_rows,
    window_parts,
)

ZURICH = ZoneInfo("Europe/Zurich")
DAY = 24 * 3600


def at(text: str) -> int:
    """Return the moment at which clocks in Zurich show this."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZURICH).timestamp())


# Both changes of the clocks are in it.
YEAR = Window(at("2026-01-01"), at("2027-01-01"))


def run(
    start: int,
    end: int,
    elapsed: int | None = None,
    *,
    number: str = "1",
    account: str = "physics",
    user: str = "alice",
    qos: str = "normal",
    partition: str = "batch",
) -> Run:
    """Return a run of two CPUs."""
    ran = end - start if elapsed is None else elapsed
    return Run(number, "1", account, user, qos, partition, start, end, ran, {"cpu": 2})


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Draw a run inside the year, not paused."""
    start, end = sorted(draw(st.tuples(*[st.integers(YEAR.start, YEAR.end)] * 2)))
    names = st.sampled_from(["a", "b", "c"])
    counts = st.dictionaries(st.sampled_from(["cpu", "mem", "gres/gpu"]), st.integers(0, 2**40))
    made = run(start, end, account=draw(names), user=draw(names), qos=draw(names))
    return made._replace(tres=draw(counts))


groupings = st.lists(st.sampled_from(GROUPS), min_size=1, unique=True)


Sums = Mapping[GroupKey, Counts]


def counted(found: Iterable[Run], by: Sequence[str], window: Window = YEAR) -> Totals:
    """Return what runs have used, none of which paused."""
    ledger = Ledger(by, window_parts(window, by, ZURICH))
    ledger.add(found)
    assert ledger.paused == []
    return ledger.totals


def tallied(found: Iterable[Run], by: Sequence[str], window: Window = YEAR) -> Sums:
    """Return the sums of it."""
    return dict(counted(found, by, window))


def totals_of(sums: Sums) -> Totals:
    """Return totals of these sums: each group has used so much in one second."""
    words = {group: str(number) for number, group in enumerate(sums)}
    seconds = {(*group, word): 1 for group, word in words.items()}
    return Totals(seconds, {words[group]: counts for group, counts in sums.items()})


def cut(found: Iterable[Run], window: Window) -> list[Run]:
    """Cut runs to a window, as sacct does."""
    short = (
        run._replace(start=max(run.start, window.start), end=min(run.end, window.end))
        for run in found
    )
    return [run._replace(elapsed=run.end - run.start) for run in short if run.start < run.end]


def plain(totals: Sums) -> Sums:
    """Leave out what is 0: a job that used nothing leaves no trace in other cuts."""
    used = {g: {n: s for n, s in sums.items() if s} for g, sums in totals.items()}
    return {group: sums for group, sums in used.items() if sums}


def together(totals: Iterable[Sums]) -> Sums:
    """Add up."""
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for group, sums in (item for one in totals for item in one.items()):
        for name, seconds in sums.items():
            mine = found.setdefault(group, {})
            mine[name] = mine.get(name, 0) + seconds
    return found


@given(st.lists(runs()), st.lists(st.integers(YEAR.start, YEAR.end)), groupings)
def test_adjacent_windows_sum_to_the_whole(
    found: list[Run], cuts: list[int], by: list[str]
) -> None:
    edges = [YEAR.start, *sorted(cuts), YEAR.end]
    windows = [Window(*pair) for pair in pairwise(edges) if pair[0] < pair[1]]
    pieces = [tallied(cut(found, window), by, window) for window in windows]
    assert plain(together(pieces)) == plain(tallied(found, by))


@given(st.lists(runs()), groupings)
def test_grouping_never_changes_totals(found: list[Run], by: list[str]) -> None:
    expected: dict[str, int] = {}
    for one in found:
        for name, count in one.tres.items():
            expected[name] = expected.get(name, 0) + count * one.elapsed
    used = {name: seconds for name, seconds in expected.items() if seconds}
    whole = counted(found, by).per_tres()
    assert {name: seconds for name, seconds in whole.items() if seconds} == used


@given(st.lists(runs(), max_size=4), st.sampled_from(["Day", "Month"]))
def test_days_and_months_sum_to_the_whole(found: list[Run], by: str) -> None:
    split = tallied(found, ["Account", by])
    whole = together({group[:1]: sums} for group, sums in split.items())
    assert plain(whole) == plain(tallied(found, ["Account"]))


@given(st.lists(runs()).flatmap(lambda all_: st.tuples(st.just(all_), st.permutations(all_))))
def test_the_order_of_jobs_does_not_matter(found: tuple[list[Run], list[Run]]) -> None:
    by = ["Account", "Month"]
    first, second = (counted(one, by) for one in found)
    assert list(first) == list(second)
    assert list(Rows(first, by, "hours")) == list(Rows(second, by, "hours"))


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)]
)
def test_days_are_as_long_as_the_clocks_have_them(day: str, hours: int) -> None:
    start = at(f"{day}T00:00")
    whole_day = run(start - DAY, start + 2 * DAY)
    assert tallied([whole_day], ["Day"])[(day,)] == {"cpu": 2 * hours * 3600}


def test_a_job_is_cut_at_the_midnight_of_the_zone() -> None:
    late = run(at("2026-10-31T23:59:00"), at("2026-11-01T00:00:01"))
    assert tallied([late], ["Month", "User", "Day"]) == {
        ("2026-10", "alice", "2026-10-31"): {"cpu": 120},
        ("2026-11", "alice", "2026-11-01"): {"cpu": 2},
    }
    ends_there = run(at("2026-10-31T23:59:00"), at("2026-11-01T00:00:00"))
    assert tallied([ends_there], ["Day"]) == {("2026-10-31",): {"cpu": 120}}


def test_a_job_that_paused_is_split_by_whoever_knows_when_it_ran() -> None:
    """Nothing of it is counted where it is not known in which part it ran."""
    midnight = at("2026-10-02T00:00")
    across = run(midnight - 100, midnight + 50, 60, number="7")
    inside = run(midnight - 300, midnight - 100, 20)
    never = run(midnight - 100, midnight + 50, 0)
    window = Window(midnight - 3 * DAY, midnight + 3 * DAY)
    days = window_parts(window, ["Day"], ZURICH)
    ledger = Ledger(["Day"], days)
    ledger.add([across, inside, never])
    assert dict(ledger.totals) == {("2026-10-01",): {"cpu": 40}}
    assert ledger.paused == [across]
    missing = list(ledger.missing())
    assert [(part.day, found) for part, found in missing] == [
        ("2026-10-01", [across]),
        ("2026-10-02", [across]),
    ]
    ledger.count(across, missing[0][0], 45)
    ledger.count(across, missing[1][0], 15)
    assert dict(ledger.totals) == {("2026-10-01",): {"cpu": 130}, ("2026-10-02",): {"cpu": 30}}
    from_midnight = run(midnight - DAY, midnight + 1, 60)
    ledger.add([from_midnight])
    assert [(part.day, len(found)) for part, found in ledger.missing()] == [
        ("2026-10-01", 2),
        ("2026-10-02", 2),
    ]
    undivided = Ledger(["User"], window_parts(window, ["User"], ZURICH))
    undivided.add([across, inside, never])
    assert (dict(undivided.totals), undivided.paused) == ({("alice",): {"cpu": 160}}, [])


def test_conditions_match_in_any_case_and_tell_which_names_were_met() -> None:
    seen: set[tuple[str, str]] = set()
    found = [
        run(0, 1, account="Physics", partition="GPU"),
        run(0, 2, account="Physics", user="bob"),
        run(0, 3, account="art"),
    ]
    where = {"Account": frozenset({"physics", "nosuch"}), "User": frozenset({"alice"})}
    assert list(meeting(found, where, seen)) == found[:1]
    assert seen == {("Account", "physics"), ("User", "alice")}
    assert list(meeting(found, {}, seen)) == found


def test_rows_are_sorted_and_rounded_at_the_end() -> None:
    totals = totals_of(
        {
            ("physics", "bob"): {"mem": 1000, "cpu": 1},
            ("art", "zoe"): {"cpu": 2, "node": 0},
            ("physics", "alice"): {"cpu": 3600},
        }
    )
    by = ["Account", "User"]
    keys = ("Account", "User", "TRES", "Used", "Seconds", "Share")
    shown = [[row[key] for key in keys] for row in Rows(totals, by, "minutes")]
    assert shown == [
        ["art", "zoe", "cpu", 0.03, 2, 0.1],
        ["physics", "alice", "cpu", 60, 3600, 99.9],
        ["physics", "bob", "cpu", 0.02, 1, 0.0],
        ["physics", "bob", "mem", 16.67, 1000, 100],
    ]
    assert [row["Used"] for row in Rows(totals, by, "seconds")] == [2, 3600, 1, 1000]
    assert [row["Used"] for row in Rows(totals, by, "hours")] == [0.0, 1, 0.0, 0.28]
    whole = [(row["TRES"], row["Used"], row["Seconds"]) for row in total_rows(totals, "minutes")]
    assert whole == [("cpu", 60.05, 3603), ("mem", 16.67, 1000)]
    cpu = totals.only(["cpu"])
    assert {row["TRES"] for row in Rows(cpu, by, "minutes")} == {"cpu"}


def test_the_branch_of_an_account_is_all_below_it_and_itself() -> None:
    parents = {"root": None, "Science": "root", "physics": "science", "optics": "Physics"}
    rows = [{"Account": name, "Parent": parent} for name, parent in parents.items()]
    assert branches([*rows, {"Account": "lost", "Parent": "gone"}]) == {
        "root": {"root", "science", "physics", "optics"},
        "science": {"science", "physics", "optics"},
        "physics": {"physics", "optics"},
        "optics": {"optics"},
        "lost": {"lost"},
    }
    circle = [{"Account": "a", "Parent": "b"}, {"Account": "b", "Parent": "a"}]
    assert branches(circle) == {"a": {"a", "b"}, "b": {"a", "b"}}


def test_ledgers_of_the_same_cut_are_one() -> None:
    """Each has its own words for TRES, and both count the same group."""
    by = ["User"]
    first, second = (Ledger(by, window_parts(YEAR, by, ZURICH)) for _ in range(2))
    first.add([run(YEAR.start, YEAR.start + 5)._replace(tres={"mem": 1})])
    second.add([run(YEAR.start, YEAR.start + 7), run(YEAR.start, YEAR.start + 2, user="bob")])
    first.paused.append(run(YEAR.start, YEAR.start + 8, 1))
    second.paused.append(run(YEAR.start, YEAR.start + 9, 1))
    both = [*first.paused, *second.paused]
    first.take(second)
    assert dict(first.totals) == {("alice",): {"mem": 5, "cpu": 14}, ("bob",): {"cpu": 4}}
    assert first.paused == both
    first.take(second)
    assert dict(first.totals) == {("alice",): {"mem": 5, "cpu": 28}, ("bob",): {"cpu": 8}}


def test_ledgers_of_several_fields_are_one_too() -> None:
    by = ["Account", "User", "Month"]
    cut = window_parts(Window(at("2026-01-31"), at("2026-02-02")), by, ZURICH)
    first, second = Ledger(by, cut), Ledger(by, cut)
    second.add([run(at("2026-01-31T23:00"), at("2026-02-01T02:00"))])
    first.take(second)
    assert (
        dict(first.totals)
        == dict(second.totals)
        == {
            ("physics", "alice", "2026-01"): {"cpu": 2 * 3600},
            ("physics", "alice", "2026-02"): {"cpu": 4 * 3600},
        }
    )
    assert first.totals.per_value(0) == {"physics": {"cpu": 6 * 3600}}
    assert first.totals.per_value(2) == {
        "2026-01": {"cpu": 2 * 3600},
        "2026-02": {"cpu": 4 * 3600},
    }


def test_a_paused_run_that_ends_where_a_part_begins_is_not_in_it() -> None:
    by = ["Day"]
    cut = window_parts(Window(at("2026-01-01"), at("2026-01-04")), by, ZURICH)
    ledger = Ledger(by, cut)
    paused = run(at("2026-01-01T12:00"), at("2026-01-03"), 1)
    ledger.paused.append(paused)
    assert list(ledger.missing()) == [(cut[0], [paused]), (cut[1], [paused])]


def test_a_run_of_no_time_is_passed_over() -> None:
    ledger = Ledger(["User"], window_parts(YEAR, ["User"], ZURICH))
    ledger.add([run(YEAR.start, YEAR.start, 0), run(YEAR.start, YEAR.start + 5, user="bob")])
    assert dict(ledger.totals) == {("bob",): {"cpu": 10}}


def test_what_does_not_meet_is_passed_over() -> None:
    found = [run(0, 1, account="art"), run(0, 2)]
    assert list(meeting(found, {"Account": frozenset({"physics"})}, set())) == found[1:]


def test_an_account_with_a_limit_that_used_nothing_of_it() -> None:
    totals = totals_of({("art",): {"cpu": 1}})
    for used in ({}, {"art": {"mem": 5}}):
        limits = Limits({"art": {"cpu": 1}}, used)
        (found,) = Rows(totals, ["Account"], "seconds", limits)
        assert (found["Limit"], found["LimitUsed"], found["Percent"]) == (60, 0, 0)
    assert of_branches({"art": {"cpu": 1}}, {"art": ["art", "oil"]}) == {"art": {"cpu": 1}}


def test_limits_stand_beside_the_use_of_the_account_and_all_below_it() -> None:
    totals = totals_of(
        {("optics",): {"cpu": 60}, ("Physics",): {"cpu": 90, "mem": 1}, ("art",): {"cpu": 1}}
    )
    trees = {"physics": ["physics", "optics"], "art": ["art"]}
    used = of_branches(totals.per_value(0), trees)
    assert used == {"physics": {"cpu": 150, "mem": 1}, "art": {"cpu": 1}}
    limits = Limits({"physics": {"cpu": 8}, "art": {"cpu": 0}}, used)
    keys = ("Account", "TRES", "Limit", "LimitUsed", "Percent")
    found = Rows(totals, ["Account"], "seconds", limits)
    assert [[row[key] for key in keys] for row in found] == [
        ["Physics", "cpu", 480, 150, 31.2],
        ["Physics", "mem", None, None, None],
        ["art", "cpu", 0, 1, None],
        ["optics", "cpu", None, None, None],
    ]


@pytest.mark.parametrize(
    ("number", "divisor", "quotient", "text"),
    [
        (25, 2, 12.5, "12.50"),
        (24, 2, 12, "12"),
        (1, 300, 0.0, "0.00"),
        (5, 1000, 0.0, "0.00"),
        (15, 1000, 0.02, "0.02"),
        (25, 1000, 0.02, "0.02"),
        (2999, 1000, 3.0, "3.00"),
        (2**63, 60, 153722867280912930.13, "153722867280912928.00"),
    ],
)
def test_numbers_are_whole_or_rounded_half_to_even(
    number: int, divisor: int, quotient: float, text: str
) -> None:
    short = rounded(number, divisor, AMOUNT)
    assert (short, type(short)) == (quotient, type(quotient))
    assert AMOUNT.text(short) == text


@given(st.integers(0, 2**50), st.integers(1, 2**30))
def test_rounding_is_that_of_fractions(number: int, divisor: int) -> None:
    assert rounded(number, divisor, AMOUNT) == float(round(Fraction(number, divisor), 2))


def test_a_percentage_always_has_a_decimal() -> None:
    assert [PERCENT.text(value) for value in (100, 33.3, 0, None)] == ["100.0", "33.3", "0.0", ""]
