"""`tree`: accounts below each other, each with the limits of its own; assoc: with their users."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli import checks, list_switches
from slurmctl_rest.cli import selection as selecting
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.named import unseen_errors
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.syntax import Statement
from slurmctl_rest.planning.targets import absent_names, not_found, select
from slurmctl_rest.planning.tree import below
from slurmctl_rest.render import tree


def run(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Show the tree, or the branches below the named accounts."""
    statement = list_switches.parse_with_switches(context, entity, tokens)
    if statement.switches:
        names = ", ".join(sorted(statement.switches))
        raise UsageError(f"tree has no switch {names}", "it always shows own values")
    if statement.refinement:
        raise UsageError(
            "a tree has no wildcards, comparisons, sort= and limit=",
            f"slurmctl-rest {entity.word} list has them",
        )
    cluster = context.cluster(statement.selection)
    rows = ROWS_OF_NOUN[entity.noun](context, statement, cluster)
    if context.options.output == "table":
        checks.refuse_columns(context, statement, "a tree", "omit format=, or use list")
    if context.options.output != "table":
        context.show(entity, rows, statement.columns, cluster=cluster)
        return
    context.console.print(tree.lines(entity, rows, context.console.output_target()))


def _accounts(context: Context, statement: Statement, cluster: str) -> list[Row]:
    rows = [row for row in context.accounts(cluster) if row["Cluster"] == cluster]
    if absent := absent_names(ACCOUNT, statement.selection.names, rows):
        raise not_found(ACCOUNT, absent, absent, cluster)  # a tree is drawn whole, or not at all
    tops = select(ACCOUNT, rows, statement.selection)
    names = below([association_key(row).account for row in tops], rows, cluster)
    return [row for row in rows if row["Account"] in names]


def _associations(context: Context, statement: Statement, cluster: str) -> list[Row]:
    """Return the selected rows, with accounts also all that stands below."""
    selection = statement.selection
    below_too = "Account" in selection.where
    read = selecting.select_associations(context, selection, cluster, with_sub_accounts=below_too)
    for error in unseen_errors(context, selection.where, read.rows, cluster):
        if error is not None:
            raise NotFound(error.message, error.hint)  # a tree is drawn whole, or not at all
    return sorted(read.rows, key=association_key)


ROWS_OF_NOUN = {"account": _accounts, "association": _associations}
