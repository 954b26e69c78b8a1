"""The protocol of executors: how each reads, writes and logs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from slurmctl_rest.backends.query import CancelRequest, History, Query
from slurmctl_rest.errors import SlurmctlError, Unsupported
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.limit_use import LimitUse, Partitions, UseQuery

if TYPE_CHECKING:
    from slurmctl_rest.model.facts import Controller, SlurmrestdFacts


class Log(list[SentCommand]):
    """Commands run so far, in order; `listener` hears of each before it runs, and may forbid it."""

    listener: Callable[[SentCommand], None] | None = None

    def __init__(self) -> None:
        """Several threads may ask at once; they are heard one by one."""
        super().__init__()
        self._lock = threading.Lock()

    def append(self, command: SentCommand) -> None:
        """Tell the listener and note the command."""
        with self._lock:
            if self.listener is not None:
                self.listener(command)
            super().append(command)


class Executor(Protocol):
    """Runs requests or commands."""

    executor: str
    """`rest` or `cli`."""
    log: Log

    def cluster(self) -> str:
        """Return the name of the cluster that is administered unless another is named."""

    def release(self) -> str:
        """Return Slurm's release, like 24.11.5."""


class Backend(Executor, Protocol):
    """All that this program's commands ask of Slurm."""

    def read(self, query: Query) -> list[Row]:
        """Return rows, sorted by their key."""

    def parts(self, query: Query) -> Iterator[list[Row]]:
        """Yield the rows of associations in parts, sorted and one after the other, as they come.

        But for IN_FORCE the own rows of all accounts, or of the lineage, come first.
        """

    def names(self, entity: Entity) -> list[str]:
        """Return the names of all there is, of every cluster, by the cheapest query.

        Of TRES as limits spell them: gres/gpu.
        """

    def unsupported_reason(self, change: RowChange) -> Unsupported | None:
        """Return why this executor cannot carry the change out, if it cannot."""

    def write_warning(self, change: RowChange) -> str:
        """Return what this executor may take away unseen where it carries the change out."""

    def preview(self, changes: Sequence[RowChange]) -> list[SentCommand]:
        """Return what `write` would run."""

    def write(self, changes: Sequence[RowChange]) -> list[Outcome]:
        """Carry the changes out, in few requests; one outcome a change, in their order."""

    def unreadable_fields(self, entity: Entity) -> tuple[str, ...]:
        """Return the fields that this executor cannot read: they are shown unset."""

    def knows_unix_users(self) -> bool:
        """Tell whether Slurm runs where this program does, so that users can be looked up."""

    def jobs(self, accounts: Sequence[str] = ()) -> list[Row]:
        """Return the jobs that slurmctld knows, those that have ended lately too, by number.

        `accounts`: only theirs. Unsupported where slurmctld is that of another cluster.
        """

    def are_over(self, ids: Sequence[str]) -> bool:
        """Tell whether slurmctld knows none of these jobs any more, or as ended with all they ran.

        It costs little. `ids`: plain numbers, of neither arrays nor mixed jobs. False where a look
        at the jobs themselves may tell more.
        """

    def history(self, query: History) -> list[Row]:
        """Return jobs that slurmdbd knows, by number; each run of one is a row."""

    def preview_cancel(self, cancel_request: CancelRequest) -> list[SentCommand]:
        """Return what `cancel` would run."""

    def cancel(self, cancel_request: CancelRequest) -> dict[str, SlurmctlError]:
        """Cancel or signal the jobs, in one request; they end a little later.

        Return the errors of those that Slurm refused, by number; one that has ended is none.
        """

    def ping(self) -> list[Row]:
        """Ask every controller and slurmdbd whether they answer."""

    def slurmrestd(self) -> SlurmrestdFacts | None:
        """Return what there is on the way to Slurm: None over the commands."""

    def controller(self) -> Controller:
        """Return what slurmctld says of itself; NotAuthenticated where it does not know us."""

    def associations_hang(self) -> bool:
        """Tell whether slurmdbd answers all but questions about associations (hanging.py)."""

    def clusters(self) -> list[str]:
        """Return the names of the clusters that slurmdbd knows: less than reading their rows."""

    def user(self) -> str:
        """Return who we are for Slurm."""

    def security_warnings(self) -> list[str]:
        """Return what is unsafe about the way to Slurm, a sentence each."""

    def close(self) -> None:
        """Let go of connections."""


class LimitReader(Protocol):
    """Reads what jobs use of limits, and jobs with all that matters to why they wait."""

    def beside(self) -> AbstractContextManager[None]:
        """Return within what readings may be begun before they are asked for, beside others."""

    def use(self, query: UseQuery) -> LimitUse:
        """Return the use of associations and of QOS."""

    def jobs(self, ids: Iterable[str] = ()) -> list[Row]:
        """Return slurmctld's jobs (HELD_JOB): those of these numbers, with whole arrays, or all."""

    def associations(self, query: Query, qos: Sequence[str] = ()) -> list[Row]:
        """Return the rows of the named users and accounts, with the accounts above (SOURCES).

        A query that names none of them reads all. `qos`: these, and the use of all, will be asked
        for next, and may be begun.
        """

    def qos(self, query: Query) -> list[Row]:
        """Return the named QOS with their limits; what preempts how is not meant.

        A query that names none of them reads all.
        """

    def active(self) -> list[Row]:
        """Return the jobs that have started and not ended."""

    def partitions(self) -> Partitions:
        """Return the QOS of partitions, and the default one if the executor tells it."""

    def settings(self) -> Mapping[str, str]:
        """Return those of slurm.conf that limits depend on; none where nobody reports them."""
