"""Clusters in sacctmgr's words."""

from __future__ import annotations

import pytest

from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import clusters
from slurmctl_rest.sacctmgr.decided import Decided
from slurmctl_rest.sacctmgr.reply import Refused

ROWS: list[Row] = [{"Cluster": "alps"}, {"Cluster": "jura"}]
NEW = "26.05.5"


def test_adding() -> None:
    decided = clusters.add(["Eifel,alps", "name=harz", "set"], ROWS, NEW)
    assert decided.blocks == (
        " This cluster alps already exists.  Not adding.\n"
        " Adding Cluster(s)\n"
        "  Name           = eifel\n"
        "  Name           = harz\n"
    )
    assert [change.name for change in decided.changes] == ["eifel", "harz"]
    there = " This cluster alps already exists.  Not adding.\n"
    assert clusters.add(["alps"], ROWS, NEW) == Decided(there, (), "", 1)


def test_deleting() -> None:
    decided = clusters.delete(["where", "jura,alps", "format=x"], ROWS, NEW)
    assert decided.blocks == " Deleting clusters...\n  alps\n  jura\n"
    assert [(c.action, c.name) for c in decided.changes] == [("delete", "alps"), ("delete", "jura")]
    assert clusters.delete(["nosuch"], ROWS, NEW) == Decided(" Nothing deleted\n", (), "", 1)


def test_what_is_refused() -> None:
    refusals = {
        (clusters.add, ""): " Need name of cluster to add.\n",
        (clusters.add, "x foo=1"): (
            " Unknown option: foo=1\n Use keyword 'where' to modify condition\n"
        ),
        (clusters.add, "x name+=y"): " Invalid operator '+=' in name+=y\n",
        (clusters.add, "x fairshare=2"): (
            "sacctmgr: error: fairshare of a cluster is not possible over REST (a profile with "
            'execution_mode = "cli" runs the real sacctmgr)\n'
        ),
        (clusters.delete, ""): " No conditions given to remove, not executing.\n",
        (clusters.delete, "alps foo=1"): (
            " Unknown condition: foo=1\n Use keyword 'set' to modify value\n"
        ),
    }
    for (decide, line), said in refusals.items():
        with pytest.raises(Refused) as refused:
            decide(line.split(), ROWS, NEW)
        assert refused.value.reply.stderr == said
