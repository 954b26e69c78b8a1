"""Reads the nouns that need no more than a list over slurmrestd, and refuses those it has not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from slurmctl_rest.backends.query import Query, another_cluster, named
from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.errors import SlurmRefused, Unsupported
from slurmctl_rest.model.entities import INSTANCE, RESERVATION, STATS, WCKEY
from slurmctl_rest.model.entities.daemons import statistics
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import listed
from slurmctl_rest.model.versions import ApiVersion

Ask: TypeAlias = Callable[[Request], Json]
"""Sends a request, and returns the answer."""

OF_SLURMDBD: Mapping[str, str] = {WCKEY.noun: "wckeys", INSTANCE.noun: "instances"}
"""The nouns, each with its path, which is the key of its list."""
LISTED_NOUNS = (*OF_SLURMDBD, STATS.noun, RESERVATION.noun)


class RestLists:
    """Reads rows of these nouns."""

    def __init__(self, ask: Ask, version: Callable[[], ApiVersion], of: Callable[[], str]) -> None:
        """`of`: the cluster of the slurmctld that answered last."""
        self._ask = ask
        self._version = version
        self._of = of

    def read(self, query: Query) -> list[Row]:
        """Return rows, in Slurm's order."""
        noun, version = query.entity.noun, self._version()
        if noun == STATS.noun:
            document = self._ask(requests.slurmdb(version, "diag/"))
            try:
                return [*statistics(document)]
            except (KeyError, TypeError, ValueError) as error:
                raise SlurmRefused(f"stats: slurmrestd's answer cannot be read: {error}") from error
        if noun == RESERVATION.noun:
            document = self._ask(requests.reservations(version))
            if wrong := another_cluster(self._of(), query.cluster, RESERVATION.plural):
                raise wrong
            return [RESERVATION.load(one) for one in _records(document, "reservations")]
        key = OF_SLURMDBD[noun]
        document = self._ask(requests.slurmdb(version, f"{key}/"))
        return named(query, [query.entity.load(one) for one in _records(document, key)])


def _records(document: Json, key: str) -> list[Json]:
    """Return a list of the answer; slurmrestd leaves it out where there are no instances."""
    found = document.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise SlurmRefused(f"slurmrestd's answer has no list '{key}' of objects")
    return found


def no_list(entity: Entity) -> Unsupported:
    """Return the error for a list that slurmrestd does not have."""
    return Unsupported(
        f"slurmrestd does not list {entity.plural}",
        USE_COMMANDS,
    )


def untold(query: Query) -> Unsupported:
    """Return the error for fields on request of which no record of slurmrestd has any."""
    fields = listed(sorted(query.also))
    return Unsupported(f"slurmrestd does not tell {fields} of {query.entity.plural}", USE_COMMANDS)


USE_COMMANDS = 'use a profile with execution_mode = "cli"'
