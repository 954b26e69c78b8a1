"""The commands of the voice `sacctmgr` that are one word, over REST: version, ping, help ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in.facts import rest_backend
from slurmctl_rest.errors import NEEDS_COMMANDS, Unsupported
from slurmctl_rest.sacctmgr import usage
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import FAILED, OK, Reply, as_lines

SingleAnswer: TypeAlias = Callable[[Context, LineOptions], Reply]


def show_version(context: Context, options: LineOptions) -> Reply:
    """Print slurmrestd's release; with -v the newest API that it serves, too."""
    said = [f"slurm-wlm {context.backend.release()}"]
    if options.verbose:
        newest = rest_backend(context).versions.served()[-1].number
        said.append(f"slurm_api_version: {newest << 16}, {newest}.0.0")
    return Reply(as_lines(*said))


def show_ping(context: Context, options: LineOptions) -> Reply:
    """Tell whether slurmdbd answers."""
    del options
    rows = [row for row in context.backend.ping() if row["Daemon"] == "slurmdbd"]
    if any(row["Host"] is None for row in rows):
        raise Unsupported(
            "sacctmgr ping is not possible over REST before API version v0.0.42",
            NEEDS_COMMANDS,
        )
    said = [
        f"slurmdbd({row['Role']}) at {row['Host']} is {str(row['Status']).upper()}" for row in rows
    ]
    up = all(row["Status"] == "up" for row in rows)
    return Reply(as_lines(*said), code=OK if up else FAILED)


def show_help(context: Context, options: LineOptions) -> Reply:
    """Print the help."""
    del context, options
    return Reply(usage.usage_text())


def say_nothing(context: Context, options: LineOptions) -> Reply:
    """Do nothing: what the word sets would count for further lines alone."""
    del context, options
    return Reply()


SINGLE_ANSWERS: Mapping[str, SingleAnswer] = {
    "associations": say_nothing,
    "exit": say_nothing,
    "help": show_help,
    "oneliner": say_nothing,
    "ping": show_ping,
    "quiet": say_nothing,
    "readonly": say_nothing,
    "verbose": say_nothing,
    "version": show_version,
}
"""What answers to each."""
