"""`tree`: accounts below each other, each with the limits of its own; assoc: with their users."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli import checks, list_switches
from slurmctl_rest.cli import selection as selecting
from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.entities.association import key
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.syntax import Statement
from slurmctl_rest.planning.targets import missing, nearest, see_list, select
from slurmctl_rest.planning.tree import below
from slurmctl_rest.render import tree


def run(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Show the tree, or the branches below the named accounts."""
    sentence = list_switches.parse(context, entity, tokens)
    if sentence.switches:
        names = ", ".join(sorted(sentence.switches))
        raise UsageError(f"tree has no switch {names}", "it always shows own values")
    cluster = context.cluster(sentence.selection)
    rows = ROWS[entity.noun](context, sentence, cluster)
    if context.options.output == "table":
        checks.refuse_columns(context, sentence, "a tree", "omit format=, or use list")
    if context.options.output != "table":
        context.show(entity, rows, sentence.columns, cluster=cluster)
        return
    context.console.print(tree.lines(entity, rows, context.console.layout()))


def _accounts(context: Context, sentence: Statement, cluster: str) -> list[Row]:
    rows = [row for row in context.accounts(cluster) if row["Cluster"] == cluster]
    for name in missing(ACCOUNT, rows, sentence.selection.names):
        raise NotFound(
            f"account '{name}' does not exist on cluster '{cluster}'",
            nearest(ACCOUNT, name, rows, see_list(ACCOUNT)),
        )
    tops = select(ACCOUNT, rows, sentence.selection)
    names = below([key(row).account for row in tops], rows, cluster)
    return [row for row in rows if row["Account"] in names]


def _associations(context: Context, sentence: Statement, cluster: str) -> list[Row]:
    """Return the selected rows, with accounts also all that stands below."""
    selection = sentence.selection
    below_too = "Account" in selection.where
    read = selecting.associations(context, selection, cluster, with_sub_accounts=below_too)
    return sorted(read.rows, key=key)


ROWS = {"account": _accounts, "association": _associations}
