"""Changes of a write, field by field, before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from slurmctl_rest.errors import Interrupted, SlurmctlError
from slurmctl_rest.model.change import Action, Outcome, RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.entities.association import PLACE
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import in_runs, listed, printable
from slurmctl_rest.render.described import UNSET, Description
from slurmctl_rest.render.json import SCHEMA_VERSION, json_value
from slurmctl_rest.render.listing import MAX_CHANGES_DRAWN, OutputTarget, display_text
from slurmctl_rest.render.styles import OF_ACTIONS, styled


@dataclass(frozen=True, slots=True)
class WriteReport:
    """A write, done or (dry_run) only planned; `commands`: None if nobody wants to know them."""

    outcomes: Sequence[Outcome]
    commands: Sequence[SentCommand] | None
    dry_run: bool = False
    meta: Mapping[str, Json] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    digest: str = ""
    """By which the plan can be approved."""
    seen: bool = False
    """Whether its rows were shown with the question: they are counted, and not shown once more."""
    verbose: bool = False
    """Whether to show every row."""
    transactions: Sequence[int] = ()
    """Numbers of those in Slurm's journal that are taken back."""

    @property
    def changed(self) -> bool:
        """Tell whether Slurm's state changed (with dry_run: would change)."""
        return any(o.change.changes and o.error is None for o in self.outcomes)

    @property
    def news(self) -> Sequence[Outcome]:
        """Return the outcomes whose rows are shown: of those that were seen, the failed ones."""
        if not self.seen or self.verbose:
            return noteworthy(self.outcomes, verbose=self.verbose)
        return [outcome for outcome in self.outcomes if outcome.error is not None]


PLAIN_TARGET = OutputTarget()


def report_lines(report: WriteReport, target: OutputTarget = PLAIN_TARGET) -> Iterator[str]:
    """Return the lines for a person."""
    drawn = target.draws and len(report.outcomes) <= MAX_CHANGES_DRAWN
    news = report.news
    if not report.seen:
        yield from taken_back(report.transactions, dry_run=report.dry_run)
    for outcome in news:
        change, error = outcome.change, outcome.error
        if error is None:
            description = _description(change, _verdict(change, dry_run=report.dry_run))
        else:
            description = Description(_subject(change), _failure(change, error), "bad")
        yield from _lines(description, target, drawn=drawn)
    if len(news) < len(report.outcomes):
        yield count_line(report.outcomes, planned=report.dry_run)
    if report.dry_run:
        yield from (f"would run: {command}" for command in report.commands or ())
        if report.digest:
            yield f"digest: {report.digest}"


def taken_back(numbers: Sequence[int], *, dry_run: bool = False) -> Iterator[str]:
    """Return the line that names the transactions which a plan takes back, if it takes any."""
    if numbers:
        noun = "transaction" if len(numbers) == 1 else "transactions"
        yield f"{'would take' if dry_run else 'takes'} back {noun} {listed(in_runs(numbers))}"


def noteworthy(outcomes: Sequence[Outcome], *, verbose: bool) -> Sequence[Outcome]:
    """Return the outcomes that say something: not the unchanged ones, unless nothing else is."""
    if verbose or len(outcomes) == 1:
        return outcomes
    return [outcome for outcome in outcomes if outcome.change.changes or outcome.error is not None]


def count_line(outcomes: Iterable[Outcome], *, planned: bool = False) -> str:
    """Return how many were changed, are unchanged or failed: 3 added, 1 unchanged."""
    done: Counter[str] = Counter()
    unchanged: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for change, error in ((o.change, o.error) for o in outcomes if not o.change.unasked):
        if isinstance(error, Interrupted):
            failed["not known whether done" if error.sent else "not done"] += 1
        elif error is not None:
            failed["failed"] += 1
        elif change.changes:
            done[f"to {change.action}" if planned else DONE[change.action]] += 1
        else:
            unchanged[ALREADY.get(change.action, "unchanged")] += 1
    told = (*done.items(), *unchanged.items(), *failed.items())
    return ", ".join(f"{number} {words}" for words, number in told)


