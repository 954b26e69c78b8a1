"""The commands about limits that are no verbs, as Typer reads them."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands.

from typing import Annotated

import typer

from slurmctl_rest.cli.verbs import TokenArguments

OVER = typer.Option(
    "--over",
    metavar="PERCENT",
    help="Show only limits used to PERCENT or more",
    rich_help_panel="Selection",
)


def access(context: typer.Context, words: TokenArguments = None) -> None:
    """Tell whether a job would start."""
    from slurmctl_rest.cli import access as command  # noqa: PLC0415  (as below)

    command.run(context.obj, words or [])


def quota(
    context: typer.Context,
    words: TokenArguments = None,
    over: Annotated[float | None, OVER] = None,
) -> None:
    """Show how much of each limit is used."""
    from slurmctl_rest.cli import quota as command  # noqa: PLC0415  (the help loads no more)

    command.run(context.obj, words or [], over)


LIMIT_COMMANDS = {"access": access, "quota": quota}
"""By their words."""
