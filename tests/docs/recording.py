"""The animated recording of the README: the main job, as slurmrestd once answered it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

import httpx

from tests.recorded.tape import Exchange, Scene, Tape, request_of

STEP_S = 4
"""Seconds for which nothing new comes after a step."""


@dataclass(frozen=True)
class Step:
    """A command that is typed, and the answer to its question."""

    words: str
    answer: str = ""


SCENE = "$ account modify physics set GrpTRES=cpu=200 -i"
"""What the tape has the answers of, before the write and after it."""

MAIN_JOB = (
    Step("account tree physics"),
    Step("account modify physics set GrpTRES=cpu=200", "y"),
    Step("account tree physics"),
)


class Answers:
    """What slurmrestd answered in a scene before its write and after it, however often asked."""

    def __init__(self, scene: Scene) -> None:
        self.before: dict[str, Exchange] = {}
        self.after: dict[str, Exchange] = {}
        known = self.before
        for exchange in scene.exchanges:
            known.setdefault(str(exchange.request), exchange)
            if exchange.method != "GET":
                known = self.after
        self.is_written = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Return the answer that was recorded."""
        asked = str(request_of(request))
        # After the question the account is read by its name, which the tape has after the write
        # only: its texts and coordinators are the same then.
        known = {**self.before, **self.after} if self.is_written else {**self.after, **self.before}
        self.is_written |= request.method != "GET"
        return known[asked].response


class Keyboard(io.StringIO):
    """A terminal on which an answer is typed; it is echoed, as terminals do."""

    def __init__(self, answer: str, screen: TextIO) -> None:
        super().__init__(f"{answer}\n")
        self.screen = screen

    def isatty(self) -> bool:
        """Return what the program asks."""
        return True

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        """Return the answer."""
        line = super().readline(size or -1)
        self.screen.write(line)
        return line


def answers_of(tape: Tape) -> Answers:
    """Return the slurmrestd of the main job."""
    return Answers(next(scene for scene in tape.scenes if scene.sentence == SCENE))


def animated(svg: str, lines: Sequence[int]) -> str:
    """Return rich's drawing with its lines coming step by step; `lines` has the lines of each."""
    total = STEP_S * (len(lines) + 1)
    first = [sum(lines[:number]) for number in range(len(lines) + 1)]
    for number in range(len(lines)):
        for line in range(first[number], first[number + 1]):
            svg = re.sub(rf'(<text )([^>]*-line-{line}\)")', rf'\1data-step="{number}" \2', svg)
    return svg.replace("</style>", "\n".join([*_frames(len(lines), total), "</style>"]), 1)


def _frames(steps: int, total: int) -> Iterator[str]:
    """Yield the style: all is there for whoever wants no motion, and for printers."""
    yield "@media (prefers-reduced-motion: no-preference) {"
    for number in range(1, steps):
        at = round(100 * number * STEP_S / total, 1)
        frames = f"0%, {at}% {{ opacity: 0 }} {at + 1}% {{ opacity: 1 }}"
        yield f"@keyframes step-{number} {{ {frames} }}"
        yield f'[data-step="{number}"] {{ animation: step-{number} {total}s infinite }}'
    yield "}"
