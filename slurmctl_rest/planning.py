"""From an operation and the current rows to row changes: what will change, and nothing else.

Pure functions. Rows are own values (no inherited limits); what an account inherits is never
written back, or it would be frozen.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from slurmctl_rest.errors import Conflict, NotFound, Refused, SlurmctlError, UsageError
from slurmctl_rest.model.entities.account import ROOT, texts_of_new_account
from slurmctl_rest.model.entities.association import ASSOCIATION, QOS_FIELDS
from slurmctl_rest.model.fields import Access, Entity, Field, Record, Row, did_you_mean
from slurmctl_rest.model.inheritance import Effective, effective
from slurmctl_rest.model.kinds import Act, Names, Tres, Value
from slurmctl_rest.model.syntax import Assignment, Selection

Action: TypeAlias = Literal["add", "modify", "delete"]


@dataclass(frozen=True, slots=True)
class RowChange:
    """One object before and after. None: it does not exist then.

    A change that is `implied_by` another one (its name) is not asked of Slurm: it comes with it.
    """

    entity: Entity
    action: Action
    name: str
    before: Row | None
    after: Row | None
    implied_by: str = ""
    takes: tuple[str, ...] = ()
    """Accounts below one that is deleted. Slurm 24.11 leaves them as orphans unless they are named
    too, and slurmdbd then walks up from them for ever."""

    @property
    def fields(self) -> dict[str, tuple[Value, Value]]:
        """Return what differs: field name -> (before, after). Keys and derived fields are not."""
        nothing = {f.name: f.kind.load(None) for f in self.entity.fields}
        before, after = nothing | dict(self.before or {}), nothing | dict(self.after or {})
        return {
            f.name: (before[f.name], after[f.name])
            for f in self.entity.fields
            if f.access is Access.SET and before[f.name] != after[f.name]
        }

    @property
    def changes(self) -> bool:
        """Tell whether anything differs before and after."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return bool(self.fields)

    @property
    def to_do(self) -> bool:
        """Tell whether Slurm is to be asked for it."""
        return self.changes and not self.implied_by


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one change; no error means: planned, or done."""

    change: RowChange
    error: SlurmctlError | None = None


def subject(changes: Sequence[RowChange]) -> str:
    """Return the words that name the objects of the changes: account 'a', 'b'."""
    names = ", ".join(f"'{change.name}'" for change in changes)
    return f"{changes[0].entity.noun} {names}" if changes else ""


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


def with_known_tres(
    assignments: Iterable[Assignment], known: Sequence[str]
) -> tuple[Assignment, ...]:
    """Return the assignments with TRES as the cluster spells them; UsageError for one it lacks.

    slurmrestd would drop an unknown one in silence together with everything after it.
    """
    spelling = {name.lower(): name for name in known}
    checked = []
    for assignment in assignments:
        value = assignment.value
        if isinstance(assignment.field.kind, Tres) and isinstance(value, Mapping):
            for name in value:
                if name.lower() not in spelling:
                    raise UsageError(
                        f"{assignment.field.name}: '{name}' is no TRES of this cluster",
                        f"known: {', '.join(known)}",
                    )
            value = {spelling[name.lower()]: count for name, count in value.items()}
        checked.append(replace(assignment, value=value))
    return tuple(checked)


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
) -> list[Outcome]:
    """Plan accounts with their association on one cluster; `current` holds all accounts there.

    An account that is there already and as asked plans no change; one that differs from what was
    asked is a Conflict, because sacctmgr's add would leave it as it is without a word.
    """
    there = {str(row["Account"]): row for row in current}
    for assignment in assignments:
        if assignment.act is not Act.SET:
            raise UsageError(f"{assignment.field.name} takes '=' only where an account is added")
    parent = str(next((a.value for a in assignments if a.field.name == "Parent"), ROOT))
    if not _is_on(there.get(parent), cluster):
        raise _no_parent(parent, cluster)
    return [
        _add_account(entity, name, assignments, there.get(name), parent, cluster) for name in names
    ]


def modify_accounts(
    entity: Entity,
    rows: Sequence[Row],
    assignments: Sequence[Assignment],
    current: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    """Plan the assignments on each row; `current` holds all accounts, for the parents."""
    changes = [
        RowChange(entity, "modify", str(row[entity.key.name]), row, _assigned(row, assignments))
        for row in rows
    ]
    final = _in_the_end(entity, changes, current, cluster)
    return [
        Outcome(
            change,
            _not_here(change.before or {}, cluster)
            or _check_parent(change, current, cluster)
            or _check_names_left(change, assignments)
            or _check_default_qos(change, final),
        )
        for change in changes
    ]


def delete_accounts(
    entity: Entity,
    rows: Sequence[Row],
    dependents: Sequence[Row],
    current: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    """Plan the removal of each row; `dependents` are all associations on and below the accounts.

    The highest go first: what stands below goes with them, and no longer stands in the way.
    """
    outcomes = []
    names = [str(row[entity.key.name]) for row in rows]
    branch = {name: below([name], current, cluster) for name in names}
    for row in sorted(rows, key=lambda row: -len(branch[str(row[entity.key.name])])):
        name = str(row[entity.key.name])
        error: SlurmctlError | None = _not_here(row, cluster)
        if name == ROOT:
            error = Refused("account 'root' is never deleted", "it stands above all accounts")
        change = RowChange(entity, "delete", name, row, None, takes=tuple(branch[name][1:]))
        outcomes.append(Outcome(change, error))
    doomed = [outcome.change.name for outcome in outcomes if outcome.error is None]
    cause = {account: name for name in reversed(doomed) for account in branch[name]}
    for row in dependents:
        name = cause.get(str(row["Account"]), "")
        if name and (row["User"] is not None or row["Account"] not in doomed):
            change = RowChange(
                ASSOCIATION, "delete", name_of(ASSOCIATION, row), row, None, implied_by=name
            )
            outcomes.append(Outcome(change))
    return outcomes


def unselected(
    entity: Entity,
    action: Action,
    here: Sequence[Row],
    selected: Sequence[Row],
    names: Iterable[str],
    cluster: str,
) -> list[Outcome]:
    """Return the outcomes for names that are not among the selected rows; `here` has all rows."""
    there = {row[entity.key.name] for row in here}
    outcomes = []
    for name in missing(entity, selected, names):
        what = (
            f"{entity.noun} '{name}' does not meet the conditions"
            if name in there
            else f"{entity.noun} '{name}' does not exist on cluster '{cluster}'"
        )
        error = NotFound(what, f"slurmctl-rest {entity.noun} list shows those that do")
        outcomes.append(Outcome(RowChange(entity, action, name, None, None), error))
    return outcomes


def no_match(entity: Entity, cluster: str) -> NotFound:
    """Return the error for conditions that no row meets."""
    return NotFound(
        f"no {entity.noun} on cluster '{cluster}' meets the conditions",
        f"slurmctl-rest {entity.noun} list shows what there is",
    )


def below(names: Iterable[str], current: Sequence[Row], cluster: str) -> list[str]:
    """Return the accounts that stand below the named ones, and these themselves."""
    children: dict[Value, list[str]] = {}
    for row in current:
        if _is_on(row, cluster):
            children.setdefault(row["Parent"], []).append(str(row["Account"]))
    found = dict.fromkeys(names)
    to_walk = list(found)
    while to_walk:
        lower = [name for name in children.get(to_walk.pop(), ()) if name not in found]
        found |= dict.fromkeys(lower)
        to_walk += lower
    return list(found)


def differences(change: RowChange, found: Row | None) -> dict[str, tuple[Value, Value]]:
    """Compare the read-back with the plan: field name -> (expected, found); empty is as planned."""
    entity = change.entity
    if change.after is None or found is None:
        if change.after is found:
            return {}
        there = change.name if found is not None else None
        return {entity.key.name: (change.name if change.after is not None else None, there)}
    return {
        f.name: (change.after.get(f.name), found.get(f.name))
        for f in entity.fields
        if f.access is Access.SET
        and change.after.get(f.name) != found.get(f.name)
        and not _is_same_set(f, change.after.get(f.name), found.get(f.name))
    }


def _is_same_set(field: Field, wanted: Value, found: Value) -> bool:
    """Tell whether inherited sets are changed alike, but for removals.

    A removal is shown where the account above has the name, so a new parent hides or shows it.
    """
    kind = field.kind
    if not isinstance(kind, Names) or not (kind.inherits(wanted) and kind.inherits(found)):
        return False
    return kind.added(wanted) == kind.added(found)


def _add_account(
    entity: Entity,
    name: str,
    assignments: Sequence[Assignment],
    row: Row | None,
    parent: str,
    cluster: str,
) -> Outcome:
    if row is not None and _is_on(row, cluster):
        return Outcome(
            RowChange(entity, "add", name, row, row), _check_as_asked(name, row, assignments)
        )
    after: dict[str, Value] = {f.name: f.kind.load(None) for f in entity.fields}
    after |= texts_of_new_account(name, parent)
    error = None
    if row is not None:  # it lives on another cluster: its texts are there already
        texts = [f.name for f in entity.fields if f.record is Record.OBJECT]
        after |= {text: row[text] for text in texts}
        error = _check_as_asked(name, row, [a for a in assignments if a.field.name in texts])
    after |= {"Account": name, "Cluster": cluster, "Parent": parent, "Fairshare": 1}
    return Outcome(RowChange(entity, "add", name, None, _assigned(after, assignments)), error)


def _assigned(row: Row, assignments: Iterable[Assignment]) -> dict[str, Value]:
    after = dict(row)
    # What is taken away goes last: an own set that is empty in between would count as inherited.
    for assignment in sorted(assignments, key=lambda one: one.act is Act.REMOVE):
        name, kind = assignment.field.name, assignment.field.kind
        after[name] = kind.merge(after.get(name), assignment.act, assignment.value)
    return after


def _check_as_asked(name: str, row: Row, assignments: Sequence[Assignment]) -> SlurmctlError | None:
    asked = _assigned(row, assignments)
    for assignment in assignments:
        field = assignment.field
        if asked[field.name] != row.get(field.name):
            return Conflict(
                f"account '{name}' exists already, with {field.name}="
                f"{field.kind.text(row.get(field.name)) or '(unset)'}",
                f"slurmctl-rest account modify {name} set {shlex.quote(str(assignment))}",
            )
    return None


def _check_parent(change: RowChange, current: Sequence[Row], cluster: str) -> SlurmctlError | None:
    """Refuse a new parent that does not exist, or that stands below the account itself.

    slurmrestd answers 200 to both and does nothing.
    """
    if "Parent" not in change.fields or change.after is None:
        return None
    parent = str(change.after["Parent"])
    if change.name == ROOT:
        return Refused("account 'root' has no parent", "it stands above all accounts")
    if not any(row["Account"] == parent and _is_on(row, cluster) for row in current):
        return _no_parent(parent, cluster)
    if parent in below([change.name], current, cluster):
        return Conflict(
            f"account '{change.name}' cannot have the parent '{parent}', which is itself or below",
            "move the lower account away first",
        )
    return None


def _check_names_left(change: RowChange, assignments: Iterable[Assignment]) -> SlurmctlError | None:
    """Refuse to take the last name out of an own set: to Slurm that means to inherit again."""
    for assignment in assignments:
        field = assignment.field.name
        before, after = change.fields.get(field, (None, None))
        if assignment.act is Act.REMOVE and before and not after:
            return Refused(
                f"account '{change.name}' would be left without any {field} of its own, "
                "which Slurm takes as: inherit the parent's",
                f"where that is meant: set {field}=''",
            )
    return None


CONCERNS_QOS = {"Parent", *QOS_FIELDS}


def _in_the_end(
    entity: Entity, changes: Sequence[RowChange], current: Sequence[Row], cluster: str
) -> Mapping[str, Effective]:
    """Return what would be in force with all the changes, where any of them concerns QOS."""
    if not any(CONCERNS_QOS & set(change.fields) for change in changes):
        return {}
    after = {change.name: change.after or {} for change in changes}
    rows = [after.get(str(row["Account"]), row) for row in current if _is_on(row, cluster)]
    return effective(entity, rows)


def _check_default_qos(change: RowChange, final: Mapping[str, Effective]) -> SlurmctlError | None:
    """Refuse to leave the account with a default QOS, own or inherited, that it may not use.

    slurmrestd refuses that; sacctmgr lets an account move away from its default QOS.
    """
    if not CONCERNS_QOS & set(change.fields) or change.name not in final:
        return None
    row = final[change.name].row
    default, allowed = row["DefaultQOS"], row["QosLevel"]
    if default is None or not isinstance(allowed, tuple) or default in allowed:
        return None
    return Conflict(
        f"account '{change.name}': its default QOS '{default}' would not be among the QOS that it "
        f"may use ({','.join(allowed)})",
        "set DefaultQOS and QosLevel so that they fit",
    )


def _not_here(row: Row, cluster: str) -> SlurmctlError | None:
    if _is_on(row, cluster):
        return None
    return NotFound(
        f"account '{row['Account']}' has no association on cluster '{cluster}'",
        f"slurmctl-rest account add {row['Account']}",
    )


def name_of(entity: Entity, row: Row) -> str:
    """Return the name of an object; of an association, words: alice in physics (gpu)."""
    if entity is not ASSOCIATION:
        return str(row[entity.key.name])
    user = f"{row['User']} in " if row["User"] else ""
    partition = f" ({row['Partition']})" if row["Partition"] else ""
    return f"{user}{row['Account']}{partition}"


def _no_parent(parent: str, cluster: str) -> NotFound:
    return NotFound(
        f"parent account '{parent}' does not exist on cluster '{cluster}'",
        f"slurmctl-rest account add {parent}",
    )


def _is_on(row: Row | None, cluster: str) -> bool:
    return row is not None and row.get("Cluster") == cluster


def _matches(value: Value, wanted: Sequence[Value]) -> bool:
    if isinstance(value, tuple):  # any of the named is among them; '' asks for none at all
        return any(bool(one) and set(one) <= set(value) for one in map(_as_tuple, wanted)) or (
            not value and () in wanted
        )
    return value in wanted


def _as_tuple(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _qos_names(assignment: Assignment) -> list[str]:
    value = assignment.value
    if assignment.field.name not in QOS_FIELDS or not value:
        return []
    names = value if isinstance(value, tuple) else (str(value),)
    return [name.lstrip("+-") for name in names]
