"""Associations: (cluster, account, user, partition) and the limits on them.

Paths are slurmrestd's, confirmed by round trips on the lab for every API version served there.
`user` is empty on an account's own row, `partition` on rows for all partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from slurmctl_rest.model.fields import Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.durations import MINUTES
from slurmctl_rest.model.kinds.names import NAME, NAMES, NOTE, OPTIONAL_NAME, NameSet
from slurmctl_rest.model.kinds.numbers import COUNT, JOBS, NUMBER, SHARES, Number
from slurmctl_rest.model.kinds.tres import TRES, TRES_MINUTES
from slurmctl_rest.model.kinds.words import Mark

# Without `inherits`: the Grp limits, which hold for the whole tree below a row, and Fairshare,
# which is a row's own. tests/lab/test_inheritance.py holds all of them against sacctmgr.
LIMITS = (
    Field(
        "Fairshare", SHARES, "shares_raw",
        "shares of the parent's resources; parent: the same as the account's",
        word="Share", aliases=("Shares",), add_key="fairshare",
        database="shares",
    ),
    Field(
        "Priority", COUNT, "priority",
        "number added to the priority of each job",
        add_key="priority", inherits=True,
        database="priority",
    ),
    Field(
        "GrpJobs", JOBS, "max.jobs.per.count",
        "jobs that may run at once, in this association and below",
        add_key="grpjobs",
        database="grp_jobs",
    ),
    Field(
        "GrpJobsAccrue", JOBS, "max.jobs.per.accruing",
        "pending jobs that may gain age priority, in this association and below",
        add_key="grpjobsaccrue",
        database="grp_jobs_accrue",
    ),
    Field(
        "GrpSubmitJobs", JOBS, "max.jobs.per.submitted",
        "jobs that may be pending or running, in this association and below",
        header="GrpSubmit", aliases=("GrpSubmitJob",), add_key="grpsubmitjobs",
        database="grp_submit_jobs",
    ),
    Field(
        "GrpTRES", TRES, "max.tres.total",
        "TRES that running jobs may hold at once, in this association and below",
        add_key="grptres",
        database="grp_tres",
    ),
    Field(
        "GrpTRESMins", TRES_MINUTES, "max.tres.group.minutes",
        "TRES minutes that all jobs may use, in this association and below",
        add_key="grptresmins",
        database="grp_tres_mins",
    ),
    Field(
        "GrpTRESRunMins", TRES_MINUTES, "max.tres.group.active",
        "TRES minutes that running jobs may hold at once, in this association and below",
        add_key="grptresrunmins",
        database="grp_tres_run_mins",
    ),
    Field(
        "GrpWall", MINUTES, "max.per.account.wall_clock",
        "wall clock minutes that jobs may use, in this association and below",
        add_key="grpwall",
        database="grp_wall",
    ),
    Field(
        "MaxJobs", JOBS, "max.jobs.active",
        "jobs that each user may run at once",
        add_key="maxjobs", inherits=True,
        database="max_jobs",
    ),
    Field(
        "MaxJobsAccrue", JOBS, "max.jobs.accruing",
        "pending jobs of each user that may gain age priority",
        add_key="maxjobsaccrue", inherits=True,
        database="max_jobs_accrue",
    ),
    Field(
        "MaxSubmitJobs", JOBS, "max.jobs.total",
        "jobs that each user may have pending or running",
        header="MaxSubmit", aliases=("MaxSubmitJob",), add_key="maxsubmitjobs", inherits=True,
        database="max_submit_jobs",
    ),
    Field(
        "MaxTRES", TRES, "max.tres.per.job",
        "TRES that each job may use",
        aliases=("MaxTRESPerJob", "MaxTRESPJ"), add_key="maxtresperjob", inherits=True,
        database="max_tres_pj",
    ),
    Field(
        "MaxTRESPerNode", TRES, "max.tres.per.node",
        "TRES that each job may use on each of its nodes",
        aliases=("MaxTRESPN",), add_key="maxtrespernode", inherits=True,
        database="max_tres_pn",
    ),
    Field(
        "MaxTRESMins", TRES_MINUTES, "max.tres.minutes.per.job",
        "TRES minutes that each job may use",
        aliases=("MaxTRESMinsPerJob", "MaxTRESMinsPJ"), add_key="maxtresminsperjob", inherits=True,
        database="max_tres_mins_pj",
    ),
    Field(
        "MaxTRESRunMins", TRES_MINUTES, "max.tres.minutes.total",
        "TRES minutes that each user's running jobs may hold (stored by Slurm, not enforced)",
        header="MaxTRESRunMinsPU", add_key="maxtresrunmins", inherits=True,
        database="max_tres_run_mins",
    ),
    Field(
        "MaxWall", MINUTES, "max.jobs.per.wall_clock",
        "wall clock time that each job may use",
        aliases=("MaxWallDurationPerJob", "MaxWallPJ"),
        add_key="maxwalldurationperjob", inherits=True,
        database="max_wall_pj",
    ),
    Field(
        "MinPrioThresh", COUNT, "min.priority_threshold",
        "priority that a job needs before it reserves resources",
        header="MinPrioThres", aliases=("MinPrioThreshold",),
        add_key="minpriothresh", inherits=True,
        database="min_prio_thresh",
    ),
    Field(
        "DefaultQOS", OPTIONAL_NAME, "default.qos",
        "QOS of jobs that name none; '' clears it",
        header="Def QOS", aliases=("DefQOS",),
        add_key="defaultqos", inherits=True,
        database="def_qos_id",
    ),
    Field(
        "QosLevel", NAMES, "qos",
        "QOS that jobs may use; takes =, += and -=; '' inherits again",
        word="QOS", add_key="qoslevel", inherits=True,
        database="qos",
    ),
)  # fmt: skip

QOS_FIELDS = frozenset({"DefaultQOS", "QosLevel"})
"""The fields whose values name QOS."""

PARENT = Field(
    "Parent", NAME, "parent_account",
    "account above this one",
    word="ParentName", aliases=("ParentAccount",), add_key="parent",
    database="parent_acct",
)  # fmt: skip

CLUSTER = Field(
    "Cluster", NAME, "cluster", "cluster of the association", where=True, access=Access.SCOPE
)

ACCOUNT_LEVEL = ""
"""Stands for "no user" in a query: an account-level association."""

DEFAULT_MARK = Field(
    "Default", Mark("Default"), "is_default",
    "yes if the account is the user's default",
    word="", access=Access.READ, database="is_def",
)  # fmt: skip

DELETED_ROW = Field(
    "Deleted", Mark("Deleted", listed=True), "flags",
    "yes if deleted; kept for the usage of its jobs",
    word="Flags", access=Access.READ,
)  # fmt: skip
DELETED_RECORD = replace(DELETED_ROW, word="", record=SlurmRecord.OBJECT, absent=None)
"""The same of accounts, users and QOS, which have other flags besides."""

COMMENT = Field(
    "Comment", NOTE, "comment",
    "free text, stored in lower case; '' clears it",
    add_key="comment", absent="", database="comment",
)  # fmt: skip

LINEAGE = Field(
    "Lineage", OPTIONAL_NAME, "lineage",
    "its place in the tree, by which slurmdbd deletes: /science/physics/0-alice/gpu/",
    access=Access.READ, absent="",
)  # fmt: skip


class AssociationNumber(Number):
    """The number of an association: up to v0.0.41 beside its names, and 0 where it is not told."""

    def load(self, json: Json) -> Value:
        """Read the number; 0 is none."""
        return super().load(json.get("id") if isinstance(json, Mapping) else json) or None

    def read(self, text: str) -> Value:
        """Read what sacctmgr prints."""
        return super().read(text) or None


ID = Field(
    "ID", AssociationNumber("number"), "id",
    "slurmdbd's number of the association",
    access=Access.READ, absent=None,
)  # fmt: skip
# Of no record: `with_parent_ids` and `with_raw_qos` make these two.
PARENT_ID = Field(
    "ParentID", NUMBER, "",
    "number of the association above this one; 0 for the account root",
    access=Access.READ,
)  # fmt: skip
RAW_QOS = Field(
    "QosRaw", NameSet("numbers of QOS"), "",
    "QosLevel with the numbers of the QOS in place of their names",
    word="QOSRAWLevel", header="QOS_RAW", access=Access.READ,
)  # fmt: skip

ASSOCIATION = Entity(
    "association",
    (
        replace(CLUSTER, aliases=("Clusters",)),
        Field(
            "Account", NAME, "account",
            "account of the association",
            aliases=("Accounts",), where=True, access=Access.SCOPE,
        ),
        Field(
            "User", OPTIONAL_NAME, "user",
            "user; '' selects account associations",
            aliases=("Users",), where=True, access=Access.SCOPE,
        ),
        Field(
            "Partition", OPTIONAL_NAME, "partition",
            "partition; '' selects associations for all partitions",
            aliases=("Partitions",), where=True, access=Access.SCOPE,
        ),
        replace(PARENT, aliases=("ParentAccount", "Parents"), where=True),
        # slurmdbd compares def_qos_id before it inherits, and the QOS after.
        *(
            replace(f, where=True, where_own=f.name == "DefaultQOS") if f.name in QOS_FIELDS else f
            for f in LIMITS
        ),
        DEFAULT_MARK,
        DELETED_ROW,
    ),
    (
        *("Cluster", "Account", "User", "Partition", "Fairshare", "Priority", "GrpJobs", "GrpTRES"),
        *("GrpSubmitJobs", "GrpWall", "GrpTRESMins", "MaxJobs", "MaxTRES", "MaxTRESPerNode"),
        *("MaxSubmitJobs", "MaxWall", "MaxTRESMins", "QosLevel", "DefaultQOS", "GrpTRESRunMins"),
    ),
    command="assoc",
    on_request=(COMMENT, ID, LINEAGE, PARENT_ID, RAW_QOS),
)  # fmt: skip


OWN_CONDITIONS = frozenset(field.name for field in ASSOCIATION.fields if field.where_own)
"""The conditions that what is inherited does not meet."""

PLACE = ("Cluster", "Account", "User", "Partition")
"""The fields that together name an association."""


class AssociationKey(NamedTuple):
    """The identity of an association: the values of PLACE, "" for none.

    Keys sort the account-level association of an account before those of its users.
    """

    cluster: str
    account: str
    user: str = ""
    partition: str = ""


def association_key(row: Row) -> AssociationKey:
    """Return the key of a row: of an account or a user, too, as far as it has the fields."""
    return AssociationKey(  # written out: each row of a long list is asked for it several times
        str(row.get("Cluster") or ""),
        str(row.get("Account") or ""),
        str(row.get("User") or ""),
        str(row.get("Partition") or ""),
    )


def above(row: Row) -> AssociationKey:
    """Return the key of the row that a row inherits from: its account's, or that one's parent's."""
    account = row["Account"] if row.get("User") else row["Parent"]
    return AssociationKey(str(row["Cluster"] or ""), str(account or ""))


