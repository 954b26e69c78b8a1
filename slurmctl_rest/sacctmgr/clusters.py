"""`add cluster` and `delete cluster` in sacctmgr's words: by names, which is all that REST has."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import CLUSTERS
from slurmctl_rest.model.entities.cluster import new_cluster
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr.naming import check_new_name
from slurmctl_rest.sacctmgr.plan import NOTHING_DELETED, WritePlan
from slurmctl_rest.sacctmgr.reply import FAILED, NO_CONDITIONS, LineRefused, as_lines, bullet_list
from slurmctl_rest.sacctmgr.write_requests import WriteRequest

KEY = "Cluster"


def plan_added_clusters(request: WriteRequest, rows: Sequence[Row], cluster: str) -> WritePlan:
    """Plan `add cluster`; `rows` are the clusters that there are, `cluster` has the lock."""
    names = request.checked().of(KEY)
    if not names:
        raise LineRefused(as_lines(" Need name of cluster to add."))
    there = {row[KEY] for row in rows}
    said = [f" This cluster {name} already exists.  Not adding." for name in names if name in there]
    new = [name for name in names if name not in there]
    if not new:
        return WritePlan(as_lines(*said), code=FAILED)
    for name in new:
        check_new_name("cluster", name)
    said += [" Adding Cluster(s)", *(f"  Name           = {name}" for name in new)]
    changes = [RowChange(CLUSTERS, "add", one, None, new_cluster(one)) for one in new]
    return WritePlan(as_lines(*said), {cluster: changes})


def plan_deleted_clusters(request: WriteRequest, rows: Sequence[Row], cluster: str) -> WritePlan:
    """Plan `delete cluster`."""
    names = request.checked().of(KEY)
    if not names:
        raise LineRefused(as_lines(NO_CONDITIONS))
    found = sorted((row for row in rows if row[KEY] in names), key=lambda row: str(row[KEY]))
    if not found:
        return NOTHING_DELETED
    changes = [RowChange(CLUSTERS, "delete", str(row[KEY]), row, None) for row in found]
    gone = [change.name for change in changes]
    return WritePlan(bullet_list("Deleting clusters...", gone), {cluster: changes})
