"""Many command lines one after another, through the real sacctmgr and through ours.

Both begin with the tree of parity.py, and no line brings it back: the next one meets what the last
one left. A line that ours refuses is run through the real sacctmgr in its place, so that both go on
from the same state; after one that differs both begin anew with the next.

What sacctmgr lists is compared at the end of some lines; if it is not the same, or an answer was
not, they are run once more, and it is compared after each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from typing import Literal, TypeAlias

from tests.lab.parity import Answer, Parity, masked, writes

Verdict: TypeAlias = Literal["equal", "refused", "different"]
Line: TypeAlias = tuple[str, str]
"""A command line of sacctmgr, and what is typed."""
Voice: TypeAlias = Callable[[Line], Answer]


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


def as_sacctmgr(there: Answer, here: Answer, before: str = "") -> Verdict:
    """Judge an answer in sacctmgr's words: all bytes are the same, or it is refused by name.

    `before`: the state before the line, where the answers have theirs after it.
    """
    if not here.differs(there):
        return "equal"
    by_name = here.err.startswith("sacctmgr: error: ") and here.err.count("\n") == 1
    nothing_done = (here.code, here.out) == (1, "") and here.state in {"", before}
    return "refused" if by_name and nothing_done else "different"


def judged(parity: Parity, lines: Sequence[Line], voice: Voice) -> Iterator[Judged]:
    """Yield what comes of each line in turn; `parity` has been built before."""
    waiting = [*lines]
    while waiting:
        found = _at_once(parity, waiting, voice) or _one_by_one(parity, waiting, voice)
        yield from found
        del waiting[: len(found)]


AT_ONCE, DELETIONS = 40, 3
"""Lines that the real sacctmgr is ahead; and how many of them may delete something, since there is
little left to try then."""


def _at_once(parity: Parity, lines: Sequence[Line], voice: Voice) -> Sequence[Judged]:
    """Return what comes of the next lines; nothing if any of them differs."""
    begin(parity)
    there: list[Answer] = []
    deleted = 0
    for line in lines[:AT_ONCE]:
        there.append(parity.real_alone(*line))
        deleted += there[-1].code == 0 and bool(DELETES.search(line[0]))
        if deleted == DELETIONS:
            break
    state = parity.state()
    begin(parity, state)
    found: list[Judged] = []
    for line, real in zip(lines, there, strict=False):
        here = voice(line)
        verdict = as_sacctmgr(real, here)
        if verdict == "different":
            return ()
        found.append(Judged(line, real, here, verdict))
        if verdict == "refused":
            parity.real_alone(*line)
    return found if masked(parity.state()) == masked(state) else ()


def _one_by_one(parity: Parity, lines: Sequence[Line], voice: Voice) -> Sequence[Judged]:
    """Return what comes of the next lines, up to the first that differs."""
    begin(parity)
    there: list[Answer] = []
    deleted, before = 0, parity.pristine
    for line in lines[:AT_ONCE]:
        there.append(_with_state(parity, line, parity.real_alone(*line)))
        after = there[-1].state or before
        deleted += after != before and bool(DELETES.search(line[0]))
        before = after
        if deleted == DELETIONS:
            break
    begin(parity, before)
    found: list[Judged] = []
    before = parity.pristine
    for line, real in zip(lines, there, strict=False):
        here = _with_state(parity, line, voice(line))
        verdict = as_sacctmgr(real, here, before)
        found.append(Judged(line, real, here, verdict))
        if verdict == "different":
            break
        if here.state != real.state:
            parity.real_alone(*line)
        before = real.state or before
    return found


DELETES = re.compile(r"\s(del|rem)", re.IGNORECASE)


def begin(parity: Parity, state: str = "") -> None:
    """Bring the tree back; `state`: what is known to be there."""
    if (state or parity.state()) != parity.pristine:
        parity.build()


def _with_state(parity: Parity, line: Line, answer: Answer) -> Answer:
    return replace(answer, state=parity.state()) if line[1] or writes(line[0]) else answer
