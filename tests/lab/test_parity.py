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


REFUSED, DIFFERENT = "### What REST refuses", "### What differs on purpose"
"""The titles of its tables."""


def told(title: str, cluster: str, release: str, words: str = "") -> set[str]:
    """Return the lines that a table of the page has for a release, for this cluster.

    `words`: only those of which it says so.
    """
    section = PAGE.read_text().partition(title)[2].partition("\n#")[0]
    rows = re.findall(r"^\| `(sacctmgr .*?)` \| (.*)$", section, re.MULTILINE)
    old = release.startswith("24.11")
    return {
        parity.for_cluster(line, cluster)
        for line, why in rows
        if words in why and (old or "24.11: " not in why)
    }


@pytest.mark.parametrize("part", range(PARTS))
def test_lines_of_real_clients(cluster: Cluster, part: int) -> None:
    both = parity.Parity(cluster)
    both.build()
    ways = [Cell(cluster, "cli"), Cell(cluster, "rest", cluster.api_versions[-1])]
    endless = told(DIFFERENT, cluster.cluster_name, cluster.release, "24.11: asks for ever")
    lines = [
        line
        for line in parity.lines_of_clients(cluster.cluster_name)[part::PARTS]
        if line not in endless
    ]
    refused = told(REFUSED, cluster.cluster_name, cluster.release)
    different = told(DIFFERENT, cluster.cluster_name, cluster.release)
    differing = {
        (line, str(cell)): found
        for line, cell, found in parity.differences(both, lines, ways)
        if (found != {}) != (cell.executor == "rest" and line in refused | different)
    }
    assert differing == {}
    for line in refused & {*lines}:
        ours = both.ours(line, ways[-1])
        assert (ours.code, ours.out, ours.err.count("\n")) == (1, "", 1), (line, ours)
        assert ours.state in {"", both.pristine}, line


@pytest.mark.parametrize("release", ["24.11.5", "26.05.5"])
def test_the_share_of_lines_that_are_answered_over_rest(release: str) -> None:
    lines = parity.lines_of_clients("lab")
    unlike = told(REFUSED, "lab", release) | told(DIFFERENT, "lab", release)
    assert unlike <= {*lines}
    equal = sum(line not in unlike for line in lines)
    assert f"{equal} of {len(lines)} ({100 * equal / len(lines):.1f} %)" in PAGE.read_text()
