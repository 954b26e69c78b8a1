"""Usage: from the runs of jobs in a window to rows of a report.

All sums are whole TRES-seconds. Nothing is rounded before the last step, `rows`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from slurmctl_rest.model import times
from slurmctl_rest.model.entities.usage import SECONDS_OF_UNIT, USAGE
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds import AMOUNT, PERCENT, SHARE, Amount
from slurmctl_rest.model.times import Window, Zone

Counts: TypeAlias = Mapping[str, int]
"""TRES -> count, or TRES -> TRES-seconds."""
Group: TypeAlias = tuple[str, ...]
"""What rows are grouped by: the values of the fields, in the order asked for."""
Totals: TypeAlias = Mapping[Group, Counts]
"""Group -> TRES -> TRES-seconds."""


class Run(NamedTuple):
    """One run of a job, cut to a window; a job that was requeued has several.

    number   slurmdbd's number of the run
    elapsed  seconds between start and end without those in which it was suspended
    """

    number: str
    job: str
    account: str
    user: str
    qos: str
    partition: str
    start: int
    end: int
    elapsed: int
    tres: Counts

    @property
    def suspended(self) -> bool:
        """Tell whether it paused, so that it is not known when it ran."""
        return self.elapsed != self.end - self.start


class Part(NamedTuple):
    """A part of the window, with the day and the month that it is in."""

    window: Window
    day: str
    month: str


def parts(window: Window, by: Iterable[str], where: Zone) -> list[Part]:
    """Cut the window where what the report is grouped by changes."""
    if "Day" in by:
        cut: Iterable[Window] = times.days(window, where)
    else:
        cut = times.months(window, where) if "Month" in by else [window]
    return [
        Part(one, times.day_of(one.start, where), times.month_of(one.start, where)) for one in cut
    ]


class Ledger:
    """Sums up runs, part by part of the window."""

    def __init__(self, by: Sequence[str], cut: Sequence[Part]) -> None:
        """`by` holds fields of USAGE; `cut` covers the window without gaps."""
        self.paused: list[Run] = []
        """Runs across several parts that paused, and are not counted yet: ask for each part."""
        self._cut = cut
        self._begins = [part.window.start for part in cut]
        self._names = by
        # 100,000 jobs ask for a few hundred different TRES: these are multiplied at the end.
        self._seconds: dict[tuple[Group, int], int] = {}
        self._counts: dict[int, Counts] = {}

    @property
    def totals(self) -> Totals:
        """Return what was counted so far."""
        totals: dict[Group, dict[str, int]] = {}
        for (group, key), seconds in self._seconds.items():
            sums = totals.setdefault(group, {})
            for name, number in self._counts[key].items():
                sums[name] = sums.get(name, 0) + number * seconds
        return totals

    def add(self, runs: Iterable[Run]) -> None:
        """Count runs, each in the parts that it is in."""
        for run in runs:
            if not run.elapsed:
                continue
            first, last = self._at(run.start), self._at(run.end - 1)
            if first == last:
                self.count(run, self._cut[first], run.elapsed)
            elif run.suspended:
                self.paused.append(run)
            else:
                for part in self._cut[first : last + 1]:
                    inside = min(run.end, part.window.end) - max(run.start, part.window.start)
                    self.count(run, part, inside)

    def count(self, run: Run, part: Part, seconds: int) -> None:
        """Count seconds of a run in one part."""
        values = {
            "Account": run.account,
            "User": run.user,
            "QOS": run.qos,
            "Partition": run.partition,
            "Day": part.day,
            "Month": part.month,
        }
        key = tuple([values[name] for name in self._names]), id(run.tres)
        self._counts[key[1]] = run.tres  # kept, so that no other one gets its id
        self._seconds[key] = self._seconds.get(key, 0) + seconds

    def missing(self) -> Iterator[tuple[Part, list[Run]]]:
        """Yield each part with the paused runs that reach into it."""
        for part in self._cut:
            here = [
                run
                for run in self.paused
                if run.start < part.window.end and run.end > part.window.start
            ]
            if here:
                yield part, here

    def _at(self, moment: int) -> int:
        return max(bisect_right(self._begins, moment) - 1, 0)


NAMES = ("Account", "User", "QOS", "Partition")
"""The fields of a run that conditions name."""


def meeting(
    runs: Iterable[Run], where: Mapping[str, frozenset[str]], seen: set[tuple[str, str]]
) -> Iterator[Run]:
    """Yield the runs that meet the conditions, in any case; note in `seen` which names they bear.

    `where` holds names in lower case, by field.
    """
    tests = [(name, attrgetter(name.lower()), names) for name, names in where.items()]
    for run in runs:
        for _, value_of, names in tests:
            if value_of(run).lower() not in names:
                break
        else:
            seen.update((name, value_of(run).lower()) for name, value_of, _ in tests)
            yield run


@dataclass(frozen=True, slots=True)
class Limits:
    """GrpTRESMins of accounts, and what each of them has used with all below it: TRES-seconds."""

    minutes: Mapping[str, Mapping[str, int | None]]
    used: Mapping[str, Counts]


NO_LIMITS = Limits({}, {})


def rows(totals: Totals, by: Sequence[str], unit: str, limits: Limits = NO_LIMITS) -> list[Row]:
    """Return a row for each group and TRES that it used, sorted; here numbers are rounded."""
    whole = per_tres(totals)
    found: list[Row] = []
    for group in sorted(totals):
        for tres, seconds in sorted(totals[group].items()):
            if seconds:
                row = {
                    **_row(tres, seconds, whole[tres], unit),
                    **dict(zip(by, group, strict=True)),
                }
                found.append({**row, **_limit(str(row["Account"]), tres, unit, limits)})
    return found


def total_rows(totals: Totals, unit: str) -> list[Row]:
    """Return a row for each TRES, with what all groups used of it."""
    return [_row(n, seconds, seconds, unit) for n, seconds in per_tres(totals).items() if seconds]


def only(totals: Totals, tres: Iterable[str]) -> Totals:
    """Return what was used of these TRES."""
    wanted = set(tres)
    return {
        group: {name: seconds for name, seconds in sums.items() if name in wanted}
        for group, sums in totals.items()
    }


def per_tres(totals: Totals) -> Counts:
    """Return what all groups together used of each TRES, sorted by name."""
    whole: dict[str, int] = {}
    for sums in totals.values():
        for name, seconds in sums.items():
            whole[name] = whole.get(name, 0) + seconds
    return dict(sorted(whole.items()))


def of_branches(
    totals: Totals, by: Sequence[str], branches: Mapping[str, Iterable[str]]
) -> dict[str, Counts]:
    """Return what each account used with all below it; `branches` has these, itself included."""
    at = by.index("Account")
    own: dict[str, list[Counts]] = {}
    for group, sums in totals.items():
        own.setdefault(group[at].lower(), []).append(sums)
    return {
        account: per_tres(
            {(str(n),): sums for n, sums in enumerate(s for b in below for s in own.get(b, ()))}
        )
        for account, below in branches.items()
    }


def rounded(number: int, divisor: int, kind: Amount) -> int | float:
    """Return the quotient: an integer where it is whole, else with the decimals of its kind.

    Half is rounded to even.
    """
    if number % divisor == 0:
        return number // divisor
    shift: int = 10**kind.decimals
    short, rest = divmod(number * shift, divisor)
    return (short + (2 * rest > divisor or (2 * rest == divisor and short % 2))) / shift


def _row(tres: str, seconds: int, whole: int, unit: str) -> dict[str, int | float | str | None]:
    return {
        **NOTHING,
        "TRES": tres,
        "Used": _in_unit(seconds, unit),
        "Seconds": seconds,
        "Share": rounded(100 * seconds, whole, SHARE),
    }


NOTHING: Mapping[str, None] = {field.name: None for field in USAGE.fields}


def _limit(account: str, tres: str, unit: str, limits: Limits) -> dict[str, int | float | None]:
    """Return the limit of an account beside its use; nothing where it has none."""
    minutes = limits.minutes.get(account.lower(), {}).get(tres)
    if minutes is None:
        return {}
    used = limits.used.get(account.lower(), {}).get(tres, 0)
    percent = rounded(100 * used, 60 * minutes, PERCENT) if minutes else None
    return {
        "Limit": _in_unit(60 * minutes, unit),
        "LimitUsed": _in_unit(used, unit),
        "Percent": percent,
    }


def _in_unit(seconds: int, unit: str) -> int | float:
    return rounded(seconds, SECONDS_OF_UNIT[unit], AMOUNT)