def mended(row: Row) -> Row:
    """Return a row that was loaded: an account's own one is nobody's default, whatever it says."""
    return {**row, "Default": False} if row["Default"] and row["User"] is None else row


def is_account_level(row: Row) -> bool:
    """Tell whether the row is an account's own one."""
    return row.get("User") is None


EffectiveQos: TypeAlias = Mapping[AssociationKey, frozenset[str]]
"""Key of a row -> the QOS that it has in the end."""


NO_EFFECTIVE_QOS: EffectiveQos = {}


def effective_qos(final: Iterable[Row]) -> dict[AssociationKey, frozenset[str]]:
    """Return the QOS of rows that are in force.

    Example: {AssociationKey("alps", "physics", "alice"): frozenset({"high", "normal"})}
    """
    return {association_key(row): qos_names_of(row) for row in final}


def with_changes(raw: Iterable[Row], added: Iterable[Row] | None, final: EffectiveQos) -> list[Row]:
    """Return rows with their changes to inherited QOS (`+high`, `-low`).

    slurmrestd tells such changes by pieces, each of these lists holding the same rows:

    raw     the own QOS; empty where a row inherits, with changes or without
    added   where a row inherits: the names that it adds. Without, those that are new in the end
    final   the QOS that the row has in the end; of all accounts above too

    Names that the account above has in the end and the row has not were taken away.
    """
    adds = None if added is None else effective_qos(added)
    rows: list[Row] = []
    for row in raw:
        if not row["QosLevel"]:
            one = association_key(row)
            inherited = final.get(above(row), frozenset())
            end = final.get(one, inherited)
            new = end - inherited if adds is None else adds.get(one, frozenset())
            if new or end != inherited:
                signed = [f"+{name}" for name in new] + [f"-{name}" for name in inherited - end]
                row = {**row, "QosLevel": tuple(sorted(signed))}  # noqa: PLW2901 (completed)
        rows.append(row)
    return rows


