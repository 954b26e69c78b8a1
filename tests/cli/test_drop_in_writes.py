"""Writes of the voice `sacctmgr` over REST: what is said, and what is sent, from argv on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from slurmctl_rest.cli import lock
from slurmctl_rest.cli.drop_in import question, run
from slurmctl_rest.cli.turn import Turn
from slurmctl_rest.model.change import Outcome
from tests.cli.conftest import Programs
from tests.fakes import ALICE, BEFORE, BOB, Seen, Slurmrestd, World, json_answer, world
from tests.support import PHYSICS, account

ROOT, SCIENCE = BEFORE.accounts[:2]


def after(physics: Any = PHYSICS, *more: Any, users: Any = (ALICE, BOB)) -> World:
    """The world with a physics of other values, and further accounts."""
    return world([ROOT, SCIENCE, physics, *more], users)


@pytest.mark.parametrize(
    ("words", "left", "out", "sent"),
    [
        (
            ["modify", "account", "physics", "set", "MaxJobs=-1"],
            after({**PHYSICS, "MaxJobs": None}),
            " Modified account associations...\n"
            "  C = alps       A = physics of science\n"
            "  C = alps       A = physics              U = alice    \n",
            ["POST /slurmdb/v0.0.43/associations/"],
        ),
        (
            ["modify", "account", "physics", "set", "desc='New Text'"],
            after({**PHYSICS, "Description": "new text"}),
            " Modified accounts...\n  physics\n",
            ["POST /slurmdb/v0.0.43/accounts/"],
        ),
        (
            ["add", "account", "optics", "parent=physics"],
            after(PHYSICS, account("optics", "physics")),
            " Adding Account(s)\n  optics\n"
            " Settings\n"
            "  Description     = Account Name\n"
            "  Organization    = Parent/Account Name\n"
            " Associations =\n"
            "  C = alps       A = optics              \n"
            " Settings\n"
            "  Parent        = physics\n",
            ["POST /slurmdb/v0.0.43/accounts_association/"],
        ),
        (
            ["delete", "user", "bob", "account=physics"],
            after(users=[ALICE]),
            " Deleting user associations...\n"
            "  C = alps       A = physics    U = bob      \n"
            " Deleting users (No Associations)...\n  bob\n",
            ["DELETE /slurmdb/v0.0.43/user/bob"],
        ),
        (
            ["add", "coordinator", "bob", "account=science"],
            world([ROOT, {**SCIENCE, "Coordinators": ("bob",)}, PHYSICS], [ALICE, BOB]),
            " Adding Coordinator User(s)\n  bob\n To Account(s) and all sub-accounts\n  science\n",
            ["POST /slurmdb/v0.0.43/accounts/"],
        ),
    ],
)
def test_a_write(
    programs: Programs,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    left: World,
    out: str,
    sent: list[str],
) -> None:
    program = programs("rest", BEFORE, left)
    code = run.main(["-i", *words])
    assert (*capsys.readouterr(), code) == (out, "", 0)
    assert program.wrote[: len(sent)] == sent


def test_a_no_discards_the_changes(
    programs: Programs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs("rest")
    monkeypatch.setattr(question, "answered_yes", lambda *_: False)
    assert run.main(["modify", "account", "physics", "set", "grpjobs=7"]) == 0
    assert capsys.readouterr().out == (
        " Modified account associations...\n  C = alps       A = physics of science\n"
        " Changes Discarded\n"
    )
    assert run.main(["modify", "account", "set", "grpjobs=7"]) == 0
    assert capsys.readouterr().out == "Aborted\n"
    assert program.wrote == []


def test_nothing_is_written_but_what_was_shown(
    programs: Programs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs("rest")
    assert isinstance(program.slurm, Slurmrestd)
    slurm = program.slurm

    def agreed(*_: str) -> bool:
        slurm.before = after(users=[BOB])  # somebody else deletes alice meanwhile
        return True

    monkeypatch.setattr(question, "answered_yes", agreed)
    assert run.main(["modify", "account", "physics", "set", "MaxJobs=-1"]) == 1
    assert capsys.readouterr().err == (
        "sacctmgr: error: others have written meanwhile: nothing was changed (repeat the write)\n"
    )
    assert program.wrote == []


def taken_after(slurm: Slurmrestd, meanwhile: World) -> Callable[..., lock.Lock]:
    """Return a lock that is taken once the one who held it has left the cluster so."""
    acquire = lock.acquire

    def acquired(*arguments: Any) -> lock.Lock:
        held = acquire(*arguments)
        slurm.before = meanwhile
        return held

    return acquired


def test_what_is_written_and_said_is_planned_under_the_lock(
    programs: Programs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = {**PHYSICS, "GrpTRES": {"cpu": 7, "gres/gpu": 9}}
    left = after({**theirs, "MaxJobs": None}, users=[BOB])
    program = programs("rest", BEFORE, left)
    assert isinstance(program.slurm, Slurmrestd)
    meanwhile = taken_after(program.slurm, after(theirs, users=[BOB]))
    monkeypatch.setattr(lock, "acquire", meanwhile)
    code = run.main(["-i", "modify", "account", "physics", "set", "MaxJobs=-1"])
    # Without alice, whom the other has deleted; and with the TRES that the other has set.
    out = " Modified account associations...\n  C = alps       A = physics of science\n"
    assert (*capsys.readouterr(), code) == (out, "", 0)
    (sent,) = program.slurm.writes
    assert isinstance(sent.body, dict)
    (item,) = sent.body["associations"]
    counts = {one["name"] or one["type"]: one["count"] for one in item["max"]["tres"]["total"]}
    assert counts == {"cpu": 7, "gpu": 9}


def test_what_another_has_written_before_is_nothing_to_write_any_more(
    programs: Programs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    optics = after(PHYSICS, account("optics", "physics"))
    program = programs("rest", BEFORE, optics)
    assert isinstance(program.slurm, Slurmrestd)
    monkeypatch.setattr(lock, "acquire", taken_after(program.slurm, optics))
    assert run.main(["-i", "add", "account", "optics", "parent=physics"]) == 1
    assert capsys.readouterr() == (" Already existing account optics on cluster alps\n", "")
    assert program.wrote == []


def test_a_plan_is_made_anew_where_another_machine_has_written_since(
    programs: Programs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = {**PHYSICS, "GrpTRES": {"cpu": 7}, "Parent": "root"}
    program = programs("rest", BEFORE, after({**theirs, "MaxJobs": None}))
    assert isinstance(program.slurm, Slurmrestd)
    slurm, is_stale = program.slurm, Turn.is_stale

    def meanwhile(turn: Turn, plan: Sequence[Outcome]) -> bool:
        slurm.before = after(theirs)
        return is_stale(turn, plan)

    monkeypatch.setattr(Turn, "is_stale", meanwhile)
    assert run.main(["-i", "modify", "account", "physics", "set", "MaxJobs=-1"]) == 0
    assert "A = physics of root\n" in capsys.readouterr().out
    (sent,) = slurm.writes
    assert isinstance(sent.body, dict)
    counts = sent.body["associations"][0]["max"]["tres"]["total"]
    assert [one["count"] for one in counts] == [7]


def test_a_dry_run_says_what_it_would_send(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    program = programs("rest")
    assert run.main(["--dry-run", "modify", "user", "bob", "set", "maxjobs=7"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(" Modified user associations...\n")
    assert "POST /slurmdb/v0.0.43/associations/" in out
    assert program.wrote == []


@pytest.mark.parametrize(
    ("words", "err"),
    [
        (
            ["modify", "user", "bob", "set", "newname=x"],
            "sacctmgr: error: to set newname=x is not possible over REST "
            '(use a profile with execution_mode = "cli")\n',
        ),
        (
            # The first half could be done, and is not.
            ["modify", "account", "science", "set", "desc=x", "qos+=high"],
            "sacctmgr: error: association 'science': slurmrestd cannot change an inherited "
            "QosLevel with += or -= (set the whole list (QosLevel=a,b), or use a profile with "
            'execution_mode = "cli")\n',
        ),
    ],
)
def test_what_is_not_possible_is_refused_before_anything_is_sent(
    programs: Programs, capsys: pytest.CaptureFixture[str], words: list[str], err: str
) -> None:
    program = programs("rest")
    assert run.main(["-i", *words]) == 1
    assert capsys.readouterr() == ("", err)
    assert program.wrote == []


def test_a_readonly_write_is_refused(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    program = programs("rest")
    assert run.main(["-r", "-i", "delete", "user", "bob"]) == 1
    assert capsys.readouterr().err == "Can't run this command in readonly mode.\n"
    assert program.wrote == []


NO_PRIVILEGE = (
    "sacctmgr: error: Your user doesn't have privilege to perform this action\n"
    " Error with request: Access/permission denied\n"
)


@pytest.mark.parametrize(
    ("words", "out", "err"),
    [
        (
            ["modify", "account", "physics", "set", "grpjobs=7"],
            "",  # Slurm is a 24.11 here
            NO_PRIVILEGE,
        ),
        (["delete", "user", "bob"], "", NO_PRIVILEGE),
        (
            ["add", "account", "optics"],
            "",
            " error: Only admins/operators/coordinators can add accounts\n",
        ),
        (
            ["add", "user", "erin", "account=science"],
            "",
            " error: Problem adding user associations: Access/permission denied\n",
        ),
        (
            ["add", "coordinator", "bob", "account=science"],
            " Adding Coordinator User(s)\n  bob\n To Account(s) and all sub-accounts\n  science\n",
            " Problem adding coordinator: Access/permission denied\n",
        ),
    ],
)
def test_a_user_who_may_not(
    programs: Programs,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    out: str,
    err: str,
) -> None:
    program = programs("rest")
    assert isinstance(program.slurm, Slurmrestd)
    program.slurm.answer = denied
    assert run.main(["-i", *words]) == 1
    assert capsys.readouterr() == (out, err)


def denied(seen: Seen) -> httpx.Response | None:
    """Refuse what is not a GET."""
    if seen.method == "GET":
        return None
    said = {"error_number": 2002, "error": "Access/permission denied", "description": "no"}
    return json_answer(422, {"errors": [said]})


@pytest.mark.parametrize(
    ("words", "what", "site"),
    [
        (
            ["modify", "qos", "normal", "set", "GrpTRESMins=cpu=-1"],
            "GrpTRESMins of qos",
            "qos.normal.GrpTRESMins",
        ),
        (
            ["modify", "account", "physics", "set", "flags=NoUsersAreCoords"],
            "Flags of accounts",
            "account.physics.Flags",
        ),
    ],
)
def test_what_an_old_version_does_not_tell_is_not_taken_for_unset(
    programs: Programs,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    words: list[str],
    what: str,
    site: str,
) -> None:
    program = programs("rest")
    monkeypatch.setenv("SLURMCTL_REST_REST_API__API_VERSION", "auto")
    assert isinstance(program.slurm, Slurmrestd)
    program.slurm.serves = ("v0.0.40",)
    said = f"this API version of slurmrestd neither tells nor sets {what}"
    assert run.main(["-i", *words]) == 1
    assert capsys.readouterr().err.startswith(f"sacctmgr: error: {said} (")
    native = program("-i", *words)
    assert (native.code, program.wrote) == (10, [])
    assert native.err.startswith(f"slurmctl-rest: {said} (")
    file = tmp_path / "site.toml"
    file.write_text(f'{site} = ""\n')
    for verb in (["diff", "-f"], ["plan", "-f"], ["apply", "-i"]):
        desired = program(*verb, str(file))
        assert (desired.code, desired.err, program.wrote) == (10, native.err, [])
