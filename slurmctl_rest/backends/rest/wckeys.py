"""Requests that add and delete wckeys."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.requests import _step
from slurmctl_rest.backends.rest.values import after_of
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import WCKEY
from slurmctl_rest.model.versions import ApiVersion


def added(version: ApiVersion, changes: Sequence[RowChange], most: int) -> list[Request]:
    """Return one wckeys/ for `most` of them. slurmrestd answers 200 for an unknown cluster."""
    keys = {name: WCKEY[name].path for name in ("WCKey", "Cluster", "User")}
    return [
        Request(
            "POST",
            f"/slurmdb/{version}/wckeys/",
            body={"wckeys": [{k: after_of(c)[name] for name, k in keys.items()} for c in part]},
            changes=tuple(part),
        )
        for part in chunked(changes, most)
        if part
    ]


def deleted(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Return one wckey/ for each name: `id` in its path is the name, of all users and clusters."""
    names = dict.fromkeys(str(change.old["WCKey"]) for change in changes)
    return [
        Request(
            "DELETE",
            f"/slurmdb/{version}/wckey/{_step(name)}",
            changes=tuple(change for change in changes if change.old["WCKey"] == name),
        )
        for name in names
    ]
