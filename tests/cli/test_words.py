"""Options of the program may stand anywhere, and the verb before its noun."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.cli.app import COMMAND_WORDS
from slurmctl_rest.cli.words import in_order, split_options
from slurmctl_rest.errors import UsageError

KNOWN = {
    "--json": False,
    "-i": False,
    "-n": False,
    "-P": False,
    "--cluster": True,
    "-M": True,
    "--timeout": True,
}


def hoist(words: list[str], known: dict[str, bool]) -> list[str]:
    options, rest = split_options(words, known)
    return options + rest


@pytest.mark.parametrize(
    ("words", "hoisted"),
    [
        ("account list", "account list"),
        ("account list --json", "--json account list"),
        ("account list -nP x", "-nP account list x"),
        ("account list --cluster alps x", "--cluster alps account list x"),
        ("account list --cluster=alps x", "--cluster=alps account list x"),
        ("account list -M alps x", "-M alps account list x"),
        ("account list -Malps x", "-Malps account list x"),
        ("account list -M --json", "-M --json account list"),
        ("account add -i -- -x --json", "-i account add -- -x --json"),
        ("account list --all -x -1 -nx", "account list --all -x -1 -nx"),
        ("account modify a set MaxJobs=-1 -i", "-i account modify a set MaxJobs=-1"),
        ("-", "-"),
    ],
)
def test_hoist(words: str, hoisted: str) -> None:
    assert hoist(words.split(), KNOWN) == hoisted.split()


@pytest.mark.parametrize("words", ["account list --cluster", "-M", "account -i --timeout"])
def test_an_option_without_its_value_takes_no_other_word(words: str) -> None:
    with pytest.raises(UsageError, match="needs a value"):
        hoist(words.split(), KNOWN)


@given(
    st.lists(
        st.sampled_from([*KNOWN, "account", "list", "--", "-x", "--cluster=a", "-nP", "a=-1"])
        | st.text(max_size=4),
        max_size=7,
    )
)
def test_no_word_is_lost_or_made(words: list[str]) -> None:
    try:
        hoisted = hoist(words, KNOWN)
    except UsageError:
        return
    assert Counter(hoisted) == Counter(words)
    if "--" in words:
        tail = words[words.index("--") :]
        value_of_an_option = words.index("--") and words[words.index("--") - 1] in KNOWN
        assert value_of_an_option or hoisted[-len(tail) :] == tail
    assert hoist(hoisted, KNOWN) == hoisted


COMMANDS = [(noun, verb) for noun, verbs in COMMAND_WORDS.items() for verb in verbs]


@given(
    command=st.sampled_from(COMMANDS),
    rest=st.lists(
        st.sampled_from(["list", "user", "where", "a=1", "x"]) | st.text(max_size=5), max_size=4
    ),
    upper=st.booleans(),
)
def test_the_verb_may_stand_before_its_noun(
    command: tuple[str, str], rest: list[str], upper: bool
) -> None:
    noun, verb = (word.upper() for word in command) if upper else command
    expected = [*command, *rest]
    assert in_order([noun, verb, "--", *rest], KNOWN, COMMAND_WORDS) == [*command, "--", *rest]
    options, words = split_options([verb, noun, *rest], KNOWN) if "-M" not in rest else ([], [])
    if not options and words == [verb, noun, *rest]:
        assert in_order([verb, noun, *rest], KNOWN, COMMAND_WORDS) == expected


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("list acounts", "'acounts' is no object of list", "did you mean account?"),
        ("Show", "'Show' needs an object", "Show account, user"),
        ("delete -i", "'delete' needs an object", "delete account, user"),
        ("add tres", "'tres' is no object of add", "add account, user"),
        ("list \x1b[31m", "'\\x1b[31m' is no object of list", "list account, user"),
    ],
)
def test_a_verb_without_its_noun(words: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        in_order(words.split(" "), KNOWN, COMMAND_WORDS)
    assert refused.value.message == message
    assert refused.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("words", "ordered"),
    [
        ("account list -o name", "-o name account list"),
        ("account list -oname", "-oname account list"),
        ("export -o site.toml -n", "-n export -o site.toml"),
        ("plan -f site.toml -o plan.json", "plan -f site.toml -o plan.json"),
    ],
)
def test_o_is_the_format_but_where_a_command_writes_a_file(words: str, ordered: str) -> None:
    options = {"-o": True, "-n": False}
    commands = {"account": ["list"], "export": [], "plan": []}
    assert in_order(words.split(), options, commands) == ordered.split()
