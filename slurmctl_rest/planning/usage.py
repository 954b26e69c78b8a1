"""Usage: from the runs of jobs in a window to rows of a report.

All sums are whole TRES-seconds. Nothing is rounded before the last step, `Rows`, which rounds once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias

from slurmctl_rest.model import times
from slurmctl_rest.model.entities.usage import SECONDS_OF_UNIT, USAGE
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.numbers import AMOUNT, PERCENT, Amount
from slurmctl_rest.model.run import Counts, Run
from slurmctl_rest.model.times import Window, Zone

GroupKey: TypeAlias = tuple[str, ...]
"""The values of the fields that rows are grouped by, in the order asked for."""
SecondsOfGroup: TypeAlias = Mapping[GroupKey, int]
"""(*group, word for the TRES that were asked for) -> seconds."""


class WindowPart(NamedTuple):
    """A part of the window, with the day and the month that it is in."""

    window: Window
    day: str
    month: str


def window_parts(window: Window, by: Iterable[str], where: Zone) -> list[WindowPart]:
    """Cut the window where what the report is grouped by changes."""
    if "Day" in by:
        cut: Iterable[Window] = times.days(window, where)
    else:
        cut = times.months(window, where) if "Month" in by else [window]
    return [
        WindowPart(one, times.day_of(one.start, where), times.month_of(one.start, where))
        for one in cut
    ]


class Totals:
    """The use of groups.

    It is kept as seconds of what was asked for, and multiplied when it is looked at: 100,000 jobs
    ask for a few hundred different TRES.
    """

    def __init__(self, seconds: SecondsOfGroup, counts: Mapping[str, Counts]) -> None:
        """`counts` has what each word stands for."""
        self._seconds = seconds
        self._counts = counts

    def __iter__(self) -> Iterator[tuple[GroupKey, Counts]]:
        """Yield each group, sorted, with its TRES-seconds by TRES."""
        for group, keys in groupby(sorted(self._seconds), key=itemgetter(slice(-1))):
            yield group, self._multiplied((key[-1], self._seconds[key]) for key in keys)

    def per_tres(self) -> Counts:
        """Return what all groups together used of each TRES, sorted by name."""
        words: dict[str, int] = {}
        for key, seconds in self._seconds.items():
            words[key[-1]] = words.get(key[-1], 0) + seconds
        return dict(sorted(self._multiplied(words.items()).items()))

    def values(self, place: int) -> set[str]:
        """Return the values that stand at this place of the groups."""
        return {key[place] for key in self._seconds}

    def per_value(self, place: int) -> dict[str, Counts]:
        """Return what was used with each of the values that stand at this place of the groups.

        Example: {"physics": {"cpu": 7200, "mem": 14400000}}
        """
        key_of = itemgetter(place, -1)
        found: dict[GroupKey, int] = {}
        for key, seconds in self._seconds.items():
            short = key_of(key)
            found[short] = found.get(short, 0) + seconds
        return {value: sums for (value,), sums in Totals(found, self._counts)}

    def only(self, tres: Iterable[str]) -> Totals:
        """Return what was used of these TRES."""
        wanted = set(tres)
        kept = {
            word: {name: number for name, number in counts.items() if name in wanted}
            for word, counts in self._counts.items()
        }
        return Totals(self._seconds, kept)

    def _multiplied(self, seconds: Iterable[tuple[str, int]]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for word, number in seconds:
            for name, count in self._counts[word].items():
                sums[name] = sums.get(name, 0) + count * number
        return sums


class Ledger:
    """Sums up runs, part by part of the window."""

    def __init__(self, by: Sequence[str], cut: Sequence[WindowPart]) -> None:
        """`by` holds fields of USAGE; `cut` covers the window without gaps."""
        self.paused: list[Run] = []
        """Runs across several parts that paused, and are not counted yet: ask for each part."""
        self._cut = cut
        self._begins = [part.window.start for part in cut]
        self._key_of = itemgetter(*map(GROUPS_COUNTED.index, by), -1)
        self._seconds: dict[GroupKey, int] = {}
        self._words: dict[int, str] = {}
        self._counts: dict[str, Counts] = {}

    @property
    def totals(self) -> Totals:
        """Return what was counted so far."""
        return Totals(self._seconds, self._counts)

    def add(self, runs: Iterable[Run]) -> None:
        """Count runs, each in the parts that it is in."""
        for run in runs:
            _, _, _, _, _, _, start, end, elapsed, _ = run
            # A run that never began has no times (commands/output.py).
            if not elapsed:
                continue
            # The end is not in the run: one that ends at midnight is of the day before.
            first, last = self._at(start), self._at(end - 1)
            if first == last:
                self.count(run, self._cut[first], elapsed)
            elif run.suspended:
                # Only sacct knows in which seconds it paused: these are asked for part by part.
                self.paused.append(run)
            else:
                for part in self._cut[first : last + 1]:
                    inside = min(end, part.window.end) - max(start, part.window.start)
                    self.count(run, part, inside)

    def count(self, run: Run, part: WindowPart, seconds: int) -> None:
        """Count seconds of a run in one part."""
        _, _, account, user, qos, partition, _, _, _, tres = run
        # By identity: a mapping has no hash, and counts that are parsed from
        # the same text are the same object (backends/commands/output.py).
        word = self._words.get(id(tres)) or self._word(tres)
        key = self._key_of((account, user, qos, partition, part.day, part.month, word))
        self._seconds[key] = self._seconds.get(key, 0) + seconds

    def take(self, other: Ledger) -> None:
        """Count what another ledger of the same cut has counted."""
        self.paused += other.paused
        words = {word: self._word(counts) for word, counts in other._counts.items()}
        for key, seconds in other._seconds.items():
            mine = (*key[:-1], words[key[-1]])
            self._seconds[mine] = self._seconds.get(mine, 0) + seconds

    def missing(self) -> Iterator[tuple[WindowPart, list[Run]]]:
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
        return bisect_right(self._begins, moment, lo=1) - 1

    def _word(self, counts: Counts) -> str:
        """Return the word for these TRES; they are kept, so that no others get their id."""
        word = self._words.setdefault(id(counts), str(len(self._words)))
        self._counts[word] = counts
        return word


GROUPS_COUNTED = ("Account", "User", "QOS", "Partition", "Day", "Month")
"""The fields in the order in which `Ledger.count` has them."""


NAME_GROUPS = ("Account", "User", "QOS", "Partition")
"""The fields of a run that conditions name."""


def meeting(
    runs: Iterable[Run], where: Mapping[str, frozenset[str]], seen: set[tuple[str, str]]
) -> Iterator[Run]:
    """Yield the runs that meet the conditions, in any case; note in `seen` which names they bear.

    `where` holds names in lower case, by field.
    """
    tests = [(name, attrgetter(name.lower()), names) for name, names in where.items()]
    if not tests:
        yield from runs
        return
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


@dataclass(frozen=True, slots=True)
class Rows:
    """A row for each group and TRES that it used, sorted: each is made when it is shown.

    There may be some for every job. Here numbers are rounded.
    """

    totals: Totals
    by: Sequence[str]
    unit: str
    limits: Limits = NO_LIMITS

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, from the beginning each time."""
        whole = self.totals.per_tres()
        beside = _beside(self.limits, self.unit)
        for group, sums in self.totals:
            bearing = {**EMPTY_ROW, **dict(zip(self.by, group, strict=True))}
            limits = beside.get(str(bearing["Account"] or "").lower(), {})
            for tres, seconds in sorted(sums.items()):
                if seconds:
                    row = _row(tres, seconds, whole[tres], self.unit, bearing)
                    yield {**row, **limits[tres]} if tres in limits else row


