"""Use of limits over slurmrestd: counted from slurmctld's jobs (limit_counts.py)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property

from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.query import Query, View, another_cluster
from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.backends.rest.limit_counts import count, has_started, partitions_of
from slurmctl_rest.backends.rest.records import list_of
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.responses import BAD_JOB
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.entities import job as job_rows
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.entities.job_ids import whole
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.limit_use import LimitUse, Partitions, UseQuery
from slurmctl_rest.model.versions import V45

MAX_JOBS_ONE_BY_ONE = 5
"""Jobs that are asked for one by one: for more, slurmctld's whole list is there sooner."""


class RestLimits:
    """Reads the use of limits."""

    def __init__(self, backend: RestBackend) -> None:
        """`backend` sends the requests."""
        self.backend = backend

    def beside(self) -> AbstractContextManager[None]:
        """Return nothing: here one question waits for the other."""
        return nullcontext()

    def use(self, query: UseQuery) -> LimitUse:
        """Return what can be counted of the use of associations and QOS."""
        jobs = [job for job in self._all if job_rows.is_active(job)]
        accounts = {str(job["Account"]) for job in jobs} | {key.account for key in query.keys}
        # A group's limit counts the jobs of all accounts below it: where does each of these stand?
        rows = self.backend.associations.upwards(accounts, View.IN_FORCE, query.cluster).final
        parents = {association_key(row).account: str(row["Parent"] or "") for row in rows}
        return count(jobs, query, parents, int(time.time()), self._factors(jobs, query.cluster))

    def jobs(self, ids: Iterable[str] = ()) -> list[Row]:
        """Return slurmctld's jobs: those of these numbers, with whole arrays, or all."""
        numbers = list(dict.fromkeys(map(whole, ids)))
        if not numbers or len(numbers) > MAX_JOBS_ONE_BY_ONE or "_all" in self.__dict__:
            wanted = {*numbers}
            return [row for row in self._all if not wanted or whole(str(row["JobID"])) in wanted]
        return [row for number in numbers for row in self._one(number)]

    def associations(self, query: Query, qos: Sequence[str] = ()) -> list[Row]:
        """Return the rows of the named users and accounts, with the accounts above."""
        del qos
        return self.backend.read(query)

    def qos(self, query: Query) -> list[Row]:
        """Return the named QOS."""
        return self.backend.read(query)

    def active(self) -> list[Row]:
        """Return the jobs that have started and not ended."""
        return [job for job in self._all if has_started(job)]

    def partitions(self) -> Partitions:
        """Return the QOS of partitions; the default one is told from v0.0.44 on."""
        document = self.backend.asker.answer(requests.partitions(self.backend.version()))
        return partitions_of(list_of(document, "partitions"))

    def settings(self) -> Mapping[str, str]:
        """Return settings of slurm.conf, which slurmrestd reports from v0.0.45 on."""
        from slurmctl_rest.model.facts import SETTINGS_OF_LIMITS  # noqa: PLC0415  (of doctor and access)

        version = self.backend.version()
        if version < V45:
            return {}
        told = self.backend.asker.answer(requests.configuration(version)).get("slurm_conf")
        found = told.items() if isinstance(told, Mapping) else ()
        return {
            name: ",".join(value) if isinstance(value, list) else str(value)
            for name, value in found
            if name in SETTINGS_OF_LIMITS
        }

    def _factors(self, jobs: Iterable[Row], cluster: str) -> Mapping[str, float]:
        """Return the UsageFactor of the QOS of running jobs, where it is not 1."""
        if not any(map(has_started, jobs)):
            return {}
        factors = {
            str(row["Name"]): row["UsageFactor"] for row in self.backend.read(Query(QOS, cluster))
        }
        return {
            name: float(one)
            for name, one in factors.items()
            if isinstance(one, int | float) and one != 1
        }

    @cached_property
    def _all(self) -> list[Row]:
        return self._answered(requests.jobs(self.backend.version()))

    def _one(self, number: str) -> list[Row]:
        try:
            return self._answered(requests.job(self.backend.version(), number))
        except SlurmRefused as error:
            if error.slurm_errno == BAD_JOB:
                return []
            raise

    def _answered(self, request: Request) -> list[Row]:
        document = self.backend.asker.answer(request)
        ours = self.backend.cluster_name
        if wrong := another_cluster(str(self.backend.asker.meta.get("cluster", "")), ours):
            raise wrong
        return job_rows.of_slurmctld(list_of(document, "jobs"), ours, job_rows.HELD_JOB)


def rest_limits(backend: Backend) -> RestLimits:
    """Return the reader over a backend of slurmrestd."""
    if not isinstance(backend, RestBackend):
        raise TypeError(f"{backend.executor} is no backend of slurmrestd")
    return RestLimits(backend)
