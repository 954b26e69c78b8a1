"""Drawings of the documents: boxes and arrows, as SVG that asks no host for anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

LINE_HEIGHT = 17
STYLE = """\
text { font: 14px system-ui, sans-serif; fill: #1f2328; text-anchor: middle }
.title { font-weight: 600 }
.note { font-size: 12px; fill: #57606a }
.box { fill: #f6f8fa; stroke: #57606a; rx: 6px }
.main { fill: #ddf4ff; stroke: #0969da; rx: 6px }
.arrow { stroke: #57606a; stroke-width: 1.5; fill: none; marker-end: url(#head) }
"""
HEAD = (
    '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#57606a"/></marker>'
)


@dataclass(frozen=True)
class Box:
    """A box around a title and notes below it."""

    x: int
    y: int
    width: int
    height: int
    title: str
    notes: Sequence[str] = ()
    kind: str = "box"

    def svg(self) -> str:
        """Return its elements."""
        middle = self.x + self.width // 2
        top = self.y + (self.height - LINE_HEIGHT * len(self.notes)) // 2 + 5
        rect = (
            f'<rect class="{self.kind}" x="{self.x}" y="{self.y}" rx="6" '
            f'width="{self.width}" height="{self.height}"/>'
        )
        lines = [Label(middle, top, self.title, "title")] + [
            Label(middle, top + LINE_HEIGHT * number, note, "note")
            for number, note in enumerate(self.notes, 1)
        ]
        return "\n".join([rect, *(line.svg() for line in lines)])


@dataclass(frozen=True)
class Label:
    """A line of text around a point."""

    x: int
    y: int
    text: str
    kind: str = "note"

    def svg(self) -> str:
        """Return its element."""
        return f'<text class="{self.kind}" x="{self.x}" y="{self.y}">{escape(self.text)}</text>'


@dataclass(frozen=True)
class Arrow:
    """An arrow along points."""

    points: Sequence[tuple[int, int]]

    def svg(self) -> str:
        """Return its element."""
        path = " ".join(f"{x} {y}" for x, y in self.points)
        return f'<path class="arrow" d="M{path}"/>'


@dataclass(frozen=True)
class Drawing:
    """A drawing, and what somebody who does not see it is told."""

    width: int
    height: int
    told: str
    parts: Sequence[Box | Label | Arrow]

    def svg(self) -> str:
        """Return the whole file."""
        parts = "\n".join(part.svg() for part in self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img">\n'
            f"<title>{escape(self.told)}</title>\n<style>\n{STYLE}</style>\n<defs>{HEAD}</defs>\n"
            f'<rect width="{self.width}" height="{self.height}" rx="8" fill="#ffffff"/>\n'
            f"{parts}\n</svg>\n"
        )


EXECUTORS = Drawing(
    760,
    250,
    "A profile selects one of two executors; both reach slurmdbd and slurmctld",
    (
        Box(20, 95, 150, 60, "slurmctl-rest", ("one command",), "main"),
        Box(210, 95, 130, 60, "profile", ("execution_mode",)),
        Box(380, 25, 160, 60, "executor rest", ("HTTP and a token",), "main"),
        Box(380, 165, 160, 60, "executor cli", ("sacctmgr, sacct, ...",), "main"),
        Box(580, 25, 160, 60, "slurmrestd", ("a socket or a port",)),
        Box(580, 165, 165, 60, "slurmdbd, slurmctld", ("accounting and jobs",)),
        Arrow(((170, 125), (208, 125))),
        Arrow(((340, 115), (378, 60))),
        Arrow(((340, 135), (378, 190))),
        Arrow(((540, 55), (578, 55))),
        Arrow(((540, 195), (578, 195))),
        Arrow(((660, 85), (660, 163))),
        Label(330, 60, '"rest"'),
        Label(330, 200, '"cli"'),
    ),
)

WRITE = Drawing(
    760,
    185,
    "A write reads the rows, plans the changes, shows them and asks, writes, and reads again",
    (
        Box(15, 50, 130, 75, "read", ("the rows as", "Slurm has them")),
        Box(165, 50, 130, 75, "plan", ("before and after", "of each field")),
        Box(315, 50, 130, 75, "ask", ("show the change;", "-i answers yes"), "main"),
        Box(465, 50, 130, 75, "write", ("few requests,", "nothing left out"), "main"),
        Box(615, 50, 130, 75, "verify", ("read again,", "compare")),
        *(Arrow(((x, 87), (x + 18, 87))) for x in (145, 295, 445, 595)),
        Label(380, 28, "--dry-run ends here, and prints the exact requests"),
        Arrow(((680, 125), (680, 155), (80, 155), (80, 127))),
        Label(
            380,
            173,
            "changed meanwhile by others: nothing is lost in silence (exit 4, or set again)",
        ),
    ),
)

MODEL = Drawing(
    760,
    430,
    "A cluster has a tree of accounts; an association joins an account, a user and a cluster; "
    "limits come down the tree; a QOS adds limits of its own; TRES are what limits count",
    (
        Box(20, 20, 300, 64, "root association of the cluster", ("limits of the whole cluster",)),
        Box(20, 130, 300, 64, "account science", ("own: MaxJobs=50",)),
        Box(20, 240, 300, 64, "account physics", ("in force: MaxJobs=50, from science",)),
        Box(
            20,
            350,
            300,
            64,
            "association alice in physics",
            ("own: MaxJobs=5, in force: 5",),
            "main",
        ),
        *(Arrow(((170, y), (170, y + 44))) for y in (84, 194, 304)),
        Label(245, 112, "limits and QOS"),
        Label(245, 222, "are inherited:"),
        Label(245, 328, "the nearest wins"),
        Box(430, 350, 145, 64, "user alice", ("default account",)),
        Arrow(((430, 382), (322, 382))),
        Box(
            430,
            130,
            310,
            84,
            "QOS high",
            ("priority, preemption, limits of its own;", "an association lists the QOS it may use"),
        ),
        Arrow(((430, 172), (375, 172), (375, 366), (322, 366))),
        Box(430, 20, 310, 64, "TRES", ("what limits count: cpu, mem, node, gres/gpu ...",)),
        Arrow(((430, 52), (322, 52))),
        Arrow(((585, 84), (585, 128))),
        Box(600, 350, 140, 64, "job", ("has one association",)),
        Arrow(((670, 350), (670, 307))),
        Box(
            430,
            245,
            310,
            60,
            "a job must fit into all of them",
            ("its association, every account above, its QOS",),
        ),
    ),
)

DRAWINGS: Mapping[str, Drawing] = {
    "executors.svg": EXECUTORS,
    "write.svg": WRITE,
    "model.svg": MODEL,
}
