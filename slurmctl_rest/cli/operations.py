"""What is done to slurmdbd itself, and to the runaway jobs of a cluster: by sacctmgr alone."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli import checks
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.turn import Turn
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.change import Action, Outcome, RowChange, name_of
from slurmctl_rest.model.entities import ARCHIVE, RUNAWAY_JOBS, SLURMDBD
from slurmctl_rest.model.entities.daemons import ARCHIVED
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.syntax import Selection, parse_add
from slurmctl_rest.model.text import printable


def fix(context: Context, tokens: Sequence[str]) -> None:
    """End the runaway jobs of the cluster, all of them: sacctmgr cannot choose."""
    _no_words(RUNAWAY_JOBS, "fix", tokens)
    checks.guard_write(context, Selection(), everything=True)
    cluster = context.cluster()

    def plan() -> Planned:
        rows = context.backend.read(Query(RUNAWAY_JOBS, cluster))
        if not rows:
            context.console.warn(f"cluster '{cluster}' has no runaway jobs")
        return Planned(
            [
                Outcome(RowChange(RUNAWAY_JOBS, "fix", name_of(RUNAWAY_JOBS, row), row, None))
                for row in rows
            ]
        )

    Write(context).run_plan(plan, cluster)


def plain(context: Context, entity: Entity, action: Action, tokens: Sequence[str]) -> None:
    """Do something to slurmdbd that takes no words."""
    _no_words(entity, action, tokens)
    _carry_out(context, RowChange(entity, action, SLURMDBD.noun, {"Name": SLURMDBD.noun}, None))


def archive(context: Context, action: Action, tokens: Sequence[str]) -> None:
    """Archive records, or load them back."""
    flags = {name.lower(): name for name in ARCHIVED}
    words = [f"{flags[word.lower()]}=yes" if word.lower() in flags else word for word in tokens]
    statement = parse_add(ARCHIVE, words, by_file=True)
    if statement.selection:
        wrong = printable(next(iter(statement.selection.names), ""))
        raise UsageError(f"archive {action}: '{wrong}' is no setting", "write FIELD=VALUE")
    row: dict[str, Value] = {one.field.name: one.value for one in statement.assignments}
    of_load = row.keys() & {"File", "Insert"}
    if of_load if action == "dump" else (len(row), len(of_load)) != (1, 1):
        raise UsageError(
            f"archive {action}: these settings do not go together",
            "archive load File=FILE, or archive dump [Directory=FOLDER] [Jobs] ...",
        )
    _carry_out(context, RowChange(ARCHIVE, action, SLURMDBD.noun, None, row))


def _no_words(entity: Entity, action: Action, tokens: Sequence[str]) -> None:
    if tokens:
        raise UsageError(
            f"{entity.word} {action} takes no words: '{printable(tokens[0])}'", "omit them"
        )


def _carry_out(context: Context, change: RowChange) -> None:
    """Show, confirm and do it under the lock; there is nothing that could be read back."""
    checks.guard_write(context, Selection(), everything=True)
    if refused := context.backend.unsupported_reason(change):
        raise refused
    cluster = context.cluster()
    context.backend.release()  # a preview is one of something that can be done
    write = Write(context)
    write.turn = turn = Turn(context, cluster)
    context.cleanup.callback(turn.end)
    plan = [Outcome(change)]
    preview = context.backend.preview([change])
    write.write_plan(
        plan, preview, lambda: context.backend.write([change]), cluster, confirmed=turn.begin
    )
