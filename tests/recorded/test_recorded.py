"""The program against recorded answers of real slurmrestd: what it sends, says and returns.

`make record` renews the tapes on the lab; what changed then is seen in their difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import httpx
import pytest

from .tape import HERE, Exchange, Line, Scene, Tape, lines, perform, request_of, tapes

TAPES = tapes()
SPOKEN = [line for line in lines() if line.sign == "$"]
SCENES = [(tape, number) for tape in TAPES for number in range(len(tape.scenes))]
SUITES = [list(group) for _, group in groupby(TAPES, lambda tape: tape.suite)]
LARGEST = 480_000
"""Bytes of a tape: what is larger is read by nobody."""

OF_THE_VERSION = {
    "ping": "before v0.0.42, slurmdbd's diag stands in for its ping and names no host",
}
"""Beginnings of sentences that may say something else in each version, and why."""


class Replay:
    """Answers from the exchanges, in their order; a request that differs is not answered."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self.left = list(exchanges)
        self.asked: list[object] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request_of(request)
        self.asked.append(asked)
        if not self.left or self.left[0].request != asked:
            return httpx.Response(599, text="not on the tape")
        return self.left.pop(0).response


@pytest.mark.parametrize(("tape", "number"), SCENES, ids=lambda value: f"{value}")
def test_a_sentence_against_what_slurmrestd_answered(
    tape: Tape, number: int, tmp_path: Path
) -> None:
    scene = tape.scenes[number]
    replay = Replay(scene.exchanges)
    line = SPOKEN[number]
    done = perform(line, tape.suite, tape.api_version, tmp_path, httpx.MockTransport(replay))
    assert replay.asked == [exchange.request for exchange in scene.exchanges], line
    said = (done.code, done.out.splitlines(), done.err.splitlines())
    assert said == (scene.code, scene.out, scene.err), line


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_tape_holds_the_sentences_that_are_to_be_recorded(tape: Tape) -> None:
    wanted = [str(line) for line in SPOKEN]
    assert [scene.sentence for scene in tape.scenes] == wanted, "make record"


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite[0].suite)
@pytest.mark.parametrize("number", range(len(SPOKEN)))
def test_a_sentence_says_the_same_in_every_version(number: int, suite: list[Tape]) -> None:
    line = SPOKEN[number]
    if line.words.split()[0] in OF_THE_VERSION:
        return
    said = {tape.api_version: outcome(tape, tape.scenes[number]) for tape in suite}
    first = said[suite[0].api_version]
    assert said == dict.fromkeys(said, first), line


def outcome(tape: Tape, scene: Scene) -> tuple[int, str]:
    """Return exit code and stdout without the requests, which are the version's own."""
    out = "\n".join(scene.out).replace(tape.api_version, "VERSION")
    if out.startswith("{"):
        document = json.loads(out)
        document.pop("commands", None)
        out = json.dumps(document)
    return scene.code, re.sub(r'"(executor|slurm|profile)": "[^"]*"', r'"\1": "..."', out)


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_tape_holds_no_token_and_is_no_larger_than_it_need_be(tape: Tape) -> None:
    text = tape.file.read_text(encoding="utf-8")
    assert "eyJ" not in text
    assert len(text) < LARGEST


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_tape_is_written_as_it_was_read(tape: Tape) -> None:
    assert tape.text() == tape.file.read_text(encoding="utf-8")


def test_the_lines_of_the_story_are_all_read() -> None:
    text = (HERE / "sentences.txt").read_text(encoding="utf-8")
    assert len(lines()) == len([one for one in text.splitlines() if one and one[0] != "#"])
    assert Line("alice", "$", "account list") in lines()


@pytest.mark.parametrize("words", ["account list physics", "account tree -M other", "ping"])
def test_another_request_than_the_tapes_is_noticed(words: str, tmp_path: Path) -> None:
    tape = TAPES[0]
    number = [line.words for line in SPOKEN].index("account list")
    other = tape.scenes[number].exchanges[::-1]
    replay = Replay(other)
    line = Line("", "$", words)
    perform(line, tape.suite, tape.api_version, tmp_path, httpx.MockTransport(replay))
    assert replay.asked != [exchange.request for exchange in other]
    assert replay.left == other
