"""The options of verbs, as parameters that Typer reads."""

from __future__ import annotations

from inspect import Parameter
from typing import Annotated, Any, Literal

import typer


def _option(name: str, annotation: Any, default: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _flag(name: str, declaration: str, help_: str) -> Parameter:
    return _option(name, Annotated[bool, typer.Option(declaration, help=help_)], default=False)


FROM_FILE = _option(
    "from_",
    Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Names, one a line, or CSV with a column a field; `-` is stdin.",
        ),
    ],
    default=None,
)
UNIX_USER = _flag(
    "unix_user", "--require-unix-user", "Refuse users whom the operating system lacks."
)

EVERYTHING = _flag("everything", "--all", "Act on everything on the cluster.")
MISSING_OK = _flag("missing_ok", "--missing-ok", "What is not there is no error.")
ALL_CLUSTERS = _flag(
    "all_clusters", "--all-clusters", "Delete it on every cluster, not on this one alone."
)
CANCEL_JOBS = _flag(
    "cancel_jobs", "--cancel-jobs", "Cancel its active jobs first, and wait for them."
)
LAST_ASSOCIATION = _flag("last", "--last", "A user goes with the last association, too.")

TIME_ZONE = _option(
    "tz",
    Annotated[
        str | None,
        typer.Option(
            "--tz", metavar="ZONE", help="Time zone, like Europe/Berlin; or the profile's."
        ),
    ],
    default=None,
)
BASIS = _option(
    "basis",
    Annotated[
        Literal["requested", "allocated"],
        typer.Option(help="Count the TRES that a job asked for, or those that it was given."),
    ],
    default="requested",
)

MAX_JOBS = _option(
    "max_jobs",
    Annotated[int | None, typer.Option(metavar="N", help="Refuse where more jobs are meant.")],
    default=None,
)
SIGNAL = _option(
    "signal",
    Annotated[
        str | None, typer.Option(metavar="SIGNAL", help="Send this signal, and let the jobs be.")
    ],
    default=None,
)
BATCH = _flag("batch", "--batch", "The signal goes to the batch script.")
FULL = _flag("full", "--full", "The signal goes to script and steps.")
WAIT = _option(
    "wait",
    Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Wait as long until the jobs are gone.")
    ],
    default=None,
)
