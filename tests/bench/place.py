"""Where a benchmark runs: a cluster, the site on it, and the program as users install it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab.cells import Cell
from tests.lab.cluster import Cluster

from .measure import Action, run
from .site import Site

ROOT = Path(__file__).parents[2]
QUIET = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
OF_SLURM = ("SLURM_", "SLURMCTL_REST_", "SACCT_", "SQUEUE_")


@dataclass(frozen=True)
class Place:
    """One cluster with one site (None: it is empty); `folder` is for files of this run.

    `python` is that of an environment in which a wheel of the program is installed, and no more.
    """

    cluster: Cluster
    site: Site | None
    folder: Path
    python: Path

    @property
    def output(self) -> Path:
        """Return the file with what the last program printed."""
        return self.folder / "output"

    def cell(self, executor: str) -> Cell:
        """Return the way to Slurm: by `rest` or `cli`."""
        newest = self.cluster.api_versions[-1] if executor == "rest" else ""
        return Cell(self.cluster, executor, newest)

    def program(self, executor: str, *words: str, **variables: str) -> Action:
        """Return what runs slurmctl-rest as a process of its own."""
        cell = self.cell(executor)
        config = self.folder / f"{cell}.toml"
        config.write_text(cell.profile())
        environment = {**clean(), "SLURMCTL_REST_CONFIG": str(config), **variables}
        argv: list[str | Path] = [self.python.with_name("slurmctl-rest"), *words]
        return lambda: run(argv, environment, self.output)

    def interpreter(self, *words: str) -> Action:
        """Return what runs the same Python without the program."""
        argv: list[str | Path] = [self.python, *words]
        return lambda: run(argv, clean(), self.output)

    def command(self, name: str, *words: str, **variables: str) -> Action:
        """Return what runs a command of the cluster's Slurm, as the program would."""
        argv: list[str | Path] = [self.cluster.bin_path / name, *words]
        return lambda: run(argv, {**clean(), **variables}, self.output)


def clean() -> Mapping[str, str]:
    """Return the environment without what would lead the program or Slurm elsewhere."""
    return {key: value for key, value in os.environ.items() if not key.startswith(OF_SLURM)}


def install(folder: Path) -> Path:
    """Install a wheel of this tree, with what is locked, and return the environment's Python."""
    environment = folder / "installed"
    wheels = folder / "wheels"
    build = ("-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels))
    subprocess.run([sys.executable, *build], cwd=ROOT, check=True, capture_output=True)
    [wheel] = wheels.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin/python"
    locked = ("--require-hashes", "--requirement", str(ROOT / "requirements/run.lock"))
    for what in (locked, (str(wheel),)):
        subprocess.run([python, *QUIET, *what], check=True, stderr=subprocess.DEVNULL)
    return python
