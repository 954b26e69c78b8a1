"""Two real Slurm clusters on this machine, for the tests: see `python3 -m tests.lab --help`.

    reason = reason_not_possible()      # None, or one line to skip a test with
    for cluster in up():                # at once when they run; about 75 s the very first time
        cluster.sacctmgr("add", "account", "physics")
        cluster.run("sbatch", "--wrap", "true", user="alice")
        cluster.reset()                 # 20 ms when clean, about 100 ms when not

recipe.py says what a cluster is made of, machine.py knows the machine, chroot.py builds a root and
runs things in it, daemons.py starts Slurm, reset.py undoes what a test did, cluster.py is the API.
A root is built again when the recipe changes; remove its folder to get newer packages.
"""

from __future__ import annotations

from .cluster import Cluster, down, is_running, reason_not_possible, up
from .machine import LabError

__all__ = ["Cluster", "LabError", "down", "is_running", "reason_not_possible", "up"]
