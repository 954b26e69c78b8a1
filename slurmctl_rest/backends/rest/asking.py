"""Asking slurmrestd: once more where that is safe, and what its answers come to."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial

from slurmctl_rest.backends.execute import tried
from slurmctl_rest.backends.hanging import PROBE_S, explained, hangs
from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.auth import expiry, why_refused
from slurmctl_rest.backends.rest.body import Response
from slurmctl_rest.backends.rest.request import Request, is_of_slurmdbd
from slurmctl_rest.backends.rest.responses import (
    echoed,
    is_refused_token,
    is_unserved,
    payload,
)
from slurmctl_rest.backends.rest.served import Versions
from slurmctl_rest.backends.rest.transport import Transport
from slurmctl_rest.backends.retry import with_retry
from slurmctl_rest.config.models import RestApi
from slurmctl_rest.errors import (
    NotAuthenticated,
    SlurmctlError,
    SlurmRefused,
    Unreachable,
)
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.reasons import NO_DATABASE


class Asker:
    """Sends requests, and returns the documents that are answered, or raises what went wrong."""

    def __init__(
        self, api: RestApi, transport: Transport, versions: Versions, waits: Sequence[float]
    ) -> None:
        """`waits`: before each further try, where one is safe."""
        self.api = api
        self.transport = transport
        self.versions = versions
        self.waits = waits
        self.meta: Mapping[str, Json] = {}
        """The last answer's release and cluster."""
        self._hangs: bool | None = None
        self._lock = threading.Lock()  # parts of a list are late together

    def of_itself(self, key: str) -> str:
        """Return what slurmrestd says of itself, its `release` or `cluster`; ask if it has not."""
        if not self.meta:
            self.answer(requests.probe_version(self.versions.version()))
        return str(self.meta.get(key, ""))

    def own_cluster(self) -> str:
        """Return the cluster that slurmrestd is set up for; SlurmRefused if it does not say."""
        if name := self.of_itself("cluster"):
            return name
        raise SlurmRefused(
            "slurmrestd does not report which cluster it belongs to",
            "set cluster_name in the profile, or use --cluster NAME",
        )

    def answer(
        self,
        request: Request,
        *,
        writes: bool = False,
        whole: str = "",
        transport: Transport | None = None,
    ) -> Json:
        """Return the document that is answered; `whole`: a list that stays JSON text (payload)."""
        transport = transport or self.transport
        until = transport.until()
        try:
            return with_retry(
                lambda: self._one_answer(request, until, transport, writes=writes, whole=whole),
                writes=writes,
                until=until,
                waits=self.waits,
            )
        except Unreachable as error:
            # A write that is late is read back instead; without
            # waits somebody wants to see what is there now.
            if error.late and not writes and self.waits and is_of_slurmdbd(request):
                raise explained(error, self.associations_hang) from error
            raise

    def associations_hang(self) -> bool:
        """Tell whether slurmdbd answers all but questions about associations; asked once."""
        with self._lock:
            if self._hangs is None:
                with closing(self.transport.beside()) as other:
                    cheap, one = (
                        partial(self._probe, other, request)
                        for request in (
                            requests.qos(self.versions.version(), ()),
                            requests.one_association(self.versions.version()),
                        )
                    )
                    self._hangs = hangs(cheap, one)
            return self._hangs

    def _probe(self, transport: Transport, request: Request) -> Json:
        until = time.monotonic() + min(transport.timeout, PROBE_S)
        return payload(transport.send(request, until), request.what)

    def echoes(self, request: Request) -> frozenset[str]:
        """Return the parameters that slurmrestd complains of; raise what else it says."""
        until = self.transport.until()

        def once() -> frozenset[str]:
            # A complaint of a switch that comes twice may make
            # the answer an error: it is the evidence sought.
            answer = self.transport.send(request, until)
            found = echoed(answer)
            if not found:
                self._judged(answer, request)
            return found

        return with_retry(once, writes=False, until=until, waits=self.waits)

    def _one_answer(
        self, request: Request, until: float, transport: Transport, *, writes: bool, whole: str
    ) -> Json:
        return self._judged(transport.send(request, until), request, writes=writes, whole=whole)

    def _judged(
        self, answer: Response, request: Request, *, writes: bool = False, whole: str = ""
    ) -> Json:
        if is_unserved(answer):
            raise self.versions.unserved(request)
        try:
            if is_refused_token(answer):
                self._say_if_expired(answer, f"{request.what}: " if writes else "")
                self._say_if_unknown(answer, request.what)
            document = payload(answer, request.what, writes=writes, whole=whole)
        except NotAuthenticated as error:
            if error.slurm_errno:  # 401 is for headers that are wrong, whatever the token
                error.hint = why_refused(self.api, self.transport.auth.token) or error.hint
            raise
        # Each answer has it, so that the release costs no request of its own.
        self.meta = _slurm(document) or self.meta
        return document

    def _say_if_expired(self, answer: Response, what: str) -> None:
        """Raise with the token's own end, where that explains the refusal."""
        ends = expiry(self.transport.auth.token)
        if ends is not None and ends.timestamp() <= time.time():
            raise NotAuthenticated(
                f"{what}the token of {self.api.username} expired at {ends.isoformat()}",
                f"renew it: scontrol token username={self.api.username} lifespan=SECONDS",
                http_status=answer.status,
            )

    def _say_if_unknown(self, answer: Response, what: str) -> None:
        """Raise where slurmctld does not know the token either: slurmdbd is not to blame then.

        slurmdbd's number for a refused token, 7000, is also that for a database that is down.
        slurmctld's diag tells them apart: it says 1007 of a refused token.
        """
        said = tried(lambda: payload(answer, ""))
        if isinstance(said, SlurmctlError) and said.slurm_errno == NO_DATABASE:
            request = requests.diag(self.versions.version())
            asked = tried(lambda: payload(self.transport.send(request), what))
            if isinstance(asked, NotAuthenticated):
                raise asked


def _slurm(document: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return meta.slurm: the release and the cluster of an answer."""
    meta = document.get("meta")
    slurm = meta.get("slurm") if isinstance(meta, Mapping) else None
    return slurm if isinstance(slurm, Mapping) else {}
