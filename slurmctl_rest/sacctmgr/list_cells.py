"""The text of each column of a list: from slurmrestd's record to what sacctmgr prints.

Values come from the tables of model/entities, and from list_fields.py for what only these lists
show. A column that a list does not have is empty, as sacctmgr leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from slurmctl_rest.model.elsewhere import legacy_limit
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.association import LINEAGE
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.model.kinds.base import Kind, Value
from slurmctl_rest.model.kinds.names import names_in
from slurmctl_rest.model.kinds.numbers import Count, Real, Shares
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.tres_counts import MEM_UNITS, in_megabytes
from slurmctl_rest.sacctmgr import list_fields
from slurmctl_rest.sacctmgr.columns import LIST_COLUMNS, ShownColumn
from slurmctl_rest.sacctmgr.printing import Fit
from slurmctl_rest.sacctmgr.settings import qos_flags

CellText = Callable[[Row], str | None]


@dataclass(frozen=True, slots=True)
class ListCell:
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


UNIT, HALF = 1024, 512
"""sacctmgr takes the next unit as long as the whole part is a multiple of half of one."""


def _count(name: str, count: int) -> str:
    if not in_megabytes(name) or count == 0:
        return str(count)
    number, power = float(count), 0
    while number >= UNIT and int(number) % HALF == 0 and power < len(MEM_UNITS) - 1:
        number /= UNIT
        power += 1
    text = str(int(number)) if number == int(number) else f"{number:.2f}"
    return f"{text}{MEM_UNITS[power]}"


def _plain(field: Field) -> ListCell:
    if isinstance(field.kind, Tres):
        return ListCell((field,), lambda row: tres_text(row.get(field.name)))
    fit = next((fit for kind, fit in FITS if isinstance(field.kind, kind)), Fit.MARKED)
    return ListCell((field,), lambda row: field.kind.text(row.get(field.name)), fit)


FITS: Sequence[tuple[type[Kind], Fit]] = (
    (Shares, Fit.DIGITS),
    (Real, Fit.REAL),
    (Count, Fit.WHOLE),
)
"""Kinds whose texts are not cut; durations are counts, too."""


def _one_of(field: Field, tres: str) -> ListCell:
    """Return the cell of a column from before TRES: the count of one of them."""

    def text(row: Row) -> str:
        counts = row.get(field.name)
        count = counts.get(tres) if isinstance(counts, Mapping) else None
        return "" if count is None else str(count)

    return ListCell((field,), text, Fit.WHOLE)


def _words(field: Field) -> ListCell:
    """Return the cell of flags: a record without any shows `None`."""

    def text(row: Row) -> str:
        words = row.get(field.name)
        return "" if words is None else field.kind.text(words) or "None"

    return ListCell((field,), text)


def _untold(header: str) -> ListCell:
    def text(row: Row) -> str:
        del row
        raise Untold(header)

    return ListCell((), text)


def _by_header(fields: Iterable[Field]) -> dict[str, ListCell]:
    return {field.title: _plain(field) for field in fields}


def _before_tres(noun: str, fields: Mapping[str, Field]) -> dict[str, ListCell]:
    """Return the cells of columns from before TRES, as the model has these limits."""
    found: dict[str, ListCell] = {}
    for column in LIST_COLUMNS:
        words = (column.header, column.words[0][0])
        today = next(filter(None, (legacy_limit(noun, word) for word in words)), "")
        if today:
            name, _, tres = today.partition("=")
            found[column.header] = _one_of(fields[name], tres)
    return found


FIELD_OF_ASSOCIATION = {field.name: field for field in ASSOCIATION.fields}

OF_ASSOCIATION: Mapping[str, ListCell] = {
    **_by_header(field for field in ASSOCIATION.fields if field.name not in {"Default", "Deleted"}),
    **_before_tres(ASSOCIATION.noun, FIELD_OF_ASSOCIATION),
    "MaxCPURunMinsPU": _one_of(FIELD_OF_ASSOCIATION["MaxTRESRunMins"], "cpu"),
    "MaxJobsPU": _plain(FIELD_OF_ASSOCIATION["MaxJobs"]),
    "MaxSubmitPU": _plain(FIELD_OF_ASSOCIATION["MaxSubmitJobs"]),
    "Comment": _plain(list_fields.ASSOCIATION_COMMENT),
    "Flags": _words(list_fields.ASSOCIATION_FLAGS),
    "ID": _plain(list_fields.NUMBER_OF_ASSOCIATION),
    "Lineage": _plain(LINEAGE),
    # Made in listing.py, of more than the record.
    "ParentID": ListCell((LINEAGE,), lambda row: str(row.get("ParentID") or ""), Fit.WHOLE),
    "QOS_RAW": ListCell(
        (FIELD_OF_ASSOCIATION["QosLevel"],), lambda row: str(row.get("QOS_RAW") or "")
    ),
}


def _coordinators(fields: Mapping[str, Field]) -> ListCell:
    both = (fields["Coordinators"], fields["IndirectCoordinators"])

    def text(row: Row) -> str:
        named = [name for one in both for name in names_in(row.get(one.name))]
        return ",".join(sorted(named))

    return ListCell(both, text)


_ACCOUNT = {field.name: field for field in ACCOUNT.fields}
_USER = {field.name: field for field in USER.fields}
_QOS = {field.name: field for field in QOS.fields}
_CLUSTER = {field.name: field for field in CLUSTERS.fields}

OF_ACCOUNT: Mapping[str, ListCell] = {
    **_by_header(_ACCOUNT[name] for name in ("Account", "Description", "Organization")),
    "Flags": _words(list_fields.FLAGS_OF_ACCOUNT),
}
OF_USER: Mapping[str, ListCell] = {
    **_by_header(_USER[name] for name in ("User", "AdminLevel")),
    # It is taken from associations (listing.py).
    "Def Acct": ListCell((), lambda row: str(row.get("DefaultAccount") or "")),
    "Def WCKey": ListCell(
        (list_fields.USER_DEFAULT_WCKEY, list_fields.USER_WCKEYS),
        lambda row: str(row.get("DefaultWCKey") or ""),
    ),
}
COORDINATORS: Mapping[str, ListCell] = {
    "account": _coordinators(_ACCOUNT),
    "user": _coordinators(_USER),
}
"""Only shown with WithCoordinators."""


def _node_count(row: Row) -> str:
    counts = row.get(list_fields.TRES_OF_CLUSTERS.name)
    return str(counts.get("node") or 0) if isinstance(counts, Mapping) else "0"


OF_CLUSTER: Mapping[str, ListCell] = {
    **_by_header(_CLUSTER[name] for name in ("Cluster", "ControlHost", "ControlPort", "RPC")),
    "Cluster Nodes": _plain(_CLUSTER["ClusterNodes"]),
    "Flags": _words(list_fields.FLAGS_OF_CLUSTER),
    "NodeCount": ListCell((list_fields.TRES_OF_CLUSTERS,), _node_count, Fit.WHOLE),
    "TRES": _plain(list_fields.TRES_OF_CLUSTERS),
    **{
        header: _untold(header)
        for header in ("Class", "Features", "Federation", "FedState", "FedStateRaw", "ID")
    },
}


def _flags_of_qos(order: Sequence[str]) -> ListCell:
    """Return the cell of flags; `order`: that of the release."""

    def text(row: Row) -> str:
        words = names_in(row.get("Flags"))
        last = len(order)
        return ",".join(
            sorted(words, key=lambda word: order.index(word) if word in order else last)
        )

    return ListCell((_QOS["Flags"],), text)


def _preempt_mode(row: Row) -> str:
    if row.get("PreemptMode") == PREEMPT_MODE.UNREPORTED:
        raise Untold("PreemptMode")
    return PREEMPT_MODE.text(row.get("PreemptMode"))


def _of_qos(order: Sequence[str]) -> dict[str, ListCell]:
    return {
        **_by_header(QOS.fields),
        **_before_tres(QOS.noun, _QOS),
        "MaxJobs": _plain(_QOS["MaxJobsPU"]),
        "MaxSubmit": _plain(_QOS["MaxSubmitJobsPU"]),
        "Flags": _flags_of_qos(order),
        "ID": _plain(list_fields.QOS_ID),
        "PreemptMode": ListCell((_QOS["PreemptMode"],), _preempt_mode),
    }


CELLS_OF_QOS = {newer: _of_qos(qos_flags(old=not newer)) for newer in (True, False)}
"""Whether the release is as new as 26.05 -> the cells."""

CELLS_OF_NOUN: Mapping[str, Mapping[str, ListCell]] = {
    "account": OF_ACCOUNT,
    "association": OF_ASSOCIATION,
    "cluster": {**OF_ASSOCIATION, **OF_CLUSTER},
    "tres": _by_header(TRES_TYPE.fields),
    "user": OF_USER,
    "wckey": _by_header(list_fields.WCKEY_LIST.fields),
}
"""The cells of all nouns but QOS."""

EMPTY = ListCell((), lambda _: "")
NEVER = ListCell((), lambda _: "Unknown", Fit.CUT)
OF_TIMES = dict.fromkeys(("Time", "TimeEligible", "TimeEnd", "TimeStart", "TimeSubmit"), NEVER)
"""Columns of times, which none of these lists has."""

NO_CELL = ListCell((), lambda _: None)
"""A column that a list of TRES does not have: it leaves no room for it."""


def list_cells(
    noun: str, columns: Sequence[ShownColumn], switches: frozenset[str], *, newer: bool
) -> list[ListCell]:
    """Return the cells of the columns of a list.

    `newer`: whether the release is as new as 26.05.
    """
    known = OF_TIMES | dict(CELLS_OF_QOS[newer] if noun == "qos" else CELLS_OF_NOUN[noun])
    if "WithAssoc" in switches:
        known = {**OF_ASSOCIATION, **known}
        if noun == "user":
            known["Flags"] = OF_ASSOCIATION["Flags"]
    if "WithCoordinators" in switches and noun in COORDINATORS:
        known["Coord Accounts"] = COORDINATORS[noun]
    if noun == "tres":
        return [CELLS_OF_NOUN[noun].get(one.column.header, NO_CELL) for one in columns]
    return [known.get(one.column.header, EMPTY) for one in columns]


def fields_of(cells: Iterable[ListCell]) -> list[Field]:
    """Return the fields that the cells are made of, each once."""
    found = {field.name: field for cell in cells for field in cell.fields}
    return list(found.values())
