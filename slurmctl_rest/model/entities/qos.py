"""Qualities of service: limits and rules that jobs choose, known to all clusters.

Paths are slurmrestd's, confirmed by round trips on the lab. `flags` and `preempt.mode` are lost by
a POST that leaves them out, TRES merge one by one (the opposite of associations), and an emptied
`preempt.list` is ignored.

Every slurmrestd tells all fields of its version. The emulator of the demo leaves out those with
`absent`. No write sends them back unasked, but for PreemptMode: without it a QOS is not written.
"""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.model.entities.association import DELETED_RECORD
from slurmctl_rest.model.fields import MUST_BE_THERE, Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Kind
from slurmctl_rest.model.kinds.durations import DURATION, GRACE_TIME, MINUTES
from slurmctl_rest.model.kinds.names import NAME, NAME_SET, TEXT
from slurmctl_rest.model.kinds.numbers import COUNT, JOBS, NUMBER, WEIGHT, Real
from slurmctl_rest.model.kinds.tres import TRES, TRES_MINUTES
from slurmctl_rest.model.kinds.words import Mode, WordSet
from slurmctl_rest.model.versions import V42, ApiVersion

QOS_FLAGS = WordSet(
    {
        "DenyOnLimit": "DENY_LIMIT",
        "EnforceUsageThreshold": "ENFORCE_USAGE_THRESHOLD",
        "NoDecay": "NO_DECAY",
        "NoReserve": "NO_RESERVE",
        "OverPartQOS": "OVERRIDE_PARTITION_QOS",
        "PartitionMaxNodes": "PARTITION_MAXIMUM_NODE",
        "PartitionMinNodes": "PARTITION_MINIMUM_NODE",
        "PartitionTimeLimit": "PARTITION_TIME_LIMIT",
        "Relative": "RELATIVE",
        "RequiresReservation": "REQUIRED_RESERVATION",
        "UsageFactorSafe": "USAGE_FACTOR_SAFE",
    },
    "flags",
)

QOS_FLAG_BITS: Mapping[int, str] = {
    1: "PartitionMinNodes",
    2: "PartitionMaxNodes",
    4: "PartitionTimeLimit",
    8: "EnforceUsageThreshold",
    16: "NoReserve",
    32: "RequiresReservation",
    64: "DenyOnLimit",
    128: "OverPartQOS",
    256: "NoDecay",
    512: "UsageFactorSafe",
    1024: "Relative",
}
"""Bit of a QOS's flags -> name; a lab test adds a QOS with each."""
PREEMPT_MODE = Mode(
    {
        "cluster": "DISABLED",
        "cancel": "CANCEL",
        "gang": "GANG",
        "requeue": "REQUEUE",
        "suspend": "SUSPEND",
    },
    "cluster, cancel, gang, requeue or suspend; gang also with one of the last three; over the "
    "commands also within or priority",
    {"off": "cluster"},
)


def _row(
    name: str,
    kind: Kind,
    path: str,
    help_: str,
    *,
    header: str = "",
    aliases: tuple[str, ...] = (),
    since: ApiVersion | None = None,
    absent: Json = MUST_BE_THERE,
    database: str = "",
) -> Field:
    return Field(
        name,
        kind,
        path,
        help_,
        header=header,
        aliases=aliases,
        since=since,
        absent=absent,
        record=SlurmRecord.OBJECT,
        database=database,
    )


