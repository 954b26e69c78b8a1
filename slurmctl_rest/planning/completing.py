"""Adding what exists: it is as asked, or a killed command has left it bare, or it is a Conflict.

Rows of many kinds are added bare, and then given their values (backends/changeset.py). A command
that is killed between the two leaves objects without any value of their own; if it is run again,
it gives them their values.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from slurmctl_rest.model.change import Outcome, RowChange, name_of
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.qos import NORMAL
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.syntax import Assignment
from slurmctl_rest.planning.checks import assigned, check_as_asked


def existing(
    entity: Entity,
    row: Row,
    assignments: Sequence[Assignment],
    bare: Row,
    words: str,
    made_with: Container[str] = (),
) -> Outcome:
    """Return the outcome of adding an object that exists.

    bare       the row as Slurm makes it where nothing is assigned
    words      what would modify it, up to `set`
    made_with  fields that an addition always tells: they must be as asked
    """
    name = name_of(entity, row)
    differs = check_as_asked(entity, row, assignments, words)
    if differs is None:
        return Outcome(RowChange(entity, "add", name, row, row))
    told = [one for one in assignments if one.field.name in made_with]
    # A row with any value of its own belongs to somebody, and stays a Conflict.
    rest = (f for f in entity.all_fields if f.settable and f.name not in made_with)
    # Not with None: Slurm itself gives a new association Fairshare=1.
    has_values = any(row[f.name] != bare.get(f.name) for f in rest if f.name in row)
    if has_values or _is_slurms(entity, row) or check_as_asked(entity, row, told, words):
        return Outcome(RowChange(entity, "add", name, row, row), differs)
    return Outcome(RowChange(entity, "modify", name, row, assigned(row, assignments)))


def _is_slurms(entity: Entity, row: Row) -> bool:
    """Tell whether Slurm itself has made the object: nobody's command has left it bare."""
    return row["Name"] == NORMAL if entity is QOS else row["Account"] == ROOT
