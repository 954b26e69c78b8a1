"""The tables: one module an entity, and the list of them."""

from __future__ import annotations

from slurmctl_rest.model.entities.account import ACCOUNT
from slurmctl_rest.model.entities.association import ASSOCIATION
from slurmctl_rest.model.entities.cluster import CLUSTERS
from slurmctl_rest.model.entities.coordinator import COORDINATOR
from slurmctl_rest.model.entities.job import JOB
from slurmctl_rest.model.entities.qos import QOS
from slurmctl_rest.model.entities.tres import TRES_TYPE
from slurmctl_rest.model.entities.usage import RAW_USAGE, USAGE
from slurmctl_rest.model.entities.user import USER

ENTITIES = (
    *(ACCOUNT, USER, ASSOCIATION, COORDINATOR, QOS, CLUSTERS, TRES_TYPE),
    *(JOB, USAGE, RAW_USAGE),
)

__all__ = [
    "ACCOUNT",
    "ASSOCIATION",
    "CLUSTERS",
    "COORDINATOR",
    "ENTITIES",
    "JOB",
    "QOS",
    "RAW_USAGE",
    "TRES_TYPE",
    "USAGE",
    "USER",
]
