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
from typing import TypeAlias

from slurmctl_rest.cli.app import main
from tests.documents import judge

from .cluster import Cluster
from .machine import LabError

PROFILE = "cell"


@dataclass(frozen=True)
class Cell:
    """One way to reach one cluster. `api_version` is empty for the executor `cli`."""

    cluster: Cluster
    executor: str
    api_version: str = ""
    unix: bool = False

    def __str__(self) -> str:
        suffix = "-unix" if self.unix else ""
        return f"{self.cluster.suite}-{self.api_version or 'cli'}{suffix}"

    @property
    def is_newest(self) -> bool:
        """Tell whether it is none of the older API versions."""
        return self.api_version in {"", self.cluster.api_versions[-1]}

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
    """What one command left: its exit code, and stdout and stderr each by itself and as met.

    `told` is what `both` is, with a mark (`! `) before each line of stderr.
    """

    code: int
    out: str
    err: str
    both: str
    told: str

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
        out, err, both, told = (io.StringIO() for _ in range(4))
        with (
            contextlib.redirect_stdout(_Tee(out, both, told)),
            contextlib.redirect_stderr(_Tee(err, both, _Marked(told))),
            _environment(SLURMCTL_REST_CONFIG=str(self.config)),
        ):
            code = main(argv)
        judge(argv, out.getvalue(), err.getvalue())
        return Result(int(code), *(paper.getvalue() for paper in (out, err, both, told)))

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


class _Marked(io.StringIO):
    """Puts a mark before each line on its way to another file."""

    def __init__(self, file: io.StringIO) -> None:
        super().__init__()
        self.file = file

    def write(self, text: str) -> int:
        begun = not self.file.getvalue().endswith("\n") and bool(self.file.getvalue())
        marked = re.sub(r"(?m)^(?=.)", ERR, text) if not begun else text
        return self.file.write(marked)


ERR = "! "
"""What stands before lines of stderr in transcripts."""


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
    *("MinPrioThresh", "DefaultQOS", "QOS", "Comment"),
)
QOS_COLUMNS = (
    *("Descr", "Priority", "GraceTime", "Preempt", "PreemptExemptTime", "PreemptMode", "Flags"),
    *("UsageThres", "UsageFactor", "LimitFactor", "GrpTRES", "GrpTRESMins", "GrpTRESRunMins"),
    *("GrpJobs", "GrpJobsAccrue", "GrpSubmit", "GrpWall", "MaxTRES", "MaxTRESPerNode"),
    *("MaxTRESMins", "MaxWall", "MaxTRESPU", "MaxJobsPU", "MaxSubmitPU", "MaxJobsAccruePU"),
    *("MaxTRESPA", "MaxTRESRunMinsPA", "MaxTRESRunMinsPU", "MaxJobsPA", "MaxSubmitPA"),
    *("MaxJobsAccruePA", "MinPrioThres", "MinTRES"),
)
AS_MADE = {"Priority": "0", "GraceTime": "00:00:00", "PreemptMode": "cluster"}
AS_MADE |= {"UsageFactor": "1.000000"}
PRISTINE = {"user root admin=Administrator default=root", "qos normal Descr=normal qos default"}


def state(cluster: Cluster, name: str = "") -> str:
    """Return accounts, associations, users and QOS, one a line, with what is set on each itself.

    `*` marks the associations of a user's default account. What a new cluster has is left out.
    `name` is another cluster of the same slurmdbd, whose associations are meant.
    """
    return states(cluster, name or cluster.cluster_name)[0]


def states(cluster: Cluster, *names: str) -> list[str]:
    """Return the state of several clusters of one slurmdbd, all seen by one sacctmgr."""
    keys = ("Account", "User", "Partition")
    asked = [
        _words("account", ("Account", "Descr", "Org", "Coord"), "withcoord"),
        _words("user", ("User", "Admin", "DefaultAccount", "Coord"), "withcoord"),
        _words("qos", ("Name", *QOS_COLUMNS)),
    ]
    for name in names:
        here = ("where", f"cluster={name}")
        asked += [
            _words("assoc", keys, *here, "onlydefaults", "woplimits"),
            _words("assoc", (*keys, *LIMITS), *here, *OWN),
        ]
    accounts, users, qos, *of_clusters = _tables(cluster, asked)
    common = [line for line in (*_users(users), *_qos(qos)) if line not in PRISTINE]
    found = zip(of_clusters[::2], of_clusters[1::2], strict=True)
    return [
        "".join(f"{line}\n" for line in (*_accounts(accounts), *_associations(*two), *common))
        for two in found
    ]


