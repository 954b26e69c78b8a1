"""What `doctor` and `profile check` show: one row a check."""

from __future__ import annotations

from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.kinds.names import TEXT

CHECK = Entity(
    "check",
    (
        Field("Profile", TEXT, "", "the profile; empty where there is no file", access=Access.READ),
        Field("Check", TEXT, "", "what is looked at", access=Access.KEY),
        Field("Status", TEXT, "", "ok, warn, fail or skipped", access=Access.READ),
        Field("Detail", TEXT, "", "what was found, or why it was skipped", access=Access.READ),
        Field("Remedy", TEXT, "", "what to do about it", access=Access.READ),
    ),
    ("Check", "Status", "Detail", "Remedy"),
)
