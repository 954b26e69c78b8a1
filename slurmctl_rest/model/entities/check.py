"""What `doctor` and `profile check` show: one row a check."""

from __future__ import annotations

from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.kinds.names import TEXT

CHECK = Entity(
    "check",
    (
        Field("Profile", TEXT, "", "profile; empty without a profile file", access=Access.READ),
        Field("Check", TEXT, "", "name of the check", access=Access.KEY),
        Field("Status", TEXT, "", "ok, warn, fail or skipped", access=Access.READ),
        Field(
            "Detail",
            TEXT,
            "",
            "finding, or the reason why the check was skipped",
            access=Access.READ,
        ),
        Field("Remedy", TEXT, "", "remedy of the problem", access=Access.READ),
    ),
    ("Check", "Status", "Detail", "Remedy"),
)
