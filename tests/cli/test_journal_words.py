"""Words of the commands about Slurm's journal that are refused before anything is read."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Program

REFUSED = {
    ("account", "list", "--as-of", "rubbish"): "'rubbish' is not a time",
    ("account", "list", "--as-of", ""): "'' is not a time",
    ("account", "tree", "--as-of", "rubbish"): "'rubbish' is not a time",
    ("assoc", "tree", "--as-of", "2999-01-01T00:00:00Z"): "is in the future",
    ("restore", "account", "physics", "--as-of", "rubbish"): "'rubbish' is not a time",
    ("undo", "since=rubbish"): "'rubbish' is not a time",
    ("undo", "by=root", "-i"): "no change is given: without since=",
    ("undo", "account", "physics", "by=root", "-i"): "no change is given: without since=",
    ("undo", "5..2", "-i"): "5..2 is empty (write 2..5)",
    ("undo", "since=now-1hour", "limit=3", "-i"): "'limit=3' is of lists, and of history",
    ("watch", "sort=Time"): "'sort=Time' is of lists, and of history",
    ("history", "sort=rubbish"): "rubbish",
    ("history", "limit=-3"): "limit",
    ("watch", "--for", "-1"): "--for takes no negative number",
    ("watch", "--for", "nan"): "--for takes no negative number",
}


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_wrong_word_is_a_usage_error(program: Program, words: tuple[str, ...]) -> None:
    ended = program(*words)
    assert (ended.code, ended.out) == (2, "")
    assert REFUSED[words] in ended.err
    assert program.wrote == []
