"""Workload characterization keys: labels of jobs, which users may have on a cluster."""

from __future__ import annotations

from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.names import NAME
from slurmctl_rest.model.kinds.numbers import NUMBER

WCKEY = Entity(
    "wckey",
    (
        Field(
            "WCKey", NAME, "name",
            "name of the wckey",
            aliases=("Names", "WCKeys"), where=True, access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Cluster", NAME, "cluster",
            "cluster on which the user may use it",
            aliases=("Clusters",), where=True, access=Access.SCOPE, record=SlurmRecord.OBJECT,
        ),
        Field(
            "User", NAME, "user",
            "user who may use it",
            aliases=("Users",), where=True, access=Access.SCOPE, record=SlurmRecord.OBJECT,
        ),
        Field(
            "ID", NUMBER, "id",
            "slurmdbd's number of the wckey",
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
    ),
    ("WCKey", "Cluster", "User"),
    naming="{WCKey} of {User}",
)  # fmt: skip
