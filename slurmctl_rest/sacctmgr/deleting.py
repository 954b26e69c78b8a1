"""`delete` of accounts and users: what goes, what is said of it, and what is refused; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slurmctl_rest.errors import USE_COMMANDS, Unsupported
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr.associations import Tree, association_line, default_accounts_lost
from slurmctl_rest.sacctmgr.modifying import accounts_meant, user_meets
from slurmctl_rest.sacctmgr.plan import NOTHING_DELETED, WritePlan, refusal, would_lose_default
from slurmctl_rest.sacctmgr.reply import (
    FAILED,
    LineRefused,
    as_lines,
    bullet_list,
    left_set,
)
from slurmctl_rest.sacctmgr.write_requests import WriteRequest

NOT_ROOT = (" You are not allowed to remove the root account.", " Use remove cluster instead.")

REMEDY_OF_ACCOUNTS = (
    " Please either remove the accounts listed above from list and resubmit,",
    " or change these users' default accounts to remove the account(s).",
)
REMEDY_OF_USERS = (
    " You must change the default account of these users or remove the users completely from the "
    "affected clusters to allow these changes.",
)


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """What goes.

    records  the accounts or users that go everywhere, with all that belongs to them
    rows     the associations that go besides; those below an account's own one come along
    """

    plan: WritePlan
    records: Sequence[Row] = ()
    rows: Sequence[Row] = ()


def refuse_root(names: Iterable[str]) -> None:
    """Raise what sacctmgr says where the account root is named."""
    if ROOT in names:
        raise LineRefused(as_lines(*NOT_ROOT))


def delete_accounts(request: WriteRequest, records: Iterable[Row], tree: Tree) -> DeletionPlan:
    """Plan the removal of accounts everywhere; `tree` has all below them, and all of its users."""
    chosen = accounts_meant(records, request)
    if not chosen:
        return DeletionPlan(NOTHING_DELETED)
    names = sorted(str(row["Account"]) for row in chosen)
    heads = [row for row in tree.rows.values() if is_account_level(row) and row["Account"] in names]
    going = _branches(heads, tree)
    if lost := _lost(going, tree, *REMEDY_OF_ACCOUNTS, old=request.old):
        return DeletionPlan(lost)
    return DeletionPlan(WritePlan(bullet_list("Deleting accounts...", names)), chosen)


def delete_account_rows(chosen: Sequence[Row], tree: Tree, *, old: bool) -> DeletionPlan:
    """Plan the removal of associations of accounts; 24.11 lists only those that were selected."""
    if not chosen:
        return DeletionPlan(NOTHING_DELETED)
    going = _branches(chosen, tree)
    if lost := _lost(going, tree, *REMEDY_OF_ACCOUNTS, old=old):
        return DeletionPlan(lost)
    listed = [
        association_line(row, width=10, parent=True)
        for row in tree.in_order(chosen if old else going)
    ]
    return DeletionPlan(
        WritePlan(bullet_list("Deleting account associations...", listed)), rows=chosen
    )


def _branches(chosen: Iterable[Row], tree: Tree) -> list[Row]:
    found = {association_key(one): one for row in chosen for one in tree.branch(row)}
    if any(row["Account"] == ROOT and is_account_level(row) for row in found.values()):
        raise Unsupported("the account root is not deleted over REST", USE_COMMANDS)
    return list(found.values())


def _lost(going: Sequence[Row], tree: Tree, *remedy: str, old: bool) -> WritePlan | None:
    lost = tree.in_order(default_accounts_lost(going, [*tree.rows.values()], old=old))
    if not lost:
        return None
    return would_lose_default([_lost_line(row, old=old) for row in lost], *remedy)


def _lost_line(row: Row, *, old: bool) -> str:
    """Return the words for an association that cannot go; 24.11 does not name its partition."""
    text = association_line({**row, "Partition": None}, width=10, cluster=15)
    return text if old or not row["Partition"] else f"{text} P = {left_set(row['Partition'], 9)}"


def has_default_account(request: WriteRequest, rows: Iterable[Row]) -> bool:
    """Tell whether anyone has the default account that is a condition, if it is one.

    Raises Unsupported for one beside names: slurmdbd then deletes all who are named.
    """
    wanted = request.conditions.where.get("DefaultAccount")
    if wanted is not None and any(request.of("User")):
        raise Unsupported(
            "sacctmgr deletes users who are named whatever their default account is",
            "leave DefaultAccount out, or the names",
        )
    return wanted is None or any(row["Default"] and row["Account"] in wanted for row in rows)


def delete_users(
    request: WriteRequest, records: Iterable[Row], rows: Sequence[Row]
) -> DeletionPlan:
    """Plan the removal of users everywhere; `rows` are all of their associations."""
    chosen = [row for row in records if user_meets(row, rows, request)]
    if not chosen:
        return DeletionPlan(NOTHING_DELETED)
    names = sorted(str(row["User"]) for row in chosen)
    return DeletionPlan(WritePlan(bullet_list("Deleting users...", names)), chosen)


def delete_user_rows(
    chosen: Sequence[Row], records: Sequence[Row], tree: Tree, *, old: bool
) -> DeletionPlan:
    """Plan the removal of users' associations; with the last one the user goes, too.

    `records` are those users, `tree` has all their associations.
    """
    if not chosen:
        return DeletionPlan(NOTHING_DELETED)
    if lost := _lost(chosen, tree, *REMEDY_OF_USERS, old=old):
        return DeletionPlan(lost)
    doomed = {association_key(row) for row in chosen}
    staying = {row["User"] for key, row in tree.rows.items() if row["User"] and key not in doomed}
    leaving = sorted({str(row["User"]) for row in chosen} - {str(user) for user in staying})
    listed = [association_line(row, width=10) for row in tree.in_order(chosen)]
    blocks = bullet_list("Deleting user associations...", listed)
    if leaving:
        blocks += bullet_list("Deleting users (No Associations)...", leaving)
    return DeletionPlan(
        WritePlan(blocks),
        [row for row in records if row["User"] in leaving],
        [row for row in chosen if row["User"] not in leaving],
    )


def jobs_are_active(jobs: Sequence[tuple[str, Row]], margin: str = "  ", *, old: bool) -> WritePlan:
    """Return the plan of a deletion that active jobs are in the way of, each with its cluster.

    24.11 names all of them, and not their QOS; later releases name the first one alone. `margin`:
    what stands before each; of QOS sacctmgr has a space less.
    """
    listed = (
        f"{margin}JobID = {job['JobIDRaw']:<10} C = {left_set(cluster, 10)} "
        f"A = {left_set(job['Account'], 10)} U = {left_set(job['User'], 9)}"
        + ("" if old else f" Q = {left_set(job['QOS'] or '', 9)}")
        for cluster, job in (jobs if old else jobs[:1])
    )
    return WritePlan("", failed=f"{refusal(7001)}{as_lines(*listed)}", code=FAILED)
