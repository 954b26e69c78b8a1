"""sacctmgr's words: what each means, and from how many letters on it is known.

One table for the conditions, the switches and the settings of all nouns; columns.py has those of
format=, verbs.py the verbs and nouns. The first that fits a word counts. From how many letters on a
word is known is the same on 24.11 and 26.05 (tests/lab/test_parity_accounts.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Spelling = tuple[str, int, str]
"""A word, the letters from which on it is known, and what it means: a field, a verb ...

`GrpTRES=cpu` is the one TRES of a field: a limit from before TRES.
"""


def spelled(meaning: str = "", /, **letters: int) -> list[Spelling]:
    """Return the words of one meaning; of none, each word means itself.

    >>> spelled("Account", Accounts=1, Acct=4)
    [('Accounts', 1, 'Account'), ('Acct', 4, 'Account')]
    """
    return [(word, least, meaning or word) for word, least in letters.items()]


def spelling_of(word: str, known: Sequence[Spelling]) -> Spelling | None:
    """Return the first spelling that fits a word, in any case."""
    lower = word.lower()
    for one in known:
        if len(lower) >= one[1] and one[0].lower().startswith(lower):
            return one
    return None


def meaning_of(word: str, known: Sequence[Spelling]) -> str:
    """Return what the first spelling that fits a word means; nothing where none does."""
    found = spelling_of(word, known)
    return found[2] if found else ""


# --- conditions and switches ----------------------------------------------------------------------

FORMAT_WORD = "Format"

CONDITION_WORDS: Mapping[str, Sequence[Spelling]] = {
    "account": (
        *spelled("Account", Names=1, Accounts=1, Acct=4),
        *spelled("Description", Descriptions=1),
        *spelled(Flags=2, Format=2),
        *spelled("Organization", Organizations=1),
    ),
    "user": (
        *spelled("User", Names=1, Users=1),
        *spelled(AdminLevel=2),
        *spelled("Cluster", Clusters=1),
        *spelled(DefaultAccount=8, DefaultWCKey=8, Format=1),
        *spelled("WCKey", WCKeys=1),
    ),
    "association": (*spelled("ID", Associations=2, Ids=1), *spelled(Format=1)),
    "qos": (
        *spelled("Name", Names=1, QosLevel=1),
        *spelled("Description", Clusters=1, Descriptions=1),  # so it is
        *spelled(Format=1, PreemptMode=8),
        *spelled("ID", Ids=1),
    ),
    "cluster": (
        *spelled("Cluster", Names=1, Clusters=3),
        *spelled(Classification=3, Flags=2, Format=2),
        *spelled("Federation", Federations=3),
        *spelled("RPC", RPCVersions=1),
    ),
    "job": (
        *spelled("JobID", JobIDs=1),
        *spelled(Clusters=1, Users=1, StartTime=1, EndTime=1, WCKeys=1),
    ),
    "tres": (*spelled("Name", Names=1), *spelled(Format=1, Type=2), *spelled("ID", Ids=1)),
    "wckey": (
        *spelled("Cluster", Clusters=3),
        *spelled("ID", Ids=1),
        *spelled("User", Users=1),
        *spelled("WCKey", Names=3, WCKeys=3),
        *spelled(Format=1),
    ),
}
"""The conditions of each noun."""

ASSOCIATION_CONDITIONS: Sequence[Spelling] = (
    *spelled("Account", Accounts=2, Acct=2),
    *spelled("ID", Associations=2),
    *spelled("Cluster", Clusters=1),
    *spelled(DefaultQOS=8),
    *spelled("ID", Ids=1),
    *spelled("Partition", Partitions=3),
    *spelled("Parent", Parents=3),
    *spelled(QosLevel=1),
    *spelled("User", Users=1),
)
"""The conditions on associations, which accounts and users take too."""

_WITH = (
    *spelled(WithAssoc=5, WithCoordinators=5, WithDeleted=5),
    *spelled("WithRawQOS", WithRawQOSLevel=5),
    *spelled(WOPLimits=4),
)
_DELETED = spelled(WithDeleted=5)

SWITCH_WORDS: Mapping[str, Sequence[Spelling]] = {
    "account": _WITH,
    "user": _WITH,
    "association": (
        *spelled(OnlyDefaults=2, Tree=4, WithDeleted=5),
        *spelled("WithRawQOS", WithRawQOSLevel=5),
        *spelled(WithSubAccounts=5, WOPInfo=4),
        *spelled("WOPLimits", WOLimits=3, WOPLimits=4),
    ),
    "qos": _DELETED,
    "cluster": (*_DELETED, *spelled(WithFed=5, WOLimits=3)),
    "job": (),
    "tres": _DELETED,
    "wckey": _DELETED,
}
"""Bare words that mean something to lists; writes accept them, and do nothing else."""

# --- settings -------------------------------------------------------------------------------------

RAW_USAGE_WORD = "RawUsage"
COMMENT_WORD = "Comment"
"""Of an association; slurmrestd cannot set it."""

ASSOCIATION_SETTINGS: Sequence[Spelling] = (
    *spelled("Fairshare", FairShare=1, Shares=1),
    *spelled("GrpTRESMins=cpu", GrpCPUMins=7),
    *spelled("GrpTRESRunMins=cpu", GrpCPURunMins=7),
    *spelled("GrpTRES=cpu", GrpCPUs=7),
    *spelled(GrpJobs=4, GrpJobsAccrue=4),
    *spelled("GrpTRES=mem", GrpMemory=4),
    *spelled("GrpTRES=node", GrpNodes=4),
    *spelled(GrpSubmitJobs=4, GrpTRES=7, GrpTRESMins=7, GrpTRESRunMins=7, GrpWall=4),
    *spelled("MaxTRESMins=cpu", MaxCPUMinsPerJob=7),
    *spelled("MaxTRESRunMins=cpu", MaxCPURunMins=7),
    *spelled("MaxTRES=cpu", MaxCPUsPerJob=7),
    *spelled(MaxJobs=4, MaxJobsAccrue=4),
    *spelled("MaxTRES=node", MaxNodesPerJob=4),
    *spelled(MaxSubmitJobs=4),
    *spelled("MaxTRES", MaxTRES=7, MaxTRESPerJob=11, MaxTRESPJ=9),
    *spelled("MaxTRESPerNode", MaxTRESPerNode=11, MaxTRESPN=9),
    *spelled("MaxTRESMins", MaxTRESMinsPerJob=8, MaxTRESMinsPJ=8),
    *spelled(MaxTRESRunMins=8),
    *spelled("MaxWall", MaxWallDurationPerJob=4),
    *spelled(MinPrioThresh=4, Parent=2, Priority=2, QosLevel=1, DefaultQOS=8, Comment=2),
)
"""The limits of associations, which accounts, users and clusters take too."""

SETTING_WORDS: Mapping[str, Sequence[Spelling]] = {
    "account": (
        *spelled("Account", Accounts=1, Acct=1, Names=1),
        *spelled("Cluster", Clusters=1),
        *spelled(Description=1, Flags=2, Organization=1, RawUsage=7),
    ),
    "user": spelled(AdminLevel=2, DefaultAccount=8, DefaultWCKey=8, NewName=1, RawUsage=7),
    "qos": (
        *spelled(Name=1, Description=1, Flags=2, GraceTime=3),
        *spelled("GrpTRESMins=cpu", GrpCPUMins=7),
        *spelled("GrpTRESRunMins=cpu", GrpCPURunMins=7),
        *spelled("GrpTRES=cpu", GrpCPUs=7),
        *spelled(GrpJobs=4, GrpJobsAccrue=8),
        *spelled("GrpTRES=mem", GrpMemory=4),
        *spelled("GrpTRES=node", GrpNodes=4),
        *spelled(GrpSubmitJobs=4, GrpTRES=7, GrpTRESMins=8, GrpTRESRunMins=8, GrpWall=4),
        *spelled(LimitFactor=6),
        *spelled("MaxTRESMins=cpu", MaxCPUMinsPerJob=7),
        *spelled("MaxTRES=cpu", MaxCPUsPerJob=7),
        *spelled("MaxTRESPU=cpu", MaxCPUsPerUser=11),
        *spelled("MaxJobsPU", MaxJobsPerUser=4, MaxJobsPU=9),
        *spelled("MaxJobsPA", MaxJobsPerAccount=11, MaxJobsPA=9),
        *spelled("MaxJobsAccruePU", MaxJobsAccruePerUser=17, MaxJobsAccruePU=15),
        *spelled("MaxJobsAccruePA", MaxJobsAccruePerAccount=17, MaxJobsAccruePA=15),
        *spelled("MaxTRES=node", MaxNodesPerJob=4),
        *spelled("MaxTRESPU=node", MaxNodesPerUser=12),
        *spelled("MaxSubmitJobsPU", MaxSubmitJobsPerUser=4, MaxSubmitJobsPU=15),
        *spelled("MaxSubmitJobsPA", MaxSubmitJobsPerAccount=17, MaxSubmitJobsPA=15),
        *spelled("MaxTRES", MaxTRES=7, MaxTRESPerJob=11, MaxTRESPJ=9),
        *spelled("MaxTRESMins", MaxTRESMinsPerJob=8, MaxTRESMinsPJ=13),
        *spelled("MaxTRESPU", MaxTRESPerUser=11, MaxTRESPU=9),
        *spelled("MaxTRESPA", MaxTRESPerAccount=11, MaxTRESPA=9),
        *spelled("MaxTRESPerNode", MaxTRESPerNode=11, MaxTRESPN=9),
        *spelled("MaxTRESRunMinsPA", MaxTRESRunMinsPerAccount=24),
        *spelled("MaxTRESRunMinsPA", MaxTRESRunMinsPerAcct=20, MaxTRESRunMinsPA=16),
        *spelled("MaxTRESRunMinsPU", MaxTRESRunMinsPerUser=20, MaxTRESRunMinsPU=16),
        *spelled("MaxWall", MaxWallDurationPerJob=4),
        *spelled("MinTRES=cpu", MinCPUsPerJob=7),
        *spelled(MinPrioThresh=4),
        *spelled("MinTRES", MinTRESPerJob=7),
        *spelled(PreemptMode=8, PreemptExemptTime=8, Preempt=7, Priority=3, RawUsage=7),
        *spelled(UsageFactor=6, UsageThreshold=6),
    ),
    "cluster": (
        *spelled("Cluster", Names=1, Clusters=3),
        *spelled(Classification=3, Features=3, Federation=3, FedState=4),
    ),
    "job": (
        *spelled("comment.administrator", AdminComment=12),
        *spelled("comment.job", Comment=7),
        *spelled("derived_exit_code", DerivedExitCode=12, DerivedES=9),
        *spelled("extra", Extra=5),
        *spelled("wckey", NewWCKey=1),
        *spelled("comment.system", SystemComment=13),
        *spelled(TRES=1),  # since 26.05
    ),
}
"""What is set on each noun itself; of jobs the meaning is the path in slurmrestd's record."""

