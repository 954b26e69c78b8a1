"""The rows of sacctmgr's manual, run again: what docs/sacctmgr-manual.md says is so."""

from __future__ import annotations

import re

import pytest

from tests.lab.cluster import Cluster
from tests.manual import table
from tests.manual.__main__ import is_run, manual
from tests.manual.judge import Tree, results, ways
from tests.manual.probes import Probe, probes
from tests.manual.table import DIFFERENT, ENDLESS, EQUAL, REFUSED

WRITES_OF = 9
"""One of so many lines that write is run; all lists are."""


def test_the_table_has_every_row_of_this_release_s_manual(cluster: Cluster) -> None:
    if not cluster.release.startswith("24.11"):
        recorded = dict.fromkeys(row.entry for row in table.read())
        assert manual(cluster) == [*recorded], "run `make manual`"


ASKING = re.compile(r"list (account|user) where .*=")


def lines() -> list[Probe]:
    """Return all lists that end, and some of the lines that write."""
    rows = table.read()
    endless = {row.line for row in rows if row.real == ENDLESS}
    every = dict.fromkeys(one for row in rows for one in probes(row.entry))
    every = {one: None for one in every if str(one) not in endless}
    lists = [one for one in every if "-i " not in one.line]
    writes = [one for one in every if "-i " in one.line]
    return [*lists, *writes[::WRITES_OF]]


@pytest.mark.parametrize("name", ["rest", "commands"])
def test_rows_are_answered_as_by_sacctmgr_or_refused(cluster: Cluster, name: str) -> None:
    tree = Tree(cluster)
    tree.build()
    way = next(one for one in ways(tree) if one.name == name)
    seen: set[tuple[str, ...]] = set()
    old = cluster.release.startswith("24.11")
    run = [
        one
        for one in lines()
        # 24.11 asks for ever whether a condition on associations is meant (docs/drop-in.md).
        if is_run(one, name, seen) and not (old and ASKING.search(one.line))
    ]
    recorded = {row.line: getattr(row, name) for row in table.read()}
    wrong = []
    for probe, found in results(tree, run[:: 1 if name == "rest" else 4], way):
        said = recorded[str(probe)].partition(":")[0]
        # Of 24.11 nothing is recorded: its own sacctmgr judges, and the same lines may differ.
        expected = {DIFFERENT, EQUAL, REFUSED} if said == DIFFERENT else {said or EQUAL}
        if found.verdict not in ({EQUAL, REFUSED, said} if old else expected):
            wrong.append(f"{said or 'not run'}, but {found.verdict}: {found.told()}")
    assert not wrong, "\n".join(wrong)
    assert EQUAL in recorded.values()
