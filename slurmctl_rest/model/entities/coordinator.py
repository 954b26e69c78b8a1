"""Coordinators: users who may administer an account and all below it.

Slurm keeps them with the account, so a change to them is a change to the account.
"""

from __future__ import annotations

from collections.abc import Iterable

from slurmctl_rest.model.fields import Access, Entity, Field, Record, Row
from slurmctl_rest.model.kinds import NAME

COORDINATOR = Entity(
    "coordinator",
    (
        Field(
            "Account", NAME, "",
            "the account",
            aliases=("Accounts",), where=True, access=Access.SCOPE, record=Record.OBJECT,
        ),
        Field(
            "User", NAME, "",
            "the user who coordinates it",
            aliases=("Names", "Users"), where=True, access=Access.KEY, record=Record.OBJECT,
        ),
    ),
    ("Account", "User"),
)  # fmt: skip


def rows(accounts: Iterable[Row]) -> list[Row]:
    """Return a row for each account and each of its own coordinators."""
    found: list[Row] = []
    for account in accounts:
        named = account["Coordinators"]
        for user in named if isinstance(named, tuple) else ():
            found.append({"Account": account["Account"], "User": user})
    return found
