"""Every command of the manifest gives the same with its verb before its noun, as sacctmgr has it.

For each noun and verb: its help, its examples, each of its options, and mistakes.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from slurmctl_rest.cli.app import COMMAND_WORDS
from slurmctl_rest.cli.words import in_order
from slurmctl_rest.config.paths import config_files
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.sacctmgr import grammar
from tests.cli.conftest import Programs
from tools.docgen.manifest import documents

MANIFEST: Mapping[str, Json] = documents()["manifest"]
COMMANDS = {tuple(one["words"]): one for one in MANIFEST["commands"] if len(one["words"]) > 1}
SHELL = frozenset("|<>;&$")
"""Words of examples that only a shell understands."""


def tails(command: Json) -> Iterator[Sequence[str]]:
    """Yield what may stand behind the two words of a command."""
    yield from ([], ["--help"], ["physics", "-i"], ["where", "nosuch=1"], ["--nosuch"], ["--json"])
    for option in command["options"]:
        value = [] if option["type"] == "flag" else ["1"]
        for spelling in option["names"]:
            yield [spelling, *value, "--dry-run"] if command["writes"] else [spelling, *value]
    for example in command["examples"]:
        words = shlex.split(example)
        if not SHELL & {*example} and words[1 : len(command["words"]) + 1] == command["words"]:
            yield words[len(command["words"]) + 1 :]


def test_the_manifest_has_every_noun_and_verb() -> None:
    known = {(noun, verb) for noun, verbs in COMMAND_WORDS.items() for verb in verbs}
    synonyms = {(n, s) for (n, _), one in COMMANDS.items() for s in one["synonyms"]}
    assert known == {*COMMANDS} | synonyms


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_gives_the_same_in_either_order(
    programs: Programs, words: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    noun, verb = words
    programs("rest")
    file = next(path for path in config_files() if path.exists())
    profiles = file.read_bytes()
    for tail in tails(COMMANDS[words]):
        ended = []
        for first in ((noun, verb), (verb, noun)):
            program = programs("rest")
            file.write_bytes(profiles)  # `profile init` adds to them
            ended.append((program(*first, *tail), program.wrote))
        assert ended[0] == ended[1], tail


SPELLINGS = [
    (noun, letters, verb)
    for noun, letters, meant in grammar.NOUNS
    for verb, means in grammar.VERBS.items()
    if means in COMMAND_WORDS[meant]
]


@pytest.mark.parametrize(("noun", "letters", "verb"), SPELLINGS)
def test_each_spelling_of_sacctmgr_s_means_the_same_in_either_order(
    noun: str, letters: int, verb: str
) -> None:
    for n in range(letters, len(noun) + 1):
        for v in range(grammar.MIN_VERB_LETTERS, len(verb) + 1):
            short = (noun[:n], verb[:v])
            forth = in_order([*short, "x"], {}, COMMAND_WORDS)
            assert in_order([*short[::-1], "x"], {}, COMMAND_WORDS) == forth, short
            assert in_order([short[1].upper(), short[0].title(), "x"], {}, COMMAND_WORDS) == forth
