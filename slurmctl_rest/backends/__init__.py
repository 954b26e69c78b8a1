"""The two roads to Slurm, behind one protocol (connect.py chooses).

There is no fallback from one to the other: what a backend cannot do, it refuses by name
(errors.Unsupported).
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from slurmctl_rest.errors import SlurmctlError, Unsupported
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds import Json
from slurmctl_rest.planning import Outcome, RowChange


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows to read: own values, of one entity, on one cluster; no names means all."""

    entity: Entity
    cluster: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One request or one command line, as it is logged and shown; it never holds a token."""

    argv: tuple[str, ...] = ()
    method: str = ""
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None

    def __str__(self) -> str:
        """Return a line that can be pasted into a shell, or read as a request."""
        if self.argv:
            return shlex.join(self.argv)
        query = f"?{urlencode(self.query)}" if self.query else ""
        body = f" {json.dumps(self.body)}" if self.body is not None else ""
        return f"{self.method} {self.path}{query}{body}"

    def as_json(self) -> Json:
        """Return the object that stands in `commands`."""
        if self.argv:
            return {"argv": list(self.argv)}
        request = {"method": self.method, "path": self.path, "query": dict(self.query)}
        return request if self.body is None else {**request, "body": self.body}


def in_parts(names: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Split many names into parts that fit a URL or an argument; no names are one empty part."""
    return [tuple(names[at : at + most]) for at in range(0, len(names), most)] or [()]


class Carrier(Protocol):
    """A request or a command line, with the changes that it carries."""

    @property
    def changes(self) -> tuple[RowChange, ...]:
        """Return the changes that fail where it fails."""


C = TypeVar("C", bound=Carrier)


def carried_out(
    changes: Sequence[RowChange], carriers: Iterable[C], send: Callable[[C], object]
) -> list[Outcome]:
    """Send each carrier; one that fails fails the changes it carries, and no others."""
    failed: dict[int, SlurmctlError] = {}
    for carrier in carriers:
        try:
            send(carrier)
        except SlurmctlError as error:
            failed |= {id(change): error for change in carrier.changes}
    return [Outcome(change, failed.get(id(change))) for change in changes]


class Log(list[Command]):
    """What was run so far, in order; `listener` hears of each before it runs."""

    listener: Callable[[Command], None] | None = None

    def append(self, command: Command) -> None:
        """Note the command and tell the listener."""
        super().append(command)
        if self.listener is not None:
            self.listener(command)


class Backend(Protocol):
    """What the commands of this program ask of Slurm."""

    executor: str
    """`rest` or `cli`."""
    log: Log

    def cluster(self) -> str:
        """Return the name of the cluster that is administered unless another is named."""

    def release(self) -> str:
        """Return Slurm's release, like 24.11.5."""

    def read(self, query: Query) -> list[Row]:
        """Return rows of own values, sorted by their key."""

    def refusal(self, change: RowChange) -> Unsupported | None:
        """Return why this executor cannot carry the change out, if it cannot."""

    def preview(self, changes: Sequence[RowChange]) -> list[Command]:
        """Return what `write` would run."""

    def write(self, changes: Sequence[RowChange]) -> list[Outcome]:
        """Carry the changes out, in few requests; one outcome a change, in their order."""

    def ping(self) -> list[Row]:
        """Ask every controller and slurmdbd whether they answer."""

    def close(self) -> None:
        """Let go of connections."""
