"""Coordinators: users who may administer an account and all below it.

Slurm keeps coordinators with the account, so `coordinator add` plans a change of the account.
"""

from __future__ import annotations

from collections.abc import Iterable

from slurmctl_rest.model.fields import Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import NAME

COORDINATOR = Entity(
    "coordinator",
    (
        Field(
            "Account", NAME, "",
            "account",
            aliases=("Accounts",), where=True, access=Access.SCOPE, record=SlurmRecord.OBJECT,
        ),
        Field(
            "User", NAME, "",
            "user who coordinates the account",
            aliases=("Names", "Users"), where=True, access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
    ),
    ("Account", "User"),
)  # fmt: skip


def rows(accounts: Iterable[Row]) -> list[Row]:
    """Return a row for each account and each of its own coordinators, its flag's among them."""
    known = list(accounts)
    flagged = by_flag(known)
    return [
        {"Account": account["Account"], "User": user}
        for account in known
        for user in sorted({*_names(account["Coordinators"]), *flagged[str(account["Account"])]})
    ]


def by_flag(accounts: Iterable[Row]) -> dict[str, frozenset[str]]:
    """Return by account the users who coordinate it because they are in it (UsersAreCoords).

    Example: {"physics": frozenset({"alice", "bob"}), "root": frozenset()}

    The flag is its own, or that of an account above. Slurm tells these users as it tells those who
    coordinate an account above, but above nobody names them.
    """
    known = {str(account["Account"]): account for account in accounts}
    found: dict[str, frozenset[str]] = {}
    for name, account in known.items():
        above: set[str] = set()
        parent, seen = account.get("Parent"), {name}
        while isinstance(parent, str) and parent in known and parent not in seen:
            seen.add(parent)
            above |= {*_names(known[parent]["Coordinators"])}
            above |= {*_names(known[parent].get("IndirectCoordinators"))}
            parent = known[parent].get("Parent")
        indirect = {*_names(account.get("IndirectCoordinators"))}
        found[name] = frozenset(indirect - above - {*_names(account["Coordinators"])})
    return found


def _names(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
