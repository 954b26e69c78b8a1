"""sacctmgr's verbs and nouns."""

from __future__ import annotations

import pytest

from slurmctl_rest.sacctmgr import usage, verbs
from slurmctl_rest.sacctmgr.reply import LineRefused


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("Show acc physics", ("list", "account", ["physics"])),
        ("m q low set x=1", ("modify", "qos", ["low", "set", "x=1"])),
        ("rem us alice", ("delete", "user", ["alice"])),
        ("del qo low", ("delete", "qos", ["low"])),
        ("u us alice", ("modify", "user", ["alice"])),
        ("vers", ("version", "", [])),
        ("he", ("help", "", [])),
        ("\\q", ("exit", "", [])),
        ("o", ("oneliner", "", [])),
        ("ro 1 2", ("rollup", "", ["1", "2"])),
        ("clear s", ("clear", "stats", [])),
    ],
)
def test_the_words_of_a_line(line: str, meant: tuple[str, str, list[str]]) -> None:
    assert verbs.meant(line.split()) == meant


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ver", "invalid keyword: ver"),
        ("l", "invalid keyword: l"),
        ("sh", "invalid keyword: sh"),
        ("rec", "invalid keyword: rec"),
        ("list", "No valid entity in list command"),
        ("add accounts x", "No valid entity in add command"),
        ("del q low", "No valid entity in delete command"),
        ("mod clus x", "No valid entity in modify command"),
        ("archive x", "No valid entity in archive command"),
        ("clear x", "No valid entity in list command"),
    ],
)
def test_a_line_that_means_nothing(line: str, said: str) -> None:
    with pytest.raises(LineRefused) as refused:
        verbs.meant(line.split())
    assert refused.value.reply.stderr.splitlines()[0] == said


@pytest.mark.parametrize("line", ["add", "delete qos", "m x", "load f", "archive"])
def test_readonly_is_refused_before_the_noun(line: str) -> None:
    with pytest.raises(LineRefused) as refused:
        verbs.meant(line.split(), readonly=True)
    assert refused.value.reply.stderr == "Can't run this command in readonly mode.\n"


def test_what_writes_and_what_asks() -> None:
    lines = ("add qos x", "reconfigure", "list qos", "sho runaway", "version", "clear stats")
    assert [verbs.may_write(line.split()) for line in lines] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]
    assert [verbs.asks(line.split()) for line in lines] == [False, False, False, True, False, False]


def test_the_help_begins_as_sacctmgr_s_and_names_all_commands() -> None:
    text = usage.usage_text()
    assert text.startswith("sacctmgr [<OPTION>] [<COMMAND>]\n    Valid <OPTION> values are:\n")
    assert all(f"{word}" in text for word, _, _ in verbs.VERBS)
    assert max(map(len, text.splitlines())) < 90
