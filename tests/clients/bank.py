"""Drives the Slurm wrapper of crc-bank: `python -m tests.clients.bank CLUSTER FOLDER`.

It finds sacctmgr on the PATH, and takes any line on stderr for an error.
"""

from __future__ import annotations

import runpy
import sys
from functools import cache
from importlib.metadata import distribution
from types import ModuleType
from typing import Any

from tests.clients.playing import Step, all_called, play

ON_CLASSES = {"is_installed", "cluster_names", "check_account_exists"}
NOT_HERE = {"partition_names", "get_cluster_usage_per_user", "get_cluster_usage_total"}
"""Methods that run sinfo and sreport."""


def steps(cluster: str) -> tuple[Step, ...]:
    """Return the calls for a cluster."""
    return (
        ("is_installed",),
        ("cluster_names",),
        ("check_account_exists", "physics"),
        ("check_account_exists", "nosuch"),
        ("get_locked_state", "physics", cluster),
        ("get_locked_state", "nosuch", cluster),
        ("get_locked_state", "physics", "nosuch"),
        ("set_locked_state", "physics", True, cluster),
        ("get_locked_state", "physics", cluster),
        ("set_locked_state", "physics", True, cluster),
        ("set_locked_state", "physics", False, cluster),
        ("set_locked_state", "physics", False, "nosuch"),
        ("get_locked_state", "physics", cluster),
        ("reset_raw_usage", "physics"),
    )


def settings(cluster: str) -> None:
    """Set what a site sets in bank/settings.py; the package opens its log when it is imported."""
    file = distribution("crc-bank").locate_file("bank/settings.py")
    name = "bank.settings"
    module = sys.modules[name] = ModuleType(name)
    vars(module).update(runpy.run_path(str(file)), __name__=name)
    vars(module).update(log_path="/dev/null", db_path="sqlite://", clusters=(cluster,))


def main(cluster: str) -> None:
    """Call the methods of both classes."""
    settings(cluster)
    from bank.system.slurm import Slurm, SlurmAccount  # noqa: PLC0415 (after its settings)

    public = {name for name in {*vars(Slurm), *vars(SlurmAccount)} if name[0] != "_"}
    all_called(steps(cluster), public - {"account_name", *NOT_HERE})
    account = cache(SlurmAccount)  # each looks twice whether it is there

    def method(name: str) -> Any:
        if name in ON_CLASSES:
            return getattr(Slurm if hasattr(Slurm, name) else SlurmAccount, name)
        return lambda who, *rest: getattr(account(who), name)(*rest)

    play(steps(cluster), method)


if __name__ == "__main__":
    main(sys.argv[1])
