"""What is promised of the figures. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from .measure import Figures

Sizes: TypeAlias = Mapping[int, Figures]
"""Accounts of the site -> what each way takes there."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of promise.

    words   how it reads, with its limit
    number  of what is found, the way meant and the label beside it; what the limit is held against
    holds   whether a number keeps a limit
    worst   which number of several counts
    """

    words: str
    number: Callable[[Sizes, str, str], float]
    holds: Callable[[float, float], bool]
    worst: Callable[[Iterable[float]], float] = max


@dataclass(frozen=True, slots=True)
class Bound:
    """One promise: it is to hold of each of the ways, and where there is one, beside another."""

    kind: Kind
    limit: float
    ways: tuple[str, ...]
    beside: str = ""

    def words(self) -> str:
        """Return the promise."""
        return self.kind.words.format(self.limit, self.beside)

    def verdict(self, sizes: Sizes) -> str:
        """Return the worst number; bold where it does not keep the promise."""
        number = self.kind.worst(self.kind.number(sizes, way, self.beside) for way in self.ways)
        return f"{number:.1f}" if self.kind.holds(number, self.limit) else f"**{number:.1f}**"


def largest(sizes: Sizes) -> Figures:
    """Return the figures of the largest site."""
    return sizes[max(sizes)]


def times(sizes: Sizes, way: str, beside: str) -> float:
    """Return how many times the seconds of another a way takes."""
    return largest(sizes)[way].seconds / largest(sizes)[beside].seconds


def as_fast(sizes: Sizes, way: str, beside: str) -> float:
    """Return how many times as fast as another a way is."""
    return times(sizes, beside, way)


def seconds_above(sizes: Sizes, way: str, beside: str) -> float:
    """Return how many seconds more than another a way takes."""
    return largest(sizes)[way].seconds - largest(sizes)[beside].seconds


def megabytes(sizes: Sizes, way: str, beside: str = "") -> float:
    """Return what a way holds in memory."""
    return largest(sizes)[way].megabytes or 0


def growth(sizes: Sizes, way: str, beside: str = "") -> float:
    """Return how many times as long a way takes on the largest site as on the smallest."""
    return largest(sizes)[way].seconds / sizes[min(sizes)][way].seconds


UNDER = Kind("under {:g} times {}", times, operator.lt)
FASTER = Kind("at least {:g} times as fast as {}", as_fast, operator.ge, min)
ABOVE = Kind("under {:g} s above {}", seconds_above, operator.lt)
MEMORY = Kind("under {:g} MB", megabytes, operator.lt)
GROWTH = Kind("on ten times the rows, at most {:g} times as long", growth, operator.le)
