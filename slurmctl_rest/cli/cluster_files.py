"""The commands `dump` and `load`, as Typer reads them."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands.

from typing import Annotated

import typer

HIDDEN_WORDS = typer.Argument(hidden=True)


def dump_cluster(
    context: typer.Context, words: Annotated[list[str] | None, HIDDEN_WORDS] = None
) -> None:
    """Write a cluster's file."""
    from slurmctl_rest.cli import dump  # noqa: PLC0415  (the help loads no more than it needs)

    dump.run(context.obj, words or [])


def load_cluster(
    context: typer.Context,
    words: Annotated[list[str] | None, HIDDEN_WORDS] = None,
    clean: Annotated[
        bool,
        typer.Option("--clean", help="Also remove what the file does not have"),
    ] = False,
) -> None:
    """Load a cluster's file."""
    from slurmctl_rest.cli import load  # noqa: PLC0415  (as above)

    load.run(context.obj, words or [], clean=clean)


FILE_COMMANDS = {"dump": dump_cluster, "load": load_cluster}
"""By their words."""
