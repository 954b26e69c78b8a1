"""The options of verbs, as parameters that Typer reads."""

from __future__ import annotations

from inspect import Parameter
from typing import Annotated, Any, Literal

import typer


def _option(name: str, annotation: Any, default: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _flag(panel: str, name: str, declaration: str, help_: str) -> Parameter:
    option = typer.Option(declaration, help=help_, rich_help_panel=panel)
    return _option(name, Annotated[bool, option], default=False)


def _text(panel: str, name: str, declaration: str, metavar: str, help_: str) -> Parameter:
    option = typer.Option(declaration, metavar=metavar, help=help_, rich_help_panel=panel)
    return _option(name, Annotated[str | None, option], default=None)


OF_FROM = "Read names or CSV rows from FILE (- is stdin)"
FROM_FILE = _text("Selection", "from_", "--from", "FILE", OF_FROM)
FROM_ROWS = _text("Input", "from_", "--from", "FILE", OF_FROM)
EVERYTHING = _flag("Selection", "everything", "--all", "Select every object on the cluster")
MISSING_OK = _flag("Selection", "missing_ok", "--missing-ok", "Ignore names that do not exist")

WITH_ASSOC = _option(
    "with_assoc",
    Annotated[
        bool,
        typer.Option(
            "-s",
            "--associations",
            help="Print a row for each association, like WithAssoc",
            rich_help_panel="Output",
        ),
    ],
    default=False,
)

UNIX_USER = _flag(
    "Write",
    "unix_user",
    "--require-unix-user",
    "Refuse users unknown to the operating system",
)
ALL_CLUSTERS = _flag(
    "Write", "all_clusters", "--all-clusters", "Delete on every cluster, not only on this one"
)
CANCEL_JOBS = _flag(
    "Write", "cancel_jobs", "--cancel-jobs", "Cancel active jobs first and wait for their end"
)
LAST_ASSOCIATION = _flag(
    "Write", "last", "--last", "Also delete users who have no other association"
)

WITH_ASSOCIATIONS = _flag(
    "Write", "associations", "--associations", "Also delete the cluster's accounts and users"
)
CONFIRM = _text("Write", "confirm", "--confirm", "NAME", "Answer the question with this name")

AS_OF = _text("Output", "as_of", "--as-of", "TIME", "Print the state as it was, by Slurm's journal")

TIME_ZONE = _text(
    "Values", "tz", "--tz", "ZONE", "Use this time zone, like Europe/Berlin, not the profile's"
)
BASIS = _option(
    "basis",
    Annotated[
        Literal["requested", "allocated"],
        typer.Option(
            metavar="BASIS",
            help="Count requested or allocated TRES",
            rich_help_panel="Values",
        ),
    ],
    default="requested",
)

MAX_JOBS = _option(
    "max_jobs",
    Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Refuse if more than N jobs match", rich_help_panel="Selection"
        ),
    ],
    default=None,
)
SIGNAL = _text("Write", "signal", "--signal", "SIGNAL", "Send this signal instead of cancelling")
BATCH = _flag("Write", "batch", "--batch", "Send the signal to the batch script")
FULL = _flag("Write", "full", "--full", "Send the signal to batch script and steps")
WAIT = _option(
    "wait",
    Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Wait up to SECONDS until the jobs have ended",
            rich_help_panel="Write",
        ),
    ],
    default=None,
)
