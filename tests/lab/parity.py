"""The same command line through the real sacctmgr and through ours, from the same state.

`python -m tests.lab.parity` runs tests/lab/drop_in.tsv whole, or the lines that it is given, and
prints what differs:

    python -m tests.lab.parity --suite forky --way rest 'sacctmgr -nP list account'
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

from slurmctl_rest.cli.drop_in.run import main
from slurmctl_rest.sacctmgr import options, verbs
from slurmctl_rest.sacctmgr.reply import LineRefused

from . import cluster as lab
from . import forked, hanging
from .cells import Cell
from .cluster import Cluster
from .machine import LabError

HERE = Path(__file__).parent
TREE = """
add qos unused Priority=1
add qos high Priority=100

add qos low Priority=1 Flags=DenyOnLimit GrpTRES=cpu=10 GrpTRESMins=cpu=1000 MaxJobsPU=7 MaxWall=1440 Preempt=unused

add account empty1 Description=empty Organization=uni
add account hpc_proj1 Description=proj Organization=waldur
add account hpc_alloc1 Description=alloc Organization=waldur Parent=hpc_proj1 GrpJobs=50
add account science Description=science Organization=uni
add account chem Description=chem Organization=uni Parent=science QosLevel=low,normal
add account physics Description='physics dept' Organization=uni Parent=science Fairshare=20 QosLevel=high,normal GrpTRES=cpu=100,gres/gpu=2 GrpTRESMins=cpu=600000
add user alice account=physics DefaultAccount=physics Fairshare=3 MaxJobs=5
add user alice account=chem
add user bob account=physics MaxTRESMins=cpu=6000
add user carol account=chem
add user carol account=chem partition=gpu QosLevel=low DefaultQOS=low
add user dave account=hpc_alloc1 MaxTRESMins=cpu=100
add coordinator account=science name=bob
add resource name=matlab server=flexnet servertype=flexnet type=License count=100
"""  # noqa: E501 (sacctmgr's own lines)
"""The tree that every line of drop_in.tsv meets."""
STATE = (
    "list account WithCoord format=Account%50,Description%50,Organization%50,Coordinators,Flags",
    "list user WithCoord format=User%50,DefaultAccount,Admin,Coordinators",
    "list assoc WOPLimits format=Cluster,Account,User,Partition,ParentName,Share,Priority,GrpJobs,"
    "GrpJobsAccrue,GrpSubmit,GrpWall,GrpTRES,GrpTRESMins,GrpTRESRunMins,MaxJobs,MaxJobsAccrue,"
    "MaxSubmit,MaxWall,MaxTRES,MaxTRESPerNode,MaxTRESMins,MaxTRESRunMins,MinPrioThresh,QOS,"
    "DefaultQOS,Comment,Flags",
    "list assoc format=Account,User,Partition,QOS,DefaultQOS,MaxJobs",
    "list assoc OnlyDefaults WOPLimits format=Cluster,Account,User,Partition",
    "list qos format=Name,Description,Priority,GraceTime,Preempt,PreemptExemptTime,PreemptMode,"
    "Flags,UsageThres,UsageFactor,LimitFactor,GrpTRES,GrpTRESMins,GrpTRESRunMins,GrpJobs,"
    "GrpJobsAccrue,GrpSubmit,GrpWall,MaxTRES,MaxTRESPerNode,MaxTRESMins,MaxWall,MaxTRESPU,"
    "MaxJobsPU,MaxJobsAccruePU,MaxSubmitPU,MaxTRESPA,MaxTRESRunMinsPA,MaxTRESRunMinsPU,MaxJobsPA,"
    "MaxJobsAccruePA,MaxSubmitPA,MinPrioThres,MinTRES",
    "list cluster format=Cluster,Share,QOS,DefaultQOS,GrpJobs,MaxJobs",
    "list resource format=Name,Server,Type,Count,ServerType",
)
"""All that a write may change, as sacctmgr lists it."""


@dataclass(frozen=True)
class Answer:
    """What a command line left: its exit code, its streams, and what the lists say after it."""

    code: int
    out: str
    err: str
    state: str = ""

    def differs(self, other: Answer) -> dict[str, tuple[object, object]]:
        """Return what is not the same: name -> (here, there). Nothing is left out but CHANCE."""
        mine, theirs = (
            {name: masked(value) for name, value in vars(one).items()} for one in (self, other)
        )
        return {name: (mine[name], theirs[name]) for name in mine if mine[name] != theirs[name]}


def masked(value: object) -> object:
    """Return a text without what no two runs have alike."""
    if not isinstance(value, str):
        return value
    for pattern in CHANCE:
        value = re.sub(pattern, "", value, flags=re.MULTILINE)
    return re.sub(OF_ONE_USER, lambda found: _sorted(found[0]), value, flags=re.MULTILINE)


OF_ONE_USER = r"^(  C = .* P = ).*\n(?:\1.*\n)+"
"""The partitions of a user in an account. MariaDB takes one index or another for a refusal of
slurmdbd's, whose rows have no order."""


