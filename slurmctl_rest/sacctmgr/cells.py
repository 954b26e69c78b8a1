"""The text of each column of a list: from slurmrestd's record to what sacctmgr prints.

Values come from the tables of model/entities, and from records.py for what only these lists show.
A column that a list does not have is empty, as sacctmgr leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.association import LINEAGE
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.model.kinds.base import Kind, Value
from slurmctl_rest.model.kinds.numbers import Count, Real, Shares
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.tres_counts import in_megabytes
from slurmctl_rest.sacctmgr import records
from slurmctl_rest.sacctmgr.columns import ShownColumn
from slurmctl_rest.sacctmgr.printing import Fit

CellText = Callable[[Row], str | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a column shows: the fields that it is made of, and its text."""

    fields: tuple[Field, ...]
    text: CellText
    fit: Fit = Fit.MARKED


class Untold(ValueError):
    """Something that sacctmgr shows and slurmrestd does not tell; its text is the column."""


def tres_text(value: Value) -> str:
    """Return a list of TRES as sacctmgr prints it.

    >>> tres_text({"mem": 1536, "gres/gpu": 2, "gres/gpu:a100": 1})
    'gres/gpu:a100=1,gres/gpu=2,mem=1.50G'
    """
    if not value or not isinstance(value, Mapping):
        return ""
    # With the `=`: so `gres/gpu:a100` comes before `gres/gpu`.
    return ",".join(sorted(f"{name}={_count(name, count or 0)}" for name, count in value.items()))


UNITS = "MGTP?"
UNIT, HALF = 1024, 512
"""sacctmgr takes the next unit as long as the whole part is a multiple of half of one."""


def _count(name: str, count: int) -> str:
    if not in_megabytes(name) or count == 0:
        return str(count)
    number, power = float(count), 0
    while number >= UNIT and int(number) % HALF == 0 and power < len(UNITS) - 1:
        number /= UNIT
        power += 1
    text = str(int(number)) if number == int(number) else f"{number:.2f}"
    return f"{text}{UNITS[power]}"


def _plain(field: Field) -> Cell:
    if isinstance(field.kind, Tres):
        return Cell((field,), lambda row: tres_text(row.get(field.name)))
    fit = next((fit for kind, fit in FITS if isinstance(field.kind, kind)), Fit.MARKED)
    return Cell((field,), lambda row: field.kind.text(row.get(field.name)), fit)


FITS: Sequence[tuple[type[Kind], Fit]] = (
    (Shares, Fit.DIGITS),
    (Real, Fit.REAL),
    (Count, Fit.WHOLE),
)
"""Kinds whose texts are not cut; durations are counts, too."""


def _one_of(field: Field, tres: str) -> Cell:
    """Return the cell of a column from before TRES: the count of one of them."""

    def text(row: Row) -> str:
        counts = row.get(field.name)
        count = counts.get(tres) if isinstance(counts, Mapping) else None
        return "" if count is None else str(count)

    return Cell((field,), text, Fit.WHOLE)


def _words(field: Field) -> Cell:
    """Return the cell of flags: a record without any shows `None`."""

    def text(row: Row) -> str:
        words = row.get(field.name)
        return "" if words is None else field.kind.text(words) or "None"

    return Cell((field,), text)


def _untold(header: str) -> Cell:
    def text(row: Row) -> str:
        del row
        raise Untold(header)

    return Cell((), text)


def _by_header(fields: Iterable[Field]) -> dict[str, Cell]:
    return {field.title: _plain(field) for field in fields}


def _legacy(fields: Mapping[str, Field], names: Mapping[str, tuple[str, str]]) -> dict[str, Cell]:
    return {header: _one_of(fields[name], tres) for header, (name, tres) in names.items()}


GRP_BEFORE_TRES = {
    "GrpCPUs": ("GrpTRES", "cpu"),
    "GrpMem": ("GrpTRES", "mem"),
    "GrpNodes": ("GrpTRES", "node"),
    "GrpCPUMins": ("GrpTRESMins", "cpu"),
    "GrpCPURunMins": ("GrpTRESRunMins", "cpu"),
    "MaxCPUs": ("MaxTRES", "cpu"),
    "MaxNodes": ("MaxTRES", "node"),
    "MaxCPUMins": ("MaxTRESMins", "cpu"),
}
"""Columns from before TRES -> field, and the TRES of it."""

