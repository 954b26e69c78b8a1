"""Deletions of what only the cluster has: inside the scope alone, after all else is done. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from slurmctl_rest.errors import Conflict
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.entities.association import AssociationKey, association_key
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.planning import accounts as account_plans
from slurmctl_rest.planning import associations as association_plans
from slurmctl_rest.planning import qos as qos_plans
from slurmctl_rest.planning import users as user_plans
from slurmctl_rest.site.compare import Comparison
from slurmctl_rest.site.desired import Scope


def final_associations(found: Comparison) -> list[Row]:
    """Return the associations as they are before the deletions, with the marks of defaults."""
    defaults = {change.name: change.new["DefaultAccount"] for change in found.users}
    rows = []
    for key, row in found.final.items():
        default = defaults.get(key.user, UNCHANGED)
        rows.append(row if default is UNCHANGED else {**row, "Default": row["Account"] == default})
    return rows


UNCHANGED = object()


def pruned(found: Comparison, scope: Scope) -> list[Outcome]:
    """Return the deletions of accounts, of associations, and of users who lose their last one.

    Raise Conflict where something that is not to go is below an account that is.
    """
    cluster = found.state.cluster
    final = final_associations(found)
    names = {association_key(row).account for row in found.only_accounts}
    _check_below(names, final, scope)
    going = [row for row in final if association_key(row).account in names]
    by_key = {association_key(row): row for row in final}
    going += [by_key[association_key(row)] for row in found.only_members]
    going_keys = {association_key(row) for row in going}
    staying = {key.user for key in found.final if key not in going_keys}
    leaving = {
        key.user
        for key in going_keys
        if key.user and key.user not in staying and not scope.leaves_alone(key.user)
    }
    users = [found.state.users[name] for name in sorted(leaving) if name in found.state.users]
    plan = user_plans.delete(users, going, cluster)
    left = [row for row in going if association_key(row).user not in leaving]
    members = [row for row in left if association_key(row).account not in names]
    plan += association_plans.delete(members, [*final], cluster) if members else []
    if names:
        accounts = [found.state.accounts[name] for name in sorted(names)]
        current = _accounts_after(found, by_key)
        dependents = [row for row in left if association_key(row).account in names]
        plan += account_plans.delete(accounts, dependents, current, cluster)
    return plan


def pruned_qos(
    found: Comparison, everywhere: Sequence[Row], refused: Collection[str] = ()
) -> list[Outcome]:
    """Return the deletions of QOS; `everywhere`: the associations of all clusters.

    `refused`: the QOS that cannot be changed as the file says; what they preempt stays.
    """
    cluster = found.state.cluster
    final = [row for row in everywhere if row["Cluster"] != cluster] + final_associations(found)
    changed = {change.name: change.new for change in found.qos}
    for name in changed.keys() & {*refused} & found.state.qos.keys():
        changed[name] = {**changed[name], "Preempt": found.state.qos[name]["Preempt"]}
    current = [changed.get(name, row) for name, row in found.state.qos.items()]
    current += [row for name, row in changed.items() if name not in found.state.qos]
    return qos_plans.delete(found.only_qos, current, final)


def _check_below(names: Iterable[str], final: Sequence[Row], scope: Scope) -> None:
    gone = {*names}
    for row in final:
        name, parent = association_key(row).account, str(row["Parent"] or "")
        if row["User"] is None and parent in gone and name not in gone:
            why = "is unmanaged" if scope.leaves_alone(name) else "stays"
            raise Conflict(
                f"account '{parent}' is not in the file, but account '{name}' below it {why}",
                f"give account '{name}' another Parent, or add a table for '{parent}'",
            )


def _accounts_after(found: Comparison, rows: Mapping[AssociationKey, Row]) -> list[Row]:
    """Return all accounts with the parents that they have after the changes."""
    cluster = found.state.cluster
    after: list[Row] = []
    for name, row in found.state.accounts.items():
        own = rows.get(AssociationKey(cluster, name))
        parent: Value = own["Parent"] if own else row["Parent"]
        after.append({**row, "Parent": parent})
    return after
