"""The commands about a site's file, as Typer reads them."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands.

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from slurmctl_rest.cli.option_values import Resolution
from slurmctl_rest.cli.verbs import TokenArguments

FILE = typer.Option("-f", "--file", help="The file, or the folder, of the site", metavar="FILE")
CONFLICT = typer.Option(
    "--conflict",
    help="If both sides changed: fail, keep or overwrite",
    show_default=False,
    metavar="WHAT",
)
PRUNE = typer.Option("--prune", help="Delete what only the cluster has in the scope")
AS_OF = typer.Option(
    "--as-of", help="Take the cluster as it was, by Slurm's journal", metavar="TIME"
)


def export_site(
    context: typer.Context,
    words: TokenArguments = None,
    out: Annotated[
        str | None,
        typer.Option("-o", "--out", help="Write to this file or folder", metavar="FILE"),
    ] = None,
    comments: Annotated[
        bool, typer.Option("--comments", help="With the comments of associations")
    ] = False,
    as_of: Annotated[str | None, AS_OF] = None,
) -> None:
    """Write a cluster to a site's file."""
    from slurmctl_rest.cli import export  # noqa: PLC0415  (the help loads no more than it needs)

    export.run(context.obj, words or [], out=out, comments=comments, as_of=as_of)


def diff_site(
    context: typer.Context,
    file: Annotated[str | None, FILE] = None,
    as_of: Annotated[str | None, AS_OF] = None,
    nagios: Annotated[
        bool, typer.Option("--nagios", help="Print a line, and exit, as Nagios expects")
    ] = False,
) -> None:
    """Compare a site's file with the cluster."""
    from slurmctl_rest.cli import diff  # noqa: PLC0415  (as above)

    raise typer.Exit(int(diff.run(context.obj, file, as_of, nagios=nagios)))


def plan_site(
    context: typer.Context,
    file: Annotated[str, FILE],
    prune: Annotated[bool, PRUNE] = False,
    out: Annotated[
        str | None, typer.Option("-o", "--out", help="Keep the plan in this file", metavar="PLAN")
    ] = None,
    conflict: Annotated[Resolution, CONFLICT] = "fail",
) -> None:
    """Show what apply would do."""
    from slurmctl_rest.cli import plan  # noqa: PLC0415  (as above)

    plan.run(context.obj, file, prune=prune, out=out, conflict=conflict)


def apply_site(
    context: typer.Context,
    file: Annotated[str, typer.Argument(show_default=False, help="A site's file, or a plan.")],
    prune: Annotated[bool, PRUNE] = False,
    rest: Annotated[
        str | None,
        typer.Option("--rest", help="Keep the plan of what fails here", metavar="PLAN"),
    ] = None,
    conflict: Annotated[Resolution, CONFLICT] = "fail",
) -> None:
    """Make the cluster what a site's file says."""
    from slurmctl_rest.cli import apply  # noqa: PLC0415  (as above)

    apply.run(context.obj, file, prune=prune, rest=rest, conflict=conflict)


def edit_object(
    context: typer.Context,
    noun: Annotated[str, typer.Argument(show_default=False, help="account, user, assoc or qos")],
    name: Annotated[
        list[str],
        typer.Argument(show_default=False, help="Its name; of assoc user= and account=."),
    ],
) -> None:
    """Edit one object."""
    from slurmctl_rest.cli import edit  # noqa: PLC0415  (as above)

    edit.run(context.obj, noun, name)


OF_SITE: Mapping[str, Callable[..., None]] = {
    "export": export_site,
    "diff": diff_site,
    "plan": plan_site,
    "apply": apply_site,
    "edit": edit_object,
}
"""The commands, by their words."""