def without_idle_removals(rows: Sequence[Row], final: Iterable[Row]) -> list[Row]:
    """Return the rows without `-low` where the account above has no `low` to take away.

    sacctmgr shows such a removal and slurmrestd cannot; it stays in the database either way.
    """
    all_ends = effective_qos(final)
    shown: list[Row] = []
    for row in rows:
        inherited = all_ends.get(above(row), frozenset())
        kept = sorted(n for n in qos_names_of(row) if n[0] != "-" or n[1:] in inherited)
        shown.append({**row, "QosLevel": tuple(kept)})
    return shown


def with_parent_ids(rows: Iterable[Row], own: Iterable[Row]) -> Iterator[Row]:
    """Yield rows with the number of the association above each; `own`: accounts' own rows."""
    numbers = {association_key(row): row["ID"] for row in own}
    for row in rows:
        yield {**row, "ParentID": numbers.get(above(row)) or 0}


def with_raw_qos(rows: Iterable[Row], numbers: Mapping[str, int]) -> Iterator[Row]:
    """Yield rows with the numbers of their QOS; `numbers`: by name. A sign before one stays."""
    for row in rows:
        signed = (NAMES.signed(name) for name in qos_names_of(row))
        raw = sorted(f"{sign}{numbers.get(name, '')}" for sign, name in signed)
        yield {**row, "QosRaw": tuple(raw)}


def qos_names_of(row: Row) -> frozenset[str]:
    """Return the row's QOS."""
    value = row["QosLevel"]
    return frozenset(value if isinstance(value, tuple) else ())
