"""Further labs beside the first, of which none sees another: tests run on all of them at once.

Each has the same addresses and names in namespaces of its own, and copies of the roots. Most of
what a test of the lab takes is waiting for Slurm.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import cluster, machine, recipe
from .chroot import Chroot

LABS = 3
"""Labs of each release: with one, two thirds of two processors are idle; with three, none."""

APART = (
    "set -e",
    "{ip} link set lo up",
    # Slurm's daemons want an address that is not a loopback one to answer to their machine's name.
    "{ip} address add 192.0.2.1/32 dev lo",
    # Where this program keeps the locks of its writes: the clusters bear the same names.
    "mount -t tmpfs -o mode=1777 tmpfs /run/lock",
    'exec "$@"',
)


def command(argv: Sequence[str]) -> list[str]:
    """Return what runs these words apart; its mounts and its network end with it.

    The first lab has to be built: this machine may be without `ip`.
    """
    ip = shlex.join(cluster.chroot_of(recipe.SUITES[0]).command(["ip"]))
    lines = "\n".join(APART).format(ip=ip)
    return ["unshare", "--net", "--mount", "sh", "-c", lines, "sh", *argv]


def environment(number: int) -> Mapping[str, str]:
    """Return the variables that the tests on the lab of this number need; the first lab is 1."""
    return {"LAB_CACHE": str(_cache(number))} if number > 1 else {}


def _cache(number: int) -> Path:
    return machine.cache_directory() / f"lab-{number}"


def build_all() -> None:
    """Copy the roots of the first lab for all others."""
    for number in range(2, LABS + 1):
        build(number)


def build(number: int) -> None:
    """Copy the roots of the first lab, where they are not copied yet."""
    for suite in recipe.SUITES:
        first = cluster.chroot_of(suite)
        copied = Chroot(suite, _cache(number) / suite)
        if copied.is_built():
            continue
        coming = copied.home / "coming"
        for old in (coming, copied.root):
            machine.remove_tree(old)
        copied.home.mkdir(parents=True, exist_ok=True)
        done = machine.execute("cp", "-a", "-x", str(first.root), str(coming))
        if done.returncode:
            machine.remove_tree(coming)
            raise machine.LabError(f"cannot copy {first.root}: {done.stderr.strip()}")
        coming.rename(copied.root)  # half a copy has the stamp of a whole one
