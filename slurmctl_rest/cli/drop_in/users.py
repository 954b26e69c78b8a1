"""add, modify and delete of users, in sacctmgr's words and with its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import reading
from slurmctl_rest.cli.drop_in.accounts import NOTHING_SET
from slurmctl_rest.cli.drop_in.writing import WITHOUT_CONDITIONS, agreed_to, in_turn
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import modifying, writes
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.plan import Plan
from slurmctl_rest.sacctmgr.reply import Refused, Reply, lines
from slurmctl_rest.sacctmgr.selecting import Conditions
from slurmctl_rest.sacctmgr.writes import RECORD, ROWS, Request

NOUN = "user"


def modify(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Modify users, their associations, or both."""
    catalog = reading.catalog(context, writes.needed(NOUN, words))
    old = reading.is_old(context)
    request = writes.modification(NOUN, words, catalog, old=old).checked()
    if not request.bits:
        raise Refused(lines(NOTHING_SET))
    if not request.conditions.bits and not agreed_to(options, WITHOUT_CONDITIONS):
        return Reply(lines("Aborted"))

    def of_records() -> Plan:
        found = _theirs(context, request.conditions)
        named = request.of("User") or sorted({str(row["User"]) for row in found if row["User"]})
        records = reading.records(context, NOUN, named)
        return modifying.users(request, records, found, context.backend.cluster(), old=old)

    def of_rows() -> Plan:
        return _rows(context, request, old=old)

    parts = [make for bit, make in ((RECORD, of_records), (ROWS, of_rows)) if request.bits & bit]
    return in_turn(context, options, *parts)


def _theirs(context: Context, conditions: Conditions) -> list[Row]:
    """Return all associations of the users that may be meant, and what these inherit from."""
    if any(conditions.of("User")):
        return reading.rows(context, {"User": conditions.of("User")})
    if any(conditions.of("Account")):
        named = reading.rows(context, {"Account": conditions.of("Account")})
        users = dict.fromkeys(str(row["User"]) for row in named if row["User"] is not None)
        return reading.rows(context, {"User": list(users)}) if users else named
    return reading.rows(context)


def _rows(context: Context, request: Request, *, old: bool) -> Plan:
    found = _theirs(context, request.conditions)
    conditions = request.conditions
    if "DefaultAccount" in request.record:
        # sacctmgr forgets the accounts that were named, once it has changed the default one.
        where = {name: value for name, value in conditions.where.items() if name != "Account"}
        conditions = replace(conditions, where=where)
    chosen = [row for row in reading.selected(conditions, found) if row["User"] is not None]
    return modifying.associations(NOUN, request, chosen, Tree(found), old=old)
