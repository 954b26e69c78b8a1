"""Fields that no record of Slurm has: worked out here, and shown in a list."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.fields import Access, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Kind


def column(name: str, kind: Kind, help_: str) -> Field:
    """Return a field that is shown."""
    return Field(name, kind, "", help_, access=Access.READ, record=SlurmRecord.OBJECT)


def condition(name: str, kind: Kind, help_: str, *aliases: str) -> Field:
    """Return a field that a list may be asked for, too."""
    return replace(column(name, kind, help_), where=True, access=Access.SCOPE, aliases=aliases)
