"""add, modify and delete of accounts, in sacctmgr's words and with its meaning."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before, removing
from slurmctl_rest.cli.drop_in.writing import written
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import adding, deleting, modifying
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.conditions import ABOUT_RECORD
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.plan import WritePlan, warned
from slurmctl_rest.sacctmgr.reply import LineRefused, Reply, as_lines
from slurmctl_rest.sacctmgr.settings import INHERITED_LIMITS
from slurmctl_rest.sacctmgr.write_requests import WriteRequest


def account_added(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Add accounts to each cluster that is meant."""
    request = before.requested(context, "add", ACCOUNT.noun, words).checked()
    names = request.of("Account")
    if not names:
        raise LineRefused(as_lines(adding.NO_ACCOUNT_NAME))

    def make() -> WritePlan:
        found = before.read_records(context, ACCOUNT.noun, names)
        records = {str(row["Account"]): row for row in found}
        known = context.backend.clusters()
        clusters = request.of("Cluster") or sorted(known)
        rows = before.read_account_rows(context)
        plan = adding.add_accounts(request, clusters, known, records, rows)
        return warned(plan, request.complaints.err)

    return written(context, options, make, named=request.of("Cluster"))


def account_modified(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Modify accounts, their associations, or both."""
    return before.modified(context, options, ACCOUNT.noun, words, _records_plan, _rows_plan)


def _records_plan(context: Context, request: WriteRequest) -> WritePlan:
    records = before.read_records(context, ACCOUNT.noun, request.of("Account"), request.flags)
    return modifying.modify_account_records(
        request, records, context.backend.cluster(), old=request.old
    )


def _rows_plan(context: Context, request: WriteRequest) -> WritePlan:
    where = request.conditions.where
    named = any(request.of("User"))
    found = (
        before.read_rows(context, {"User": request.of("User")})
        if named
        else before.read_account_rows(context)
    )
    if "User" not in where:
        found = [row for row in found if row["User"] is None]
    chosen = before.selected(where, found)
    tree = Tree(found, request.of("Cluster"))
    if request.settings.asked.keys() & (INHERITED_LIMITS | {"Parent"}):
        tree = before.with_branches(context, chosen, tree)
    return modifying.modify_associations(ACCOUNT.noun, request, chosen, tree, old=request.old)


def account_deleted(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Delete accounts everywhere, or their associations where conditions are on these."""
    request = before.requested(context, "delete", ACCOUNT.noun, words).checked_to_delete()
    deleting.refuse_root(request.of("Account"))

    def make() -> WritePlan:
        conditions = request.conditions
        if conditions.about == ABOUT_RECORD:
            records = before.read_records(context, ACCOUNT.noun, request.of("Account"))
            own = before.read_account_rows(context)
            named = {str(row["Account"]) for row in records}
            tree = _whole(context, [row for row in own if row["Account"] in named], Tree(own))
            deletion = deleting.delete_accounts(request, records, tree)
        else:
            found = before.read_meant(context, conditions)
            chosen = before.selected(conditions.where, found)
            tree = _whole(context, chosen, Tree(found, request.of("Cluster")))
            deletion = deleting.delete_account_rows(chosen, tree, old=request.old)
        return removing.with_deletions(context, ACCOUNT.noun, deletion, tree, old=request.old)

    return written(context, options, make, named=request.of("Cluster"))


def _whole(context: Context, chosen: Sequence[Row], tree: Tree) -> Tree:
    """Return the tree with all below what is chosen, and all else of the users concerned."""
    tree = before.with_branches(context, chosen, tree)
    going = [one for row in chosen for one in tree.branch(row)]
    users = dict.fromkeys(str(row["User"]) for row in going if row["User"] is not None)
    return tree.joined(before.read_rows(context, {"User": list(users)})) if users else tree
