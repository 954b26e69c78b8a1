"""Random command lines of sacctmgr, made from its grammar: as the real one answers, or refused.

    make parity            PARITY_LINES lines (5000) a release, from a random seed

Lines run one after another (sequences.py), so each meets what those before it left.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from tests.docs.drop_in import different_kinds
from tests.lab import parity
from tests.lab.cells import Cell
from tests.lab.cluster import Cluster
from tests.lab.sequences import Judged, judged
from tests.sacctmgr.command_lines import command_line

LINES = int(os.environ.get("PARITY_LINES", "0"))
"""How many lines a long run has, from a random seed."""
SHARES = {"newest": 210, "oldest": 30, "commands": 10}
"""Lines of a run in CI: over REST in the newest and the oldest version, and over the commands."""
SEED = 21


def lines(count: int, start: int) -> Sequence[str]:
    """Return so many lines, each another; the same ones for the same start."""
    rng = Random(start)  # noqa: S311 (no secret)
    found: dict[str, None] = {}
    while len(found) < count:
        found[command_line(rng)] = None
    return [*found]


def cell_of(cluster: Cluster, way: str) -> Cell:
    """Return the cell of a way of SHARES."""
    if way == "commands":
        return Cell(cluster, "cli")
    return Cell(cluster, "rest", cluster.api_versions[-1 if way == "newest" else 0])


def different(cluster: Cluster, way: str, texts: Sequence[str]) -> list[Judged]:
    """Return what differs from the real sacctmgr, and is not in the table of docs/drop-in.md."""
    tree = parity.Parity(cluster, second_look=False)
    tree.build()
    cell = cell_of(cluster, way)
    asked = [(text.replace("CLUSTER", cluster.cluster_name), "") for text in texts]
    known = different_kinds(cluster.release)
    found: list[Judged] = []
    counts: Counter[str] = Counter()
    for one in judged(tree, asked, lambda line: tree.ours_alone(line[0], cell)):
        counts[one.verdict] += 1
        if one.verdict == "different" and not any(kind.search(one.line[0]) for kind in known):
            found.append(one)
            if LINES:
                print(one.told(), flush=True)
    print(f"{cluster.suite} {way}: {dict(counts)}")
    assert counts["equal"] > len(texts) // 2  # else the lines try little
    return found


@pytest.mark.parametrize("way", SHARES)
def test_random_lines_are_answered_as_by_sacctmgr_or_refused(cluster: Cluster, way: str) -> None:
    start, count = SEED, SHARES[way]
    if LINES:
        start, count = Random().getrandbits(32), LINES if way == "newest" else LINES // 10  # noqa: S311 (no secret)
        print(f"seed {start}")
    found = different(cluster, way, lines(count, start))
    assert not found, "\n".join(one.told() for one in found)
