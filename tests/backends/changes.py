"""Changes that both executors are given."""

from __future__ import annotations

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning import users
from slurmctl_rest.planning.users import UserAddition
from tests.strategies import AVAILABLE
from tests.support import account, assign


def modified(name: str) -> RowChange:
    """Set a limit of an account."""
    row = account(name)
    return RowChange(ACCOUNT, "modify", name, row, {**row, "MaxJobs": 1})


def deleted(name: str) -> RowChange:
    """Delete an account."""
    return RowChange(ACCOUNT, "delete", name, account(name), None)


def gone(row: Row, *companions: Row) -> RowChange:
    """Delete an association, with those that go along."""
    return RowChange(
        ASSOCIATION, "delete", str(association_key(row)), row, None, companions=companions
    )


def added(
    names: list[str], accounts: list[str], partitions: list[str | None], *tokens: str
) -> list[RowChange]:
    """Add users who are nowhere yet."""
    asked = [assign(token, USER_WITH_LIMITS) for token in tokens]
    plan = users.add([UserAddition(names, accounts, partitions, asked)], [], AVAILABLE, "alps")
    return [outcome.change for outcome in plan]
