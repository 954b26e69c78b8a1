"""What only lists take - comparisons, wildcards, sort=, limit=, format= in JSON - on real Slurm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from .cells import Cell, Cli
from .cluster import Cluster
from .test_transcripts import submitted

BEFORE = (
    "qos add low,high Priority=3 GraceTime=60 MaxTRESPU=cpu=4 Flags=DenyOnLimit -i",
    "account add science MaxJobs=9 GrpTRES=cpu=4,gres/gpu=2 Fairshare=parent -i",
    "account add physics,optics parent=science GrpJobs=20 QosLevel=high DefaultQOS=high -i",
    "user add alice,albert,bob account=physics MaxWall=60 -i",
    "user modify bob set MaxJobs=12 GrpTRES=mem=8G -i",
)
LINES: Mapping[str, Sequence[Mapping[str, object]]] = {
    "assoc list where user=a* format=User,MaxJobs sort=-User --json": [
        {"User": "alice", "MaxJobs": 9}, {"User": "albert", "MaxJobs": 9},
    ],
    "assoc list 'MaxJobs>9' format=User,MaxJobs,GrpTRES --json": [
        {"User": "bob", "MaxJobs": 12, "GrpTRES": {"mem": 8192}},
    ],
    "assoc list \"user!=''\" MaxWall.le=1:00:00 sort=-MaxJobs,User limit=2 format=User --json": [
        {"User": "bob"}, {"User": "albert"},
    ],
    "assoc list where account=physics MaxJobs=9 WOPLimits format=User --json": [],
    "account list 'GrpTRES=gres/gpu>1' format=GrpTRES,Account --json": [
        {"GrpTRES": {"cpu": 4, "gres/gpu": 2}, "Account": "science"},
    ],
    "account list \"MaxJobs=''\" WOPLimits sort=-Account format=Account --json": [
        {"Account": "root"}, {"Account": "physics"}, {"Account": "optics"},
    ],
    "account list 'Fairshare=parent' 's*,root' format=Account --json": [{"Account": "science"}],
    "user list where account=p* format=User,Accounts limit=1 --json": [
        {"User": "albert", "Accounts": ["physics"]},
    ],
    "user list WithAssoc 'MaxJobs>9' AdminLevel=none format=User,AdminLevel,MaxJobs --json": [
        {"User": "bob", "AdminLevel": "None", "MaxJobs": 12},
    ],
    "qos list 'Flags=Deny*' 'MaxTRESPU=cpu>=4' sort=-Name format=Name --json": [
        {"Name": "low"}, {"Name": "high"},
    ],
    "tres list 'ID<3' Name='' sort=-ID format=Type --json": [{"Type": "mem"}, {"Type": "cpu"}],
    "cluster list '*' format=MaxJobs,DefaultQOS --json": [{"MaxJobs": None, "DefaultQOS": None}],
    "coordinator list user=a* --json": [],
    "jobs list 'Submit>now-1hour' 'ReqTRES=cpu<=2' jobname=w* format=User,JobName --json": [
        {"User": "alice", "JobName": "wrap"},
    ],
    "jobs history 'Submit>now' user=nosuch* sort=-JobID format=JobName --json": [],
    "usage report 'Used>1000000000' sort=-Used limit=1 format=Used --json": [],
    "wckey list 'WCKey=nosuch*' sort=-ID format=ID --json": [],
    "assoc list --query \"[?MaxJobs > `9`].{user: User, max: MaxJobs}\"": [
        {"user": "bob", "max": 12},
    ],
}  # fmt: skip
WRONG = {
    "account list 'GrpTRES=cpuu>1'": "the cluster has no TRES 'cpuu' (did you mean cpu?)",
    "account delete 'GrpJobs>1' -i": "'GrpJobs>1': only lists compare",
    "account delete where GrpJobs.gt=1 -i": "'GrpJobs.gt=1': only lists compare",
    "jobs cancel 'Submit>now-1hour' -i": "'Submit>now-1hour': only lists compare",
}
"""Usage errors."""


def test_lists_are_selected_sorted_and_cut_alike_over_both_executors(
    cluster: Cluster, tmp_path: Path
) -> None:
    clis = []
    for number, cell in enumerate(
        (Cell(cluster, "cli"), Cell(cluster, "rest", cluster.api_versions[-1]))
    ):
        (tmp_path / str(number)).mkdir()
        clis.append(Cli(cell, tmp_path / str(number)))
    for sentence in BEFORE:
        assert clis[0](sentence).code == 0, sentence
    submitted(cluster, "alice", ["sbatch", "-A", "physics", "--hold", "-n1", "--wrap=true"])
    for sentence, wanted in LINES.items():
        for cli in clis:
            done = cli(sentence)
            found = json.loads(done.out) if done.code == 0 else done.err
            items = found["items"] if isinstance(found, dict) else found
            assert (sentence, str(cli.cell), items) == (sentence, str(cli.cell), wanted)
            keys = [[*one] for one in items[:1]]
            assert keys == [[*one] for one in wanted[:1]], sentence
    for sentence, message in WRONG.items():
        for cli in clis:
            done = cli(sentence)
            assert (done.code, message in done.err) == (2, True), (sentence, done.err)
    assert {i["Account"] for i in clis[1]("account list --json").items} == {
        *("root", "science", "physics", "optics")
    }