def _sorted(lines: str) -> str:
    return "".join(sorted(lines.splitlines(keepends=True)))


CHANCE = (
    # How long an event is old that has not ended: of the cluster's registration, or of a node's.
    r"(?<=T\d\d:\d\d:\d\d) +(\d+-)?\d\d:\d\d:\d\d",
    r"usec=\d+",
    r"^Configuration data as of .*",
    r"\\/usr\\/bin\\/",  # the lab's wrapper names the program so
    r'"(id|source)": .*',  # ids of associations; the terminal
    r"(?<=!!str )((id|source): .*|/usr/bin/)",  # the same in YAML
    # slurmdbd closes the connection after a refusal, and sacctmgr may notice or not.
    r"^.*(DBD_FINI|persistent connection).*\n",
    # slurmrestd does not tell the whole of some preempt modes: who modifies such a QOS is warned.
    r"^sacctmgr: warning: qos .* shows its PreemptMode as .*\n",
    # It waits for a lock of its own, as `load` of 24.11 with coordinators, and may say so.
    r"^ Database is busy or waiting for lock from other user\.\n",
)


def lines_of_clients(cluster: str) -> list[str]:
    """Return the command lines of real clients, for this cluster."""
    with (HERE / "drop_in.tsv").open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [for_cluster(row["line"], cluster) for row in rows]


PATIENCE_S = 90
"""How long sacctmgr may take: for ever is what 24.11 may ask at the end of the input (`--stdin`).

Six labs share the processors of CI, and no line is to end there for want of time.
"""


def for_cluster(line: str, cluster: str) -> str:
    """Return a line of drop_in.tsv as it is for this cluster: there it is called lab."""
    line = re.sub(r"\blab\b", cluster, line)
    # It is a job that does not exist; on a cluster that has run tests, 1 may be one that does.
    line = line.replace("jobid=1 ", "jobid=999999 ")
    return line.replace("/path", FILE)


FILE = f"/tmp/parity-{os.getpid()}.cfg"  # noqa: S108 (in the chroot, and here)
"""The file of dump and load; labs side by side have one each."""


def writes(line: str) -> bool:
    """Tell whether a line may change anything; without words it reads lines that may."""
    try:
        words = options.options_and_words(shlex.split(line)[1:])[1]
    except LineRefused:
        return False
    return not words or verbs.may_write(words)


NAMELESS_FLAG = r"^((?:[^|\n]+\|){3}(?:[^|\n]*\|){23})$"
"""An association of a user whose flags are empty instead of `None`. sacctmgr 26.05 leaves the flag
of a search (0x20000) on those that `load` or `add cluster` adds; nothing shows it, or reads it."""


