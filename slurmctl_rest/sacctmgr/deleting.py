"""`delete` of accounts and users: what goes, what is said of it, and what is refused; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr.associations import Tree, default_accounts_lost, line
from slurmctl_rest.sacctmgr.decided import CLI
from slurmctl_rest.sacctmgr.modifying import record_meets, user_meets
from slurmctl_rest.sacctmgr.plan import Plan, refusal, would_lose_default
from slurmctl_rest.sacctmgr.reply import FAILED, Refused, bullet_list, lines
from slurmctl_rest.sacctmgr.writes import Request

NO_CONDITIONS = " No conditions given to remove, not executing."
NOT_ROOT = (" You are not allowed to remove the root account.", " Use remove cluster instead.")
NOTHING = Plan(lines(" Nothing deleted"), code=FAILED)

OF_ACCOUNTS = (
    " Please either remove the accounts listed above from list and resubmit,",
    " or change these users' default accounts to remove the account(s).",
)
OF_USERS = (
    " You must change the default account of these users or remove the users completely from the "
    "affected clusters to allow these changes.",
)


@dataclass(frozen=True, slots=True)
class Deletion:
    """What goes.

    records  the accounts or users that go everywhere, with all that belongs to them
    rows     the associations that go besides; those below an account's own one come along
    """

    plan: Plan
    records: Sequence[Row] = ()
    rows: Sequence[Row] = ()


def check(request: Request) -> Request:
    """Return the request; raise what sacctmgr says of words that select nothing, or wrongly."""
    if not request.conditions.bits:
        raise Refused(lines(*request.complaints, NO_CONDITIONS))
    return request.checked()


def refuse_root(names: Iterable[str]) -> None:
    """Raise what sacctmgr says where the account root is named."""
    if ROOT in names:
        raise Refused(lines(*NOT_ROOT))


def accounts(request: Request, records: Iterable[Row], tree: Tree, *, old: bool) -> Deletion:
    """Plan the removal of accounts everywhere; `tree` has all below them, and all of its users."""
    chosen = [row for row in records if record_meets(row, request.conditions.where)]
    if not chosen:
        return Deletion(NOTHING)
    names = sorted(str(row["Account"]) for row in chosen)
    heads = [row for row in tree.rows.values() if is_account_level(row) and row["Account"] in names]
    going = _branches(heads, tree)
    if lost := _lost(going, tree, *OF_ACCOUNTS, old=old):
        return Deletion(lost)
    return Deletion(Plan(bullet_list("Deleting accounts...", names)), chosen)


def accounts_rows(chosen: Sequence[Row], tree: Tree, *, old: bool) -> Deletion:
    """Plan the removal of associations of accounts; 24.11 lists only those that were selected."""
    if not chosen:
        return Deletion(NOTHING)
    going = _branches(chosen, tree)
    if lost := _lost(going, tree, *OF_ACCOUNTS, old=old):
        return Deletion(lost)
    listed = [line(row, width=10, parent=True) for row in tree.in_order(chosen if old else going)]
    return Deletion(Plan(bullet_list("Deleting account associations...", listed)), rows=chosen)


def _branches(chosen: Iterable[Row], tree: Tree) -> list[Row]:
    found = {association_key(one): one for row in chosen for one in tree.branch(row)}
    if any(row["Account"] == ROOT and is_account_level(row) for row in found.values()):
        raise Unsupported("the account root is not deleted over REST", CLI)
    return list(found.values())


def _lost(going: Sequence[Row], tree: Tree, *remedy: str, old: bool) -> Plan | None:
    lost = tree.in_order(default_accounts_lost(going, [*tree.rows.values()], old=old))
    if not lost:
        return None
    return would_lose_default([_lost_line(row, old=old) for row in lost], *remedy)


def _lost_line(row: Row, *, old: bool) -> str:
    """Return the words for an association that cannot go; 24.11 does not name its partition."""
    text = line({**row, "Partition": None}, width=10, cluster=15)
    return text if old or not row["Partition"] else f"{text} P = {row['Partition']:<9}"


def users(request: Request, records: Iterable[Row], rows: Sequence[Row]) -> Deletion:
    """Plan the removal of users everywhere; `rows` are all of their associations."""
    chosen = [row for row in records if user_meets(row, rows, request)]
    if not chosen:
        return Deletion(NOTHING)
    names = sorted(str(row["User"]) for row in chosen)
    return Deletion(Plan(bullet_list("Deleting users...", names)), chosen)


def users_rows(chosen: Sequence[Row], records: Sequence[Row], tree: Tree, *, old: bool) -> Deletion:
    """Plan the removal of users' associations; with the last one the user goes, too.

    `records` are those users, `tree` has all their associations.
    """
    if not chosen:
        return Deletion(NOTHING)
    if lost := _lost(chosen, tree, *OF_USERS, old=old):
        return Deletion(lost)
    doomed = {association_key(row) for row in chosen}
    staying = {row["User"] for key, row in tree.rows.items() if row["User"] and key not in doomed}
    leaving = sorted({str(row["User"]) for row in chosen} - {str(user) for user in staying})
    listed = [line(row, width=10) for row in tree.in_order(chosen)]
    blocks = bullet_list("Deleting user associations...", listed)
    if leaving:
        blocks += bullet_list("Deleting users (No Associations)...", leaving)
    return Deletion(
        Plan(blocks),
        [row for row in records if row["User"] in leaving],
        [row for row in chosen if row["User"] not in leaving],
    )


def jobs_are_active(jobs: Sequence[tuple[str, Row]]) -> Plan:
    """Return the plan of a deletion that active jobs are in the way of, each with its cluster."""
    listed = (
        f"  JobID = {job['JobIDRaw']:<10} C = {cluster:<10} A = {job['Account']:<10} "
        f"U = {job['User']:<9} Q = {job['QOS'] or '':<9}"
        for cluster, job in jobs
    )
    return Plan("", failed=f"{refusal(7001)}{lines(*listed)}", code=FAILED)
