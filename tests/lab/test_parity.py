"""The lines of real clients: the same bytes, exit code and state as from the real sacctmgr.

What differs over REST stands in docs/drop-in.md, line by line, and is refused there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.lab import parity
from tests.lab.cells import Cell
from tests.lab.cluster import Cluster

PAGE = Path(__file__).parents[2] / "docs" / "drop-in.md"
PARTS = 6
"""Tests that share the lines, so that several labs can."""


def refused_over_rest(cluster: str) -> list[str]:
    """Return the lines that the page says REST refuses, for this cluster."""
    found = re.findall(r"^\| `(sacctmgr .*?)` \|", PAGE.read_text(), re.MULTILINE)
    return [parity.for_cluster(line.replace("\\|", "|"), cluster) for line in found]


@pytest.mark.parametrize("part", range(PARTS))
def test_lines_of_real_clients(cluster: Cluster, part: int) -> None:
    both = parity.Parity(cluster)
    both.build()
    ways = [Cell(cluster, "cli"), Cell(cluster, "rest", cluster.api_versions[-1])]
    lines = parity.lines_of_clients(cluster.cluster_name)[part::PARTS]
    refused = {*refused_over_rest(cluster.cluster_name)}
    differing = {
        (line, str(cell)): found
        for line, cell, found in parity.differences(both, lines, ways)
        if found and not (cell.executor == "rest" and line in refused)
    }
    assert differing == {}
    for line in refused & {*lines}:
        ours = both.ours(line, ways[-1])
        assert (ours.code, ours.out, ours.err.count("\n")) == (1, "", 1), (line, ours)
        assert ours.state in {"", both.pristine}, line


def test_nine_of_ten_lines_are_answered_over_rest() -> None:
    lines = parity.lines_of_clients("lab")
    refused = refused_over_rest("lab")
    assert {*refused} <= {*lines}
    answered = sum(line not in refused for line in lines)
    assert answered / len(lines) >= 0.9
