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
from slurmctl_rest.model.syntax import without_quotes
from slurmctl_rest.sacctmgr.cells import tres_text
from slurmctl_rest.sacctmgr.reply import lines

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

LIMITS: Sequence[tuple[str, str]] = (
    ("DefaultQOS", "DefaultQOS"),
    ("Fairshare", "Fairshare"),
    ("GrpTRESMins", "GrpTRESMins"),
    ("GrpTRESRunMins", "GrpTRESRunMins"),
    ("GrpTRES", "GrpTRES"),
    ("GrpJobs", "GrpJobs"),
    ("GrpJobsAccrue", "GrpJobsAccrue"),
    ("GrpSubmitJobs", "GrpSubmitJobs"),
    ("GrpWall", "GrpWall"),
    ("MaxTRESMinsPerJob", "MaxTRESMins"),
    ("MaxTRESRunMins", "MaxTRESRunMins"),
    ("MaxTRESPerJob", "MaxTRES"),
    ("MaxTRESPerNode", "MaxTRESPerNode"),
    ("MaxJobs", "MaxJobs"),
    ("MaxJobsAccrue", "MaxJobsAccrue"),
    ("MaxSubmitJobs", "MaxSubmitJobs"),
    ("MaxWallDurationPerJob", "MaxWall"),
    ("MinPrioThresh", "MinPrioThresh"),
    ("Priority", "Priority"),
    ("QOS", "QosLevel"),
)
"""The keys of cluster, account and user in the file, in its order, each with our field."""

OF_ACCOUNTS = (("Description", "Description"), ("Organization", "Organization"))
OF_USERS = (
    ("Partition", "Partition"),
    ("DefaultAccount", "DefaultAccount"),
    ("DefaultWCKey", "DefaultWCKey"),
    ("AdminLevel", "AdminLevel"),
    ("Coordinator", "Coordinators"),
    ("WCKeys", "WCKeys"),
)
"""The keys before them."""

OF_QOS: Sequence[tuple[str, str]] = (
    ("Description", "Description"),
    ("Flags", "Flags"),
    ("GraceTime", "GraceTime"),
    ("GrpJobsAccrue", "GrpJobsAccrue"),
    ("GrpJobs", "GrpJobs"),
    ("GrpSubmitJobs", "GrpSubmitJobs"),
    ("GrpTRES", "GrpTRES"),
    ("GrpTRESMins", "GrpTRESMins"),
    ("GrpTRESRunMins", "GrpTRESRunMins"),
    ("GrpWall", "GrpWall"),
    ("LimitFactor", "LimitFactor"),
    ("MaxJobsPA", "MaxJobsPA"),
    ("MaxJobsPU", "MaxJobsPU"),
    ("MaxJobsAccruePA", "MaxJobsAccruePA"),
    ("MaxJobsAccruePU", "MaxJobsAccruePU"),
    ("MaxSubmitJobsPA", "MaxSubmitJobsPA"),
    ("MaxSubmitJobsPU", "MaxSubmitJobsPU"),
    ("MaxTRESMinsPerJob", "MaxTRESMins"),
    ("MaxTRESPerAccount", "MaxTRESPA"),
    ("MaxTRESPerJob", "MaxTRES"),
    ("MaxTRESPerNode", "MaxTRESPerNode"),
    ("MaxTRESPerUser", "MaxTRESPU"),
    ("MaxTRESRunMinsPerAccount", "MaxTRESRunMinsPA"),
    ("MaxTRESRunMinsPerUser", "MaxTRESRunMinsPU"),
    ("MaxWallDurationPerJob", "MaxWall"),
    ("MinPrioThresh", "MinPrioThresh"),
    ("MinTRESPerJob", "MinTRES"),
    ("Preempt", "Preempt"),
    ("PreemptMode", "PreemptMode"),
    ("PreemptExemptTime", "PreemptExemptTime"),
    ("Priority", "Priority"),
    ("UsageFactor", "UsageFactor"),
    ("UsageThreshold", "UsageThreshold"),
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
class Asked:
    """What the words ask for; `complaints`: what is said of those that mean nothing."""

    cluster: str
    file: str | None
    complaints: str


def asked(words: Sequence[str]) -> Asked:
    """Read `CLUSTER [file=FILE]`.

    >>> asked(["alps", "f=/tmp/x"])
    Asked(cluster='alps', file='/tmp/x', complaints='')
    """
    cluster, file, complaints = "", None, []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and "file".startswith(key.lower()):
            file = without_quotes(value)
        elif not equals or "cluster".startswith(key.lower()):
            if cluster:
                complaints.append(ONE_CLUSTER.format(cluster))
            else:
                cluster = without_quotes(value if equals else key)
        else:
            complaints.append(UNKNOWN_OPTION.format(word))
    return Asked(cluster, file, lines(*complaints))


@dataclass(frozen=True, slots=True)
class Dumped:
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


def text_of(dumped: Dumped) -> tuple[str, str]:
    """Return the file, and what is said on stderr while it is written."""
    root, *rows = dumped.associations
    first = [*(_line("QOS", row["Name"], row, OF_QOS) for row in _qos(dumped))]
    first.append(_line("Cluster", dumped.cluster, root, _limits(dumped)))
    below: dict[str, list[Row]] = {}
    for row in rows:
        above = row["Account"] if row["User"] else row["Parent"]
        below.setdefault(str(above), []).append(row)
    found = [*_sections(ROOT, below, _limits(dumped))]
    text = "".join(f"{line}\n" for line in (*first, *found))
    said = "".join(f"sacctmgr: {line}\n" for line in ("\n".join(first), *found))
    return HEAD + text, said


def _qos(dumped: Dumped) -> Sequence[Row]:
    return dumped.qos if dumped.newer else ()


def _limits(dumped: Dumped) -> Sequence[tuple[str, str]]:
    return [one for one in LIMITS if dumped.newer or one[1] != "MinPrioThresh"]


def _sections(
    account: str, below: Mapping[str, Sequence[Row]], limits: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Yield the lines of what is directly below an account, and then of each account there."""
    rows = below.get(account, ())
    if not rows:
        return
    yield f"Parent - '{account}'"
    for row in (row for row in rows if row["User"]):
        yield _line("User", row["User"], row, (*OF_USERS, *limits))
    accounts = [row for row in rows if not row["User"]]
    for row in accounts:
        yield _line("Account", row["Account"], row, (*OF_ACCOUNTS, *limits))
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
