"""The JSON of every command on real Slurm, over both executors; `Cli` judges what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.documents import FOLDER

from .cells import Cell, Cli
from .cluster import Cluster
from .test_transcripts import submitted

COMMANDS = json.loads((FOLDER / "manifest.json").read_text())["commands"]
BEFORE = (
    "qos add low,high Priority=3 GraceTime=60 MaxTRESPU=cpu=4 UsageFactor=1.5 Flags=DenyOnLimit -i",
    "account add science MaxJobs=9 GrpTRES=cpu=4,gres/gpu=2 MaxWall=60 Fairshare=parent -i",
    "account add physics parent=science QosLevel=normal,high DefaultQOS=high -i",
    "user add alice account=physics MaxTRES=cpu=2 MaxSubmitJobs=5 GrpTRESMins=cpu=1000 -i",
)
"""Limits of each kind, own and inherited ones."""

SENTENCES = {
    "ping": 0,
    "doctor": 0,
    "profile list": 0,
    "profile show": 0,
    "profile check": 0,
    "history": 0,
    "blame account physics": 0,
    "watch --for 0.1": 0,
    "account modify science set MaxJobs=8 -i": 0,
    "undo last -i": 0,
    "restore account physics --as-of now -i --dry-run": 0,
    "account list": 0,
    "account list WOPLimits": 0,
    "account list nosuch": 3,
    "account tree": 0,
    "user list WithCoord": 0,
    "assoc list": 0,
    "assoc list WithDeleted": 0,
    "assoc tree where account=science": 0,
    "coordinator add alice account=physics -i": 0,
    "coordinator list": 0,
    "qos list": 0,
    "cluster list": 0,
    "tres list": 0,
    "jobs list": 0,
    "jobs history": 0,
    "jobs why account=physics": 0,
    "jobs list format=JobID,Why": 0,
    "quota all": 0,
    "quota account=physics --over 1": 8,
    "access alice account=physics tres=cpu=3,gres/gpu=3 time=1-0": 0,
    "account describe physics": 0,
    "user describe alice": 0,
    "assoc describe where account=science": 0,
    "qos describe high": 0,
    "usage report month=2020-01": 0,
    "usage report by=user,qos,partition,day": 0,
    "usage history physics units=hours": 0,
    "account add optics parent=physics -i": 0,
    "account add optics parent=physics -i --dry-run": 0,
    "account add physics MaxJobs=1 -i": 4,
    "account modify physics,nosuch set MaxJobs=3 GrpTRES=mem=4G QosLevel=high -i": 7,
    "account modify physics set MaxJobs=3": 9,
    "account modify nosuch set MaxJobs=3 -i": 3,
    "account modify physics set GrpTRES=cpuu=3 -i": 2,
    "user add bob account=physics,science AdminLevel=Operator -i": 0,
    "user modify alice set MaxWall=30 DefaultQOS=high -i": 0,
    "user delete bob -i": 0,
    "assoc add account=science user=alice -i": 0,
    "assoc modify where account=science user=alice set Fairshare=7 -i": 0,
    "assoc delete where account=science user=alice -i": 0,
    "qos modify high set Preempt=low PreemptMode=requeue Flags+=NoDecay GrpTRES=cpu=9 -i": 0,
    "cluster add beta -i": 0,
    "cluster modify beta set MaxJobs=3 -i": 0,
    "cluster delete beta --confirm beta -i": 0,
    "wckey add p1 user=alice -i": 0,
    "wckey list": 0,
    "wckey delete p1 -i": 0,
    "instance list": 0,
    "reservation list": 0,
    "stats list": 0,
    "runawayjobs list": 0,
    "runawayjobs fix -i": 0,
    "jobs why 999999": 3,
    "jobs modify 999999 set Comment=x -i": 3,
    "jobs cancel 999999 -i": 3,
    "raw-usage reset physics --dry-run": 0,
    "raw-usage reset physics -i": 0,
    "account delete optics -i": 0,
    "account delete physics -i": 4,
    "jobs cancel where account=physics -i": 0,
    "coordinator delete alice account=physics -i": 0,
    "account delete physics,science --cancel-jobs -i": 0,
    "qos delete high -i": 0,
    "load cluster.cfg -i": 0,
    "diff -f site.toml": 8,
    "diff --as-of now": 0,
    "plan -f site.toml --prune": 0,
    "apply site.toml --prune -i": 0,
    "apply site.toml -i --dry-run": 0,
    "edit account optics -i": 0,
}
"""In this order; with the exit code."""
OF_SACCTMGR = {
    "event list": 0,
    "transaction list": 0,
    "problem list": 0,
    "configuration list": 0,
    "federation list": 0,
    "federation add north -i": 0,
    "federation modify north set Clusters= -i": 0,
    "federation delete north -i": 0,
    "resource list": 0,
    "resource add matlab Count=3 -i": 0,
    "resource modify matlab set Count=4 -i": 0,
    "resource delete matlab -i": 0,
    "stats clear -i": 0,
    "archive dump Jobs -i --dry-run": 0,
    "archive load File=/x -i --dry-run": 0,
    "slurmdbd reconfigure -i": 0,
    "slurmdbd shutdown -i --dry-run": 0,
}
"""With the exit code over the commands; over REST each is refused (10)."""
FILE = "Cluster - '{}'\nParent - 'root'\nAccount - 'optics':GrpJobs=3\n"
"""What `load` reads, for a cluster."""
SITE = """
[scope]
accounts = ["optics"]
[qos.sites]
[account.optics]
Parent = "root"
MaxJobs = 7
GrpTRES = { cpu = 5 }
users = ["dora"]
"""


@pytest.mark.parametrize(
    ("executor", "format_"), [("cli", "json"), ("rest", "json"), ("rest", "ndjson")]
)
def test_the_json_of_every_command(
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    executor: str,
    format_: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cluster.cfg").write_text(FILE.format(cluster.cluster_name))
    Path("site.toml").write_text(SITE)
    Path("editor").write_text("#!/bin/sh\nsed -i 's/MaxJobs = 7/MaxJobs = 8/' \"$1\"\n")
    Path("editor").chmod(0o755)
    monkeypatch.setenv("EDITOR", str(Path("editor").absolute()))
    version = cluster.api_versions[-1] if executor == "rest" else ""
    cli = Cli(Cell(cluster, executor, version), tmp_path)
    for sentence in BEFORE:
        done = cli(sentence)
        assert (sentence, done.code, done.err) == (sentence, 0, done.err)
    submitted(cluster, "alice", ["sbatch", "-A", "physics", "-n1", "--wrap=sleep 300"])
    submitted(cluster, "alice", ["sbatch", "-A", "physics", "--hold", "--array=1-3", "--wrap=true"])
    sentences = {**SENTENCES, **{s: c if executor == "cli" else 10 for s, c in OF_SACCTMGR.items()}}
    wanted = {s: code for s, code in sentences.items() if format_ == "json" or " -i" not in s}
    assert {sentence: cli(f"{sentence} --output {format_}").code for sentence in wanted} == wanted


def test_every_command_that_prints_json_is_among_them() -> None:
    spoken = {tuple(sentence.split()[:2]) for sentence in (*BEFORE, *SENTENCES)}
    spoken |= {tuple(sentence.split()[:2]) for sentence in OF_SACCTMGR}
    spoken |= {tuple(sentence.split()) for sentence in SENTENCES}
    spoken |= {(sentence.split()[0],) for sentence in SENTENCES}
    wanted = {tuple(c["words"]) for c in COMMANDS if c["prints"] and c["words"] != ["schema"]}
    assert wanted <= spoken


LISTS = ("account list", "account tree", "assoc list", "assoc list WOPLimits", "user list",
         "coordinator list", "cluster list", "tres list", "jobs history")  # fmt: skip


def test_items_and_their_keys_have_one_order_over_both_executors(
    cluster: Cluster, tmp_path: Path
) -> None:
    executors = [Cell(cluster, "cli"), *(Cell(cluster, "rest", v) for v in cluster.api_versions)]
    clis = []
    for cell in (executors[0], executors[1], executors[-1]):
        folder = tmp_path / str(cell)
        folder.mkdir()
        clis.append(Cli(cell, folder))
    for sentence in (
        "qos add high,low -i",
        "account add science MaxTRES=mem=1G,gres/gpu=2,cpu=4 QosLevel=high,normal,low -i",
        "account add physics,optics parent=science GrpTRES=node=3,cpu=2 -i",
        "user add bob,alice account=physics,optics MaxTRES=gres/gpu=1 -i",
        "user add alice account=physics partition=debug -i",
        "coordinator add bob,alice account=optics,physics -i",
    ):
        assert clis[0](sentence).code == 0, sentence
    for sentence in LISTS:
        cli, oldest, newest = (
            json.dumps(executor(f"{sentence} --json").items) for executor in clis
        )
        assert (oldest, newest) == (cli, cli), sentence
