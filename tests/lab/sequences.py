"""Many command lines one after another, through the real sacctmgr and through ours.

Both begin with the tree of parity.py, and no line brings it back: the next one meets what the last
one left. A line that ours refuses is run through the real sacctmgr in its place, so that both go on
from the same state; after one that differs both begin anew with the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from typing import Literal, TypeAlias

from tests.lab.parity import Answer, Parity, writes

Verdict: TypeAlias = Literal["equal", "refused", "different"]
Line: TypeAlias = tuple[str, str]
"""A command line of sacctmgr, and what is typed."""
Voice: TypeAlias = Callable[[Line], Answer]
Judge: TypeAlias = Callable[[Line, Answer, Answer, str], Verdict]
"""(the line, the real answer, ours, the state before) -> what came of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one line."""

    line: Line
    there: Answer
    here: Answer
    verdict: Verdict

    def told(self) -> str:
        """Return what differs, ours before sacctmgr's; of the state its lines alone."""
        text = f"$ {self.line[0]}\n"
        for name, (here, there) in self.here.differs(self.there).items():
            if name == "state":
                ours, real = str(here).splitlines(), str(there).splitlines()
                changed = unified_diff(ours, real, "ours", "sacctmgr", lineterm="", n=0)
                text += "".join(f"  {line}\n" for line in changed)
            else:
                text += f"  {name}: {here!r}\n  sacctmgr: {there!r}\n"
        return text


def as_sacctmgr(line: Line, there: Answer, here: Answer, before: str) -> Verdict:
    """Judge an answer in sacctmgr's words: all bytes are the same, or it is refused by name."""
    del line
    if not here.differs(there):
        return "equal"
    by_name = here.err.startswith("sacctmgr: error: ") and here.err.count("\n") == 1
    nothing_done = (here.code, here.out) == (1, "") and here.state in {"", before}
    return "refused" if by_name and nothing_done else "different"


def judged(
    parity: Parity, lines: Sequence[Line], voice: Voice, judge: Judge = as_sacctmgr
) -> Iterator[Judged]:
    """Yield what comes of each line in turn; `parity` has been built before."""
    waiting = [*lines]
    while waiting:
        there = _real(parity, waiting[:AT_ONCE])
        _begin(parity)
        before = parity.pristine
        for line, real in zip([*waiting], there, strict=False):
            del waiting[0]
            here = _with_state(parity, line, voice(line))
            verdict = judge(line, real, here, before)
            yield Judged(line, real, here, verdict)
            if verdict == "different":
                break
            if here.state != real.state:
                parity.real_alone(*line)
            before = real.state or before


AT_ONCE = 25
"""Lines that the real sacctmgr is ahead."""


def _real(parity: Parity, lines: Sequence[Line]) -> Sequence[Answer]:
    """Run lines through the real sacctmgr, up to the first one that deletes something."""
    _begin(parity)
    answers: list[Answer] = []
    before = parity.pristine
    for line in lines:
        answers.append(_with_state(parity, line, parity.real_alone(*line)))
        after = answers[-1].state or before
        if after != before and DELETES.search(line[0]):
            break
        before = after
    return answers


DELETES = re.compile(r"\s(del|rem)", re.IGNORECASE)


def _begin(parity: Parity) -> None:
    if parity.state() != parity.pristine:
        parity.build()


def _with_state(parity: Parity, line: Line, answer: Answer) -> Answer:
    return replace(answer, state=parity.state()) if line[1] or writes(line[0]) else answer
