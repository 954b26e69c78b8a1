"""What `access` shows: whether a job would be accepted, and the limits that speak against it."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.entities.association import CLUSTER
from slurmctl_rest.model.entities.computed import condition
from slurmctl_rest.model.entities.quota import QUOTA
from slurmctl_rest.model.entities.why import WAIT_REASON
from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.durations import MINUTES
from slurmctl_rest.model.kinds.names import NAME, TEXT
from slurmctl_rest.model.kinds.tres import TRES

VERDICTS = ("refused", "waits", "starts")

ACCESS = Entity(
    "access",
    (
        Field(
            "Verdict", TEXT, "", "refused, waits, or starts as soon as its nodes are free",
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        *(
            replace(QUOTA[name], where=False, aliases=(), access=Access.READ)
            for name in ("Account", "User", "Partition", "QOS", "Limit", "TRES", "Value", "Used")
        ),
        *(WAIT_REASON[name] for name in ("Need", "From", "Text", "Remedy", "Note")),
    ),
    ("Verdict", "Text", "Remedy"),
    many="verdicts",
)  # fmt: skip

ACCESS_WORDS = Entity(
    "access",
    (
        replace(condition("User", NAME, "user of the job"), access=Access.KEY),
        condition("Account", NAME, "account of the job; without it, the user's default account"),
        condition("Partition", NAME, "partition of the job"),
        condition("QOS", NAME, "QOS of the job; without it, the DefaultQOS, or normal"),
        condition("TRES", TRES, "TRES that the job asks for, like cpu=64,gres/gpu=2"),
        condition("Time", MINUTES, "time limit of the job"),
        replace(CLUSTER, help="cluster"),
    ),
    ACCESS.columns,
)
"""What the words of `access` may name."""