ASSOCIATION_FIELDS = {field.name: field for field in ASSOCIATION.fields}

OF_ASSOCIATION: Mapping[str, Cell] = {
    **_by_header(field for field in ASSOCIATION.fields if field.name not in {"Default", "Deleted"}),
    **_legacy(
        ASSOCIATION_FIELDS, {**GRP_BEFORE_TRES, "MaxCPURunMinsPU": ("MaxTRESRunMins", "cpu")}
    ),
    "MaxJobsPU": _plain(ASSOCIATION_FIELDS["MaxJobs"]),
    "MaxSubmitPU": _plain(ASSOCIATION_FIELDS["MaxSubmitJobs"]),
    "Comment": _plain(records.ASSOCIATION_COMMENT),
    "Flags": _words(records.ASSOCIATION_FLAGS),
    "ID": _plain(records.ASSOCIATION_ID),
    "Lineage": _plain(LINEAGE),
    # Made in listing.py, of more than the record.
    "ParentID": Cell((LINEAGE,), lambda row: str(row.get("ParentID") or ""), Fit.WHOLE),
    "QOS_RAW": Cell((ASSOCIATION_FIELDS["QosLevel"],), lambda row: str(row.get("QOS_RAW") or "")),
}


def _coordinators(fields: Mapping[str, Field]) -> Cell:
    both = (fields["Coordinators"], fields["IndirectCoordinators"])

    def text(row: Row) -> str:
        named = [name for one in both for name in _tuple(row.get(one.name))]
        return ",".join(sorted(named))

    return Cell(both, text)


