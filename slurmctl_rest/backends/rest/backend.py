"""The executor `rest`: queries and row changes over slurmrestd."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from slurmctl_rest.backends.execute import BatchBuilder, execute, tried
from slurmctl_rest.backends.judged import each_once, one_each, without_repeats
from slurmctl_rest.backends.process import MB
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
from slurmctl_rest.backends.rest import lists, pings, requests, unsupported, writes
from slurmctl_rest.backends.rest.asking import Asker
from slurmctl_rest.backends.rest.associations import AssociationReader
from slurmctl_rest.backends.rest.auth import examined, exposed
from slurmctl_rest.backends.rest.connections import Connections
from slurmctl_rest.backends.rest.listing import Lister, numbered
from slurmctl_rest.backends.rest.records import each, list_of, named_records
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.responses import failed_jobs
from slurmctl_rest.backends.rest.served import Versions
from slurmctl_rest.backends.rest.switches import Switches
from slurmctl_rest.backends.rest.transport import Transport
from slurmctl_rest.backends.retry import BACKOFF_S
from slurmctl_rest.config.models import Profile
from slurmctl_rest.errors import (
    NotAuthenticated,
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
from slurmctl_rest.model.entities import cluster as cluster_rows
from slurmctl_rest.model.entities import job as job_rows
from slurmctl_rest.model.entities import user as user_rows
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds.base import Json, whole_number
from slurmctl_rest.model.kinds.durations import MOMENT
from slurmctl_rest.model.kinds.tres import tres_name
from slurmctl_rest.model.reasons import LEVEL_NEEDED
from slurmctl_rest.model.versions import ApiVersion

if TYPE_CHECKING:
    import httpx

    from slurmctl_rest.model.facts import Controller, SlurmrestdFacts


CLOCK = Field("Time", MOMENT, "statistics.req_time", "when slurmctld was asked for statistics")
WRITERS = 2
"""Requests at once that modify users' associations. slurmdbd asks its database three things a row,
one after the other, so that two requests end in less than half the time. More of them are no
quicker on two cores, and each holds rows locked in that database."""


class RestBackend:
    """Backend over slurmrestd. The version is settled at the first request."""

    executor = "rest"

    def __init__(
        self,
        profile: Profile,
        transport: httpx.BaseTransport | None = None,
        timeout: float | None = None,
        waits: Sequence[float] = BACKOFF_S,
    ) -> None:
        """`transport` takes the place of the network in tests; `timeout` is in seconds.

        `waits`: before each further try, where one is safe.
        """
        if profile.rest_api is None:
            raise AssertionError("the profile's own check lets no such profile through")
        self.api = profile.rest_api
        self._named_cluster = profile.cluster_name
        self.transport = Transport(self.api, transport, timeout, profile.max_answer_mb * MB)
        self.versions = Versions(self.api, self.transport, waits)
        self.asker = Asker(self.api, self.transport, self.versions, waits)
        self.log = self.transport.log
        self.connections = Connections(self.transport)
        self.switches = Switches(self.asker.echoes, wanted=self.api.check_queries)
        self.associations = self._associations_with(())
        self.lister = self.lister_of(self.version)
        self._lists = lists.RestLists(self.asker.answer, self.version, self._cluster_of_slurmctld)
        self._requests = BatchBuilder(lambda changes: writes.writes(changes, self.version()))

    def _associations_with(
        self, also: Collection[str], version: ApiVersion | None = None
    ) -> AssociationReader:
        """Return a reader of associations that have these fields on request, too."""
        return AssociationReader(
            self.asker.answer,
            self.version if version is None else lambda: version,
            partial(self.names, ACCOUNT),
            self.connections,
            self.switches,
            also,
        )

    @cached_property
    def cluster_name(self) -> str:
        """The profile's cluster, or the one that slurmrestd is set up for, as with the commands."""
        return self._named_cluster or self.asker.own_cluster()

    def cluster(self) -> str:
        """Return the profile's cluster, or slurmrestd's."""
        return self.cluster_name

    def release(self) -> str:
        """Return the release that the last answer named; ask where there was none yet."""
        return self.asker.of_itself("release")

    def version(self) -> ApiVersion:
        """Return the API version: the profile's, or with `auto` the newest that both know."""
        return self.versions.version()

    def read(self, query: Query) -> list[Row]:
        """Return rows of own values."""
        reader = self._readers.get(query.entity.noun)
        if reader is None:
            raise lists.no_list(query.entity)
        return reader(query)

    def names(self, entity: Entity) -> list[str]:
        """Return names from the records alone, without associations and coordinators."""
        request, key = requests.names(self.version(), entity)
        records = list_of(self.asker.answer(request), key)
        if entity is TRES_TYPE:
            rows = [TRES_TYPE.load(record) for record in records]
            return [tres_name(str(row["Type"]), str(row["Name"])) for row in rows]
        return [str(entity.load(record, [entity.key])[entity.key.name]) for record in records]

    def qos_ids(self) -> dict[str, int]:
        """Return slurmdbd's number of each QOS."""
        request, key = requests.names(self.version(), QOS)
        records = list_of(self.asker.answer(request), key)
        return {str(QOS.key.load(record)): whole_number(record.get("id")) for record in records}

    def lister_of(self, version: Callable[[], ApiVersion], *, whole: bool = False) -> Lister:
        """Return what reads records in slurmdbd's order; `whole`: with all that they hold."""
        is_served = self.versions.is_served
        return Lister(self.asker.answer, version, is_served, self.connections, whole=whole)

    def unsupported_reason(self, change: RowChange) -> Unsupported | None:
        """Return why this executor cannot carry the change out, if it cannot."""
        return unsupported.unsupported_reason(change, self.version())

    def write_warning(self, change: RowChange) -> str:
        """Return what may be taken away unseen."""
        return unsupported.write_warning(change)

    def preview(self, changes: Sequence[RowChange]) -> list[SentCommand]:
        """Return the requests that `write` would send."""
        return [request.command for request in self._requests.batches(changes)]

    def write(self, changes: Sequence[RowChange]) -> list[Outcome]:
        """Send the changes, in few requests."""
        requested = self._requests.batches(changes)
        if sum(request.parallel_safe for request in requested) > 1:
            self.connections.opened(WRITERS)
        return execute(changes, requested, self._send, WRITERS)

    def _send(self, request: Request) -> None:
        try:
            with self.connections.one() as transport:
                document = self.asker.answer(request, writes=True, transport=transport)
        # A subclass of PermissionDenied: a refused token says nothing of a level.
        except NotAuthenticated:
            raise
        except PermissionDenied as error:
            if wrong := unsupported.unsupported_level(request.changes, self.api.username):
                raise wrong from error
            raise
        if document.get("removed_associations") == [] and self._still_there(request):
            # slurmdbd leaves out rows that a coordinator may not delete; the answer is good (lab).
            raise PermissionDenied(
                f"{request.what}: permission denied", LEVEL_NEEDED, http_status=200
            )

    def _still_there(self, request: Request) -> bool:
        """Tell whether a deletion of associations has left any."""
        left = requests.associations(self.version(), request.query)
        return bool(list_of(self.asker.answer(left), "associations"))

    def ping(self) -> list[Row]:
        """Ask the controllers through /slurm and slurmdbd through /slurmdb."""
        version = self.version()
        return [
            *pings.ping_daemon(self.asker, "slurmctld", requests.probe_version(version)),
            *pings.ping_daemon(self.asker, "slurmdbd", requests.ping_slurmdbd(version)),
        ]

    def slurmrestd(self) -> SlurmrestdFacts:
        """Return what there is on the way to slurmrestd."""
        from slurmctl_rest.model.facts import Skipped, SlurmrestdFacts  # noqa: PLC0415  (doctor's alone)

        reached = tried(self.transport.reach)
        if isinstance(reached, Unreachable) and reached.late:
            reached.hint = "check its log; all its threads may be waiting for slurmdbd"
        token = tried(lambda: examined(self.api))
        nobody = isinstance(reached, SlurmctlError) or isinstance(token, SlurmctlError)
        return SlurmrestdFacts(
            url=self.api.url,
            verified=self.api.verify_ssl,
            username=self.api.username,
            api_version=self.api.api_version,
            reached=reached,
            token=token,
            served=Skipped("slurmrestd is not reached") if nobody else tried(self.versions.served),
        )

    def controller(self) -> Controller:
        """Return slurmctld's clock; the release is slurmrestd's."""
        from slurmctl_rest.model.facts import Controller  # noqa: PLC0415  (doctor's alone)

        try:
            now = CLOCK.load(self.asker.answer(requests.diag(self.version())))
        except ValueError:
            now = None
        if not isinstance(now, int):
            raise SlurmRefused("slurmctld does not report its time")
        return Controller(now, str(self.asker.meta.get("release", "")))

    def clusters(self) -> list[str]:
        """Return the names of the clusters."""
        document = self.asker.answer(requests.slurmdb(self.version(), "clusters/"))
        rows = (CLUSTERS.load(one, [CLUSTERS.key]) for one in list_of(document, "clusters"))
        return [str(row["Cluster"]) for row in rows]

    def user(self) -> str:
        """Return the profile's user."""
        return self.api.username

    def security_warnings(self) -> list[str]:
        """Return the secrets of the profile that everybody may read."""
        return exposed(self.api)

    def close(self) -> None:
        """Close the connections."""
        self.connections.close()

    def unreadable_fields(self, entity: Entity) -> tuple[str, ...]:
        """Return the fields that the version does not know."""
        version = self.version()
        return tuple(
            f.name for f in entity.all_fields if f.commands or (f.since or version) > version
        )

    def knows_unix_users(self) -> bool:
        """Return False: slurmrestd may be anywhere."""
        return False

    def jobs(self, accounts: Sequence[str] = ()) -> list[Row]:
        """Return slurmctld's jobs; it sends all it has."""
        records = self._of_slurmctld(requests.jobs(self.version()))
        found = each_once(job_rows.of_slurmctld(records, self.cluster_name), job_rows.run, _job_of)
        # slurmctld's list has no filter: slurmrestd ignores one with a warning.
        return [job for job in found if not accounts or job["Account"] in accounts]

    def are_over(self, ids: Sequence[str]) -> bool:
        """Tell it by the states alone: a hundredth of what the jobs themselves are."""
        records = self._of_slurmctld(requests.states(self.version()))
        return job_rows.not_over(records).isdisjoint(ids)

    def _cluster_of_slurmctld(self) -> str:
        return str(self.asker.meta.get("cluster", ""))

    def _of_slurmctld(self, request: Request) -> list[Json]:
        try:
            document = self.asker.answer(request)
        except SlurmRefused as error:
            if not error.said:
                raise  # what is no answer of slurmrestd's says nothing of slurmctld
            # slurmrestd has no number of its own for a slurmctld that is down.
            raise Unreachable(
                error.message, "check that slurmctld is up", retryable=True
            ) from error
        if wrong := another_cluster(self._cluster_of_slurmctld(), self.cluster_name):
            raise wrong
        return list_of(document, "jobs")

    def history(self, query: History) -> list[Row]:
        """Return slurmdbd's jobs."""
        jobs: dict[Hashable, list[Row]] = {}
        for request in requests.job_history(self.version(), query):
            if request.query:  # an answer does not show whether times and switches arrived
                told = [name for name in request.query if name not in {"account", "cluster"}]
                self.switches.check(request.path, told)
            records = each(self.asker.answer(request, whole="jobs"), "jobs")
            # Jobs of several clusters may have the same number.
            here = (record for record in records if record.get("cluster") == query.cluster)
            found = filter(query.means, job_rows.of_slurmdbd(here, query.also))
            jobs |= without_repeats(
                found, job_rows.run
            )  # a task is told by its own number, and by that of its array
        return job_rows.sort_jobs(job for some in jobs.values() for job in some)

    def runaway_jobs(self) -> list[Row]:
        """Return the jobs that slurmdbd has no end of, and that slurmctld does not know."""
        ask, version = self.asker, self.version()
        return lists.runaway_jobs(
            ask, self.switches, version, self.cluster_name, self._of_slurmctld
        )

    def _runaway_list(self, query: Query) -> list[Row]:
        me = self._users(Query(USER, self.cluster_name, (self.user(),)))
        return lists.runaway_rows(query, self.cluster_name, me, self.runaway_jobs)

    def preview_cancel(self, cancel_request: CancelRequest) -> list[SentCommand]:
        """Return the request that `cancel` sends."""
        return [requests.cancel_jobs(self.version(), cancel_request).command]

    def modified_job(self, id_: str, record: Json) -> Request:
        """Return the request that changes what slurmdbd keeps of a job."""
        return requests.modify_job(self.version(), id_, record)

    def cancel(self, cancel_request: CancelRequest) -> dict[str, SlurmctlError]:
        """Cancel or signal the jobs in one request."""
        return failed_jobs(
            self.asker.answer(requests.cancel_jobs(self.version(), cancel_request), writes=True)
        )

    @property
    def _readers(self) -> Mapping[str, Callable[[Query], list[Row]]]:
        return {
            ACCOUNT.noun: self._accounts,
            ASSOCIATION.noun: self._associations,
            USER.noun: self._users,
            QOS.noun: self._qos,
            CLUSTERS.noun: self._clusters,
            TRES_TYPE.noun: lambda query: self._records(
                query, requests.slurmdb(self.version(), "tres/"), "TRES"
            ),
            **dict.fromkeys(lists.LISTED_NOUNS, self._lists.read),
            lists.RUNAWAY_NOUN: self._runaway_list,
            PAST_JOB.noun: lambda query: job_rows.latest(self.history(of_jobs(query))),
        }

    def _accounts(self, query: Query) -> list[Row]:
        associations = self._associations_with(query.also) if query.also else self.associations
        if query.names and query.view is View.SOURCES:
            own = associations.upwards(query.names, View.SOURCES).rows()
            names = {*query.names, *(association_key(row).account for row in own)}
            return account_rows.join(self._account_records(query, names), own, query.cluster)
        records = self._account_records(query, query.names)
        if query.alone:
            return records
        # An account's own row alone tells the values in force; else all rows may matter.
        named = query.names if query.view is View.IN_FORCE else ()
        views = associations.own("", query.view, accounts=named)
        own = views.final if query.view is View.IN_FORCE else views.rows()
        return account_rows.join(records, own, query.cluster)

    def _account_records(self, query: Query, names: Collection[str]) -> list[Row]:
        request = requests.accounts(self.version(), sorted(names), deleted=query.deleted)
        document = self.asker.answer(request)
        rows = (account_rows.load(one, query.also) for one in list_of(document, "accounts"))
        found = one_each(ACCOUNT, (row for row in rows if not names or row["Account"] in names))
        self._examine(request, found)
        return found

    def _examine(self, request: Request, found: Sequence[Row]) -> None:
        """See whether slurmrestd was told to show coordinators, where it shows none."""
        # A coordinator that is shown is proof that the switch has arrived, and costs no request.
        if found and not any(row["Coordinators"] for row in found):
            few = requests.FEW_ACCOUNTS if request.path.endswith("/accounts/") else {}
            self.switches.check(request.path, request.query, few)

    def _users(self, query: Query) -> list[Row]:
        with_keys = bool(user_rows.OF_WCKEYS & query.also)
        request = requests.users(
            self.version(), query.names, with_wckeys=with_keys, deleted=query.deleted
        )
        # All of a site's are decoded one by one; for a few, msgspec is not worth its start.
        answer = self.asker.answer(request, whole="" if query.names else "users")
        wckeys: list[Json] = []
        found: list[Row] = []
        for record in named_records(answer, "users", USER.key.path, query.names):
            wckeys.extend(list_of(record, "wckeys") if with_keys else ())
            found.append(user_rows.load(record, query.also))
        records = one_each(USER, found)
        if with_keys and records and not wckeys:  # was slurmrestd told to show them?
            self.switches.check(request.path, request.query)
        self._examine(request, records)
        if with_keys:
            records = user_rows.with_wckeys(records, wckeys, query.cluster)
        if query.alone:
            return records
        users = tuple(association_key(record).user for record in records if query.names)
        looks = self.associations.looks(requests.OWN_LIMITS)
        wanted = Query(ASSOCIATION, "", where={"User": users} if users else {})
        parts = self.associations.each(wanted, looks, users=True)
        members = [row for part in (parts if records else ()) for rows in part for row in rows]
        return user_rows.join(records, members, query.cluster)

    def _qos(self, query: Query) -> list[Row]:
        of_qos = requests.qos(self.version(), query.names, deleted=query.deleted)
        return self._records(query, of_qos, "qos")

    def _clusters(self, query: Query) -> list[Row]:
        if query.also:
            raise lists.untold(query)
        request = requests.slurmdb(self.version(), "clusters/")
        roots = self.associations.own(accounts=[account_rows.ROOT]).rows()
        return cluster_rows.join(self._records(query, request, "clusters"), roots)

    def _associations(self, query: Query) -> list[Row]:
        if "ID" in query.where:
            rows = self.associations.numbered(query.where["ID"], query.cluster)
        else:
            rows = [row for part in self.parts(query) for row in part]
        return sorted(rows, key=association_key)

    def parts(self, query: Query) -> Iterator[list[Row]]:
        """Yield associations in parts: where none are named, of some accounts after others."""
        if not query.also:
            return self.associations.parts(query)
        return iter(numbered(query, self._associations_with, self.versions.is_served))

    def _records(self, query: Query, request: Request, key: str) -> list[Row]:
        records = list_of(self.asker.answer(request), key)
        fields, version = fields_of_record(query), self.version()
        rows = [query.entity.load(record, fields, version) for record in records]
        return one_each(query.entity, by_name(query, rows))

    def associations_hang(self) -> bool:
        """Tell whether slurmdbd answers all but questions about associations; asked once."""
        return self.asker.associations_hang()


def _job_of(row: Row) -> str:
    return f"job '{row['JobID']}'"
