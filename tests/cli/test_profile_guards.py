"""Guards of a profile: beyond them a write needs the digest of its plan."""

from __future__ import annotations

import json
import re

import pytest

from slurmctl_rest.cli.drop_in import run
from tests.cli.conftest import Programs
from tests.fakes import BEFORE, world
from tests.support import PHYSICS

AFTER = world([*BEFORE.accounts[:2], {**PHYSICS, "MaxJobs": 50}])
RAISE = ("account", "modify", "physics", "set", "MaxJobs=50")
SAID = "max_raise: account 'physics' MaxJobs 5 -> 50, and at most 2 times"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@pytest.fixture(autouse=True)
def guarded(home: object, executor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each profile a guard."""
    for key, value in (("MAX_RAISE", "2"), ("PROTECTED", '["root", "staff*"]')):
        monkeypatch.setenv(f"SLURMCTL_REST_GUARD__{key}", value)


def test_beyond_a_guard_nothing_is_sent_without_an_approval(
    programs: Programs, executor: str
) -> None:
    program = programs(executor, BEFORE, AFTER)
    dry = program(*RAISE, "--dry-run")
    *_, digest = DIGEST.findall(dry.out)
    warning = f"would be refused by a guard of the profile: {SAID} (the plan is {digest})"
    assert (dry.code, dry.err) == (0, f"slurmctl-rest: warning: {warning}\n")
    assert dry.out.splitlines()[-1] == f"digest: {digest}"
    document = json.loads(program(*RAISE, "--dry-run", "--json").out)
    assert (document["digest"], document["warnings"]) == (digest, [warning])
    refused = program(*RAISE, "-i")
    assert (refused.code, refused.out, refused.err) == (
        9,
        "",
        f"slurmctl-rest: refused by a guard of the profile: {SAID} (the plan is {digest}) "
        f"(have it approved, and repeat with --approve {digest})\n",
    )
    other = f"sha256:{'0' * 64}"
    stale = program(*RAISE, "-i", "--approve", other)
    assert (stale.code, stale.err) == (
        4,
        f"slurmctl-rest: the plan is {digest} now, and {other} was approved (nothing was sent; see "
        "what it is now with --dry-run, and have that approved)\n",
    )
    assert program.wrote == []
    assert program(*RAISE, "-i", "--approve", digest).code == 0
    assert len(program.wrote) == 1


def test_an_approval_is_of_one_plan(programs: Programs, executor: str) -> None:
    digest = json.loads(programs(executor, BEFORE)(*RAISE, "--dry-run", "--json").out)["digest"]
    lower = world([*BEFORE.accounts[:2], {**PHYSICS, "MaxJobs": 4}])
    program = programs(executor, lower)  # somebody has changed the row since
    assert program(*RAISE, "-i", "--approve", digest).code == 4
    within = ("account", "modify", "physics", "set", "MaxJobs=8")
    assert program(*within, "-i", "--approve", digest).code == 4
    assert program.wrote == []
    wrong = program(*RAISE, "-i", "--approve", digest[:20])
    assert (wrong.code, "write the digest that plan or --dry-run has shown" in wrong.err) == (
        2,
        True,
    )


def test_at_a_terminal_nothing_is_asked_that_is_refused(programs: Programs, executor: str) -> None:
    program = programs(executor, BEFORE)
    ended = program("account", "modify", "root", "set", "MaxJobs=1", stdin="y\n")
    assert (ended.code, program.wrote) == (9, [])
    assert "protected: account 'root' is like 'root'" in ended.err
    assert "Carry this out?" not in ended.err


def test_within_the_guards_all_is_as_ever(programs: Programs, executor: str) -> None:
    after = world([*BEFORE.accounts[:2], {**PHYSICS, "MaxJobs": 10}])
    program = programs(executor, BEFORE, after)
    assert program("account", "modify", "physics", "set", "MaxJobs=10", "-i").code == 0
    assert len(program.wrote) == 1


def test_only_what_is_approved_is_written(
    programs: Programs, executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURMCTL_REST_GUARD__REQUIRE_APPROVAL", "true")
    after = world([*BEFORE.accounts[:2], {**PHYSICS, "MaxJobs": 6}])
    program = programs(executor, BEFORE, after)
    words = ("account", "modify", "physics", "set", "MaxJobs=6")
    refused = program(*words, "-i")
    assert (refused.code, "require_approval: this plan is not approved" in refused.err) == (9, True)
    (digest,) = {*DIGEST.findall(refused.err)}
    assert program(*words, "-i", "--approve", digest).code == 0


def test_the_voice_of_sacctmgr_is_guarded_as_well(
    programs: Programs,
    executor: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLURMCTL_REST_PROFILE", executor)
    program = programs(executor, BEFORE)
    code = run.main(["-i", "modify", "account", "physics", "set", "MaxJobs=50"])
    why = {
        "rest": "refused by a guard of the profile: "
        "max_raise: association 'physics' MaxJobs 5 -> 50, and at most 2 times",
        "cli": "the profile has guards, and what sacctmgr would change is not known before it does",
    }
    assert (code, program.wrote, *capsys.readouterr()) == (
        1,
        [],
        "",
        f'sacctmgr: error: {why[executor]} (`slurmctl-rest explain "sacctmgr ..."` shows the '
        "native command, which takes --approve)\n",
    )
