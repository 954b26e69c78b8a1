"""The audit trail of the profile beside Slurm's journal: who used this program for a change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from slurmctl_rest.journal.replay import JournalChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.kinds.base import Json

MARGIN_S = 2.0
"""Seconds by which the clocks of slurmdbd and of this machine may differ."""


@dataclass(frozen=True, slots=True)
class TrailedWrite:
    """One write of this program: from when to when, by whom, and of which objects."""

    begin: float
    end: float
    who: str
    objects: frozenset[tuple[str, str]]

    def means(self, found: JournalChange) -> bool:
        """Tell whether a change of the journal may be this write's."""
        change = found.change
        noun = change.entity.noun
        if change.entity is ASSOCIATION and change.row["User"] is None:
            noun = ACCOUNT.noun
        in_time = self.begin - MARGIN_S <= found.entry.time <= self.end + MARGIN_S
        return in_time and (noun, change.name) in self.objects


def writes_of(path: Path) -> list[TrailedWrite]:
    """Read the trail; a line that cannot be read is left out."""
    begun: dict[str, float] = {}
    found: list[TrailedWrite] = []
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []  # others may not read it, and the journal tells the rest
    for record in _records(text.splitlines()):
        at = datetime.fromisoformat(str(record["time"])).timestamp()
        if record["outcome"] == "begun":
            begun[str(record["id"])] = at
            continue
        who = str(record.get("login") or record["user"])
        profile = record.get("profile")
        objects = frozenset((str(one["entity"]), str(one["name"])) for one in record["changes"])
        begin = begun.pop(str(record["id"]), at)
        words = f"{who} ({profile})" if profile else who
        found.append(TrailedWrite(begin, at, words, objects))
    return found


def _records(lines: Iterable[str]) -> Iterator[Json]:
    for line in lines:
        try:
            record = json.loads(line)
            datetime.fromisoformat(str(record["time"]))
        except (ValueError, KeyError, TypeError):
            continue
        yield record


def via(found: JournalChange, writes: Iterable[TrailedWrite]) -> str | None:
    """Return who used this program for a change, if the trail tells."""
    return next((one.who for one in writes if one.means(found)), None)
