"""Whole commands with any words: an exit code of the contract, and never an unexpected failure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.cli.conftest import Programs, executor, program, programs

from .budget import fuzzed

__all__ = ["executor", "program", "programs"]

NOUNS = ["account", "user", "assoc", "coordinator", "qos", "cluster", "tres", "jobs"]
VERBS = ["list", "add", "modify", "delete", "tree", "history", "cancel", "show"]
PARTS = st.sampled_from(
    [
        *("physics", "alice", "set", "where", "account=", "GrpTRES=", "cpu=", "-1", "MaxJobs="),
        *("+=", "-=", "format=", "Account%", "QosLevel", "high", "Parent=", "user=", "--json"),
        *("-i", "--dry-run", "%", "%-", "start=", "uts", "state=", "2026-10", "=", ",", ""),
        *("\x00", "\ud800", "é", "9" * 5000),
    ]
)
WORDS = st.lists(PARTS, min_size=1, max_size=3).map("".join) | st.text(max_size=8)


@fuzzed
@given(noun=st.sampled_from(NOUNS), verb=st.sampled_from(VERBS), words=st.lists(WORDS, max_size=5))
def test_any_words(
    programs: Programs, executor: str, noun: str, verb: str, words: list[str]
) -> None:
    ended = programs(executor)(noun, verb, *words)
    assert "unexpected failure" not in ended.err
    assert "Traceback" not in ended.err
