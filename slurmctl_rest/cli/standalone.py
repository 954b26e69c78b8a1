"""The commands that are no verbs of a noun, and the order of all commands in the help."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from slurmctl_rest.cli.agent_commands import OF_AGENTS
from slurmctl_rest.cli.cluster_files import OF_FILES
from slurmctl_rest.cli.journal_commands import OF_JOURNAL
from slurmctl_rest.cli.limit_commands import LIMIT_COMMANDS
from slurmctl_rest.cli.program_commands import PROGRAM_COMMANDS
from slurmctl_rest.cli.site_commands import OF_SITE

SACCTMGR = "sacctmgr"

STANDALONE: Mapping[str, Callable[..., None]] = {
    **OF_FILES,
    **OF_JOURNAL,
    **OF_SITE,
    **LIMIT_COMMANDS,
    **OF_AGENTS,
    **PROGRAM_COMMANDS,
}
"""The commands about files, the journal, limits and the program, as Typer reads them."""

TITLES: Mapping[str, tuple[str, ...]] = {
    "Accounting": ("account", "user", "assoc", "qos", "coordinator", "wckey"),
    "Jobs and usage": (
        "jobs",
        "quota",
        "access",
        "usage",
        "raw-usage",
        "runawayjobs",
        "reservation",
    ),
    "Accounting as code": ("export", "diff", "plan", "apply", "edit", "dump", "load"),
    "History": tuple(OF_JOURNAL),
    "Clusters and slurmdbd": (
        *("cluster", "federation", "resource", "tres", "event", "instance", "transaction"),
        *("problem", "stats", "configuration", "archive", "slurmdbd"),
    ),
    "Profiles and help": (
        *("ping", "doctor", "profile", "help", "man", "explain", SACCTMGR, "schema", "completion"),
        *("mcp", "demo"),
    ),
}
"""The commands in the order of the help of the program, under their titles."""
