"""WithAssoc: lists of accounts and users with a row for each of their associations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from slurmctl_rest.model.entities.account import ACCOUNT
from slurmctl_rest.model.entities.association import ASSOCIATION
from slurmctl_rest.model.entities.user import USER
from slurmctl_rest.model.fields import Entity, SlurmRecord


def _with_assoc(entity: Entity, columns: tuple[str, ...]) -> Entity:
    known = {field.name for field in ASSOCIATION.all_fields} | {entity.key.name}
    own = (
        field
        for field in entity.all_fields
        if field.record is SlurmRecord.OBJECT and field.name not in known
    )
    return replace(ASSOCIATION, columns=columns, on_request=(*ASSOCIATION.on_request, *own))


WITH_ASSOC_TABLES: Mapping[str, Entity] = {
    ACCOUNT.noun: _with_assoc(
        ACCOUNT,
        (
            *("Account", "Description", "Organization", "Cluster", "Parent", "User", "Fairshare"),
            *("Priority", "GrpJobs", "GrpTRES", "GrpSubmitJobs", "GrpWall", "GrpTRESMins"),
            *("MaxJobs", "MaxTRES", "MaxSubmitJobs", "MaxWall", "MaxTRESMins", "QosLevel"),
            "DefaultQOS",
        ),
    ),
    USER.noun: _with_assoc(
        USER,
        (
            *("User", "DefaultAccount", "AdminLevel", "Cluster", "Account", "Partition"),
            *("Fairshare", "Priority", "MaxJobs", "MaxTRES", "MaxSubmitJobs", "MaxWall"),
            *("MaxTRESMins", "QosLevel", "DefaultQOS"),
        ),
    ),
}
"""By the noun: associations, with what their accounts or users are on request."""
