"""What is read of Slurm's journal without its texts, of what sacctmgr lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.command_line import CommandLine
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


def test_numbers_are_read_among_the_lines_of_a_command_prefix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Sequence[str]] = []

    def answer(_: Journal, line: CommandLine) -> str:
        asked.append((*line.argv, *line.environment))
        return "Welcome to head1.\n7\n8\n\n19\n"

    monkeypatch.setattr(Journal, "_asked", answer)
    found = Journal(cast(CommandsBackend, None)).numbers(1700000120.5)
    assert found == {7, 8, 19}
    words = ("sacctmgr", "-nP", "show", "transactions", "start=uts1700000000", "format=id")
    assert asked == [(*words, "SLURM_TIME_FORMAT")]
