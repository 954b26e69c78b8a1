"""The commands `dump` and `load`, as Typer reads them."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands.

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from slurmctl_rest.cli.verbs import TokenArguments


def dump_cluster(context: typer.Context, words: TokenArguments = None) -> None:
    """Write a cluster's file."""
    from slurmctl_rest.cli import dump  # noqa: PLC0415  (the help loads no more than it needs)

    dump.run(context.obj, words or [])


def load_cluster(
    context: typer.Context,
    words: TokenArguments = None,
    clean: Annotated[
        bool,
        typer.Option("--clean", help="Also remove what the file does not have"),
    ] = False,
) -> None:
    """Load a cluster's file."""
    from slurmctl_rest.cli import load  # noqa: PLC0415  (as above)

    load.run(context.obj, words or [], clean=clean)


OF_FILES: Mapping[str, Callable[..., None]] = {"dump": dump_cluster, "load": load_cluster}
"""The commands, by their words."""
