"""QOS in sacctmgr's words: what it says of a line, and the changes that the line comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.kinds.numbers import Real
from slurmctl_rest.model.kinds.tres import TRES
from slurmctl_rest.model.names import why_not
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS, Decided
from slurmctl_rest.sacctmgr.qos_words import (
    DESCRIPTIONS,
    IDS,
    LOOP,
    MODES,
    NAMES,
    RAW_USAGE,
    Asked,
    FlagsAsked,
    Setting,
    flags_of,
)
from slurmctl_rest.sacctmgr.reply import FAILED, bullet_list, lines
from slurmctl_rest.sacctmgr.rows import refusing_untold_modes
from slurmctl_rest.sacctmgr.values import Amounts, is_old

SETTINGS: Mapping[str, str] = {
    "Flags": "Flags",
    "GraceTime": "GraceTime",
    "GrpJobs": "GrpJobs",
    "GrpJobsAccrue": "GrpJobsAccrue",
    "GrpSubmitJobs": "GrpSubmitJobs",
    "GrpTRES": "GrpTRES",
    "GrpTRESMins": "GrpTRESMins",
    "GrpTRESRunMins": "GrpTRESRunMins",
    "GrpWall": "GrpWall",
    "MaxJobsAccruePA": "MaxJobsAccruePerAccount",
    "MaxJobsAccruePU": "MaxJobsAccruePerUser",
    "MaxJobsPA": "MaxJobsPerAccount",
    "MaxJobsPU": "MaxJobsPerUser",
    "MaxSubmitJobsPA": "MaxSubmitJobsPerAccount",
    "MaxSubmitJobsPU": "MaxSubmitJobsPerUser",
    "MaxTRESPA": "MaxTRESPerAccount",
    "MaxTRES": "MaxTRESPerJob",
    "MaxTRESPerNode": "MaxTRESPerNode",
    "MaxTRESPU": "MaxTRESPerUser",
    "MinPrioThresh": "MinPrioThresh",
    "MinTRES": "MinTRESPerJob",
    "MaxTRESMins": "MaxTRESMins",
    "MaxTRESRunMinsPA": "MaxTRESRUNMinsPerAccount",
    "MaxTRESRunMinsPU": "MaxTRESRUNMinsPerUser",
    "MaxWall": "MaxWall",
    "Preempt": "Preempt",
    "PreemptMode": "PreemptMode",
    "PreemptExemptTime": "PreemptExemptTime",
    "Priority": "Priority",
    "UsageFactor": "UsageFactor",
    "UsageThreshold": "UsageThreshold",
    "LimitFactor": "LimitFactor",
}
"""The lines of " Settings" in sacctmgr's order: field -> its word there."""

UNPADDED = "MaxJobsPU"
"""The field that sacctmgr does not line up with the others."""


def add(asked: Asked, rows: Sequence[Row]) -> Decided:
    """Decide on `add qos`; `rows` are the QOS that exist."""
    if asked.failed:
        raise asked.refused()
    if not asked.names:
        raise asked.refused(" Need name of qos to add.")
    there = {row["Name"] for row in rows}
    new = [name for name in asked.names if name not in there]
    if not new:
        return Decided(lines(" Nothing new added."), (), lines(*asked.err), FAILED)
    description = asked.settings.get("Description", new[-1])
    blocks = lines(" Adding QOS(s)", *(f"  {name}" for name in new), " Settings")
    blocks += lines(f"  Description    = {description}", *_settings(asked))
    if "" in new:
        failed = lines(*asked.err, " Problem adding QOS: Unspecified error")
        return Decided(blocks, (), failed, FAILED)
    for name in new:
        if reason := why_not(name):
            raise asked.refused(f"sacctmgr: error: qos '{name}': {reason}")
    empty: dict[str, Value] = {f.name: f.kind.load(None) for f in QOS.fields}
    changes = [
        RowChange(QOS, "add", name, None, _after({**empty, "Description": name}, asked, name))
        for name in new
    ]
    return Decided(blocks, changes, lines(*asked.err))


