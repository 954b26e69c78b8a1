"""Associations: (cluster, account, user, partition) and the limits on them.

Paths are slurmrestd's, confirmed by round trips on the lab for every API version served there.
`user` is empty on an account's own row, `partition` on rows for all partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slurmctl_rest.model.fields import Access, Entity, Field, Row
from slurmctl_rest.model.kinds import (
    COUNT,
    JOBS,
    MINUTES,
    NAME,
    NAMES,
    OPTIONAL_NAME,
    SHARES,
    TRES,
    TRES_MINUTES,
    Value,
)

LIMITS = (
    Field(
        "Fairshare", SHARES, "shares_raw",
        "shares of the parent's resources; 'parent': use the account's own",
        word="Share", aliases=("Shares",), add_key="fairshare",
    ),
    Field(
        "Priority", COUNT, "priority",
        "added to the priority of each job",
        add_key="priority", inherits=True,
    ),
    Field(
        "GrpJobs", JOBS, "max.jobs.per.count",
        "jobs that may run at once, of this association and those below it",
        add_key="grpjobs",
    ),
    Field(
        "GrpJobsAccrue", JOBS, "max.jobs.per.accruing",
        "pending jobs that may gather age priority, of this association and those below it",
        add_key="grpjobsaccrue",
    ),
    Field(
        "GrpSubmitJobs", JOBS, "max.jobs.per.submitted",
        "jobs that may be pending or running, of this association and those below it",
        header="GrpSubmit", aliases=("GrpSubmitJob",), add_key="grpsubmitjobs",
    ),
    Field(
        "GrpTRES", TRES, "max.tres.total",
        "TRES that running jobs may hold at once, of this association and those below it",
        add_key="grptres",
    ),
    Field(
        "GrpTRESMins", TRES_MINUTES, "max.tres.group.minutes",
        "TRES minutes that past, present and future jobs may use, here and below",
        add_key="grptresmins",
    ),
    Field(
        "GrpTRESRunMins", TRES_MINUTES, "max.tres.group.active",
        "TRES minutes that running jobs may hold at once, here and below",
        add_key="grptresrunmins",
    ),
    Field(
        "GrpWall", MINUTES, "max.per.account.wall_clock",
        "wall clock minutes that jobs may use, here and below",
        add_key="grpwall",
    ),
    Field(
        "MaxJobs", JOBS, "max.jobs.active",
        "jobs that each user may run at once",
        add_key="maxjobs", inherits=True,
    ),
    Field(
        "MaxJobsAccrue", JOBS, "max.jobs.accruing",
        "pending jobs of each user that may gather age priority",
        add_key="maxjobsaccrue", inherits=True,
    ),
    Field(
        "MaxSubmitJobs", JOBS, "max.jobs.total",
        "jobs that each user may have pending or running",
        header="MaxSubmit", aliases=("MaxSubmitJob",), add_key="maxsubmitjobs", inherits=True,
    ),
    Field(
        "MaxTRES", TRES, "max.tres.per.job",
        "TRES that each job may use",
        aliases=("MaxTRESPerJob", "MaxTRESPJ"), add_key="maxtresperjob", inherits=True,
    ),
    Field(
        "MaxTRESPerNode", TRES, "max.tres.per.node",
        "TRES that each job may use on each of its nodes",
        aliases=("MaxTRESPN",), add_key="maxtrespernode", inherits=True,
    ),
    Field(
        "MaxTRESMins", TRES_MINUTES, "max.tres.minutes.per.job",
        "TRES minutes that each job may use",
        aliases=("MaxTRESMinsPerJob", "MaxTRESMinsPJ"), add_key="maxtresminsperjob", inherits=True,
    ),
    Field(
        "MaxTRESRunMins", TRES_MINUTES, "max.tres.minutes.total",
        "TRES minutes that each user's running jobs may hold (stored by Slurm, not enforced)",
        header="MaxTRESRunMinsPU", add_key="maxtresrunmins", inherits=True,
    ),
    Field(
        "MaxWall", MINUTES, "max.jobs.per.wall_clock",
        "wall clock time that each job may use",
        aliases=("MaxWallDurationPerJob", "MaxWallPJ"),
        add_key="maxwalldurationperjob", inherits=True,
    ),
    Field(
        "MinPrioThresh", COUNT, "min.priority_threshold",
        "priority that a job needs before it reserves resources",
        header="MinPrioThres", aliases=("MinPrioThreshold",),
        add_key="minpriothresh", inherits=True,
    ),
    Field(
        "DefaultQOS", OPTIONAL_NAME, "default.qos",
        "QOS of jobs that name none; '' clears",
        header="Def QOS", aliases=("DefQOS",),
        add_key="defaultqos", inherits=True,
    ),
    Field(
        "QosLevel", NAMES, "qos",
        "QOS that jobs may use: =, += and -=; '' restores inheritance",
        word="QOS", add_key="qoslevel", inherits=True,
    ),
)  # fmt: skip

QOS_FIELDS = frozenset({"DefaultQOS", "QosLevel"})
"""The fields whose values name QOS."""

PARENT = Field(
    "Parent", NAME, "parent_account",
    "the account above this one",
    word="ParentName", aliases=("ParentAccount",), add_key="parent",
)  # fmt: skip

CLUSTER = Field(
    "Cluster", NAME, "cluster", "the cluster of the association", where=True, access=Access.SCOPE
)

ASSOCIATION = Entity(
    "association",
    (
        CLUSTER,
        Field("Account", NAME, "account", "the account", access=Access.KEY),
        Field("User", NAME, "user", "the user; unset on an account's own row", access=Access.READ),
        Field("Partition", NAME, "partition", "the partition, or all", access=Access.READ),
        PARENT,
        *LIMITS,
    ),
    ("Cluster", "Account", "User", "Partition", *(f.name for f in LIMITS)),
)


def key(row: Row) -> tuple[str, ...]:
    """Return what tells a row from all others; it sorts accounts' own rows first."""
    return tuple(str(row[name] or "") for name in ("Cluster", "Account", "User", "Partition"))


