"""Asks daemons whether they answer."""

from __future__ import annotations

import time

from slurmctl_rest.backends.rest.asking import Asker
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.errors import SlurmRefused, Unreachable, Unsupported
from slurmctl_rest.model.entities import ping as ping_rows
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.reasons import NOT_CONFIGURED


def ping_daemon(asker: Asker, daemon: str, request: Request) -> list[Row]:
    """Ask a daemon through slurmrestd; return a row for each controller."""
    begin = time.monotonic()
    try:
        document = asker.answer(request)
    except (Unreachable, SlurmRefused, Unsupported) as error:
        if isinstance(error, Unsupported) and NOT_CONFIGURED not in error.message:
            raise
        took = round((time.monotonic() - begin) * 1000)
        status = ping_rows.status_of(error)
        return [ping_rows.row(daemon, status, {"meta": {"slurm": asker.meta}}, took, error.message)]
    took = round((time.monotonic() - begin) * 1000)
    found = ping_rows.rows(daemon, document, took)
    if found or "statistics" in document:  # diag, where there is no ping
        return found or [ping_rows.row(daemon, "up", document, took)]
    return [ping_rows.row(daemon, "down", document, took, "the answer is not from slurmrestd")]
