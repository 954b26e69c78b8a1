"""Trackable resources: what limits can be put on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from slurmctl_rest.model.fields import Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.names import TEXT
from slurmctl_rest.model.kinds.numbers import NUMBER
from slurmctl_rest.model.kinds.tres import tres_name

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


def tres_names(rows: Iterable[Row]) -> Mapping[str, str]:
    """Return the names of all TRES, by themselves in lower case, and by their numbers."""
    found: dict[str, str] = {}
    for row in rows:
        if row["Type"] != PLACEHOLDER:
            name = tres_name(str(row["Type"]), str(row["Name"] or ""))
            found |= {name.lower(): name, str(row["ID"]): name}
    return found


OWN_TYPE = "OwnType"


def tres_by_spelling(rows: Iterable[Row]) -> list[Row]:
    """Return each TRES once by its type, and once as limits spell it, with its own type beside.

    Example: gres, gpu -> {"Type": "gres", ...}, {"Type": "gres/gpu", ..., "OwnType": "gres"}
    """
    return [
        {**row, "Type": spelling, OWN_TYPE: row["Type"]}
        for row in rows
        if row["Type"] != PLACEHOLDER
        for spelling in (str(row["Type"]), tres_name(str(row["Type"]), str(row["Name"] or "")))
    ]