class Parity:
    """One cluster with the tree, and both programs."""

    def __init__(
        self, cluster: Cluster, more: Sequence[str] = (), *, second_look: bool = True
    ) -> None:
        """`more`: other lists that belong to the state. `second_look`: that of the profile."""
        self.cluster = cluster
        self.more = more
        self.second_look = second_look
        self.folder = Path(tempfile.mkdtemp(prefix="parity-"))
        self.pristine = ""
        """The state with the tree and nothing else."""
        self._file = ""
        """What `load` reads."""

    def build(self) -> None:
        """Make the tree, whatever was there."""
        self.cluster.reset()
        left = "".join(f"delete resource {one}\n" for one in self._forget_deleted())
        for part in f"{left}{TREE.strip()}".split("\n\n"):  # one knows the QOS that it began with
            done = self._sacctmgr(["-i"], f"{part}\n")
            if done.returncode or "rror" in done.stderr:
                raise LabError(f"the tree cannot be made: {done.stdout}{done.stderr}")
        if not self.pristine:  # it is the same each time, and half of what this costs
            self.pristine = self.state()
            self._file = self._tree_as_file().replace("Fairshare=20:", "Fairshare=21:")
        self.write(self._file)

    def _tree_as_file(self) -> str:
        """Return the tree as a file."""
        self._sacctmgr(["dump", self.cluster.cluster_name, f"file={FILE}"], "")
        return self.cluster.chroot.inside(FILE).read_text()

    def write(self, text: str) -> None:
        """Write the file that `load` reads for both programs."""
        self.cluster.chroot.inside(FILE).write_text(text)
        Path(FILE).write_text(text)

    def _forget_deleted(self) -> list[str]:
        """Remove from the database what slurmdbd only marks as deleted, and return the conditions
        that meet the licenses, which a reset leaves.

        Added again, an account would have its old description and flags, and a QOS its old number:
        before a cold start, and never after it, which may lie between the two programs.
        """
        # All in one: the client's start is the most of it.
        statements = "".join(
            f"DELETE FROM {table} WHERE deleted = 1;"  # noqa: S608 (the lab's names)
            for table in (
                "acct_table",
                "user_table",
                "qos_table",
                f"{self.cluster.cluster_name}_assoc_table",
            )
        )
        licenses = (
            "SELECT CONCAT('name=', name, '|server=', server) FROM res_table WHERE deleted = 0;"
        )
        found = hanging.sql(self.cluster, statements + licenses)
        return [one.replace("|", " ") for one in found]

    def state(self) -> str:
        """Return what sacctmgr lists."""
        listed = self._sacctmgr(["-P"], "\n".join([*STATE, *self.more])).stdout
        return re.sub(NAMELESS_FLAG, r"\1None", listed, flags=re.MULTILINE)

    def real(self, line: str, text: str = "") -> Answer:
        """Run a line through the real sacctmgr, with the tree before and after it."""
        return replace(self.real_alone(line, text), state=self._state_after(line))

    def ours(self, line: str, cell: Cell, text: str = "") -> Answer:
        """Run a line through this program, as `sacctmgr`, with the tree before and after it."""
        return replace(self.ours_alone(line, cell, text), state=self._state_after(line))

    def real_alone(self, line: str, text: str = "") -> Answer:
        """Run a line through the real sacctmgr, and leave what it changes."""
        done = self._sacctmgr(shlex.split(line)[1:], text)
        return Answer(done.returncode, done.stdout, done.stderr)

    def ours_alone(self, line: str, cell: Cell, text: str = "") -> Answer:
        """Run a line through this program, as `sacctmgr`, and leave what it changes."""
        config = self.folder / f"{cell}.toml"
        # Nobody else writes here: it is other tests' to look a second time, half a second later.
        keys = "" if self.second_look else "second_look = false"
        profile = cell.profile().replace("]\n", f"]\n{keys}\n", 1)
        config.write_text(f'default_profile = "cell"\n{profile}')
        words = shlex.split(line)[1:]
        handed_on = "rawusage" in line.lower()  # its output is no stream of this process
        if cell.executor == "rest" and not text and not handed_on:
            code, out, err = self._here(words, config)
        else:
            code, out, err = self._process(words, config, text)
        return Answer(code, out, err)

    def _here(self, words: Sequence[str], config: Path) -> tuple[int, str, str]:
        """Run it in this process, which saves its start."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.chdir(self.folder),  # where `dump` without file= leaves one
            mock.patch.dict(os.environ, {"SLURMCTL_REST_CONFIG": str(config)}),
            mock.patch("sys.stdin", io.StringIO()),
        ):
            code = main(words)
        return code, _bytes(out), _bytes(err)

    def _process(self, words: Sequence[str], config: Path, text: str) -> tuple[int, str, str]:
        """Run it in one of its own: over the commands a list takes the place of the process."""
        streams = [self.folder / name for name in ("typed", "out", "err")]
        for file, begin in zip(streams, (text, "", ""), strict=True):
            file.write_text(begin)
        code = forked.run(
            ["sacctmgr", *words],
            {"PATH": "/usr/bin:/bin", "SLURMCTL_REST_CONFIG": str(config)},
            (streams[0], streams[1], streams[2]),
            3 * PATIENCE_S,
        )
        if code is None:
            raise LabError(f"{' '.join(words)} has not ended")
        # As text, since sacctmgr's streams are read so: a carriage return ends a line.
        out, err = (one.read_text("utf-8", "backslashreplace") for one in streams[1:])
        return code, out, err

    def _state_after(self, line: str) -> str:
        """Return what a line has changed, and bring the tree back."""
        state = self.state() if writes(line) else ""
        if state not in {"", self.pristine}:
            self.build()
        return state

    def _sacctmgr(self, argv: Sequence[str], text: str) -> subprocess.CompletedProcess[str]:
        return self.cluster.run("timeout", str(PATIENCE_S), "sacctmgr", *argv, text=text)


def _bytes(stream: io.StringIO) -> str:
    """Return what was printed as a process's output is read: bytes that are not UTF-8 as such."""
    printed = stream.getvalue().encode("utf-8", "surrogateescape")
    return printed.decode("utf-8", "backslashreplace")


