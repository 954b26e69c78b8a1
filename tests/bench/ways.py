"""What benchmarks are, and what all of them need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from .bounds import Bound
from .measure import ROUNDS, Way
from .place import Place
from .site import Site

SMALL, LARGE = 100, 1000
"""Accounts of the sites; each has 20 associations of users."""
EXECUTORS = {"rest": "over REST", "cli": "over the commands"}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One row of the table of benchmarks.

    ways      what it compares; its docstring is the title and the note
    accounts  of the sites on which it runs, one after the other; 0 is an empty cluster
    bounds    what is promised of it
    """

    ways: Callable[[Place], list[Way]]
    accounts: tuple[int, ...] = (0,)
    rounds: int = ROUNDS
    bounds: tuple[Bound, ...] = ()

    @property
    def name(self) -> str:
        """Return the word by which it is run."""
        return self.ways.__name__


def ours(executor: str, words: str) -> str:
    """Return the label of the program's way."""
    return f"`slurmctl-rest {words}` {EXECUTORS[executor]}"


def a_site(place: Place) -> Site:
    """Return the site of a benchmark that needs one."""
    if place.site is None:
        raise RuntimeError("it needs a site")
    return place.site


def of_program(place: Place, sentences: Sequence[str]) -> list[Way]:
    """Return the ways of sentences over each executor."""
    return [
        Way(ours(executor, words), partial(place.program, executor, *words.split()))
        for words in sentences
        for executor in EXECUTORS
    ]
