"""`load`: a cluster becomes what sacctmgr's file says, over either executor."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from slurmctl_rest.cli import checks, load_changes
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.load_reading import FileReading
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import Conflict, NotFound, UsageError
from slurmctl_rest.model.syntax import Selection
from slurmctl_rest.model.text import printable
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.sacctmgr import load_file, load_words
from slurmctl_rest.sacctmgr.load_file import FileError
from slurmctl_rest.sacctmgr.load_plan import Loading

LOAD_SYNTAX = "slurmctl-rest load FILE [cluster=NAME] [--clean]"
STDIN = "-"


def run(context: Context, words: Sequence[str], *, clean: bool) -> None:
    """Plan what the file comes to, show it, ask, and write."""
    asked = load_words.read_load(words, old=False)
    if asked.complaints or asked.records or not asked.file:
        raise UsageError(" ".join(asked.complaints).strip() or "no file is given", LOAD_SYNTAX)
    asked.clean = asked.clean or clean
    asked.cluster = one_cluster(context, asked.cluster)
    checks.guard_write(context, Selection(), everything=True)
    text = _text(asked.file)
    cluster = asked.cluster or load_file.cluster_named_in(text)
    if not cluster:
        raise UsageError(f"{printable(asked.file)}: it names no cluster", "give cluster=NAME")
    if cluster not in context.backend.clusters():
        hint = "add it first, or give cluster=NAME for the cluster to change"
        raise NotFound(f"cluster '{printable(cluster)}' does not exist", hint)
    warned: set[str] = set()

    def plan() -> Planned:
        loading = Loading(
            FileReading(context).present(cluster),
            wanted=asked.cluster,
            clean=asked.clean,
        )
        changes = _changes(loading, text, asked.file)
        for left in loading.left:
            if left not in warned:
                context.console.warn(f"{printable(asked.file)}: {left}: left as it is")
            warned.add(left)
        if not changes.plan:
            context.console.say("nothing to change")
        return Planned(changes.plan, steps=changes.steps)

    Write(context).run_plan(plan, cluster)


def one_cluster(context: Context, named: str) -> str:
    """Return the cluster that is named, by cluster= or --cluster; empty if none is."""
    other = context.options.cluster
    if named and other not in {None, named}:
        raise UsageError(
            f"two clusters are given: {printable(named)}, {printable(str(other))}", "give one"
        )
    return named or other or ""


def _changes(loading: Loading, text: str, file: str) -> PlanSteps:
    """Return what the file comes to; raise for anything that is wrong with it."""
    try:
        for line in load_file.file_lines(text):
            loading.read(line)
        changes = load_changes.file_changes(loading)
    except FileError as error:
        raise named_file_error(error, file) from None
    if who := load_changes.losing_default_qos(loading):
        listed = "; ".join(" ".join(line.split()) for line in who)
        raise Conflict(
            f"these associations could not use their default QOS: {listed}",
            "give them the QOS in the file, or another default",
        )
    return changes


def _text(file: str) -> str:
    try:
        read = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{printable(file)}: {error.strerror}", "name a file that can be read"
        ) from error
    return read.decode("utf-8", "surrogateescape")


def named_file_error(error: FileError, file: str) -> UsageError:
    """Return the error of the command line for what is wrong with the file."""
    words = " ".join(text.strip() for text in error.lines if text.strip())
    said = words.removeprefix("sacctmgr: error: ").removeprefix("sacctmgr: fatal: ")
    return UsageError(f"{printable(file)}: {printable(said)}", "correct the file, and repeat")
