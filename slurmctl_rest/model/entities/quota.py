"""What `quota` shows: one row a limit, and a TRES of it, with its use."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.entities.association import CLUSTER
from slurmctl_rest.model.entities.computed import column, condition
from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.kinds.names import NAME, TEXT
from slurmctl_rest.model.kinds.numbers import AMOUNT, PERCENT


def _named(name: str, help_: str, *aliases: str) -> Field:
    return condition(name, NAME, help_, *aliases)


QUOTA = Entity(
    "quota",
    (
        _named("Account", "account of the limit; as a condition also the accounts above it",
               "Accounts"),
        _named("User", "user of the limit; as a condition also the accounts above", "Users"),
        column("Partition", NAME, "partition of the association"),
        _named("QOS", "QOS of the limit; without QOS the limit is that of an association"),
        column("Limit", TEXT, "the limit, like GrpTRES"),
        column("TRES", TEXT, "TRES of the limit, mem in MB; empty for limits on jobs and time"),
        column("Value", AMOUNT, "value of the limit; of times, minutes"),
        column("Used", AMOUNT, "use; empty if the executor cannot know it"),
        column("Left", AMOUNT, "what can still be used, which limits of accounts above may reduce"),
        column("Percent", PERCENT, "Used as a percentage of Value"),
        column("From", NAME, "account that the limit is inherited from; empty: its own"),
        column("Note", TEXT, "why the use is not known, or only about"),
    ),
    ("Account", "User", "QOS", "Limit", "TRES", "Value", "Used", "Left", "Percent"),
    many="limits",
)  # fmt: skip

QUOTA_WORDS = replace(
    QUOTA,
    fields=(
        replace(QUOTA["Account"], access=Access.KEY),
        *(field for field in QUOTA.fields if field.name != "Account"),
        replace(CLUSTER, help="cluster"),
    ),
)
"""What the words of `quota` may name; bare words are accounts. A limit itself has no name."""


def of_limit(name: str) -> Field:
    """Return a field of a limit as a list shows it that is not asked for limits."""
    return replace(QUOTA[name], where=False, aliases=(), access=Access.READ)
