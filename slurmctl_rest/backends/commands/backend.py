"""The executor `cli`: queries and row changes through sacctmgr and scontrol."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from slurmctl_rest.backends import Command, Log, Query, carried_out, in_parts
from slurmctl_rest.backends.commands import argv, output
from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.backends.commands.process import LIMIT, Run, runner
from slurmctl_rest.config import Profile
from slurmctl_rest.errors import SlurmRefused, Unreachable, Unsupported
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE
from slurmctl_rest.model.entities import account as account_rows
from slurmctl_rest.model.entities import association as association_rows
from slurmctl_rest.model.entities import ping as ping_rows
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.kinds import Json
from slurmctl_rest.planning import Outcome, RowChange


class CommandsBackend:
    """Backend over the Slurm commands."""

    executor = "cli"

    def __init__(
        self, profile: Profile, run: Run | None = None, timeout: float | None = None
    ) -> None:
        """`run` takes the place of subprocess in tests; `timeout`: seconds for one command."""
        self.profile = profile
        self.run = run or runner(profile.slurm_bin_path, profile.command_prefix, timeout or LIMIT)
        self.log = Log()
        self._meta: Mapping[str, Json] = {}

    def cluster(self) -> str:
        """Return the profile's cluster, or the one that the Slurm commands are set up for."""
        name = self.profile.cluster_name or self._own_meta().get("cluster")
        if not name:
            raise SlurmRefused(
                "sacctmgr does not say which cluster it is set up for",
                "set cluster_name in the profile, or name it: --cluster NAME",
            )
        return str(name)

    def release(self) -> str:
        """Return the release of the Slurm commands."""
        return str(self._own_meta().get("release", ""))

    def read(self, query: Query) -> list[Row]:
        """Return rows of own values."""
        return self._readers[query.entity.noun](query)

    def refusal(self, change: RowChange) -> Unsupported | None:
        """Return why this executor cannot carry the change out, if it cannot."""
        return argv.refusal(change)

    def preview(self, changes: Sequence[RowChange]) -> list[Command]:
        """Return the command lines that `write` would run."""
        return [line.command for line in argv.writes(changes)]

    def write(self, changes: Sequence[RowChange]) -> list[Outcome]:
        """Run the changes, in few commands."""
        lines = argv.writes(changes)
        return carried_out(changes, lines, lambda one: output.check(one, self._run(one)))

    def ping(self) -> list[Row]:
        """Ask the controllers through scontrol and slurmdbd through sacctmgr."""
        return [
            *self._ping("slurmctld", argv.PING_SLURMCTLD),
            *self._ping("slurmdbd", argv.PING_SLURMDBD),
        ]

    def close(self) -> None:
        """Nothing is kept open."""

    @property
    def _readers(self) -> Mapping[str, Callable[[Query], list[Row]]]:
        return {
            ACCOUNT.noun: self._accounts,
            ASSOCIATION.noun: self._associations,
            QOS.noun: lambda query: self._records(query, "qos", "qos"),
            TRES_TYPE.noun: lambda query: self._records(query, "tres", "TRES"),
        }

    def _accounts(self, query: Query) -> list[Row]:
        records = [
            account_rows.load(record)
            for names in in_parts(query.names, argv.MOST_NAMES)
            for record in self._list(argv.accounts(names), "accounts")
        ]
        own = self._association_rows(argv.associations((), users=False))
        here = [row for row in own if row["Cluster"] == query.cluster]
        final = [one.row for one in effective(ASSOCIATION, here).values()]
        shown = association_rows.without_idle_removals(here, final)
        elsewhere = [row for row in own if row["Cluster"] != query.cluster]
        return account_rows.join(records, [*shown, *elsewhere], query.cluster)

    def _associations(self, query: Query) -> list[Row]:
        """Return the rows of the named accounts on the cluster: their own and their users'."""
        rows = []
        for names in in_parts(query.names, argv.MOST_NAMES):
            rows += self._association_rows(argv.associations(names, query.cluster, users=True))
        return sorted(rows, key=association_rows.key)

    def _association_rows(self, line: CommandLine) -> list[Row]:
        finished = output.check(line, self._run(line))
        return sorted(output.table(ASSOCIATION, finished.stdout), key=association_rows.key)

    def _records(self, query: Query, noun: str, key: str) -> list[Row]:
        found = self._list(argv.listing(noun), key)
        rows = [{f.name: f.load(record) for f in query.entity.fields} for record in found]
        name = query.entity.key.name
        return [row for row in rows if not query.names or row[name] in query.names]

    def _list(self, line: CommandLine, key: str) -> list[Json]:
        finished = self._run(line)
        found = output.records(line, finished, key)
        self._meta = output.document(line, finished).get("meta", {}).get("slurm", {})
        return found

    def _own_meta(self) -> Mapping[str, Json]:
        if not self._meta:
            self._list(argv.listing("tres"), "TRES")
        return self._meta

    def _ping(self, daemon: str, line: CommandLine) -> list[Row]:
        begin = time.monotonic()
        try:
            # A daemon that is down makes the exit code 1, and the document says so better.
            document = output.document(line, self._run(line))
            self._meta = document.get("meta", {}).get("slurm", {})
        except (Unreachable, SlurmRefused) as error:
            took = round((time.monotonic() - begin) * 1000)
            return [ping_rows.row(daemon, "down", {}, took, error.message)]
        took = round((time.monotonic() - begin) * 1000)
        found = ping_rows.rows(daemon, document, took)
        return found or [ping_rows.row(daemon, "down", document, took, "nothing is configured")]

    def _run(self, line: CommandLine) -> output.Finished:
        self.log.append(line.command)
        return self.run(line)
