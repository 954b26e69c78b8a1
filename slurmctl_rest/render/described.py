"""Changes and trees in words, before they become lines: plain ones, or drawn by rich."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slurmctl_rest.render.styles import Role

UNSET = "(unset)"


@dataclass(frozen=True, slots=True)
class Description:
    """A change in words: `account physics`, `modified`, and its fields.

    fields   name, before and after; empty: unset; None: the object was not there
    failure  why it will not be done
    """

    subject: str
    words: str
    role: Role | None
    fields: Sequence[tuple[str, str | None, str]] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A row: its name, its own limits, and the rows in it, users before accounts."""

    name: str
    limits: str
    inside: Sequence[Node]
