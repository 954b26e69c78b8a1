"""Several things at once, in threads that no signal reaches and nobody waits for at the end."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

from slurmctl_rest.backends.process import ENDING_SIGNALS

R = TypeVar("R")


def started(act: Callable[[], object], name: str) -> threading.Thread:
    """Begin something in a thread of its own; the program does not wait for its end.

    The thread inherits the mask: signals are for the one that waits.
    """
    thread = threading.Thread(target=act, name=name, daemon=True)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    try:
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return thread


def run_in_order(tasks: Iterable[Callable[[], R]], at_once: int) -> Iterator[R]:
    """Yield what the tasks return, in their order, while up to so many of them run.

    The first error is raised, in its turn, and then no further task begins; nor where the caller
    has enough.
    """
    gate, over = threading.Semaphore(at_once), threading.Event()
    under_way: deque[SimpleQueue[R | _Failed]] = deque()
    try:
        for task in tasks:
            under_way.append(_begun(task, gate, over))
            # Tasks are begun as results are taken: of a long
            # list never more than a few parts are held.
            if len(under_way) >= TASKS_AHEAD * at_once:
                yield _result(under_way.popleft())
        while under_way:
            yield _result(under_way.popleft())
    finally:
        over.set()


TASKS_AHEAD = 2
"""Tasks that run or wait, for each that may run: one that takes long does not hold all up."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """An error that a task raised, as opposed to one that it returned."""

    error: BaseException


def _begun(
    task: Callable[[], R], gate: threading.Semaphore, over: threading.Event
) -> SimpleQueue[R | _Failed]:
    box: SimpleQueue[R | _Failed] = SimpleQueue()

    def act() -> None:
        with gate:
            if over.is_set():
                return
            try:
                box.put(task())
            except BaseException as error:  # noqa: BLE001  (it is raised where it is waited for)
                box.put(_Failed(error))

    started(act, "asking")
    return box


def _result(box: SimpleQueue[R | _Failed]) -> R:
    found = box.get()
    if isinstance(found, _Failed):
        raise found.error
    return found
