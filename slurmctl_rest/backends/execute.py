"""Sending batches of changes, one after the other or beside each other, and what became of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import partial
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from slurmctl_rest.backends.concurrency import run_in_order
from slurmctl_rest.errors import REPEAT, Interrupted, SlurmctlError, Unanswered, Unreachable
from slurmctl_rest.model import rights
from slurmctl_rest.model.change import Outcome, RowChange, subject
from slurmctl_rest.model.reasons import LEVEL_NEEDED


class Batch(Protocol):
    """A request or a command line, with the changes that it carries."""

    @property
    def changes(self) -> tuple[RowChange, ...]:
        """Return the changes that fail where it fails."""

    @property
    def parallel_safe(self) -> bool:
        """Tell whether it may be sent together with those next to it that may, too."""


C = TypeVar("C", bound=Batch)


class BatchBuilder(Generic[C]):
    """Builds the batches of changes once, so that those shown before the question are sent."""

    def __init__(self, build: Callable[[Sequence[RowChange]], list[C]]) -> None:
        """`build` makes the carriers of changes."""
        self._build = build
        self._changes: list[RowChange] = []
        self._carriers: list[C] = []

    def batches(self, changes: Sequence[RowChange]) -> list[C]:
        """Return what carries these changes; where they were asked for last, the same."""
        if [*map(id, changes)] != [*map(id, self._changes)]:
            self._carriers = self._build(changes)
            self._changes = [*changes]
        return self._carriers


def execute(
    changes: Sequence[RowChange],
    carriers: Iterable[C],
    send: Callable[[C], object],
    at_once: int = 1,
) -> list[Outcome]:
    """Send each carrier; one that fails fails the changes it carries, and no others.

    Batches whose changes have all failed are not sent. If one gets no answer, those under way end
    and no more are sent: each would wait as long, and leave one more result to find out about.
    `at_once`: how many of the parallel-safe ones are under way together, each in a thread.
    """
    begun: set[int] = set()
    failed: dict[int, SlurmctlError] = {}
    missed: list[SlurmctlError] = []

    def sent(carrier: C) -> SlurmctlError | None:
        try:
            if missed:
                raise _not_sent(carrier.changes, missed[0])
            send(carrier)
        except SlurmctlError as error:
            if isinstance(error, Unreachable):
                missed.append(error)
            if error.hint == LEVEL_NEEDED:
                error.hint = rights.remedy(carrier.changes)
            return error
        return None

    for group in _parallel_groups(carriers, at_once):
        going = [
            one for one in group if not one.changes or any(id(c) not in failed for c in one.changes)
        ]
        for carrier, error in zip(going, _all_sent(going, sent, at_once), strict=True):
            if error is None:
                begun.update(map(id, carrier.changes))
                continue
            # Rows of many kinds are added bare, and their
            # values follow (changeset.py): the row is there.
            partly = _partly(error)
            failed |= {
                id(change): partly if id(change) in begun and change.action == "add" else error
                for change in carrier.changes
            }
    return [Outcome(change, failed.get(id(change))) for change in changes]


def _parallel_groups(carriers: Iterable[C], at_once: int) -> Iterator[list[C]]:
    """Yield the carriers in their order: together those that may be sent so, each other alone."""
    for parallel_safe, some in groupby(carriers, lambda one: one.parallel_safe and at_once > 1):
        if parallel_safe:
            yield list(some)
        else:
            yield from ([one] for one in some)


def _all_sent(
    carriers: Sequence[C], sent: Callable[[C], SlurmctlError | None], at_once: int
) -> Iterator[SlurmctlError | None]:
    """Yield what became of each carrier; where we are told to wait no longer, that of the rest."""
    if len(carriers) == 1:
        yield sent(carriers[0])
        return
    under_way: set[int] = set()

    def task(carrier: C) -> SlurmctlError | None:
        under_way.add(id(carrier))
        return sent(carrier)

    waited_for = deque(carriers)
    try:
        for found in run_in_order((partial(task, one) for one in carriers), at_once):
            waited_for.popleft()
            yield found
    except Interrupted as error:
        for one in waited_for:
            yield error if id(one) in under_way else _not_sent(one.changes, error)


def _partly(error: SlurmctlError) -> SlurmctlError:
    """Return the error for what was added, and has not got its values."""
    if isinstance(error, Unreachable):
        return Unanswered(error.message, error.hint, http_status=error.http_status)
    partly = copy(error)
    partly.message = f"added, but without all of its values: {error.message}"
    partly.args, partly.sent = (partly.message,), True
    return partly


def _not_sent(changes: Sequence[RowChange], because: SlurmctlError) -> Unreachable:
    return Unreachable(
        f"{subject(changes)}: not sent, because an earlier request failed: {because.message}",
        REPEAT,
        retryable=True,
        sent=False,
    )


R = TypeVar("R")


def tried(ask: Callable[[], R]) -> R | SlurmctlError:
    """Return what is answered, or the error that came instead."""
    try:
        return ask()
    except SlurmctlError as error:
        return error