def modify(asked: Asked, rows: Sequence[Row]) -> Decided:
    """Decide on `modify qos`."""
    check_modify(asked)
    found = matching(asked, rows)
    release = asked.known.release
    if not found:
        said = " Nothing modified" if is_old(release) else "  Nothing modified"
        return Decided(lines(said), (), lines(*asked.err), FAILED)
    if set(asked.settings) == {"LimitFactor"} and asked.settings["LimitFactor"] == 0:
        # Nothing to slurmdbd, which then has nothing to do.
        old = ["sacctmgr: error: Request didn't affect anything"] if is_old(release) else []
        raise asked.refused(*old, " Error with request: Data has not changed since time specified")
    changes = [
        RowChange(QOS, "modify", str(row["Name"]), row, _after(row, asked, str(row["Name"])))
        for row in found
    ]
    after = {str(row["Name"]): row for row in rows} | {c.name: c.row for c in changes}
    if "Preempt" in asked.settings and any(_preempts_itself(c.name, after) for c in changes):
        raise asked.refused(*LOOP)
    blocks = bullet_list("Modified qos...", [change.name for change in changes])
    return Decided(blocks, changes, lines(*asked.err))


def check_modify(asked: Asked) -> None:
    """Raise Refused for what sacctmgr refuses before it asks anything."""
    if asked.failed:
        raise asked.refused()
    if not asked.settings:
        raise asked.refused(" You didn't give me anything to set")
    if RAW_USAGE in asked.settings:
        raise asked.refused(
            f"sacctmgr: error: RawUsage of a QOS is not possible over REST ({NEEDS_COMMANDS})"
        )


def delete(asked: Asked, rows: Sequence[Row], associations: Sequence[Row]) -> Decided:
    """Decide on `delete qos`; `associations` are those of all clusters.

    sacctmgr goes on with the conditions that it understood. Here a line is understood whole, or
    nothing is deleted. Those that stay no longer preempt what is gone: Slurm 24.11 would keep its
    number in their Preempt, and could not show any QOS in JSON from then on; 26.05 sees to it.
    """
    if asked.failed or not asked.conditional:
        nothing = not asked.conditional
        raise asked.refused(
            *([" No conditions given to remove, not executing."] if nothing else [])
        )
    found = matching(asked, rows)
    if not found:
        old = is_old(asked.known.release)
        return Decided(lines(" Nothing deleted" if old else "  Nothing deleted"), (), "", FAILED)
    gone = [str(row["Name"]) for row in found]
    if defaults := [row for row in associations if row["DefaultQOS"] in gone]:
        raise asked.refused(
            " Associations listed below have these as their Default QOS.",
            *(_default(row) for row in defaults),
            " Please either remove the qos' listed above from list and resubmit,",
            " or change the default qos to remove the qos.",
            " Changes Discarded",
        )
    changes = [
        RowChange(QOS, "modify", str(row["Name"]), row, {**row, "Preempt": _less(row, gone)})
        for row in rows
        if is_old(asked.known.release) and row["Name"] not in gone and {*_names(row)} & {*gone}
    ]
    changes += [RowChange(QOS, "delete", str(row["Name"]), row, None) for row in found]
    return Decided(bullet_list("Deleting QOS(s)...", gone), changes)


def _less(row: Row, gone: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in _names(row) if name not in gone)


def _names(row: Row) -> tuple[str, ...]:
    preempt = row["Preempt"]
    return preempt if isinstance(preempt, tuple) else ()


def _default(row: Row) -> str:
    text = f"  DefQOS = {row['DefaultQOS']:<10} C = {row['Cluster']:<10} A = {row['Account']:<20}"
    text += f" U = {row['User']:<9}" if row["User"] else ""
    return text + (f" P = {row['Partition']}" if row["Partition"] else "")


def matching(asked: Asked, rows: Sequence[Row]) -> list[Row]:
    """Return the rows that meet all conditions, in the order in which the database has them.

    It goes by the index of names where there are names, and else by number.
    """
    ids = asked.known.ids
    rows = refusing_untold_modes(asked.where.get(MODES, ()), rows)
    facts: Mapping[str, Callable[[Row], Sequence[Value]]] = {
        NAMES: lambda row: [row["Name"]],
        DESCRIPTIONS: lambda row: [str(row["Description"] or "").lower()],
        IDS: lambda row: [str(ids.get(str(row["Name"]), ""))],
        MODES: lambda row: str(row["PreemptMode"]).split(","),
    }
    found = [
        row
        for row in rows
        if all({*facts[about](row)} & {*wanted} for about, wanted in asked.where.items())
    ]
    by_name = NAMES in asked.where
    return sorted(
        found, key=lambda row: str(row["Name"]) if by_name else f"{ids[str(row['Name'])]:9}"
    )


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


