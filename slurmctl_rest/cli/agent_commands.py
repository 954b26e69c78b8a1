"""The command `mcp`, as Typer reads it."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands.

from collections.abc import Callable, Mapping

import typer

from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import UsageError

INSTALL = "pip install 'slurmctl-rest[mcp]'"


def serve(context: typer.Context) -> None:
    """Serve agents over stdio."""
    from importlib import import_module, util  # noqa: PLC0415  (for this command alone)

    if util.find_spec("mcp") is None:
        raise UsageError(
            "mcp needs the Model Context Protocol SDK, which is not installed", INSTALL
        )
    command: Context = context.obj
    # By its name: the server is built on the Python API, and that on this command line.
    import_module("slurmctl_rest.mcp_server").serve_stdio(command.options)


OF_AGENTS: Mapping[str, Callable[..., None]] = {"mcp": serve}
