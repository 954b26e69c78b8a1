"""What `load` says: a line for each value that changes, and tables of what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import names_in
from slurmctl_rest.model.kinds.numbers import SHARES
from slurmctl_rest.sacctmgr.columns import shown_column
from slurmctl_rest.sacctmgr.list_cells import CELLS_OF_QOS, list_cells
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.printing import table_lines
from slurmctl_rest.sacctmgr.reply import as_lines, left_set

FOR_CLUSTER = "For cluster {}"
NO_PARENT_LINE = (
    " No parent given creating off root, If incorrect specify 'Parent - name' before any children "
    "in your file"
)
NOTHING_ADDED_NEW = " Nothing new added."
DONE_ADDING = "sacctmgr: Done adding cluster in usec={}"
PROBLEM_WITH_REQUESTS = " Problem with requests: {}"
UNSPECIFIED = "Unspecified error"
CLEAN = """\
You requested to flush the cluster before adding it again.
It is advised to not have your slurmctld running while doing this operation.
If you have jobs running on this cluster this operation will abort.
Are you sure you want to continue?"""
"""What it asks before it cleans."""

CHANGED: Sequence[tuple[str, str]] = (
    ("Fairshare", "fairshare"),
    ("GrpTRESMins", "GrpTRESMins"),
    ("GrpTRESRunMins", "GrpTRESRunMins"),
    ("GrpTRES", "GrpTRES"),
    ("GrpJobs", "GrpJobs"),
    ("GrpJobsAccrue", "GrpJobsAccrue"),
    ("GrpSubmitJobs", "GrpSubmitJobs"),
    ("GrpWall", "GrpWallDuration"),
    ("MaxTRESMins", "MaxTRESMinsPerJob"),
    ("MaxTRESRunMins", "MaxTRESRunMins"),
    ("MaxTRES", "MaxTRESPerJob"),
    ("MaxTRESPerNode", "MaxTRESPerNode"),
    ("MaxJobs", "MaxJobs"),
    ("MaxJobsAccrue", "MaxJobsAccrue"),
    ("MaxSubmitJobs", "MaxSubmitJobs"),
    ("MaxWall", "MaxWallDurationPerJob"),
    ("MinPrioThresh", "MinPrioThresh"),
    ("Parent", "Parent"),
    ("Priority", "Priority"),
)
"""The limits in the order in which changes are told: field -> how it is called."""

CHANGED_QOS: Sequence[tuple[str, str]] = (
    ("Description", "Description"),
    ("Flags", "Flags"),
    ("GraceTime", "GraceTime"),
    ("GrpJobsAccrue", "GrpJobsAccrue"),
    ("GrpJobs", "GrpJobs"),
    ("GrpSubmitJobs", "GrpSubmitJobs"),
    ("GrpTRES", "GrpTRES"),
    ("GrpTRESMins", "GrpTRESMins"),
    ("GrpTRESRunMins", "GrpTRESRunMins"),
    ("GrpWall", "GrpWallDuration"),
    ("LimitFactor", "LimitFactor"),
    ("MaxJobsPA", "MaxJobsPerAccount"),
    ("MaxJobsPU", "MaxJobsPerUser"),
    ("MaxJobsAccruePA", "MaxJobsAccruePerAccount"),
    ("MaxJobsAccruePU", "MaxJobsAccruePerUser"),
    ("MaxSubmitJobsPA", "MaxSubmitJobsPerAccount"),
    ("MaxSubmitJobsPU", "MaxSubmitJobsPerUser"),
    ("MaxTRESMins", "MaxTRESMinsPerJob"),
    ("MaxTRESPA", "MaxTRESPerAccount"),
    ("MaxTRES", "MaxTRESPerJob"),
    ("MaxTRESPerNode", "MaxTRESPerNode"),
    ("MaxTRESPU", "MaxTRESPerUser"),
    ("MaxTRESRunMinsPA", "MaxTRESRunMinsPerAccount"),
    ("MaxTRESRunMinsPU", "MaxTRESRunMinsPerUser"),
    ("MaxWall", "MaxWallDurationPerJob"),
    ("MinPrioThresh", "MinPrioThresh"),
    ("MinTRES", "MinTRESPerJob"),
    ("Preempt", "Preempt"),
    ("PreemptMode", "PreemptMode"),
    ("PreemptExemptTime", "PreemptExemptTime"),
    ("Priority", "Priority"),
    ("UsageFactor", "UsageFactor"),
    ("UsageThreshold", "UsageThreshold"),
)
"""The same of a QOS; of Preempt sacctmgr says nothing."""
UNTOLD_OF_QOS = frozenset({"Preempt"})
INFINITE = 2**32 - 1
MODE_OFF = "cluster"


def changed_line(title: str, kind: str, name: str, before: str, after: str) -> str:
    """Return the line for a value that changes.

    >>> changed_line("Changed fairshare", "Account", "physics", "20", "21")
    ' Changed fairshare             for Account physics          20 -> 21'
    """
    return f"{_subject(title, kind, name)} {before:>8} -> {after}"


def told_line(title: str, kind: str, name: str, value: str) -> str:
    """Return the line for a value that is set, whatever was there."""
    return f"{_subject(title, kind, name)} {value:>8}"


def _subject(title: str, kind: str, name: str) -> str:
    return f"{left_set(f' {title}', 30, cut=True)} for {kind:<7.7} {left_set(name, 10, cut=True)}"


def raw_limit(value: Value, numbers: Mapping[str, int]) -> str:
    """Return the value of a limit as sacctmgr tells a change; `numbers`: TRES -> slurmdbd's."""
    if isinstance(value, Mapping):
        known = sorted((numbers.get(name, 0), count) for name, count in value.items())
        return ",".join(f"{number}={count}" for number, count in known) or "(null)"
    if value == SHARES.PARENT:
        return str(SHARES.PARENT_NUMBER)
    return "-1" if value is None else str(value)


