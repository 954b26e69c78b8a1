"""What has changed from one state of a cluster to another. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TypeVar

from slurmctl_rest.model.change import Action, RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.planning.associations import with_inherited_qos
from slurmctl_rest.planning.tree import is_on
from slurmctl_rest.site.desired import ClusterState


def changes_between(before: ClusterState, after: ClusterState) -> list[RowChange]:
    """Return the changes that lead from one to the other: QOS, accounts, users, associations.

    An account has the limits of its own association; one without is not on the cluster.
    """
    changes = [
        *_changes(QOS, before.qos, after.qos),
        *_changes(ACCOUNT, _accounts(before), _accounts(after)),
        *_changes(USER, before.users, after.users),
        *_changes(ASSOCIATION, _of_users(before), _of_users(after)),
    ]
    return with_inherited_qos(ASSOCIATION, changes, before.rows.values())


def _accounts(state: ClusterState) -> Mapping[str, Row]:
    return {name: row for name, row in state.accounts.items() if is_on(row, state.cluster)}


def _of_users(state: ClusterState) -> Mapping[AssociationKey, Row]:
    return {key: row for key, row in state.rows.items() if key.user}


StateKey = TypeVar("StateKey", bound=Hashable)


def _changes(
    entity: Entity, before: Mapping[StateKey, Row], after: Mapping[StateKey, Row]
) -> Iterator[RowChange]:
    for key in sorted({*before} | {*after}, key=repr):
        old, new = before.get(key), after.get(key)
        action: Action = "add" if old is None else "delete" if new is None else "modify"
        change = RowChange(entity, action, name_of(entity, new or old or {}), old, new)
        if change.changes:
            yield change
