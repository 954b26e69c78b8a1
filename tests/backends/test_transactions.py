"""How far Slurm's journal goes back, of what sacctmgr lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.transactions import Journal
from slurmctl_rest.model.facts import JournalFacts

FIRST = ("1", "1700000300", "", "Add Clusters", "root", "alps", "")
LATER = (
    ("7", "1700000900", "alps", "Add Users", "root", "alice", ""),
    ("8", "1700000800", "alps", "Modify Users", "root", "alice", "admin_level=3"),
    ("9", "Unknown", "alps", "Modify Users", "root", "alice", "admin_level=1"),
)


@pytest.mark.parametrize(
    ("first", "rows", "oldest"),
    [([FIRST], LATER, 1700000300), ([], LATER, 1700000800), ([], [], None)],
    ids=["whole", "purged", "empty"],
)
def test_it_goes_back_to_the_oldest_transaction(
    first: Sequence[Sequence[str]],
    rows: Sequence[Sequence[str]],
    oldest: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stream(
        _: Journal,
        begin: Callable[[], Any],
        add: Callable[[Any, Sequence[str]], object],
        where: Mapping[str, tuple[str, ...]],
    ) -> object:
        found = begin()
        for row in first if where else (*first, *rows):
            add(found, row)
        return found

    told = [{"Name": "PurgeTXNAfter", "Value": "12 months"}]
    monkeypatch.setattr(Journal, "stream", stream)
    monkeypatch.setattr(Journal, "read_rows", lambda *_: told)
    reached = Journal(cast(CommandsBackend, None)).reach()
    assert reached == JournalFacts(oldest, "12 months")
