"""Limits that each make one job wait: which limit, where it is set, and what the job asks for.

Every case has an account of its own (`c12`, below `p12`), so that all wait at once in one tree, and
QOS `q12` where the limit is that of a QOS. `filler` is what another job holds there, which runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One limit.

    level   user, account, parent or qos: where it is set
    limit   `GrpTRES=cpu=2`
    job     options of the job that waits; filler: of the job that runs, if there is one
    filler_user  whose that is
    """

    level: str
    limit: str
    job: str = "-n1"
    filler: str = ""
    filler_user: str = "bob"

    def __str__(self) -> str:
        return f"{self.level} {self.limit}"

    @property
    def field(self) -> str:
        return self.limit.partition("=")[0]

    @property
    def tres(self) -> str | None:
        name, equals, _ = self.limit.partition("=")[2].partition("=")
        return name if equals else None

    @property
    def value(self) -> float:
        return float(self.limit.rpartition("=")[2])


GPU = "-n1 --gres=gpu:a100:1"
GROUP = (
    ("GrpJobs=1", "-n1", "-n1"),
    ("GrpTRES=cpu=2", "-n2", "-n1"),
    ("GrpTRES=mem=150", "-n1", "-n1"),
    ("GrpTRES=node=0", "-n1", ""),
    ("GrpTRES=gres/gpu=0", GPU, ""),
    ("GrpTRESMins=cpu=0", "-n1", ""),
    ("GrpTRESRunMins=cpu=25", "-n2", "-n1"),
    ("GrpTRESRunMins=mem=900", "-n1", ""),
    ("GrpTRESRunMins=gres/gpu=9", GPU, ""),
    ("GrpWall=0", "-n1", ""),
)
"""Limit, the job that waits, the one that runs: of associations and of QOS alike."""
ONE_JOB = (
    ("MaxTRES=cpu=1", "-n2"),
    ("MaxTRES=mem=90", "-n1"),
    ("MaxTRES=node=0", "-n1"),
    ("MaxTRES=gres/gpu=0", GPU),
    ("MaxTRESPerNode=cpu=1", "-n2"),
    ("MaxTRESPerNode=mem=90", "-n1"),
    ("MaxTRESPerNode=gres/gpu=0", GPU),
    ("MaxTRESMins=cpu=9", "-n1"),
    ("MaxTRESMins=mem=900", "-n1"),
    ("MaxTRESMins=gres/gpu=9", GPU),
    ("MaxWall=9", "-n1"),
)
OF_QOS = (
    ("MaxTRESPU=cpu=2", "-n2", "-n1", "alice"),
    ("MaxTRESPU=mem=150", "-n1", "-n1", "alice"),
    ("MaxTRESPU=node=0", "-n1", "", ""),
    ("MaxTRESPU=gres/gpu=0", GPU, "", ""),
    ("MaxJobsPU=1", "-n1", "-n1", "alice"),
    ("MaxTRESPA=cpu=2", "-n2", "-n1", "bob"),
    ("MaxTRESPA=mem=150", "-n1", "-n1", "bob"),
    ("MaxTRESPA=node=0", "-n1", "", ""),
    ("MaxTRESPA=gres/gpu=0", GPU, "", ""),
    ("MaxJobsPA=1", "-n1", "-n1", "bob"),
    ("MaxTRESRunMinsPU=cpu=9", "-n1", "", ""),
    ("MaxTRESRunMinsPU=mem=900", "-n1", "", ""),
    ("MaxTRESRunMinsPA=cpu=9", "-n1", "", ""),
    ("MaxTRESRunMinsPA=gres/gpu=9", GPU, "", ""),
    ("MinTRES=cpu=2", "-n1", "", ""),
    ("MinTRES=mem=150", "-n1", "", ""),
    ("MinTRES=gres/gpu=1", "-n1", "", ""),
)


def cases() -> Iterator[Case]:
    for limit, job, filler in GROUP:
        for level in ("user", "account", "parent", "qos"):
            yield Case(level, limit, job, filler, "alice" if level == "user" else "bob")
    for limit, job in ONE_JOB:
        for level in ("user", "account", "qos"):
            yield Case(level, limit, job)
    for level in ("user", "account"):
        yield Case(level, "MaxJobs=1", "-n1", "-n1", "alice")
    for limit, job, filler, user in OF_QOS:
        yield Case("qos", limit, job, filler, user)


CASES = dict(enumerate(cases()))
REFUSED = (
    ("user", "GrpSubmitJobs"), ("account", "GrpSubmitJobs"), ("parent", "GrpSubmitJobs"),
    ("user", "MaxSubmitJobs"), ("account", "MaxSubmitJobs"), ("qos", "GrpSubmitJobs"),
    ("qos", "MaxSubmitJobsPU"), ("qos", "MaxSubmitJobsPA"),
)  # fmt: skip
"""Limits of 0 that refuse the job at once: (level, limit)."""