def own_key(row: Row) -> tuple[Value, Value]:
    """Return what names an account's own row: cluster and account."""
    return row["Cluster"], row["Account"]


def with_changes(raw: Iterable[Row], added: Iterable[Row], final: Iterable[Row]) -> list[Row]:
    """Return accounts' own rows with their changes to inherited QOS (`+high`, `-low`).

    slurmrestd tells such changes by pieces, each of these lists holding the same rows:

    raw     the own QOS; empty where a row inherits, with changes or without
    added   where a row inherits: the names that it adds
    final   the QOS that the row has in the end

    What the account above has in the end and the row has not was taken away.
    """
    adds = {own_key(row): names_of(row) for row in added}
    ends = {own_key(row): names_of(row) for row in final}
    rows: list[Row] = []
    for row in raw:
        if not names_of(row):
            above = ends.get((row["Cluster"], row["Parent"]), frozenset())
            taken = above - ends.get(own_key(row), above)
            signed = {f"+{n}" for n in adds.get(own_key(row), ())} | {f"-{n}" for n in taken}
            row = {**row, "QosLevel": tuple(sorted(signed))}  # noqa: PLW2901 (the row, completed)
        rows.append(row)
    return rows


def without_idle_removals(rows: Sequence[Row], final: Iterable[Row]) -> list[Row]:
    """Return the rows without `-low` where the account above has no `low` to take away.

    sacctmgr shows such a removal and slurmrestd cannot; it stays in the database over both roads.
    """
    ends = {own_key(row): names_of(row) for row in final}
    shown: list[Row] = []
    for row in rows:
        above = ends.get((row["Cluster"], row["Parent"]), frozenset())
        kept = sorted(n for n in names_of(row) if n[0] != "-" or n[1:] in above)
        shown.append({**row, "QosLevel": tuple(kept)})
    return shown


def names_of(row: Row) -> frozenset[str]:
    """Return the row's QOS."""
    value = row["QosLevel"]
    return frozenset(value if isinstance(value, tuple) else ())
