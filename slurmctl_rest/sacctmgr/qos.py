"""QOS in sacctmgr's words: what it says of a line, and the changes that the line comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr.associations import association_line
from slurmctl_rest.sacctmgr.list_rows import meant_qos
from slurmctl_rest.sacctmgr.naming import check_new_name
from slurmctl_rest.sacctmgr.plan import NOTHING_NEW, UNAFFECTED, WritePlan
from slurmctl_rest.sacctmgr.reply import FAILED, as_lines, bullet_list, left_set
from slurmctl_rest.sacctmgr.settings import applied, setting_lines
from slurmctl_rest.sacctmgr.write_requests import WriteRequest

LOOP = (
    "sacctmgr: error: QOS Preemption loop detected",
    " Error with request: QOS Preemption loop detected",
)


def add_qos(request: WriteRequest, rows: Sequence[Row], cluster: str) -> WritePlan:
    """Plan `add qos`; `rows` are the QOS that exist, `cluster` has the lock."""
    request.checked()
    complaints, settings = request.complaints, request.settings
    names = request.of("Name")
    if not names:
        raise complaints.refused(" Need name of qos to add.")
    there = {row["Name"] for row in rows}
    new = [name for name in names if name not in there]
    if not new:
        return WritePlan(
            as_lines(" Nothing new added."), failed=as_lines(*complaints.err), code=FAILED
        )
    description = settings.asked.get("Description", new[-1])
    blocks = as_lines(" Adding QOS(s)", *(f"  {name}" for name in new), " Settings")
    blocks += as_lines(f"  Description    = {description}", *setting_lines(settings))
    if "" in new:
        failed = as_lines(*complaints.err, " Problem adding QOS: Unspecified error")
        return WritePlan(blocks, failed=failed, code=FAILED)
    for name in new:
        check_new_name(QOS.noun, name)
    empty: dict[str, Value] = {f.name: f.kind.load(None) for f in QOS.fields}
    changes = [
        RowChange(
            QOS, "add", name, None, applied({**empty, "Name": name, "Description": name}, settings)
        )
        for name in new
    ]
    return WritePlan(blocks, {cluster: changes}, as_lines(*complaints.err))


def modify_qos(request: WriteRequest, rows: Sequence[Row], cluster: str) -> WritePlan:
    """Plan `modify qos`."""
    request.checked()
    complaints, settings = request.complaints, request.settings
    found = qos_meant(request, rows)
    if not found:
        said = " Nothing modified" if request.old else "  Nothing modified"
        return WritePlan(as_lines(said), failed=as_lines(*complaints.err), code=FAILED)
    if settings.asked in ({}, {"LimitFactor": 0}):
        # Nothing to slurmdbd, which then has nothing to do; 4294967294 is no value at all.
        old = [f"sacctmgr: error: {UNAFFECTED}"] if request.old else []
        raise complaints.refused(*old, f" Error with request: {NOTHING_NEW}")
    changes = [
        RowChange(QOS, "modify", str(row["Name"]), row, applied(row, settings)) for row in found
    ]
    after = {str(row["Name"]): row for row in rows} | {c.name: c.row for c in changes}
    if "Preempt" in settings.asked and any(_preempts_itself(c.name, after) for c in changes):
        raise complaints.refused(*LOOP)
    blocks = bullet_list("Modified qos...", [change.name for change in changes])
    lost = [] if "PreemptMode" in settings.asked else _modes_lost(changes)
    said = as_lines(*complaints.err, *lost)
    return WritePlan(blocks, {cluster: changes}, said)


def delete_qos(
    request: WriteRequest, rows: Sequence[Row], associations: Sequence[Row], cluster: str
) -> WritePlan:
    """Plan `delete qos`; `associations` are those of all clusters.

    sacctmgr goes on with the conditions that it understood. Here a line is understood whole, or
    nothing is deleted. Those that stay no longer preempt what is gone: Slurm 24.11 would keep its
    number in their Preempt, and could not show any QOS in JSON from then on; 26.05 sees to it.
    """
    found = qos_meant(request.checked_to_delete(), rows)
    if not found:
        return WritePlan(
            as_lines(" Nothing deleted" if request.old else "  Nothing deleted"), code=FAILED
        )
    gone = [str(row["Name"]) for row in found]
    if defaults := [row for row in associations if row["DefaultQOS"] in gone]:
        raise request.complaints.refused(
            " Associations listed below have these as their Default QOS.",
            *(
                f"  DefQOS = {left_set(row['DefaultQOS'], 10)} {association_line(row)}"
                for row in defaults
            ),
            " Please either remove the qos' listed above from list and resubmit,",
            " or change the default qos to remove the qos.",
            " Changes Discarded",
        )
    changes = [
        RowChange(QOS, "modify", str(row["Name"]), row, {**row, "Preempt": _less(row, gone)})
        for row in rows
        if request.old and row["Name"] not in gone and {*_names(row)} & {*gone}
    ]
    said = as_lines(*_modes_lost(changes))
    changes += [RowChange(QOS, "delete", str(row["Name"]), row, None) for row in found]
    return WritePlan(bullet_list("Deleting QOS(s)...", gone), {cluster: changes}, said)


def _modes_lost(changes: Sequence[RowChange]) -> list[str]:
    """Return a warning of each QOS whose preempt mode may be more than slurmrestd shows.

    A write sends what is shown. sacctmgr has nothing to say there: it keeps the rest.
    """
    return [
        f"sacctmgr: warning: qos '{one.name}': slurmrestd shows its PreemptMode as "
        f"{one.old['PreemptMode']}; this write removes 'within' and 'priority' from it"
        for one in changes
        if one.needs_write and not PREEMPT_MODE.is_sure(one.old["PreemptMode"])
    ]


def _less(row: Row, gone: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in _names(row) if name not in gone)


def _names(row: Row) -> tuple[str, ...]:
    preempt = row["Preempt"]
    return preempt if isinstance(preempt, tuple) else ()


def qos_meant(request: WriteRequest, rows: Sequence[Row]) -> list[Row]:
    """Return the rows that meet all conditions, in the order in which the database has them.

    It goes by the index of names where there are names, and else by number.
    """
    own, numbers = {str(row["Name"]): row for row in rows}, request.conditions.facts.qos()
    numbered = [{**own[name], "ID": number} for name, number in numbers.items() if name in own]
    return [own[str(row["Name"])] for row in meant_qos(numbered, request.conditions.where)]


def _preempts_itself(name: str, rows: Mapping[str, Row]) -> bool:
    """Tell whether a QOS preempts one that, over any others, preempts it."""
    seen: set[str] = set()
    coming = [*_names(rows[name])]
    while coming:
        one = coming.pop()
        if one == name:
            return True
        if one not in seen and one in rows:
            seen.add(one)
            coming += _names(rows[one])
    return False
