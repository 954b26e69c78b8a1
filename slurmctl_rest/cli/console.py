"""The terminal of one command: rows to stdout, messages to stderr, and the question of a write."""

from __future__ import annotations

import os
import select
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TextIO

from slurmctl_rest.cli import pager
from slurmctl_rest.cli.progress import Progress
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import masked
from slurmctl_rest.render.formats import FORMATS, document_lines
from slurmctl_rest.render.listing import OutputTarget, ResultList
from slurmctl_rest.render.styles import styled

LINES_PER_WRITE = 100
"""Lines that are written at once: some 8 KB, as a file keeps back. PYTHONUNBUFFERED, which many
containers set, makes a system call of each write."""


MAX_CHANGES_SHOWN = 100
"""Changes that are shown before the question."""


MAX_QUESTIONS = 3
"""Times that the question is repeated where the answer is neither yes nor no."""


MIN_COLUMNS = 20
"""Columns of a terminal that says it has fewer."""


ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}
"""Answers to the question; after anything else it is asked again."""


@dataclass(frozen=True, slots=True)
class Options:
    """Values of the options that every command takes."""

    profile: str | None = None
    config: Path | None = None
    cluster: str | None = None
    immediate: bool = False
    dry_run: bool = False
    output: str = "table"
    columns: str | None = None
    header: bool = True
    quiet: bool = False
    readonly: bool = False
    verbose: bool = False
    timeout: float | None = None
    color: str = "auto"
    with_commands: bool = False
    """Whether JSON of a write has what was run; -v says so, too, and a dry run always has it."""
    approve: str | None = None
    """The digest of the plan that may be carried out, whatever the guards of the profile say."""
    query: str | None = None
    """What of the items is printed, in JMESPath; the output is JSON then."""
    template: str | None = None
    """What is printed of each row; `output` is `template` then."""
    probing: bool = False
    """Whether to show what is there now: nothing is tried twice, and concerns are another's."""

    @property
    def as_json(self) -> bool:
        """Tell whether answers, changes and errors are JSON."""
        return self.output in {"json", "ndjson"}

    @property
    def has_keys(self) -> bool:
        """Tell whether a list prints all keys of its items, and what they inherit."""
        return self.as_json or self.output == "yaml"


