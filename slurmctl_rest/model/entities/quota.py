"""What `quota` shows: one row a limit, and a TRES of it, with its use."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.entities.association import CLUSTER
from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Kind
from slurmctl_rest.model.kinds.names import NAME, TEXT
from slurmctl_rest.model.kinds.numbers import AMOUNT, PERCENT


def _shown(name: str, kind: Kind, help_: str) -> Field:
    return Field(name, kind, "", help_, access=Access.READ, record=SlurmRecord.OBJECT)


def _named(name: str, help_: str, *aliases: str) -> Field:
    return replace(_shown(name, NAME, help_), where=True, access=Access.SCOPE, aliases=aliases)


QUOTA = Entity(
    "quota",
    (
        replace(
            _named("Account", "account of the limit; as a condition also the accounts above it",
                   "Accounts"),
            access=Access.KEY,
        ),
        _named("User", "user of the limit; as a condition also the accounts above", "Users"),
        _shown("Partition", NAME, "partition of the association"),
        _named("QOS", "QOS of the limit; without QOS the limit is that of an association"),
        _shown("Limit", TEXT, "the limit, like GrpTRES"),
        _shown("TRES", TEXT, "TRES of the limit, mem in MB; empty for limits on jobs and time"),
        _shown("Value", AMOUNT, "value of the limit; of times, minutes"),
        _shown("Used", AMOUNT, "use; empty if the executor cannot know it"),
        _shown("Left", AMOUNT, "what can still be used, which limits of accounts above may reduce"),
        _shown("Percent", PERCENT, "Used as a percentage of Value"),
        _shown("From", NAME, "account that the limit is inherited from; empty: its own"),
        _shown("Note", TEXT, "why the use is not known, or only about"),
    ),
    ("Account", "User", "QOS", "Limit", "TRES", "Value", "Used", "Left", "Percent"),
)  # fmt: skip

QUOTA_WORDS = replace(QUOTA, fields=(*QUOTA.fields, replace(CLUSTER, help="cluster")))
"""What the words of `quota` may name."""
