"""Use of limits, counted from slurmctld's list of jobs: pure.

slurmrestd has no assoc_mgr. Running, submitted and accruing jobs and the TRES that they hold can be
counted exactly. TRES minutes that running jobs may still use depend on when slurmctld last looked;
what has been used before is in no answer that names one association.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.entities.job import is_active
from slurmctl_rest.model.entities.job_ids import tasks_in
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.names import TEXT
from slurmctl_rest.model.kinds.tres import counts
from slurmctl_rest.model.limit_use import LimitUse, Measure, Partitions, PlaceUse, UseQuery
from slurmctl_rest.model.partition_rules import PartitionRules, names_of_list, tres_of_nodes

REST_NOTES: Mapping[Measure, str] = {
    Measure.WALL: "slurmrestd does not report it; scontrol show assoc_mgr does",
    Measure.MINUTES: "slurmrestd does not report it; scontrol show assoc_mgr does",
    Measure.RUN_MINUTES: "about: computed from time limits, slurmctld counts down once a minute",
}
"""Why a measure is not exact, or not known, over REST."""


class Tally:
    """The use of one place, as jobs are counted."""

    def __init__(self) -> None:
        """Nothing is used yet."""
        self.running = 0
        self.submitted = 0
        self.accruing = 0
        self.tres: dict[str, float] = {}
        self.run_minutes: dict[str, float] = {}
        self.nodes: set[str] = set()

    def add(self, job: Row, now: int, factor: float) -> None:
        """Count a job that is not over; one that waits may be several tasks.

        `factor`: UsageFactor of its own QOS, by which slurmctld multiplies minutes (24.11, 26.05).
        """
        tasks = tasks_in([str(job["JobID"])])
        self.submitted += tasks
        if not has_started(job):
            # slurmctld gives the time to as many jobs as the limits let (24.11, 26.05).
            self.accruing += tasks if job.get("Accrue") else 0
            return
        self.running += 1
        left = minutes_left(job, now) * factor
        self.nodes |= set(nodes_of(str(job["NodeList"] or "")))
        for name, count in counts(job["AllocTRES"]).items():
            self.tres[name] = self.tres.get(name, 0) + count
            self.run_minutes[name] = self.run_minutes.get(name, 0) + int(count * left)

    def use(self) -> PlaceUse:
        """Return it as a use."""
        return {
            Measure.RUNNING: self.running,
            Measure.SUBMITTED: self.submitted,
            Measure.ACCRUING: self.accruing,
            # slurmctld counts a node once, however many jobs share it (24.11, 26.05).
            Measure.TRES: {**self.tres, "node": len(self.nodes)},
            Measure.RUN_MINUTES: self.run_minutes,
        }


def has_started(job: Row) -> bool:
    """Tell whether it holds resources."""
    states = job["State"]
    return is_active(job) and isinstance(states, tuple) and "PENDING" not in states


def nodes_of(text: str) -> list[str]:
    """Return the names of a list of nodes.

    >>> nodes_of("gpu1,n[08-10]-ib,x")
    ['gpu1', 'n08-ib', 'n09-ib', 'n10-ib', 'x']
    """
    names: list[str] = []
    for part in re.findall(r"(?:[^,\[]|\[[^]]*\])+", text):
        made = [""]
        for piece in re.split(r"(\[[^]]*\])", part):
            ends = _range(piece[1:-1]) if piece.startswith("[") else [piece]
            made = [front + end for front in made for end in ends]
        names += made
    return names


def _range(text: str) -> list[str]:
    """Return the numbers of `08-10,12`, with their zeros."""
    found: list[str] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first.isdecimal() and (last or first).isdecimal():
            numbers = range(int(first), int(last or first) + 1)
            found += [str(number).zfill(len(first)) for number in numbers]
    return found


def minutes_left(job: Row, now: int) -> int:
    """Return the whole minutes that a running job may still take; without a limit, a year's."""
    limit, start = job["Timelimit"], job["Start"]
    most = limit if isinstance(limit, int) else MINUTES_OF_A_YEAR
    return max(0, most - (now - start) // 60) if isinstance(start, int) else most


MINUTES_OF_A_YEAR = 365 * 24 * 60
"""What slurmctld counts for a job without a time limit."""


def count(
    jobs: Iterable[Row],
    query: UseQuery,
    parents: Mapping[str, str],
    now: int,
    factors: Mapping[str, float] = {},
) -> LimitUse:
    """Return the use of what is asked for.

    `parents`: account -> the one above it, of all accounts with active jobs, and of those above.
    `factors`: QOS -> its UsageFactor, where it is not 1.
    """
    associations = {key: Tally() for key in query.keys}
    qos = {name: Tally() for name in query.qos}
    users: dict[tuple[str, str], Tally] = {}
    accounts: dict[tuple[str, str], Tally] = {}
    for job in filter(is_active, jobs):
        factor = factors.get(str(job["QOS"]), 1.0)
        for key in _places(job, query, parents):
            associations[key].add(job, now, factor)
        for name in qos_of(job, query.partitions) & {*qos}:
            of_user, of_account = (name, str(job["User"])), (name, str(job["Account"]))
            qos[name].add(job, now, factor)
            users.setdefault(of_user, Tally()).add(job, now, factor)
            accounts.setdefault(of_account, Tally()).add(job, now, factor)
    return LimitUse(
        {key: tally.use() for key, tally in associations.items()},
        {key: tally.use() for key, tally in qos.items()},
        {key: tally.use() for key, tally in users.items()},
        {key: tally.use() for key, tally in accounts.items()},
        REST_NOTES,
    )


PARTITION_NAME = Field("Name", TEXT, "name", "the name")
PARTITION_QOS = Field("QOS", TEXT, "qos.assigned", "the QOS of its own")


def partitions_of(records: Iterable[Json]) -> Partitions:
    """Return the QOS of partitions; SlurmRefused for a record that cannot be read."""
    qos: dict[str, str] = {}
    default = ""
    rules: dict[str, PartitionRules] = {}
    for record in records:
        try:
            name, own = (str(f.load(record) or "") for f in (PARTITION_NAME, PARTITION_QOS))
            # From v0.0.44 on.
            flags = record.get("flags") or ()
            rules[name] = _rules(record, root_only="ROOT_ONLY" in flags)
        except ValueError as error:
            raise SlurmRefused(f"slurmrestd's partition cannot be read: {error}") from error
        if own:
            qos[name] = own
        default = name if "DEFAULT" in flags else default
    return Partitions(qos, default, rules)


def _rules(record: Mapping[str, Json], *, root_only: bool) -> PartitionRules:
    """Return the rules of a partition; what slurmrestd does not tell is no rule.

    ValueError for a limit that is set, and to no number.
    """

    def at(*path: str) -> Json:
        found: Json = record
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found

    def names(*path: str) -> tuple[str, ...]:
        return names_of_list(str(at(*path) or ""))

    def number(group: str, name: str) -> int | None:
        told = at(group, name)
        if not isinstance(told, Mapping) or not told.get("set") or told.get("infinite"):
            return None
        if not isinstance(limit := told.get("number"), int):
            raise ValueError(f"{group}.{name}: no number")  # noqa: TRY004 (the codecs' one error)
        return limit

    states, nodes = at("partition", "state"), at("nodes", "total")
    least = at("minimums", "nodes")
    return PartitionRules(
        state=str(states[0]) if isinstance(states, list) and states else "UP",
        allow_accounts=names("accounts", "allowed"),
        deny_accounts=names("accounts", "deny"),
        allow_qos=names("qos", "allowed"),
        deny_qos=names("qos", "deny"),
        allow_groups=names("groups", "allowed"),
        root_only=root_only,
        max_time=number("maximums", "time"),
        default_time=number("defaults", "time"),
        max_nodes=number("maximums", "nodes"),
        min_nodes=least if isinstance(least, int) else 0,
        max_cpus_per_node=number("maximums", "cpus_per_node"),
        nodes=nodes if isinstance(nodes, int) else 0,
        tres=tres_of_nodes(str(at("tres", "configured") or "")),
    )


def qos_of(job: Row, partitions: Partitions) -> frozenset[str]:
    """Return the QOS that a job counts against: its own, and that of its partition."""
    return partitions.names_of(str(job["QOS"]), str(job["Partition"] or ""))


def _places(job: Row, query: UseQuery, parents: Mapping[str, str]) -> Iterator[AssociationKey]:
    """Yield the associations that a job counts against: the user's, and the accounts' above it."""
    account, user = str(job["Account"]), str(job["User"])
    # A job belongs to the association of its partition, where the user has one.
    whole = AssociationKey(query.cluster, account, user)
    of_partition = AssociationKey(query.cluster, account, user, str(job["Partition"] or ""))
    own = of_partition if of_partition in query.keys else whole
    if own in query.keys:
        yield own
    seen: set[str] = set()
    while account and account not in seen:
        seen.add(account)
        key = AssociationKey(query.cluster, account)
        if key in query.keys:
            yield key
        account = parents.get(account, "")
