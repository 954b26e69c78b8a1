"""What list, tree and ping print, format by format."""

from __future__ import annotations

import json
import re

import pytest

from tests.emulator.conftest import Result, Run

pytestmark = pytest.mark.emulator

COLUMNS = "format=Account,Parent,Fairshare,GrpJobs,GrpTRES,GrpTRESMins"


def test_a_fresh_cluster_has_root_only(run: Run) -> None:
    assert run("account list") == Result(
        0,
        "Account  Description           Organization\nroot     default root account  root\n",
    )


@pytest.mark.usefixtures("accounts")
class TestAccounts:
    def test_list(self, run: Run) -> None:
        assert run(f"account list {COLUMNS}") == Result(
            0,
            "Account    Parent   Fairshare  GrpJobs  GrpTRES               GrpTRESMins\n"
            "chemistry  science  1\n"
            "physics    science  1                   cpu=1000,gres/gpu=16  cpu=9000\n"
            "root                1\n"
            "science    root     50         500\n",
        )

    def test_list_parsable2_has_the_headers_of_sacctmgr(self, run: Run) -> None:
        assert run(f"account list {COLUMNS} -P") == Result(
            0,
            "Account|ParentName|Share|GrpJobs|GrpTRES|GrpTRESMins\n"
            "chemistry|science|1|||\n"
            "physics|science|1||cpu=1000,gres/gpu=16|cpu=9000\n"
            "root||1|||\n"
            "science|root|50|500||\n",
        )

    def test_list_parsable_without_header(self, run: Run) -> None:
        assert run(f"account list physics {COLUMNS} -pn") == Result(
            0, "physics|science|1||cpu=1000,gres/gpu=16|cpu=9000|\n"
        )

    def test_list_csv(self, run: Run) -> None:
        assert run("account list physics format=Account,GrpTRES --output csv") == Result(
            0, 'Account,GrpTRES\nphysics,"cpu=1000,gres/gpu=16"\n'
        )

    def test_list_by_condition_with_widths(self, run: Run) -> None:
        assert run("account list where parent=science format=Account%-12,GrpTRES%8") == Result(
            0,
            "Account        GrpTRES\nchemistry\nphysics       cpu=100+\n",
        )

    def test_list_json(self, run: Run) -> None:
        done = run("account list physics --json")
        assert (done.exit, done.err) == (0, "")
        assert json.loads(done.out) == {
            "schema_version": 1,
            "kind": "account",
            "profile": "demo",
            "cluster": "demo",
            "executor": "rest",
            "slurm": "25.11.7",
            "items": [PHYSICS],
            "warnings": [],
        }

    def test_list_ndjson_has_one_item_a_line(self, run: Run) -> None:
        done = run("account list where parent=science --output ndjson")
        items = [json.loads(line) for line in done.out.splitlines()]
        assert [item["Account"] for item in items] == ["chemistry", "physics"]
        assert items[1] == PHYSICS

    def test_list_of_a_name_that_does_not_exist(self, run: Run) -> None:
        assert run("account list magic -P") == Result(
            3,
            "",
            "slurmctl-rest: account 'magic' does not exist on cluster 'demo' "
            "(slurmctl-rest account list shows all accounts)\n",
        )

    def test_tree(self, run: Run) -> None:
        assert run("account tree") == Result(
            0,
            "root  Fairshare=1 QosLevel=normal\n"
            "└── science  Fairshare=50 GrpJobs=500 QosLevel=normal\n"
            "    ├── chemistry  Fairshare=1 QosLevel=normal\n"
            "    └── physics  Fairshare=1 GrpTRES=cpu=1000,gres/gpu=16 GrpTRESMins=cpu=9000 "
            "QosLevel=normal\n",
        )

    def test_tree_of_a_branch(self, run: Run) -> None:
        assert run("account tree chemistry") == Result(
            0, "chemistry  Fairshare=1 QosLevel=normal\n"
        )

    def test_tree_parsable2(self, run: Run) -> None:
        assert run("account tree science format=Account,Parent -P") == Result(
            0, "Account|ParentName\nchemistry|science\nphysics|science\nscience|root\n"
        )

    def test_tree_json_holds_the_branch(self, run: Run) -> None:
        document = json.loads(run("account tree science --json").out)
        assert (document["schema_version"], document["kind"]) == (1, "account")
        parents = {item["Account"]: item["Parent"] for item in document["items"]}
        assert parents == {"chemistry": "science", "physics": "science", "science": "root"}


PHYSICS = {
    "Account": "physics",
    "Description": "physics",
    "Organization": "faculty",
    "Coordinators": [],
    "IndirectCoordinators": [],
    "Cluster": "demo",
    "Clusters": ["demo"],
    "Parent": "science",
    "Fairshare": 1,
    "Priority": None,
    "GrpJobs": None,
    "GrpJobsAccrue": None,
    "GrpSubmitJobs": None,
    "GrpTRES": {"cpu": 1000, "gres/gpu": 16},
    "GrpTRESMins": {"cpu": 9000},
    "GrpTRESRunMins": {},
    "GrpWall": None,
    "MaxJobs": None,
    "MaxJobsAccrue": None,
    "MaxSubmitJobs": None,
    "MaxTRES": {},
    "MaxTRESPerNode": {},
    "MaxTRESMins": {},
    "MaxTRESRunMins": {},
    "MaxWall": None,
    "MinPrioThresh": None,
    "DefaultQOS": None,
    "QosLevel": ["normal"],
    "inherited": {},
}


def test_ping(run: Run) -> None:
    done = run("ping")
    assert done._replace(out=re.sub(r"\d+ ms$", "N", done.out, flags=re.MULTILINE)) == Result(
        0,
        "Daemon     Host       Role     Status  Release  Latency  Detail\n"
        "slurmctld  localhost  primary  up      25.11.7  N\n"
        "slurmdbd   localhost  primary  up      25.11.7  N\n",
    )


def test_ping_parsable2(run: Run) -> None:
    done = run("ping -Pn")
    assert done._replace(out=re.sub(r"\d+ ms\|$", "N|", done.out, flags=re.MULTILINE)) == Result(
        0,
        "slurmctld|localhost|primary|up|25.11.7|N|\nslurmdbd|localhost|primary|up|25.11.7|N|\n",
    )


def test_ping_json(run: Run) -> None:
    done = run("ping --json")
    document = json.loads(done.out)
    assert (done.exit, done.err, document["kind"]) == (0, "", "ping")
    for item, daemon in zip(document["items"], ("slurmctld", "slurmdbd"), strict=True):
        assert item.pop("Latency") >= 0
        assert item == {
            "Daemon": daemon,
            "Host": "localhost",
            "Role": "primary",
            "Status": "up",
            "Release": "25.11.7",
            "Detail": None,
        }


def test_verbose_shows_the_requests_on_stderr(run: Run) -> None:
    done = run("ping -v -Q")
    assert done.err == "+ GET /slurm/v0.0.44/ping/\n+ GET /slurmdb/v0.0.44/ping/\n"
