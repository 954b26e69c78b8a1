"""The digest of a plan: one name for its changes with their old values, which can be approved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.render.changes import change_json

OF_CHANGE = ("entity", "name", "key", "action", "fields")
"""What of a change's object is in the digest."""


def digest_of(cluster: str, changes: Sequence[Json], impossible: Sequence[Json] = ()) -> str:
    """Return the digest of changes, in whatever order they are: sha256:...

    `impossible`: what an executor could not do of the plan; another one may.
    """
    parts: dict[str, Json] = {"cluster": cluster, "changes": sorted(changes, key=canonical)}
    if impossible:
        parts["impossible"] = sorted(impossible, key=canonical)
    # Names may hold bytes that are not UTF-8, as surrogates.
    text = canonical(parts).encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def planned_changes(outcomes: Iterable[Outcome]) -> list[Json]:
    """Return the objects of the changes that can be made; sorted, so that executors agree."""
    found = []
    for one in outcomes:
        if one.error is None:
            entry = {name: change_json(one)[name] for name in OF_CHANGE}
            # A deletion on all clusters is another one than that on this cluster alone.
            found.append(entry | {"everywhere": True} if one.change.everywhere else entry)
    return sorted(found, key=canonical)


def canonical(value: Json) -> str:
    """Return the one text of a JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
