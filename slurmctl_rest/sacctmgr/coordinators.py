"""`add` and `delete` of coordinators, planned from the accounts that are there; pure."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.names import names_in
from slurmctl_rest.sacctmgr.plan import DENIED_COORDINATORS, WritePlan
from slurmctl_rest.sacctmgr.reply import FAILED, LineRefused, as_lines, bullet_list, left_set
from slurmctl_rest.sacctmgr.write_requests import WriteRequest

NO_COORDINATORS = " You need to specify conditions to to add the coordinator."
NO_USERS = " You need to specify a user list here."
NO_ACCOUNTS = " You need to specify an account list here."
NEITHER = " You need to specify a user list or account list here."


def check_new(request: WriteRequest) -> None:
    """Raise what sacctmgr says where users or accounts are missing from `add`."""
    request.checked()
    if not request.conditions.about:
        raise LineRefused(as_lines(NO_COORDINATORS))
    if not request.of("User"):
        raise LineRefused(as_lines(NO_USERS))
    if not request.of("Account"):
        raise LineRefused(as_lines(NO_ACCOUNTS))


def check_gone(request: WriteRequest) -> None:
    """Raise what sacctmgr says where neither users nor accounts are given to `delete`."""
    request.checked()
    if not request.of("User") and not request.of("Account"):
        raise LineRefused(as_lines(NEITHER))


def check_known(request: WriteRequest, accounts: Sequence[Row], users: Sequence[Row]) -> None:
    """Raise what sacctmgr says of accounts and users that do not exist."""
    said = []
    for noun, key, rows in (("account", "Account", accounts), ("user", "User", users)):
        there = {row[key] for row in rows}
        said += [
            f" You specified a non-existent {noun} '{name}'."
            for name in request.of(key)
            if name not in there
        ]
    if said:
        raise LineRefused(as_lines(*said))


def add_coordinators(request: WriteRequest, accounts: Sequence[Row], cluster: str) -> WritePlan:
    """Plan users as coordinators of accounts; `accounts` stand lowest first."""
    users = request.of("User")
    blocks = bullet_list("Adding Coordinator User(s)", users) + bullet_list(
        "To Account(s) and all sub-accounts", request.of("Account")
    )
    changes = [
        _change(row, tuple(sorted({*names_in(row["Coordinators"]), *users})))
        for row in accounts
        if row["Account"] in request.of("Account")
    ]
    needed = [one for one in changes if one.needs_write]
    return WritePlan(blocks, {cluster: needed}, before=blocks, denied=DENIED_COORDINATORS)


def remove_coordinators(request: WriteRequest, accounts: Sequence[Row], cluster: str) -> WritePlan:
    """Plan users as coordinators no longer; `accounts` are all there are, lowest first."""
    users, named = request.of("User"), request.of("Account")
    if not users:
        blocks = bullet_list("Removing all users from Accounts", named)
    elif not named:
        blocks = bullet_list("Removing Coordinators with user name", users)
        blocks += as_lines(" From all accounts")
    else:
        blocks = bullet_list("Removing Coordinators with user name", users)
        blocks += bullet_list("From Account(s)", named)
    gone: list[tuple[str, str]] = []
    changes = []
    for row in accounts:
        if named and row["Account"] not in named:
            continue
        going = {one for one in names_in(row["Coordinators"]) if not users or one in users}
        if going:
            gone += [(str(row["Account"]), user) for user in going]
            left = (one for one in names_in(row["Coordinators"]) if one not in going)
            changes.append(_change(row, tuple(left)))
    if not gone:
        return WritePlan(blocks + as_lines(" Nothing removed"), code=FAILED)
    listed = [
        f"U = {left_set(user, 9)} A = {left_set(account, 10)}" for account, user in sorted(gone)
    ]
    said = bullet_list("Removed Coordinators (sub accounts not listed)...", listed)
    return WritePlan(blocks + said, {cluster: changes}, before=blocks)


def _change(row: Row, officers: tuple[str, ...]) -> RowChange:
    return RowChange(ACCOUNT, "modify", str(row["Account"]), row, {**row, "Coordinators": officers})
