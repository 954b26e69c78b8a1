"""A bounded cache: values that many rows share are read, or written, once."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(dict[K, V]):
    """A dict that begins anew where it is full."""

    def __setitem__(self, key: K, value: V) -> None:
        """Remember one more."""
        if len(self) >= MAX_ENTRIES:
            self.clear()
        super().__setitem__(key, value)


MAX_ENTRIES = 10_000
"""What is remembered of one thing: there are columns in which no two rows are alike."""
