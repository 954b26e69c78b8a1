"""Slurm's reasons that are no limits of associations and QOS, in plain words, with the next step.

Both releases: 24.11 writes InvaildReason, 26.05 InvalidReason; NvidiaImexChannels took the place of
FrontEndDown. tests/lab/test_limits_hold.py fails where Slurm's own list has one that is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slurmctl_rest.model.entities.job_ids import whole


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """A reason in words.

    In the next step `{job}` is the number of the job, and of waiting tasks that of their array:
    most commands take no `12_[4-9]`. `{array}` is always that of the array, `{id}` is the ID as it
    is.
    """

    text: str
    step: str = ""


SHOW_JOB = "scontrol show job {job}"
UNHOLD = "scontrol release {job}"
PARTITION = "scontrol show partition"
NODES = "sinfo -R shows why nodes are down or drained"
NO_STEP = "wait: nothing is to be done"
OLD = "an old name of a limit; see the limits of the account and the QOS"

REASON_WORDS: Mapping[str, ReasonWords] = {
    "None": ReasonWords("Slurm has not looked at the job yet", "ask again in a few seconds"),
    "Priority": ReasonWords(
        "jobs of higher priority come first in this partition", "sprio -j {job} shows its priority"
    ),
    "Resources": ReasonWords(
        "the nodes that it needs are busy", "squeue --start -j {job} shows when it is expected"
    ),
    "Dependency": ReasonWords(
        "it depends on another job that has not ended",
        "scontrol show job {job} shows Dependency; to drop it: scontrol update jobid={job} "
        "dependency=",
    ),
    "DependencyNeverSatisfied": ReasonWords(
        "the job that it depends on ended otherwise than it asks for, so it never starts",
        "scontrol update jobid={job} dependency=, or cancel it: slurmctl-rest jobs cancel {id}",
    ),
    "BeginTime": ReasonWords(
        "it may not begin before the time that it asks for (--begin), or it was requeued just now",
        "scontrol update jobid={job} starttime=now",
    ),
    "JobHeldUser": ReasonWords("its user holds it", UNHOLD),
    "JobHeldAdmin": ReasonWords("an administrator holds it", f"{UNHOLD} (as an operator)"),
    "JobHoldMaxRequeue": ReasonWords(
        "it was requeued too often (MaxBatchRequeue), and is held", f"find out why, then {UNHOLD}"
    ),
    "ReqNodeNotAvail": ReasonWords(
        "a node that it needs is down, drained, or reserved for others", NODES
    ),
    "NodeDown": ReasonWords("a node that it needs is down", NODES),
    "FrontEndDown": ReasonWords("no front end node can run it", NODES),
    "PartitionDown": ReasonWords(
        "its partition is down", "scontrol update partitionname=NAME state=up"
    ),
    "PartitionInactive": ReasonWords(
        "its partition is inactive", "scontrol update partitionname=NAME state=up"
    ),
    "PartitionNodeLimit": ReasonWords(
        "it asks for more nodes, or fewer, than its partition allows, or nodes that are down",
        f"{PARTITION} shows MinNodes and MaxNodes",
    ),
    "PartitionTimeLimit": ReasonWords(
        "it asks for more time than its partition allows",
        f"{PARTITION} shows MaxTime; scontrol update jobid={{job}} timelimit=TIME",
    ),
    "PartitionConfig": ReasonWords(
        "its partition does not allow it (accounts, groups, QOS, or CPUs of a node)",
        f"{PARTITION} shows AllowAccounts, AllowGroups and AllowQos",
    ),
    "AccountNotAllowed": ReasonWords(
        "its partition does not allow the account", f"{PARTITION} shows AllowAccounts"
    ),
    "QOSNotAllowed": ReasonWords(
        "its association or its partition does not allow the QOS",
        "slurmctl-rest assoc list format=Account,User,QosLevel",
    ),
    "Licenses": ReasonWords("the licenses that it needs are in use", "scontrol show licenses"),
    "Reservation": ReasonWords(
        "it waits for its reservation to begin", "slurmctl-rest reservation list"
    ),
    "ReservationDeleted": ReasonWords(
        "its reservation was deleted, and the job is held",
        "scontrol update jobid={job} reservationname=, then scontrol release {job}",
    ),
    "ReservationInvalid": ReasonWords(
        "its reservation does not fit it (user, account or partition)",
        "slurmctl-rest reservation list",
    ),
    "BadConstraints": ReasonWords(
        "no node can ever fulfil what it asks for (features, memory, CPUs, GRES)",
        f"{SHOW_JOB}; change it with scontrol update, or cancel it",
    ),
    "Constraints": ReasonWords(
        "the features that it asks for (--constraint) are not there now", f"{SHOW_JOB}; {NODES}"
    ),
    "JobArrayTaskLimit": ReasonWords(
        "its array allows no more tasks at once (--array=...%N)",
        "scontrol update jobid={array} arraytaskthrottle=N",
    ),
    "JobLaunchFailure": ReasonWords("it could not be launched", f"see slurmd's log; {UNHOLD}"),
    "NonZeroExitCode": ReasonWords("it ended with an error, and is held", UNHOLD),
    "RaisedSignal": ReasonWords("it was ended by a signal, and is held", UNHOLD),
    "SystemFailure": ReasonWords("Slurm or the system failed", "see slurmctld's log"),
    "OutOfMemory": ReasonWords("it ran out of memory", "ask for more memory (--mem)"),
    "Cleaning": ReasonWords("its last run is still being cleaned up", NO_STEP),
    "Prolog": ReasonWords("its prolog is running", NO_STEP),
    "SchedDefer": ReasonWords(
        "slurmctld is set to start jobs later (SchedulerParameters=defer)", NO_STEP
    ),
    "InvalidAccount": ReasonWords(
        "its account does not exist any more, or has no association for its user and partition",
        "slurmctl-rest user add USER account=ACCOUNT",
    ),
    "InvalidQOS": ReasonWords(
        "its QOS does not exist any more, or its association does not allow it",
        "scontrol update jobid={job} qos=NAME",
    ),
    "QOSUsageThreshold": ReasonWords(
        "its fair-share is below the UsageThreshold of the QOS",
        "wait until its fair-share has recovered, or: slurmctl-rest qos modify QOS set "
        "UsageThreshold=N",
    ),
    "AccountingPolicy": ReasonWords(
        "a limit of its association or QOS does not allow it", "see the limits of both"
    ),
    "AssociationJobLimit": ReasonWords("a limit on jobs of its association holds it", OLD),
    "AssociationResourceLimit": ReasonWords("a limit on TRES of its association holds it", OLD),
    "AssociationTimeLimit": ReasonWords("a limit on time of its association holds it", OLD),
    "QOSJobLimit": ReasonWords("a limit on jobs of its QOS holds it", OLD),
    "QOSResourceLimit": ReasonWords("a limit on TRES of its QOS holds it", OLD),
    "QOSTimeLimit": ReasonWords("a limit on time of its QOS holds it", OLD),
    "MaxMemPerLimit": ReasonWords(
        "it asks for more memory than MaxMemPerNode or MaxMemPerCPU allows",
        f"{PARTITION} shows both; ask for less memory",
    ),
    "DeadLine": ReasonWords(
        "it cannot end before its deadline", "cancel it, or ask for another deadline"
    ),
    "BurstBufferResources": ReasonWords("the burst buffer has no room for it", NO_STEP),
    "BurstBufferStageIn": ReasonWords("its data is being staged in", NO_STEP),
    "BurstBufferOperation": ReasonWords("an operation of its burst buffer failed", SHOW_JOB),
    "FedJobLock": ReasonWords("its federation is deciding where it runs", NO_STEP),
    "MaxPoweredUpNodes": ReasonWords(
        "no more nodes may be powered up (MaxPoweredUpNodes)", NO_STEP
    ),
    "MpiPortsBusy": ReasonWords("no MPI port is free", NO_STEP),
    "NvidiaImexChannels": ReasonWords("no IMEX channel is free", NO_STEP),
    "TimeLimit": ReasonWords("it ran until its time limit"),
    "InactiveLimit": ReasonWords("it was idle too long (InactiveLimit)"),
    "InvalidReason": ReasonWords("Slurm has no name for the reason", SHOW_JOB),
    "InvaildReason": ReasonWords("Slurm has no name for the reason", SHOW_JOB),
}


def reason_in_words(reason: str, job: str) -> ReasonWords:
    """Return the words of a reason; slurmctld may add to it: `ReqNodeNotAvail, Unavail...:n1`."""
    name = name_of_reason(reason)
    found = REASON_WORDS.get(name, ReasonWords(f"Slurm says {name}", SHOW_JOB))
    array = whole(job)
    number = array if "[" in job else job
    return ReasonWords(found.text, found.step.format(job=number, array=array, id=job))


def name_of_reason(reason: str) -> str:
    """Return the name of a reason, without what slurmctld adds to it.

    >>> name_of_reason("ReqNodeNotAvail, UnavailableNodes:n1"), name_of_reason("")
    ('ReqNodeNotAvail', 'None')
    """
    return reason.partition(",")[0].strip("() ") or "None"
