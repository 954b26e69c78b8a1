"""sacctmgr's words for the limits of associations: to set them, and in what `add` says of them.

From how many letters on a word is known is the same on 24.11 and 26.05
(tests/lab/test_parity_accounts.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COMMENT = "Comment"
"""Of an association; slurmrestd cannot set it."""


@dataclass(frozen=True, slots=True)
class LimitWord:
    """A word for a limit.

    letters  from which on it is known
    field    that it sets (of ASSOCIATION, or COMMENT)
    tres     the one TRES that it sets, if it is from before TRES
    called   its name in the text about a wrong value, if that is another one
    """

    word: str
    letters: int
    field: str
    tres: str = ""
    called: str = ""


WORDS: Sequence[LimitWord] = (
    LimitWord("FairShare", 1, "Fairshare"),
    LimitWord("Shares", 1, "Fairshare", called="FairShare"),
    LimitWord("GrpCPUMins", 7, "GrpTRESMins", "cpu"),
    LimitWord("GrpCPURunMins", 7, "GrpTRESRunMins", "cpu"),
    LimitWord("GrpCPUs", 7, "GrpTRES", "cpu", "GrpCpus"),
    LimitWord("GrpJobs", 4, "GrpJobs"),
    LimitWord("GrpJobsAccrue", 4, "GrpJobsAccrue"),
    LimitWord("GrpMemory", 4, "GrpTRES", "mem"),
    LimitWord("GrpNodes", 4, "GrpTRES", "node"),
    LimitWord("GrpSubmitJobs", 4, "GrpSubmitJobs"),
    LimitWord("GrpTRES", 7, "GrpTRES"),
    LimitWord("GrpTRESMins", 7, "GrpTRESMins"),
    LimitWord("GrpTRESRunMins", 7, "GrpTRESRunMins"),
    LimitWord("GrpWall", 4, "GrpWall"),
    LimitWord("MaxCPUMinsPerJob", 7, "MaxTRESMins", "cpu"),
    LimitWord("MaxCPURunMins", 7, "MaxTRESRunMins", "cpu"),
    LimitWord("MaxCPUsPerJob", 7, "MaxTRES", "cpu", "MaxCpusPerJob"),
    LimitWord("MaxJobs", 4, "MaxJobs"),
    LimitWord("MaxJobsAccrue", 4, "MaxJobsAccrue"),
    LimitWord("MaxNodesPerJob", 4, "MaxTRES", "node", "MaxNodes"),
    LimitWord("MaxSubmitJobs", 4, "MaxSubmitJobs"),
    LimitWord("MaxTRES", 7, "MaxTRES"),
    LimitWord("MaxTRESPerJob", 11, "MaxTRES"),
    LimitWord("MaxTRESPJ", 9, "MaxTRES"),
    LimitWord("MaxTRESPerNode", 11, "MaxTRESPerNode"),
    LimitWord("MaxTRESPN", 9, "MaxTRESPerNode"),
    LimitWord("MaxTRESMinsPerJob", 8, "MaxTRESMins"),
    LimitWord("MaxTRESMinsPJ", 8, "MaxTRESMins"),
    LimitWord("MaxTRESRunMins", 8, "MaxTRESRunMins"),
    LimitWord("MaxWallDurationPerJob", 4, "MaxWall", called="MaxWall"),
    LimitWord("MinPrioThresh", 4, "MinPrioThresh"),
    LimitWord("Parent", 2, "Parent"),
    LimitWord("Priority", 2, "Priority"),
    LimitWord("QosLevel", 1, "QosLevel"),
    LimitWord("DefaultQOS", 8, "DefaultQOS"),
    LimitWord(COMMENT, 2, COMMENT),
)
"""In sacctmgr's order: the first that fits counts."""

TITLES: Mapping[str, str] = {
    "Fairshare": "Fairshare     = ",
    "GrpJobs": "GrpJobs       = ",
    "GrpJobsAccrue": "GrpJobsAccrue            = ",
    "GrpSubmitJobs": "GrpSubmitJobs = ",
    "GrpTRES": "GrpTRES       = ",
    "GrpTRESMins": "GrpTRESMins   = ",
    "GrpTRESRunMins": "GrpTRESRunMins= ",
    "GrpWall": "GrpWall       = ",
    "MaxJobs": "MaxJobs       = ",
    "MaxJobsAccrue": "MaxJobsPrioAcc= ",
    "MaxSubmitJobs": "MaxSubmitJobs = ",
    "MaxTRES": "MaxTRES       = ",
    "MaxTRESPerNode": "MaxTRESPerNode= ",
    "MaxTRESMins": "MaxTRESMins   = ",
    "MaxTRESRunMins": "MaxTRESRUNMins= ",
    "MaxWall": "MaxWall       = ",
    "MinPrioThresh": "MinPrioThresh = ",
    "Parent": "Parent        = ",
    "Priority": "Priority      = ",
    "QosLevel": "QOS           = ",
    "DefaultQOS": "DefQOS        = ",
    COMMENT: "Comment       = ",
}
"""How `add` calls each limit, in its order."""


def limit_word(key: str) -> LimitWord | None:
    """Return the word that a key means, if it means a limit."""
    return next(
        (one for one in WORDS if len(key) >= one.letters and one.word.lower().startswith(key)), None
    )