def raw_of_qos(field: str, value: Value, numbers: Mapping[str, int]) -> str:
    """Return the value of a QOS as sacctmgr tells a change."""
    if field == "PreemptMode":
        return "OFF" if value in (None, (), MODE_OFF) else str(value).upper()
    if isinstance(value, tuple):
        return CELLS_OF_QOS[True]["Flags"].text({"Flags": value}) or "(null)"
    if field in {"LimitFactor", "UsageFactor", "UsageThreshold"}:
        return f"{float(INFINITE if value is None else str(value)):.6f}"
    if field == "Description":
        return "(null)" if value is None else str(value)
    return str(INFINITE) if value is None else raw_limit(value, numbers)


# --- tables ---------------------------------------------------------------------------------------

LIMIT_COLUMNS = (
    "Share,GrpTRESM,GrpTRESR,GrpTRES,GrpJ,GrpJobsA,GrpMEM,GrpN,GrpS,GrpW,MaxTRESM,MaxTRES,"
    "MaxTRESPerN,MaxJ,MaxS,MaxN,MaxW,QOS,DefaultQOS"
)
QOS_COLUMNS = (
    "Name%20,Prio,GraceT,Preempt,PreemptE,PreemptM,Flags%40,UsageThres,UsageFactor,GrpTRES,"
    "GrpTRESMins,GrpTRESRunMins,GrpJ,GrpS,GrpW,MaxTRES,MaxTRESPerN,MaxTRESMins,MaxW,MaxTRESPerUser,"
    "MaxJobsPerUser,MaxSubmitJobsPerUser,MaxTRESPerAcct,MaxTRESRunMinsPerAcct%22,"
    "MaxTRESRunMinsPerUser%22,MaxJobsPerAcct,MaxSubmitJobsPerAcct,MinTRES"
)
LONG_END, SHORT_END = "-" * 62, "-" * 51
"""What ends a table of associations, and one of objects."""


def association_table(rows: Sequence[Row], options: LineOptions, *, of_users: bool) -> str:
    """Return the table of new associations; what a row does not say is left empty."""
    words = f"{'User,Account' if of_users else 'Account,ParentName'},{LIMIT_COLUMNS}"
    columns = [shown_column(one) for one in words.split(",")]
    shown = list_cells("association", columns, frozenset(), newer=True)
    texts = [[cell.text(_complete(row)) for cell in shown] for row in rows]
    found = table_lines(columns, texts, options, [cell.fit for cell in shown])
    return as_lines(*found, LONG_END, "")


def _complete(row: Row) -> Row:
    return {f.name: f.kind.load(None) for f in ASSOCIATION.fields} | dict(row)


def account_table(new: Iterable[Row], options: LineOptions) -> str:
    """Return the table of new accounts."""
    columns = [shown_column(one) for one in ("Name", "Description", "Organization", "QOS")]
    texts = [[str(row[name]) for name in ("Account", "Description", "Organization")] for row in new]
    return as_lines(
        "Accounts", *table_lines(columns, [[*one, ""] for one in texts], options), SHORT_END, ""
    )


def user_table(new: Iterable[Row], options: LineOptions) -> str:
    """Return the table of new users; no level is one that was not given."""
    words = ("Name", "DefaultA", "DefaultW", "QOS", "Admin", "Coord")
    columns = [shown_column(one) for one in words]
    texts = [
        [
            str(row["User"]),
            str(row["DefaultAccount"]),
            "",
            "",
            str(row["AdminLevel"] or "Not Set"),
            ",".join(sorted(str(one) for one in names_in(row["Coordinators"]))),
        ]
        for row in new
    ]
    return as_lines("Users", *table_lines(columns, texts, options), SHORT_END, "")


def qos_table(new: Iterable[Row], options: LineOptions) -> str:
    """Return the table of new QOS."""
    columns = [shown_column(one) for one in QOS_COLUMNS.split(",")]
    shown = list_cells("qos", columns, frozenset(), newer=True)
    texts = [[cell.text(row) for cell in shown] for row in new]
    fits = [cell.fit for cell in shown]
    return as_lines("QOS", *table_lines(columns, texts, options, fits), LONG_END, "")
