"""Whether and when a request or a command is repeated, for both executors.

A question is asked again if Slurm may recover in a moment. A write is sent again only if it is
certain that nothing of it was done (`SlurmctlError.sent` is false). A write whose answer was lost
(`Unanswered`) is read back instead (cli/verify.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from slurmctl_rest.errors import SlurmctlError, Unreachable

R = TypeVar("R")

BACKOFF_S = (0.25, 0.5, 1.0, 2.0)
"""Seconds before each further try: a daemon that is restarted is back within four (the lab).

A daemon that is not back by then is down, and people and cron scripts want to hear of it.
"""


LAST_TRY_BEFORE_S = 5.0
"""Seconds within which the last try begins: a client that fails late has repeated by itself.

slurmctld's clients do so for 9 to 12 s where it is down.
"""


def with_retry(
    ask: Callable[[], R], *, writes: bool, until: float, waits: Sequence[float] = BACKOFF_S
) -> R:
    """Return what is answered, asking again where that is safe; the last error otherwise.

    `until`: the moment of time.monotonic() at which the patience of the profile ends.
    """
    until = min(until, time.monotonic() + LAST_TRY_BEFORE_S)
    for wait in waits:
        try:
            return ask()
        except Unreachable as error:
            if not may_repeat(error, writes=writes) or time.monotonic() + wait > until:
                raise
        pause(wait)
    return ask()


def pause(seconds: float) -> None:
    """Wait before another try; the one place, so that tests need not."""
    time.sleep(seconds)


def may_repeat(error: SlurmctlError, *, writes: bool) -> bool:
    """Tell whether the same may be sent once more after this error."""
    # `sent` is false where a daemon or the system says that nothing of it was done.
    return error.retryable and not (writes and error.sent)
