"""Associations over slurmrestd: the views that tell their QOS, in parts, on several connections.

One GET of everything costs slurmrestd more than linear time, so many are asked for account by
account. Parts are read one after the other, so a change that another makes meanwhile may be in some
and not in others: an association that moves is then seen twice, or not at all. Associations named
by users come whole, and so do those that a write reads back. A part that fails fails the list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Protocol, TypeAlias, TypeVar

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.backends.concurrency import run_in_order
from slurmctl_rest.backends.judged import one_each
from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.connections import Connections
from slurmctl_rest.backends.rest.looks import agreed, need_evidence
from slurmctl_rest.backends.rest.records import RecordReader, list_of
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.requests import ByVersion
from slurmctl_rest.backends.rest.switches import Switches
from slurmctl_rest.backends.rest.transport import Transport
from slurmctl_rest.backends.rest.views import Views
from slurmctl_rest.errors import DISCARDED, SlurmRefused
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities import association as association_rows
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import (
    ACCOUNT_LEVEL,
    LINEAGE,
    AssociationKey,
    association_key,
)
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.names import means_itself
from slurmctl_rest.model.versions import ApiVersion

R = TypeVar("R")
ReadViews: TypeAlias = Callable[[Mapping[str, str], Transport], R]
"""Asks Slurm for associations that meet conditions, on a connection."""


class SendRequest(Protocol):
    """Sends a request, and returns the document that is answered."""

    def __call__(self, request: Request, *, whole: str, transport: Transport) -> Json:
        """`whole`: the list that stays JSON text (responses.payload)."""


MAX_NAMES_PER_URL = 100
"""Names in one URL: 100 of the longest are 20 KB."""

MAX_ACCOUNTS_BY_NAME = 500
"""Accounts that are asked for by name, those above them step by step; if there are more, all are.
Of 1,000 accounts 500 are there after two thirds of the time that all take, 800 no sooner."""

PARALLEL_REQUESTS = 4
"""Requests at once, where many are to be sent: two are nearly as good, and more are no better."""

ACCOUNTS_PER_REQUEST = 20
"""Accounts whose associations one request asks for: slurmrestd's work for a row grows with their
number. With 20 users each it is least at 5 to 10 accounts, and five times as much where all are
asked for at once; with the time between two requests, a list is there soonest with 20 to 60.
"""


class AssociationReader:
    """Reads associations."""

    def __init__(
        self,
        ask: SendRequest,
        version: Callable[[], ApiVersion],
        names: Callable[[], list[str]],
        connections: Connections,
        switches: Switches,
        also: Collection[str] = (),
    ) -> None:
        """`names`: of all accounts; `also`: fields on request that own rows have besides."""
        self.ask = ask
        self.switches = switches
        self.version = version
        self.names = names
        self.connections = connections
        asked = [field for field in ASSOCIATION.on_request if field.name in also and field.path]
        self._reader = RecordReader(
            ASSOCIATION, "associations", [*ASSOCIATION.fields, *asked] if asked else None
        )
        of_qos = [ASSOCIATION[name] for name in (*association_rows.PLACE, "QosLevel")]
        self._reader_of_qos = RecordReader(ASSOCIATION, "associations", of_qos)
        of_places = [*(ASSOCIATION[name] for name in association_rows.PLACE), LINEAGE]
        self._reader_of_places = RecordReader(ASSOCIATION, "associations", of_places)

    def parts(self, query: Query) -> Iterator[list[Row]]:
        """Yield associations in parts: where none are named, of some accounts after others."""
        also = (requests.DELETED,) if query.deleted else ()
        if query.deleted:  # an answer does not show whether the switch arrived
            self._witness(requests.DELETED)
        own_alone = query.where.get("User") == (ACCOUNT_LEVEL,)
        if query.view is View.IN_FORCE:
            own_too = ACCOUNT_LEVEL in query.where.get("User", ())
            own = self.own(query.cluster, query.view, *also).final if own_too else []
            looks = self.looks(*also)
            if LINEAGE.name in query.fields:
                looks = self._asks(*also, reader=self._reader_of_places)
            rest = () if own_alone else self.each(query, looks, users=False)
            yield from _merged(own, rest)
            return
        views_of = partial(self._views, view=query.view, switches=also)
        if _has_lineage(query):
            found = [one for part in self.each(query, views_of, users=True) for one in part]
            accounts = {association_key(row).account for one in found for row in one.raw}
            named = query.where.get("Account", ())
            above = self.upwards({*accounts, *named, ROOT}, query.view, query.cluster)
            parts: Iterable[list[Views]] = [found]
        else:
            above = self.own(query.cluster, query.view, *also)
            parts = () if own_alone else self.each(query, views_of, users=True, known=above.final)
        ends = association_rows.effective_qos(above.final)
        higher = {association_key(row): row for row in above.raw}
        yield _sorted(above.rows())
        for views in parts:
            for one in views:
                self._examine(one, higher)
            yield _sorted(row for one in views for row in one.rows(above=ends))

    def each(
        self, query: Query, look: ReadViews[R], *, users: bool, known: Iterable[Row] = ()
    ) -> Iterator[list[R]]:
        """Yield what the looks at each part of what is meant have found, several of them at once.

        If no user is named, a part is that of some accounts, else all is one part. `users`:
        whether their rows alone are meant; `known`: accounts' own rows.
        """
        accounts = query.where.get("Account") or self._accounts_to_walk(query, known)
        of_users = list(_of_users(query, users=users))
        whole = bool(query.where.get("User"))
        some = chunked(sorted(accounts), MAX_NAMES_PER_URL if whole else ACCOUNTS_PER_REQUEST)
        conditions = [
            [{**of_accounts, **named} for named in of_users]
            for of_accounts in ({"account": ",".join(part)} if part else {} for part in some)
        ]
        if whole:
            conditions = [[where for part in conditions for where in part]]
        found = self._at_once([where for part in conditions for where in part], look)
        for part in conditions:
            yield [next(found) for _ in part]

    def _accounts_to_walk(self, query: Query, known: Iterable[Row]) -> Collection[str]:
        """Return all accounts, where there are so many that they are better asked for in parts."""
        if query.where.get("User"):
            return ()
        if query.deleted and not known:  # accounts that are gone are told by their rows alone
            known = self.own(query.cluster, View.IN_FORCE, requests.DELETED).final
        names = {*self.names(), *(association_key(row).account for row in known)}
        # A name with a comma or a blank would select other accounts: then one request asks for all.
        apart = len(names) > ACCOUNTS_PER_REQUEST and all(map(means_itself, names))
        return names if apart else ()

    def _at_once(self, conditions: Sequence[Mapping[str, str]], look: ReadViews[R]) -> Iterator[R]:
        """Yield what each look has found, in their order."""
        if len(conditions) == 1:
            yield look(conditions[0], self.connections.first)
            return
        # Settled before threads begin: each of them would negotiate it anew.
        self.version()
        at_once = self.connections.opened(min(PARALLEL_REQUESTS, len(conditions)))

        def task(where: Mapping[str, str]) -> R:
            with self.connections.one() as transport:
                return look(where, transport)

        yield from run_in_order((partial(task, where) for where in conditions), at_once)

    def own(
        self,
        cluster: str = "",
        view: View = View.OWN,
        *switches: ByVersion,
        accounts: Collection[str] = (),
    ) -> Views:
        """Return the views of the accounts' own rows: of a cluster and accounts, or of all."""
        where = {"cluster": cluster} if cluster else {}
        named = sorted(accounts) if len(accounts) <= MAX_ACCOUNTS_BY_NAME else []
        conditions = [
            {**where, "account": ",".join(some)} if some else where
            for some in chunked(named, MAX_NAMES_PER_URL)
        ]
        own_ones = [{**one, **requests.ACCOUNTS_OWN_ROWS} for one in conditions]
        if not named and view is not View.IN_FORCE:
            found = agreed(partial(self._own_in_parts, own_ones[0], view, switches))
        else:
            found = self._each_views(own_ones, view, switches)
        if not found.final:
            # A database that does not pad strings found nothing, though root's row always exists.
            found = self._each_views(conditions, view, switches).of_accounts()
        if view is not View.IN_FORCE:
            self._examine(found, {association_key(row): row for row in found.raw})
        return found

    def _examine(self, views: Views, higher: Mapping[AssociationKey, Row]) -> None:
        """See whether slurmrestd was told of the switches, where the views leave it open."""
        if need_evidence(views.raw, views.added, higher):
            self._witness(requests.OWN_LIMITS, requests.WITH_RAW_QOS)

    def _witness(self, *switches: ByVersion) -> None:
        version = self.version()
        path = requests.associations(version, {}).path
        names = [switch.at(version) for switch in switches]
        self.switches.check(path, names, {"account": ROOT, **requests.ACCOUNTS_OWN_ROWS})

    def _each_views(
        self, conditions: Sequence[Mapping[str, str]], view: View, switches: Sequence[ByVersion]
    ) -> Views:
        """Return the views of what meets any of the conditions."""
        views = partial(self._views, view=view, switches=switches)
        found = list(self._at_once(conditions, views))
        added = [row for one in found for row in one.added or ()]
        return Views(
            [row for one in found for row in one.raw],
            added if view is View.OWN else None,
            [row for one in found for row in one.final],
            view is View.OWN,
        )

    def numbered(self, ids: Sequence[str], cluster: str) -> list[Row]:
        """Return the places of the associations of a cluster with these numbers.

        slurmdbd selects by number in all versions, but 24.11 shows 0 for it: of its answer it is
        only seen whether it holds too much.
        """
        where = {"id": ",".join(ids), **({"cluster": cluster} if cluster else {})}
        request = requests.associations(self.version(), where)
        document = self.ask(request, whole="", transport=self.connections.first)
        records = [
            one
            for one in list_of(document, "associations")
            # 24.11 shows 0 for every number, so a row with 0 may be one of those asked for.
            if _number(one) in {*ids, NO_ID} and cluster in {"", one.get("cluster")}
        ]
        places = [ASSOCIATION[name] for name in association_rows.PLACE]
        rows = one_each(ASSOCIATION, (ASSOCIATION.load(one, places) for one in records))
        if cluster and len(rows) > len({*ids}):
            raise SlurmRefused(
                f"slurmrestd answered {len(rows)} associations instead of {len({*ids})} asked "
                "for by "
                "number",
                f"{DISCARDED}; check for a server in between that drops `id`",
            )
        return rows

    def _own_in_parts(
        self, whose: Mapping[str, str], view: View, switches: Sequence[ByVersion]
    ) -> Views:
        """Return the views of accounts' own rows; by the first others are asked for in parts."""
        raw = self.looks(requests.OWN_LIMITS, requests.WITH_RAW_QOS, *switches)(
            whose, self.connections.first
        )
        names = sorted({association_key(row).account for row in raw})
        apart = len(names) > MAX_NAMES_PER_URL and all(map(means_itself, names))
        parts = chunked(names if apart else (), MAX_NAMES_PER_URL)
        conditions = [{**whose, "account": ",".join(part)} if part else whose for part in parts]
        rest = partial(self._other_views, view=view, switches=switches)
        found = list(self._at_once(conditions, rest)) if raw else []
        added = [row for more, _ in found for row in more or ()]
        final = [row for _, end in found for row in end]
        return Views(raw, added if view is View.OWN else None, final, view is View.OWN)

    def upwards(self, accounts: Collection[str], view: View, cluster: str = "") -> Views:
        """Return the views of these accounts' own rows, and of all accounts above them.

        Of all accounts, where no request can name these: too many, or one that would mean others.
        """
        found: set[str] = set()
        to_read = set(accounts)
        while (
            to_read
            and len(found | to_read) <= MAX_ACCOUNTS_BY_NAME
            and all(map(means_itself, to_read))
        ):
            rows = self.own(cluster, View.IN_FORCE, accounts=to_read).final
            found |= {association_key(row).account for row in rows}
            # Step by step: no query of slurmrestd follows parents upwards.
            to_read = {str(row["Parent"]) for row in rows if row["Parent"]} - found
        return self.own(cluster, view, accounts=() if to_read else found)

    def _views(
        self,
        where: Mapping[str, str],
        transport: Transport,
        *,
        view: View,
        switches: Sequence[ByVersion],
    ) -> Views:
        """Return views of the same rows, which together tell all of their QOS that is asked for."""
        if view is View.IN_FORCE:
            return Views([], None, self.looks(*switches)(where, transport))
        look = partial(self._look, where, transport, view=view, switches=switches)
        return agreed(look)

    def _look(
        self,
        where: Mapping[str, str],
        transport: Transport,
        *,
        view: View,
        switches: Sequence[ByVersion],
    ) -> Views:
        raw = self.looks(requests.OWN_LIMITS, requests.WITH_RAW_QOS, *switches)(where, transport)
        if not raw:
            return Views([], [], [])
        others = self._other_views(where, transport, view=view, switches=switches)
        return Views(raw, *others, whole=view is View.OWN)

    def _other_views(
        self,
        where: Mapping[str, str],
        transport: Transport,
        *,
        view: View,
        switches: Sequence[ByVersion],
    ) -> tuple[list[Row] | None, list[Row]]:
        """Return the views that tell changes to inherited QOS, beside the raw one.

        A write begins from whole rows, so that the views can be compared. A list needs less.
        """
        if view is View.OWN:
            own = self.looks(requests.OWN_LIMITS, *switches)(where, transport)
            return own, self.looks(*switches)(where, transport)
        return None, self._asks(*switches, reader=self._reader_of_qos)(where, transport)

    def looks(self, *switches: ByVersion) -> ReadViews[list[Row]]:
        """Return the function that asks for associations with these switches."""
        asks = self._asks(*switches, reader=self._reader)
        return lambda where, transport: [*map(association_rows.mended, asks(where, transport))]

    def _asks(self, *switches: ByVersion, reader: RecordReader) -> ReadViews[list[Row]]:
        def ask(where: Mapping[str, str], transport: Transport) -> list[Row]:
            request = requests.associations(self.version(), where, *switches)
            document = self.ask(request, whole="associations", transport=transport)
            meant = _meant(where, deleted=requests.DELETED in switches)
            return one_each(ASSOCIATION, filter(meant, reader.rows(document)))

        return ask


