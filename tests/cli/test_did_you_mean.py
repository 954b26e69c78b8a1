"""A name that nobody bears, and that is like one which somebody does, is asked back."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Program


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("account modify phisics set MaxJobs=1 -i", "account 'phisics' does not exist on cluster"),
        ("account delete phisics -i", "account 'phisics' does not exist on cluster"),
        ("account tree phisics", "account 'phisics' does not exist on cluster"),
        ("account add optics parent=phisics -i", "parent account 'phisics' does not exist on clus"),
        ("account modify science set parent=phisics -i", "parent account 'phisics' does not exis"),
        ("user add carol account=phisics -i", "account 'phisics' does not exist on cluster"),
        ("coordinator add alice account=phisics -i", "account 'phisics' does not exist"),
    ],
)
def test_an_account(program: Program, words: str, said: str) -> None:
    ended = program(*words.split())
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(f"slurmctl-rest: {said}")
    assert ended.err.endswith(" (did you mean physics?)\n")


UNKNOWN = [f"nobody{n:02}" for n in range(13)]


def test_of_many_unknown_names_ten_have_a_line_each(program: Program) -> None:
    """10,000 of them took a minute, and printed 600 KB."""
    ended = program("account", "delete", "--missing-ok", "-i", ",".join(UNKNOWN))
    lines = [line.removeprefix("slurmctl-rest: warning: ") for line in ended.err.splitlines()]
    assert (ended.code, ended.out) == (0, "")
    assert [line.split(" does")[0] for line in lines[:10]] == [
        f"account '{name}'" for name in UNKNOWN[:10]
    ]
    assert lines[10:] == ["3 more accounts do not exist: nobody10, nobody11, nobody12"]


@pytest.mark.parametrize("noun", ["account", "user"])
def test_of_many_unknown_names_a_list_has_ten(program: Program, noun: str) -> None:
    ended = program(noun, "list", ",".join(UNKNOWN))
    assert (ended.code, ended.out) == (3, "")
    first = ", ".join(UNKNOWN[:10])
    assert ended.err == (
        f"slurmctl-rest: {noun}s do not exist on cluster 'alps': {first} and 3 more "
        f"(slurmctl-rest {noun} list shows all {noun}s)\n"
    )


@pytest.mark.parametrize("words", ["qos modify hihg set Priority=1 -i", "qos delete hihg -i"])
def test_a_qos(program: Program, words: str) -> None:
    ended = program(*words.split())
    assert (ended.code, ended.err) == (
        3,
        "slurmctl-rest: qos 'hihg' does not exist (did you mean high?)\n",
    )


def test_a_name_that_was_meant_already_is_none(program: Program) -> None:
    ended = program("account", "modify", "physics,phisics", "set", "MaxJobs=5", "-i")
    assert ended.err == (
        "slurmctl-rest: 1 of 2 failed: account 'phisics' does not exist on cluster 'alps' "
        "(slurmctl-rest account list shows all accounts)\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("account list --formt=x", "No such option: --formt (did you mean --format?)"),
        ("account list --otput json", "No such option: --otput (did you mean --output?)"),
        ("--profil a account list", "No such option: --profil (did you mean --profile?)"),
        ("user delete x --all-cluster", "No such option: --all-cluster (did you mean --all-clust"),
        ("account list --xyzzy", "No such option: --xyzzy (slurmctl-rest account list --help)"),
        ("acount list", "No such command 'acount'. Did you mean 'account'? (slurmctl-rest --help)"),
        ("account lst", "No such command 'lst'. Did you mean 'list'? (slurmctl-rest account --he"),
        ("account modify x set Farshare=1 -i", "account has no field 'Farshare' (did you mean "),
        ("--profile rst account list", "profile 'rst' is not in "),
    ],
)
def test_a_word_of_ours(program: Program, words: str, said: str) -> None:
    ended = program(*words.split())
    assert ended.code == 2
    assert ended.err.startswith(f"slurmctl-rest: {said}")
    assert "rst" not in words or ended.err.endswith("(did you mean rest?)\n")
