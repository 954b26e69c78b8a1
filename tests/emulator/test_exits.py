"""Each exit code that can be met here, with all that is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.emulator.conftest import Result, Run

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("accounts")]

NO_ALCHEMY = (
    "account 'magic' does not exist on cluster 'demo' "
    "(slurmctl-rest account list shows all accounts)"
)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (
            "account modify physics set GrpTRESS=cpu=1 -i",
            2,
            "account has no field 'GrpTRESS' (did you mean GrpTRES?)",
        ),
        (
            "account lists",
            2,
            "No such command 'lists'. Did you mean 'list'? (slurmctl-rest account --help)",
        ),
        ("account modify magic set Fairshare=1 -i", 3, NO_ALCHEMY),
        ("account delete magic -i", 3, NO_ALCHEMY),
        (
            "account modify physics set parent=magic -i",
            3,
            "parent account 'magic' does not exist on cluster 'demo' "
            "(slurmctl-rest account add magic)",
        ),
        (
            "account modify physics set QosLevel=fast -i",
            3,
            "QosLevel: qos 'fast' does not exist (known: normal)",
        ),
        (
            "account modify science set parent=physics -i",
            4,
            "account 'science' cannot have the parent 'physics', which is itself or below it "
            "(move account 'physics' elsewhere first)",
        ),
        (
            "account add physics parent=science Fairshare=3 -i",
            4,
            "account 'physics' already exists, with Fairshare=1 "
            "(slurmctl-rest account modify physics set Fairshare=3)",
        ),
        (
            "account delete physics",
            9,
            "no terminal to confirm this write on (use -i to skip the question, or --dry-run)",
        ),
        (
            "account delete -i",
            9,
            "no selection given, and a write never acts on everything by default "
            "(name objects, give a condition (where cluster=NAME), or use --all)",
        ),
        ("account delete physics -i -r", 9, "--readonly refuses all writes"),
        (
            "account delete root -i",
            9,
            "account 'root' is never deleted (it is above all accounts)",
        ),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(
    run: Run, state: Path, line: str, code: int, said: str
) -> None:
    before = state.read_bytes()
    assert run(line) == Result(code, "", f"slurmctl-rest: {said}\n")
    assert state.read_bytes() == before


def test_commands_without_json_are_too_old(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the emulator's own sacctmgr is."""
    monkeypatch.setenv("SLURMCTL_REST_EXECUTION_MODE", "cli")
    monkeypatch.setenv("SLURMCTL_REST_SLURM_BIN_PATH", str(Path(sys.executable).parent))
    assert run("account list") == Result(
        10,
        "",
        "slurmctl-rest: sacctmgr list account: these Slurm commands do not know --json "
        '(execution_mode = "cli" needs the Slurm commands of release 23.11 or later)\n',
    )


def test_a_refusal_as_json(run: Run) -> None:
    done = run("account modify magic set Fairshare=1 -i --json")
    assert done.exit == 3
    assert json.loads(done.err) == {
        "error": {
            "code": "not_found",
            "exit": 3,
            "message": "account 'magic' does not exist on cluster 'demo'",
            "hint": "slurmctl-rest account list shows all accounts",
            "retryable": False,
            "executor": "rest",
            "http_status": None,
            "slurm_errno": None,
            "slurm_said": None,
        }
    }


def test_an_unknown_tres_is_refused_with_the_nearest(run: Run) -> None:
    done = run("account modify physics set GrpTRES=gres/fpga=1 -i --json")
    error = json.loads(done.err)["error"]
    assert (done.exit, done.out, error["code"]) == (2, "", "usage")
    assert error["message"] == "GrpTRES: the cluster has no TRES 'gres/fpga'"
    assert error["hint"] == "did you mean gres/gpu?"


def test_a_profile_that_is_not_in_the_file(run: Run, state: Path) -> None:
    file = state.parent / "config.toml"
    assert run("account list --profile alps") == Result(
        2, "", f"slurmctl-rest: profile 'alps' is not in {file} (known: demo, broken)\n"
    )


def test_several_names_are_each_reported_and_one_that_fails_stops_none(run: Run) -> None:
    assert run("account modify chemistry,magic set Fairshare=3 -i") == Result(
        7,
        "account chemistry: modified\n  Fairshare: 1 -> 3\naccount magic: FAILED to modify\n",
        f"slurmctl-rest: 1 of 2 failed: {NO_ALCHEMY}\n",
    )
    assert run("account list chemistry -Pn format=Fairshare") == Result(0, "3\n")


@pytest.mark.parametrize(
    ("key", "value", "code", "said"),
    [
        (
            "TOKEN_FILE",
            "/nowhere/token",
            5,
            "token_file /nowhere/token: No such file or directory "
            "(check token_file of the profile)",
        ),
        (
            "URL",
            "http://127.0.0.1:1",  # tcpmux: nobody listens there
            6,
            "slurmrestd at http://127.0.0.1:1 cannot be reached: [Errno 111] Connection refused "
            "(check that slurmrestd runs there (url of the profile))",
        ),
    ],
)
def test_an_address_that_leads_nowhere(
    run: Run, monkeypatch: pytest.MonkeyPatch, key: str, value: str, code: int, said: str
) -> None:
    monkeypatch.setenv(f"SLURMCTL_REST_REST_API__{key}", value)
    assert run("account list") == Result(code, "", f"slurmctl-rest: {said}\n")


def test_an_api_version_that_is_not_served(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURMCTL_REST_REST_API__API_VERSION", "v0.0.41")
    done = run("account list --json")
    error = json.loads(done.err)["error"]
    assert (done.exit, error["code"], error["http_status"]) == (10, "unsupported", 404)
    assert error["message"].endswith(" does not serve API version v0.0.41")
    assert error["hint"] == "it serves v0.0.44: set api_version (or 'auto')"
