"""From an operation and the current rows to row changes: what will change, and nothing else.

Pure functions. Rows are own values (no inherited limits); what an account inherits is never
written back, or it would be frozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from slurmctl_rest.errors import Conflict, NotFound, Refused, UsageError
from slurmctl_rest.model.entities.account import ROOT, texts_of_new_account
from slurmctl_rest.model.fields import Access, Entity, Record, Row, did_you_mean
from slurmctl_rest.model.kinds import TRES, TRES_MINUTES, Act, Value
from slurmctl_rest.model.syntax import Assignment, Selection

@dataclass(frozen=True, slots=True)
class RowChange:
    """One object before and after. None: it does not exist then."""

    entity: Entity
    name: str
    before: Row | None
    after: Row | None

    @property
    def action(self) -> str:
        """Return add, modify or delete."""
        if self.before is None:
            return "add"
        return "delete" if self.after is None else "modify"

    @property
    def fields(self) -> dict[str, tuple[Value, Value]]:
        """Return what differs: field name -> (before, after). Keys and derived fields are not."""
        before, after = self.before or {}, self.after or {}
        return {
            f.name: (before.get(f.name), after.get(f.name))
            for f in self.entity.fields
            if f.access is Access.SET and before.get(f.name) != after.get(f.name)
        }

    @property
    def changes(self) -> bool:
        """Tell whether there is anything to do."""
        return self.before is None or self.after is None or bool(self.fields)


def select(entity: Entity, rows: Iterable[Row], selection: Selection) -> list[Row]:
    """Return the rows that the selection names, in the order of `rows`."""
    key = entity.key.name
    return [
        row
        for row in rows
        if (not selection.names or row[key] in selection.names)
        and all(_matches(row.get(name), values) for name, values in selection.where.items())
    ]


def missing(entity: Entity, rows: Iterable[Row], names: Iterable[str]) -> list[str]:
    """Return the names that no row bears."""
    there = {row[entity.key.name] for row in rows}
    return [name for name in names if name not in there]


def unknown_tres(assignments: Iterable[Assignment], known: Sequence[str]) -> UsageError | None:
    """Return the error for a TRES that the cluster does not track, if one is named.

    slurmrestd would drop it in silence together with everything after it.
    """
    for assignment in assignments:
        if assignment.field.kind not in {TRES, TRES_MINUTES}:
            continue
        if not isinstance(assignment.value, Mapping):
            continue
        for name in assignment.value:
            if name not in known:
                return UsageError(
                    f"{assignment.field.name}: '{name}' is no TRES of this cluster",
                    f"known: {', '.join(known)}",
                )
    return None


def unknown_qos(assignments: Iterable[Assignment], known: Sequence[str]) -> NotFound | None:
    """Return the error for a QOS that does not exist, if one is named."""
    for assignment in assignments:
        for name in _qos_names(assignment):
            if name not in known:
                return NotFound(
                    f"{assignment.field.name}: qos '{name}' does not exist",
                    did_you_mean(name, known) or f"known: {', '.join(known)}",
                )
    return None


def add_accounts(
    entity: Entity,
    names: Sequence[str],
    assignments: Sequence[Assignment],
    current: Sequence[Row],
    cluster: str,
) -> list[RowChange]:
    """Plan accounts with their association on one cluster; `current` holds all accounts there.

    An account that is there already and as asked plans no change; one that differs from what was
    asked is a Conflict, because sacctmgr's add would leave it as it is without a word.
    """
    there = {str(row["Account"]): row for row in current}
    _check_signs(assignments)
    parent = next((a.value for a in assignments if a.field.name == "Parent"), ROOT)
    if not _is_on(there.get(str(parent)), cluster):
        raise _no_parent(str(parent), cluster)
    changes = []
    for name in names:
        row = there.get(name)
        if row is not None and _is_on(row, cluster):
            _check_as_asked(name, row, assignments)
            changes.append(RowChange(entity, name, row, row))
            continue
        after = _new_account(entity, name, str(parent), cluster, row)
        for assignment in assignments:
            after[assignment.field.name] = assignment.field.kind.merge(
                after[assignment.field.name], assignment.act, assignment.value
            )
        if row is not None:
            _check_as_asked(name, row, [a for a in assignments if a.field.name in OWN_TEXT])
        changes.append(RowChange(entity, name, None, after))
    return changes


OWN_TEXT = ("Description", "Organization")


def modify(
    entity: Entity, rows: Sequence[Row], assignments: Sequence[Assignment]
) -> list[RowChange]:
    """Plan the assignments on each row."""
    changes = []
    for row in rows:
        after = dict(row)
        for assignment in assignments:
            name = assignment.field.name
            after[name] = assignment.field.kind.merge(
                after.get(name), assignment.act, assignment.value
            )
            _check_names_left(str(row[entity.key.name]), assignment, row.get(name), after[name])
        changes.append(RowChange(entity, str(row[entity.key.name]), row, after))
    return changes


def check_parents(changes: Iterable[RowChange], current: Sequence[Row], cluster: str) -> None:
    """Refuse a new parent that does not exist, or that stands below the account itself.

    slurmrestd answers 200 to both and does nothing.
    """
    parents = {str(row["Account"]): row.get("Parent") for row in current if _is_on(row, cluster)}
    for change in changes:
        if "Parent" not in change.fields or change.after is None:
            continue
        parent = change.after["Parent"]
        if change.name == ROOT:
            raise Refused("account 'root' has no parent", "it stands above all accounts")
        if parent not in parents:
            raise _no_parent(str(parent), cluster)
        step: Value = parent
        while step in parents:
            if step == change.name:
                raise Conflict(
                    f"account '{change.name}' cannot have the parent '{parent}', "
                    "which stands below it",
                    "move the lower account away first",
                )
            step = parents[str(step)]


def delete(
    entity: Entity, rows: Sequence[Row]
) -> list[RowChange]:
    """Plan the removal of each row."""
    for row in rows:
        if row[entity.key.name] == ROOT:
            raise Refused(f"{entity.noun} 'root' is never deleted")
    return [RowChange(entity, str(row[entity.key.name]), row, None) for row in rows]


def differences(change: RowChange, found: Row | None) -> dict[str, tuple[Value, Value]]:
    """Compare the read-back with the plan: field name -> (expected, found); empty is as planned."""
    entity = change.entity
    if change.after is None or found is None:
        if change.after is found:
            return {}
        return {entity.key.name: (change.name if change.after else None, found and change.name)}
    return {
        f.name: (change.after.get(f.name), found.get(f.name))
        for f in entity.fields
        if f.access is Access.SET and change.after.get(f.name) != found.get(f.name)
    }


def _new_account(
    entity: Entity, name: str, parent: str, cluster: str, row: Row | None
) -> dict[str, Value]:
    """Return the row that Slurm makes where nothing else is said (sacctmgr's own defaults)."""
    after: dict[str, Value] = {f.name: f.kind.load(None) for f in entity.fields}
    after |= texts_of_new_account(name, parent)
    if row is not None:
        after |= {f.name: row[f.name] for f in entity.fields if f.record is Record.OBJECT}
    return after | {"Account": name, "Cluster": cluster, "Parent": parent, "Fairshare": 1}


def _check_as_asked(name: str, row: Row, assignments: Iterable[Assignment]) -> None:
    for assignment in assignments:
        field = assignment.field
        now = row.get(field.name)
        asked = field.kind.merge(now, assignment.act, assignment.value)
        if asked != now:
            raise Conflict(
                f"account '{name}' exists already, with {field.name}={field.kind.text(now)}",
                f"account modify {name} set {assignment}",
            )


def _check_signs(assignments: Iterable[Assignment]) -> None:
    for assignment in assignments:
        if assignment.act is not Act.SET:
            raise UsageError(
                f"{assignment.field.name} takes '=' only where an account is added"
            )


def _check_names_left(name: str, assignment: Assignment, before: Value, after: Value) -> None:
    """Refuse to take the last name out of an own set: to Slurm that means to inherit again."""
    if assignment.act is Act.REMOVE and before and not after:
        field = assignment.field.name
        raise Refused(
            f"account '{name}' would be left without any {field} of its own, "
            "which Slurm takes as: inherit the parent's",
            f"where that is meant: set {field}=''",
        )


def _no_parent(parent: str, cluster: str) -> NotFound:
    return NotFound(
        f"parent account '{parent}' does not exist on cluster '{cluster}'",
        f"slurmctl-rest account add {parent}",
    )


def _is_on(row: Row | None, cluster: str) -> bool:
    return row is not None and row.get("Cluster") == cluster


def _matches(value: Value, wanted: Sequence[Value]) -> bool:
    if isinstance(value, tuple):
        return any(set(_as_tuple(one)) <= set(value) for one in wanted)
    return value in wanted


def _as_tuple(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _qos_names(assignment: Assignment) -> list[str]:
    value = assignment.value
    if assignment.field.name not in {"QosLevel", "DefaultQOS"} or not value:
        return []
    names = value if isinstance(value, tuple) else (str(value),)
    return [name.lstrip("+-") for name in names]
