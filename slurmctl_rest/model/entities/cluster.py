"""Clusters that slurmdbd knows, each with the limits of its root account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from slurmctl_rest.model.entities.association import LIMITS
from slurmctl_rest.model.fields import Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Kind
from slurmctl_rest.model.kinds.names import NAME, NAME_SET, NOTE, OPTIONAL_NAME, TEXT
from slurmctl_rest.model.kinds.numbers import NUMBER
from slurmctl_rest.model.kinds.tres import TRES, counts
from slurmctl_rest.model.kinds.words import WordSet

CLUSTER_FLAGS = WordSet(
    {
        "Cray": "CRAY_NATIVE",
        "External": "EXTERNAL",
        "FrontEnd": "FRONT_END",
        "MultipleSlurmd": "MULTIPLE_SLURMD",
    },
    "flags",
)

NODE_COUNT = Field(
    "NodeCount", NUMBER, "",
    "number of nodes, as the TRES have it",
    access=Access.READ, record=SlurmRecord.OBJECT,
)  # fmt: skip
CLUSTER_TRES = Field(
    "TRES", TRES, "tres",
    "all TRES of the cluster, with their counts",
    access=Access.READ, record=SlurmRecord.OBJECT, absent=None,
)  # fmt: skip


def _untold(name: str, kind: Kind, help_: str, word: str = "", header: str = "") -> Field:
    """Return a field that sacctmgr prints, and that no record of slurmrestd's holds."""
    return Field(
        name, kind, "", help_,
        word=word, header=header, access=Access.READ, record=SlurmRecord.OBJECT,
    )  # fmt: skip


CLUSTERS = Entity(
    "cluster",
    (
        Field(
            "Cluster", NAME, "name",
            "name of the cluster",
            aliases=("Names", "Clusters"), where=True, access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
        Field(
            "ControlHost", TEXT, "controller.host",
            "host of slurmctld; empty if it is not up",
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        Field(
            "ControlPort", NUMBER, "controller.port",
            "port of slurmctld; 0 if it is not up",
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        Field(
            "RPC", NUMBER, "rpc_version",
            "protocol version of slurmctld",
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        Field(
            "ClusterNodes", TEXT, "nodes",
            "nodes of the cluster",
            header="Cluster Nodes", aliases=("NodeNames",),
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        NODE_COUNT,
        CLUSTER_TRES,
        Field(
            "Flags", CLUSTER_FLAGS, "flags",
            "flags that slurmctld has told",
            where=True, access=Access.READ, record=SlurmRecord.OBJECT, absent=None,
        ),
        *(replace(f, access=Access.READ) for f in LIMITS),
    ),
    (
        *("Cluster", "ControlHost", "ControlPort", "RPC", "Fairshare", "GrpJobs", "GrpTRES"),
        *("GrpSubmitJobs", "MaxJobs", "MaxTRES", "MaxSubmitJobs", "MaxWall", "QosLevel"),
        "DefaultQOS",
    ),
    on_request=(
        _untold("ID", NUMBER, "number in its federation; 0 without one"),
        _untold("Classification", NOTE, "purpose of the cluster", header="Class"),
        _untold("Federation", OPTIONAL_NAME, "federation that it belongs to"),
        _untold("FedState", NOTE, "state in its federation; NA without one"),
        _untold("Features", NAME_SET, "features that jobs of the federation may ask for"),
    ),
)  # fmt: skip


def join(clusters: Iterable[Row], roots: Iterable[Row]) -> list[Row]:
    """Put each cluster and its root account's own row into one, sorted by name."""
    by_name = {row["Cluster"]: row for row in roots}
    return sorted(
        (
            {
                f.name: cluster[f.name]
                if f.record is SlurmRecord.OBJECT
                else by_name.get(cluster["Cluster"], {}).get(f.name, f.kind.load(None))
                for f in CLUSTERS.fields
            }
            | {NODE_COUNT.name: counts(cluster[CLUSTER_TRES.name]).get("node")}
            for cluster in clusters
        ),
        key=lambda row: str(row["Cluster"]),
    )