NEW_SETTING_WORDS: Mapping[str, Sequence[Spelling]] = {
    "user": (
        *spelled("User", Names=1, Users=1),
        *spelled("Account", Accounts=3, Acct=3),
        *spelled(AdminLevel=2),
        *spelled("Cluster", Clusters=1),
        *spelled(DefaultAccount=8, DefaultWCKey=8),
        *spelled("Partition", Partitions=1),
        *spelled("WCKey", WCKeys=1),
    ),
    "cluster": (
        *spelled("Cluster", Names=1, Clusters=2),
        *spelled(Classification=3, Features=3, Federation=3, FedState=4, Flags=2),
    ),
}
"""What is set on a noun that is added, where it is not the same."""

WITH_LIMITS = frozenset({"account", "user", "cluster"})
"""Nouns whose associations have limits, which are set with them."""

LEVEL_OF_LETTER: Mapping[str, str] = {
    "n": "None",
    "o": "Operator",
    "a": "Administrator",
    "s": "Administrator",
}
"""The first letter of AdminLevel= -> the level; any other means all, or none is set."""

CALLED_OF_LIMITS: Mapping[str, str] = {
    "Shares": "FairShare",
    "GrpCPUs": "GrpCpus",
    "MaxCPUsPerJob": "MaxCpusPerJob",
    "MaxNodesPerJob": "MaxNodes",
    "MaxWallDurationPerJob": "MaxWall",
}
"""What sacctmgr calls a limit of an association in a complaint, where it is not its word."""

