"""Each fault of the table on real Slurm: the exit, the words, and what is so afterwards."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from tests.lab.cluster import Cluster

from .judge import complaints, done_of, said
from .table import ABREAST, CANCEL, CROWD, ROWS, Row
from .world import Ended, World


@dataclass(frozen=True)
class Came:
    """What came of a fault on a cluster; `done`: the objects that are as asked, or None."""

    TITLES: ClassVar = ("cluster", "executor", "operation", "fault", "exit", "state", "said")

    suite: str
    row: Row
    ended: Ended
    done: list[str] | None

    @property
    def cells(self) -> tuple[str, ...]:
        row = self.row
        words = " ".join(said(self.ended).split())
        if len(words) > MOST:
            words = f"{words[: MOST - 4]} ..."
        code = str(self.ended.code)
        return (self.suite, row.executor, row.operation.word, row.name, code, self.state, words)

    @property
    def state(self) -> str:
        """The state in one word, as the table has it."""
        if not self.row.operation.writes:
            return "shown" if self.ended.code == 0 else "nothing shown"
        if self.done is None:
            return "SOMETHING ELSE"
        count = len(self.done)
        return {0: "not done", len(self.row.operation.objects): "done"}.get(count, "partly done")


MOST = 160
"""Characters of what is said that stand in the printed table."""

TOLD = pytest.StashKey[list[Came]]()
"""What came of each row; conftest.py prints it at the end."""


@pytest.fixture
def world(cluster: Cluster, row: Row, tmp_path: Path) -> Iterator[World]:
    made = World(cluster, row.executor, tmp_path)
    made.furnish()
    if row.operation is CANCEL:
        made.submit()
    if row.operation is ABREAST:
        made.crowd(CROWD)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_fault(row: Row, world: World, request: pytest.FixtureRequest) -> None:
    before = world.looks()
    row.fault(world)
    tokens = world.tokens()
    ended = world.run(row.operation.sentence, row.seconds)
    writes = world.writes
    world.mend()
    after = world.looks()
    done = done_of(row.operation, before, after, world.names)
    came = Came(world.cluster.suite, row, ended, done)
    request.config.stash.setdefault(TOLD, []).append(came)
    wrong = complaints(row, ended, before, after, writes=writes, tokens=tokens, names=world.names)
    report = ended.document.get("changes", ended.out[:2000])
    told = [*wrong, str(report), ended.err[:6000], *difflib.unified_diff(before, after)]
    assert not wrong, "\n".join(told)