NO_ID = "0"


def _number(record: Json) -> str:
    """Return the number of an association; up to v0.0.41 it stands beside its names."""
    number = record.get("id")
    return str(number.get("id") if isinstance(number, Mapping) else number)


def _meant(where: Mapping[str, str], *, deleted: bool) -> Callable[[Row], bool]:
    """Return a test of the conditions: a server between may have dropped one, and a plan would then
    hold the rows of others.

    slurmdbd compares without regard to case. A query by number is judged where it is made.
    """
    named = {
        name: {one.strip().lower() for one in where[key].split(",")}
        for key, name in FIELD_OF_KEY.items()
        if where.get(key)
    }
    of_users = where.get("user") == requests.USERS_ROWS["user"]

    def meant(row: Row) -> bool:
        return (
            all(str(row[name] or "").lower() in some for name, some in named.items())
            and not (of_users and row["User"] is None)
            and (deleted or not row.get("Deleted"))
        )

    return meant


FIELD_OF_KEY = {
    "cluster": "Cluster",
    "account": "Account",
    "user": "User",
    "partition": "Partition",
}
"""Parameter -> field."""


def _has_lineage(query: Query) -> bool:
    named = [*query.where.get("User", ()), *query.where.get("Account", ())]
    return query.lineage and not query.deleted and bool(named) and ACCOUNT_LEVEL not in named


def _of_users(query: Query, *, users: bool) -> Iterator[dict[str, str]]:
    """Yield the conditions of associations but for accounts, with as many users as a URL holds.

    `users`: where none are named, all are meant, and no account's own row.
    """
    named = [name for name in query.where.get("User", ()) if name != ACCOUNT_LEVEL]
    rest = {"cluster": query.cluster} if query.cluster else {}
    if partitions := query.where.get("Partition"):
        # An empty partition means any to slurmdbd (requests.NONE).
        rest["partition"] = ",".join(partition or requests.NONE for partition in partitions)
    for some in chunked(named, MAX_NAMES_PER_URL):
        yield {
            **rest,
            **({"user": ",".join(some)} if some else requests.USERS_ROWS if users else {}),
        }


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=association_key)


def _merged(own: list[Row], rest: Iterable[list[list[Row]]]) -> Iterator[list[Row]]:
    """Yield each part of the rest in order; with own rows besides, all is one part."""
    if own:
        yield _sorted(chain(own, (row for part in rest for rows in part for row in rows)))
    else:
        for part in rest:
            yield _sorted(row for rows in part for row in rows)