def total_rows(totals: Totals, unit: str) -> list[Row]:
    """Return a row for each TRES, with what all groups used of it."""
    used = totals.per_tres()
    return [
        _row(name, seconds, seconds, unit, EMPTY_ROW) for name, seconds in used.items() if seconds
    ]


def branches(accounts: Iterable[Row]) -> dict[str, set[str]]:
    """Return of each account the names of all below it and its own, in lower case.

    Example: {"science": {"science", "physics"}, "physics": {"physics"}}

    `accounts` are the accounts' own rows on one cluster.
    """
    parents = {str(a["Account"]).lower(): str(a["Parent"] or "").lower() for a in accounts}
    found: dict[str, set[str]] = {name: set() for name in parents}
    for name in parents:
        above = name
        while above in found and name not in found[above]:
            found[above].add(name)
            above = parents[above]
    return found


def of_branches(
    accounts: Mapping[str, Counts], branches: Mapping[str, Iterable[str]]
) -> dict[str, Counts]:
    """Return what each account used with all below it; `branches` has these, itself included."""
    own: dict[str, list[Counts]] = {}
    for account, sums in accounts.items():
        own.setdefault(account.lower(), []).append(sums)
    return {
        account: _added(sums for one in below for sums in own.get(one, ()))
        for account, below in branches.items()
    }


def _added(several: Iterable[Counts]) -> Counts:
    whole: dict[str, int] = {}
    for sums in several:
        for name, seconds in sums.items():
            whole[name] = whole.get(name, 0) + seconds
    return whole


def rounded(number: int, divisor: int, kind: Amount) -> int | float:
    """Return the quotient: an integer where it is whole, else with the decimals of its kind.

    Half is rounded to even.
    """
    # Integers all the way: a float would lose seconds of sums above 2^53.
    if number % divisor == 0:
        return number // divisor
    shift: int = 10**kind.decimals
    short, rest = divmod(number * shift, divisor)
    return (short + (2 * rest > divisor or (2 * rest == divisor and short % 2))) / shift


def _row(
    tres: str, seconds: int, whole: int, unit: str, bearing: Mapping[str, str | None]
) -> dict[str, int | float | str | None]:
    return {
        **bearing,
        "TRES": tres,
        "Used": _in_unit(seconds, unit),
        "Seconds": seconds,
        "Share": rounded(100 * seconds, whole, PERCENT),
    }


EMPTY_ROW: Mapping[str, None] = {field.name: None for field in USAGE.fields}


def _beside(limits: Limits, unit: str) -> dict[str, dict[str, dict[str, int | float | None]]]:
    """Return what stands beside the use of an account that has a limit: by account and TRES.

    Example: {"physics": {"cpu": {"Limit": 1000, "LimitUsed": 20.5, "Percent": 2.1}}}
    """
    found: dict[str, dict[str, dict[str, int | float | None]]] = {}
    for account, minutes in limits.minutes.items():
        found[account] = {}
        for tres, most in minutes.items():
            if most is not None:
                used = limits.used.get(account, {}).get(tres, 0)
                found[account][tres] = {
                    "Limit": _in_unit(60 * most, unit),
                    "LimitUsed": _in_unit(used, unit),
                    "Percent": rounded(100 * used, 60 * most, PERCENT) if most else None,
                }
    return found


def _in_unit(seconds: int, unit: str) -> int | float:
    return rounded(seconds, SECONDS_OF_UNIT[unit], AMOUNT)
