"""The commands of the voice `sacctmgr` that are one word, over REST: version, ping, help ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in.rest import rest
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.sacctmgr import usage
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import FAILED, OK, Reply, lines

Word: TypeAlias = Callable[[Context, Options], Reply]


def version(context: Context, options: Options) -> Reply:
    """Print slurmrestd's release; with -v the newest API that it serves, too."""
    said = [f"slurm-wlm {context.backend.release()}"]
    if options.verbose:
        newest = rest(context).versions.served()[-1].number
        said.append(f"slurm_api_version: {newest << 16}, {newest}.0.0")
    return Reply(lines(*said))


def ping(context: Context, options: Options) -> Reply:
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
    return Reply(lines(*said), code=OK if up else FAILED)


def help_(context: Context, options: Options) -> Reply:
    """Print the help."""
    del context, options
    return Reply(usage.usage())


def nothing(context: Context, options: Options) -> Reply:
    """Do nothing: what the word sets would count for further lines alone."""
    del context, options
    return Reply()


WORDS: Mapping[str, Word] = {
    "associations": nothing,
    "exit": nothing,
    "help": help_,
    "oneliner": nothing,
    "ping": ping,
    "quiet": nothing,
    "readonly": nothing,
    "verbose": nothing,
    "version": version,
}
"""What answers to each."""
