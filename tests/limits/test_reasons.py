"""Slurm's names of limits, and the words of its other reasons."""

from __future__ import annotations

import re

import pytest

from slurmctl_rest.limits.reason_names import LIMIT_OF_REASON, LimitName, reason_of
from slurmctl_rest.limits.reason_words import REASON_WORDS, reason_in_words
from slurmctl_rest.model.limit_rules import ASSOCIATION_RULES, QOS_RULES, Effect
from slurmctl_rest.model.limit_use import PER_TRES

SEEN = {
    "AssocGrpCpuLimit": LimitName("association", "GrpTRES", "cpu"),
    "AssocGrpMemLimit": LimitName("association", "GrpTRES", "mem"),
    "AssocGrpGRES": LimitName("association", "GrpTRES", "gres"),
    "AssocGrpCPUMinutesLimit": LimitName("association", "GrpTRESMins", "cpu"),
    "AssocGrpMemRunMinutes": LimitName("association", "GrpTRESRunMins", "mem"),
    "AssocMaxJobsLimit": LimitName("association", "MaxJobs"),
    "AssocMaxWallDurationPerJobLimit": LimitName("association", "MaxWall"),
    "AssocMaxNodePerJobLimit": LimitName("association", "MaxTRES", "node"),
    "AssocMaxCpuPerNode": LimitName("association", "MaxTRESPerNode", "cpu"),
    "AssocMaxCpuMinutesPerJobLimit": LimitName("association", "MaxTRESMins", "cpu"),
    "QOSGrpMemLimit": LimitName("qos", "GrpTRES", "mem"),
    "QOSGrpMemoryMinutes": LimitName("qos", "GrpTRESMins", "mem"),
    "QOSMaxMemoryPerJob": LimitName("qos", "MaxTRES", "mem"),
    "QOSMaxCpuPerUserLimit": LimitName("qos", "MaxTRESPU", "cpu"),
    "QOSMaxGRESPerUser": LimitName("qos", "MaxTRESPU", "gres"),
    "MaxCpuPerAccount": LimitName("qos", "MaxTRESPA", "cpu"),
    "MaxCpuRunMinsPerUser": LimitName("qos", "MaxTRESRunMinsPU", "cpu"),
    "QOSMinCpuNotSatisfied": LimitName("qos", "MinTRES", "cpu"),
    "QOSMinMemory": LimitName("qos", "MinTRES", "mem"),
}
"""Of both kinds of names, the regular and the old ones."""


@pytest.mark.parametrize(("reason", "limit"), SEEN.items(), ids=list(SEEN))
def test_a_reason_names_a_limit_and_back(reason: str, limit: LimitName) -> None:
    assert LIMIT_OF_REASON[reason] == limit
    assert reason_of(limit.entity, limit.field, limit.kind) == reason


def test_every_limit_that_makes_jobs_wait_has_a_reason() -> None:
    for entity, rules in (("association", ASSOCIATION_RULES), ("qos", QOS_RULES)):
        for field, rule in rules.items():
            if rule.effect is Effect.WAITS:
                tres = "gres/gpu" if rule.measure in PER_TRES else ""
                limit = LIMIT_OF_REASON[reason_of(entity, field, tres)]
                assert (limit.entity, limit.field) == (entity, field)


def test_no_reason_is_both_a_limit_and_words() -> None:
    assert not REASON_WORDS.keys() & LIMIT_OF_REASON.keys()


@pytest.mark.parametrize(
    ("reason", "job", "step"),
    [
        ("Priority", "12_[4-9]", "sprio -j 12 shows its priority"),
        ("Priority", "12_3", "sprio -j 12_3 shows its priority"),
        ("JobArrayTaskLimit", "12_3", "scontrol update jobid=12 arraytaskthrottle=N"),
        (
            "DependencyNeverSatisfied",
            "12_[4-9]",
            "scontrol update jobid=12 dependency=, or cancel it: slurmctl-rest jobs cancel "
            "12_[4-9]",
        ),
    ],
)
def test_a_step_names_what_the_command_takes_of_an_array(reason: str, job: str, step: str) -> None:
    """sprio, squeue and scontrol refuse `12_[4-9]`, of the throttle also `12_3` (24.11, 26.05)."""
    assert reason_in_words(reason, job).step == step


def test_words_name_the_job_in_the_next_step_and_ignore_what_slurmctld_adds() -> None:
    said = reason_in_words("ReqNodeNotAvail, UnavailableNodes:n[1-3]", "12")
    assert said.text == "a node that it needs is down, drained, or reserved for others"
    assert reason_in_words("JobHeldUser", "12_3").step == "scontrol release 12_3"
    assert reason_in_words("", "12").text == "Slurm has not looked at the job yet"
    assert reason_in_words("Brandnew", "12").text == "Slurm says Brandnew"
    assert all("{" not in reason_in_words(name, "1").step for name in REASON_WORDS)
    assert all(re.match(r"[a-zA-Z]", words.text) for words in REASON_WORDS.values())
