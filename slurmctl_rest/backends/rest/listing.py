"""Records of slurmrestd as slurmdbd answers them, in its own order: what sacctmgr's lists show.

Where slurmrestd has a condition it is sent; all others are for the caller to judge, and so is what
a server between may have dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.backends.concurrency import run_in_order
from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.associations import (
    ACCOUNTS_PER_REQUEST,
    MAX_NAMES_PER_URL,
    PARALLEL_REQUESTS,
    AssociationReader,
    SendRequest,
)
from slurmctl_rest.backends.rest.connections import Connections
from slurmctl_rest.backends.rest.records import RecordReader, each
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.requests import ByVersion
from slurmctl_rest.backends.rest.transport import Transport
from slurmctl_rest.errors import NEEDS_COMMANDS, Unsupported
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import ID, PLACE
from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.names import means_itself
from slurmctl_rest.model.versions import V40, V41, V42, V43, ApiVersion

PARAMETERS: Mapping[str, str] = {
    "Account": "account",
    "Cluster": "cluster",
    "DefaultQOS": "default_qos",
    "ID": "id",
    "Parent": "parent_account",
    "Partition": "partition",
    "QosLevel": "qos",
    "User": "user",
}
"""sacctmgr's condition on associations -> the parameter. QOS are to be named by number: to a name
slurmrestd answers without a list, and without an error."""

LIST_SWITCHES: Mapping[str, ByVersion] = {
    "OnlyDefaults": ByVersion(((V40, "only_defaults"), (V42, "Filter to only defaults"))),
    "WithDeleted": requests.DELETED,
    "WithSubAccounts": ByVersion(((V40, "with_sub_accts"), (V42, "Include sub acct information"))),
    "WOPInfo": ByVersion(((V40, "without_parent_info"), (V42, "Exclude parent id/name"))),
    "WOPLimits": requests.OWN_LIMITS,
}
"""sacctmgr's switch of associations -> the parameter."""


@dataclass(frozen=True, slots=True)
class Records:
    """Where the records of a noun are: all of them, and one by its name.

    all_switches, one_switches  switch -> parameter of either path
    """

    path: str
    key: str
    one: str = ""
    all_switches: Mapping[str, ByVersion] = field(default_factory=dict)
    one_switches: Mapping[str, ByVersion] = field(default_factory=dict)


def _always(word: str) -> ByVersion:
    return ByVersion(((V40, word),))


_OF_USERS = {
    "WithAssoc": _always("with_assocs"),
    "WithCoordinators": _always("with_coords"),
    "WithDeleted": _always("with_deleted"),
    "WithWCKeys": _always("with_wckeys"),
}

RECORD_PLACES: Mapping[str, Records] = {
    "account": Records(
        "accounts/",
        "accounts",
        "account/",
        {
            "WithAssoc": ByVersion(((V40, "with_assocs"), (V41, "WithAssociations"))),
            "WithCoordinators": requests.WITH_COORDINATORS,
            "WithDeleted": requests.DELETED_ACCOUNTS,
        },
        {name: one for name, one in _OF_USERS.items() if name != "WithWCKeys"},
    ),
    "user": Records("users/", "users", "user/", _OF_USERS, _OF_USERS),
    "qos": Records("qos/", "qos", "qos/"),
    "cluster": Records("clusters/", "clusters", "cluster/"),
    "tres": Records("tres/", "TRES"),
    "wckey": Records("wckeys/", "wckeys", "", {"WithDeleted": _always("with_deleted")}),
}
"""The nouns of lists; that of associations is different in all."""


NUMBERED = (V43, V40)
"""Versions that tell the numbers of associations, where the others show 0."""

RECORD = "RECORD"
"""What a row has beside its fields, where it is asked for: slurmrestd's record as it is."""


@dataclass(frozen=True, slots=True)
class WholeReader:
    """Reads records that are passed on as they are."""

    entity: Entity
    key: str
    fields: Sequence[Field]
    version: ApiVersion

    def rows(self, document: Json) -> list[Row]:
        """Return the rows of a document's list, each with its RECORD."""
        return [
            {**self.entity.load(one, self.fields, self.version), RECORD: one}
            for one in each(document, self.key)
        ]


