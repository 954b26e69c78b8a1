"""Compare the rows that Slurm shows after a write with the plan, and with the rows before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from slurmctl_rest.errors import Changed
from slurmctl_rest.model.change import Outcome, RowChange, subject
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.association import (
    DEFAULT_MARK,
    PLACE,
    AssociationKey,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.names import Names
from slurmctl_rest.model.text import printable
from slurmctl_rest.planning.associations import name_on
from slurmctl_rest.planning.differences import differences, is_same_set

OTHER_WRITER_TOO = "this write did not change it; another administrator probably did"
OTHER_WRITER = "check the object, and repeat; another administrator may have changed it meanwhile"


SEE_LOG = "if the same happens again, see slurmdbd's log"


@dataclass(frozen=True, slots=True)
class ReadBackVerdict:
    """The error of a change after the write, or a notice of a change by another writer."""

    error: Changed | None = None
    notice: str = ""


def judge(change: RowChange, found: Row | None, *, sends_whole_rows: bool) -> ReadBackVerdict:
    """Compare what was planned with what Slurm shows now.

    `sends_whole_rows`: the executor sends fields that do not change, too, and may lose them.
    """
    wrong = differences(change, found) if change.changes or change.unasked else {}
    if not wrong:
        return ReadBackVerdict()
    what = subject([change])
    if change.after is None or found is None:
        return ReadBackVerdict(_of_presence(change, what))
    own = {name for name in wrong if name in change.fields or change.before is None}
    # sacctmgr writes only what it is told: if any other field differs, somebody else changed it,
    # and that is only a notice. slurmrestd erases what a POST leaves out, and over REST nothing
    # tells our loss from another's removal: a value that is gone is an error there. A value that
    # is another one was set after our request, or our request would have put the old one back.
    # A new row is ours as a whole: any difference in it may be our own fault.
    entity = change.entity
    lost = {n for n, values in wrong.items() if sends_whole_rows and _is_lost(entity[n], *values)}
    if not own | lost:
        words = _words(entity, wrong, "{0} is now {2}, was {1}")
        return ReadBackVerdict(notice=f"{what}: {words}; {OTHER_WRITER_TOO}")
    if own == {*wrong} and all(_is_as_before(change, name, wrong[name][1]) for name in own):
        words = _words(entity, wrong, "{0} is still {2}, not {1}")
        return ReadBackVerdict(
            Changed(
                f"{what}: Slurm accepted the write, but did not carry it out: {words}",
                "check the object, and repeat; see slurmdbd's log",
            )
        )
    words = _words(entity, wrong, "{0} is {2}, not {1}")
    return ReadBackVerdict(
        Changed(f"{what}: Slurm shows other values after the write: {words}", OTHER_WRITER)
    )


def _words(entity: Entity, wrong: Mapping[str, tuple[Value, Value]], words: str) -> str:
    """Return the words for each field; {0} is its name, {1} what is wanted, {2} what is there."""
    return "; ".join(
        words.format(name, *(_shown(entity, name, value) for value in values))
        for name, values in wrong.items()
    )


def _of_presence(change: RowChange, what: str) -> Changed:
    """Return the error for what should not be there, or should."""
    if change.after is None:
        return Changed(
            f"{what}: it still exists after the deletion",
            f"if nobody has added it again, repeat the command; {SEE_LOG}",
        )
    if change.before is None:
        return Changed(
            f"{what}: it does not exist after the addition",
            f"if nobody has deleted it, repeat the command; {SEE_LOG}",
        )
    return Changed(
        f"{what}: it no longer exists after the write",
        "it was deleted meanwhile; check whether that was intended, and repeat",
    )


def _is_as_before(change: RowChange, name: str, now: Value) -> bool:
    if name not in change.fields:  # of a new row: nothing was to be set, and something is
        return False
    before = change.fields[name][0]
    return before == now or is_same_set(change.entity[name], before, now)


def _is_lost(field: Field, wanted: Value, now: Value) -> bool:
    """Tell whether a value, or a part of it, is gone; inherited names that became own ones, too."""
    if isinstance(field.kind, Names) and field.kind.inherits(wanted):
        return not field.kind.inherits(now)
    if isinstance(wanted, Mapping):
        return not {*wanted} <= {*(now if isinstance(now, Mapping) else ())}
    if isinstance(wanted, tuple):
        return not {*wanted} <= {*(now if isinstance(now, tuple) else ())}
    return now == field.kind.load(None) or not field.kind.text(now)


@dataclass(frozen=True, slots=True)
class PlannedView:
    """Associations that were read for a plan, and the conditions that they meet: all that do."""

    cluster: str
    where: Mapping[str, AbstractSet[str]]
    rows: Sequence[Row]

    def covers(self, row: Row) -> bool:
        """Tell whether the row would have been read."""
        return self.cluster in {"", row["Cluster"]} and all(
            str(row[name] or "") in values for name, values in self.where.items()
        )


def strays(
    plan: Iterable[RowChange],
    looks: Sequence[PlannedView],
    users: AbstractSet[tuple[str, str]],
    found: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    """Return users' associations that appeared or disappeared, and are in no plan.

    `looks` hold what was there before; `found` are all associations there are now of `users`, each
    on a cluster. What no look covers may have been there.
    """
    planned = _planned(plan)
    # Rows that no look covers are not judged: the plan did not read whether they were there.
    before: dict[AssociationKey, Row] = {}
    for look in looks:
        # A later look replaces what an earlier one saw of the same rows, also those that are gone.
        before = {one: row for one, row in before.items() if not look.covers(row)}
        before |= {
            association_key(row): row
            for row in look.rows
            if not is_account_level(row) and look.covers(row)
        }
    now = {association_key(row): row for row in found if not is_account_level(row)}
    appeared = [
        row
        for one, row in now.items()
        if one not in before and one not in planned and any(look.covers(row) for look in looks)
    ]
    gone = [
        row
        for one, row in before.items()
        if one not in now and one not in planned and (row["Cluster"], row["User"]) in users
    ]
    return [_appeared(row, cluster) for row in appeared] + [_gone(row, cluster) for row in gone]


def _planned(plan: Iterable[RowChange]) -> set[AssociationKey]:
    """Return the associations that the plan is about."""
    return {
        association_key(row)
        for change in plan
        if change.entity is ASSOCIATION
        for row in (change.before, change.after)
        if row is not None
    }


def _appeared(row: Row, cluster: str) -> Outcome:
    change = RowChange(ASSOCIATION, "add", name_on(row, cluster), None, row, unasked=True)
    said = f"{subject([change])}: it was added during this write, but not by it"
    hint = "another administrator may have added it; check whether it is wanted"
    return Outcome(change, Changed(said, hint))


def _gone(row: Row, cluster: str) -> Outcome:
    change = RowChange(ASSOCIATION, "delete", name_on(row, cluster), row, None, unasked=True)
    said = f"{subject([change])}: it was deleted during this write, but not by it"
    hint = "another administrator may have deleted it; check whether that was intended"
    return Outcome(change, Changed(said, hint))


def marked(plan: Sequence[RowChange], cluster: str) -> list[RowChange]:
    """Return the associations that are sent to bear the mark of a default account.

    They have to have it; and those that stay as they are else are looked at whole, since slurmrestd
    would lose TRES lists of a row that was sent without them.
    """
    planned = _planned(plan)
    found = []
    for change in plan:
        for row in change.companions if change.entity is USER and change.marks_default else ():
            key = association_key(row)
            kept = {n: row[n] for n in PLACE} if key in planned else row
            after = {**kept, DEFAULT_MARK.name: True}
            name = name_on(row, cluster)
            found.append(RowChange(ASSOCIATION, "modify", name, row, after, unasked=True))
    return found


def _shown(entity: Entity, name: str, value: Json) -> str:
    return printable(entity[name].kind.text(value)) or "(unset)"