def _tuple(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


_ACCOUNT = {field.name: field for field in ACCOUNT.fields}
_USER = {field.name: field for field in USER.fields}
_QOS = {field.name: field for field in QOS.fields}
_CLUSTER = {field.name: field for field in CLUSTERS.fields}

OF_ACCOUNT: Mapping[str, Cell] = {
    **_by_header(_ACCOUNT[name] for name in ("Account", "Description", "Organization")),
    "Flags": _words(records.ACCOUNT_FLAGS),
}
OF_USER: Mapping[str, Cell] = {
    **_by_header(_USER[name] for name in ("User", "AdminLevel")),
    # It is taken from associations (listing.py).
    "Def Acct": Cell((), lambda row: str(row.get("DefaultAccount") or "")),
    "Def WCKey": Cell(
        (records.USER_DEFAULT_WCKEY, records.USER_WCKEYS),
        lambda row: str(row.get("DefaultWCKey") or ""),
    ),
}
COORDINATORS: Mapping[str, Cell] = {
    "account": _coordinators(_ACCOUNT),
    "user": _coordinators(_USER),
}
"""Only shown with WithCoordinators."""


def _node_count(row: Row) -> str:
    counts = row.get(records.CLUSTER_TRES.name)
    return str(counts.get("node") or 0) if isinstance(counts, Mapping) else "0"


OF_CLUSTER: Mapping[str, Cell] = {
    **_by_header(_CLUSTER[name] for name in ("Cluster", "ControlHost", "ControlPort", "RPC")),
    "Cluster Nodes": _plain(_CLUSTER["ClusterNodes"]),
    "Flags": _words(records.CLUSTER_FLAGS),
    "NodeCount": Cell((records.CLUSTER_TRES,), _node_count, Fit.WHOLE),
    "TRES": _plain(records.CLUSTER_TRES),
    **{
        header: _untold(header)
        for header in ("Class", "Features", "Federation", "FedState", "FedStateRaw", "ID")
    },
}

QOS_FLAG_ORDER = (
    *("DenyOnLimit", "EnforceUsageThreshold", "PartitionMinNodes", "PartitionMaxNodes"),
    *("PartitionTimeLimit", "RequiresReservation", "OverPartQOS", "NoReserve", "NoDecay"),
    *("Relative", "UsageFactorSafe"),
)
"""As 26.05 prints them."""
OLD_QOS_FLAG_ORDER = (
    *("DenyOnLimit", "EnforceUsageThreshold", "NoReserve", "PartitionMaxNodes"),
    *("PartitionMinNodes", "OverPartQOS", "PartitionTimeLimit", "RequiresReservation", "NoDecay"),
    *("Relative", "UsageFactorSafe"),
)
"""As 24.11 prints them."""


def _flags_of_qos(order: Sequence[str]) -> Cell:
    def text(row: Row) -> str:
        words = _tuple(row.get("Flags"))
        last = len(order)
        return ",".join(
            sorted(words, key=lambda word: order.index(word) if word in order else last)
        )

    return Cell((_QOS["Flags"],), text)


def _preempt_mode(row: Row) -> str:
    if row.get("PreemptMode") == PREEMPT_MODE.UNTOLD:
        raise Untold("PreemptMode")
    return PREEMPT_MODE.text(row.get("PreemptMode"))


def _of_qos(order: Sequence[str]) -> dict[str, Cell]:
    return {
        **_by_header(QOS.fields),
        **_legacy(
            _QOS,
            {
                **GRP_BEFORE_TRES,
                "MaxCPUsPU": ("MaxTRESPU", "cpu"),
                "MaxNodesPU": ("MaxTRESPU", "node"),
                "MaxCPURunMinsPU": ("MaxTRESRunMinsPU", "cpu"),
                "MinCPUs": ("MinTRES", "cpu"),
            },
        ),
        "MaxJobs": _plain(_QOS["MaxJobsPU"]),
        "MaxSubmit": _plain(_QOS["MaxSubmitJobsPU"]),
        "Flags": _flags_of_qos(order),
        "ID": _plain(records.QOS_ID),
        "PreemptMode": Cell((_QOS["PreemptMode"],), _preempt_mode),
    }


OF_QOS = {True: _of_qos(QOS_FLAG_ORDER), False: _of_qos(OLD_QOS_FLAG_ORDER)}
"""Whether the release is as new as 26.05 -> the cells."""

OF_NOUN: Mapping[str, Mapping[str, Cell]] = {
    "account": OF_ACCOUNT,
    "association": OF_ASSOCIATION,
    "cluster": {**OF_ASSOCIATION, **OF_CLUSTER},
    "tres": _by_header(TRES_TYPE.fields),
    "user": OF_USER,
    "wckey": _by_header(records.WCKEYS.fields),
}
"""The cells of all nouns but QOS."""

EMPTY = Cell((), lambda _: "")
NEVER = Cell((), lambda _: "Unknown", Fit.CUT)
OF_TIMES = dict.fromkeys(("Time", "TimeEligible", "TimeEnd", "TimeStart", "TimeSubmit"), NEVER)
"""Columns of times, which none of these lists has."""

MISSING = Cell((), lambda _: None)
"""A column that a list of TRES does not have: it leaves no room for it."""


def cells_of(
    noun: str, columns: Sequence[ShownColumn], switches: frozenset[str], *, newer: bool
) -> list[Cell]:
    """Return the cells of the columns of a list.

    `newer`: whether the release is as new as 26.05.
    """
    known = OF_TIMES | dict(OF_QOS[newer] if noun == "qos" else OF_NOUN[noun])
    if "WithAssoc" in switches:
        known = {**OF_ASSOCIATION, **known}
        if noun == "user":
            known["Flags"] = OF_ASSOCIATION["Flags"]
    if "WithCoordinators" in switches and noun in COORDINATORS:
        known["Coord Accounts"] = COORDINATORS[noun]
    if noun == "tres":
        return [OF_NOUN[noun].get(one.column.header, MISSING) for one in columns]
    return [known.get(one.column.header, EMPTY) for one in columns]


def fields_of(cells: Iterable[Cell]) -> list[Field]:
    """Return the fields that the cells are made of, each once."""
    found = {field.name: field for cell in cells for field in cell.fields}
    return list(found.values())