class Console:
    """The terminal of one command: shows its rows, prints its messages, asks its question."""

    def __init__(self, options: Options) -> None:
        """`options`: what the command line says of output."""
        self.options = options
        self.warnings: list[str] = []
        self.progress = Progress()

    def warn(self, message: str) -> None:
        """Say something that is no error, once, on stderr and in `warnings` of JSON."""
        # A plan that is made anew says the same again.
        if message in self.warnings:
            return
        self.warnings.append(message)
        # JSON has them in `warnings`; lines of ndjson, and what --query prints, have no place for
        # them.
        if self.options.output not in {"json", "yaml"} or self.options.query is not None:
            color = self.output_target(sys.stderr).color
            self.say(f"slurmctl-rest: {styled('warning:', 'waiting', color=color)} {message}")

    def say(self, message: str) -> None:
        """Talk to a person, unless told to be quiet."""
        if not self.options.quiet:
            self.eprint(message)

    def eprint(self, message: str) -> None:
        """Print a line on stderr, whatever the options say."""
        # A reader of stderr who has gone must not end a write in the middle.
        with self.progress.hidden(), suppress(OSError):
            print(masked(message), file=sys.stderr, flush=True)

    def output_target(self, stream: TextIO | None = None) -> OutputTarget:
        """Return what a stream is: stdout, if it is not another one."""
        stream = stream or sys.stdout
        terminal = stream.isatty()
        size = shutil.get_terminal_size(_size(stream) if terminal else (80, 24))
        return OutputTarget(
            terminal=terminal,
            color=has_color(stream, self.options.color),
            width=max(size.columns, MIN_COLUMNS),
            height=size.lines,
            header=self.options.header,
            ascii=not (stream.encoding or "utf-8").lower().startswith("utf"),
        )

    @property
    def tells_origins(self) -> bool:
        """Tell whether a table shows which limits are inherited: by a colour."""
        return self.options.output == "table" and self.output_target().color

    def put(self, listing: ResultList) -> None:
        """Print a listing in the format asked for, or what --query makes of it."""
        if self.options.template is not None:
            from slurmctl_rest.render import template  # noqa: PLC0415  (where it is asked for)

            self.print(template.filled(listing, self.options.template, self.output_target()))
            return
        if self.options.query is None:
            self.print(FORMATS[self.options.output](listing, self.output_target()))
            return
        from slurmctl_rest.render import query  # noqa: PLC0415  (loads jmespath)

        one_a_line = self.options.output == "ndjson"
        expression, target = self.options.query, self.output_target()
        self.print(query.queried(listing, expression, target, one_a_line=one_a_line))

    def put_document(self, document: Json) -> None:
        """Print what is no list in the format asked for, or what --query makes of it."""
        options, ascii_ = self.options, self.output_target().ascii
        if options.query is None:
            self.print(document_lines(document, options.output, ascii_=ascii_))
            return
        from slurmctl_rest.render import query  # noqa: PLC0415  (loads jmespath)

        self.print(query.of_document(document, options.query, ascii_=ascii_))

    def print(self, lines: Iterable[str]) -> None:
        """Print rows as they come; what is for people, and longer than their terminal, is paged."""
        target = self.output_target()
        if target.terminal and self.options.output == "table":
            # All of them: whether they are paged depends on their number.
            whole = list(lines)
            self.progress.end()
            pager.show_paged(whole, target.width, target.height)
            return
        some: list[str] = []
        try:
            for line in lines:
                some.append(line)
                if len(some) >= LINES_PER_WRITE:
                    self._write(some)
        finally:  # what came before an error is shown
            self._write(some)

    def _write(self, lines: list[str]) -> None:
        """Write the lines, and forget them."""
        if lines:
            self.progress.silent = True  # of what is still read: it would stand among the rows
            self.progress.end()
            whole = "\n".join(lines)
            lines.clear()
            sys.stdout.write(f"{whole}\n")

    @staticmethod
    def can_ask() -> bool:
        """Tell whether there is a person to ask, and one who sees the question."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def hold_to(self, digest: Callable[[], str]) -> None:
        """Let every plan pass: a console of an embedding program holds to the one it was given."""

    def confirmed(
        self,
        plan: Sequence[Outcome],
        question: str,
        typed: str = "",
        transactions: Sequence[int] = (),
    ) -> bool:
        """Show the plan and ask; True without a question where -i is given.

        `typed`: the only answer that is a yes, and any other is a no. `transactions`: those that
        the plan takes back.
        """
        if self.options.immediate:
            return True
        from slurmctl_rest.render import changes  # noqa: PLC0415  (only for writes)

        self.progress.end()
        target = self.output_target(sys.stderr)
        shown = changes.noteworthy(plan, verbose=self.options.verbose)
        proposals = (changes.proposal(outcome, target) for outcome in shown[:MAX_CHANGES_SHOWN])
        for line in chain(changes.taken_back(transactions), *proposals):
            print(line, file=sys.stderr)
        if len(shown) > MAX_CHANGES_SHOWN:
            print(f"... and {len(shown) - MAX_CHANGES_SHOWN} more", file=sys.stderr)
        if len(shown) < len(plan):
            print(changes.count_line(plan, planned=True), file=sys.stderr)
        ending = f"Type '{typed}' to go on: " if typed else "[y/N] "
        for _ in range(MAX_QUESTIONS):
            print(f"{question} {ending}", end="", file=sys.stderr, flush=True)
            answer = ""
            with suppress(OSError):  # the terminal is gone, and nobody has said yes
                _wait_for(sys.stdin)
                answer = sys.stdin.readline()
            if not answer:  # Ctrl-D leaves the cursor after the question
                print(file=sys.stderr)
            if typed:
                return answer.strip() == typed
            if (word := answer.strip().lower()) in ANSWERS:
                return ANSWERS[word]
            print("Please answer y or n.", file=sys.stderr)
        return False


def has_color(stream: TextIO, asked: str) -> bool:
    """Tell whether what goes to the stream is coloured; `asked` is the word of --color."""
    auto = can_be_erased(stream) and not os.environ.get("NO_COLOR")
    return {"always": True, "never": False}.get(asked, auto)


def _size(stream: TextIO) -> tuple[int, int]:
    """Return columns and lines of a terminal: 80 and 24 where it does not know, and says 0."""
    with suppress(OSError, ValueError):
        size = os.get_terminal_size(stream.fileno())
        return (size.columns or 80, size.lines or 24)
    return (80, 24)


def can_be_erased(stream: TextIO) -> bool:
    """Tell whether the stream is a terminal that knows more than letters."""
    return stream.isatty() and not pager.is_dumb(os.environ)


def _wait_for(stream: TextIO) -> None:
    """Wait for a line, also where another program has set the terminal to O_NONBLOCK."""
    with suppress(OSError, ValueError):  # no file, in tests
        select.select([stream.fileno()], [], [])
