"""Which faults run on which cluster, and the table of what came of them, at the end of the run."""

from __future__ import annotations

import pytest

from tests.lab.cluster import Cluster

from .table import Row
from .test_faults import TOLD, Came


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the faults of the executor on a cluster whose release does not matter to them."""
    out = [item for item in items if _is_elsewhere(item)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


def _is_elsewhere(item: pytest.Item) -> bool:
    found = item.callspec.params if hasattr(item, "callspec") else {}
    row, cluster = found.get("row"), found.get("cluster")
    return isinstance(row, Row) and isinstance(cluster, Cluster) and cluster.suite not in row.suites


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table: a line a fault, and how many there were."""
    came = terminalreporter.config.stash.get(TOLD, [])
    if not came:
        return
    terminalreporter.section("what came of the faults")
    widths = [max(len(one.cells[i]) for one in came) for i in range(len(Came.TITLES))]
    for cells in (Came.TITLES, *(one.cells for one in came)):
        line = "  ".join(text.ljust(width) for text, width in zip(cells, widths, strict=True))
        terminalreporter.write_line(line.rstrip())
    names = {one.row.name for one in came}
    terminalreporter.write_line(f"{len(came)} runs of {len(names)} distinct faults")