CALLED_OF_QOS: Mapping[str, str] = {
    "MaxCPUMinsPerJob": "MaxCPUMins",
    "MaxCPUsPerJob": "MaxCPUs",
    "MinCPUsPerJob": "MinCPUs",
}
"""The same of a QOS. Else it is the field, or the word of a limit from before TRES."""


def settings_of(noun: str, *, new: bool = False) -> Sequence[Spelling]:
    """Return what can be set on a noun; `new`: where it is added."""
    own = NEW_SETTING_WORDS.get(noun, SETTING_WORDS[noun]) if new else SETTING_WORDS[noun]
    return (*own, *ASSOCIATION_SETTINGS) if noun in WITH_LIMITS else own


def complaint_name(noun: str, spelling: Spelling) -> str:
    """Return what sacctmgr calls a setting in a complaint."""
    word, _, meaning = spelling
    if noun == "qos":
        return CALLED_OF_QOS.get(word, word if "=" in meaning else meaning)
    return CALLED_OF_LIMITS.get(word, word)


def paired(text: str) -> Sequence[tuple[str, str]]:
    """Return sacctmgr's words in a text, each with its field, where that is another word.

    >>> paired("GrpJobs QOS=QosLevel")
    [('GrpJobs', 'GrpJobs'), ('QOS', 'QosLevel')]
    """
    parts = (one.partition("=") for one in text.split())
    return [(word, name or word) for word, _, name in parts]
