"""`raw-usage`: reset the usage that fair-share and limits count; always by sacctmgr."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli import checks
from slurmctl_rest.cli.context import Context, on_a_cluster
from slurmctl_rest.cli.usage import names_asked, own_rows
from slurmctl_rest.cli.write import Write
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, RAW_USAGE
from slurmctl_rest.model.entities.association import PLACE, association_key, is_account_level
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.syntax import Selection, parse_select
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.associations import name_on
from slurmctl_rest.planning.targets import not_among, unselected
from slurmctl_rest.planning.tree import below


def reset(context: Context, tokens: Sequence[str]) -> None:
    """Set the raw usage of accounts, of users in accounts, and of QOS to 0."""
    statement = parse_select(RAW_USAGE, tokens)
    selection = statement.selection
    checks.refuse_columns(context, statement, "a reset")
    if "User" in selection.where and not selection.names:
        raise UsageError(
            "no account given: a user's raw usage belongs to an association",
            "raw-usage reset user=alice account=physics",
        )
    named = replace(selection, where={n: v for n, v in selection.where.items() if n != "Cluster"})
    checks.guard_write(context, named, hint="give accounts, user= with account=, or qos=")
    cluster = context.cluster(selection, context.accounting)
    plan = _plan(context, selection, cluster)
    needed = [outcome.change for outcome in plan if outcome.error is None]

    def act() -> list[Outcome]:
        done = {id(o.change): o for o in context.accounting.reset(needed, cluster)}
        return [done.get(id(outcome.change), outcome) for outcome in plan]

    preview = context.accounting.preview(needed, cluster)
    Write(context).write_plan(plan, preview, act, cluster, context.accounting)


def _plan(context: Context, selection: Selection, cluster: str) -> list[Outcome]:
    """Return the resets, and an outcome for each name that does not exist."""
    users = names_asked(selection, "User")
    plan = []
    if selection.names and users:
        plan += _users(context, users, selection.names, cluster)
    elif selection.names:
        plan += _accounts(context, selection.names, cluster)
    if named := names_asked(selection, "QOS"):
        found = context.accounting.read(Query(QOS, cluster, named))
        plan += [_outcome(QOS, str(row["Name"]), row) for row in found]
        plan += unselected(QOS, "reset", found, not_among(QOS, found, named), cluster)
    return plan


def _accounts(context: Context, names: Sequence[str], cluster: str) -> list[Outcome]:
    rows = own_rows(context, cluster)
    found = [row for row in rows if row["Account"] in names]
    for row in found:
        name = association_key(row).account
        if lower := [one for one in below([name], rows, cluster) if one != name]:
            context.console.warn(
                f"resetting account '{name}' also resets the accounts below it: {listed(lower)}"
            )
    return [
        *(_outcome(ACCOUNT, association_key(row).account, row) for row in found),
        *unselected(ACCOUNT, "reset", rows, not_among(ACCOUNT, found, names), cluster, found),
    ]


def _users(
    context: Context, users: Sequence[str], accounts: Sequence[str], cluster: str
) -> list[Outcome]:
    """Return resets of all associations of the users in the accounts, each partition's its own."""
    where = {"Account": tuple(accounts), "User": tuple(users)}
    rows = on_a_cluster(context.accounting.read(Query(ASSOCIATION, cluster, where=where)), cluster)
    found = [row for row in rows if not is_account_level(row)]
    pairs = {(row["User"], row["Account"]) for row in found}
    # Row by row: of a list of partitions sacctmgr takes the first; without one, the first row.
    plan = [_outcome(ASSOCIATION, name_on(row, cluster), row) for row in found]
    for user in users:
        for account in accounts:
            if (user, account) not in pairs:
                name = f"{user} in {account}"
                error = NotFound(
                    f"association '{name}' does not exist on cluster '{cluster}'",
                    f"slurmctl-rest assoc list where user={user} shows the user's associations",
                )
                plan.append(Outcome(RowChange(ASSOCIATION, "reset", name, None, None), error))
    return plan


def _outcome(entity: Entity, name: str, row: Row) -> Outcome:
    """Plan the reset of what exists; no field of its own changes."""
    place = {field: row[field] for field in PLACE if field in row}
    return Outcome(RowChange(entity, "reset", name, place, None))