def cells(cluster: Cluster, way: str) -> list[Cell]:
    """Return the cells of a way: `commands`, `rest` (the newest API version), or a version."""
    if way == "commands":
        return [Cell(cluster, "cli")]
    version = cluster.api_versions[-1] if way == "rest" else way
    return [Cell(cluster, "rest", version)]


def compare(
    parity: Parity, line: str, cell: Cell, text: str = ""
) -> dict[str, tuple[object, object]]:
    """Return what differs between both programs."""
    there = parity.real(line, text)
    return parity.ours(line, cell, text).differs(there)


def differences(
    parity: Parity, lines: Sequence[str], ways: Sequence[Cell], text: str = ""
) -> Iterator[tuple[str, Cell, dict[str, tuple[object, object]]]]:
    """Yield each line with what differs between both programs in each cell."""
    for line in lines:
        there = parity.real(line, text)
        for cell in ways:
            yield line, cell, parity.ours(line, cell, text).differs(there)


def command_line() -> int:
    """Compare, print what differs, and return whether anything does."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.parity", description=__doc__)
    parser.add_argument("--suite", default="forky")
    parser.add_argument("--way", default="rest", help="commands, rest, v0.0.42; commas between")
    parser.add_argument("--stdin", default="", help="what is typed")
    parser.add_argument("--match", default="", help="only lines with this expression")
    parser.add_argument("lines", nargs="*")
    arguments = parser.parse_args()
    cluster = lab.up([arguments.suite])[0]
    parity = Parity(cluster)
    parity.build()
    ways = [cell for way in arguments.way.split(",") for cell in cells(cluster, way)]
    lines = arguments.lines or lines_of_clients(cluster.cluster_name)
    lines = [line for line in lines if re.search(arguments.match, line)]
    equal, all_ = dict.fromkeys(map(str, ways), 0), 0
    for line, cell, found in differences(parity, lines, ways, arguments.stdin):
        equal[str(cell)] += not found
        all_ += 1
        if found:
            print(f"$ {line}    [{cell}]", flush=True)
        for name, (here, there) in found.items():
            print(f"  {name} of ours:\n{here}\n  {name} of sacctmgr:\n{there}")
    for name, count in equal.items():
        share = 100 * count / max(len(lines), 1)
        print(f"{name}: {count} of {len(lines)} are equal ({share:.1f} %)")
    return int(sum(equal.values()) < all_)


if __name__ == "__main__":
    sys.exit(command_line())
