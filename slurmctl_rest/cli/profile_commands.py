"""The commands about profiles, as Typer reads them."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands.

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from slurmctl_rest.cli.verbs import TokenArguments


def list_profiles(context: typer.Context) -> None:
    """List the profiles of the file."""
    from slurmctl_rest.cli import profile  # noqa: PLC0415  (the help loads no more than it needs)

    profile.list_(context.obj)


def show_profile(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(show_default=False, help="A profile.")] = None,
) -> None:
    """Show the source of each value of a profile."""
    from slurmctl_rest.cli import profile  # noqa: PLC0415  (as above)

    profile.show(context.obj, name)


def check_profiles(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(show_default=False, help="Profiles.")] = None,
) -> None:
    """Check profiles."""
    from slurmctl_rest.cli import profile  # noqa: PLC0415  (as above)

    profile.check_profiles(context.obj, names or [])


def init_profile(
    context: typer.Context,
    words: TokenArguments = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check/--no-check",
            help="Check the new profile as doctor does, or not",
            rich_help_panel="Write",
        ),
    ] = True,
) -> None:
    """Write a new profile."""
    from slurmctl_rest.cli import profile_file  # noqa: PLC0415  (as above)

    profile_file.init(context.obj, words or [], check=check)


def set_profile(context: typer.Context, words: TokenArguments = None) -> None:
    """Change keys of a profile."""
    from slurmctl_rest.cli import profile_file  # noqa: PLC0415  (as above)

    profile_file.set_(context.obj, words or [])


def use_profile(
    context: typer.Context,
    name: Annotated[str, typer.Argument(show_default=False, help="A profile.")],
) -> None:
    """Make a profile the default one."""
    from slurmctl_rest.cli import profile_file  # noqa: PLC0415  (as above)

    profile_file.use(context.obj, name)


OF_PROFILE: Mapping[str, Callable[..., None]] = {
    "init": init_profile,
    "set": set_profile,
    "use": use_profile,
    "list": list_profiles,
    "show": show_profile,
    "check": check_profiles,
}
"""The verbs of `profile`."""
