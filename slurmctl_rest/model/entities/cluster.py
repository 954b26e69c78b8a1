"""Clusters that slurmdbd knows, each with the limits of its root account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from slurmctl_rest.model.entities.association import LIMITS
from slurmctl_rest.model.fields import Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.names import NAME, TEXT
from slurmctl_rest.model.kinds.numbers import NUMBER

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
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        *(replace(f, access=Access.READ) for f in LIMITS),
    ),
    (
        *("Cluster", "ControlHost", "ControlPort", "RPC", "Fairshare", "GrpJobs", "GrpTRES"),
        *("GrpSubmitJobs", "MaxJobs", "MaxTRES", "MaxSubmitJobs", "MaxWall", "QosLevel"),
        "DefaultQOS",
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
            for cluster in clusters
        ),
        key=lambda row: str(row["Cluster"]),
    )
