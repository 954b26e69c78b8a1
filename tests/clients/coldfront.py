"""Drives ColdFront's plugin: `python -m tests.clients.coldfront CLUSTER FOLDER`.

ColdFront's own settings are loaded, and name the link as a site does: SLURM_SACCTMGR_PATH.
"""

from __future__ import annotations

import os
import sys

from tests.clients.playing import Step, all_called, play

FILE = "CLIENTS_FILE"
"""A variable: the file to dump to, which the real sacctmgr writes in the lab's root."""


def steps(cluster: str, file: str) -> tuple[Step, ...]:
    """Return the calls for a cluster, as the plugin makes them for allocations."""
    return (
        ("slurm_check_assoc", "alice", cluster, "physics"),
        ("slurm_check_assoc", "alice", cluster, "nosuch"),
        ("slurm_add_account", cluster, "cfnew"),
        ("slurm_add_account", cluster, "cfnew"),
        ("slurm_add_account", cluster, "cfchild", ["Parent=cfnew", "Fairshare=100",
         "QOS=high,low", "DefaultQOS=low", "GrpTRESMins=cpu=6000"]),
        ("slurm_add_account", cluster, "cfbad", ["NoSuch=1"]),
        ("slurm_add_account", "nosuch", "cfbad"),
        ("slurm_add_assoc", "alice", cluster, "cfchild", ["Fairshare=parent"]),
        ("slurm_add_assoc", "alice", cluster, "cfchild", ["Fairshare=parent"]),
        ("slurm_add_assoc", "dave", cluster, "cfchild", ["QOS=high,low", "DefaultQOS=high",
         "MaxSubmitJobs=9"]),
        ("slurm_add_assoc", "dave", cluster, "nosuch"),
        ("slurm_check_assoc", "alice", cluster, "cfchild"),
        ("slurm_remove_qos", "dave", cluster, "cfchild", "QOS-=low"),
        ("slurm_block_account", cluster, "cfchild"),
        ("slurm_block_account", cluster, "cfchild"),
        ("slurm_block_account", cluster, "nosuch"),
        ("slurm_dump_cluster", cluster, file),
        ("slurm_remove_assoc", "dave", cluster, "cfchild"),
        ("slurm_remove_assoc", "alice", cluster, "physics"),  # it was the default
        ("slurm_remove_assoc", "alice", cluster, "physics"),
        ("slurm_remove_assoc", "bob", cluster, "physics"),  # it was the last
        ("slurm_remove_assoc", "alice", "nosuch", "chem"),
        ("slurm_remove_account", cluster, "cfchild"),  # it is the default of alice now
        # 24.11 deletes an account above it all the same, and its tree is broken then.
        ("slurm_remove_assoc", "alice", cluster, "cfchild"),
        ("slurm_remove_account", cluster, "cfchild"),
        ("slurm_remove_account", cluster, "cfnew"),
        ("slurm_remove_account", cluster, "cfnew"),
        ("slurm_remove_account", cluster, "chem"),
        # The last: what REST refuses would leave a record behind, as any removal by cluster does.
        ("slurm_add_account", cluster, "cfplus", ["QOS=+high"]),
    )  # fmt: skip


def main(cluster: str, folder: str) -> None:
    """Set up ColdFront as its own start does, and call its functions."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "coldfront.config.settings",
        "PLUGIN_SLURM": "True",
        "SLURM_SACCTMGR_PATH": f"{folder}/sacctmgr",
        "SECRET_KEY": "of a test",
    }
    from coldfront.plugins.slurm import utils  # noqa: PLC0415 (it reads the settings)

    mine = steps(cluster, os.environ[FILE])
    all_called(mine, {name for name in dir(utils) if name.startswith("slurm_")})
    play(mine, lambda name: getattr(utils, name))


if __name__ == "__main__":
    main(*sys.argv[1:])
