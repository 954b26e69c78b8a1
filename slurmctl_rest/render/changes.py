"""Changes of a write, field by field, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.errors import Interrupted, SlurmctlError
from slurmctl_rest.model.change import Action, Outcome, RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.entities.association import PLACE
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import printable
from slurmctl_rest.render.cells import hanging_lines
from slurmctl_rest.render.json import SCHEMA_VERSION, json_value
from slurmctl_rest.render.listing import OutputTarget, display_text
from slurmctl_rest.render.styles import OF_ACTIONS, Role, styled


@dataclass(frozen=True, slots=True)
class WriteReport:
    """A write, done or (dry_run) only planned."""

    outcomes: Sequence[Outcome]
    commands: Sequence[SentCommand]
    dry_run: bool = False
    meta: Mapping[str, Json] = field(default_factory=dict)
    warnings: Sequence[str] = ()

    @property
    def changed(self) -> bool:
        """Tell whether Slurm's state changed (with dry_run: would change)."""
        return any(o.change.changes and o.error is None for o in self.outcomes)


PLAIN_TARGET = OutputTarget()


def report_lines(report: WriteReport, target: OutputTarget = PLAIN_TARGET) -> Iterator[str]:
    """Return the lines for a person."""
    for outcome in report.outcomes:
        change, error = outcome.change, outcome.error
        if error is not None:
            yield _head(change, _failure(change, error), "bad", target)
        else:
            yield from describe(change, _verdict(change, dry_run=report.dry_run), target)
    if report.dry_run:
        yield from (f"would run: {command}" for command in report.commands)


def proposal(outcome: Outcome, target: OutputTarget = PLAIN_TARGET) -> Iterator[str]:
    """Return the lines of a change that is to be confirmed, or why it cannot be."""
    change = outcome.change
    if outcome.error is None or change.changes:
        yield from describe(change, target=target)
    else:
        yield _head(change, change.action, OF_ACTIONS[change.action], target)
    if outcome.error is not None:
        line = f"  not done: {display_text(outcome.error.message, target)}"
        yield from (styled(one, "bad", color=target.color) for one in _fitted(line, target))


def describe(
    change: RowChange, verdict: str = "", target: OutputTarget = PLAIN_TARGET
) -> Iterator[str]:
    """Return the object's line, and below it each field before and after."""
    if not change.changes:
        yield _head(change, ALREADY.get(change.action, "already so"), None, target)
        return
    yield _head(change, verdict or change.action, OF_ACTIONS[change.action], target)
    if change.after is None:
        return
    for name, (before, after) in change.fields.items():
        kind = change.entity[name].kind
        if change.action == "add":
            line = f"  {name} = {kind.text(after)}"
        else:
            old, new = (kind.text(value) or "(unset)" for value in (before, after))
            line = f"  {name}: {old} -> {new}"
        yield from _fitted(display_text(line, target), target)


def _fitted(line: str, target: OutputTarget) -> list[str]:
    """Return the line; on a terminal it goes on below itself where it is wider."""
    return hanging_lines(line, target.width, "      ") if target.terminal else [line]


def as_json(report: WriteReport) -> Json:
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
    row = change.row
    return {name: row.get(name) for name in PLACE}


ALREADY: Mapping[Action, str] = {"cancel": "already ended", "signal": "already ended"}
"""Words for a change with nothing to do."""


def _head(change: RowChange, words: str, role: Role | None, target: OutputTarget) -> str:
    """Return the line of an object; a number says too little of a job."""
    job = change.old
    whose = f" ({job['User']} in {job['Account']})" if change.entity is JOB and job else ""
    name = f"{printable(change.name)}{printable(whose, 0)}"
    return f"{change.entity.noun} {name}: {styled(words, role, color=target.color)}"


def _failure(change: RowChange, error: SlurmctlError) -> str:
    if isinstance(error, Interrupted):
        return f"{'not known whether' if error.sent else 'not'} {DONE[change.action]}"
    if change.unasked:
        return BESIDE[change.action]
    return f"FAILED to {change.action}"


BESIDE: Mapping[Action, str] = {
    "add": "added, but not by this command",
    "modify": "changed, but not by this command",
    "delete": "deleted, but not by this command",
}
"""Words for rows that are not part of the plan."""


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