def proposal(outcome: Outcome, target: OutputTarget = PLAIN_TARGET) -> Iterator[str]:
    """Return the lines of a change that is to be confirmed, or why it cannot be."""
    change, error = outcome.change, outcome.error
    if error is None or change.changes:
        description = _description(change, change.action)
    else:
        description = Description(_subject(change), change.action, OF_ACTIONS[change.action])
    if error is not None:
        description = replace(description, failure=f"not done: {error.message}")
    yield from _lines(description, target, drawn=target.draws)


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared: names of the two sides, and words for what only one of them has."""

    before: str
    after: str
    only_before: str
    only_after: str

    def where(self, action: Action) -> str:
        """Return where there is something that differs, by what would lead to the second side."""
        return {"add": self.after, "delete": self.before}.get(action, "both")

    def words(self, action: Action, otherwise: str) -> str:
        """Return the words for that."""
        return {"add": self.only_after, "delete": self.only_before}.get(action, otherwise)


OF_FILE = Sides("cluster", "file", "only on the cluster", "only in the file")
OF_TIME = Sides("then", "now", "gone since", "new since")


def difference_lines(
    changes: Iterable[RowChange], target: OutputTarget = PLAIN_TARGET, sides: Sides = OF_FILE
) -> Iterator[str]:
    """Return the lines of what differs: of each field the first side's value -> the second's."""
    for change in changes:
        description = _description(change, sides.words(change.action, "differs"))
        yield from _lines(description, target, drawn=target.draws)


def difference_json(change: RowChange, sides: Sides = OF_FILE) -> Json:
    """Return the object of one difference."""
    return {
        "entity": change.entity.noun,
        "name": change.name,
        "key": _key(change),
        "where": sides.where(change.action),
        "fields": {
            name: {sides.before: json_value(before), sides.after: json_value(after)}
            for name, (before, after) in change.fields.items()
        },
    }


def _description(change: RowChange, words: str) -> Description:
    """Return the change of an object with all fields that differ; a deletion has none."""
    if not change.changes:
        return Description(_subject(change), ALREADY.get(change.action, "already so"), None)
    fields = []
    for name, (before, after) in change.fields.items() if change.after is not None else ():
        text_of = change.entity[name].kind.text
        old = None if change.action == "add" else text_of(before)
        if inherited := text_of(change.inherited.get(name)):
            old = f"(inherited: {inherited})"
        fields.append((name, old, text_of(after)))
    return Description(_subject(change), words, OF_ACTIONS[change.action], fields)


def _lines(description: Description, target: OutputTarget, *, drawn: bool) -> Iterable[str]:
    """Return the object's line, and below it each field before and after."""
    if drawn:
        from slurmctl_rest.render import drawings  # noqa: PLC0415  (only at a terminal)

        return drawings.change(description, target)
    return _plain(description, target)


def _plain(description: Description, target: OutputTarget) -> Iterator[str]:
    words = styled(description.words, description.role, color=target.color)
    yield f"{description.subject}: {words}"
    for name, before, after in description.fields:
        value = f" = {after}" if before is None else f": {before or UNSET} -> {after or UNSET}"
        yield display_text(f"  {name}{value}", target)
    if description.failure:
        yield styled(f"  {display_text(description.failure, target)}", "bad", color=target.color)


def as_json(report: WriteReport) -> Json:
    """Return the object of --json."""
    commands = report.commands
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "change",
        **report.meta,
        "changed": report.changed,
        "dry_run": report.dry_run,
        **({"digest": report.digest} if report.digest else {}),
        **({"transactions": list(report.transactions)} if report.transactions else {}),
        "changes": [change_json(outcome) for outcome in report.outcomes],
        **({} if commands is None else {"commands": [one.as_json() for one in commands]}),
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
    row = change.row
    if entity.naming:
        return {name: row.get(name) for name in entity.named_by}
    if entity.is_named:
        return {entity.key.name: change.name}
    return {name: row.get(name) for name in PLACE}


ALREADY: Mapping[Action, str] = {"cancel": "already ended", "signal": "already ended"}
"""Words for a change with nothing to do."""


def _subject(change: RowChange) -> str:
    """Return noun and name; a number says too little of a job."""
    job = change.old
    whose = f" ({job['User']} in {job['Account']})" if change.entity is JOB and job else ""
    name = "" if change.name == change.entity.noun else f" {printable(change.name)}"
    return f"{change.entity.noun}{name}{printable(whose, 0)}"


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
    "fix": "fixed",
    "dump": "dumped",
    "load": "loaded",
    "clear": "cleared",
    "reconfigure": "reconfigured",
    "shutdown": "shut down",
}
