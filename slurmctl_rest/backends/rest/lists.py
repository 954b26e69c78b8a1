"""Reads the nouns that need no more than a list over slurmrestd, and refuses those it has not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from slurmctl_rest.backends.query import Query, another_cluster, named
from slurmctl_rest.backends.rest import requests, runaway
from slurmctl_rest.backends.rest.asking import Asker
from slurmctl_rest.backends.rest.records import each
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.switches import Switches
from slurmctl_rest.errors import USE_COMMANDS, PermissionDenied, SlurmRefused, Unsupported
from slurmctl_rest.model.entities import INSTANCE, RESERVATION, RUNAWAY_JOBS, STATS, USER, WCKEY
from slurmctl_rest.model.entities.daemons import statistics
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import listed
from slurmctl_rest.model.versions import ApiVersion

Ask: TypeAlias = Callable[[Request], Json]
"""Sends a request, and returns the answer."""

OF_SLURMDBD: Mapping[str, str] = {WCKEY.noun: "wckeys", INSTANCE.noun: "instances"}
"""The nouns, each with its path, which is the key of its list."""
RUNAWAY_NOUN = RUNAWAY_JOBS.noun
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


def runaway_jobs(
    asker: Asker,
    switches: Switches,
    version: ApiVersion,
    cluster: str,
    of_slurmctld: Callable[[Request], list[Json]],
) -> list[Row]:
    """Return jobs that slurmdbd has no end of, and slurmctld does not know; `ID` is a number."""
    asked = runaway.unended(version, cluster, int(time.time()))
    switches.check(asked.path, ["start_time", "end_time"])
    found = runaway.unended_jobs(each(asker.answer(asked, whole="jobs"), "jobs"), cluster)
    if not found:
        return []
    # slurmctld is asked later than slurmdbd, which hears of a job from it.
    known = runaway.known_runs(of_slurmctld(requests.jobs(version)))
    return [job for job in found if (job["ID"], job["TimeSubmit"]) not in known]


def runaway_rows(
    query: Query, cluster: str, me: Sequence[Row], jobs: Callable[[], Sequence[Row]]
) -> list[Row]:
    """Return the runaway jobs of a cluster as sacctmgr lists them, the first submitted first.

    query    names the cluster that is meant; `cluster` is the one that slurmrestd belongs to
    me       the user who asks, as slurmdbd knows them
    jobs     reads them; `ID` is a number

    Raises Unsupported for another cluster, and PermissionDenied for a user without a level:
    slurmctld may hide the jobs of others from such a user, and then they would be listed here.
    """
    if wrong := another_cluster(cluster, query.cluster, RUNAWAY_JOBS.plural):
        raise wrong
    if any(row["AdminLevel"] == "None" for row in me):
        raise PermissionDenied(
            f"user '{me[0][USER.key.name]}' may not list runaway jobs",
            "use a profile of a user whose AdminLevel is Operator or Administrator",
        )
    rows = sorted(jobs(), key=lambda row: (row["TimeSubmit"], row["ID"]))
    return [
        {**{name: row[name] for name in RUNAWAY_JOBS.columns}, "ID": str(row["ID"])} for row in rows
    ]


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
