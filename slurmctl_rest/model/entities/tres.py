"""Trackable resources: what limits can be put on."""

from __future__ import annotations

from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.names import TEXT
from slurmctl_rest.model.kinds.numbers import NUMBER

TRES_TYPE = Entity(
    "tres",
    (
        Field(
            "Type", TEXT, "type",
            "type of the TRES: cpu, mem, node, gres ...",
            access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Name", TEXT, "name",
            "name in the type, like gpu of gres",
            where=True, access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        Field(
            "ID", NUMBER, "id",
            "slurmdbd's number of the TRES",
            aliases=("IDs",), where=True, access=Access.READ, record=SlurmRecord.OBJECT,
        ),
    ),
    ("Type", "Name", "ID"),
)  # fmt: skip


PLACEHOLDER = "dynamic_offset"
"""A row of slurmdbd's own: the numbers from its ID on are for TRES of sites. Not a TRES."""
