"""sacctmgr's file of a cluster (`dump`): its lines from rows of associations, objects and QOS.

What each release writes is what the lab shows: 24.11 leaves the QOS out, and both leave out what
they say of an account that has a flag (tests/lab/test_dump.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr.list_cells import tres_text
from slurmctl_rest.sacctmgr.reply import as_lines
from slurmctl_rest.sacctmgr.spellings import paired
from slurmctl_rest.sacctmgr.tokens import bare_text

HEAD = """\
# To edit this file start with a cluster line for the new cluster
# Cluster - 'cluster_name':MaxTRESPerJob=node=50
# Followed by Accounts you want in this fashion (root is created by default)...
# Parent - 'root'
# Account - 'cs':MaxTRESPerJob=node=5:MaxJobs=4:MaxTRESMinsPerJob=cpu=20:FairShare=399:\
MaxWallDurationPerJob=40:Description='Computer Science':Organization='LC'
# Any of the options after a ':' can be left out and they can be in any order.
# If you want to add any sub accounts just list the Parent THAT HAS ALREADY
# BEEN CREATED before the account line in this fashion...
# Parent - 'cs'
# Account - 'test':MaxTRESPerJob=node=1:MaxJobs=1:MaxTRESMinsPerJob=cpu=1:FairShare=1:\
MaxWallDurationPerJob=1:Description='Test Account':Organization='Test'
# To add users to a account add a line like this after a Parent - 'line'
# User - 'lipari':MaxTRESPerJob=node=2:MaxJobs=3:MaxTRESMinsPerJob=cpu=4:FairShare=1:\
MaxWallDurationPerJob=1
"""
"""What the file begins with: the part of the format that people are to read."""

KEYS_OF_LIMITS = paired(
    "DefaultQOS Fairshare GrpTRESMins GrpTRESRunMins GrpTRES GrpJobs GrpJobsAccrue GrpSubmitJobs "
    "GrpWall MaxTRESMinsPerJob=MaxTRESMins MaxTRESRunMins MaxTRESPerJob=MaxTRES MaxTRESPerNode "
    "MaxJobs MaxJobsAccrue MaxSubmitJobs MaxWallDurationPerJob=MaxWall MinPrioThresh Priority "
    "QOS=QosLevel"
)
"""The keys of cluster, account and user in the file, in its order, each with our field."""

KEYS_OF_ACCOUNTS = paired("Description Organization")
KEYS_OF_USERS = paired(
    "Partition DefaultAccount DefaultWCKey AdminLevel Coordinator=Coordinators WCKeys"
)
"""The keys before them."""

KEYS_OF_QOS = paired(
    "Description Flags GraceTime GrpJobsAccrue GrpJobs GrpSubmitJobs GrpTRES GrpTRESMins "
    "GrpTRESRunMins GrpWall LimitFactor MaxJobsPA MaxJobsPU MaxJobsAccruePA MaxJobsAccruePU "
    "MaxSubmitJobsPA MaxSubmitJobsPU MaxTRESMinsPerJob=MaxTRESMins MaxTRESPerAccount=MaxTRESPA "
    "MaxTRESPerJob=MaxTRES MaxTRESPerNode MaxTRESPerUser=MaxTRESPU "
    "MaxTRESRunMinsPerAccount=MaxTRESRunMinsPA MaxTRESRunMinsPerUser=MaxTRESRunMinsPU "
    "MaxWallDurationPerJob=MaxWall MinPrioThresh MinTRESPerJob=MinTRES Preempt PreemptMode "
    "PreemptExemptTime Priority UsageFactor UsageThreshold"
)
"""The keys of a QOS."""

LEFT_OUT: Mapping[str, Sequence[Value]] = {
    "AdminLevel": ("None",),
    "GraceTime": (0,),
    "Priority": (0,),
    "UsageFactor": (1.0,),
    "LimitFactor": (0.0,),
    "PreemptMode": ("cluster", ()),
}
"""Values that are not written, beside none at all."""

PARENT_SHARES = 2**31 - 1
"""The number that stands for `Fairshare=parent`."""


NO_CLUSTER = " We need a cluster to dump."
UNKNOWN_CLUSTER = " Cluster {} doesn't exist."
EMPTY_CLUSTER = " Cluster {} returned nothing."
NO_FILE = " No filename given, using {}."
CANNOT_OPEN = "Can't open file {}, {}"
ONE_CLUSTER = " Can only do one cluster at a time.  Already doing {}"
UNKNOWN_OPTION = " Unknown option: {}"


@dataclass(frozen=True, slots=True)
class DumpRequest:
    """What the words ask for; `complaints`: what is said of those that mean nothing."""

    cluster: str
    file: str | None
    complaints: str


def read_dump(words: Sequence[str]) -> DumpRequest:
    """Read `CLUSTER [file=FILE]`.

    >>> read_dump(["alps", "f=/tmp/x"])
    DumpRequest(cluster='alps', file='/tmp/x', complaints='')
    """
    cluster, file, complaints = "", None, []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and "file".startswith(key.lower()):
            file = bare_text(value)
        elif not equals or "cluster".startswith(key.lower()):
            if cluster:
                complaints.append(ONE_CLUSTER.format(cluster))
            else:
                cluster = bare_text(value if equals else key)
        else:
            complaints.append(UNKNOWN_OPTION.format(word))
    return DumpRequest(cluster, file, as_lines(*complaints))


@dataclass(frozen=True, slots=True)
class DumpedCluster:
    """What there is of a cluster.

    associations  of their own values, in slurmdbd's order, those of accounts with the account's
                  texts and those of users with what is known of the user
    qos           in the order of their numbers
    newer         whether the release writes as 26.05 does
    """

    cluster: str
    associations: Sequence[Row]
    qos: Sequence[Row]
    newer: bool


def dump_text(dumped: DumpedCluster) -> tuple[str, str]:
    """Return the file, and what is said on stderr while it is written."""
    root, *rows = dumped.associations
    first = [*(_line("QOS", row["Name"], row, KEYS_OF_QOS) for row in _qos(dumped))]
    first.append(_line("Cluster", dumped.cluster, root, _limits(dumped)))
    below: dict[str, list[Row]] = {}
    for row in rows:
        above = row["Account"] if row["User"] else row["Parent"]
        below.setdefault(str(above), []).append(row)
    found = [*_sections(ROOT, below, _limits(dumped))]
    text = "".join(f"{line}\n" for line in (*first, *found))
    said = "".join(f"sacctmgr: {line}\n" for line in ("\n".join(first), *found))
    return HEAD + text, said


def _qos(dumped: DumpedCluster) -> Sequence[Row]:
    return dumped.qos if dumped.newer else ()


def _limits(dumped: DumpedCluster) -> Sequence[tuple[str, str]]:
    return [one for one in KEYS_OF_LIMITS if dumped.newer or one[1] != "MinPrioThresh"]


def _sections(
    account: str, below: Mapping[str, Sequence[Row]], limits: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Yield the lines of what is directly below an account, and then of each account there."""
    rows = below.get(account, ())
    if not rows:
        return
    yield f"Parent - '{account}'"
    for row in (row for row in rows if row["User"]):
        yield _line("User", row["User"], row, (*KEYS_OF_USERS, *limits))
    accounts = [row for row in rows if not row["User"]]
    for row in accounts:
        yield _line("Account", row["Account"], row, (*KEYS_OF_ACCOUNTS, *limits))
    for row in accounts:
        yield from _sections(str(row["Account"]), below, limits)


def _line(word: str, name: Value, row: Row, keys: Iterable[tuple[str, str]]) -> str:
    told = [f"{word} - '{name}'"]
    for key, field in keys:
        if text := _text(field, row.get(field)):
            told.append(f"{key}={text}")
    return ":".join(told)


def _text(field: str, value: Value) -> str:
    """Return a value as the file has it: quoted where it is a word; empty if it is left out."""
    if value in (None, (), {}, "") or value in LEFT_OUT.get(field, ()):
        return ""
    if isinstance(value, Mapping):
        return tres_text(value)
    if isinstance(value, tuple):
        return f"'{','.join(value)}'"
    if isinstance(value, float):
        return f"{value:f}"
    if field == "Fairshare" and value == "parent":
        return str(PARENT_SHARES)
    return f"'{value}'" if isinstance(value, str) else str(value)
