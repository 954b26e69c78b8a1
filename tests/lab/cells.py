"""Cells of the lab: (suite, executor, API version). Tests that take `cell` run in each of them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from slurmctl_rest.cli.app import main

from .cluster import Cluster

PROFILE = "cell"


@dataclass(frozen=True)
class Cell:
    """One way to reach one cluster. `api_version` is empty for the executor `cli`."""

    cluster: Cluster
    executor: str
    api_version: str = ""
    unix: bool = False

    def __str__(self) -> str:
        road = "-unix" if self.unix else ""
        return f"{self.cluster.suite}-{self.api_version or 'cli'}{road}"

    def profile(self, **rest_api: str) -> str:
        """Return a profile file that leads here."""
        lines = [
            f"[profiles.{PROFILE}]",
            f'execution_mode = "{self.executor}"',
            f'cluster_name = "{self.cluster.cluster_name}"',
            f'slurm_bin_path = "{self.cluster.bin_path}"',
        ]
        if self.executor == "rest":
            keys = {
                "url": self.cluster.unix_url if self.unix else self.cluster.tcp_url,
                "api_version": self.api_version,
                "token_file": str(self.cluster.token_file),
                **rest_api,
            }
            lines.append(f"[profiles.{PROFILE}.rest_api]")
            lines += [f'{key} = "{value}"' for key, value in keys.items()]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Result:
    """What one command left: its exit code, and stdout and stderr each by itself and as met."""

    code: int
    out: str
    err: str
    both: str

    @property
    def items(self) -> list[dict[str, object]]:
        """Return the items of --json."""
        items: list[dict[str, object]] = json.loads(self.out)["items"]
        return items


class Cli:
    """The program, run in this process against one cell."""

    def __init__(self, cell: Cell, folder: Path) -> None:
        self.cell = cell
        self.config = folder / "config.toml"
        self.config.write_text(cell.profile())

    def __call__(self, *words: str) -> Result:
        """Run `slurmctl-rest WORDS`; one argument is split as a shell would."""
        argv = shlex.split(words[0]) if len(words) == 1 else list(words)
        out, err, both = io.StringIO(), io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(_Tee(out, both)),
            contextlib.redirect_stderr(_Tee(err, both)),
            _environment(SLURMCTL_REST_CONFIG=str(self.config)),
        ):
            code = main(argv)
        return Result(int(code), out.getvalue(), err.getvalue(), both.getvalue())

    def configure(self, **rest_api: str) -> None:
        """Change keys of the profile's rest_api."""
        self.config.write_text(self.cell.profile(**rest_api))


class _Tee(io.StringIO):
    """Writes to several; it is no terminal."""

    def __init__(self, *files: io.StringIO) -> None:
        super().__init__()
        self.files = files

    def write(self, text: str) -> int:
        for file in self.files:
            file.write(text)
        return len(text)


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Set variables for the time of a command, and hide all others of the program."""
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith(("SLURMCTL_REST_", "SLURM_")):
            del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


# The state, as sacctmgr itself shows it, by a way that the program does not share.

LIMITS = (
    *("ParentName", "Share", "Priority", "GrpJobs", "GrpJobsAccrue", "GrpSubmit", "GrpTRES"),
    *("GrpTRESMins", "GrpTRESRunMins", "GrpWall", "MaxJobs", "MaxJobsAccrue", "MaxSubmit"),
    *("MaxTRES", "MaxTRESPerNode", "MaxTRESMins", "MaxTRESRunMins", "MaxWall"),
    *("MinPrioThresh", "DefaultQOS", "QOS"),
)


def state(cluster: Cluster) -> str:
    """Return every account and association, one a line, with what is set on itself."""
    where = ("Cluster", "Account", "User", "Partition")
    rows = _table(cluster, "assoc", (*where, *LIMITS), "woplimits", "withrawqoslevel")
    lines = []
    for name, description, organization, coordinators in sorted(
        _table(cluster, "account", ("Account", "Descr", "Org", "Coord"), "withcoord")
    ):
        by = f" coordinators={coordinators}" if coordinators else ""
        lines.append(f"account {name} '{description}' '{organization}'{by}")
    for _, account, user, partition, *limits in sorted(rows, key=lambda row: (row[1], row[2])):
        own = [f"{k}={v}" for k, v in zip(LIMITS, limits, strict=True) if v]
        whom = "/".join(filter(None, (account, user, partition)))
        lines.append(f"assoc {whom} {' '.join(own)}".rstrip())
    return "".join(f"{line}\n" for line in lines)


def _table(cluster: Cluster, noun: str, columns: Sequence[str], *switches: str) -> list[list[str]]:
    text = cluster.sacctmgr("-nP", "list", noun, *switches, f"format={','.join(columns)}")
    return [line.split("|") for line in text.splitlines()]


def neutral(text: str, cluster: Cluster) -> str:
    """Return text without what must differ between cells: names, releases, versions, times."""
    text = re.sub(rf"\b{cluster.cluster_name}\b", "CLUSTER", text)
    return re.sub(r'"(executor|slurm|profile)": "[^"]*"', r'"\1": "..."', text)
