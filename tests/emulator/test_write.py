"""What add, modify and delete do and print, and what --dry-run leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.emulator.conftest import Result, Run

pytestmark = pytest.mark.emulator

ROWS = "account list -Pn format=Account,Parent,Description,Organization,Fairshare,GrpJobs,GrpTRES"
ROOT = "root||default root account|root|1||\n"


def test_add(run: Run) -> None:
    assert run(
        "account add science Description='all of it' GrpJobs=5 QosLevel=normal -i"
    ) == Result(
        0,
        "account science: added\n"
        "  Description = all of it\n"
        "  Organization = science\n"
        "  Parent = root\n"
        "  Fairshare = 1\n"
        "  GrpJobs = 5\n"
        "  QosLevel = normal\n",
    )
    assert run(ROWS) == Result(0, f"{ROOT}science|root|all of it|science|1|5|\n")


def test_add_several_as_json(run: Run) -> None:
    done = run("account add a1,a2 Fairshare=7 QosLevel=normal -i --json --with-commands")
    assert (done.exit, done.err) == (0, "")
    document = json.loads(done.out)
    commands = document.pop("commands")
    assert document == {
        "schema_version": 1,
        "kind": "change",
        "profile": "demo",
        "cluster": "demo",
        "executor": "rest",
        "slurm": "25.11.7",
        "changed": True,
        "dry_run": False,
        "changes": [
            {
                "entity": "account",
                "name": name,
                "key": {"Account": name},
                "action": "add",
                "changed": True,
                "fields": {
                    "Description": {"before": None, "after": name},
                    "Organization": {"before": None, "after": name},
                    "Parent": {"before": None, "after": "root"},
                    "Fairshare": {"before": None, "after": 7},
                    "QosLevel": {"before": [], "after": ["normal"]},
                },
                "error": None,
            }
            for name in ("a1", "a2")
        ],
        "warnings": [],
    }
    assert [c for c in commands if c["method"] != "GET"] == [
        {
            "method": "POST",
            "path": "/slurmdb/v0.0.44/accounts_association/",
            "query": {},
            "body": {
                "association_condition": {
                    "accounts": ["a1", "a2"],
                    "clusters": ["demo"],
                    "association": {"parent": "root", "fairshare": 7, "qoslevel": ["normal"]},
                },
                "account": {},
            },
        }
    ]


def test_add_of_what_is_there_as_asked_changes_nothing(run: Run) -> None:
    line = "account add science GrpJobs=5 QosLevel=normal -i"
    run(line)
    assert run(line) == Result(0, "account science: already so\n")


@pytest.mark.usefixtures("accounts")
class TestAccounts:
    def test_modify_of_one_tres_keeps_the_others(self, run: Run) -> None:
        assert run("account modify physics set GrpTRES=gres/gpu=32 -i") == Result(
            0,
            "account physics: modified\n  GrpTRES: cpu=1000,gres/gpu=16 -> cpu=1000,gres/gpu=32\n",
        )
        assert run("account list physics -Pn format=GrpTRES,GrpTRESMins,QosLevel") == Result(
            0, "cpu=1000,gres/gpu=32|cpu=9000|normal\n"
        )

    def test_modify_several_fields_of_several_accounts(self, run: Run) -> None:
        line = "account modify where parent=science set Fairshare=9 MaxJobs=3 MaxWall=1-00:00:00 -i"
        fields = "  Fairshare: 1 -> 9\n  MaxJobs: (unset) -> 3\n  MaxWall: (unset) -> 1-00:00:00\n"
        assert run(line) == Result(
            0, f"account chemistry: modified\n{fields}account physics: modified\n{fields}"
        )

    def test_minus_one_clears(self, run: Run) -> None:
        assert run("account modify science set GrpJobs=-1 -i") == Result(
            0, "account science: modified\n  GrpJobs: 500 -> (unset)\n"
        )
        assert run("account modify physics set GrpTRES=cpu=-1 -i") == Result(
            0, "account physics: modified\n  GrpTRES: cpu=1000,gres/gpu=16 -> gres/gpu=16\n"
        )

    def test_modify_of_the_texts(self, run: Run) -> None:
        assert run("account modify physics set Description='light' -i") == Result(
            0, "account physics: modified\n  Description: physics -> light\n"
        )

    def test_modify_of_what_is_so_changes_nothing(self, run: Run, state: Path) -> None:
        before = state.read_bytes()
        done = run("account modify physics set GrpTRES=cpu=1000 -i --json --with-commands")
        document = json.loads(done.out)
        assert (done.exit, document["changed"]) == (0, False)
        assert document["changes"] == [
            {
                "entity": "account",
                "name": "physics",
                "key": {"Account": "physics"},
                "action": "modify",
                "changed": False,
                "fields": {},
                "error": None,
            }
        ]
        assert {command["method"] for command in document["commands"]} <= {"GET"}
        assert state.read_bytes() == before

    def test_move_below_another_account(self, run: Run) -> None:
        assert run("account modify chemistry set parent=physics -i") == Result(
            0, "account chemistry: modified\n  Parent: science -> physics\n"
        )
        assert run("account list where parent=physics -Pn format=Account") == Result(
            0, "chemistry\n"
        )

    def test_delete(self, run: Run) -> None:
        assert run("account delete physics,chemistry -i") == Result(
            0, "account chemistry: deleted\naccount physics: deleted\n"
        )
        assert run(ROWS) == Result(0, f"{ROOT}science|root|science|science|50|500|\n")

    def test_delete_as_json(self, run: Run) -> None:
        done = run("account delete physics -i --json --with-commands")
        document = json.loads(done.out)
        assert (done.exit, document["changed"]) == (0, True)
        (change,) = document["changes"]
        assert (change["name"], change["action"], change["error"]) == ("physics", "delete", None)
        assert change["fields"]["GrpTRES"] == {
            "before": {"cpu": 1000, "gres/gpu": 16},
            "after": {},
        }
        assert [c for c in document["commands"] if c["method"] != "GET"] == [
            {
                "method": "DELETE",
                "path": "/slurmdb/v0.0.44/account/physics",
                "query": {},
            }
        ]

    def test_delete_with_missing_ok(self, run: Run) -> None:
        assert run("account delete chemistry,magic -i --missing-ok") == Result(
            0,
            "account chemistry: deleted\n",
            "slurmctl-rest: warning: account 'magic' does not exist on cluster 'demo'\n",
        )

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            (
                "account add biology parent=science MaxJobs=3 --dry-run",
                "account biology: would add\n"
                "  Description = biology\n"
                "  Organization = science\n"
                "  Parent = science\n"
                "  Fairshare = 1\n"
                "  MaxJobs = 3\n"
                "would run: POST /slurmdb/v0.0.44/accounts_association/ "
                '{"association_condition": {"accounts": ["biology"], "clusters": ["demo"], '
                '"association": {"fairshare": 1, "maxjobs": {"infinite": false, "number": 3, '
                '"set": true}, "parent": "science"}}, "account": {}}\n',
            ),
            (
                "account modify chemistry set Fairshare=3 --dry-run",
                "account chemistry: would modify\n"
                "  Fairshare: 1 -> 3\n"
                "would run: POST /slurmdb/v0.0.44/associations/ "
                '{"associations": [{"account": "chemistry", "cluster": "demo", "partition": "", '
                '"user": "", "shares_raw": 3, "max": {"tres": {"total": [], "group": '
                '{"minutes": [], "active": []}, "per": {"job": [], "node": []}, "minutes": '
                '{"per": {"job": []}, "total": []}}}, "qos": []}]}\n',
            ),
            (
                "account delete chemistry --dry-run",
                "account chemistry: would delete\n"
                "would run: DELETE /slurmdb/v0.0.44/account/chemistry\n",
            ),
        ],
    )
    def test_dry_run_sends_nothing(self, run: Run, state: Path, line: str, said: str) -> None:
        before = state.read_bytes()
        assert run(line) == Result(0, said)
        assert state.read_bytes() == before
