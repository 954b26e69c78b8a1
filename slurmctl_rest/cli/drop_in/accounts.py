"""add, modify and delete of accounts, in sacctmgr's words and with its meaning."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before, removing
from slurmctl_rest.cli.drop_in.writing import in_turn, written
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import adding, deleting, modifying, writes
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.plan import Plan
from slurmctl_rest.sacctmgr.reply import Refused, Reply, lines
from slurmctl_rest.sacctmgr.settings import INHERITED
from slurmctl_rest.sacctmgr.writes import RECORD, ROWS, Request

NOUN = "account"


def add(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Add accounts to each cluster that is meant."""
    catalog = before.catalog(context, writes.needed(NOUN, words))
    request = writes.new_account(words, catalog, old=before.is_old(context)).checked()
    if not request.of("Account"):
        raise Refused(lines(adding.NO_ACCOUNT_NAME))

    def make() -> Plan:
        names = request.of("Account")
        records = {str(row["Account"]): row for row in before.records(context, NOUN, names)}
        known = context.backend.clusters()
        clusters = request.of("Cluster") or sorted(known)
        return adding.accounts(request, clusters, known, records, before.accounts_rows(context))

    return written(context, options, make)


def modify(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Modify accounts, their associations, or both."""
    old = before.is_old(context)
    request = before.modification(context, options, NOUN, words, old=old)
    if request is None:
        return Reply(lines("Aborted"))

    def of_records() -> Plan:
        records = before.records(context, NOUN, request.of("Account"))
        return modifying.accounts(request, records, context.backend.cluster(), old=old)

    def of_rows() -> Plan:
        return _rows(context, request, old=old)

    parts = [make for bit, make in ((RECORD, of_records), (ROWS, of_rows)) if request.bits & bit]
    return in_turn(context, options, *parts, at_once=old)


def _rows(context: Context, request: Request, *, old: bool) -> Plan:
    conditions = request.conditions
    named = conditions.of("User")
    found = before.rows(context, {"User": named}) if any(named) else before.accounts_rows(context)
    if "User" not in conditions.where:
        found = [row for row in found if row["User"] is None]
    chosen = before.selected(conditions, found)
    tree = Tree(found, conditions.of("Cluster"))
    if request.settings.fields & (INHERITED | {"Parent"}):
        tree = before.with_branches(context, chosen, tree)
    return modifying.associations(NOUN, request, chosen, tree, old=old)


def delete(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Delete accounts everywhere, or their associations where conditions are on these."""
    catalog = before.catalog(context, writes.needed(NOUN, words))
    old = before.is_old(context)
    request = deleting.check(writes.selection(NOUN, words, catalog, old=old))
    deleting.refuse_root(request.of("Account"))

    def make() -> Plan:
        conditions = request.conditions
        if conditions.bits == RECORD:
            records = before.records(context, NOUN, request.of("Account"))
            own = before.accounts_rows(context)
            named = {str(row["Account"]) for row in records}
            tree = _whole(context, [row for row in own if row["Account"] in named], Tree(own))
            plan = deleting.accounts(request, records, tree, old=old)
            return removing.of_accounts(context, plan, tree)
        found = before.meant(context, conditions)
        chosen = before.selected(conditions, found)
        tree = _whole(context, chosen, Tree(found, conditions.of("Cluster")))
        return removing.of_accounts(context, deleting.accounts_rows(chosen, tree, old=old), tree)

    return written(context, options, make)


def _whole(context: Context, chosen: Sequence[Row], tree: Tree) -> Tree:
    """Return the tree with all below what is chosen, and all else of the users concerned."""
    tree = before.with_branches(context, chosen, tree)
    going = [one for row in chosen for one in tree.branch(row)]
    users = dict.fromkeys(str(row["User"]) for row in going if row["User"] is not None)
    if not users:
        return tree
    return tree.joined(before.rows(context, {"User": list(users)}))
