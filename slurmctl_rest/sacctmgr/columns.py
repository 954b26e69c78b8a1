"""The columns of sacctmgr's lists: one table for all of its nouns.

From how many letters on a word means a column is the same on 24.11 and 26.05, and so are headers
and widths (tests/lab/test_columns.py asks sacctmgr for each row of this table).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column.

    header  what stands above it; it names the column here, too
    width   characters that it takes unless format= says otherwise
    words   its spellings in format=, each with the letters from which on it is known
    left    its text stands at the left unless format= says how wide it is
    """

    header: str
    width: int
    words: Sequence[tuple[str, int]]
    left: bool = False

    def is_meant_by(self, word: str) -> bool:
        """Tell whether a word of format=, in lower case, means this column."""
        return any(
            len(word) >= letters and known.lower().startswith(word) for known, letters in self.words
        )


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of one list: which, how wide, and whether its text stands at the left (`%-20`)."""

    column: ListColumn
    width: int
    left: bool = False


COLUMNS: Sequence[ListColumn] = (
    ListColumn("# Allowed", 10, (("CountAllowed", 6),)),
    ListColumn("# Used", 10, (("CountUsed", 6),)),
    ListColumn(
        "Account",
        10,
        (
            ("Account", 3),
            ("Acct", 3),
        ),
    ),
    ListColumn("Action", 20, (("Action", 4),)),
    ListColumn("ActionRaw", 10, (("ActionRaw", 7),)),
    ListColumn("Actor", 10, (("Actor", 4),)),
    ListColumn("Admin", 9, (("AdminLevel", 2),)),
    ListColumn("Allocated", 9, (("Allocated", 7),)),
    ListColumn("Allowed", 8, (("Allowed", 2),)),
    ListColumn("Assocs", 10, (("associations", 2),)),
    ListColumn("Class", 9, (("Classification", 3),)),
    ListColumn("Cluster", 10, (("Clusters", 2),)),
    ListColumn("Cluster Nodes", 20, (("ClusterNodes", 8),)),
    ListColumn("Comment", 20, (("Comment", 3),)),
    ListColumn("ControlHost", 15, (("ControlHost", 8),)),
    ListColumn("ControlPort", 12, (("ControlPort", 8),)),
    ListColumn("Coord Accounts", 20, (("Coordinators", 3),)),
    ListColumn("Count", 6, (("Count", 3),)),
    ListColumn("CPU Cnt", 7, (("CPUCount", 2),)),
    ListColumn("Def Acct", 10, (("DefaultAccount", 8),)),
    ListColumn("Def QOS", 9, (("DefaultQOS", 8),)),
    ListColumn("Def WCKey", 10, (("DefaultWCKey", 8),)),
    ListColumn("Descr", 20, (("Description", 3),)),
    ListColumn("Duration", 13, (("Duration", 2),)),
    ListColumn("Event", 7, (("Event", 2),)),
    ListColumn("EventRaw", 8, (("EventRaw", 6),)),
    ListColumn("Extra", 20, (("Extra", 2),)),
    ListColumn("Features", 20, (("Features", 3),)),
    ListColumn("Federation", 10, (("Federation", 3),)),
    ListColumn("FedState", 12, (("FedState", 4),)),
    ListColumn("FedStateRaw", 11, (("FedStateRaw", 9),)),
    ListColumn("Flags", 20, (("Flags", 2),)),
    ListColumn("GraceTime", 10, (("GraceTime", 3),)),
    ListColumn("GrpCPUMins", 11, (("GrpCPUMins", 7),)),
    ListColumn("GrpCPURunMins", 13, (("GrpCPURunMins", 7),)),
    ListColumn("GrpCPUs", 8, (("GrpCPUs", 6),)),
    ListColumn("GrpJobs", 7, (("GrpJobs", 4),)),
    ListColumn("GrpJobsAccrue", 13, (("GrpJobsAccrue", 8),)),
    ListColumn("GrpMem", 7, (("GrpMemory", 4),)),
    ListColumn("GrpNodes", 8, (("GrpNodes", 4),)),
    ListColumn("GrpSubmit", 9, (("GrpSubmitJobs", 4),)),
    ListColumn("GrpTRES", 13, (("GrpTRES", 7),)),
    ListColumn("GrpTRESMins", 13, (("GrpTRESMins", 8),)),
    ListColumn("GrpTRESRunMins", 13, (("GrpTRESRunMins", 8),)),
    ListColumn("GrpWall", 11, (("GrpWall", 4),)),
    ListColumn("ID", 6, (("ID", 2),)),
    ListColumn("Info", 20, (("Info", 3),)),
    ListColumn("InstanceId", 20, (("InstanceId", 9),)),
    ListColumn("InstanceType", 20, (("InstanceType", 9),)),
    ListColumn("LastConsumed", 12, (("LastConsumed", 8),)),
    ListColumn("LimitFactor", 11, (("LimitFactor", 6),)),
    ListColumn("Lineage", 20, (("Lineage", 1),), left=True),
    ListColumn("MaxCPUMins", 11, (("MaxCPUMinsPerJob", 7),)),
    ListColumn(
        "MaxCPURunMinsPU",
        15,
        (
            ("MaxCPURunMinsPerUser", 7),
            ("MaxCPURunMinsPU", 7),
        ),
    ),
    ListColumn("MaxCPUs", 8, (("MaxCPUsPerJob", 7),)),
    ListColumn(
        "MaxCPUsPU",
        9,
        (
            ("MaxCPUsPerUser", 11),
            ("MaxCPUsPU", 9),
        ),
    ),
    ListColumn("MaxJobs", 7, (("MaxJobs", 4),)),
    ListColumn("MaxJobsAccrue", 13, (("MaxJobsAccrue", 8),)),
    ListColumn(
        "MaxJobsAccruePA",
        15,
        (
            ("MaxJobsAccruePerAccount", 17),
            ("MaxJobsAccruePerAcct", 17),
            ("MaxJobsAccruePA", 15),
        ),
    ),
    ListColumn(
        "MaxJobsAccruePU",
        15,
        (
            ("MaxJobsAccruePerUser", 17),
            ("MaxJobsAccruePU", 15),
        ),
    ),
    ListColumn(
        "MaxJobsPA",
        9,
        (
            ("MaxJobsPerAccount", 11),
            ("MaxJobsPerAcct", 11),
            ("MaxJobsPA", 9),
        ),
    ),
    ListColumn(
        "MaxJobsPU",
        9,
        (
            ("MaxJobsPerUser", 11),
            ("MaxJobsPU", 9),
        ),
    ),
    ListColumn("MaxNodes", 8, (("MaxNodesPerJob", 4),)),
    ListColumn(
        "MaxNodesPU",
        10,
        (
            ("MaxNodesPerUser", 12),
            ("MaxNodesPU", 10),
        ),
    ),
    ListColumn("MaxSubmit", 9, (("MaxSubmitJobs", 4),)),
    ListColumn(
        "MaxSubmitPA",
        11,
        (
            ("MaxSubmitJobsPerAccount", 17),
            ("MaxSubmitJobsPerAcct", 17),
            ("MaxSubmitJobsPA", 15),
            ("MaxSubmitPA", 11),
        ),
    ),
    ListColumn(
        "MaxSubmitPU",
        11,
        (
            ("MaxSubmitJobsPerUser", 14),
            ("MaxSubmitJobsPU", 14),
            ("MaxSubmitPU", 10),
        ),
    ),
    ListColumn(
        "MaxTRES",
        13,
        (
            ("MaxTRESPerJob", 11),
            ("MaxTRESPJ", 9),
            ("MaxTRES", 7),
        ),
    ),
    ListColumn(
        "MaxTRESMins",
        13,
        (
            ("MaxTRESMinsPerJob", 8),
            ("MaxTRESMinsPJ", 8),
        ),
    ),
    ListColumn(
        "MaxTRESPA",
        13,
        (
            ("MaxTRESPerAccount", 11),
            ("MaxTRESPerAcct", 11),
            ("MaxTRESPA", 9),
        ),
    ),
    ListColumn(
        "MaxTRESPerNode",
        14,
        (
            ("MaxTRESPerNode", 11),
            ("MaxTRESPN", 9),
        ),
    ),
    ListColumn(
        "MaxTRESPU",
        13,
        (
            ("MaxTRESPerUser", 11),
            ("MaxTRESPU", 9),
        ),
    ),
    ListColumn(
        "MaxTRESRunMinsPA",
        16,
        (
            ("MaxTRESRUNMinsPerAccount", 18),
            ("MaxTRESRunMinsPerAcct", 18),
            ("MaxTRESRunMinsPA", 15),
        ),
    ),
    ListColumn(
        "MaxTRESRunMinsPU",
        16,
        (
            ("MaxTRESRUNMinsPerUser", 16),
            ("MaxTRESRunMinsPU", 16),
            ("MaxTRESRUNMins", 8),
        ),
    ),
    ListColumn("MaxWall", 11, (("MaxWallDurationPerJob", 4),)),
    ListColumn("MinCPUs", 8, (("MinCPUsPerJob", 7),)),
    ListColumn("MinPrioThres", 12, (("MinPrioThreshold", 4),)),
    ListColumn("MinTRES", 13, (("MinTRESPerJob", 7),)),
    ListColumn("Name", 10, (("NAME", 2),)),
    ListColumn("NodeCount", 9, (("NodeCount", 5),)),
    ListColumn("NodeInx", 9, (("NodeInx", 5),)),
    ListColumn("NodeName", 15, (("NodeNames", 5),), left=True),
    ListColumn("Org", 20, (("Organization", 1),)),
    ListColumn("ParentID", 8, (("ParentID", 7),)),
    ListColumn("ParentName", 10, (("ParentName", 7),)),
    ListColumn("Partition", 10, (("Partition", 4),)),
    ListColumn("Preempt", 10, (("Preempt", 7),)),
    ListColumn("PreemptExemptTime", 19, (("PreemptExemptTime", 8),)),
    ListColumn("PreemptMode", 11, (("PreemptMode", 8),)),
    ListColumn("Priority", 10, (("Priority", 3),)),
    ListColumn("Problem", 40, (("Problem", 1),)),
    ListColumn("QOS", 20, (("QosLevel", 3),)),
    ListColumn("QOS_RAW", 10, (("QOSRAWLevel", 4),)),
    ListColumn("Reason", 30, (("Reason", 1),)),
    ListColumn("RPC", 5, (("RPC", 2),)),
    ListColumn("Server", 10, (("Server", 3),)),
    ListColumn("ServerType", 10, (("ServerType", 10),)),
    ListColumn(
        "Share",
        9,
        (
            ("FairShare", 2),
            ("Share", 1),
        ),
    ),
    ListColumn("State", 6, (("State", 2),)),
    ListColumn("StateRaw", 8, (("StateRaw", 6),)),
    ListColumn("Time", 19, (("TimeStamp", 2),)),
    ListColumn(
        "TimeEligible",
        19,
        (
            ("TimeEligible", 6),
            ("eligible", 2),
        ),
    ),
    ListColumn(
        "TimeEnd",
        19,
        (
            ("TimeEnd", 6),
            ("End", 2),
        ),
    ),
    ListColumn(
        "TimeStart",
        19,
        (
            ("TimeStart", 8),
            ("Start", 4),
        ),
    ),
    ListColumn(
        "TimeSubmit",
        19,
        (
            ("TimeSubmit", 6),
            ("Submit", 2),
        ),
    ),
    ListColumn("TRES", 20, (("TRES", 2),)),
    ListColumn("Type", 8, (("Type", 2),)),
    ListColumn("UnusedWall", 10, (("UnusedWall", 2),)),
    ListColumn("UsageFactor", 11, (("UsageFactor", 6),)),
    ListColumn("UsageThres", 10, (("UsageThreshold", 6),)),
    ListColumn("User", 10, (("User", 1),)),
    ListColumn("WCKeys", 20, (("WCKeys", 2),)),
    ListColumn("Where", 20, (("WHERE", 2),)),
)


DEFAULT_COLUMNS: dict[str, str] = {
    "account": "Account,Descr,Org",
    "association": (
        "Cluster,Account,User,Partition,Share,Priority,GrpJobs,GrpTRES,GrpSubmit,GrpWall,"
        "GrpTRESMins,MaxJobs,MaxTRES,MaxTRESPerNode,MaxSubmit,MaxWall,MaxTRESMins,QOS,DefaultQOS,"
        "GrpTRESRunMins"
    ),
    "cluster": (
        "Cluster,ControlHost,ControlPort,RPC,Share,GrpJobs,GrpTRES,GrpSubmit,MaxJobs,MaxTRES,"
        "MaxSubmit,MaxWall,QOS,DefaultQOS"
    ),
    "qos": (
        "Name,Priority,GraceTime,Preempt,PreemptExemptTime,PreemptMode,Flags%40,UsageThres,"
        "UsageFactor,GrpTRES,GrpTRESMins,GrpTRESRunMins,GrpJobs,GrpSubmit,GrpWall,MaxTRES,"
        "MaxTRESPerNode,MaxTRESMins,MaxWall,MaxTRESPU,MaxJobsPU,MaxSubmitPU,MaxTRESPA,"
        "MaxTRESRunMinsPA%22,MaxTRESRunMinsPU%22,MaxJobsPA,MaxSubmitPA,MinTRES"
    ),
    "tres": "Type,Name%15,ID",
    "user": "User,DefaultAccount,AdminLevel",
    "wckey": "WCKey,Cluster,User",
}
"""The columns of each noun where format= names none, as format= would name them."""

WITH_ASSOC: dict[str, str] = {
    "account": (
        "Cluster,ParentName,User,Share,Priority,GrpJobs,GrpNodes,GrpCPUs,GrpMem,GrpSubmit,"
        "GrpWall,GrpCPUMins,MaxJobs,MaxNodes,MaxCPUs,MaxSubmit,MaxWall,MaxCPUMins,QOS,DefaultQOS"
    ),
    "user": (
        "Cluster,Account,Partition,Share,Priority,MaxJobs,MaxNodes,MaxCPUs,MaxSubmit,MaxWall,"
        "MaxCPUMins,QOS,DefaultQOS"
    ),
}
"""What comes with them where associations are shown: WithAssoc, or -s."""


class UnknownColumn(ValueError):
    """A word of format= that means no column; its text is the word."""


def shown_column(part: str, known: Sequence[ListColumn] = COLUMNS) -> ShownColumn:
    """Return the column that a word of format= names: `Account%20`, `QOS%-30`.

    Raises UnknownColumn.
    """
    word, _, width = part.partition("%")
    lower = word.lower()
    column = next((one for one in known if one.is_meant_by(lower)), None)
    if column is None:
        raise UnknownColumn(word)
    number = re.match(r"\s*([+-]?)(\d*)", width)
    sign, digits = number.groups() if number else ("", "")
    wide = int(digits) if digits else 0
    if not wide:
        return ShownColumn(column, column.width, column.left)
    return ShownColumn(column, wide, left=sign == "-")
