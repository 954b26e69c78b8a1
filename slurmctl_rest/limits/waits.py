"""From a job that waits, or is to be submitted, to the limits that hold it: pure.

Slurm tells one reason, seldom the object, and for some seconds "Priority" alone. So each limit of
the job's lineage and QOS is held against its use, by the rules of acct_policy.c:

- of Grp limits, and of those of users and accounts in a QOS: use + need > value
- of minutes that were used (GrpTRESMins, GrpWall): use >= value. With AccountingStorageEnforce=safe
  Slurm looks ahead, too; where its reason names such a limit, it is believed
- of limits on one job: need > value
- a limit of the QOS takes the place of the same one of associations
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slurmctl_rest.limits.findings import (
    LimitState,
    Lineages,
    lineage,
    of_associations,
    of_qos,
    origin_of,
    values_of,
)
from slurmctl_rest.limits.reason_names import LIMIT_OF_REASON, kind_of
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.entities.association import AssociationKey, is_account_level
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.tres import counts
from slurmctl_rest.model.limit_rules import (
    ASSOCIATION_RULES,
    QOS_RULES,
    Effect,
    LimitRule,
    LimitScope,
)
from slurmctl_rest.model.limit_use import NO_PARTITIONS, LimitUse, Measure, Partitions
from slurmctl_rest.model.partition_rules import PartitionRules


@dataclass(frozen=True, slots=True)
class Demand:
    """What a job asks for.

    minutes  its time limit; None: none
    tasks    of an array that wait, each of which counts as a job
    factor   by which Slurm multiplies the minutes that it asks for (usage_factor)
    """

    account: str
    user: str
    partition: str
    qos: str
    tres: Mapping[str, int]
    minutes: int | None
    tasks: int = 1
    factor: float = 1.0

    def need(self, rule: LimitRule, tres: str) -> float:
        """Return what the job needs of a limit, in its unit."""
        count = self.tres.get(tres, 0)
        minutes = self.minutes if self.minutes is not None else MINUTES_WITHOUT_LIMIT
        if rule.scope is LimitScope.NODE:
            return count // max(1, self.tres.get("node", 1))
        needs: Mapping[Measure, float] = {
            Measure.RUNNING: 1,
            Measure.ACCRUING: 1,
            Measure.SUBMITTED: self.tasks,
            Measure.WALL: minutes,
            Measure.TRES: count,
            # slurmctld leaves out what is no whole minute.
            Measure.MINUTES: int(count * minutes * self.factor),
            Measure.RUN_MINUTES: int(count * minutes * self.factor),
        }
        return needs[rule.measure]


MINUTES_WITHOUT_LIMIT = 365 * 24 * 60
"""What slurmctld counts for a job without a time limit: a year."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A limit that a job is over.

    state   the limit with its use
    need    what the job needs of it
    told    Slurm's own reason names it
    """

    state: LimitState
    need: float
    told: bool = False

    @property
    def enough(self) -> float:
        """Return the smallest value of the limit with which the job may start."""
        rule, state = self.state.rule, self.state
        if rule.least or not rule.counts_others:
            return self.need
        used = state.value if state.used is None else state.used
        return used + max(self.need, 1)


def minutes_given(states: Iterable[LimitState], rules: PartitionRules) -> int | None:
    """Return the time limit of a job that is submitted without one; None: it has none.

    DefaultTime of the partition, which MaxWall may then hold; or else MaxWall, which may be more
    than MaxTime; or else MaxTime (24.11, 26.05).
    """
    if rules.default_time is not None:
        return rules.default_time
    most = (int(one.value) for one in states if one.field == "MaxWall")
    return min(most, default=rules.max_time)


def with_generic_gres(tres: Mapping[str, int]) -> dict[str, int]:
    """Return the TRES of a job with gres/gpu for gres/gpu:a100, which slurmctld counts, too.

    >>> with_generic_gres({"cpu": 1, "gres/gpu:a100": 1, "gres/gpu:h100": 2})
    {'cpu': 1, 'gres/gpu:a100': 1, 'gres/gpu:h100': 2, 'gres/gpu': 3}
    """
    typed: dict[str, int] = {}
    for name, count in tres.items():
        generic, colon, _ = name.partition(":")
        if colon and name.startswith("gres/"):
            typed[generic] = typed.get(generic, 0) + count
    return {**tres, **{name: max(count, tres.get(name, 0)) for name, count in typed.items()}}


def demand_of(job: Row, tasks: int = 1) -> Demand:
    """Return what slurmctld's record of a job asks for."""
    limit = job["Timelimit"]
    return Demand(
        str(job["Account"]),
        str(job["User"]),
        str(job["Partition"] or ""),
        str(job["QOS"]),
        counts(job["ReqTRES"]),
        limit if isinstance(limit, int) else None,
        tasks,
    )


OVER_PARTITION_QOS = "OverPartQOS"
"""Flag of a QOS whose limits come before those of the partition's QOS."""


USAGE_FACTOR_SAFE = "UsageFactorSafe"
"""Flag of a QOS with which UsageFactor counts before a job begins, too."""


def usage_factor(own: Row | None) -> float:
    """Return what the minutes of a job are multiplied by before it begins: never that of another
    QOS, also not that of its partition's (24.11, 26.05).
    """
    flags, factor = (own["Flags"], own["UsageFactor"]) if own is not None else ((), None)
    safe = isinstance(flags, tuple) and USAGE_FACTOR_SAFE in flags
    return float(factor) if safe and isinstance(factor, int | float) else 1.0


