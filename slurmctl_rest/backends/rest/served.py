"""Which API version is spoken, and which are served."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.request import Request, is_of_slurmdbd
from slurmctl_rest.backends.rest.responses import (
    is_slurmrestds,
    is_unserved,
    payload,
)
from slurmctl_rest.backends.rest.transport import Transport
from slurmctl_rest.backends.retry import with_retry
from slurmctl_rest.config.models import AUTO, RestApi
from slurmctl_rest.errors import (
    SlurmctlError,
    Unsupported,
)
from slurmctl_rest.model.reasons import NOT_CONFIGURED, not_configured
from slurmctl_rest.model.versions import KNOWN, ApiVersion


class Versions:
    """The API versions of one slurmrestd; the one to speak is settled at the first request."""

    def __init__(self, api: RestApi, transport: Transport, waits: Sequence[float]) -> None:
        """`waits`: before each further try."""
        self.api = api
        self.transport = transport
        self.waits = waits
        self._version: ApiVersion | None = None

    def version(self) -> ApiVersion:
        """Return the API version: the profile's, or with `auto` the newest that both know."""
        if self._version is None:
            if self.api.api_version == AUTO:
                self._version = self.newest()
            else:
                self._version = ApiVersion.parse(self.api.api_version)
        return self._version

    def served(self) -> tuple[ApiVersion, ...]:
        """Return the versions that are served, newer ones than this program knows too."""
        from slurmctl_rest.model.facts import NEWER  # noqa: PLC0415  (doctor's alone)

        return tuple(version for version in (*KNOWN, *NEWER) if self.is_served(version))

    def is_served(self, version: ApiVersion) -> bool:
        """Tell whether a version is served; raise where somebody else answers, or to nobody."""
        until = self.transport.until()
        return with_retry(
            lambda: self._one_is_served(requests.probe_version(version), until),
            writes=False,
            until=until,
            waits=self.waits,
        )

    def _one_is_served(self, request: Request, until: float) -> bool:
        answer = self.transport.send(request, until)
        if is_unserved(answer):
            return False
        # A web server that answers every path would be taken for a newer slurmrestd.
        if not is_slurmrestds(answer):
            payload(answer, request.what)
        return True

    def _lacks_accounting(self, request: Request) -> bool:
        """Tell whether nothing of slurmdbd's is served; all versions have its statistics."""
        statistics = requests.slurmdb(self.version(), "diag/")
        return is_of_slurmdbd(request) and is_unserved(self.transport.send(statistics))

    def newest(self) -> ApiVersion:
        """Return the newest version that both know, whatever the profile says."""
        # Newest first, and one request each: where the newest is served, that is the only one.
        for version in reversed(KNOWN):
            if self.is_served(version):
                return version
        raise self.unserved()

    def unserved(self, request: Request | None = None) -> SlurmctlError:
        """Return the error for a version that is not served, naming those that are."""
        served = [version for version in KNOWN if self.is_served(version)]
        if request is not None and self._version in served and self._lacks_accounting(request):
            return not_configured(
                f"slurmrestd at {self.api.url} serves no accounting: {NOT_CONFIGURED} in its "
                "slurm.conf, or it runs without openapi/slurmdbd",
                http_status=404,
            )
        if request is not None and self._version in served:
            return Unsupported(
                f"slurmrestd at {self.api.url} does not know {request.path}",
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