class Lister:
    """Reads records in the order of the answer."""

    def __init__(
        self,
        ask: SendRequest,
        version: Callable[[], ApiVersion],
        is_served: Callable[[ApiVersion], bool],
        connections: Connections,
        *,
        whole: bool = False,
    ) -> None:
        """`is_served`: whether slurmrestd knows a version; `whole`: rows have their RECORD, too."""
        self.ask = ask
        self.version = version
        self.is_served = is_served
        self.connections = connections
        self.whole = whole

    def request(
        self, noun: str, names: Sequence[str], switches: Collection[str], version: ApiVersion
    ) -> Request:
        """Return the request for all records of a noun, or for one by its name."""
        place = RECORD_PLACES[noun]
        by_name = bool(place.one) and len(names) == 1 and means_itself(names[0])
        by_name = by_name and not ({*switches} & {*place.all_switches}) - {*place.one_switches}
        known = place.one_switches if by_name else place.all_switches
        # Sorted: what -v shows, and what tests have recorded, is the same each time.
        query = {known[name].at(version): "true" for name in sorted(switches) if name in known}
        path = f"{place.one}{quote(names[0], safe='')}" if by_name else place.path
        return requests.slurmdb(version, path, query=query)

    def association_request(
        self, where: Mapping[str, Sequence[str]], switches: Collection[str], version: ApiVersion
    ) -> Request:
        """Return the request for associations that meet the conditions."""
        query = {
            PARAMETERS[name]: ",".join(one or requests.NONE for one in values)
            for name, values in where.items()
            if name in PARAMETERS
        }
        if "UsersOnly" in switches and "user" not in query:
            query |= requests.USERS_ROWS
        known = [LIST_SWITCHES[name] for name in sorted(switches) if name in LIST_SWITCHES]
        if "WOPInfo" in switches and "WOPLimits" not in switches:
            known.append(LIST_SWITCHES["WOPLimits"])  # slurmdbd inherits nothing then
        return requests.associations(version, query, *known)

    def records(
        self,
        entity: Entity,
        fields: Sequence[Field],
        names: Sequence[str] = (),
        switches: Collection[str] = (),
    ) -> list[Row]:
        """Return the records of a noun: of one name, or all, whatever is named."""
        version = self._version_for(fields)
        request = self.request(entity.noun, names, switches, version)
        key = RECORD_PLACES[entity.noun].key
        reader = self._reader(entity, key, fields, version)
        return reader.rows(self.ask(request, whole=key, transport=self.connections.first))

    def associations(
        self,
        where: Mapping[str, Sequence[str]],
        switches: Collection[str],
        fields: Sequence[Field],
    ) -> list[Row]:
        """Return associations, in slurmdbd's order: by cluster and lineage."""
        # More names than a URL holds are not sent: the caller judges them all the same.
        sent = {name: values for name, values in where.items() if len(values) <= MAX_NAMES_PER_URL}
        version = self._version_for(fields)
        rows = self._in_order(sent, switches, fields, version)
        if not rows and any("" in sent.get(name, ()) for name in EMPTY_MEANS_NONE):
            # A database that does not pad strings found nothing.
            sent = {name: one for name, one in sent.items() if name not in EMPTY_MEANS_NONE}
            rows = self._in_order(sent, switches, fields, version)
        if _lacks_numbers(rows, fields):
            numbered = next((one for one in NUMBERED if self.is_served(one)), None)
            if numbered is None:
                raise Unsupported("slurmrestd does not tell the ID of associations", NEEDS_COMMANDS)
            rows = self._in_order(sent, switches, fields, numbered)
        return rows

    def _reader(
        self, entity: Entity, key: str, fields: Sequence[Field], version: ApiVersion
    ) -> RecordReader | WholeReader:
        if self.whole:
            return WholeReader(entity, key, fields, version)
        return RecordReader(entity, key, fields, version)

    def _version_for(self, fields: Sequence[Field]) -> ApiVersion:
        """Return the profile's version, or one that knows all of the fields."""
        version = self.version()
        if self.whole:
            return version
        since, name = max(
            ((one.since, one.name) for one in fields if one.since is not None),
            default=(version, ""),
        )
        if since <= version:
            return version
        if not self.is_served(since):
            raise Unsupported(
                f"slurmrestd tells {name} from API version {since} on", NEEDS_COMMANDS
            )
        return since

    def _in_order(
        self,
        where: Mapping[str, Sequence[str]],
        switches: Collection[str],
        fields: Sequence[Field],
        version: ApiVersion,
    ) -> list[Row]:
        reader = self._reader(ASSOCIATION, "associations", _with_place(fields), version)

        def look(more: Mapping[str, Sequence[str]], transport: Transport) -> list[Row]:
            request = self.association_request({**where, **more}, switches, version)
            return reader.rows(self.ask(request, whole="associations", transport=transport))

        # The rows below an account that is named are found by slurmdbd alone.
        if not NARROW.isdisjoint(where) or "WithSubAccounts" in switches:
            return look({}, self.connections.first)
        # Parts come in any order. The accounts' own rows, one cheap request, tell slurmdbd's.
        order = self._accounts_in_order(where, switches, version)
        names = list(dict.fromkeys(account for _, account in order))
        if len(names) <= ACCOUNTS_PER_REQUEST or not all(map(_has_one_place, names)):
            return look({}, self.connections.first)
        found: dict[tuple[str, str], list[Row]] = {place: [] for place in order}
        for rows in self._at_once(look, names):
            for row in rows:
                found.setdefault(_place(row), []).append(row)
        return [row for rows in found.values() for row in rows]

    def _at_once(
        self,
        look: Callable[[Mapping[str, Sequence[str]], Transport], list[Row]],
        names: Sequence[str],
    ) -> Iterator[list[Row]]:
        """Yield the associations of accounts, of some after others, several requests at once."""
        parts = list(chunked(sorted(names), ACCOUNTS_PER_REQUEST))
        at_once = self.connections.opened(min(PARALLEL_REQUESTS, len(parts)))

        def task(part: Sequence[str]) -> list[Row]:
            with self.connections.one() as transport:
                return look({"Account": part}, transport)

        return run_in_order((partial(task, part) for part in parts), at_once)

    def _accounts_in_order(
        self,
        where: Mapping[str, Sequence[str]],
        switches: Collection[str],
        version: ApiVersion,
    ) -> list[tuple[str, str]]:
        """Return (cluster, account) of the accounts' own rows, in slurmdbd's order."""
        clusters = {"Cluster": where["Cluster"]} if "Cluster" in where else {}
        of_accounts = {**clusters, "User": [""]}
        places = [ASSOCIATION[name] for name in PLACE]
        reader = RecordReader(ASSOCIATION, "associations", places, version)
        deleted = {"WithDeleted"} & {*switches}
        request = self.association_request(of_accounts, deleted, version)
        document = self.ask(request, whole="associations", transport=self.connections.first)
        return [_place(row) for row in reader.rows(document) if not row["User"]]


