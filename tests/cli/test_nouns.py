"""Guards and refusals of each noun and verb, and options that some of them have."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Program, Programs
from tests.fakes import ALICE, BEFORE, BOB, world
from tests.support import association, only

NO_TERMINAL = "no terminal to confirm this write on (use -i to skip the question, or --dry-run)"
NOTHING_NAMED = (
    "no selection given, and a write never acts on everything by default "
    "(name objects, give a condition (where cluster=NAME), or use --all)"
)
WRITES = {
    "user add": "user add carol account=physics",
    "user modify": "user modify alice set MaxJobs=1",
    "user delete": "user delete alice",
    "assoc add": "assoc add account=science user=alice",
    "assoc modify": "assoc modify where user=alice set MaxJobs=1",
    "assoc modify by number": "assoc modify id=5 set MaxJobs=1",
    "assoc delete": "assoc delete where user=alice",
    "coordinator add": "coordinator add bob account=physics",
    "coordinator delete": "coordinator delete alice account=physics",
    "qos add": "qos add slow",
    "qos modify": "qos modify high set Priority=1",
    "qos delete": "qos delete high",
    "user update": "user update alice set MaxJobs=1",
    "qos create": "qos create slow",
    "assoc remove": "assoc remove where user=alice",
}


@pytest.mark.parametrize("words", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(
    ("also", "line"),
    [([], NO_TERMINAL), (["-i", "-r"], "--readonly refuses all writes")],
    ids=["no terminal", "readonly"],
)
def test_a_guard_exits_9_before_anything_is_sent(
    program: Program, words: str, also: list[str], line: str
) -> None:
    ended = program(*words.split(), *also)
    assert (ended.code, ended.out, ended.err) == (9, "", f"slurmctl-rest: {line}\n")
    assert program.slurm.seen == []


@pytest.mark.parametrize(
    "words",
    [
        "user modify set MaxJobs=1", "user delete", "assoc modify set MaxJobs=1", "assoc delete",
        "assoc delete where", "qos modify set Priority=1", "qos delete", "coordinator delete",
        "assoc add",
    ],
)  # fmt: skip
def test_nothing_named_is_refused(program: Program, words: str) -> None:
    ended = program(*words.split(), "-i")
    assert ended.code in {2, 9}
    assert ended.out == ""
    if ended.code == 9:
        assert ended.err == f"slurmctl-rest: {NOTHING_NAMED}\n"
    assert program.slurm.seen == []


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        ("user add carol", 2, "no account is given for the user"),
        ("user add account=physics", 2, "no user is given"),
        ("user add carol account=nosuch", 3, "account 'nosuch' does not exist on cluster 'alps'"),
        (
            "user add bob account=physics MaxJobs=9", 4,
            "association 'bob in physics' already exists, with MaxJobs=2",
        ),
        ("user add alice account=physics Admin=Operator", 4, "user 'alice' already exists"),
        ("user modify nobody set MaxJobs=1", 3, "user 'nobody' does not exist"),
        ("user modify where account=science set MaxJobs=1", 3, "no user on cluster 'alps' meets"),
        ("user modify alice set DefaultAccount=science", 3, "user 'alice' is not in account"),
        ("user delete nobody", 3, "user 'nobody' does not exist on cluster 'alps'"),
        ("user delete where account=science", 3, "no user on cluster 'alps' meets"),
        ("assoc add user=alice", 2, "no account is given"),
        ("assoc add account=physics partition=gpu", 2, "an account association has no part"),
        ("assoc modify where user=nobody set MaxJobs=1", 3, "no association on cluster 'alps'"),
        ("assoc modify where user=alice set Parent=science", 9, "association 'alice in physics'"),
        ("assoc modify alice set MaxJobs=1", 2, "associations have no names: 'alice'"),
        ("assoc modify id=x set MaxJobs=1", 2, "id= accepts only numbers of associations"),
        ("assoc delete where user=nobody", 3, "no association on cluster 'alps' meets"),
        ("assoc delete where user=alice", 4, "association 'alice in physics': user 'alice' has"),
        ("assoc delete where account=root user=", 9, "account 'root' is never deleted"),
        ("coordinator add bob", 2, "no users or no accounts are given"),
        ("coordinator add bob account=nosuch", 3, "account 'nosuch' does not exist"),
        ("coordinator add nobody account=physics", 3, "user 'nobody' does not exist"),
        ("coordinator delete alice account=nosuch", 3, "account 'nosuch' does not exist"),
        ("qos add high Priority=1", 4, "qos 'high' already exists, with Priority=10"),
        ("qos modify nosuch set Priority=1", 3, "qos 'nosuch' does not exist"),
        ("qos modify where flags=nodecay set Priority=1", 3, "no qos meets the conditions"),
        ("qos modify high set Preempt+=nosuch", 3, "Preempt: qos 'nosuch' does not exist"),
        ("qos modify high set Preempt+=high", 4, "qos 'high' cannot preempt itself"),
        ("qos modify high set GrpTRES=xpu=1", 2, "GrpTRES: the cluster has no TRES 'xpu'"),
        ("qos delete normal", 9, "qos 'normal' is never deleted"),
        ("qos delete nosuch", 3, "qos 'nosuch' does not exist"),
        ("account modify physics set Coordinators+=bob -M jura", 3, "cluster 'jura' does not"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_not_tried(
    program: Program, words: str, code: int, line: str
) -> None:
    ended = program(*words.split(), "-i")
    assert (ended.code, ended.out) == (code, "")
    said = [one for one in ended.err.splitlines() if "warning" not in one]
    assert only(said).startswith(f"slurmctl-rest: {line}")
    assert program.wrote == []


@pytest.mark.parametrize(
    ("words", "warning"),
    [
        ("user delete nobody", "user 'nobody' does not exist on cluster 'alps'"),
        ("qos delete nosuch", "qos 'nosuch' does not exist"),
        ("coordinator delete alice account=nosuch", "account 'nosuch' does not exist"),
        ("assoc delete where user=nobody", "no association on cluster 'alps' meets the conditions"),
    ],
)
def test_missing_ok(program: Program, words: str, warning: str) -> None:
    ended = program(*words.split(), "--missing-ok", "-i", "--json")
    assert (ended.code, ended.err) == (0, "")
    document = json.loads(ended.out)
    assert (document["changed"], document["changes"]) == (False, [])
    assert [one.partition(" (")[0] for one in document["warnings"]] == [warning]
    loud = program(*words.split(), "--missing-ok", "-i")
    assert loud.code == 0
    assert f"slurmctl-rest: warning: {warning}" in loud.err
    assert program.wrote == []


# --- users of the operating system


def nobody(name: str) -> None:
    raise KeyError(name)


ADD = ("user", "add", "carol", "account=physics", "-i")
AFTER = world(BEFORE.accounts, [ALICE, BOB, association("physics", "carol", Default=True)])


def test_over_the_commands_unknown_users_are_warned_of_or_refused(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwd.getpwnam", nobody)
    program = programs("cli", BEFORE, AFTER)
    refused = program(*ADD, "--require-unix-user")
    assert (refused.code, refused.out) == (3, "")
    assert refused.err == (
        "slurmctl-rest: user 'carol' does not exist in the operating system "
        "(add the user there first, or omit --require-unix-user)\n"
    )
    assert program.wrote == []
    ended = program(*ADD)
    assert ended.code == 0
    assert (
        ended.err
        == "slurmctl-rest: warning: these users do not exist in the operating system: carol\n"
    )


def test_the_warning_can_be_turned_off_in_the_profile(
    programs: Programs, executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwd.getpwnam", nobody)
    monkeypatch.setenv("SLURMCTL_REST_WARN_UNIX_USERS", "false")
    refused = programs(executor, BEFORE, AFTER)(*ADD, "--require-unix-user")
    assert refused.code in {3, 10}
    ended = programs(executor, BEFORE, AFTER)(*ADD)
    assert (ended.code, ended.err) == (0, "")


def test_over_the_commands_known_users_are_nothing_to_speak_of(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwd.getpwnam", lambda name: name)
    ended = programs("cli", BEFORE, AFTER)(*ADD, "--require-unix-user")
    assert (ended.code, ended.err) == (0, "")


def test_over_slurmrestd_users_cannot_be_looked_up(programs: Programs) -> None:
    program = programs("rest", BEFORE, AFTER)
    refused = program(*ADD, "--require-unix-user")
    assert (refused.code, refused.out) == (10, "")
    assert "could not check whether carol can log in" in refused.err
    assert program.wrote == []
    ended = program(*ADD, "--json")
    assert json.loads(ended.out)["warnings"] == [
        "could not check whether carol can log in: Slurm may run on another machine than this one"
    ]


def test_users_who_exist_are_not_looked_up(
    programs: Programs, executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwd.getpwnam", nobody)
    ended = programs(executor)("user", "add", "alice", "account=physics", "-i")
    assert (ended.code, ended.err) == (0, "")


# --- other clusters


TWO = world(
    [
        {**BEFORE.accounts[0], "Clusters": ("alps", "jura")},
        {**BEFORE.accounts[1], "Clusters": ("alps", "jura")},
    ],
    [association("science", "alice", Default=True, Cluster=c) for c in ("alps", "jura")],
)


@pytest.mark.parametrize(
    ("words", "rest", "cli"),
    [
        (
            "user delete alice",
            "DELETE /slurmdb/v0.0.43/associations/?cluster=alps&user=alice",
            "sacctmgr -i delete user where name=alice cluster=alps",
        ),
        (
            "user delete alice --all-clusters", "DELETE /slurmdb/v0.0.43/user/alice",
            "sacctmgr -i delete user where name=alice",
        ),
        (
            "account delete science",
            "DELETE /slurmdb/v0.0.43/associations/?account=science&cluster=alps",
            "sacctmgr -i delete account where name=science cluster=alps",
        ),
        (
            "account delete science --all-clusters", "DELETE /slurmdb/v0.0.43/account/science",
            "sacctmgr -i delete account where name=science",
        ),
    ],
)  # fmt: skip
def test_here_or_on_all_clusters(
    programs: Programs, executor: str, words: str, rest: str, cli: str
) -> None:
    ended = programs(executor, TWO)(*words.split(), "--dry-run", "--json")
    assert ended.code == 0
    document = json.loads(ended.out)
    command = document["commands"][-1]
    if executor == "cli":
        assert " ".join(command["argv"]) == cli
    else:
        query = "&".join(f"{name}={value}" for name, value in sorted(command["query"].items()))
        assert f"{command['method']} {command['path']}?{query}".rstrip("?") == rest
    names = [change["name"] for change in document["changes"]]
    assert ("alice in science on jura" in names) is ("--all-clusters" in words)
    lives_on = [one for one in document["warnings"] if "remains on jura" in one]
    assert bool(lives_on) is ("--all-clusters" not in words)


# --- defaults and last ones


BOTH = [association("physics", "alice", Default=True), association("science", "alice")]


def test_a_default_account_is_switched_before_it_goes(programs: Programs, executor: str) -> None:
    after = world(BEFORE.accounts, [{**BOTH[1], "Default": True}, BOB])
    program = programs(executor, world(BEFORE.accounts, [*BOTH, BOB]), after)
    ended = program("assoc", "delete", "where", "account=physics", "user=alice", "-i")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "user alice: modified\n"
        "  DefaultAccount: physics -> science\n"
        "association alice in physics: deleted\n"
    )
    assert len(program.wrote) == 2


def test_with_last_only_those_go_who_have_no_other(programs: Programs, executor: str) -> None:
    program = programs(executor, world(BEFORE.accounts, [*BOTH, BOB]))
    words = ("assoc", "delete", "where", "account=physics", "user=alice,bob", "--last")
    document = json.loads(program(*words, "--dry-run", "--json").out)
    assert [(c["entity"], c["name"]) for c in document["changes"]] == [
        ("user", "alice"),
        ("association", "alice in physics"),
        ("user", "bob"),
        ("association", "bob in physics"),
    ]
    without = program(*words[:-1], "--dry-run")
    assert without.code == 7
    assert "user 'bob' has no other account" in without.err
