"""After a write: read back what was written, and compare it with the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from slurmctl_rest.backends import Backend, Query, repeats
from slurmctl_rest.cli.interrupts import Interrupts
from slurmctl_rest.errors import (
    Changed,
    Interrupted,
    SlurmctlError,
    Unanswered,
    Unreachable,
)
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import OWN_ROW
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds import Json, printable
from slurmctl_rest.planning import Outcome, RowChange, differences, name_of, subject
from slurmctl_rest.planning.associations import name_on

Place: TypeAlias = tuple[str, str, str]
"""Where a change is: noun, name, cluster."""


@dataclass(frozen=True, slots=True)
class Verification:
    """How what was written is read back: from whom, where, and for how long."""

    backend: Backend
    cluster: str
    waits: Sequence[float]
    interrupts: Interrupts

    def verified(self, outcomes: Sequence[Outcome], changed: Sequence[RowChange]) -> list[Outcome]:
        """Read back and compare; what got no answer may still be on its way, and is waited for."""
        for wait in (*self.waits, None):
            found = self._read_back(changed)
            rows = [found.get(_place(outcome.change, self.cluster)) for outcome in outcomes]
            verified = [_verified(o, row) for o, row in zip(outcomes, rows, strict=True)]
            is_open = any(isinstance(outcome.error, Unanswered) for outcome in verified)
            if wait is None or not is_open or self.interrupts.pending:
                break
            repeats.pause(wait)
        return [_settled(o, row) for o, row in zip(verified, rows, strict=True)]

    def _read_back(self, changed: Sequence[RowChange]) -> dict[Place, Row]:
        """Return what Slurm shows now of all that changed."""
        found: dict[Place, Row] = {}
        places = dict.fromkeys((c.entity.noun, _cluster_of(c, self.cluster)) for c in changed)
        for noun, scope in places:
            here = [
                c for c in changed if (c.entity.noun, _cluster_of(c, self.cluster)) == (noun, scope)
            ]
            entity = here[0].entity
            rows = [row for change in here if (row := change.before or change.after)]
            if entity is ASSOCIATION:
                # By users alone: each with each account would be many more requests.
                users = tuple(dict.fromkeys(str(row["User"] or OWN_ROW) for row in rows))
                query = Query(entity, scope, where={"User": users}, lineage=True)
                back = self.backend.read(query)
                found |= {(noun, name_on(row, self.cluster), scope): row for row in back}
            elif rows:
                going = {change.name: change for change in here if change.after is None}
                names = tuple(dict.fromkeys(c.name for c in here))
                for row in self.backend.read(Query(entity, scope, names)):
                    name = name_of(entity, row)
                    if name not in going or _is_there(going[name], row, scope):
                        found[noun, name, scope] = row
        return found


def _verified(outcome: Outcome, found: Row | None) -> Outcome:
    """Compare what was planned with what Slurm shows now."""
    change = outcome.change
    wrong = differences(change, found) if change.changes else {}
    lost = isinstance(outcome.error, Unreachable | Interrupted) and outcome.error.sent
    if lost and change.changes and not wrong:
        return Outcome(change)  # the answer was lost, the write was not
    if outcome.error is not None or not wrong:
        return outcome
    words = "; ".join(
        f"{name} is {_shown(change.entity, name, now)}, not {_shown(change.entity, name, wanted)}"
        for name, (wanted, now) in wrong.items()
    )
    return Outcome(
        change,
        Changed(
            f"{subject([change])}: Slurm shows something else after the write: {words}",
            "another administrator may have changed it at the same time; look, and repeat",
        ),
    )


def unread(outcomes: Sequence[Outcome], error: SlurmctlError) -> list[Outcome]:
    """Say of all that was sent that it is not known whether it was done; `error`: why not."""
    asked = [o for o in outcomes if not o.change.implied_by]
    opened = {id(o): o for o in asked if o.change.to_do and _is_open(o)}
    if not opened:
        return asked
    lost = dict.fromkeys(o.error.message for o in opened.values() if o.error is not None)
    words = "; ".join([*lost, f"could not be read back: {error.message}"])
    unknown = Unanswered(
        f"{subject([o.change for o in opened.values()])}: sent, but {words}",
        f"slurmctl-rest {asked[0].change.entity.word} list shows what was done",
    )
    return [Outcome(o.change, unknown if id(o) in opened else o.error) for o in asked]


def _is_open(outcome: Outcome) -> bool:
    """Tell whether only a look at Slurm shows what has become of it."""
    error = outcome.error
    return error is None or (isinstance(error, Unreachable) and error.sent)


def _settled(outcome: Outcome, found: Row | None) -> Outcome:
    """Say what is known of a write that got no answer, and that Slurm does not show as planned."""
    change, error = outcome.change, outcome.error
    if not isinstance(error, Unanswered):
        return outcome
    shows_it = f"slurmctl-rest {change.entity.word} list shows it"
    what = subject([change])
    if differences(replace(change, after=change.before), found):
        said = f"{what}: partly done, or changed by another: {error.message}"
        return Outcome(change, Unanswered(said, shows_it, http_status=error.http_status))
    if error.late:
        said = f"{what}: not done so far, and not known whether it will be: {error.message}"
        return Outcome(change, Unanswered(said, shows_it, late=True))
    said = f"{what}: not done: {error.message}"
    again = "the write can be repeated"
    return Outcome(
        change,
        Unreachable(said, again, retryable=True, sent=False, http_status=error.http_status),
    )


def _place(change: RowChange, cluster: str) -> Place:
    return change.entity.noun, change.name, _cluster_of(change, cluster)


def _shown(entity: Entity, name: str, value: Json) -> str:
    return printable(entity[name].kind.text(value)) or "(unset)"


def _is_there(change: RowChange, row: Row, cluster: str) -> bool:
    """Tell whether what was to be deleted is still there; it may live on, on other clusters."""
    if change.everywhere or "Clusters" not in row:
        return True
    return row["Cluster"] == cluster or not row["Clusters"]


def _cluster_of(change: RowChange, cluster: str) -> str:
    """Return the cluster that a change is on, or `cluster` where it says none."""
    return str((change.before or change.after or {}).get("Cluster") or cluster)
