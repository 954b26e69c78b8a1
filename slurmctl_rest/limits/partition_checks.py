"""What a partition has against a job: pure.

Slurm 24.11 and 26.05 were tried: with EnforcePartLimits=NO, the default, most of these let a job
wait for ever; with ALL or ANY they refuse it (tests/lab/test_partitions.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slurmctl_rest.limits.waits import Demand
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.partition_rules import PartitionRules
from slurmctl_rest.model.text import listed

VERDICT_REFUSED, VERDICT_WAITS = "refused", "waits"
LET_WAIT = frozenset({"cpu", "node"})
"""Of more than there is, 26.05 lets a job wait for ever."""
ROUNDED = 1.01
"""Slurm rounds the memory of a partition to two places."""


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing that a partition has against a job.

    limit  the partition's setting, in scontrol's words
    value  of a number: what it is, and what the job needs
    """

    verdict: str
    limit: str
    text: str
    remedy: str | None = None
    tres: str = ""
    value: float | None = None
    need: float | None = None

    @property
    def enforced(self) -> bool:
        """Tell whether EnforcePartLimits counts: not for a partition that is DOWN."""
        return self.limit != "State"


@dataclass(frozen=True, slots=True)
class Applicant:
    """A job, and what partitions ask about it.

    accounts     its account, and all above it
    groups       of its user; None: nobody knows them here
    names_nodes  it says how many nodes it wants
    """

    demand: Demand
    accounts: Collection[str]
    groups: Collection[str] | None = None
    names_nodes: bool = False

    @property
    def nodes(self) -> int:
        """Return how many nodes it asks for."""
        return self.demand.tres.get("node", 1)


def objections(
    name: str, job: Applicant, partitions: Mapping[str, PartitionRules], *, old: bool
) -> list[Objection]:
    """Return what a partition has against a job; those that refuse it come first.

    `old`: slurmctld is 24.11, which refuses what later ones let wait.
    """
    rules, where = partitions[name], f"partition {name}"
    update = f"scontrol update partitionname={pasted(name)}"
    tracked = {tres for one in partitions.values() for tres in one.tres}
    found = [
        *_of_state(rules, where, update),
        *_of_names(rules, where, update, job),
        *_of_numbers(rules, where, update, job, old=old),
        *_of_size(rules, where, job, tracked, old=old),
    ]
    return sorted(found, key=lambda one: one.verdict != VERDICT_REFUSED)


def as_enforced(found: Sequence[Objection], enforced: str) -> list[Objection]:
    """Return the objections as EnforcePartLimits has them: with ALL and ANY they refuse the job."""
    if enforced not in {"ALL", "ANY"}:
        return [*found]
    return [replace(one, verdict=VERDICT_REFUSED) if one.enforced else one for one in found]


def _of_state(rules: PartitionRules, where: str, update: str) -> Iterator[Objection]:
    if rules.state != "UP":
        # A job may be submitted to a partition that is down, and to no other that is not up.
        verdict = VERDICT_WAITS if rules.state == "DOWN" else VERDICT_REFUSED
        yield Objection(verdict, "State", f"{where} is {rules.state}", f"{update} State=UP")
    if rules.root_only:
        text = f"{where} is for root alone"
        yield Objection(VERDICT_REFUSED, "RootOnly", text, f"{update} RootOnly=NO")


def _of_names(
    rules: PartitionRules, where: str, update: str, job: Applicant
) -> Iterator[Objection]:
    account, qos = job.demand.account, job.demand.qos
    for noun, setting, allowed, denied, mine in (
        # An account below one that is named is meant, too (24.11, 26.05).
        ("account", "Accounts", rules.allow_accounts, rules.deny_accounts, {*job.accounts}),
        ("QOS", "Qos", rules.allow_qos, rules.deny_qos, {qos}),
    ):
        name = account if noun == "account" else qos
        if allowed and not mine & {*allowed}:
            yield Objection(
                VERDICT_WAITS,
                f"Allow{setting}",
                f"{where} allows {noun} {listed(allowed)}, not {name}",
                f"{update} Allow{setting}={','.join((*allowed, name))}",
            )
        # Where a list allows some, Slurm does not look at the one that denies.
        elif not allowed and (hit := sorted(mine & {*denied})):
            left = ",".join(one for one in denied if one not in hit)
            text = f"{where} denies {noun} {listed(hit)}"
            remedy = f"{update} Deny{setting}={left}"
            yield Objection(VERDICT_WAITS, f"Deny{setting}", text, remedy)
    groups = rules.allow_groups
    if groups and job.groups is not None and not {*job.groups} & {*groups}:
        text = f"{where} allows groups {listed(groups)}, and {job.demand.user} is in none of them"
        yield Objection(VERDICT_WAITS, "AllowGroups", text, None)


def _of_numbers(
    rules: PartitionRules, where: str, update: str, job: Applicant, *, old: bool
) -> Iterator[Objection]:
    minutes, nodes = job.demand.minutes, job.nodes
    if rules.max_time is not None and minutes is not None and minutes > rules.max_time:
        yield _of_number(where, update, "MaxTime", rules.max_time, minutes, "minutes")
    if rules.max_nodes is not None and nodes > rules.max_nodes:
        yield _of_number(where, update, "MaxNodes", rules.max_nodes, nodes, "nodes")
    later = VERDICT_REFUSED if old else VERDICT_WAITS
    # A job that names no number gets as many as the partition asks for, if it has them.
    if rules.min_nodes > (nodes if job.names_nodes else rules.nodes):
        has = nodes if job.names_nodes else rules.nodes
        text = f"{where}: MinNodes is {rules.min_nodes}; "
        text += f"the job asks for {has}" if job.names_nodes else f"it has {has}"
        remedy = f"{update} MinNodes={has}"
        yield Objection(later, "MinNodes", text, remedy, "", rules.min_nodes, has)
    most = rules.max_cpus_per_node
    usable = nodes if job.names_nodes else min(rules.nodes, rules.max_nodes or rules.nodes)
    cpus = job.demand.tres.get("cpu", 0)
    if most is not None and usable and cpus > most * usable:
        each = -(-cpus // usable)
        yield _of_number(where, update, "MaxCPUsPerNode", most, each, "cpu on a node", later)


def _of_number(
    where: str,
    update: str,
    limit: str,
    value: int,
    need: int,
    unit: str,
    verdict: str = VERDICT_WAITS,
) -> Objection:
    text = f"{where}: {limit} is {value} {unit}; the job needs {need}"
    return Objection(verdict, limit, text, f"{update} {limit}={need}", "", value, need)


def _of_size(
    rules: PartitionRules, where: str, job: Applicant, tracked: Collection[str], *, old: bool
) -> Iterator[Objection]:
    """Yield what all nodes together do not have: no job will ever get it."""
    if not rules.tres:
        return
    for name, need in sorted(job.demand.tres.items()):
        value = rules.tres.get(name, 0)
        judged = name in {"cpu", "mem", "node"} or (name.startswith("gres/") and name in tracked)
        # Slurm looks at MaxNodes first.
        judged &= name != "node" or rules.max_nodes is None or need <= rules.max_nodes
        if judged and need > value * (ROUNDED if name == "mem" else 1):
            has = f"{value:.0f} {name}"
            text = f"{where} has {has} in all; the job needs {need}"
            verdict = VERDICT_WAITS if name in LET_WAIT and not old else VERDICT_REFUSED
            yield Objection(verdict, "TRES", text, None, name, value, need)
