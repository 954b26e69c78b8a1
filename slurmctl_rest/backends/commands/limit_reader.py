"""Use of limits over the Slurm commands: scontrol tells it all, and squeue the jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.backends.commands import argv, assoc_mgr, complaints, output
from slurmctl_rest.backends.commands.associations import (
    as_slurmrestd_shows,
    is_meant,
    parts_of,
)
from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.command_line import MAX_NAMES_PER_ARGUMENT, CommandLine
from slurmctl_rest.backends.judged import one_each
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.query import Query, another_cluster, by_name
from slurmctl_rest.errors import NotFound
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.entities import job as job_rows
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import (
    ACCOUNT_LEVEL,
    LINEAGE,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.entities.job_ids import whole
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.limit_use import LimitUse, Partitions, UseQuery


class CommandLimits:
    """Reads the use of limits."""

    def __init__(self, backend: CommandsBackend) -> None:
        """`backend` runs the commands."""
        self.backend = backend

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Have commands run beside others, the list of partitions from the beginning."""
        with self.backend.runner.beside():
            self.backend.runner.begin(argv.PARTITIONS)
            yield

    def use(self, query: UseQuery) -> LimitUse:
        """Return the use of associations and QOS: one command for all, where names are not many."""
        accounts = {key.account for key in query.keys}
        users = {key.user for key in query.keys}
        found = LimitUse()
        for line in _use_lines(accounts, users, query.qos):
            told = self._told(line, query.cluster)
            found = LimitUse(
                {**found.associations, **told.associations},
                {**found.qos, **told.qos},
                {**found.qos_users, **told.qos_users},
                {**found.qos_accounts, **told.qos_accounts},
            )
        return found

    def _told(self, line: CommandLine, cluster: str) -> LimitUse:
        finished = complaints.check_finished(line, self.backend.runner.ran(line))
        return assoc_mgr.limit_use(assoc_mgr.told(finished.stdout), cluster)

    def jobs(self, ids: Iterable[str] = ()) -> list[Row]:
        """Return slurmctld's jobs: those of these numbers, with all tasks of their arrays, or all.

        A number that slurmctld does not know has no row.
        """
        numbers = list(dict.fromkeys(map(whole, ids)))
        if not numbers:
            return self._jobs(argv.jobs_in_full())
        parts = chunked(numbers, MAX_NAMES_PER_ARGUMENT)
        return [row for some in parts for row in self._numbered(some)]

    def _numbered(self, numbers: Sequence[str]) -> list[Row]:
        try:
            return self._jobs(argv.jobs_in_full(numbers))
        except NotFound:  # squeue ends so where it is asked for a single job
            return []

    def associations(self, query: Query, qos: Sequence[str] = ()) -> list[Row]:
        """Return the rows of the named users and accounts, with the accounts above.

        Their lineages name these. Of 24.11 one may be that of before a move
        (tests/lab/test_facts.py), so accounts are read until all above are there: of 1,000, all own
        rows would take twenty times as long.
        """
        if not query.where:
            return self.backend.read(query)
        also = query.also | {LINEAGE.name}
        found = [row for part in parts_of(query) for row in self._rows(replace(part, also=also))]
        users = [row for row in found if not is_account_level(row)]
        own: dict[str, Row] = {}
        wanted = {*query.where.get("Account", ()), *(str(row["Account"]) for row in users), ROOT}
        wanted |= {one for row in found for one in accounts_of_lineage(str(row["Lineage"] or ""))}
        if qos:
            named = {str(row["User"]) for row in users}
            lines = [*_qos_lines(qos), *_use_lines(wanted, named, qos)]
            self.backend.runner.begin(*(lines if len(lines) <= MAX_BESIDE else ()))
        if LINEAGE.name not in query.also:
            users = [{n: v for n, v in row.items() if n != LINEAGE.name} for row in users]
        while wanted:
            for some in chunked(sorted(wanted), MAX_NAMES_PER_ARGUMENT):
                where = {"Account": tuple(some), "User": (ACCOUNT_LEVEL,)}
                rows = self._rows(replace(query, where=where))
                own |= {str(row["Account"]): row for row in rows if is_account_level(row)}
            parents = {str(row["Parent"]) for row in own.values() if row["Parent"]}
            # A parent that sacctmgr does not show would be asked for without end.
            wanted = parents - own.keys() - wanted
        return sorted(as_slurmrestd_shows([*own.values(), *users]), key=association_key)

    def _rows(self, query: Query) -> list[Row]:
        columns = argv.association_columns(query)
        line = argv.associations(query, columns)
        finished = complaints.check_finished(line, self.backend.runner.ran(line))
        told = output.table(columns, finished.stdout)
        meant = (row for row in told if is_meant(query, row))
        unmarked = {"Deleted": False, "Default": False}
        return one_each(ASSOCIATION, ({**unmarked, **row} for row in meant))

    def qos(self, query: Query) -> list[Row]:
        """Return the named QOS."""
        found: list[Row] = []
        for line in _qos_lines(query.names):
            records = output.records(line, self.backend.runner.ran(line), "qos")
            found += (QOS.load(record, QOS.fields) for record in records)
        return one_each(QOS, by_name(query, found))

    def active(self) -> list[Row]:
        """Return the jobs that have started and not ended."""
        return self._jobs(argv.jobs_in_full(states=ACTIVE))

    def partitions(self) -> Partitions:
        """Return the QOS of partitions, and the default one."""
        line = argv.PARTITIONS
        finished = complaints.check_finished(line, self.backend.runner.ran(line))
        return assoc_mgr.partitions_printed(finished.stdout)

    def settings(self) -> Mapping[str, str]:
        """Return settings of slurm.conf, which `scontrol show config` prints beside the clock."""
        return self.backend.controller().settings

    def _jobs(self, line: CommandLine) -> list[Row]:
        finished = self.backend.runner.ran(line)
        cluster = self.backend.cluster()
        meta = output.origin(output.document(line, finished))
        if wrong := another_cluster(str(meta.get("cluster", "")), cluster):
            raise wrong
        found = output.records(line, finished, "jobs")
        return job_rows.of_slurmctld(found, cluster, job_rows.HELD_JOB)


MAX_BESIDE = 2
"""Commands that run beside another one: of more names than fit these, each runs by itself."""


def _qos_lines(names: Sequence[str]) -> Iterator[CommandLine]:
    for some in chunked(names, MAX_NAMES_PER_ARGUMENT) if names else ((),):
        yield argv.qos(some)


def _use_lines(
    accounts: Iterable[str], users: Iterable[str], qos: Sequence[str]
) -> Iterator[CommandLine]:
    named = sorted({*users} - {""})
    for number, some in enumerate(chunked(sorted({*accounts}), MAX_NAMES_PER_ARGUMENT)):
        line = argv.assoc_mgr(some, named, () if number else sorted(qos))
        if line is not None:
            yield line


def accounts_of_lineage(lineage: str) -> list[str]:
    """Return the accounts of `/science/physics/0-alice/gpu/`.

    >>> accounts_of_lineage("/science/physics/0-alice/gpu/")
    ['science', 'physics']
    """
    names = lineage.partition("/0-")[0].split("/")
    return [name for name in names if name]


ACTIVE = ("RUNNING", "SUSPENDED")


def command_limits(backend: Backend) -> CommandLimits:
    """Return the reader over a backend of the commands."""
    if not isinstance(backend, CommandsBackend):
        raise TypeError(f"{backend.executor} is no backend of the commands")
    return CommandLimits(backend)
