"""A write's turn: the lock, the age of its plan, and changes by others in between."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from slurmctl_rest.backends.transactions import Journal, journal
from slurmctl_rest.cli import lock
from slurmctl_rest.cli.contention import Contention, moved
from slurmctl_rest.cli.verify import Verification
from slurmctl_rest.errors import Changed, SlurmctlError
from slurmctl_rest.model.change import Outcome

if TYPE_CHECKING:
    from slurmctl_rest.cli.context import Context

FRESH_S = 2.0
"""Seconds that a plan may take: what it has read is then as good as read again before the write."""


class Turn:
    """One write on one cluster, from its last look to its read-back."""

    def __init__(self, context: Context, cluster: str) -> None:
        """Nothing is locked yet."""
        self._context = context
        self._cluster = cluster
        self._lock: lock.Lock | None = None
        self._since = time.time()
        self._seen: frozenset[int] = frozenset()
        self._journal: Journal | None = None

    def begin(self) -> None:
        """Keep other writers on this machine away, and note when the look at Slurm begins."""
        context = self._context
        self._journal = journal(context.named_profile[1], context.backend, context.on_command)
        if self._lock is None and not context.options.dry_run:
            folder = context.named_profile[1].lock_dir
            try:
                self._lock = lock.acquire(self._cluster, folder, self._timeout, context.console.say)
            except OSError as error:
                where = f" ({error.filename})" if error.filename else ""
                context.console.warn(
                    "could not lock out other writers on this machine: "
                    f"{error.strerror}{where}; check lock_dir of the profile"
                )
        self._look()

    def _look(self) -> None:
        """Note the journal's transactions before rows are read: only later ones count.

        Without them a write of a moment ago, which the plan has seen, could be taken for one that
        came between. If the journal cannot be read now, the write goes on without it.
        """
        self._since = time.time()
        if self._context.options.dry_run or self._journal is None:
            return
        try:
            self._seen = self._journal.numbers(self._since)
        except SlurmctlError:
            self._journal = None

    def end(self) -> None:
        """Let the next writer in."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @property
    def _timeout(self) -> float:
        """Return the seconds to wait for another writer: those that one request may take."""
        context = self._context
        rest = context.named_profile[1].rest_api if context.backend.executor == "rest" else None
        return context.options.timeout or (rest.timeout if rest else lock.TIMEOUT_S)

    def is_stale(self, plan: Sequence[Outcome]) -> bool:
        """Tell whether a plan that nobody was asked about has to be made once more.

        Over REST without a journal the time between look and request is all that protects others:
        there each plan is looked at again, unless the profile has no second look.
        """
        took = time.time() - self._since
        context = self._context
        is_blind = context.backend.executor == "rest" and self._journal is None
        is_blind = is_blind and context.named_profile[1].second_look is not False
        if took < FRESH_S and not is_blind:
            return False
        self._look()
        return self.moved(plan) is not None

    def moved(self, plan: Sequence[Outcome]) -> Changed | None:
        """Read again what is to change; return the error where it is not as the plan saw it."""
        changes = [o.change for o in plan if o.error is None and o.change.needs_write]
        return moved(changes, self._looking.read_back(changes), self._cluster)

    def reconciled(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Keep both this write and those that others made at the same time."""
        context = self._context
        if context.interrupts.pending:
            return outcomes
        return Contention(
            backend=context.backend,
            verification=self._looking,
            journal=self._journal,
            since=self._since,
            seen=self._seen,
            second_look=context.named_profile[1].second_look,
            warn=context.console.warn,
        ).reconciled(outcomes, self._cluster)

    @property
    def _looking(self) -> Verification:
        return Verification(self._context.backend, self._cluster, (), self._context.interrupts)
