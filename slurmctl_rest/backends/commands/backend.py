"""The executor `cli`: queries and row changes through sacctmgr and scontrol."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.backends.commands import argv, complaints, output, writes
from slurmctl_rest.backends.commands.associations import (
    as_slurmrestd_shows,
    is_meant,
    one_default_each,
    parts_of,
)
from slurmctl_rest.backends.commands.command_line import MAX_NAMES_PER_ARGUMENT, CommandLine
from slurmctl_rest.backends.commands.lists import CommandLists
from slurmctl_rest.backends.commands.process import RunCommand
from slurmctl_rest.backends.commands.runner import CommandRunner
from slurmctl_rest.backends.execute import BatchBuilder, execute, tried
from slurmctl_rest.backends.judged import (
    each_once,
    one_each,
    without_repeats,
)
from slurmctl_rest.backends.query import (
    CancelRequest,
    History,
    Query,
    View,
    another_cluster,
    by_name,
    fields_of_record,
    of_jobs,
)
from slurmctl_rest.backends.retry import BACKOFF_S
from slurmctl_rest.config.models import Profile
from slurmctl_rest.errors import (
    PermissionDenied,
    SlurmctlError,
    SlurmRefused,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities import account as account_rows
from slurmctl_rest.model.entities import association as association_rows
from slurmctl_rest.model.entities import cluster as cluster_rows
from slurmctl_rest.model.entities import job as job_rows
from slurmctl_rest.model.entities import ping as ping_rows
from slurmctl_rest.model.entities import user as user_rows
from slurmctl_rest.model.entities.association import COMMENT, association_key
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.names import TEXT
from slurmctl_rest.model.kinds.tres import tres_name
from slurmctl_rest.model.reasons import LEVEL_NEEDED

if TYPE_CHECKING:
    from slurmctl_rest.model.facts import Controller

T = TypeVar("T")
CLIENT = Field("User", TEXT, "meta.client.user", "who ran the command, where it ran", absent=None)


class CommandsBackend:
    """Backend over the Slurm commands."""

    executor = "cli"

    def __init__(
        self,
        profile: Profile,
        run: RunCommand | None = None,
        timeout: float | None = None,
        waits: Sequence[float] = BACKOFF_S,
    ) -> None:
        """`run` takes the place of subprocess in tests; `timeout`: seconds for one command.

        `waits`: before each further try, where one is safe.
        """
        self.profile = profile
        self.runner = CommandRunner(profile, run, timeout, waits)
        self.log = self.runner.log
        self._lines = BatchBuilder(writes.writes)
        self._lists = CommandLists(self._run)
        self._meta: Mapping[str, Json] = {}

    def cluster(self) -> str:
        """Return the profile's cluster, or the one that the Slurm commands are set up for."""
        name = self.profile.cluster_name or self._own_meta().get("cluster")
        if not name:
            raise SlurmRefused(
                "sacctmgr does not report which cluster it belongs to",
                "set cluster_name in the profile, or use --cluster NAME",
            )
        return str(name)

    def release(self) -> str:
        """Return the release of the Slurm commands."""
        return str(self._own_meta().get("release", ""))

    def read(self, query: Query) -> list[Row]:
        """Return rows of own values."""
        return self._readers[query.entity.noun](query)

    def names(self, entity: Entity) -> list[str]:
        """Return one column; of TRES two."""
        columns = (TRES_TYPE["Type"], TRES_TYPE["Name"]) if entity is TRES_TYPE else (entity.key,)
        line = argv.names(entity, columns)
        rows = output.table(columns, self._run(line).stdout)
        if entity is TRES_TYPE:
            return [tres_name(str(row["Type"]), str(row["Name"] or "")) for row in rows]
        return [str(row[entity.key.name]) for row in rows]

    def unsupported_reason(self, change: RowChange) -> Unsupported | None:
        """Return why this executor cannot carry the change out, if it cannot."""
        return writes.unsupported_reason(change)

    def write_warning(self, change: RowChange) -> str:
        """Return nothing: sacctmgr writes what it is told, and no more."""
        del change
        return ""

    def preview(self, changes: Sequence[RowChange]) -> list[SentCommand]:
        """Return the command lines that `write` would run."""
        return [line.command for line in self._lines.batches(changes)]

    def write(self, changes: Sequence[RowChange]) -> list[Outcome]:
        """Run the changes, in few commands."""
        return execute(changes, self._lines.batches(changes), self._send)

    def _run(self, line: CommandLine) -> complaints.Finished:
        """Run a command; raise the error that it reports."""
        return complaints.check_finished(line, self.runner.ran(line))

    def _send(self, line: CommandLine) -> None:
        finished = self._run(line)
        gone = [c.before for c in line.changes if (c.entity, c.action) == (ASSOCIATION, "delete")]
        # "Nothing deleted" means that the rows are gone already, or that they may not be deleted.
        if complaints.did_nothing(finished) and any(map(self._is_there, filter(None, gone))):
            # Slurm leaves out, without a word, rows that a coordinator may not delete (the lab).
            raise PermissionDenied(f"{line.what}: permission denied", LEVEL_NEEDED)

    def _is_there(self, row: Row) -> bool:
        """Tell whether an association is still there."""
        where = {name: (str(row[name] or ""),) for name in ("Account", "User")}
        query = Query(ASSOCIATION, association_key(row).cluster, where=where)
        return association_key(row) in map(association_key, self._key_rows(query))

    def _key_rows(self, query: Query) -> list[dict[str, Value]]:
        line = argv.associations(query, argv.KEY_COLUMNS)
        return output.table(argv.KEY_COLUMNS, self._run(line).stdout)

    def ping(self) -> list[Row]:
        """Ask the controllers through scontrol and slurmdbd through sacctmgr."""
        asked = {"slurmctld": argv.PING_SLURMCTLD, "slurmdbd": argv.PING_SLURMDBD}
        found = [tried(partial(self._ping, daemon, line)) for daemon, line in asked.items()]
        if missing := [error for error in found if isinstance(error, SlurmctlError)]:
            words = "; ".join(dict.fromkeys(error.message for error in missing))
            raise Unreachable(words, missing[0].hint, sent=False)
        return [row for rows in found if not isinstance(rows, SlurmctlError) for row in rows]

    def slurmrestd(self) -> None:
        """Return nothing: the commands find their way by themselves."""

    def associations_hang(self) -> bool:
        """Tell whether slurmdbd answers all but questions about associations."""
        return self.runner.associations_hang()

    def controller(self) -> Controller:
        """Return what slurmctld says of itself."""
        line = argv.CONTROLLER
        return output.controller(self._run(line))

    def clusters(self) -> list[str]:
        """Return the names of the clusters."""
        records = self._list(argv.listing("cluster"), "clusters")
        return [str(CLUSTERS.load(r, [CLUSTERS.key])["Cluster"]) for r in records]

    def user(self) -> str:
        """Return who runs the commands, where they run."""
        line = argv.listing("tres")
        document = output.document(line, self._run(line))
        unsaid = Unsupported("the Slurm commands do not report who runs them")
        try:
            name = CLIENT.load(document)
        except ValueError as error:
            raise unsaid from error
        if not name:
            raise unsaid
        return str(name)

    def programs(self, names: Sequence[str]) -> dict[str, str | SlurmctlError]:
        """Return the release of each of these commands."""
        found: dict[str, str | SlurmctlError] = {}
        for name in names:
            found[name] = fact = tried(partial(self._release_of, name))
            if isinstance(fact, Unreachable) and fact.retryable:
                # Nothing answers on the other side of command_prefix: the others would wait, too.
                return {**dict.fromkeys(names, fact), **found}
        return found

    def security_warnings(self) -> list[str]:
        """Return nothing: the commands need no secret of ours."""
        return []

    def close(self) -> None:
        """Nothing is kept open."""

    def unreadable_fields(self, entity: Entity) -> tuple[str, ...]:
        """Return nothing: sacctmgr tells all."""
        del entity
        return ()

    def knows_unix_users(self) -> bool:
        """Tell whether the commands run here, and not through a command_prefix."""
        return not self.profile.command_prefix

    def jobs(self, accounts: Sequence[str] = ()) -> list[Row]:
        """Return slurmctld's jobs."""
        lines = [argv.jobs(names) for names in chunked(accounts, MAX_NAMES_PER_ARGUMENT)]
        found = [record for line in lines for record in self._list(line, "jobs")]
        if wrong := another_cluster(str(self._meta.get("cluster", "")), self.cluster()):
            raise wrong
        jobs = job_rows.of_slurmctld(found, self.cluster())
        meant = (job for job in jobs if not accounts or job["Account"] in accounts)
        return each_once(meant, job_rows.run, lambda job: f"job '{job['JobID']}'")

    def are_over(self, ids: Sequence[str]) -> bool:
        """Tell it by the states alone: a hundredth of what the jobs themselves are."""
        line = argv.LIST_STATES
        records = output.parse_states(self._run(line))
        return job_rows.not_over(records).isdisjoint(ids)

    def history(self, query: History) -> list[Row]:
        """Return slurmdbd's jobs."""
        mark = f"|{os.urandom(4).hex()}"  # which nobody who names a job can know
        fields = argv.past_columns(query)
        table = output.ParsableTable("sacct", fields, mark)

        def add(jobs: list[Row], lines: Iterable[str]) -> None:
            jobs.extend(table.rows(lines))

        def one_try() -> output.StreamedOutput[list[Row]]:
            columns = [field.column for field in fields]
            return output.StreamedOutput([], add, columns, mark, f"{mark}\n")

        jobs = self.runner.told(argv.job_history(query, mark), one_try)
        runs = without_repeats(filter(query.means, jobs), job_rows.run)
        return job_rows.sort_jobs(job for some in runs.values() for job in some)

    def preview_cancel(self, cancel_request: CancelRequest) -> list[SentCommand]:
        """Return the command lines that `cancel` runs."""
        return [line.command for line in argv.cancel_jobs(cancel_request)]

    def cancel(self, cancel_request: CancelRequest) -> dict[str, SlurmctlError]:
        """Cancel or signal the jobs."""
        failed: dict[str, SlurmctlError] = {}
        for line in argv.cancel_jobs(cancel_request):
            failed |= complaints.failed_jobs(line, self.runner.ran(line))
        return failed

    @property
    def _readers(self) -> Mapping[str, Callable[[Query], list[Row]]]:
        return {
            ACCOUNT.noun: self._accounts,
            ASSOCIATION.noun: self._associations,
            USER.noun: self._users,
            QOS.noun: self._qos,
            CLUSTERS.noun: self._clusters,
            TRES_TYPE.noun: lambda query: self._records(query, "tres", "TRES"),
            **dict.fromkeys(self._lists.nouns, self._lists.read),
            PAST_JOB.noun: lambda query: job_rows.latest(self.history(of_jobs(query))),
        }

    def _accounts(self, query: Query) -> list[Row]:
        # A value may come from accounts above, which nobody has named.
        asked = () if query.view is View.SOURCES else query.names
        loaded = [
            account_rows.load(record, query.also)
            for names in chunked(asked, MAX_NAMES_PER_ARGUMENT)
            for record in self._list(argv.accounts(names, deleted=query.deleted), "accounts")
        ]
        records = one_each(ACCOUNT, (row for row in loaded if not asked or row["Account"] in asked))
        if query.alone:
            return records
        named = query.view is View.IN_FORCE and len(query.names) <= MAX_NAMES_PER_ARGUMENT
        where = {"Account": query.names} if named and query.names else {}
        own = self._own_rows(Query(ASSOCIATION, "", where=where, view=query.view, also=query.also))
        told = own if query.view is View.IN_FORCE else as_slurmrestd_shows(own)
        return account_rows.join(records, told, query.cluster)

    def _users(self, query: Query) -> list[Row]:
        records: list[Row] = []
        rows: list[Row] = []
        wckeys: list[Json] = []
        for names in chunked(query.names, MAX_NAMES_PER_ARGUMENT):
            found = self._list(argv.users(names, deleted=query.deleted), "users")
            loaded = (user_rows.load(record, query.also) for record in found)
            records += [row for row in loaded if not names or row["User"] in names]
            named = {"User": names} if names else {}
            whole = Query(ASSOCIATION, "", where=named)
            rows += self._rows(whole, argv.KEY_COLUMNS) if found and not query.alone else []
            if user_rows.OF_WCKEYS & query.also:
                wckeys += self._list(argv.wckeys(names), "wckeys")
        users = one_each(USER, records)
        if user_rows.OF_WCKEYS & query.also:
            users = user_rows.with_wckeys(users, wckeys, query.cluster)
        return users if query.alone else user_rows.join(users, rows, query.cluster)

    def _qos(self, query: Query) -> list[Row]:
        line = argv.preempt_modes(deleted=query.deleted)
        fields = (QOS["Name"], QOS["PreemptMode"])
        for _ in range(MAX_READS):
            text = self._run(line).stdout
            told = one_each(QOS, output.table(fields, text))
            modes = {row["Name"]: row["PreemptMode"] for row in told}
            rows = self._records(query, "qos", "qos")
            missed = [row["Name"] for row in rows if row["Name"] not in modes]
            if not missed:
                return [{**row, "PreemptMode": modes[row["Name"]]} for row in rows]
        raise SlurmRefused(
            f"qos '{missed[0]}': sacctmgr lists it in JSON, but not in the list with PreemptMode",
            "repeat the command; another administrator may be changing it",
        )

    def _clusters(self, query: Query) -> list[Row]:
        roots = self._own_rows(Query(ASSOCIATION, "", where={"Account": (account_rows.ROOT,)}))
        found = cluster_rows.join(self._records(query, "cluster", "clusters"), roots)
        return self._lists.with_cluster_fields(query, found) if query.also else found

    def parts(self, query: Query) -> Iterator[list[Row]]:
        """Yield associations: all in one part, which sacctmgr tells in a second for 20,000."""
        columns = argv.association_columns(query)
        own_too = association_rows.ACCOUNT_LEVEL in query.where.get("User", ())
        own_alone = query.where.get("User") == (association_rows.ACCOUNT_LEVEL,)
        parts = [] if own_alone else list(parts_of(query))
        found = [row for part in parts for row in self._rows(part, columns)]
        if query.view is View.IN_FORCE:
            rows = [*found, *(self._own_rows(query) if own_too else [])]
            yield sorted(rows, key=association_key)
            return
        if query.where or not found:
            found = [row for row in found if not association_rows.is_account_level(row)]
            found += self._own_rows(replace(query, where={}))
        told = sorted(as_slurmrestd_shows(found), key=association_key)
        yield [row for row in told if association_rows.is_account_level(row)]
        yield [row for row in told if not association_rows.is_account_level(row)]

    def _associations(self, query: Query) -> list[Row]:
        """Return the rows that the query names, and the accounts' own rows with them."""
        if "ID" in query.where:
            found = self._rows(query, argv.association_columns(query), users=False)
            return [{name: row[name] for name in association_rows.PLACE} for row in found]
        rows = [row for part in self.parts(query) for row in part]
        return sorted(rows, key=association_key)

    def _own_rows(self, query: Query) -> list[Row]:
        """Return the accounts' own rows: of the query's cluster and accounts, or of all."""
        of_accounts = {n: names for n, names in query.where.items() if n == "Account"}
        own = replace(query, where={**of_accounts, "User": (association_rows.ACCOUNT_LEVEL,)})
        return self._rows(own, argv.association_columns(own), users=False)

    def _rows(self, query: Query, columns: Sequence[Field], *, users: bool = True) -> list[Row]:
        """Return the rows with these columns; a second look tells which are users' defaults."""
        line = argv.associations(query, columns)
        told = output.table(columns, self._run(line).stdout)
        found = one_each(ASSOCIATION, (row for row in told if is_meant(query, row)))
        if COMMENT.name in query.also and found:
            found = self._with_comments(query, found)
        defaults = set()
        if users and found and query.wants("Default"):
            line = argv.associations(query, argv.KEY_COLUMNS, "onlydefaults")
            text = self._run(line).stdout
            marked = [row for row in output.table(argv.KEY_COLUMNS, text) if row["User"]]
            defaults = {association_key(row) for row in marked}
            if defaults >= {association_key(row) for row in found if row["User"]}:
                one_default_each(marked)
        rows = [
            {"Deleted": False, **row, "Default": association_key(row) in defaults} for row in found
        ]
        return sorted(rows, key=association_key)

    def _with_comments(self, query: Query, found: Sequence[Row]) -> list[Row]:
        fields = (*argv.KEY_COLUMNS, COMMENT)
        records = self._list(argv.comments(query), "associations")
        told = (ASSOCIATION.load(record, fields) for record in records)
        comments = {association_key(row): row[COMMENT.name] for row in told}
        return [{**row, COMMENT.name: comments.get(association_key(row))} for row in found]

    def _records(self, query: Query, noun: str, key: str) -> list[Row]:
        found = self._list(argv.listing(noun, deleted=query.deleted), key)
        fields = fields_of_record(query)
        rows = [query.entity.load(record, fields) for record in found]
        return one_each(query.entity, by_name(query, rows))

    def _list(self, line: CommandLine, key: str) -> list[Json]:
        finished = self.runner.ran(line)
        found = output.records(line, finished, key)
        self._meta = output.origin(output.document(line, finished))
        return found

    def _own_meta(self) -> Mapping[str, Json]:
        if not self._meta:
            self._list(argv.listing("tres"), "TRES")
        return self._meta

    def _release_of(self, program: str) -> str:
        line = argv.release(program)
        return output.parse_release(line, self._run(line))

    def _ping(self, daemon: str, line: CommandLine) -> list[Row]:
        begin = time.monotonic()
        try:
            # A daemon that is down makes the exit code 1, and the document says so better.
            document = output.document(line, self.runner.ran(line))
            self._meta = output.origin(document)
        except (Unreachable, SlurmRefused, Unsupported) as error:
            if not error.sent:
                raise  # the command did not run, and nothing is known of the daemon
            took = round((time.monotonic() - begin) * 1000)
            return [ping_rows.row(daemon, ping_rows.status_of(error), {}, took, error.message)]
        took = round((time.monotonic() - begin) * 1000)
        found = ping_rows.rows(daemon, document, took)
        return found or [ping_rows.row(daemon, "down", document, took, "no daemon is configured")]


MAX_READS = 3
"""Times that two lists are read until both hold the same objects: others may write between."""
