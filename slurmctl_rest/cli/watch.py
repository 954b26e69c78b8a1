"""`watch`: changes as they are made, from Slurm's journal, until somebody ends it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.history import JournalWords, parsed_words, show
from slurmctl_rest.cli.journal import ORDER_WINDOW_S, JournalReading
from slurmctl_rest.errors import UsageError
from slurmctl_rest.journal.parse import JournalEntry
from slurmctl_rest.journal.replay import JournalChange, Replay

JOURNAL_POLL_S = 2.0
"""Seconds between two looks: a look takes sacctmgr some milliseconds."""


class Watch:
    """The replay goes on with each look; a look begins where no entry can be missed."""

    def __init__(self, context: Context, asked: JournalWords) -> None:
        """Nothing is read yet."""
        self.context, self.asked = context, asked
        self.reader = JournalReading(context, asked.cluster)
        self.seen: dict[int, int] = {}
        """Number -> time of entries that a look may tell again."""
        self.found: list[JournalChange] = []

    def begin(self) -> None:
        """Replay what there is, so that old values are known; show what since= asks for."""
        now = int(time.time())
        start = self.asked.filter.start or now
        changes = replace(self.asked.filter, start=start)
        self.asked = replace(self.asked, filter=changes)

        def take(_: Replay, __: JournalEntry, changes_: list[JournalChange]) -> None:
            self.found += filter(changes.means, changes_)

        self.replay = self.reader.replayed(
            take, before=lambda _, entry: self._note(entry), settled=False
        )
        # What was written while this began is new.
        self.asked = replace(self.asked, filter=replace(changes, start=0))
        self._show()

    def look(self) -> None:
        """Read and show what has come since."""
        newest = max(self.seen.values(), default=int(time.time()))
        begin = max(newest - ORDER_WINDOW_S, 0)
        entries = self.reader.entries({"start": (f"uts{begin}",)})
        new = [entry for entry in entries if entry.number not in self.seen]
        if not new:
            return
        self.reader = JournalReading(self.context, self.asked.cluster)
        self.replay.ids = self.reader.ids
        self.replay.identify = lambda number: self.reader.place(number, self.replay.renames)
        for entry in new:
            self._note(entry)
            self.found += filter(self.asked.filter.means, self.replay.apply(entry))
        self.seen = {n: at for n, at in self.seen.items() if at >= begin}
        self._show()

    def _note(self, entry: JournalEntry) -> None:
        self.seen[entry.number] = entry.time

    def _show(self) -> None:
        if self.found:
            show(self.context, self.found, self.asked)
            self.context.options = replace(self.context.options, header=False)
            self.found = []


def run(context: Context, tokens: Sequence[str], tz: str | None, seconds: float | None) -> None:
    """Show changes as they come; `seconds`: for so long."""
    asked = parsed_words(context, tokens, tz)
    if seconds is not None and not seconds >= 0:  # nan is not either
        raise UsageError(f"--for takes no negative number: {seconds:g}", "give seconds")
    if context.options.output in {"yaml", "prometheus"}:
        raise UsageError(
            f"-o {context.options.output} is one document, and a watch never ends", "use -o ndjson"
        )
    if context.options.output == "json":
        context.options = replace(context.options, output="ndjson")  # a document would never end
    end = time.monotonic() + seconds if seconds is not None else float("inf")
    watch = Watch(context, asked)
    try:
        watch.begin()
        while time.monotonic() < end:
            time.sleep(min(JOURNAL_POLL_S, max(end - time.monotonic(), 0)))
            watch.look()
    except KeyboardInterrupt:
        return  # that is how a watch ends
