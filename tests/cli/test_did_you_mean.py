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


def test_a_list_warns_and_asks(program: Program) -> None:
    ended = program("account", "list", "phisics", "-n", "-P")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "slurmctl-rest: warning: account 'phisics' does not exist; did you mean physics?\n"
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
        "(slurmctl-rest account list shows those that do)\n"
    )
