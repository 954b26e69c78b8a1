"""The commands about Slurm's journal, as Typer reads them."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands.

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from slurmctl_rest.cli.verbs import TokenArguments

ZONE = typer.Option(
    "--tz", metavar="ZONE", help="Use this time zone, like Europe/Berlin, not the profile's",
    rich_help_panel="Values",
)  # fmt: skip


def history(
    context: typer.Context,
    words: TokenArguments = None,
    tz: Annotated[str | None, ZONE] = None,
) -> None:
    """List changes."""
    from slurmctl_rest.cli import history  # noqa: PLC0415  (the help loads no more than it needs)

    history.run(context.obj, words or [], tz)


def blame(
    context: typer.Context,
    words: TokenArguments = None,
    tz: Annotated[str | None, ZONE] = None,
) -> None:
    """Show who set the fields of an object."""
    from slurmctl_rest.cli import blame  # noqa: PLC0415  (as above)

    blame.run(context.obj, words or [], tz)


def watch(
    context: typer.Context,
    words: TokenArguments = None,
    tz: Annotated[str | None, ZONE] = None,
    seconds: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", help="End after SECONDS", min=0),
    ] = None,
) -> None:
    """Show changes as they come."""
    from slurmctl_rest.cli import watch  # noqa: PLC0415  (as above)

    watch.run(context.obj, words or [], tz, seconds)


FORCE = typer.Option(
    "--force", help="Also take back what was changed since", rich_help_panel="Write"
)


def undo(
    context: typer.Context,
    words: TokenArguments = None,
    force: Annotated[bool, FORCE] = False,
) -> None:
    """Take changes back."""
    from slurmctl_rest.cli import undo  # noqa: PLC0415  (as above)

    undo.undo(context.obj, words or [], force=force)


def restore(
    context: typer.Context,
    words: TokenArguments = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="Restore what there was at TIME")
    ] = None,
    force: Annotated[bool, FORCE] = False,
) -> None:
    """Restore objects."""
    from slurmctl_rest.cli import undo  # noqa: PLC0415  (as above)

    undo.restore(context.obj, words or [], as_of, force=force)


OF_JOURNAL: Mapping[str, Callable[..., None]] = {
    "history": history,
    "blame": blame,
    "watch": watch,
    "undo": undo,
    "restore": restore,
}
"""The commands, by their words."""
