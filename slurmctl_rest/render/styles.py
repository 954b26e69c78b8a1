"""Colours that stand for something: what it means -> how it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

Role: TypeAlias = Literal[
    "good", "waiting", "bad", "added", "changed", "removed", "inherited", "limit", "title"
]

STYLES: Mapping[Role, str] = {
    "good": "green",
    "waiting": "yellow",
    "bad": "bold red",
    "added": "green",
    "changed": "yellow",
    "removed": "red",
    "inherited": "dim",
    "limit": "cyan",
    "title": "bold",
}
"""In rich's words."""

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

MEANING_OF_WORDS: Mapping[str, Mapping[str, Role]] = {
    "Status": {"up": "good", "ok": "good", "warn": "waiting", "down": "bad", "fail": "bad"},
    "State": {
        "RUNNING": "good",
        "COMPLETING": "good",
        **dict.fromkeys(("PENDING", "CONFIGURING", "SUSPENDED", "STOPPED", "REQUEUED"), "waiting"),
        **dict.fromkeys(("BOOT_FAIL", "DEADLINE", "FAILED", "NODE_FAIL"), "bad"),
        **dict.fromkeys(("OUT_OF_MEMORY", "TIMEOUT", "CANCELLED", "PREEMPTED"), "bad"),
    },
}
"""Field -> its words that mean something."""

OF_ACTIONS: Mapping[str, Role] = {
    "add": "added",
    "modify": "changed",
    "delete": "removed",
    "cancel": "removed",
    "signal": "changed",
    "reset": "changed",
    "fix": "changed",
    "dump": "changed",
    "load": "added",
    "clear": "changed",
    "reconfigure": "changed",
    "shutdown": "removed",
}

MARKS: Mapping[Role | None, str] = {
    "added": "+",
    "changed": "~",
    "removed": "-",
    "bad": "!",
    None: " ",
}
"""The same for who sees no colours, before an object or a field that changes."""

WORST: Sequence[Role] = ("bad", "waiting", "good")


def role_of(field: str, text: str) -> Role | None:
    """Return what the text of a field means; of several words, the worst."""
    known = MEANING_OF_WORDS.get(field, {})
    found = {known[word] for word in text.split(",") if word in known}
    return next((one for one in WORST if one in found), None)


def styled(text: str, role: Role | None, *, color: bool) -> str:
    """Return the text as it looks on a terminal; as it is without colours or a meaning."""
    if not color or role is None or not text:
        return text
    codes = ";".join(CODES[word] for word in STYLES[role].split())
    return f"\x1b[{codes}m{text}\x1b[0m"
