"""The commands that show what is installed with the program, as Typer reads them."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands.

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

NO_PAUSE = typer.Option(
    "--no-pause",
    help="Do not wait for Enter between the steps",
    rich_help_panel="Output",
)


def demo(no_pause: Annotated[bool, NO_PAUSE] = False) -> None:
    """Show the main tasks on an emulator of Slurm."""
    from slurmctl_rest.cli import demo as command  # noqa: PLC0415  (the help loads no more)

    command.run(pause=not no_pause)


def man(
    topic: Annotated[str | None, typer.Argument(show_default=False, help="A noun.")] = None,
) -> None:
    """Show a manual page."""
    from slurmctl_rest.cli import man as command  # noqa: PLC0415  (as above)

    command.run(topic)


def completion(
    shell: Annotated[str, typer.Argument(show_default=False, help="bash, zsh or fish.")],
) -> None:
    """Print a script of completion."""
    from slurmctl_rest.cli import man as command  # noqa: PLC0415  (as above)

    command.print_script(shell)


PROGRAM_COMMANDS: Mapping[str, Callable[..., None]] = {
    "demo": demo,
    "man": man,
    "completion": completion,
}
"""By their words."""
