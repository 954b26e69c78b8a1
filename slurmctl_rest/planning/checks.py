"""Checks before a plan is made, shared by all nouns."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from slurmctl_rest.errors import Conflict, NotFound, Refused, SlurmctlError, UsageError
from slurmctl_rest.model import tres_counts
from slurmctl_rest.model.change import RowChange, called, subject
from slurmctl_rest.model.entities.association import QOS_FIELDS
from slurmctl_rest.model.fields import Entity, Row, suggestion
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.kinds.names import Names
from slurmctl_rest.model.kinds.tres import Tres, counts
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.syntax import Assignment


def with_known_tres(
    assignments: Iterable[Assignment], known: Sequence[str]
) -> tuple[Assignment, ...]:
    """Return the assignments with TRES as the cluster spells them; UsageError for one it lacks.

    slurmrestd would drop an unknown one in silence together with everything after it.
    """
    # slurmrestd knows a TRES by its exact spelling alone (tests/lab/test_lossless.py).
    spelling = {name.lower(): name for name in known}
    checked = []
    for assignment in assignments:
        value = assignment.value
        if isinstance(assignment.field.kind, Tres) and isinstance(value, Mapping):
            for name in value:
                if name.lower() not in spelling:
                    raise unknown_tres(assignment.field.name, name, known)
            value = {spelling[name.lower()]: count for name, count in value.items()}
        checked.append(replace(assignment, value=value))
    return tuple(checked)


def unknown_tres(field: str, name: str, known: Sequence[str]) -> UsageError:
    """Return the error for a TRES that the cluster does not have."""
    return UsageError(f"{field}: the cluster has no TRES '{name}'", suggestion(name, known))


NAME_QOS = QOS_FIELDS | {"Preempt"}
"""The fields whose values name QOS."""


def unknown_qos(assignments: Iterable[Assignment], known: Sequence[str]) -> NotFound | None:
    """Return the error for a QOS that does not exist, if one is named."""
    for assignment in assignments:
        for name in _qos_names(assignment):
            if name not in known:
                return no_qos(assignment.field.name, name, known)
    return None


def no_qos(field: str, name: str, known: Sequence[str]) -> NotFound:
    """Return the error for a QOS that does not exist; `known` are those that do."""
    return NotFound(f"{field}: qos '{name}' does not exist", suggestion(name, known))


def new_coordinators(assignments: Iterable[Assignment]) -> list[str]:
    """Return the users whom the assignments make coordinators."""
    return [
        name
        for assignment in assignments
        if assignment.field.name == "Coordinators" and assignment.operator is not Operator.REMOVE
        for name in (assignment.value if isinstance(assignment.value, tuple) else ())
    ]


def unknown_user(names: Iterable[str], known: Iterable[str]) -> NotFound | None:
    """Return the error for a user who does not exist: slurmrestd would leave one out silently."""
    there = known if isinstance(known, AbstractSet) else set(known)
    for name in names:
        if name not in there:
            hint = f"slurmctl-rest user add {pasted(name)} account=ACCOUNT"
            return NotFound(f"user '{name}' does not exist", hint)
    return None


def refuse_other_acts(entity: Entity, assignments: Iterable[Assignment]) -> None:
    """Raise UsageError where an object that is added is told to add to, or take from, what it has.

    The QOS of an association are added to, and taken from, what it will inherit.
    """
    for assignment in assignments:
        if assignment.operator is not Operator.SET and assignment.field.name not in QOS_FIELDS:
            raise UsageError(
                f"{assignment.field.name} accepts only '=' when the {entity.noun} is added"
            )


def assigned(row: Row, assignments: Iterable[Assignment]) -> dict[str, Value]:
    """Return the row with the assignments merged into it."""
    after = dict(row)
    # Removals go last: an own set that is empty in between would count as inherited.
    for assignment in sorted(assignments, key=lambda one: one.operator is Operator.REMOVE):
        name, kind = assignment.field.name, assignment.field.kind
        after[name] = kind.merge(after.get(name), assignment.operator, assignment.value)
    return after


def check_as_asked(
    entity: Entity, row: Row, assignments: Sequence[Assignment], words: str
) -> SlurmctlError | None:
    """Refuse to add what exists otherwise than asked: Slurm would leave it so silently.

    `words` is what would modify it, up to `set`.
    """
    asked = assigned(row, assignments)
    for assignment in assignments:
        field = assignment.field
        if asked[field.name] != row.get(field.name):
            return Conflict(
                f"{called(entity, row)} already exists, with {field.name}="
                f"{field.kind.text(row.get(field.name)) or '(unset)'}",
                f"slurmctl-rest {words} set {shlex.quote(str(assignment))}",
            )
    return None


def check_names_left(change: RowChange, assignments: Iterable[Assignment]) -> SlurmctlError | None:
    """Refuse to take the last name out of an own set: to Slurm that means to inherit again."""
    for assignment in assignments:
        field = assignment.field
        before, after = change.fields.get(field.name, (None, None))
        inherits = isinstance(field.kind, Names)
        if inherits and assignment.operator is Operator.REMOVE and before and not after:
            return Refused(
                f"{subject([change])} would have no {field.name} of its own, "
                "and inherit the parent's",
                f"if that is meant: set {field.name}=''",
            )
    return None


def check_counts_left(change: RowChange, assignments: Iterable[Assignment]) -> SlurmctlError | None:
    """Refuse to take so much from a limit that nothing is left: at 0 nothing may run."""
    for assignment in assignments:
        field = assignment.field
        if not isinstance(field.kind, Tres) or assignment.operator is not Operator.REMOVE:
            continue
        left = counts(change.new.get(field.name))
        for name in counts(assignment.value):
            if not left.get(name):
                # sacctmgr 26.05 sets 0 here, also where there was no limit.
                now = counts(change.old.get(field.name)).get(name)
                has = (
                    "has no limit here"
                    if now is None
                    else f"is {tres_counts.count_text(name, now)}"
                )
                return Refused(
                    f"{subject([change])}: {name} of {field.name} {has}, so that "
                    "nothing would be left, and nothing could run",
                    f"if that is meant: set {field.name}={name}=0",
                )
    return None


def _qos_names(assignment: Assignment) -> list[str]:
    value = assignment.value
    if assignment.field.name not in NAME_QOS or not value:
        return []
    # A change to an inherited list has a sign before the name, which is none of the QOS.
    names = value if isinstance(value, tuple) else (str(value),)
    return [name.lstrip("+-") for name in names]
