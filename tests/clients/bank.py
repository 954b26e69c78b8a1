"""Drives the Slurm wrapper of crc-bank: `python -m tests.clients.bank CLUSTER FOLDER`.

It finds sacctmgr on the PATH, and takes any line on stderr for an error.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from tests.clients.playing import Step, play


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
    found = importlib.util.find_spec("bank")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("bank")
    file = Path(found.origin).with_name("settings.py")
    spec = importlib.util.spec_from_file_location("bank.settings", file)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("bank.settings")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module).update(log_path="/dev/null", db_path="sqlite://", clusters=(cluster,))
    sys.modules["bank.settings"] = module


def main(cluster: str) -> None:
    """Call the methods of both classes."""
    settings(cluster)
    from bank.system.slurm import Slurm, SlurmAccount  # noqa: PLC0415 (after its settings)

    def method(name: str) -> Any:
        if hasattr(Slurm, name):
            return getattr(Slurm, name)
        if name == "check_account_exists":
            return SlurmAccount.check_account_exists
        return lambda account, *rest: getattr(SlurmAccount(account), name)(*rest)

    play(steps(cluster), method)


if __name__ == "__main__":
    main(sys.argv[1])
