"""add, modify and delete of users, in sacctmgr's words and with its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slurmctl_rest.cli.checks import is_unix_user
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before, question, removing
from slurmctl_rest.cli.drop_in.writing import in_turn, written
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import adding, deleting, modifying, writes
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.plan import NOTHING_NEW, UNAFFECTED, Plan, failed_request
from slurmctl_rest.sacctmgr.reply import FAILED, Refused, Reply, lines
from slurmctl_rest.sacctmgr.selecting import Conditions
from slurmctl_rest.sacctmgr.writes import RECORD, ROWS, Request

NOUN = "user"


def add(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Add users to accounts."""
    catalog = before.catalog(context, writes.needed(NOUN, words))
    old = before.is_old(context)
    request = writes.new_user(words, catalog, old=old).checked()
    names = request.of("User")
    if not names:
        raise Refused(lines(adding.NO_USER_NAME))
    if not request.of("Account"):
        raise Refused(lines(adding.NO_ACCOUNT_OF_USER))

    def make() -> Plan:
        rows = before.rows(context, {"User": names})
        records = {str(row["User"]): row for row in before.records(context, NOUN, names)}
        clusters = before.clusters(context, request.conditions)
        return adding.users(request, clusters, records, rows, old=old)

    asks = not (options.immediate or options.dry_run)
    if asks and not _are_known(make(), names):
        return Reply(code=FAILED)
    return written(context, options, make)


def _are_known(plan: Plan, names: Sequence[str]) -> bool:
    """Ask about each user whom this machine does not know, as sacctmgr does."""
    joining = {str(change.new.get("User")) for some in plan.changes.values() for change in some}
    return all(
        is_unix_user(name)
        or question.agreed(f"There is no uid for user '{name}'\nAre you sure you want to continue?")
        for name in names
        if name in joining
    )


def modify(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Modify users, their associations, or both."""
    old = before.is_old(context)
    request = before.modification(context, options, NOUN, words, old=old)
    if request is None:
        return Reply(lines("Aborted"))

    def of_records() -> Plan:
        found = _theirs(context, request.conditions)
        named = request.of("User") or sorted({str(row["User"]) for row in found if row["User"]})
        records = before.records(context, NOUN, named)
        clusters = before.clusters(context, request.conditions)
        return modifying.users(request, records, found, clusters, old=old)

    def of_rows() -> Plan:
        return _rows(context, request, old=old)

    parts = [make for bit, make in ((RECORD, of_records), (ROWS, of_rows)) if request.bits & bit]
    return in_turn(context, options, *parts, at_once=old)


def _theirs(context: Context, conditions: Conditions) -> list[Row]:
    """Return all associations of the users that may be meant, and what these inherit from."""
    if any(conditions.of("User")):
        return before.rows(context, {"User": conditions.of("User")})
    if any(conditions.of("Account")):
        named = before.rows(context, {"Account": conditions.of("Account")})
        users = dict.fromkeys(str(row["User"]) for row in named if row["User"] is not None)
        return before.rows(context, {"User": list(users)}) if users else named
    return before.rows(context)


def _rows(context: Context, request: Request, *, old: bool) -> Plan:
    found = _theirs(context, request.conditions)
    conditions = request.conditions
    if "DefaultAccount" in request.record:
        # sacctmgr forgets the accounts that were named, once it has changed the default one.
        where = {name: value for name, value in conditions.where.items() if name != "Account"}
        conditions = replace(conditions, where=where)
    chosen = [row for row in before.selected(conditions, found) if row["User"] is not None]
    tree = Tree(found, conditions.of("Cluster"))
    return modifying.associations(NOUN, request, chosen, tree, old=old)


def delete(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Delete users everywhere, or some of their associations; with the last one the user goes."""
    catalog = before.catalog(context, writes.needed(NOUN, words))
    old = before.is_old(context)
    request = deleting.check(writes.selection(NOUN, words, catalog, old=old))

    def make() -> Plan:
        conditions = request.conditions
        if conditions.of("User") == ("",) and conditions.bits == RECORD:
            return failed_request("", UNAFFECTED if old else "", NOTHING_NEW, old=True)
        of_rows = conditions.bits & ROWS or conditions.of("Cluster")
        found = _theirs(context, conditions)
        named = request.of("User") or sorted({str(row["User"]) for row in found if row["User"]})
        tree = Tree(found, conditions.of("Cluster"))
        if not of_rows:
            records = before.records(context, NOUN, named)
            return removing.of_users(context, deleting.users(request, records, found), tree)
        chosen = [row for row in before.selected(conditions, found) if row["User"] is not None]
        records = before.records(context, NOUN, [str(row["User"]) for row in chosen] or named)
        plan = deleting.users_rows(chosen, records, tree, old=old)
        return removing.of_users(context, plan, tree)

    return written(context, options, make)
