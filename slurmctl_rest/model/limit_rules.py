"""What each limit counts, whom it counts it for, and what Slurm does with a job that is over it.

The limits themselves are the rows of model/entities/association.py and qos.py; this table is keyed
by their names, and tests/model/test_limit_rules.py fails where a row has no rule here.

Slurm's rules are those of acct_policy.c; tests/lab/test_limits_hold.py holds real jobs by each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from slurmctl_rest.model.limit_use import Measure


class LimitScope(Enum):
    """Whose jobs are counted together."""

    GROUP = "all jobs of the association and below, or of the QOS"
    ASSOCIATION = "the jobs of the user's association"
    USER = "the jobs of a user in the QOS"
    ACCOUNT = "the jobs of an account in the QOS"
    JOB = "the job alone"
    NODE = "the job on each of its nodes"


class Effect(Enum):
    """What becomes of a job that is over the limit."""

    WAITS = "waits"
    REFUSED = "is refused at submission"
    AGES = "gains no age priority"
    NOTHING = "is stored by Slurm, and not enforced"


@dataclass(frozen=True, slots=True)
class LimitRule:
    """One limit.

    scope     whose jobs are counted together
    measure   what is counted; of LimitScope.JOB what the job itself may ask for
    effect    what becomes of a job that is over it
    yields    QOS limits that take its place: where the QOS of a job sets one of them, Slurm does
              not look at that of the association
    least     a job must ask for that much, and not for more
    """

    scope: LimitScope
    measure: Measure
    effect: Effect = Effect.WAITS
    yields: tuple[str, ...] = ()
    least: bool = False

    @property
    def counts_others(self) -> bool:
        """Tell whether other jobs count, too: such a limit has a use."""
        return self.scope not in {LimitScope.JOB, LimitScope.NODE}


_GROUP, _JOB = LimitScope.GROUP, LimitScope.JOB
_REFUSED, _AGES = Effect.REFUSED, Effect.AGES

ASSOCIATION_RULES: Mapping[str, LimitRule] = {
    "GrpJobs": LimitRule(_GROUP, Measure.RUNNING, yields=("GrpJobs",)),
    "GrpJobsAccrue": LimitRule(_GROUP, Measure.ACCRUING, _AGES, ("GrpJobsAccrue",)),
    "GrpSubmitJobs": LimitRule(_GROUP, Measure.SUBMITTED, _REFUSED, ("GrpSubmitJobs",)),
    "GrpTRES": LimitRule(_GROUP, Measure.TRES, yields=("GrpTRES",)),
    "GrpTRESMins": LimitRule(_GROUP, Measure.MINUTES, yields=("GrpTRESMins",)),
    "GrpTRESRunMins": LimitRule(_GROUP, Measure.RUN_MINUTES, yields=("GrpTRESRunMins",)),
    "GrpWall": LimitRule(_GROUP, Measure.WALL, yields=("GrpWall",)),
    "MaxJobs": LimitRule(
        LimitScope.ASSOCIATION, Measure.RUNNING, yields=("MaxJobsPU", "MaxJobsPA")
    ),
    "MaxJobsAccrue": LimitRule(
        LimitScope.ASSOCIATION, Measure.ACCRUING, _AGES, ("MaxJobsAccruePU", "MaxJobsAccruePA")
    ),
    "MaxSubmitJobs": LimitRule(
        LimitScope.ASSOCIATION, Measure.SUBMITTED, _REFUSED, ("MaxSubmitJobsPU", "MaxSubmitJobsPA")
    ),
    "MaxTRES": LimitRule(_JOB, Measure.TRES, yields=("MaxTRES",)),
    "MaxTRESPerNode": LimitRule(LimitScope.NODE, Measure.TRES, yields=("MaxTRESPerNode",)),
    "MaxTRESMins": LimitRule(_JOB, Measure.RUN_MINUTES, yields=("MaxTRESMins",)),
    "MaxTRESRunMins": LimitRule(LimitScope.ASSOCIATION, Measure.RUN_MINUTES, Effect.NOTHING),
    "MaxWall": LimitRule(_JOB, Measure.WALL, yields=("MaxWall",)),
}

QOS_RULES: Mapping[str, LimitRule] = {
    "GrpTRES": LimitRule(_GROUP, Measure.TRES),
    "GrpTRESMins": LimitRule(_GROUP, Measure.MINUTES),
    "GrpTRESRunMins": LimitRule(_GROUP, Measure.RUN_MINUTES),
    "GrpJobs": LimitRule(_GROUP, Measure.RUNNING),
    "GrpJobsAccrue": LimitRule(_GROUP, Measure.ACCRUING, _AGES),
    "GrpSubmitJobs": LimitRule(_GROUP, Measure.SUBMITTED, _REFUSED),
    "GrpWall": LimitRule(_GROUP, Measure.WALL),
    "MaxTRES": LimitRule(_JOB, Measure.TRES),
    "MaxTRESPerNode": LimitRule(LimitScope.NODE, Measure.TRES),
    "MaxTRESMins": LimitRule(_JOB, Measure.RUN_MINUTES),
    "MaxWall": LimitRule(_JOB, Measure.WALL),
    "MaxTRESPU": LimitRule(LimitScope.USER, Measure.TRES),
    "MaxJobsPU": LimitRule(LimitScope.USER, Measure.RUNNING),
    "MaxSubmitJobsPU": LimitRule(LimitScope.USER, Measure.SUBMITTED, _REFUSED),
    "MaxJobsAccruePU": LimitRule(LimitScope.USER, Measure.ACCRUING, _AGES),
    "MaxTRESPA": LimitRule(LimitScope.ACCOUNT, Measure.TRES),
    "MaxTRESRunMinsPA": LimitRule(LimitScope.ACCOUNT, Measure.RUN_MINUTES),
    "MaxTRESRunMinsPU": LimitRule(LimitScope.USER, Measure.RUN_MINUTES),
    "MaxJobsPA": LimitRule(LimitScope.ACCOUNT, Measure.RUNNING),
    "MaxSubmitJobsPA": LimitRule(LimitScope.ACCOUNT, Measure.SUBMITTED, _REFUSED),
    "MaxJobsAccruePA": LimitRule(LimitScope.ACCOUNT, Measure.ACCRUING, _AGES),
    "MinTRES": LimitRule(_JOB, Measure.TRES, least=True),
}

NOT_COUNTED = frozenset(
    {
        *("Fairshare", "Priority", "MinPrioThresh", "DefaultQOS", "QosLevel"),
        *("Name", "Description", "ID", "GraceTime", "Preempt", "PreemptExemptTime"),
        *("PreemptMode", "Flags", "UsageThreshold", "UsageFactor", "LimitFactor"),
    }
)
"""Rows of the two tables that limit no count."""
