"""Several looks at the same associations, judged purely: do they fit together, and do they need
evidence that slurmrestd was told of their switches?

A server between that drops a switch leaves no trace in most answers: limits of an account above
then look like a row's own, and a write would make them so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from slurmctl_rest.backends import retry
from slurmctl_rest.errors import Conflict
from slurmctl_rest.model.change import called
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import (
    AssociationKey,
    above,
    association_key,
    qos_names_of,
)
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import Names

if TYPE_CHECKING:
    from slurmctl_rest.backends.rest.views import Views

MAX_READS = 3
"""Times that looks are taken until they agree: another administrator may have written between."""
REREAD_AFTER_S = 0.1
"""Seconds before the next ones."""


def agreed(look: Callable[[], Views]) -> Views:
    """Return views that agree with each other; Conflict where none do."""
    for _ in range(MAX_READS - 1):
        views = look()
        if not disagreement(views):
            return views
        retry.pause(REREAD_AFTER_S)
    views = look()
    if wrong := disagreement(views):
        raise Conflict(
            f"{wrong}: slurmrestd gave different answers about it, {MAX_READS} times",
            "repeat the command; another administrator may be changing it",
        )
    return views


def disagreement(views: Views) -> str:
    """Return the first association of which the views tell different things, and what; or nothing.

    Own limits come twice, and all that is own must be in force. `Views.whole` says whether the
    views hold more than the QOS.
    """
    final = {association_key(row): row for row in views.final}
    added = final if views.added is None else {association_key(row): row for row in views.added}
    raw = {association_key(row): row for row in views.raw}
    for others in (added, final):
        if raw.keys() != others.keys():
            missed = raw.keys() ^ others.keys()
            row = next((rows[one] for one in missed for rows in (raw, others) if one in rows), {})
            return called(ASSOCIATION, row)
    for one, row in raw.items():
        named = qos_names_of(row)
        # A list of its own is in force as it is; an empty one tells nothing, since it inherits.
        if named and named != qos_names_of(final[one]):
            return f"QosLevel of {called(ASSOCIATION, row)}"
        if not views.whole:
            continue
        for name, inherits in COMPARED:
            value, again, end = row[name], added[one][name], final[one][name]
            # Another administrator wrote between two of the
            # three requests, or a switch was lost on the way.
            if value != again or not (_holds(end, value) if inherits else end == value):
                return f"{name} of {called(ASSOCIATION, row)}"
    return ""


COMPARED = [(f.name, f.inherits) for f in ASSOCIATION.fields if f.name != "QosLevel"]
"""Fields of which two views tell the same, and the third what it comes to with the inherited."""


def _holds(end: Value, own: Value) -> bool:
    """Tell whether an own value is in force, as it must be."""
    if isinstance(own, Mapping):
        return not own or (isinstance(end, Mapping) and own.items() <= end.items())
    return own is None or own == end


INHERITED = [f for f in ASSOCIATION.fields if f.inherits and not isinstance(f.kind, Names)]


def need_evidence(
    raw: Iterable[Row], added: Sequence[Row] | None, higher: Mapping[AssociationKey, Row]
) -> bool:
    """Tell whether these views could look so, too, if slurmrestd had not been told of a switch.

    Nothing else in an answer tells own limits from inherited ones. Only views that could look so
    cost one more request (switches.py).

    raw, added  views of own values (associations.Views)
    higher      accounts' own rows in the raw view, by their keys

    Then a limit that is inherited would equal the one above, what a row adds to its QOS would be a
    list of its own, and all that it has would be added.
    """
    limits: dict[AssociationKey, list[tuple[Field, Value]]] = {}
    adding = {association_key(row) for row in added or () if row["QosLevel"]}
    for row in raw:
        place = above(row)
        if place not in higher:
            continue
        if place not in limits:
            limits[place] = list(_limits(higher[place]))
        if row["QosLevel"] or association_key(row) in adding:
            return True
        if any(_is_shared(row[field.name], value) for field, value in limits[place]):
            return True
    return False


def _limits(row: Row) -> Iterator[tuple[Field, Value]]:
    for field in INHERITED:
        if row[field.name] not in (None, {}):
            yield field, row[field.name]


def _is_shared(value: Value, higher: Value) -> bool:
    if isinstance(value, Mapping) and isinstance(higher, Mapping):
        return any(higher.get(name) == count for name, count in value.items())
    return value == higher
