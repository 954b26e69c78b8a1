"""Several things at once: their order, their number, their errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from slurmctl_rest.backends.concurrency import TASKS_AHEAD, run_in_order, started


def test_results_come_in_the_order_of_the_tasks_whoever_is_first() -> None:
    second = threading.Event()

    def slow() -> str:
        assert second.wait(10)
        return "first"

    def quick() -> str:
        second.set()
        return "second"

    assert list(run_in_order([slow, quick, lambda: "third"], 2)) == ["first", "second", "third"]


def test_no_more_run_at_once_than_may() -> None:
    running, most, lock = 0, 0, threading.Lock()
    meeting = threading.Barrier(3)

    def task() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meeting.wait(10)  # three are there, or this fails
        with lock:
            running -= 1

    assert list(run_in_order([task] * 9, 3)) == [None] * 9
    assert most == 3


def test_the_first_error_is_raised_in_its_turn_and_nothing_more_begins() -> None:
    begun: list[int] = []

    def tasks() -> Iterator[object]:
        for number in range(50):
            begun.append(number)
            yield lambda number=number: 1 // (1 - number)

    found: list[int] = []
    with pytest.raises(ZeroDivisionError):
        found.extend(run_in_order(tasks(), 1))  # type: ignore[arg-type]
    assert found == [1]
    assert len(begun) <= 1 + TASKS_AHEAD


def test_who_has_enough_begins_no_more() -> None:
    ran: list[int] = []
    results = run_in_order([lambda n=n: ran.append(n) for n in range(100)], 1)  # type: ignore[misc]
    next(results)
    results.close()  # type: ignore[attr-defined]
    for thread in threading.enumerate():
        if thread.name == "reading":
            thread.join(10)
    assert len(ran) <= 1 + TASKS_AHEAD


def test_nobody_waits_for_a_thread_at_the_end_and_no_signal_reaches_it() -> None:
    masks: list[set[int]] = []
    import signal  # noqa: PLC0415

    thread = started(lambda: masks.append({*signal.pthread_sigmask(signal.SIG_BLOCK, ())}), "x")
    thread.join(10)
    assert thread.daemon
    assert {signal.SIGINT, signal.SIGTERM} <= masks[0]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
