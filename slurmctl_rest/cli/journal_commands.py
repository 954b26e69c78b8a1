"""The commands about Slurm's journal, as Typer reads them."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands.

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

HIDDEN_WORDS = typer.Argument(hidden=True)
ZONE = typer.Option(
    "--tz", metavar="ZONE", help="Use this time zone, like Europe/Berlin, not the profile's",
    rich_help_panel="Values",
)  # fmt: skip


def history(
    context: typer.Context,
    words: Annotated[list[str] | None, HIDDEN_WORDS] = None,
    tz: Annotated[str | None, ZONE] = None,
) -> None:
    """List changes."""
    from slurmctl_rest.cli import history  # noqa: PLC0415  (the help loads no more than it needs)

    history.run(context.obj, words or [], tz)


OF_JOURNAL: Mapping[str, Callable[..., None]] = {"history": history}
"""The commands, by their words."""
