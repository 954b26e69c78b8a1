"""Connections to one slurmrestd: each is one thread's at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from slurmctl_rest.backends.rest.transport import Transport


class Connections:
    """The first connection, and those beside it, which are opened where several threads ask."""

    def __init__(self, first: Transport) -> None:
        """`first` is for whoever asks alone."""
        self.first = first
        self._all = [first]
        self._free: SimpleQueue[Transport] = SimpleQueue()
        self._free.put(first)

    def opened(self, least: int) -> int:
        """See that there are so many; return how many there are."""
        while len(self._all) < least:
            self._all.append(self.first.beside())
            self._free.put(self._all[-1])
        return len(self._all)

    @contextmanager
    def one(self) -> Iterator[Transport]:
        """Take one that no other thread has taken; wait until there is one."""
        transport = self._free.get()
        try:
            yield transport
        finally:
            self._free.put(transport)

    def close(self) -> None:
        """Close them all."""
        for transport in self._all:
            transport.close()
