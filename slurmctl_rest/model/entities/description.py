"""What `describe` shows: one object, a row for each value in force, with its origin and its use."""

from __future__ import annotations

from slurmctl_rest.model.entities.computed import column
from slurmctl_rest.model.entities.quota import of_limit
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.kinds.names import TEXT

DESCRIPTION = Entity(
    "description",
    (
        *(of_limit(name) for name in ("Account", "User", "Partition", "QOS")),
        column("Field", TEXT, "the field, like MaxJobs or Coordinators"),
        of_limit("TRES"),
        column("Text", TEXT, "the value, as lists print it"),
        of_limit("From"),
        *(of_limit(name) for name in ("Used", "Left", "Percent", "Note")),
    ),
    ("Account", "User", "QOS", "Field", "TRES", "Text", "From", "Used", "Left", "Percent"),
)  # fmt: skip
