"""The two roads to Slurm, behind one protocol (connect.py chooses).

There is no fallback from one to the other: what a backend cannot do, it refuses by name
(errors.Unsupported).
"""

from __future__ import annotations

import json
import shlex
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from itertools import groupby, product
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar
from urllib.parse import urlencode

from slurmctl_rest.backends.parallel import in_order
from slurmctl_rest.errors import (
    Interrupted,
    SlurmctlError,
    Unanswered,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, TRES_TYPE, USER
from slurmctl_rest.model.entities.association import is_own
from slurmctl_rest.model.fields import Entity, Record, Row
from slurmctl_rest.model.kinds import Json, NameSet, Value, means_itself, printable
from slurmctl_rest.model.reasons import LEVEL_NEEDED
from slurmctl_rest.model.times import Window
from slurmctl_rest.planning import Action, Outcome, RowChange, rights, subject

if TYPE_CHECKING:
    from slurmctl_rest.planning.doctor import Controller, Road


class View(Enum):
    """What of associations is read; each costs Slurm a look less than the one before it."""

    OWN = "own values, and every change to inherited QOS: what a write begins from"
    SOURCES = "own values, and the changes to inherited QOS that change anything"
    IN_FORCE = "values as Slurm applies them, whosever they are"


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows to read, of one entity; no names means all.

    cluster  whose associations are meant; empty: of all clusters
    names    of objects that have a name
    where    of associations: Account, User (OWN_ROW: accounts' own rows), Partition -> values;
             the own rows of all accounts, from which the others inherit, come in any case but
             that of IN_FORCE. ID -> values: the places of these rows, and nothing else
    lineage  of accounts' own rows those will do from which rows of the named users or accounts
             inherit
    deleted  with associations come those that are deleted
    view     what of associations is read
    fields   of associations that are IN_FORCE: what the rows must have beside their place;
             none: all. There may be more.
    """

    entity: Entity
    cluster: str
    names: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deleted: bool = False
    lineage: bool = False
    view: View = View.OWN
    fields: frozenset[str] = frozenset()

    def wants(self, name: str) -> bool:
        """Tell whether rows must have this field."""
        return self.view is not View.IN_FORCE or not self.fields or name in self.fields


@dataclass(frozen=True, slots=True)
class History:
    """Which jobs of slurmdbd's to read: those of a window, or by number whenever they ran."""

    cluster: str
    window: Window | None = None
    accounts: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def means(self, job: Row) -> bool:
        """Tell whether a job that was answered may be meant: who answers may ignore a condition.

        slurmdbd knows since when a job could run, and we do not: of some it is stricter.
        """
        if self.accounts and job["Account"] not in self.accounts:
            return False
        if self.window is None:
            return True
        submitted, ended = job["Submit"], job["End"]
        late = isinstance(submitted, int) and submitted >= self.window.end
        early = isinstance(ended, int) and ended < self.window.start
        return not (late or early)


@dataclass(frozen=True, slots=True)
class Kill:
    """Which jobs to cancel; or the signal for them, and to which of their processes it goes.

    steps  of the job: all but the batch script (the default, as scancel has it)
    batch  the batch script alone
    full   both
    """

    ids: tuple[str, ...]
    signal: str = ""
    reach: Literal["steps", "batch", "full"] = "steps"


def another_cluster(theirs: str, ours: str) -> Unsupported | None:
    """Return the error where slurmctld is that of another cluster than the one that is meant."""
    if not theirs or theirs == ours:
        return None
    error = Unsupported(
        f"jobs of cluster '{ours}' are not to be had here: slurmctld is that of '{theirs}'",
        f"use a profile that leads to {ours}",
    )
    error.other_cluster = True
    return error


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

    @property
    def writes(self) -> bool:
        """Tell whether it changes anything in Slurm."""
        if self.argv:
            return self.argv[0] == "scancel" or "-i" in self.argv
        return self.method != "GET"

    def as_json(self) -> Json:
        """Return the object that stands in `commands`."""
        if self.argv:
            return {"argv": list(self.argv)}
        request = {"method": self.method, "path": self.path, "query": dict(self.query)}
        return request if self.body is None else {**request, "body": self.body}


T = TypeVar("T")


def in_parts(names: Sequence[T], most: int) -> list[tuple[T, ...]]:
    """Split many names into parts that fit a URL or an argument; no names are one empty part."""
    return [tuple(names[at : at + most]) for at in range(0, len(names), most)] or [()]


def in_room(names: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Split many names into parts of at most so many, each of which has room in a URL."""
    parts: list[tuple[str, ...]] = []
    begin = used = 0
    for at, name in enumerate(names):
        used += len(name) + COMMA
        if at > begin and (at - begin == most or used > ROOM):
            parts.append(tuple(names[begin:at]))
            begin, used = at, len(name) + COMMA
    return [*parts, tuple(names[begin:])] if names else []


ROOM = 20_000
"""Characters of a list of names: three lists fit slurmrestd's 80 KB for a request's head, and each
the 128 KiB that Linux has for one argument."""
COMMA = 3
"""Characters: %2C."""
MOST_ROWS = 500
"""Rows in one request or command. On a site of 20,000 associations, adding users costs slurmdbd
half a second whatever their number, and 2 to 10 ms a user (26.05, 24.11); modifying costs 3 ms a
row. So 500 take five seconds at most, of the 30 that a request may take."""
MOST_DELETED = 100
"""Rows that one request or command deletes: on such a site slurmdbd needs 40 ms for each."""


def by_name(query: Query, rows: Iterable[Row]) -> list[Row]:
    """Return the rows that the query names, or all; sorted by name, TRES by slurmdbd's numbers.

    slurmdbd lists QOS in the order in which they were made, and ignores names in some queries.
    """
    name = query.entity.key.name
    named = [row for row in rows if not query.names or row[name] in query.names]
    if query.entity is TRES_TYPE:
        return sorted(named, key=lambda row: int(str(row["ID"] or 0)))
    return sorted(named, key=lambda row: str(row[name]))


class Work:
    """Changes that are to do, sorted out by what is done with what."""

    def __init__(self, changes: Iterable[RowChange]) -> None:
        """Leave out what is so already, and what comes with something else."""
        self.changes = [change for change in changes if change.to_do]
        added_rows = [change.after or {} for change in self.of("add", ASSOCIATION)]
        self._joining = {(row["User"], row["Account"]) for row in added_rows}
        self._later: dict[int, RowChange] = {}
        self._whole: dict[int, RowChange] = {}
        for entity in (ACCOUNT, ASSOCIATION):
            added = self.of("add", entity)
            if len({repr(change.fields) for change in added}) > MOST_UNLIKE:
                self._part({id(change): change for change in added})

    def _part(self, added: Mapping[int, RowChange]) -> None:
        """Part each in two: what is added as Slurm makes it, and what is then set on it."""
        for at, change in enumerate(self.changes):
            if id(change) in added and change.after is not None:
                plain = replace(change, after=as_made(change))
                later = replace(change, action="modify", before=plain.after)
                self.changes[at] = plain
                self._whole[id(plain)] = self._whole[id(later)] = change
                if later.changes:
                    self._later[id(plain)] = later

    def later(self, carried: Iterable[RowChange]) -> list[RowChange]:
        """Return what is to be set on what was just added."""
        return [self._later[id(one)] for one in carried if id(one) in self._later]

    def whole(self, carried: Iterable[RowChange]) -> tuple[RowChange, ...]:
        """Return the changes as they were asked for."""
        return tuple(self._whole.get(id(one), one) for one in carried)

    def of(self, action: Action, *entities: Entity) -> list[RowChange]:
        """Return the changes of these entities."""
        return [c for c in self.changes if c.action == action and c.entity in entities]

    def coming(self) -> list[RowChange]:
        """Return the users who travel with an association that is added.

        New ones, and those to whom it gives the default account that they have not got here.
        """
        return [*self.of("add", USER), *(c for c in self.of("modify", USER) if self._comes(c))]

    def modified_users(self) -> list[RowChange]:
        """Return the other users who are modified."""
        return [c for c in self.of("modify", USER) if not self._comes(c)]

    def _comes(self, change: RowChange) -> bool:
        before, after = change.before or {}, change.after or {}
        default = (change.name, after.get("DefaultAccount"))
        return default in self._joining and not before.get("DefaultAccount")


MOST_UNLIKE = 10
"""Kinds of rows that are added each with a request of its own, in which it gets all that it is to
have. More of them are added alike, and what they differ in is set on each 500 at once: on a
site of 20,000 associations a request that adds costs half a second, however few it adds."""


def as_made(change: RowChange) -> Row:
    """Return a new row as Slurm makes it where only its place, and an account's texts, are told.

    Texts set afterwards could take the coordinators of an account that other clusters know.
    """
    after = change.after or {}
    own = [f.name for f in change.entity.fields if not f.settable or f.record is Record.OBJECT]
    nothing = {f.name: f.kind.load(None) for f in change.entity.fields}
    return nothing | {name: after.get(name) for name in (*own, "Parent")} | {"Fairshare": 1}


@dataclass(frozen=True, slots=True)
class Block:
    """Associations of users that one request can name: each user in each account and partition."""

    users: tuple[str, ...]
    accounts: tuple[str, ...]
    partitions: tuple[str, ...]

    def places(self) -> Iterator[tuple[str, str, str]]:
        """Yield user, account and partition of each association of the block."""
        return product(self.users, self.accounts, self.partitions)


def blocks(rows: Iterable[Row], most: int = MOST_ROWS) -> list[Block]:
    """Cover the users' associations exactly, with few blocks; '' is the row for all partitions.

    '' never shares a block with partitions: slurmdbd has no condition for both.
    """
    partitions: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        by_account = partitions.setdefault(str(row["User"]), {})
        by_account.setdefault(str(row["Account"]), []).append(str(row["Partition"] or ""))
    users: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for user, by_account in partitions.items():
        accounts: dict[tuple[str, ...], list[str]] = {}
        for account, named in by_account.items():
            for part in (tuple(p for p in named if not p), tuple(p for p in named if p)):
                if part:
                    accounts.setdefault(part, []).append(account)
        for part, named in accounts.items():
            users.setdefault((tuple(named), part), []).append(user)
    return [
        Block(some_users, some_accounts, some_partitions)
        for (accounts_, partitions_), named in users.items()
        for some_partitions in in_room(partitions_, most)
        for some_accounts in in_room(accounts_, most // len(some_partitions))
        for some_users in in_room(named, most // len(some_accounts) // len(some_partitions))
    ]


def in_blocks(
    changes: Sequence[RowChange], most: int = MOST_ROWS
) -> list[tuple[Block, tuple[RowChange, ...]]]:
    """Return blocks that cover the rows of the changes, each with those that it holds."""
    rows = [change.after or change.before or {} for change in changes]
    there = {
        (str(row["User"]), str(row["Account"]), str(row["Partition"] or "")): change
        for row, change in zip(rows, changes, strict=True)
    }
    return [(block, tuple(there[one] for one in block.places())) for block in blocks(rows, most)]


def whole_users(changes: Sequence[RowChange]) -> tuple[list[RowChange], list[RowChange]]:
    """Part the changes of users who change with all associations they have, from the others.

    A row for some partition is never among the first: a block names rows for all partitions, or
    others.
    """
    parted: tuple[list[RowChange], list[RowChange]] = ([], [])
    for some in _by_user(changes).values():
        whole = some[0].of_user == len(some) and not any(
            (c.before or {})["Partition"] for c in some
        )
        parted[0 if whole else 1].extend(some)
    return parted


def in_spans(
    changes: Sequence[RowChange], most: int = MOST_ROWS
) -> list[tuple[Block, tuple[RowChange, ...]]]:
    """Return blocks for `whole_users`: of each the users, and all accounts that any of them is in.

    Not every user is in every account; what a block names beside their associations is nothing.
    """
    spans: list[tuple[Block, tuple[RowChange, ...]]] = []
    users: list[str] = []
    accounts: dict[str, None] = {}
    carried: list[RowChange] = []
    for user, some in _by_user(changes).items():
        more = dict.fromkeys(str((change.before or {})["Account"]) for change in some)
        full = len(carried) + len(some) > most
        if carried and (full or max(_room([*users, str(user)]), _room(accounts | more)) > ROOM):
            spans.append((Block(tuple(users), tuple(accounts), ("",)), tuple(carried)))
            users, accounts, carried = [], {}, []
        users.append(str(user))
        accounts |= more
        carried += some
    return [*spans, (Block(tuple(users), tuple(accounts), ("",)), tuple(carried))] if users else []


def _by_user(changes: Iterable[RowChange]) -> dict[Value, list[RowChange]]:
    of_users: dict[Value, list[RowChange]] = {}
    for change in changes:
        of_users.setdefault((change.before or {})["User"], []).append(change)
    return of_users


def _room(names: Iterable[str]) -> int:
    """Return the characters that a list of names takes in a URL."""
    return sum(len(name) + COMMA for name in names)


def by_cluster(changes: Iterable[RowChange]) -> dict[str, list[RowChange]]:
    """Return the changes of each cluster."""
    groups: dict[str, list[RowChange]] = {}
    for change in changes:
        groups.setdefault(str((change.after or change.before or {})["Cluster"]), []).append(change)
    return groups


def own_and_users(changes: Iterable[RowChange]) -> tuple[list[RowChange], list[RowChange]]:
    """Part the changes of accounts' own rows from those of users' rows."""
    parted: tuple[list[RowChange], list[RowChange]] = ([], [])
    for change in changes:
        parted[0 if is_own(change.before or {}) else 1].append(change)
    return parted


def in_branches(
    changes: Iterable[RowChange],
) -> list[tuple[tuple[str, ...], str, tuple[RowChange, ...]]]:
    """Return accounts whose own rows go with all below them, their cluster, and the deletions.

    What a deletion takes along stands in one part with it: Slurm 24.11 would leave orphans.
    """
    parts: list[tuple[tuple[str, ...], str, tuple[RowChange, ...]]] = []
    for cluster, here in by_cluster(changes).items():
        names: dict[str, None] = {}
        carried: list[RowChange] = []
        used = 0
        for change in here:
            rows = (change.before or {}, *change.takes)
            more = dict.fromkeys(str(row["Account"]) for row in rows)
            size = _room(name for name in more if name not in names)
            if carried and used + size > ROOM:
                parts.append((tuple(names), cluster, tuple(carried)))
                names, carried, used = {}, [], 0
            names |= more
            carried.append(change)
            used += size
        parts.append((tuple(names), cluster, tuple(carried)))
    return parts


class Carrier(Protocol):
    """A request or a command line, with the changes that it carries."""

    @property
    def changes(self) -> tuple[RowChange, ...]:
        """Return the changes that fail where it fails."""

    @property
    def abreast(self) -> bool:
        """Tell whether it may be sent together with those next to it that may, too."""


def unnameable(change: RowChange) -> Unsupported | None:
    """Return the error for a change that would name more than it means, or break what names it."""
    for row in (change.before or {}, change.after or {}, *change.takes):
        needed = [row[name] for name in ("Cluster", "Account") if row.get(name) is not None]
        others = [row[name] for name in ("User", "Partition", "Parent") if row.get(name)]
        wrong = [n for n in (change.name, *needed, *others) if not _is_sound(change, n)]
        for name in change.fields:
            if isinstance(change.entity[name].kind, NameSet):
                wrong += [one for one in names_of(row.get(name)) if not means_itself(one)]
        if wrong:
            return Unsupported(
                f"{subject([change])}: no command and no request can safely hold the name "
                f"'{printable(str(wrong[0]))}'",
                "another client has made it; rename or remove it in Slurm's database",
            )
    return None


def _is_sound(change: RowChange, name: Value) -> bool:
    # What an association is called holds its names, and each is looked at by itself.
    return (name == change.name and not change.entity.is_named) or means_itself(str(name))


def names_of(value: Value) -> tuple[str, ...]:
    """Return the names in a value that is a set of them."""
    return value if isinstance(value, tuple) else ()


C = TypeVar("C", bound=Carrier)


class Prepared(Generic[C]):
    """What carries changes, built once: what is shown before the question is what is sent."""

    def __init__(self, build: Callable[[Sequence[RowChange]], list[C]]) -> None:
        """`build` makes the carriers of changes."""
        self._build = build
        self._changes: list[RowChange] = []
        self._carriers: list[C] = []

    def carriers(self, changes: Sequence[RowChange]) -> list[C]:
        """Return what carries these changes; where they were asked for last, the same."""
        if [*map(id, changes)] != [*map(id, self._changes)]:
            self._carriers = self._build(changes)
            self._changes = [*changes]
        return self._carriers


def carried_out(
    changes: Sequence[RowChange],
    carriers: Iterable[C],
    send: Callable[[C], object],
    at_once: int = 1,
) -> list[Outcome]:
    """Send each carrier; one that fails fails the changes it carries, and no others.

    What carries only changes that failed already is not sent. Where one meets nobody, or gets no
    answer, nothing more is sent: each would wait as long, and leave one more to find out about.
    `at_once`: so many of those that may go abreast are under way together, each in a thread.
    """
    begun: set[int] = set()
    failed: dict[int, SlurmctlError] = {}
    missed: list[SlurmctlError] = []

    def sent(carrier: C) -> SlurmctlError | None:
        try:
            if missed:
                raise _not_sent(carrier.changes, missed[0])
            send(carrier)
        except SlurmctlError as error:
            if isinstance(error, Unreachable):
                missed.append(error)
            if error.hint == LEVEL_NEEDED:
                error.hint = rights.remedy(carrier.changes)
            return error
        return None

    for group in _abreast(carriers, at_once):
        going = [
            one for one in group if not one.changes or any(id(c) not in failed for c in one.changes)
        ]
        for carrier, error in zip(going, _all_sent(going, sent, at_once), strict=True):
            if error is None:
                begun.update(map(id, carrier.changes))
                continue
            partly = _partly(error)
            failed |= {
                id(change): partly if id(change) in begun and change.action == "add" else error
                for change in carrier.changes
            }
    return [Outcome(change, failed.get(id(change))) for change in changes]


def _abreast(carriers: Iterable[C], at_once: int) -> Iterator[list[C]]:
    """Yield the carriers in their order: together those that may be sent so, each other alone."""
    for abreast, some in groupby(carriers, lambda one: one.abreast and at_once > 1):
        if abreast:
            yield list(some)
        else:
            yield from ([one] for one in some)


def _all_sent(
    carriers: Sequence[C], sent: Callable[[C], SlurmctlError | None], at_once: int
) -> Iterator[SlurmctlError | None]:
    """Yield what became of each carrier; where we are told to wait no longer, that of the rest."""
    if len(carriers) == 1:
        yield sent(carriers[0])
        return
    under_way: set[int] = set()

    def task(carrier: C) -> SlurmctlError | None:
        under_way.add(id(carrier))
        return sent(carrier)

    waited_for = deque(carriers)
    try:
        for found in in_order((partial(task, one) for one in carriers), at_once):
            waited_for.popleft()
            yield found
    except Interrupted as error:
        for one in waited_for:
            yield error if id(one) in under_way else _not_sent(one.changes, error)


def _partly(error: SlurmctlError) -> SlurmctlError:
    """Return the error for what was added, and has not got its values."""
    if isinstance(error, Unreachable):
        return Unanswered(error.message, error.hint, http_status=error.http_status)
    partly = copy(error)
    partly.message = f"added, but not with all that it is to have: {error.message}"
    partly.args, partly.sent = (partly.message,), True
    return partly


def _not_sent(changes: Sequence[RowChange], because: SlurmctlError) -> Unreachable:
    return Unreachable(
        f"{subject(changes)}: not sent, because of what came before: {because.message}",
        "the write can be repeated",
        retryable=True,
        sent=False,
    )


R = TypeVar("R")


def tried(ask: Callable[[], R]) -> R | SlurmctlError:
    """Return what is answered, or the error that came instead."""
    try:
        return ask()
    except SlurmctlError as error:
        return error


class Log(list[Command]):
    """What was run so far, in order; `listener` hears of each before it runs, and may forbid it."""

    listener: Callable[[Command], None] | None = None

    def __init__(self) -> None:
        """Several threads may ask at once; they are heard one by one."""
        super().__init__()
        self._lock = threading.Lock()

    def append(self, command: Command) -> None:
        """Tell the listener and note the command."""
        with self._lock:
            if self.listener is not None:
                self.listener(command)
            super().append(command)


class Executor(Protocol):
    """Who runs requests or commands."""

    executor: str
    """`rest` or `cli`."""
    log: Log

    def cluster(self) -> str:
        """Return the name of the cluster that is administered unless another is named."""

    def release(self) -> str:
        """Return Slurm's release, like 24.11.5."""


class Backend(Executor, Protocol):
    """What the commands of this program ask of Slurm."""

    def read(self, query: Query) -> list[Row]:
        """Return rows, sorted by their key."""

    def parts(self, query: Query) -> Iterator[list[Row]]:
        """Yield the rows of associations in parts, sorted and one behind the other, as they come.

        But for IN_FORCE the own rows of all accounts, or of the lineage, come first.
        """

    def names(self, entity: Entity) -> list[str]:
        """Return the names of all there is, of every cluster, by the cheapest query.

        Of TRES as limits spell them: gres/gpu.
        """

    def refusal(self, change: RowChange) -> Unsupported | None:
        """Return why this executor cannot carry the change out, if it cannot."""

    def caution(self, change: RowChange) -> str:
        """Return what this executor may take away unseen where it carries the change out."""

    def preview(self, changes: Sequence[RowChange]) -> list[Command]:
        """Return what `write` would run."""

    def write(self, changes: Sequence[RowChange]) -> list[Outcome]:
        """Carry the changes out, in few requests; one outcome a change, in their order."""

    def untold(self, entity: Entity) -> tuple[str, ...]:
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

    def cancelling(self, kill: Kill) -> list[Command]:
        """Return what `cancel` would run."""

    def cancel(self, kill: Kill) -> dict[str, SlurmctlError]:
        """Cancel or signal the jobs, in one request; they end a little later.

        Return the errors of those that Slurm refused, by number; one that has ended is none.
        """

    def ping(self) -> list[Row]:
        """Ask every controller and slurmdbd whether they answer."""

    def road(self) -> Road | None:
        """Return what there is on the way to Slurm: None over the commands."""

    def controller(self) -> Controller:
        """Return what slurmctld says of itself; NotAuthenticated where it does not know us."""

    def associations_hang(self) -> bool:
        """Tell whether slurmdbd answers all but questions about associations (hanging.py)."""

    def clusters(self) -> list[str]:
        """Return the names of the clusters that slurmdbd knows: less than reading their rows."""

    def user(self) -> str:
        """Return who we are for Slurm."""

    def concerns(self) -> list[str]:
        """Return what is unsafe about the way to Slurm, a sentence each."""

    def close(self) -> None:
        """Let go of connections."""
