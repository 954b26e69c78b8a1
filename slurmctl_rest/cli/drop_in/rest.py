"""slurmrestd's own records, where the voice `sacctmgr` needs more of them than rows have."""

from __future__ import annotations

from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.cli.context import Context


def rest(context: Context) -> RestBackend:
    """Return the executor, which is REST: over the commands the real sacctmgr answers."""
    backend = context.backend
    if not isinstance(backend, RestBackend):
        raise AssertionError("over the commands nothing is asked so")  # noqa: TRY004
    return backend
