"""The executor `rest`: queries and row changes over slurmrestd."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from slurmctl_rest.backends import Command, Query, carried_out, in_parts
from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.auth import expiry
from slurmctl_rest.backends.rest.requests import ByVersion, Request
from slurmctl_rest.backends.rest.responses import (
    Answer,
    is_refused_token,
    is_unserved,
    payload,
)
from slurmctl_rest.backends.rest.transport import Transport
from slurmctl_rest.config import AUTO, Profile
from slurmctl_rest.errors import (
    NotAuthenticated,
    SlurmctlError,
    SlurmRefused,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE
from slurmctl_rest.model.entities import account as account_rows
from slurmctl_rest.model.entities import association as association_rows
from slurmctl_rest.model.entities import ping as ping_rows
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds import Json
from slurmctl_rest.model.versions import KNOWN, ApiVersion
from slurmctl_rest.planning import Outcome, RowChange

if TYPE_CHECKING:
    import httpx


MOST_NAMES = 100
"""Names in one URL: 100 of the longest are 20 KB."""


class RestBackend:
    """Backend over slurmrestd. The version is settled at the first request."""

    executor = "rest"

    def __init__(
        self,
        profile: Profile,
        transport: httpx.BaseTransport | None = None,
        timeout: float | None = None,
    ) -> None:
        """`transport` takes the place of the network in tests; `timeout` is in seconds."""
        if profile.rest_api is None or profile.cluster_name is None:
            raise AssertionError("the profile's own check lets no such profile through")
        self.api = profile.rest_api
        self.cluster_name = profile.cluster_name
        self.transport = Transport(profile.rest_api, transport, timeout)
        self.log = self.transport.log
        self._version: ApiVersion | None = None
        self._meta: Mapping[str, Json] = {}

    def cluster(self) -> str:
        """Return the profile's cluster."""
        return self.cluster_name

    def release(self) -> str:
        """Return the release that the last answer named; ask where there was none yet."""
        if not self._meta:
            self._answer(requests.ping(self.version()))
        return str(self._meta.get("release", ""))

    def version(self) -> ApiVersion:
        """Return the API version: the profile's, or with `auto` the newest that both know."""
        if self._version is None:
            if self.api.api_version == AUTO:
                self._version = self._newest_served()
            else:
                self._version = ApiVersion.parse(self.api.api_version)
        return self._version

    def read(self, query: Query) -> list[Row]:
        """Return rows of own values."""
        return self._readers[query.entity.noun](query)

    def refusal(self, change: RowChange) -> Unsupported | None:
        """Return why this executor cannot carry the change out, if it cannot."""
        return requests.refusal(change, self.version())

    def preview(self, changes: Sequence[RowChange]) -> list[Command]:
        """Return the requests that `write` would send."""
        return [request.command for request in requests.writes(changes, self.version())]

    def write(self, changes: Sequence[RowChange]) -> list[Outcome]:
        """Send the changes, in few requests."""
        requested = requests.writes(changes, self.version())
        return carried_out(changes, requested, lambda one: self._answer(one, writes=True))

    def ping(self) -> list[Row]:
        """Ask the controllers through /slurm and slurmdbd through /slurmdb."""
        version = self.version()
        return [
            *self._ping("slurmctld", requests.ping(version)),
            *self._ping("slurmdbd", requests.ping_slurmdbd(version)),
        ]

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    @property
    def _readers(self) -> Mapping[str, Callable[[Query], list[Row]]]:
        return {
            ACCOUNT.noun: self._accounts,
            ASSOCIATION.noun: self._associations,
            QOS.noun: lambda query: self._records(query, "qos/", "qos"),
            TRES_TYPE.noun: lambda query: self._records(query, "tres/", "TRES"),
        }

    def _accounts(self, query: Query) -> list[Row]:
        document = self._answer(requests.accounts(self.version(), query.names))
        records = [
            account_rows.load(record)
            for record in _list(document, "accounts")
            if not query.names or record["name"] in query.names
        ]
        return account_rows.join(records, self._own_rows(), query.cluster)

    def _own_rows(self) -> list[Row]:
        """Return the accounts' own rows of all clusters. Three views tell all of their QOS."""
        raw = self._own_view(requests.OWN_LIMITS, requests.RAW_QOS)
        added = self._own_view(requests.OWN_LIMITS)
        return association_rows.with_changes(raw, added, self._own_view())

    def _own_view(self, *switches: ByVersion) -> list[Row]:
        rows = self._association_rows(requests.ACCOUNTS_OWN_ROWS, *switches)
        # A database that does not pad strings found nothing, though root's row always exists.
        rows = rows or self._association_rows({}, *switches)
        return [row for row in rows if row["User"] is None]

    def _associations(self, query: Query) -> list[Row]:
        """Return the rows of the named accounts on the cluster: their own and their users'."""
        rows = []
        for names in in_parts(query.names, MOST_NAMES):
            named = {"account": ",".join(names)} if names else {}
            where = {"cluster": query.cluster, **named}
            rows += self._association_rows(where, requests.OWN_LIMITS, requests.RAW_QOS)
        return sorted(rows, key=association_rows.key)

    def _association_rows(self, where: Mapping[str, str], *switches: ByVersion) -> list[Row]:
        document = self._answer(requests.associations(self.version(), where, *switches))
        rows = [_row(ASSOCIATION, record) for record in _list(document, "associations")]
        return sorted(rows, key=association_rows.key)

    def _records(self, query: Query, path: str, key: str) -> list[Row]:
        document = self._answer(requests.slurmdb(self.version(), path))
        rows = [_row(query.entity, record) for record in _list(document, key)]
        name = query.entity.key.name
        return [row for row in rows if not query.names or row[name] in query.names]

    def _ping(self, daemon: str, request: Request) -> list[Row]:
        begin = time.monotonic()
        try:
            document = self._answer(request)
        except (Unreachable, SlurmRefused) as error:
            took = round((time.monotonic() - begin) * 1000)
            return [
                ping_rows.row(daemon, "down", {"meta": {"slurm": self._meta}}, took, error.message)
            ]
        took = round((time.monotonic() - begin) * 1000)
        found = ping_rows.rows(daemon, document, took)
        if found or "statistics" in document:  # diag, where there is no ping
            return found or [ping_rows.row(daemon, "up", document, took)]
        return [ping_rows.row(daemon, "down", document, took, "the answer is not slurmrestd's")]

    def _answer(self, request: Request, *, writes: bool = False) -> Json:
        answer = self.transport.send(request)
        if is_unserved(answer):
            raise self._unserved()
        if is_refused_token(answer):
            self._say_if_expired(answer)
        document = payload(answer, request.what, writes=writes)
        self._meta = _slurm(document) or self._meta
        return document

    def _say_if_expired(self, answer: Answer) -> None:
        """Raise with the token's own end, where that explains the refusal."""
        ends = expiry(self.transport.auth.token)
        if ends is not None and ends.timestamp() <= time.time():
            raise NotAuthenticated(
                f"the token of {self.api.username} expired at {ends.isoformat()}",
                f"renew it: scontrol token username={self.api.username} lifespan=SECONDS",
                http_status=answer.status,
            )

    def _newest_served(self) -> ApiVersion:
        for version in reversed(KNOWN):
            if not is_unserved(self.transport.send(requests.ping(version))):
                return version
        raise self._unserved()

    def _unserved(self) -> SlurmctlError:
        """Return the error for a version that is not served, naming those that are."""
        served = [v for v in KNOWN if not is_unserved(self.transport.send(requests.ping(v)))]
        if self._version in served:
            return Unsupported(
                f"slurmrestd at {self.api.url} does not know "
                f"{self.transport.log[-len(KNOWN) - 1].path}",
                "this Slurm release may be too old for it",
                http_status=404,
            )
        names = ", ".join(str(version) for version in served)
        return Unsupported(
            f"slurmrestd at {self.api.url} does not serve API version {self.api.api_version}",
            f"it serves {names}: set api_version (or 'auto')"
            if names
            else f"it serves none of {KNOWN[0]} to {KNOWN[-1]}, which this program knows",
            http_status=404,
        )


def _row(entity: Entity, record: Json) -> Row:
    return {field.name: field.load(record) for field in entity.fields}


def _slurm(document: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return meta.slurm: the release and the cluster behind an answer."""
    meta = document.get("meta")
    slurm = meta.get("slurm") if isinstance(meta, Mapping) else None
    return slurm if isinstance(slurm, Mapping) else {}


def _list(document: Json, key: str) -> list[Json]:
    """Return a list of the answer; one without it is no answer to what was asked."""
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise SlurmRefused(f"slurmrestd's answer holds no list '{key}' of objects")
    return found
