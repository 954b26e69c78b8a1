"""`ping`: whether every daemon answers."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import Unreachable
from slurmctl_rest.model.entities.ping import PING, UNCONFIGURED
from slurmctl_rest.model.reasons import not_configured


def run(context: Context) -> None:
    """Show every controller and slurmdbd; raise Unreachable (exit 6) if one does not answer.

    With -Q there is nothing to show if all of them do: the exit code says it.
    """
    context.refuse_nothing_set_up()
    context.options = replace(context.options, probing=True)
    rows = context.backend.ping()
    ailing = any(row["Status"] != "up" for row in rows)
    for_programs = context.options.has_keys or context.options.output == "prometheus"
    if ailing or for_programs or not context.options.quiet:
        context.show(PING, rows, cluster=context.named_profile[1].cluster_name or "")
    down = [row for row in rows if row["Status"] == "down"]
    if down:
        raise Unreachable(
            "; ".join(f"{row['Daemon']} is down: {row['Detail']}" for row in down),
            "check its log on its host",
            retryable=True,
        )
    if without := [row for row in rows if row["Status"] == UNCONFIGURED]:
        raise not_configured(str(without[0]["Detail"]))
