"""The context of one command: its options, profile and executor, and the rows that it reads."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from slurmctl_rest.backends import retry
from slurmctl_rest.backends.connect import accounting, connect, limit_reader, reaches_something
from slurmctl_rest.backends.protocol import Backend, Executor, LimitReader
from slurmctl_rest.backends.query import Query, View, another_cluster
from slurmctl_rest.cli import interrupts
from slurmctl_rest.cli.console import Console, Options, can_be_erased
from slurmctl_rest.cli.interrupts import Interrupts
from slurmctl_rest.cli.option_values import template_stands_alone
from slurmctl_rest.errors import (
    Interrupted,
    NotFound,
    Unreachable,
    UsageError,
)
from slurmctl_rest.model import times
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import ACCOUNT_LEVEL
from slurmctl_rest.model.entities.user import OF_WCKEYS
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.model.syntax import Selection, Statement
from slurmctl_rest.model.text import listed
from slurmctl_rest.model.times import Zone
from slurmctl_rest.render.formats import naming_field
from slurmctl_rest.render.listing import ResultList

if TYPE_CHECKING:
    from slurmctl_rest.backends.commands.usage import Accounting
    from slurmctl_rest.config.models import Profile

NOTHING_SET_UP = (
    "slurmctl-rest profile init makes a profile, for slurmrestd or for the folder of the Slurm "
    "commands; slurmctl-rest demo needs neither"
)
"""The remedy where there is neither a profile nor sacctmgr."""


class Context:
    """The context of one command: options, profile, executor, cluster, and reads."""

    def __init__(self) -> None:
        """Nothing is read or sent before it is needed; the options come with the parsing."""
        self.console = Console(Options())
        self.interrupts = Interrupts()
        self.interrupts.on_interrupt = self.console.progress.interrupted
        self.looks: list[tuple[Query, list[Row]]] = []
        """Queries for associations, with their rows: what was there before a write."""
        self.requested: frozenset[str] = frozenset()
        """Fields that the command names: those on request are read because of it."""
        self.with_deleted = False
        """Accounts, users and QOS are read with those that are deleted: a list has asked for it."""
        self.outcomes: Sequence[Outcome] = ()
        """Outcomes of the write that was begun, as far as they are known."""
        self.cleanup = ExitStack()
        """Clean-up at the end, however the command ends: the lock of a write."""

    @property
    def options(self) -> Options:
        """Return the values of the options that every command takes."""
        return self.console.options

    @options.setter
    def options(self, options: Options) -> None:
        self.console.options = options

    def beside(self, **changes: str | Path | None) -> Context:
        """Return a context with executors of its own on the same terminal, with other options."""
        other = Context()
        other.options = replace(self.options, **changes)  # type: ignore[arg-type]
        # There is one terminal: a second line of progress would be drawn over the first.
        other.interrupts, other.console.progress = self.interrupts, self.console.progress
        return other

    @cached_property
    def named_profile(self) -> tuple[str, Profile]:
        """Return the profile with its name."""
        from slurmctl_rest.config.load import load_profile  # noqa: PLC0415

        return load_profile(self.options.profile, self.options.config)

    @cached_property
    def backend(self) -> Backend:
        """Return the executor that the profile names; Unreachable where there is nothing at all."""
        if not self.options.probing:
            self.refuse_nothing_set_up()
        backend = connect(self.named_profile[1], self.options.timeout, self._waits)
        backend.log.listener = self.on_command
        for concern in () if self.options.probing else backend.security_warnings():
            self.console.warn(concern)
        return backend

    def refuse_nothing_set_up(self) -> None:
        """Raise Unreachable where there is neither a profile nor sacctmgr."""
        name, profile = self.named_profile
        if not name and not reaches_something(profile):
            raise Unreachable("sacctmgr is not on PATH", NOTHING_SET_UP, sent=False)

    @property
    def _waits(self) -> Sequence[float]:
        return () if self.options.probing else retry.BACKOFF_S

    @cached_property
    def accounting(self) -> Accounting:
        """Return the executor of usage and raw usage, whatever the profile names."""
        accounting_ = accounting(self.named_profile[1], self.options.timeout, self._waits)
        accounting_.log.listener = self.on_command
        return accounting_

    def on_command(self, command: SentCommand) -> None:
        """Note what is about to run; once interrupted, nothing more is written."""
        if self.interrupts.pending and command.writes:
            raise interrupts.not_sent()  # a request that is under way ends by itself
        self.interrupts.answered()
        if self.options.verbose:
            self.console.eprint(f"+ {command}")
        if not self.options.quiet and can_be_erased(sys.stderr):
            self.console.progress.stream = sys.stderr
        self.console.progress.columns = self.console.output_target(sys.stderr).width
        self.console.progress.on_command(command)

    @cached_property
    def limits(self) -> LimitReader:
        """Return what reads the use of limits over the backend."""
        return limit_reader(self.backend)

    @property
    def executor(self) -> str:
        """Return the executor's name, or nothing where none was asked yet."""
        # Not by asking for it: a cached_property would connect now.
        if "accounting" in self.__dict__:
            return self.accounting.executor
        return self.backend.executor if "backend" in self.__dict__ else ""

    def close(self) -> None:
        """Let go of the lock and the backend, where there are any."""
        self.console.progress.end()
        self.cleanup.close()
        if "backend" in self.__dict__:
            self.backend.close()

    def cluster(
        self,
        selection: Selection = Selection(),  # noqa: B008 (frozen)
        of: Executor | None = None,
    ) -> str:
        """Return the cluster of the tokens, of --cluster, or the profile (`of`: its executor).

        Raise UsageError where several are named.
        """
        named = self.named_clusters(selection)
        if len(named) > 1:
            raise UsageError(
                f"several clusters are given: {listed(sorted(named))}",
                "one command acts on one cluster; lists take several",
            )
        return named[0] if named else (of or self.backend).cluster()

    def named_clusters(self, selection: Selection) -> list[str]:
        """Return the clusters of the tokens and of --cluster, each once, as they are given."""
        conditions = selection.where.get("Cluster", ())
        if None in conditions:
            raise UsageError("cluster= is empty", "where cluster=NAME")
        named = [str(name) for name in conditions]
        if self.options.cluster is not None:
            named += map(_cluster_name, self.options.cluster.split(","))
        return list(dict.fromkeys(named))

    def cluster_of(self, statements: Iterable[Statement]) -> str:
        """Return the one cluster that all statements mean; raise UsageError for several."""
        named = [value for one in statements for value in one.selection.where.get("Cluster", ())]
        where = {"Cluster": tuple(dict.fromkeys(named))}
        return self.cluster(Selection(where=where if named else {}))

    def request(self, statements: Iterable[Statement]) -> None:
        """Have the fields on request read that a write needs."""
        named = frozenset[str]().union(*map(named_fields, statements))
        # A default WCKey has to be one of the user's.
        self.requested = named | (OF_WCKEYS if OF_WCKEYS & named else set())

    def cluster_of_jobs(self) -> str:
        """Return the cluster of the profile: slurmctld knows no other's jobs.

        Raise Unsupported where another one is named.
        """
        cluster = self.cluster()
        if wrong := another_cluster(self.backend.cluster(), cluster):
            raise wrong
        return cluster

    def zone(self, name: str | None) -> Zone:
        """Return the time zone of the site: of --tz, of the profile, or of this machine."""
        return times.zone(name or self.named_profile[1].time_zone)

    def read(self, entity: Entity, cluster: str, names: Iterable[str] = ()) -> list[Row]:
        """Read rows of own values: a write from effective ones would freeze what is inherited."""
        also = entity.requested(self.requested)
        return self.backend.read(
            Query(entity, cluster, tuple(names), also=also, deleted=self.with_deleted)
        )

    def accounts(self, cluster: str, names: Sequence[str] = (), view: View = View.OWN) -> list[Row]:
        """Read all accounts; NotFound where there is no such cluster.

        `names`: those of which alone something is wanted, and others are read where they matter:
        what these inherit from, or which name was meant.
        """
        also = ACCOUNT.requested(self.requested)
        query = Query(ACCOUNT, cluster, view=view, also=also, deleted=self.with_deleted)
        if names and view is not View.OWN:
            found = self.backend.read(replace(query, names=tuple(dict.fromkeys(names))))
            here = {row["Account"] for row in found if row["Cluster"] == cluster}
            if here >= {*names}:
                return found
        return on_a_cluster(self.backend.read(query), cluster)

    def associations(
        self,
        cluster: str,
        where: Mapping[str, Iterable[str]] = {},
        *,
        deleted: bool = False,
        lineage: bool = False,
    ) -> list[Row]:
        """Read associations and the own rows of all accounts; NotFound without such a cluster.

        `lineage`: of these all that matters are those from which the named ones inherit.
        """
        query = Query(
            ASSOCIATION,
            cluster,
            where=_tuples(where),
            deleted=deleted,
            lineage=lineage,
            also=ASSOCIATION.requested(self.requested),
        )
        rows = self.backend.read(query)
        if not deleted:
            self.looks.append((query, rows))  # the read-back's "before", without a further request
        return on_a_cluster(rows, cluster) if cluster else rows

    def parts(self, query: Query) -> Iterator[list[Row]]:
        """Read associations part by part; NotFound without such a cluster, before the first one."""
        parts = self.backend.parts(query)
        first = next(parts, [])
        if not first:
            of_root = {"Account": (ROOT,), "User": (ACCOUNT_LEVEL,)}
            on_a_cluster(self.backend.read(replace(query, where=of_root)), query.cluster)
        yield first
        yield from parts

    def meta(self, cluster: str, of: Executor | None = None) -> dict[str, Json]:
        """Return the origin of JSON output: the backend, or another executor `of`."""
        executor = of or self.backend
        return {
            "profile": self.named_profile[0] or None,
            "cluster": cluster or None,
            "executor": executor.executor,
            "slurm": executor.release(),
        }

    def columns_of(self, entity: Entity, named: Sequence[Column] = ()) -> Sequence[Column]:
        """Return the columns that are named, or those that the output format brings along.

        None of them: the usual ones of the entity are shown.
        """
        if named:
            if self.options.template is not None:
                raise template_stands_alone()
            return named
        match self.options.output:
            case "wide":
                return [Column(field) for field in entity.fields]
            case "name":
                return [Column(naming_field(entity))]
            case "template":
                from slurmctl_rest.render import template  # noqa: PLC0415  (where it is asked for)

                return template.template_columns(self.options.template or "", entity)
        return ()

    def show(
        self,
        entity: Entity,
        rows: Iterable[Row],
        columns: Sequence[Column] = (),
        inherited: Iterable[Mapping[str, Origin]] = (),
        cluster: str = "",
        *,
        by_switch: bool = False,
    ) -> None:
        """Print rows in the format asked for; `inherited` runs parallel to them.

        `by_switch`: no `format=` has named the columns.
        """
        columns = columns or self.columns_of(entity)
        known = iter(rows)
        first = [*islice(known, 1)]
        listing = ResultList(
            entity=entity,
            rows=chain(first, known),
            columns=columns or [Column(entity[name]) for name in entity.columns],
            inherited=inherited,
            meta=partial(self.meta, cluster),
            warnings=self.console.warnings,
            chosen=bool(columns),
            named=bool(columns) and not by_switch,
        )
        self.console.put(listing)
        # A table is for people. A program, or a script of cron that asks for no header, sees that
        # there is no row; cron would mail the sentence.
        is_read = self.options.output in {"table", "wide"} and self.options.header
        if not first and is_read and self.options.query is None:
            self.console.say(f"no {entity.plural} found")

    def interruption(self) -> Interrupted:
        """Return the error of a run that was ended at once: what is known of its write."""
        if not self.outcomes:
            return Interrupted(interrupts.NOTHING_CHANGED)
        return interrupts.interrupted_write(self.outcomes)


def named_fields(statement: Statement) -> frozenset[str]:
    """Return the fields that are assigned, or shown, or that rows are selected or sorted by."""
    assigned = (assignment.field.name for assignment in statement.assignments)
    shown = (column.field.name for column in statement.columns)
    selecting = (*statement.selection.where, *statement.refinement.fields)
    return frozenset((*assigned, *shown, *selecting))


def on_a_cluster(rows: list[Row], cluster: str) -> list[Row]:
    """Return the rows of a cluster that exists (it has the account root), else raise NotFound."""
    if not any(row["Account"] == ROOT and row["Cluster"] == cluster for row in rows):
        raise NotFound(
            f"cluster '{cluster}' does not exist",
            "check cluster_name of the profile, or --cluster",
        )
    return rows


def _tuples(where: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(dict.fromkeys(values)) for name, values in where.items()}


def _cluster_name(text: str) -> str:
    try:
        return parse_name(text)
    except ValueError as error:
        raise UsageError(f"--cluster: {error}") from error
