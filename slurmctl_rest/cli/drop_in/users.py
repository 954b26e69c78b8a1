"""add, modify and delete of users, in sacctmgr's words and with its meaning."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.checks import is_unix_user
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before, question, removing
from slurmctl_rest.cli.drop_in.writing import written
from slurmctl_rest.model.entities import USER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import adding, deleting, modifying
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.conditions import ABOUT_RECORD, ABOUT_ROWS, refuse_no_user
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.plan import (
    NOTHING_NEW,
    UNAFFECTED,
    WritePlan,
    failed_request,
    warned,
)
from slurmctl_rest.sacctmgr.reply import FAILED, LineRefused, Reply, as_lines
from slurmctl_rest.sacctmgr.write_requests import WriteRequest


def user_added(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Add users to accounts."""
    request = before.requested(context, "add", USER.noun, words).checked()
    names = request.of("User")
    if not names:
        raise LineRefused(as_lines(adding.NO_USER_NAME))
    refuse_no_user(names)
    if not request.of("Account"):
        raise LineRefused(as_lines(adding.NO_ACCOUNT_OF_USER))

    def make() -> WritePlan:
        rows = before.read_rows(context, {"User": names})
        found = before.read_records(context, USER.noun, names)
        records = {str(row["User"]): row for row in found}
        clusters = before.clusters_meant(context, request.conditions)
        plan = adding.add_users(request, clusters, records, rows, old=request.old)
        return warned(plan, request.complaints.err)

    asks = not (options.immediate or options.dry_run)
    if asks and not _are_known(make(), names):
        return Reply(code=FAILED)
    return written(context, options, make, named=request.of("Cluster"))


def _are_known(plan: WritePlan, names: Sequence[str]) -> bool:
    """Ask about each user whom this machine does not know, as sacctmgr does."""
    joining = {str(change.new.get("User")) for some in plan.changes.values() for change in some}
    return all(
        is_unix_user(name)
        or question.answered_yes(
            f"There is no uid for user '{name}'\nAre you sure you want to continue?"
        )
        for name in names
        if name in joining
    )


def user_modified(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Modify users, their associations, or both."""
    return before.modified(context, options, USER.noun, words, _records_plan, _rows_plan)


def _records_plan(context: Context, request: WriteRequest) -> WritePlan:
    found = _theirs(context, request)
    records = before.read_records(context, USER.noun, _named(request, found))
    clusters = before.clusters_meant(context, request.conditions)
    return modifying.modify_user_records(request, records, found, clusters, old=request.old)


def _theirs(context: Context, request: WriteRequest) -> list[Row]:
    """Return all associations of the users that may be meant, and what these inherit from."""
    if any(request.of("User")):
        return before.read_rows(context, {"User": request.of("User")})
    found = before.read_meant(context, request.conditions)
    if not any(request.of("Account")):
        return found
    users = dict.fromkeys(str(row["User"]) for row in found if row["User"] is not None)
    return before.read_rows(context, {"User": list(users)}) if users else found


def _named(request: WriteRequest, found: Sequence[Row]) -> Sequence[str]:
    return request.of("User") or sorted({str(row["User"]) for row in found if row["User"]})


def _rows_plan(context: Context, request: WriteRequest) -> WritePlan:
    found, where = _theirs(context, request), request.conditions.where
    if "DefaultAccount" in request.record:
        # sacctmgr forgets the accounts that were named, once it has changed the default one.
        where = {name: value for name, value in where.items() if name != "Account"}
    chosen = [row for row in before.selected(where, found) if row["User"] is not None]
    tree = Tree(found, request.of("Cluster"))
    return modifying.modify_associations(USER.noun, request, chosen, tree, old=request.old)


def user_deleted(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Delete users everywhere, or some of their associations; with the last one the user goes."""
    request = before.requested(context, "delete", USER.noun, words).checked_to_delete()
    conditions = request.conditions

    def make() -> WritePlan:
        if request.of("User") == [""] and conditions.about == ABOUT_RECORD:
            return failed_request("", UNAFFECTED if request.old else "", NOTHING_NEW, old=True)
        refuse_no_user(request.of("User"))
        found = _theirs(context, request)
        if not deleting.has_default_account(request, found):
            return failed_request("", UNAFFECTED if request.old else "", NOTHING_NEW, old=True)
        named = _named(request, found)
        tree = Tree(found, request.of("Cluster"))
        if conditions.about & ABOUT_ROWS or request.of("Cluster"):
            meant = before.selected(conditions.where, found)
            chosen = [row for row in meant if row["User"] is not None]
            leaving = [str(row["User"]) for row in chosen] or named
            records = before.read_records(context, USER.noun, leaving)
            deletion = deleting.delete_user_rows(chosen, records, tree, old=request.old)
        else:
            records = before.read_records(context, USER.noun, named)
            deletion = deleting.delete_users(request, records, found)
        return removing.with_deletions(context, USER.noun, deletion, tree, old=request.old)

    return written(context, options, make, named=request.of("Cluster"))