QOS = Entity(
    "qos",
    (
        Field(
            "Name", NAME, "name",
            "name of the QOS, in lower case",
            aliases=("Names", "QOS"), where=True, access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Description", TEXT, "description",
            "free text, stored in lower case",
            header="Descr", aliases=("Descriptions",), where=True, record=SlurmRecord.OBJECT,
            database="description",
        ),
        Field(
            "ID", NUMBER, "id",
            "slurmdbd's number of the QOS",
            aliases=("IDs",), where=True, access=Access.READ, record=SlurmRecord.OBJECT,
            absent=None,
        ),
        _row(
            "Priority", WEIGHT, "priority", "number added to the priority of each job",
            database="priority",
        ),
        _row(
            "GraceTime", GRACE_TIME, "limits.grace_time",
            "time that a preempted job has to end",
            database="grace_time",
        ),
        Field(
            "Preempt", NAME_SET, "preempt.list",
            "QOS whose jobs may be preempted; takes =, += and -=; '' clears",
            where=True, record=SlurmRecord.OBJECT,
            absent=None,
            database="preempt",
        ),
        _row(
            "PreemptExemptTime", DURATION, "preempt.exempt_time",
            "run time after which a job may be preempted",
            absent=None,
            database="preempt_exempt_time",
        ),
        Field(
            "PreemptMode", PREEMPT_MODE, "preempt.mode",
            "action on preempted jobs; cluster: as in slurm.conf",
            where=True, record=SlurmRecord.OBJECT,
            absent=(),  # not in the answer: a write would reset it
            database="preempt_mode",
        ),
        Field(
            "Flags", QOS_FLAGS, "flags",
            "rules of the QOS; takes =, += and -=; -1 clears",
            where=True, record=SlurmRecord.OBJECT,
            database="flags",
        ),
        _row(
            "UsageThreshold", Real("number"), "usage_threshold",
            "lowest fairshare of associations whose jobs may use the QOS",
            header="UsageThres", aliases=("UsageThres",),
            database="usage_thres",
        ),
        _row(
            # Never unset: without a value Slurm multiplies by 1.
            "UsageFactor", Real("number", 1.0), "usage_factor",
            "factor by which the usage of jobs is multiplied",
            database="usage_factor",
        ),
        _row(
            # To Slurm a factor of 0 is none.
            "LimitFactor", Real("number", zero=False), "limits.factor",
            "factor by which the limits of associations are multiplied",
            absent=None,
            database="limit_factor",
        ),
        _row(
            "GrpTRES", TRES, "limits.max.tres.total",
            "TRES that all running jobs of the QOS may hold at once",
            database="grp_tres",
        ),
        _row(
            "GrpTRESMins", TRES_MINUTES, "limits.max.tres.minutes.total",
            "TRES minutes that all jobs may use",
            since=V42,
            database="grp_tres_mins",
        ),
        _row(
            "GrpTRESRunMins", TRES_MINUTES, "limits.max.tres.minutes.per.qos",
            "TRES minutes that running jobs may hold at once",
            absent=None,
            database="grp_tres_run_mins",
        ),
        _row(
            "GrpJobs", JOBS, "limits.max.active_jobs.count", "jobs that may run at once",
            database="grp_jobs",
        ),
        _row(
            "GrpJobsAccrue", JOBS, "limits.max.active_jobs.accruing",
            "pending jobs that may gain age priority",
            database="grp_jobs_accrue",
        ),
        _row(
            "GrpSubmitJobs", JOBS, "limits.max.jobs.count",
            "jobs that may be pending or running",
            header="GrpSubmit", aliases=("GrpSubmitJob",), since=V42,
            database="grp_submit_jobs",
        ),
        _row(
            "GrpWall", MINUTES, "limits.max.wall_clock.per.qos",
            "wall clock minutes that jobs may use",
            database="grp_wall",
        ),
        _row(
            "MaxTRES", TRES, "limits.max.tres.per.job",
            "TRES that each job may use",
            aliases=("MaxTRESPerJob", "MaxTRESPJ"),
            database="max_tres_pj",
        ),
        _row(
            "MaxTRESPerNode", TRES, "limits.max.tres.per.node",
            "TRES that each job may use on each of its nodes",
            aliases=("MaxTRESPN",),
            database="max_tres_pn",
        ),
        _row(
            "MaxTRESMins", TRES_MINUTES, "limits.max.tres.minutes.per.job",
            "TRES minutes that each job may use",
            aliases=("MaxTRESMinsPerJob", "MaxTRESMinsPJ"),
            database="max_tres_mins_pj",
        ),
        _row(
            "MaxWall", MINUTES, "limits.max.wall_clock.per.job",
            "wall clock time that each job may use",
            aliases=("MaxWallDurationPerJob", "MaxWallPJ"),
            database="max_wall_duration_per_job",
        ),
        _row(
            "MaxTRESPU", TRES, "limits.max.tres.per.user",
            "TRES that each user's running jobs may hold at once",
            aliases=("MaxTRESPerUser",),
            database="max_tres_pu",
        ),
        _row(
            "MaxJobsPU", JOBS, "limits.max.jobs.active_jobs.per.user",
            "jobs that each user may run at once",
            aliases=("MaxJobsPerUser", "MaxJobs"),
            database="max_jobs_per_user",
        ),
        _row(
            "MaxSubmitJobsPU", JOBS, "limits.max.jobs.per.user",
            "jobs that each user may have pending or running",
            header="MaxSubmitPU", aliases=("MaxSubmitJobsPerUser", "MaxSubmitJobs", "MaxSubmit"),
            database="max_submit_jobs_per_user",
        ),
        _row(
            "MaxJobsAccruePU", JOBS, "limits.max.accruing.per.user",
            "pending jobs of each user that may gain age priority",
            aliases=("MaxJobsAccruePerUser",),
            absent=None,
            database="max_jobs_accrue_pu",
        ),
        _row(
            "MaxTRESPA", TRES, "limits.max.tres.per.account",
            "TRES that each account's running jobs may hold at once",
            aliases=("MaxTRESPerAccount",),
            database="max_tres_pa",
        ),
        _row(
            "MaxTRESRunMinsPA", TRES_MINUTES, "limits.max.tres.minutes.per.account",
            "TRES minutes that each account's running jobs may hold",
            aliases=("MaxTRESRunMinsPerAccount",),
            absent=None,
            database="max_tres_run_mins_pa",
        ),
        _row(
            "MaxTRESRunMinsPU", TRES_MINUTES, "limits.max.tres.minutes.per.user",
            "TRES minutes that each user's running jobs may hold",
            aliases=("MaxTRESRunMinsPerUser",),
            absent=None,
            database="max_tres_run_mins_pu",
        ),
        _row(
            "MaxJobsPA", JOBS, "limits.max.jobs.active_jobs.per.account",
            "jobs that each account may run at once",
            aliases=("MaxJobsPerAccount",),
            database="max_jobs_pa",
        ),
        _row(
            "MaxSubmitJobsPA", JOBS, "limits.max.jobs.per.account",
            "jobs that each account may have pending or running",
            header="MaxSubmitPA", aliases=("MaxSubmitJobsPerAccount",),
            database="max_submit_jobs_pa",
        ),
        _row(
            "MaxJobsAccruePA", JOBS, "limits.max.accruing.per.account",
            "pending jobs of each account that may gain age priority",
            aliases=("MaxJobsAccruePerAccount",),
            absent=None,
            database="max_jobs_accrue_pa",
        ),
        _row(
            "MinPrioThresh", COUNT, "limits.min.priority_threshold",
            "priority that a job needs before it reserves resources",
            header="MinPrioThres", aliases=("MinPrioThreshold",),
            database="min_prio_thresh",
        ),
        _row(
            "MinTRES", TRES, "limits.min.tres.per.job",
            "TRES that each job must ask for",
            aliases=("MinTRESPerJob",),
            database="min_tres_pj",
        ),
    ),
    (
        *("Name", "Priority", "GraceTime", "Preempt", "PreemptExemptTime", "PreemptMode", "Flags"),
        *("UsageThreshold", "UsageFactor", "GrpTRES", "GrpTRESMins", "GrpTRESRunMins", "GrpJobs"),
        *("GrpSubmitJobs", "GrpWall", "MaxTRES", "MaxTRESPerNode", "MaxTRESMins", "MaxWall"),
        *("MaxTRESPU", "MaxJobsPU", "MaxSubmitJobsPU", "MaxTRESPA"),
        *("MaxTRESRunMinsPA", "MaxTRESRunMinsPU", "MaxJobsPA"),
        *("MaxSubmitJobsPA", "MinTRES"),
    ),
    on_request=(DELETED_RECORD,),
)  # fmt: skip

NORMAL = "normal"
"""The QOS that Slurm makes itself; every root account has it."""
