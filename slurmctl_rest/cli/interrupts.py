"""Ctrl-C, SIGTERM and a terminal that goes: at once while nothing is written, else in good order.

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

from slurmctl_rest.backends import process
from slurmctl_rest.errors import Interrupted, SlurmctlError, Unreachable
from slurmctl_rest.model.change import Outcome, subject

FINISH_TIMEOUT_S = 10.0
"""Seconds that the request under way has to end, once it is interrupted."""

NOTHING_CHANGED = "interrupted; nothing was changed"


ENDING_SIGNALS_HERE = (*process.ENDING_SIGNALS, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU)
"""Signals that end a program which does not hear them, and that somebody sends: batch systems warn
with SIGUSR1 (sbatch --signal), and `ulimit -t` with SIGXCPU."""

IMPATIENT = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGQUIT})
"""Signals that end it at once where they come second. SIGHUP is none of them: of one terminal that
goes it comes from the kernel and from the shell, and from systemd right after SIGTERM."""


class Interrupts:
    """The signals that have come, and how they are handled."""

    def __init__(self) -> None:
        """Nobody has interrupted anything yet."""
        self.pending = False
        """A signal has come in the middle of a write."""
        self.on_interrupt: Callable[[], object] = lambda: None
        """Called then, in the signal's handler."""
        self._held = False
        self._recording = False

    @contextmanager
    def handling_signals(self) -> Iterator[None]:
        """Hear the signals meanwhile, all of them as KeyboardInterrupt, but for `held`."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only there can signals be heard
            return
        handlers = {
            **dict.fromkeys(ENDING_SIGNALS_HERE, self._on_signal),
            signal.SIGALRM: self._give_up,
        }
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
    def deferred(self) -> Iterator[None]:
        """Let the first signal wait until this is over; it is `pending` then."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self.answered()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Let every signal wait: no signal may interrupt a record of the audit trail."""
        self.answered()
        self._recording = True
        try:
            yield
        finally:
            self._recording = False

    def answered(self) -> None:
        """Note that no request is under way: nothing is to be given up."""
        if self.pending:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        if not (self._held or self._recording or self.pending):
            raise KeyboardInterrupt
        if self.pending:
            if number in IMPATIENT and not self._recording:
                raise KeyboardInterrupt
            return
        self.pending = True
        if not self._recording:
            signal.setitimer(signal.ITIMER_REAL, FINISH_TIMEOUT_S)
        self.on_interrupt()

    def _give_up(self, number: int, frame: FrameType | None) -> None:
        if not self.pending:  # not our alarm: somebody has set one, and started us
            self._on_signal(number, frame)
        elif not self._recording:
            raise Interrupted("interrupted; sent, and no answer came", sent=True)


def not_sent() -> Interrupted:
    """Return the error of a request that is not made any more."""
    return Interrupted("interrupted; not sent")


def interrupted_write(outcomes: Sequence[Outcome]) -> Interrupted:
    """Return the error that tells what was done of a write, change by change."""
    unknown = [outcome for outcome in outcomes if is_unknown(outcome.error)]
    hint = f"slurmctl-rest {unknown[0].change.entity.word} list shows the state" if unknown else ""
    words = summary(outcomes)
    return Interrupted("; ".join(["interrupted", *words]), hint, sent=bool(unknown))


def summary(outcomes: Sequence[Outcome]) -> list[str]:
    """Return what became of a write: which changes are done, which are not, and what has failed."""
    asked = [o for o in outcomes if not o.change.cascade_of and (o.change.changes or o.error)]
    sorts = {word: [o for o in asked if is_so(o.error)] for word, is_so in SORTS.items()}
    words = [f"{word}: {subject([o.change for o in sort])}" for word, sort in sorts.items() if sort]
    refused = [o.error.message for o in asked if o.error and not _is_of_any_sort(o.error)]
    if refused:
        words.append(f"failed: {'; '.join(dict.fromkeys(refused))}")
    return words


def _is_of_any_sort(error: SlurmctlError) -> bool:
    return any(is_so(error) for is_so in SORTS.values())


def is_unknown(error: SlurmctlError | None) -> bool:
    """Tell whether it was sent, but what came of it is not known."""
    return isinstance(error, Unreachable | Interrupted) and error.sent


def is_not_sent(error: SlurmctlError | None) -> bool:
    """Tell whether it was not sent any more."""
    return isinstance(error, Unreachable | Interrupted) and not error.sent


NOT_KNOWN = "not known whether done"
SORTS: Mapping[str, Callable[[SlurmctlError | None], bool]] = {
    "done": lambda error: error is None,
    "not done": is_not_sent,
    NOT_KNOWN: is_unknown,
}
"""Possible fates of a change; the rest has failed."""