def qos_in_order(own: Row | None, of_partition: Row | None) -> list[Row]:
    """Return the QOS whose limits hold a job, in the order in which Slurm looks at them.

    That of the partition comes first, unless that of the job has the flag OverPartQOS
    (acct_policy_set_qos_order).
    """
    rows = [row for row in (of_partition, own) if row is not None]
    flags = own["Flags"] if own is not None else ()
    if isinstance(flags, tuple) and OVER_PARTITION_QOS in flags:
        rows.reverse()
    same = len(rows) > 1 and rows[0]["Name"] == rows[1]["Name"]
    return rows[:1] if same else rows


def association_of(demand: Demand, tree: Lineages, cluster: str) -> AssociationKey | None:
    """Return the association that a job belongs to: that of its partition, where there is one."""
    whole = AssociationKey(cluster, demand.account, demand.user)
    own = AssociationKey(cluster, demand.account, demand.user, demand.partition)
    return next((key for key in (own, whole) if key in tree), None)


def limits_of(
    demand: Demand,
    key: AssociationKey,
    tree: Lineages,
    rows: Sequence[Row],
    use: LimitUse,
) -> list[LimitState]:
    """Return all limits that Slurm holds against the job, in the order in which it looks at them.

    rows  of QOS: the first that sets a limit wins, for each TRES by itself
    """
    found: list[LimitState] = []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        states = of_qos(row, use, [demand.user], [demand.account])
        states += _of_one_job(QOS_RULES, row, {}, AssociationKey("", ""), str(row["Name"]))
        found += [one for one in states if (one.field, one.tres) not in seen]
        seen |= {(one.field, one.tres) for one in states}
    path = lineage(tree, key)
    part = {step: tree[step] for step in path}
    states = of_associations(part, use)
    # Limits on one job are handed down: the lowest row has all of them.
    states += _of_one_job(ASSOCIATION_RULES, tree[key].row, tree[key].inherited, key, "")
    factor = next((f for row in rows if isinstance(f := row["LimitFactor"], float)), 1.0)
    for one in sorted(states, key=lambda one: path.index(one.key)):
        taken = any((name, one.tres) in seen for name in one.rule.yields)
        if not taken:
            found.append(
                replace(one, value=one.value * factor, factor=factor)
                if one.tres and factor != 1
                else one
            )
    return found


def _of_one_job(
    rules: Mapping[str, LimitRule],
    row: Row,
    inherited: Mapping[str, str | Mapping[str, str]],
    key: AssociationKey,
    qos: str,
) -> Iterator[LimitState]:
    for field, rule in rules.items():
        if not rule.counts_others:
            for tres, value in values_of(row[field]):
                origin = origin_of(inherited.get(field, ""), tres)
                yield LimitState(key, qos, field, tres, rule, value, origin=origin)


def holds(
    demand: Demand,
    states: Iterable[LimitState],
    reason: str = "",
    effects: Iterable[Effect] = (Effect.WAITS,),
) -> list[Hold]:
    """Return the limits that hold the job; those that Slurm's own reason names come first."""
    wanted = {*effects}
    found = []
    told = []
    for state in states:
        if state.rule.effect in wanted:
            hold = Hold(state, demand.need(state.rule, state.tres), _names(reason, state))
            if _is_over(hold, demand):
                found.append(hold)
            elif hold.told and hold.need:
                told.append(hold)
    # Slurm may know more than we do: it is believed, where nothing else explains its reason.
    found += told if not any(hold.told for hold in found) else []
    return sorted(found, key=lambda hold: not hold.told)


def _names(reason: str, state: LimitState) -> bool:
    limit = LIMIT_OF_REASON.get(reason)
    entity = QOS.noun if state.qos else ASSOCIATION.noun
    return limit is not None and (limit.entity, limit.field, limit.kind) == (
        entity,
        state.field,
        kind_of(state.tres) if state.tres else "",
    )


def _is_over(hold: Hold, demand: Demand) -> bool:
    state, rule = hold.state, hold.state.rule
    if rule.least:
        return hold.need < state.value
    if not rule.counts_others:
        return hold.need > state.value
    if state.used is None or (state.tres and not demand.tres.get(state.tres)):
        return False
    if rule.measure in {Measure.MINUTES, Measure.WALL}:
        return state.used >= state.value
    if state.tres == "node" and rule.measure is Measure.TRES:
        # A node that other jobs hold already counts once, and the job may get just that one: where
        # it has to be another, only slurmctld knows.
        return hold.need > state.value
    return state.used + hold.need > state.value


def counts_against(
    job: Row, state: LimitState, parents: Mapping[str, str], partitions: Partitions = NO_PARTITIONS
) -> bool:
    """Tell whether a job that runs counts against a limit.

    `parents`: account -> the one above it, of all accounts of such jobs
    """
    account, user = str(job["Account"]), str(job["User"])
    if state.qos:
        key = state.key
        mine = partitions.names_of(str(job["QOS"]), str(job["Partition"] or ""))
        return state.qos in mine and key.user in {"", user} and key.account in {"", account}
    if not is_account_level({"User": state.key.user or None}):
        own = (state.key.account, state.key.user) == (account, user)
        return own and state.key.partition in {"", job["Partition"]}
    seen: set[str] = set()
    while account and account not in seen:
        if account == state.key.account:
            return True
        seen.add(account)
        account = parents.get(account, "")
    return False
