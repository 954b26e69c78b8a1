"""add, modify and delete of accounts, in sacctmgr's words and with its meaning."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import reading
from slurmctl_rest.cli.drop_in.writing import WITHOUT_CONDITIONS, agreed_to, in_turn
from slurmctl_rest.sacctmgr import modifying, writes
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.plan import Plan
from slurmctl_rest.sacctmgr.reply import Refused, Reply, lines
from slurmctl_rest.sacctmgr.settings import INHERITED
from slurmctl_rest.sacctmgr.writes import RECORD, ROWS, Request

NOUN = "account"
NOTHING_SET = " You didn't give me anything to set"


def modify(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Modify accounts, their associations, or both."""
    catalog = reading.catalog(context, writes.needed(NOUN, words))
    old = reading.is_old(context)
    request = writes.modification(NOUN, words, catalog, old=old).checked()
    if not request.bits:
        raise Refused(lines(NOTHING_SET))
    if not request.conditions.bits and not agreed_to(options, WITHOUT_CONDITIONS):
        return Reply(lines("Aborted"))

    def of_records() -> Plan:
        records = reading.records(context, NOUN, request.of("Account"))
        return modifying.accounts(request, records, context.backend.cluster(), old=old)

    def of_rows() -> Plan:
        return _rows(context, request, old=old)

    parts = [make for bit, make in ((RECORD, of_records), (ROWS, of_rows)) if request.bits & bit]
    return in_turn(context, options, *parts)


def _rows(context: Context, request: Request, *, old: bool) -> Plan:
    conditions = request.conditions
    named = conditions.of("User")
    found = reading.rows(context, {"User": named}) if any(named) else reading.accounts_rows(context)
    if "User" not in conditions.where:
        found = [row for row in found if row["User"] is None]
    chosen = reading.selected(conditions, found)
    tree = Tree(found)
    if request.settings.fields & (INHERITED | {"Parent"}):
        tree = reading.with_branches(context, chosen, tree)
    return modifying.associations(NOUN, request, chosen, tree, old=old)
