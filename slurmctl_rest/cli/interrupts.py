"""Ctrl-C and SIGTERM: at once while nothing is written, in good order once something is.

A request that has been sent is not undone by looking away from it. So the first signal in the
middle of a write lets what is under way end (a request, or two), and keeps what has not been sent;
what was done is read back and said. A second signal ends at once, and a request that takes too long
is given up, with the word that it is not known whether it was done.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from slurmctl_rest.errors import Interrupted, SlurmctlError, Unreachable
from slurmctl_rest.planning import Outcome, subject

PATIENCE = 10.0
"""Seconds that the request under way has to end in, once it is interrupted."""

NOTHING = "interrupted; nothing was changed"


class Interrupts:
    """What the signals have said."""

    def __init__(self) -> None:
        """Nobody has interrupted anything yet."""
        self.pending = False
        """A signal has come in the middle of a write."""
        self.noted: Callable[[], object] = lambda: None
        """What is called then, in the signal's handler."""
        self._held = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear SIGINT and SIGTERM meanwhile, both as KeyboardInterrupt, but for `held`."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only there can signals be heard
            return
        handlers = {signal.SIGINT: self._hear, signal.SIGTERM: self._hear, signal.SIGALRM: _give_up}
        before = {
            number: signal.signal(number, handler)
            for number, handler in handlers.items()
            if signal.getsignal(number) is not signal.SIG_IGN  # started with nohup, or with &
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the first signal wait until this is over; it is `pending` then."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self.answered()

    def answered(self) -> None:
        """Note that no request is under way: nothing is to be given up."""
        if self.pending:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.pending or not self._held:
            raise KeyboardInterrupt
        self.pending = True
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        self.noted()


def _give_up(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise Interrupted("interrupted; sent, and no answer came", sent=True)


def not_sent() -> Interrupted:
    """Return the error of a request that is not made any more."""
    return Interrupted("interrupted; not sent")


def told(outcomes: Sequence[Outcome]) -> Interrupted:
    """Return the error that says what was done of a write, change by change."""
    asked = [o for o in outcomes if not o.change.implied_by and (o.change.changes or o.error)]
    sorts = {word: [o for o in asked if is_so(o.error)] for word, is_so in SORTS.items()}
    words = [f"{word}: {subject([o.change for o in sort])}" for word, sort in sorts.items() if sort]
    refused = [o.error.message for o in asked if o.error and not _is_of_any_sort(o.error)]
    if refused:
        words.append(f"failed: {'; '.join(dict.fromkeys(refused))}")
    unknown = sorts[UNKNOWN]
    hint = f"slurmctl-rest {unknown[0].change.entity.word} list shows it" if unknown else ""
    return Interrupted("; ".join(["interrupted", *words]), hint, sent=bool(unknown))


def _is_of_any_sort(error: SlurmctlError) -> bool:
    return any(is_so(error) for is_so in SORTS.values())


def is_unknown(error: SlurmctlError | None) -> bool:
    """Tell whether it was sent, but what came of it is not known."""
    return isinstance(error, Unreachable | Interrupted) and error.sent


def is_not_sent(error: SlurmctlError | None) -> bool:
    """Tell whether it was not sent any more."""
    return isinstance(error, Unreachable | Interrupted) and not error.sent


UNKNOWN = "not known whether done"
SORTS: Mapping[str, Callable[[SlurmctlError | None], bool]] = {
    "done": lambda error: error is None,
    "not done": is_not_sent,
    UNKNOWN: is_unknown,
}
"""What may have become of a change; the rest has failed."""
