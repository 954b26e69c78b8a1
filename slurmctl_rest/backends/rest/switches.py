"""Evidence that the switches of queries reach slurmrestd.

It warns of a parameter that it does not know, but a server between may drop one without a word.
slurmrestd also warns of a switch, and complains of a time, that comes twice (every version; a lab
test shows it). So where an answer could look the same without a switch, it is asked that way once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from urllib.parse import urlencode

from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.errors import Unsupported

Echoes = Callable[[Request], Set[str]]
"""Sends a request, and returns the parameters that the answer complains of."""


class Switches:
    """Remembers which switches have been seen to arrive."""

    def __init__(self, echoes: Echoes, *, wanted: bool) -> None:
        """`wanted`: false if the profile turns the check off."""
        self._echoes = echoes
        self._wanted = wanted
        self._seen: set[tuple[str, str]] = set()

    def check(self, path: str, names: Iterable[str], where: Mapping[str, str] = {}) -> None:
        """Raise Unsupported where a parameter of this path does not reach slurmrestd.

        `where`: conditions that keep the answer short.
        """
        new = [name for name in names if (path, name) not in self._seen and self._wanted]
        while new:  # some it complains of one by one
            query = [*where.items(), *((name, value) for name in new for value in TWICE)]
            # In the path: a mapping of parameters cannot hold one twice.
            found = self._echoes(Request("GET", f"{path}?{urlencode(query)}"))
            self._seen |= {(path, name) for name in new if name in found}
            left = [name for name in new if name not in found]
            if left != new:
                new = left
                continue
            raise Unsupported(
                f"'{new[0]}' does not reach slurmrestd, so its answer may be to another request "
                f"({path})",
                "make the server in between pass on every query parameter; if `url` leads to a "
                "stand-in for slurmrestd, set check_queries = false",
            )


TWICE = ("true", "true")
