"""Qualities of service. So far their names, which associations refer to."""

from __future__ import annotations

from slurmctl_rest.model.fields import Access, Entity, Field, Record
from slurmctl_rest.model.kinds import NAME, TEXT

QOS = Entity(
    "qos",
    (
        Field(
            "Name", NAME, "name",
            "name of the QOS, in lower case",
            access=Access.KEY, record=Record.OBJECT,
        ),
        Field(
            "Description", TEXT, "description",
            "free text",
            header="Descr", access=Access.READ, record=Record.OBJECT,
        ),
    ),
    ("Name", "Description"),
)  # fmt: skip
