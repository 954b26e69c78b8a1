"""Slurm's names of limits that hold a job: `AssocGrpCpuLimit` <-> GrpTRES of an association, cpu.

The grammar is that of job_reasons[] in slurm_protocol_defs.c (24.11, 26.05): regular but for the
oldest names, of cpu, mem and node. tests/lab/test_limits_hold.py reads Slurm's own list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from slurmctl_rest.model.entities import ASSOCIATION, QOS


@dataclass(frozen=True, slots=True)
class LimitName:
    """A limit as a reason names it.

    entity  `association` or `qos`
    field   its row in the table of that entity
    kind    of TRES, as in TRES_KINDS; empty where the limit counts none
    """

    entity: str
    field: str
    kind: str = ""


TRES_KINDS: Mapping[str, str] = {
    "cpu": "Cpu",
    "mem": "Mem",
    "node": "Node",
    "energy": "Energy",
    "gres": "GRES",
    "license": "License",
    "bb": "BB",
    "billing": "Billing",
    "": "Unknown",
}
"""Slurm's word in reasons for each type of TRES; the last is for all others."""


def kind_of(tres: str) -> str:
    """Return the kind of a TRES: `gres` of gres/gpu."""
    type_ = tres.partition("/")[0]
    return type_ if type_ in TRES_KINDS else ""


_PLAIN: Mapping[str, LimitName] = {
    **{
        reason: LimitName(ASSOCIATION.noun, field)
        for reason, field in {
            "AssocGrpJobsLimit": "GrpJobs",
            "AssocGrpSubmitJobsLimit": "GrpSubmitJobs",
            "AssocGrpWallLimit": "GrpWall",
            "AssocMaxJobsLimit": "MaxJobs",
            "AssocMaxSubmitJobLimit": "MaxSubmitJobs",
            "AssocMaxWallDurationPerJobLimit": "MaxWall",
        }.items()
    },
    **{
        reason: LimitName(QOS.noun, field)
        for reason, field in {
            "QOSGrpJobsLimit": "GrpJobs",
            "QOSGrpSubmitJobsLimit": "GrpSubmitJobs",
            "QOSGrpWallLimit": "GrpWall",
            "QOSMaxWallDurationPerJobLimit": "MaxWall",
            "QOSMaxJobsPerUserLimit": "MaxJobsPU",
            "QOSMaxSubmitJobPerUserLimit": "MaxSubmitJobsPU",
            "MaxJobsPerAccount": "MaxJobsPA",
            "MaxSubmitJobsPerAccount": "MaxSubmitJobsPA",
        }.items()
    },
}

_BY_TRES: Mapping[tuple[str, str], str] = {
    (ASSOCIATION.noun, "GrpTRES"): "AssocGrp{}",
    (ASSOCIATION.noun, "GrpTRESMins"): "AssocGrp{}Minutes",
    (ASSOCIATION.noun, "GrpTRESRunMins"): "AssocGrp{}RunMinutes",
    (ASSOCIATION.noun, "MaxTRES"): "AssocMax{}PerJob",
    (ASSOCIATION.noun, "MaxTRESPerNode"): "AssocMax{}PerNode",
    (ASSOCIATION.noun, "MaxTRESMins"): "AssocMax{}MinutesPerJob",
    (QOS.noun, "GrpTRES"): "QOSGrp{}",
    (QOS.noun, "GrpTRESMins"): "QOSGrp{}Minutes",
    (QOS.noun, "GrpTRESRunMins"): "QOSGrp{}RunMinutes",
    (QOS.noun, "MaxTRES"): "QOSMax{}PerJob",
    (QOS.noun, "MaxTRESPerNode"): "QOSMax{}PerNode",
    (QOS.noun, "MaxTRESMins"): "QOSMax{}MinutesPerJob",
    (QOS.noun, "MaxTRESPU"): "QOSMax{}PerUser",
    (QOS.noun, "MaxTRESPA"): "Max{}PerAccount",
    (QOS.noun, "MaxTRESRunMinsPU"): "Max{}RunMinsPerUser",
    (QOS.noun, "MaxTRESRunMinsPA"): "Max{}RunMinsPerAccount",
    (QOS.noun, "MinTRES"): "QOSMin{}",
}

_IRREGULAR: Mapping[str, str] = {
    **{
        f"{whose}Grp{kind}": f"{whose}Grp{kind}Limit"
        for whose in ("Assoc", "QOS")
        for kind in ("Cpu", "Mem", "Node")
    },
    **{
        f"{whose}GrpCpu{rest}": f"{whose}GrpCPU{rest}Limit"
        for whose in ("Assoc", "QOS")
        for rest in ("Minutes", "RunMinutes")
    },
    **{
        f"{whose}Max{what}PerJob": f"{whose}Max{what}PerJobLimit"
        for whose in ("Assoc", "QOS")
        for what in ("Cpu", "Node", "CpuMinutes")
    },
    "QOSMaxCpuPerUser": "QOSMaxCpuPerUserLimit",
    "QOSMaxNodePerUser": "QOSMaxNodePerUserLimit",
    "QOSMinCpu": "QOSMinCpuNotSatisfied",
    # The group's limit of memory is as old as the word Mem.
    "QOSGrpMemory": "QOSGrpMemLimit",
}
"""What the grammar would call it -> how Slurm has called it since before there were TRES."""


def reason_of(entity: str, field: str, tres: str = "") -> str:
    """Return Slurm's reason for a job that the limit holds; empty where there is none.

    >>> reason_of("association", "GrpTRES", "cpu")
    'AssocGrpCpuLimit'
    """
    for reason, limit in _PLAIN.items():
        if (limit.entity, limit.field) == (entity, field):
            return reason
    shape = _BY_TRES.get((entity, field))
    if shape is None:
        return ""
    kind = TRES_KINDS[kind_of(tres)]
    # Of QOS Slurm writes Memory out.
    name = shape.format("Memory" if kind == "Mem" and entity == QOS.noun else kind)
    return _IRREGULAR.get(name, name)


def _every() -> Iterator[tuple[str, LimitName]]:
    yield from _PLAIN.items()
    for entity, field in _BY_TRES:
        for kind in TRES_KINDS:
            yield reason_of(entity, field, kind), LimitName(entity, field, kind)


LIMIT_OF_REASON: Mapping[str, LimitName] = dict(_every())
"""Every reason of a limit -> the limit."""
