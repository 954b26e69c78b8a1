"""What a write changes or changed: field by field, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.backends import Command
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.kinds import Json, printable
from slurmctl_rest.planning import Action, Outcome, RowChange
from slurmctl_rest.render import SCHEMA_VERSION, json_value


@dataclass(frozen=True, slots=True)
class Report:
    """A write, done or (dry_run) only planned."""

    outcomes: Sequence[Outcome]
    commands: Sequence[Command]
    dry_run: bool = False
    meta: Mapping[str, Json] = field(default_factory=dict)
    warnings: Sequence[str] = ()

    @property
    def changed(self) -> bool:
        """Tell whether Slurm's state changed (with dry_run: would change)."""
        return any(o.change.changes and o.error is None for o in self.outcomes)


def text(report: Report) -> Iterator[str]:
    """Return the lines for a person."""
    for outcome in report.outcomes:
        if outcome.error is not None:
            yield f"{_head(outcome.change)}: FAILED to {outcome.change.action}"
        else:
            yield from describe(outcome.change, _verdict(outcome.change, dry_run=report.dry_run))
    if report.dry_run:
        yield from (f"would run: {command}" for command in report.commands)


def proposal(outcome: Outcome) -> Iterator[str]:
    """Return the lines of a change that is to be confirmed, or why it cannot be."""
    if outcome.error is None or outcome.change.changes:
        yield from describe(outcome.change)
    else:
        yield f"{_head(outcome.change)}: {outcome.change.action}"
    if outcome.error is not None:
        yield f"  will not be done: {printable(outcome.error.message, 0)}"


def describe(change: RowChange, verdict: str = "") -> Iterator[str]:
    """Return the object's line, and below it each field before and after."""
    if not change.changes:
        yield f"{_head(change)}: {ALREADY.get(change.action, 'already so')}"
        return
    yield f"{_head(change)}: {verdict or change.action}"
    if change.after is None:
        return
    for name, (before, after) in change.fields.items():
        kind = change.entity[name].kind
        if change.action == "add":
            yield f"  {name} = {printable(kind.text(after), 0)}"
        else:
            old, new = (kind.text(value) or "(unset)" for value in (before, after))
            yield f"  {name}: {printable(old, 0)} -> {printable(new, 0)}"


def as_json(report: Report) -> Json:
    """Return the object of --json."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "change",
        **report.meta,
        "changed": report.changed,
        "dry_run": report.dry_run,
        "changes": [change_json(outcome) for outcome in report.outcomes],
        "commands": [command.as_json() for command in report.commands],
        "warnings": list(report.warnings),
    }


def change_json(outcome: Outcome) -> Json:
    """Return the object of one change: what it is about, its fields, and its error if any."""
    change = outcome.change
    return {
        "entity": change.entity.noun,
        "name": change.name,
        "key": _key(change),
        "action": change.action,
        "changed": change.changes and outcome.error is None,
        "fields": {
            name: {"before": json_value(before), "after": json_value(after)}
            for name, (before, after) in change.fields.items()
        },
        "error": None
        if outcome.error is None
        else {"code": outcome.error.code, "message": outcome.error.message},
    }


def _key(change: RowChange) -> Json:
    """Return what names the object, field by field: an association is named by four."""
    entity = change.entity
    if entity.is_named:
        return {entity.key.name: change.name}
    row = change.before or change.after or {}
    return {name: row.get(name) for name in ("Cluster", "Account", "User", "Partition")}


ALREADY: Mapping[Action, str] = {"cancel": "has ended already", "signal": "has ended already"}
"""What is said where there is nothing to do."""


def _head(change: RowChange) -> str:
    """Return what the line of an object begins with; a number says too little of a job."""
    job = change.before or {}
    whose = f" ({job['User']} in {job['Account']})" if change.entity is JOB and job else ""
    return f"{change.entity.noun} {printable(change.name)}{printable(whose, 0)}"


def _verdict(change: RowChange, *, dry_run: bool) -> str:
    if dry_run:
        return f"would {change.action}"
    return DONE[change.action]


DONE: Mapping[Action, str] = {
    "add": "added",
    "modify": "modified",
    "delete": "deleted",
    "cancel": "cancelled",
    "signal": "signalled",
    "reset": "reset",
}