NARROW = frozenset({"Account", "User", "ID", "Parent", "Partition", "DefaultQOS"})
"""Conditions that few associations meet, so that one request is best."""


EMPTY_MEANS_NONE = frozenset({"User", "Partition"})
"""Conditions whose empty value means the rows that have none (requests.NONE)."""


def _with_place(fields: Sequence[Field]) -> list[Field]:
    names = {one.name for one in fields}
    return [*(ASSOCIATION[name] for name in PLACE if name not in names), *fields]


def _place(row: Row) -> tuple[str, str]:
    return str(row["Cluster"]), str(row["Account"])


def _has_one_place(name: str) -> bool:
    """Tell whether an account stands behind the users of its parent, however a database sorts.

    In the lineage a user of `science` is `/science/0-alice/`: databases do not agree what comes
    before a digit, or before a dash.
    """
    first, second = name[:1], name[1:2]
    return means_itself(name) and first.isalnum() and (first != "0" or second.isalnum())


def _lacks_numbers(rows: Sequence[Row], fields: Sequence[Field]) -> bool:
    """Tell whether numbers are wanted and not told: some versions of 24.11 show 0."""
    wanted = any(one.name == "ID" for one in fields)
    return wanted and bool(rows) and all(not row["ID"] for row in rows)


def numbered(
    query: Query,
    reader: Callable[[Collection[str], ApiVersion | None], AssociationReader],
    is_served: Callable[[ApiVersion], bool],
) -> list[list[Row]]:
    """Return the parts of a list with fields on request; `reader`: of these fields, in a version.

    Numbers come from another version where that of the profile shows 0 for each.
    """
    parts = list(reader(query.also, None).parts(query))
    rows = [row for part in parts for row in part]
    if not rows or ID.name not in query.also or any(row[ID.name] for row in rows):
        return parts
    version = next((one for one in NUMBERED if is_served(one)), None)
    if version is None:
        raise Unsupported("slurmrestd does not tell the ID of associations", NEEDS_COMMANDS)
    return list(reader(query.also, version).parts(query))
