"""The columns of sacctmgr's lists: one table for all of its nouns.

From how many letters on a word means a column is the same on 24.11 and 26.05, and so are headers
and widths (tests/lab/test_columns.py asks sacctmgr for each row of this table).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.sacctmgr.spellings import Spelling, spelled, spelling_of


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column.

    header  what stands above it; it names the column here, too
    width   characters that it takes unless format= says otherwise
    words   its spellings in format=
    left    its text stands at the left unless format= says how wide it is
    """

    header: str
    width: int
    words: Sequence[Spelling]
    left: bool = False


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of one list: which, how wide, and whether its text stands at the left (`%-20`)."""

    column: ListColumn
    width: int
    left: bool = False


def column_of(header: str, width: int, /, *, left: bool = False, **letters: int) -> ListColumn:
    """Return a column; `letters`: its words, each with the letters from which on it is known."""
    return ListColumn(header, width, spelled(header, **letters), left)


LIST_COLUMNS: Sequence[ListColumn] = (
    column_of("# Allowed", 10, CountAllowed=6),
    column_of("# Used", 10, CountUsed=6),
    column_of("Account", 10, Account=3, Acct=3),
    column_of("Action", 20, Action=4),
    column_of("ActionRaw", 10, ActionRaw=7),
    column_of("Actor", 10, Actor=4),
    column_of("Admin", 9, AdminLevel=2),
    column_of("Allocated", 9, Allocated=7),
    column_of("Allowed", 8, Allowed=2),
    column_of("Assocs", 10, associations=2),
    column_of("Class", 9, Classification=3),
    column_of("Cluster", 10, Clusters=2),
    column_of("Cluster Nodes", 20, ClusterNodes=8),
    column_of("Comment", 20, Comment=3),
    column_of("ControlHost", 15, ControlHost=8),
    column_of("ControlPort", 12, ControlPort=8),
    column_of("Coord Accounts", 20, Coordinators=3),
    column_of("Count", 6, Count=3),
    column_of("CPU Cnt", 7, CPUCount=2),
    column_of("Def Acct", 10, DefaultAccount=8),
    column_of("Def QOS", 9, DefaultQOS=8),
    column_of("Def WCKey", 10, DefaultWCKey=8),
    column_of("Descr", 20, Description=3),
    column_of("Duration", 13, Duration=2),
    column_of("Event", 7, Event=2),
    column_of("EventRaw", 8, EventRaw=6),
    column_of("Extra", 20, Extra=2),
    column_of("Features", 20, Features=3),
    column_of("Federation", 10, Federation=3),
    column_of("FedState", 12, FedState=4),
    column_of("FedStateRaw", 11, FedStateRaw=9),
    column_of("Flags", 20, Flags=2),
    column_of("GraceTime", 10, GraceTime=3),
    column_of("GrpCPUMins", 11, GrpCPUMins=7),
    column_of("GrpCPURunMins", 13, GrpCPURunMins=7),
    column_of("GrpCPUs", 8, GrpCPUs=6),
    column_of("GrpJobs", 7, GrpJobs=4),
    column_of("GrpJobsAccrue", 13, GrpJobsAccrue=8),
    column_of("GrpMem", 7, GrpMemory=4),
    column_of("GrpNodes", 8, GrpNodes=4),
    column_of("GrpSubmit", 9, GrpSubmitJobs=4),
    column_of("GrpTRES", 13, GrpTRES=7),
    column_of("GrpTRESMins", 13, GrpTRESMins=8),
    column_of("GrpTRESRunMins", 13, GrpTRESRunMins=8),
    column_of("GrpWall", 11, GrpWall=4),
    column_of("ID", 6, ID=2),
    column_of("Info", 20, Info=3),
    column_of("InstanceId", 20, InstanceId=9),
    column_of("InstanceType", 20, InstanceType=9),
    column_of("LastConsumed", 12, LastConsumed=8),
    column_of("LimitFactor", 11, LimitFactor=6),
    column_of("Lineage", 20, Lineage=1, left=True),
    column_of("MaxCPUMins", 11, MaxCPUMinsPerJob=7),
    column_of("MaxCPURunMinsPU", 15, MaxCPURunMinsPerUser=7, MaxCPURunMinsPU=7),
    column_of("MaxCPUs", 8, MaxCPUsPerJob=7),
    column_of("MaxCPUsPU", 9, MaxCPUsPerUser=11, MaxCPUsPU=9),
    column_of("MaxJobs", 7, MaxJobs=4),
    column_of("MaxJobsAccrue", 13, MaxJobsAccrue=8),
    column_of(
        "MaxJobsAccruePA",
        15,
        MaxJobsAccruePerAccount=17,
        MaxJobsAccruePerAcct=17,
        MaxJobsAccruePA=15,
    ),
    column_of("MaxJobsAccruePU", 15, MaxJobsAccruePerUser=17, MaxJobsAccruePU=15),
    column_of("MaxJobsPA", 9, MaxJobsPerAccount=11, MaxJobsPerAcct=11, MaxJobsPA=9),
    column_of("MaxJobsPU", 9, MaxJobsPerUser=11, MaxJobsPU=9),
    column_of("MaxNodes", 8, MaxNodesPerJob=4),
    column_of("MaxNodesPU", 10, MaxNodesPerUser=12, MaxNodesPU=10),
    column_of("MaxSubmit", 9, MaxSubmitJobs=4),
    column_of(
        "MaxSubmitPA",
        11,
        MaxSubmitJobsPerAccount=17,
        MaxSubmitJobsPerAcct=17,
        MaxSubmitJobsPA=15,
        MaxSubmitPA=11,
    ),
    column_of("MaxSubmitPU", 11, MaxSubmitJobsPerUser=14, MaxSubmitJobsPU=14, MaxSubmitPU=10),
    column_of("MaxTRES", 13, MaxTRESPerJob=11, MaxTRESPJ=9, MaxTRES=7),
    column_of("MaxTRESMins", 13, MaxTRESMinsPerJob=8, MaxTRESMinsPJ=8),
    column_of("MaxTRESPA", 13, MaxTRESPerAccount=11, MaxTRESPerAcct=11, MaxTRESPA=9),
    column_of("MaxTRESPerNode", 14, MaxTRESPerNode=11, MaxTRESPN=9),
    column_of("MaxTRESPU", 13, MaxTRESPerUser=11, MaxTRESPU=9),
    column_of(
        "MaxTRESRunMinsPA",
        16,
        MaxTRESRUNMinsPerAccount=18,
        MaxTRESRunMinsPerAcct=18,
        MaxTRESRunMinsPA=15,
    ),
    column_of(
        "MaxTRESRunMinsPU", 16, MaxTRESRUNMinsPerUser=16, MaxTRESRunMinsPU=16, MaxTRESRUNMins=8
    ),
    column_of("MaxWall", 11, MaxWallDurationPerJob=4),
    column_of("MinCPUs", 8, MinCPUsPerJob=7),
    column_of("MinPrioThres", 12, MinPrioThreshold=4),
    column_of("MinTRES", 13, MinTRESPerJob=7),
    column_of("Name", 10, NAME=2),
    column_of("NodeCount", 9, NodeCount=5),
    column_of("NodeInx", 9, NodeInx=5),
    column_of("NodeName", 15, NodeNames=5, left=True),
    column_of("Org", 20, Organization=1),
    column_of("ParentID", 8, ParentID=7),
    column_of("ParentName", 10, ParentName=7),
    column_of("Partition", 10, Partition=4),
    column_of("Preempt", 10, Preempt=7),
    column_of("PreemptExemptTime", 19, PreemptExemptTime=8),
    column_of("PreemptMode", 11, PreemptMode=8),
    column_of("Priority", 10, Priority=3),
    column_of("Problem", 40, Problem=1),
    column_of("QOS", 20, QosLevel=3),
    column_of("QOS_RAW", 10, QOSRAWLevel=4),
    column_of("Reason", 30, Reason=1),
    column_of("RPC", 5, RPC=2),
    column_of("Server", 10, Server=3),
    column_of("ServerType", 10, ServerType=10),
    column_of("Share", 9, FairShare=2, Share=1),
    column_of("State", 6, State=2),
    column_of("StateRaw", 8, StateRaw=6),
    column_of("Time", 19, TimeStamp=2),
    column_of("TimeEligible", 19, TimeEligible=6, eligible=2),
    column_of("TimeEnd", 19, TimeEnd=6, End=2),
    column_of("TimeStart", 19, TimeStart=8, Start=4),
    column_of("TimeSubmit", 19, TimeSubmit=6, Submit=2),
    column_of("TRES", 20, TRES=2),
    column_of("Type", 8, Type=2),
    column_of("UnusedWall", 10, UnusedWall=2),
    column_of("UsageFactor", 11, UsageFactor=6),
    column_of("UsageThres", 10, UsageThreshold=6),
    column_of("User", 10, User=1),
    column_of("WCKeys", 20, WCKeys=2),
    column_of("Where", 20, WHERE=2),
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

WITH_ASSOC_COLUMNS: dict[str, str] = {
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


def shown_column(part: str, known: Sequence[ListColumn] = LIST_COLUMNS) -> ShownColumn:
    """Return the column that a word of format= names: `Account%20`, `QOS%-30`.

    Raises UnknownColumn.
    """
    word, _, width = part.partition("%")
    column = next((one for one in known if spelling_of(word, one.words)), None)
    if column is None:
        raise UnknownColumn(word)
    number = re.match(r"\s*([+-]?\d+)", width, re.ASCII)
    wide = as_c_int(int(number[1])) if number else 0
    if not wide:
        return ShownColumn(column, column.width, column.left)
    if abs(wide) > MAX_WIDTH:
        raise Unsupported(
            f"format={part}: no column is wider than {MAX_WIDTH} characters", "make it narrower"
        )
    return ShownColumn(column, abs(wide), left=wide < 0)


MAX_WIDTH = 1_000_000
"""Of a column: sacctmgr has a buffer of such a size, and ends without a word where it gets none."""


def as_c_int(number: int) -> int:
    """Return a number as C's `(int) strtol(...)` has it, which keeps its last 32 bits.

    >>> as_c_int(-5), as_c_int(2**32 + 3), as_c_int(10**30)
    (-5, 3, -1)
    """
    clamped = min(max(number, -(2**63)), 2**63 - 1)
    return (clamped + 2**31) % 2**32 - 2**31
