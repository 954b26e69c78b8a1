"""What each row of the manual gives on the lab, in both voices and over both executors."""

from __future__ import annotations

import json
import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from slurmctl_rest.sacctmgr.list_requests import ONLY_WITHASSOC
from tests.lab.cells import Cell, Cli
from tests.lab.cluster import Cluster
from tests.lab.parity import FILE, Answer, Parity, writes
from tests.lab.sequences import Judged, Line, Verdict, Voice, judged
from tests.lab.test_jobs import await_gone, record, submit
from tests.manual.probes import NOT_RUN, Probe

MORE_STATE = (
    "list cluster format=Cluster,Classification,Features,Federation,FedState,Flags",
    "list federation format=Federation,Cluster",
    "list wckey format=WCKey,Cluster,User",
    "list resource WithClusters format=Name,Server,Cluster,Allowed",
    "list resource format=Name,Description,Flags",
)
"""What the manual's rows may change beside the state of parity.py."""
JOB_FIELDS = "comment,admincomment,systemcomment,derivedexitcode,extra,wckey,alloctres"


class Tree(Parity):
    """The tree of parity.py, an ended job, and no federation."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster, MORE_STATE)
        self.job = ""
        self.files = 0

    def build(self) -> None:
        """Make the tree, whatever was there."""
        self._forget()
        super().build()
        if not self._told_of_job():  # a reset may have begun with an empty database
            self.job = submit(self.cluster, "-A", "physics", script="true")
            await_gone(self.cluster, self.job)
            record(self.cluster, self.job)
            self.pristine = self.state()

    def _forget(self) -> None:
        name = self.cluster.cluster_name
        clear = f"modify cluster {name} set classification='' features='' federation=''"
        self._sacctmgr(["-i"], f"{clear}\n")
        for federation in self.cluster.sacctmgr("-nP", "list", "federation").splitlines():
            self._sacctmgr(["-i", "delete", "federation", federation.split("|")[0]], "")
        if self.job:
            empty = "comment='' admincomment='' systemcomment='' extra='' derivedexitcode=0"
            self._sacctmgr(["-i"], f"modify job {self.job} set {empty}\n")

    def state(self) -> str:
        """Return what sacctmgr lists, and what sacct tells of the job."""
        return super().state() + self._told_of_job()

    def _told_of_job(self) -> str:
        words = ("sacct", "-nPXD", "-j", self.job, "-o", JOB_FIELDS)
        return self.cluster.run(*words).stdout if self.job else ""

    def line(self, probe: Probe) -> Line:
        """Return the line of a probe for this cluster, and write the file that it reads."""
        if "{file}" not in probe.line:
            return f"sacctmgr {self._filled(probe.line)}", probe.typed
        self.files += 1
        # Labs side by side have files of their own.
        path = Path(f"/tmp/manual-{os.getpid()}-{self.files}.cfg")  # noqa: S108 (in the chroot, and here)
        text = self._filled(probe.file) or self._dumped()
        for file in (path, self.cluster.chroot.inside(str(path))):
            file.write_text(text)
        return f"sacctmgr {self._filled(probe.line.replace('{file}', str(path)))}", probe.typed

    def _filled(self, text: str) -> str:
        return text.replace("{cluster}", self.cluster.cluster_name).replace("{job}", self.job)

    def _dumped(self) -> str:
        return self.cluster.chroot.inside(FILE).read_text()


def voice_of_sacctmgr(tree: Tree, cell: Cell) -> Voice:
    """Return the voice `sacctmgr` over a cell."""
    return lambda line: tree.ours_alone(line[0], cell, line[1])


def native(cell: Cell, folder: Path) -> Voice:
    """Return the program's own voice over a cell: sacctmgr's words, of writes the plan as JSON."""
    program = Cli(cell, folder)

    def answer(line: Line) -> Answer:
        plan = ["--dry-run", "--json"] if _plans(line) else []
        done = program(*shlex.split(line[0])[1:], *plan)
        last = done.err.strip().rpartition("\n")[2]
        return Answer(
            done.code,
            done.out,
            json.loads(last)["error"]["message"] if last.startswith("{") else done.err,
        )

    return answer


def as_native(line: Line, there: Answer, here: Answer) -> Verdict:
    """Judge an answer of the native voice: the rows of the same columns, or a plan of changes."""
    if here.code not in {0, NOT_FOUND}:
        return "refused"
    if here.code == 0 and _plans(line):
        return "equal" if json.loads(here.out)["changes"] else "different"
    # Its columns are others, and it does not ask whether such a condition is meant.
    if not COLUMNS_NAMED.search(line[0]) or ONLY_WITHASSOC in there.out:
        return "refused" if here.code else "equal"
    if {*here.out.splitlines()} == {*there.out.splitlines()}:
        return "equal"
    return "refused" if here.code else "different"


def _plans(line: Line) -> bool:
    """Tell whether a line writes; not for `-h`, which has no words either."""
    return writes(line[0]) and bool(IMMEDIATELY & {*line[0].split()})


COLUMNS_NAMED = re.compile(r"-n?P .*format=")
NOT_FOUND = 3
"""The exit code of a list that names what does not exist, where sacctmgr prints nothing."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run a line; `native`: in the program's own voice, where nothing is written."""

    name: str
    voice: Voice
    native: bool


def ways(tree: Tree) -> Sequence[Way]:
    """Return both voices over both executors."""
    cluster = tree.cluster
    rest, commands = Cell(cluster, "rest", cluster.api_versions[-1]), Cell(cluster, "cli")
    folders = [Path(tempfile.mkdtemp(prefix="manual-")) for _ in range(2)]
    return (
        Way("rest", voice_of_sacctmgr(tree, rest), native=False),
        Way("commands", voice_of_sacctmgr(tree, commands), native=False),
        Way("native_rest", native(rest, folders[0]), native=True),
        Way("native_commands", native(commands, folders[1]), native=True),
    )


def _writes(probe: Probe) -> bool:
    """Tell whether it may write: with -i, or as its question is answered."""
    return bool(IMMEDIATELY & {*probe.line.split()}) or bool(probe.typed)


IMMEDIATELY = {"-i", "--immediate"}


def results(tree: Tree, probes: Sequence[Probe], way: Way) -> Iterator[tuple[Probe, Judged]]:
    """Yield what comes of each probe over one way."""
    run = [one for one in probes if one.line not in NOT_RUN]
    # What only reads is run by itself, in one tree: the next one has other numbers and events.
    run.sort(key=_writes)
    reads = sum(not _writes(one) for one in run)
    lines = [tree.line(one) for one in run]
    if not way.native:
        for part in (slice(None, reads), slice(reads, None)):
            found = judged(tree, lines[part], way.voice)
            yield from zip(run[part], found, strict=True)
        return
    for probe, line in zip(run, lines, strict=True):  # nothing is written
        there = Answer(0, "", "") if _plans(line) else tree.real_alone(*line)
        here = way.voice(line)
        yield probe, Judged(line, there, here, as_native(line, there, here))
