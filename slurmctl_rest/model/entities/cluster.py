"""Clusters that slurmdbd knows, each with the limits of its root account."""

from __future__ import annotations

from collections.abc import Iterable

from slurmctl_rest.model.entities.association import LIMITS
from slurmctl_rest.model.fields import Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import NAME, NAME_SET, TEXT, Name
from slurmctl_rest.model.kinds.numbers import NUMBER
from slurmctl_rest.model.kinds.tres import TRES, counts
from slurmctl_rest.model.kinds.words import OptionalWord, WordSet

CLASSIFICATIONS = OptionalWord(("Capability", "Capacity", "Capapacity"), "word", "*")
FED_STATES = OptionalWord(("ACTIVE", "INACTIVE", "DRAIN", "DRAIN+REMOVE"), "word")
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
        *LIMITS,
    ),
    (
        *("Cluster", "ControlHost", "ControlPort", "RPC", "Fairshare", "GrpJobs", "GrpTRES"),
        *("GrpSubmitJobs", "MaxJobs", "MaxTRES", "MaxSubmitJobs", "MaxWall", "QosLevel"),
        "DefaultQOS",
    ),
    on_request=(
        Field(
            "ID", NUMBER, "",
            "number in its federation; 0 without one",
            access=Access.READ, record=SlurmRecord.OBJECT, commands=True,
        ),
        Field(
            "Classification", CLASSIFICATIONS, "",
            "kind of machine, for reports; '' clears it",
            header="Class", where=True, record=SlurmRecord.OBJECT, commands=True,
        ),
        Field(
            "Features", NAME_SET, "",
            "features that jobs of its federation may ask for; takes =, += and -=",
            where=True, record=SlurmRecord.OBJECT, commands=True,
        ),
        Field(
            "Federation", Name(clears=True, clear_text=""), "",
            "federation that it belongs to; '' takes it out",
            where=True, record=SlurmRecord.OBJECT, commands=True,
        ),
        Field(
            "FedState", FED_STATES, "",
            "state in its federation; NA where it has none",
            where=True, record=SlurmRecord.OBJECT, commands=True,
        ),
    ),
)  # fmt: skip


NOT_FEDERATED = "NA"
TOLD_BY_SLURM = frozenset({"Fairshare", "QosLevel", "FedState"})
"""Fields of a new cluster that Slurm, or its administrator, gives a value."""


def new_cluster(name: str) -> dict[str, Value]:
    """Return the row of a cluster that is added, as far as it is known what Slurm makes of it."""
    nothing = {f.name: f.kind.load(None) for f in CLUSTERS.fields if f.settable}
    return {**{n: v for n, v in nothing.items() if n not in TOLD_BY_SLURM}, "Cluster": name}


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
