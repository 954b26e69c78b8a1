"""From a profile to its executor: a third one goes here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from slurmctl_rest.backends.protocol import Backend, LimitReader
from slurmctl_rest.backends.retry import BACKOFF_S

if TYPE_CHECKING:
    from slurmctl_rest.backends.commands.usage import Accounting
    from slurmctl_rest.config.models import Profile


def accounting(
    profile: Profile, timeout: float | None = None, waits: Sequence[float] = BACKOFF_S
) -> Accounting:
    """Return the executor of usage and raw usage, the same for every profile."""
    from slurmctl_rest.backends.commands.usage import Accounting  # noqa: PLC0415  (not for all)

    return Accounting(profile, timeout=timeout, waits=waits)


def connect(
    profile: Profile, timeout: float | None = None, waits: Sequence[float] = BACKOFF_S
) -> Backend:
    """Return the backend of the profile; nothing is sent yet.

    `timeout` takes the place of the profile's: seconds for one request, or for one command.
    `waits`: seconds before each further try, where one is safe; none to see what is there now.
    """
    if profile.execution_mode == "rest":
        from slurmctl_rest.backends.rest.backend import RestBackend  # noqa: PLC0415  (httpx)

        return RestBackend(profile, timeout=timeout, waits=waits)
    from slurmctl_rest.backends.commands.backend import CommandsBackend  # noqa: PLC0415

    return CommandsBackend(profile, timeout=timeout, waits=waits)


def reaches_something(profile: Profile) -> bool:
    """Tell whether a profile leads anywhere: to slurmrestd, or to commands that can be found."""
    if profile.execution_mode == "rest" or profile.slurm_bin_path or profile.command_prefix:
        return True
    from slurmctl_rest.backends.commands.process import on_path  # noqa: PLC0415  (as above)

    return on_path("sacctmgr") is not None


def limit_reader(backend: Backend) -> LimitReader:
    """Return what reads the use of limits over a backend."""
    if backend.executor == "rest":
        from slurmctl_rest.backends.rest.limit_reader import rest_limits  # noqa: PLC0415  (httpx)

        return rest_limits(backend)
    from slurmctl_rest.backends.commands.limit_reader import command_limits  # noqa: PLC0415

    return command_limits(backend)
