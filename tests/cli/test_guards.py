"""Guards of a write: refused before anything is sent, or asked about."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Programs
from tests.fakes import BEFORE, world
from tests.support import PHYSICS

AFTER = world([*BEFORE.accounts[:2], {**PHYSICS, "MaxJobs": 1}])
MODIFY = ("account", "modify", "physics", "set", "MaxJobs=1")
SHOWN = "~ account physics: modify\n  ~ MaxJobs: 5 -> 1\nCarry this out? [y/N] "
DONE = "~ account physics: modified\n  ~ MaxJobs: 5 -> 1\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "account modify physics set MaxJobs=1",
            "no terminal to confirm this write on (use -i to skip the question, or --dry-run)",
        ),
        (
            "account add new",
            "no terminal to confirm this write on (use -i to skip the question, or --dry-run)",
        ),
        (
            "account modify set MaxJobs=1 -i",
            "no selection given, and a write never acts on everything by default "
            "(name objects, give a condition (where cluster=NAME), or use --all)",
        ),
        (
            "account modify where set MaxJobs=1 -i",
            "no selection given, and a write never acts on everything by default "
            "(name objects, give a condition (where cluster=NAME), or use --all)",
        ),
        (
            "account delete -i",
            "no selection given, and a write never acts on everything by default "
            "(name objects, give a condition (where cluster=NAME), or use --all)",
        ),
        ("account delete physics -i -r", "--readonly refuses all writes"),
        ("-r account add x -i", "--readonly refuses all writes"),
        ("account delete --all --readonly", "--readonly refuses all writes"),
        (
            "account delete --all",
            "no terminal to confirm this write on (use -i to skip the question, or --dry-run)",
        ),
    ],
)
def test_a_guard_exits_9_before_anything_is_sent(
    programs: Programs, executor: str, words: str, line: str
) -> None:
    program = programs(executor)
    ended = program(*words.split())
    assert (ended.code, ended.out, ended.err) == (9, "", f"slurmctl-rest: {line}\n")
    assert program.slurm.seen == []


@pytest.mark.parametrize("yes", ["y\n", "YES\n", " y \n"])
def test_yes_on_a_terminal_carries_it_out(programs: Programs, executor: str, yes: str) -> None:
    program = programs(executor, BEFORE, AFTER)
    ended = program(*MODIFY, stdin=yes)
    assert (ended.code, ended.out, ended.err) == (0, "1 modified\n", SHOWN)
    assert len(program.wrote) == 1


@pytest.mark.parametrize("no", ["n\n", "No \n", "\n", ""], ids=repr)
def test_no_changes_nothing(programs: Programs, executor: str, no: str) -> None:
    program = programs(executor, BEFORE, AFTER)
    ended = program(*MODIFY, stdin=no)
    assert (ended.code, ended.out) == (0, "")
    end_of_input = "" if no else "\n"
    assert ended.err == f"{SHOWN}{end_of_input}nothing was changed\n"
    assert program.wrote == []


AGAIN = "Please answer y or n.\nCarry this out? [y/N] "


def test_anything_else_is_asked_again(programs: Programs, executor: str) -> None:
    program = programs(executor, BEFORE, AFTER)
    ended = program(*MODIFY, stdin="yess\nja\ny\n")
    assert (ended.code, ended.out, ended.err) == (0, "1 modified\n", f"{SHOWN}{AGAIN}{AGAIN}")
    assert len(program.wrote) == 1


def test_who_never_answers_has_not_said_yes(programs: Programs, executor: str) -> None:
    program = programs(executor, BEFORE, AFTER)
    ended = program(*MODIFY, stdin="yess\nja\n\ufffd\ny\n")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == f"{SHOWN}{AGAIN}{AGAIN}Please answer y or n.\nnothing was changed\n"
    assert program.wrote == []


@pytest.mark.parametrize("option", ["-i", "--immediate", "-y", "--yes"])
def test_i_skips_the_question(programs: Programs, executor: str, option: str) -> None:
    program = programs(executor, BEFORE, AFTER)
    ended = program(*MODIFY, option, stdin="")
    assert (ended.code, ended.out, ended.err) == (0, DONE, "")


def test_nothing_to_do_asks_nothing(programs: Programs, executor: str) -> None:
    program = programs(executor, AFTER)
    ended = program(*MODIFY, stdin="")
    assert (ended.code, ended.out, ended.err) == (0, "  account physics: already so\n", "")


def test_quiet_says_nothing_of_what_was_done(programs: Programs, executor: str) -> None:
    program = programs(executor, BEFORE, AFTER)
    ended = program(*MODIFY, "-i", "-Q")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert len(program.wrote) == 1


def test_all_and_a_condition_on_the_cluster_act_on_everything(
    programs: Programs, executor: str
) -> None:
    for words in (["--all", "set"], ["where", "cluster=alps", "set"]):
        program = programs(executor)
        ended = program("account", "modify", *words, "MaxWall=60", "--dry-run", "--json")
        document = json.loads(ended.out)
        assert [c["name"] for c in document["changes"]] == ["physics", "root", "science"]
        assert program.wrote == []


def test_an_empty_condition_does_not_take_all(programs: Programs, executor: str) -> None:
    program = programs(executor)
    words = ("where", "Coordinators=", "set", "MaxWall=60")
    ended = program("account", "modify", *words, "--dry-run", "--json")
    names = [change["name"] for change in json.loads(ended.out)["changes"]]
    assert "science" in names
    assert "physics" not in names


def test_another_cluster_is_not_this_one(programs: Programs, executor: str) -> None:
    program = programs(executor)
    ended = program(*MODIFY, "-i", "-M", "jura")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == (
        "slurmctl-rest: cluster 'jura' does not exist "
        "(check cluster_name of the profile, or --cluster)\n"
    )
    assert program.wrote == []


def test_accounts_of_two_clusters_stay_on_the_other(programs: Programs, executor: str) -> None:
    both = {**PHYSICS, "Clusters": ("alps", "jura")}
    program = programs(executor, world([*BEFORE.accounts[:2], both]))
    ended = program("account", "delete", "physics", "--dry-run", "--json")
    assert ended.code == 0
    shown = str(json.loads(ended.out)["commands"])
    assert "alps" in shown
    assert "/account/physics" not in shown


def test_children_that_lose_their_associations_are_named(programs: Programs, executor: str) -> None:
    program = programs(executor)
    ended = program("account", "delete", "science", "--dry-run")
    assert ended.code == 0
    assert "accounts below also lose their associations" in ended.err
    assert "association bob in physics: would delete\n" in ended.out
