"""From a profile to its executor: a third one goes here."""

from __future__ import annotations

from slurmctl_rest.backends import Backend
from slurmctl_rest.config import Profile


def connect(profile: Profile) -> Backend:
    """Return the backend of the profile; nothing is sent yet."""
    if profile.execution_mode == "rest":
        from slurmctl_rest.backends.rest.backend import RestBackend  # noqa: PLC0415  (httpx)

        return RestBackend(profile)
    from slurmctl_rest.backends.commands.backend import CommandsBackend  # noqa: PLC0415

    return CommandsBackend(profile)