def dump(cluster: Cluster) -> str:
    """Return what `sacctmgr dump` writes of the cluster, without its head."""
    cluster.sacctmgr("dump", cluster.cluster_name, "file=/tmp/dump.cfg")
    file = cluster.root / "tmp/dump.cfg"
    lines = file.read_text().splitlines()
    file.unlink()
    return "".join(f"{line}\n" for line in sorted(lines) if not line.startswith("#"))


OWN = ("woplimits", "withrawqoslevel")

Table: TypeAlias = list[list[str]]


def _accounts(rows: Table) -> Iterator[str]:
    for name, description, organization, coordinators in sorted(rows):
        by = f" coordinators={coordinators}" if coordinators else ""
        yield f"account {name} '{description}' '{organization}'{by}"


def _associations(marked: Table, rows: Table) -> Iterator[str]:
    for account, user, partition, *limits in sorted(rows, key=lambda row: row[:3]):
        own = [f"{k}={v}" for k, v in zip(LIMITS, limits, strict=True) if v]
        whom = "/".join(filter(None, (account, user, partition)))
        mark = "*" if [account, user, partition] in marked and user != "root" else ""
        yield f"assoc {whom}{mark} {' '.join(own)}".rstrip()


def _users(rows: Table) -> Iterator[str]:
    for name, admin, default, coordinates in sorted(rows):
        words = {"admin": admin, "default": default, "coordinates": coordinates}
        yield " ".join([f"user {name}", *(f"{k}={v}" for k, v in words.items() if v)])


def _qos(rows: Table) -> Iterator[str]:
    for name, *values in sorted(rows):
        given = dict(zip(QOS_COLUMNS, values, strict=True))
        own = [f"{k}={v}" for k, v in given.items() if v and AS_MADE.get(k) != v]
        yield " ".join([f"qos {name}", *own])


def _words(noun: str, columns: Sequence[str], *switches: str) -> str:
    return " ".join(("list", noun, *switches, f"format={','.join(columns)}"))


def _tables(cluster: Cluster, asked: Sequence[str]) -> list[Table]:
    """Return the rows of several lists. One sacctmgr reads them all from its standard input, and
    repeats each behind its prompt: a start of it takes longer than a list.
    """
    lines = "".join(f"{line}\n" for line in (*asked, "quit"))
    # It shows only the end of a line that is wider than its terminal.
    wide = f"COLUMNS={2 * len(lines)}"
    done = cluster.run("timeout", "60", "env", wide, "sacctmgr", "-nP", text=lines)
    answers = re.split(r"(?m)^sacctmgr: .*\n", done.stdout)[1:-1]
    if done.returncode or done.stderr or len(answers) != len(asked):
        raise LabError(f"sacctmgr: {done.stderr.strip() or done.stdout}")
    return [[line.split("|") for line in answer.splitlines()] for answer in answers]


ONE_ROAD = (
    "could not check whether",
    "these users do not exist in the operating system",
    "does not show whether its PreemptMode",
    "ends the inheritance of QOS",
)
"""Warnings that one executor has reason for, and the other has not."""


def neutral(text: str, cluster: Cluster) -> str:
    """Return text without what must differ between cells: names, releases, versions, times."""
    lines = text.splitlines(keepends=True)
    text = "".join(line for line in lines if not any(words in line for words in ONE_ROAD))
    text = re.sub(rf"\b{cluster.cluster_name}\b", "CLUSTER", text)
    return re.sub(r'"(executor|slurm|profile)": "[^"]*"', r'"\1": "..."', text)
