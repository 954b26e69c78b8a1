"""What `describe` shows: one object, a row for each value in force, with its origin and its use."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.entities.quota import QUOTA
from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.names import TEXT


def _of_limit(name: str) -> Field:
    return replace(QUOTA[name], where=False, aliases=(), access=Access.READ)


DESCRIPTION = Entity(
    "description",
    (
        *(_of_limit(name) for name in ("Account", "User", "Partition", "QOS")),
        Field("Field", TEXT, "", "the field, like MaxJobs or Coordinators", access=Access.READ,
              record=SlurmRecord.OBJECT),
        _of_limit("TRES"),
        Field("Text", TEXT, "", "the value, as lists print it", access=Access.READ,
              record=SlurmRecord.OBJECT),
        _of_limit("From"),
        *(_of_limit(name) for name in ("Used", "Left", "Percent", "Note")),
    ),
    ("Account", "User", "QOS", "Field", "TRES", "Text", "From", "Used", "Left", "Percent"),
)  # fmt: skip
