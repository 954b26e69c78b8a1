"""Words of bash's line, and the lines that the scripts read."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.cli.completion.candidates import Candidate, Completion
from slurmctl_rest.cli.completion.lines import (
    HARMLESS,
    Line,
    for_bash,
    parse_line,
    unquoted,
    with_help,
)

BREAKS = " \t\n\"'@><=;|&(:"

LINES = {
    "": Line([], "", 0, False),
    "p": Line([], "p", 0, False),
    "p ": Line(["p"], "", 0, False),
    "p  a b": Line(["p", "a"], "b", 0, False),
    "p account=ph": Line(["p"], "account=ph", 8, False),
    "p account=": Line(["p"], "account=", 8, False),
    "p GrpTRES=gres/gpu:a": Line(["p"], "GrpTRES=gres/gpu:a", 17, False),
    "p a='x y' b": Line(["p", "a=x y"], "b", 0, False),
    'p "a b" "c=d': Line(["p", "a b"], "c=d", 0, True),
    "p a='b=c": Line(["p"], "a=b=c", 2, True),
    r"p a\ b\=c": Line(["p"], "a b=c", 0, False),
    r'p "a\"b" c': Line(["p", 'a"b'], "c", 0, False),
    "p '' x": Line(["p", ""], "x", 0, False),
    "p a\\": Line(["p"], "a", 0, False),
}


@pytest.mark.parametrize("text", LINES)
def test_a_line_is_split_as_bash_does(text: str) -> None:
    assert parse_line(text, BREAKS) == LINES[text]


@given(st.text("ab=:'\"\\ $`", max_size=12))
def test_any_line_can_be_split(text: str) -> None:
    line = parse_line(text, BREAKS)
    assert 0 <= line.kept <= len(line.incomplete)


@given(st.lists(st.text("ab= '\"\\$`\n", min_size=1), min_size=1))
def test_quotes_are_read_as_they_are_written(words: list[str]) -> None:
    line = parse_line(shlex.join(words), BREAKS)
    assert [*line.words, line.incomplete] == words


def test_one_word_is_read_without_its_quotes() -> None:
    assert [unquoted(text) for text in ('"acc', "a'b'", "", "a=b")] == ["acc", "ab", "", "a=b"]


def bash(text: str, *candidates: str) -> list[str]:
    """Return what bash is given in the place of the last word."""
    answer = Completion([Candidate(one, "help") for one in candidates])
    return list(for_bash(answer, parse_line(text, BREAKS)))


def test_bash_gets_what_follows_behind_its_breaks() -> None:
    assert bash("p acc", "account") == ["account "]
    assert bash("p account=", "account=a", "account=b") == ["a ", "b "]
    assert bash("p g=gres/gpu:a", "g=gres/gpu:a100=") == ["a100="]


def test_bash_puts_no_space_behind_what_goes_on_nor_into_quotes() -> None:
    assert bash("p ", "Flags=", "Flags+=", "where") == ["Flags=", "Flags+=", "where "]
    assert bash('p "acc', "account") == ["account"]


def test_bash_never_loses_what_was_typed() -> None:
    assert bash("p gr", "GrpJobs=", "GrpTRES=") == ["GrpJobs=", "GrpTRES="]
    assert bash("p p", "Parent=", "physics") == ["parent=", "physics "]


HOSTILE = [
    "$(reboot)",
    "`reboot`",
    "a;b",
    "a b",
    "a'b",
    'a"b',
    "a\nb",
    "a\tb",
    "a\x1b[2Jb",
    "é",
    "a*",
]


def test_what_a_shell_would_take_for_code_is_not_offered() -> None:
    assert bash("p ", *HOSTILE, "fine") == ["fine "]
    answer = Completion([Candidate(one) for one in (*HOSTILE, "fine")])
    assert list(with_help(answer)) == ["fine"]
    assert not {*" \t\n$`'\"\\;&|<>()[]{}*?!#~^"} & HARMLESS


def test_help_stands_behind_a_tab_and_holds_no_control_characters() -> None:
    answer = Completion([Candidate("a", "one\x1b[2J\ttwo\n"), Candidate("b"), Candidate("b")])
    assert list(with_help(answer)) == ["a\tone[2Jtwo", "b"]


def test_files_are_asked_for_in_a_line_of_their_own() -> None:
    assert list(for_bash(Completion(files="--config="), Line([], "", 0, False))) == [":files"]
    assert list(with_help(Completion(files="--config="))) == [":files\t--config="]