# --- what is set ----------------------------------------------------------------------------------


def _after(row: Row, asked: Asked, name: str) -> Row:
    after = {**row, "Name": name}
    for field_name, setting in asked.settings.items():
        if field_name != RAW_USAGE:
            after[field_name] = _value(field_name, row.get(field_name), setting, asked)
    return after


def _value(name: str, before: Value, setting: Setting, asked: Asked) -> Value:
    kind = QOS[name].kind
    if isinstance(setting, FlagsAsked):
        return kind.merge(before, setting.act, tuple(setting.flags))
    if isinstance(setting, list):
        return _preempted(before, setting)
    if isinstance(setting, dict):
        return _counts(name, before, setting, asked)
    if name == "LimitFactor" and setting == 0:
        return before
    if setting is None:
        return kind.parse("-1")
    return kind.parse(f"{setting:.6f}") if isinstance(kind, Real) else setting


def _preempted(before: Value, signed: Sequence[str]) -> tuple[str, ...]:
    set_ = {one for one in signed if one and one[0] not in {"+", "-"}}
    is_new = bool(set_) or "" in signed
    there = set_ if is_new or not isinstance(before, tuple) else {*before}
    there |= {one[1:] for one in signed if one[:1] == "+"}
    return tuple(sorted(there - {one[1:] for one in signed if one[:1] == "-"}))


def _counts(name: str, before: Value, amounts: Amounts, asked: Asked) -> Value:
    there = dict(before) if isinstance(before, Mapping) else {}
    for tres, (act, count) in amounts.items():
        old = there.get(tres)
        if count is None:
            there.pop(tres, None)
        elif act is Operator.REMOVE:
            if old is None or old <= count:
                # sacctmgr would set 0, so that nothing may run.
                raise asked.refused(
                    f"sacctmgr: error: {name}: {tres}-={count} would leave 0 of "
                    f"{'no limit' if old is None else old}"
                )
            there[tres] = old - count
        else:
            there[tres] = count + (old or 0 if act is Operator.ADD else 0)
    return there


# --- what is said ---------------------------------------------------------------------------------


def _settings(asked: Asked) -> list[str]:
    """Return the lines of what is set, in sacctmgr's order."""
    said = []
    for name, word in SETTINGS.items():
        if name in asked.settings:
            text = _text(name, asked.settings[name], asked.known.release)
            if text is not None:
                padded = word if name == UNPADDED else f"{word:<24}"
                said.append(f"  {padded} = {text}")
    return said


def _text(name: str, setting: Setting, release: str) -> str | None:
    """Return a setting as " Settings" shows it; None where it has no line."""
    kind = QOS[name].kind
    text: str | None
    if isinstance(setting, FlagsAsked):
        text = _flags_text(setting, release)
    elif isinstance(setting, list):
        text = ",".join(sorted(setting))
    elif isinstance(setting, dict):
        text = _tres_text({tres: count for tres, (_, count) in setting.items()})
    elif setting is None:
        text = "NONE"
    elif name == "PreemptMode":
        text = str(setting).upper() if setting != PREEMPT_MODE.first else None
    elif isinstance(kind, Real):
        text = f"{setting:.4f}"
    else:
        text = str(setting) if name == "GraceTime" else kind.text(setting)
    return text


def _tres_text(counts: Mapping[str, int | None]) -> str:
    return ",".join(
        f"{tres}=NONE" if count is None else TRES.text({tres: count})
        for tres, count in sorted(counts.items())
    )


def _flags_text(setting: FlagsAsked, release: str) -> str | None:
    words = [flag for flag in flags_of(release) if flag in setting.flags]
    if not is_old(release):
        return None if setting.act is Operator.REMOVE else ",".join(words)
    sign = {Operator.ADD: ["Add"], Operator.REMOVE: ["Remove"], Operator.SET: []}[setting.act]
    return ",".join([*sign, *words])
