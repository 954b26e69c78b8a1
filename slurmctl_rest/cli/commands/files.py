"""The help of `dump` and `load`."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.cli.commands.base import Standalone

COMMANDS: Mapping[str, Standalone] = {
    "dump": Standalone(
        "Write a cluster to sacctmgr's file",
        syntax="[cluster=NAME] [file=FILE]",
        examples=("dump", "dump cluster=alps file=alps.cfg", "dump -M alps"),
        notes=(
            "The file has accounts, users, associations and QOS, with their own values and not "
            "with inherited ones. It goes to stdout unless file= names a file. `load` and "
            "`sacctmgr load` read it. It does not hold WCKeys, comments of associations, or flags "
            "of accounts.",
        ),
        shares="all",
    ),
    "load": Standalone(
        "Load sacctmgr's file into a cluster",
        syntax="FILE [cluster=NAME] [--clean]",
        examples=("load alps.cfg --dry-run", "load alps.cfg", "load alps.cfg --clean -i"),
        notes=(
            "The plan is shown before the question. If anything in the file is wrong, nothing is "
            "written. What the file does not name stays: limits, associations, and QOS of a list.",
            "With --clean, also clear the limits and delete the associations that the file does "
            "not have. A user who loses the last association on the cluster is deleted. Accounts "
            "stay known.",
        ),
        shares="write",
    ),
}
