"""Progress on a terminal's stderr, once a command takes more than a second.

One line that is written over and in the end erased. A thread draws it, because the program itself
waits for Slurm meanwhile; rich would redirect the streams for it, and take 50 ms to load.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TextIO

from slurmctl_rest.backends.concurrency import started
from slurmctl_rest.model.command import SentCommand

FIRST, TICK = 1.0, 0.1
"""Seconds before the line is shown, and between two drawings of it."""

ERASE = "\r\x1b[K"
SPINNER = "|/-\\"
INTERRUPTED = "interrupted: waiting for the running request (again: end at once)"


class Progress:
    """The line. Nothing of it is ever written where there is no `stream` for it."""

    def __init__(self) -> None:
        """Nothing is shown until `stream` is set, to a terminal, and something begins."""
        self.stream: TextIO | None = None
        self.columns = 80
        self.silent = False
        """Whether rows are being printed: the line would stand among them."""
        self.writes = 0
        """How many writes there will be."""
        self._sent = 0
        self._doing = ""
        self._urgent = False
        self._shown = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def on_command(self, command: SentCommand) -> None:
        """Note what is under way from now on."""
        if command.writes:
            self._sent += 1
            many = f" {self._sent} of {self.writes}" if self.writes > 1 else ""
            self.begin(f"writing{many}")
        else:
            self.begin(_doing(command))

    def begin(self, doing: str) -> None:
        """Say what is going on, from the first second on since something has begun."""
        self._doing = doing
        if self.stream is not None and self._thread is None and not self.silent:
            self._over.clear()
            self._thread = started(partial(self._draw, self.stream), "progress")

    def interrupted(self) -> None:
        """Say why it does not end at once. Called by a signal's handler: it takes no lock."""
        self._doing, self._urgent = INTERRUPTED, True

    def end(self) -> None:
        """Erase the line: something else is said now, or nothing more."""
        if self._thread is not None:
            self._over.set()
            self._thread.join()
            self._thread = None

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Erase the line for what is said meanwhile."""
        with self._lock:
            if self.stream is not None:
                self._erase(self.stream)
            yield

    def _draw(self, stream: TextIO) -> None:
        begin = time.monotonic()
        while not self._over.wait(TICK):
            took = time.monotonic() - begin
            if took < FIRST and not self._urgent:
                continue
            with self._lock, suppress(OSError):
                turn = SPINNER[int(took / TICK) % len(SPINNER)]
                text = f"{turn} {self._doing} ... {took:.0f} s"
                stream.write(f"{ERASE}{text[: self.columns - 1]}")
                stream.flush()
                self._shown = True
        with self._lock:
            self._erase(stream)

    def _erase(self, stream: TextIO) -> None:
        if self._shown:
            with suppress(OSError):
                stream.write(ERASE)
                stream.flush()
            self._shown = False


COUNTED_NOUNS = ("account", "association", "user", "cluster", "job")
NOUN_OF_PATH = {
    **{word: f"{noun}s" for noun in COUNTED_NOUNS for word in (noun, f"{noun}s")},
    "qos": "QOS",
    "tres": "TRES",
    "squeue": "jobs",
    "sacct": "jobs",
}
"""Words of command lines and of paths, and what is read with them."""


def _doing(command: SentCommand) -> str:
    words = command.argv or command.path.split("/")
    what = next((NOUN_OF_PATH[word] for word in words if word in NOUN_OF_PATH), "")
    return f"reading {what}" if what else "asking Slurm"
