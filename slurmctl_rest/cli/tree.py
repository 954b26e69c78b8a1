"""`tree`: accounts below each other, each with the limits of its own."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli import list as list_command
from slurmctl_rest.cli.session import Session
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.planning import below, missing, select
from slurmctl_rest.render import tree


def run(session: Session, entity: Entity, tokens: Sequence[str]) -> None:
    """Show the tree, or the branches below the named accounts."""
    sentence = list_command.parse(session, entity, tokens)
    cluster = session.cluster(sentence.selection)
    rows = [row for row in session.accounts(entity, cluster) if row["Cluster"] == cluster]
    for name in missing(entity, rows, sentence.selection.names):
        raise NotFound(f"{entity.noun} '{name}' does not exist on cluster '{cluster}'")
    tops = select(entity, rows, sentence.selection)
    names = below([str(row[entity.key.name]) for row in tops], rows, cluster)
    branch = [row for row in rows if row[entity.key.name] in names]
    if sentence.columns and session.options.output == "table":
        raise UsageError("a tree has no columns", "leave format= out, or use list")
    if session.options.output != "table":
        session.show(entity, branch, sentence.columns, cluster=cluster)
        return
    for line in tree.lines(entity, branch):
        print(line)
