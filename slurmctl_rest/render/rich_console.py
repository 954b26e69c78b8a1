"""From what rich draws to the lines of a terminal.

It is loaded at a terminal only: rich takes 20 ms of CPU time, for which scripts would wait in vain.
"""

from __future__ import annotations

import io

from rich.box import SIMPLE_HEAD, Box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from slurmctl_rest.render.cells import hanging_lines, width_of
from slurmctl_rest.render.listing import OutputTarget


def drawn(what: RenderableType, target: OutputTarget) -> list[str]:
    """Return the lines of the screen."""
    # Only rich's lines are used: the streams, their errors, the pager and the progress line are
    # ours. All that rich would guess is given: NO_COLOR, TERM and --color have been looked at, and
    # on a dumb terminal it takes 80 columns for granted unless it is told the height, too.
    encoding = "ascii" if target.ascii else "utf-8"
    console = Console(
        file=io.TextIOWrapper(io.BytesIO(), encoding),
        width=target.width,
        height=target.height,
        force_terminal=True,
        color_system="standard" if target.color else None,
        no_color=False,
        legacy_windows=False,
        # Names and texts are Slurm's: [red] and :smile: are what they are.
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        console.print(what)
    return [line.rstrip() for line in captured.get().removesuffix("\n").split("\n")]


class Words:
    """Text that is broken into lines at blanks and after commas; rich knows blanks alone.

    Lines after the first are indented. The style begins `after` so many characters of the first.
    """

    def __init__(self, text: str, style: str = "", *, after: int = 0, indent: str = "") -> None:
        """Take text as the stream can show it."""
        self.text, self.style, self.after, self.indent = text, style, after, indent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Return the lines."""
        after = self.after
        for line in hanging_lines(self.text, options.max_width, self.indent):
            text = Text(line)
            text.stylize(self.style, after)
            yield text
            after = len(self.indent)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return how narrow and how wide it may be."""
        return Measurement(1, max(1, width_of(self.text)))


def ruled_table(target: OutputTarget) -> Table:
    """Return a table with a line below its titles."""
    rule = Box(str(SIMPLE_HEAD).replace("─", "-"), ascii=True) if target.ascii else SIMPLE_HEAD
    return Table(
        box=rule,
        show_edge=False,
        show_header=target.header,
        header_style="",
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
