"""The tables: one module an entity, and the list of them."""

from __future__ import annotations

from slurmctl_rest.model.entities.account import ACCOUNT
from slurmctl_rest.model.entities.association import ASSOCIATION
from slurmctl_rest.model.entities.cluster import CLUSTERS
from slurmctl_rest.model.entities.coordinator import COORDINATOR
from slurmctl_rest.model.entities.daemons import (
    ARCHIVE,
    CONFIGURATION,
    INSTANCE,
    RESERVATION,
    SLURMDBD,
    STATS,
)
from slurmctl_rest.model.entities.events import EVENT, PROBLEM, RUNAWAY_JOBS, TRANSACTION
from slurmctl_rest.model.entities.federation import FEDERATION, RESOURCE
from slurmctl_rest.model.entities.job import JOB
from slurmctl_rest.model.entities.qos import QOS
from slurmctl_rest.model.entities.tres import TRES_TYPE
from slurmctl_rest.model.entities.usage import RAW_USAGE, USAGE
from slurmctl_rest.model.entities.user import USER
from slurmctl_rest.model.entities.wckey import WCKEY

ENTITIES = (
    *(ACCOUNT, USER, ASSOCIATION, COORDINATOR, QOS, CLUSTERS, TRES_TYPE),
    *(JOB, USAGE, RAW_USAGE),
    *(WCKEY, FEDERATION, RESOURCE, EVENT, TRANSACTION, PROBLEM, RUNAWAY_JOBS),
    *(INSTANCE, RESERVATION, STATS, CONFIGURATION, ARCHIVE, SLURMDBD),
)

__all__ = [
    "ACCOUNT",
    "ARCHIVE",
    "ASSOCIATION",
    "CLUSTERS",
    "CONFIGURATION",
    "COORDINATOR",
    "ENTITIES",
    "EVENT",
    "FEDERATION",
    "INSTANCE",
    "JOB",
    "PROBLEM",
    "QOS",
    "RAW_USAGE",
    "RESERVATION",
    "RESOURCE",
    "RUNAWAY_JOBS",
    "SLURMDBD",
    "STATS",
    "TRANSACTION",
    "TRES_TYPE",
    "USAGE",
    "USER",
    "WCKEY",
]
