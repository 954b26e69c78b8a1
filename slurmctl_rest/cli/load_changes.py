"""The changes that a file of a cluster comes to, and the order in which they are made."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from slurmctl_rest.model.change import Action, Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import (
    LIMITS,
    AssociationKey,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.entities.cluster import new_cluster
from slurmctl_rest.model.fields import Row, SlurmRecord
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import names_in
from slurmctl_rest.planning import associations as plans
from slurmctl_rest.planning import users as user_plans
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.planning.tree import is_on
from slurmctl_rest.sacctmgr.associations import Tree, association_line
from slurmctl_rest.sacctmgr.load_file import FileError
from slurmctl_rest.sacctmgr.load_plan import Loading, bare

NO_ACCOUNT = "sacctmgr: error: account '{}', which user '{}' is to coordinate, does not exist"
NOT_A_MEMBER = "sacctmgr: error: user '{}' would not be in the default account '{}'"
OBJECTS, PREEMPTING, ACCOUNTS, USERS, COORDINATORS, DELETIONS = range(6)
"""The steps, in their order."""


def qos_changes(loading: Loading) -> PlanSteps:
    """Return the changes of the QOS alone."""
    found = PlanSteps()
    for change in loading.qos.changes:
        if change.action == "modify":
            found.add(PREEMPTING, change)
        else:
            found.add_qos(change, OBJECTS, PREEMPTING)
    return found


def file_changes(loading: Loading, *, qos: bool = True, marks: bool = False) -> PlanSteps:
    """Return what the file comes to; raise FileError for what Slurm would not take.

    `qos`: with the QOS, which somebody may have declined. `marks`: of a default account that stays,
    all associations get the mark that sacctmgr would give it, those in other partitions, too.
    """
    found, cluster = qos_changes(loading) if qos else PlanSteps(), loading.cluster
    if loading.root is not None:
        _new_cluster(found, cluster, loading.root)
    leaving = _leaving(loading)
    for name, row in loading.accounts.items():
        _account(found, name, row, loading, leaving)
    # The lowest account first: slurmrestd names no coordinator who is one by an account above.
    tree = Tree(loading.rows.values())
    depths = {key.account: len(tree.path(row)) for key, row in loading.rows.items()}
    found.at(COORDINATORS).sort(key=lambda part: -depths.get(part[1].name, 0))
    _users(found, loading, marks=marks)
    for key, row in loading.rows.items():
        before = loading.present.rows.get(key)
        if key.user and (key.user != ROOT or loading.root is None):
            action: Action = "modify" if before is not None else "add"
            name = plans.name_on(row, loading.written_on)
            found.add(USERS, RowChange(ASSOCIATION, action, name, before, row))
    if loading.clean and loading.root is None:
        _deletions(found, loading)
    found.with_inherited_qos(loading.present.rows.values())
    return found


def _new_cluster(found: PlanSteps, cluster: str, root: Row) -> None:
    made = new_cluster(cluster)
    whole = RowChange(CLUSTERS, "add", cluster, None, made | {f.name: root[f.name] for f in LIMITS})
    found.plan.append(Outcome(whole))
    found.add(OBJECTS, whole, replace(whole, after=made))
    # After the QOS of the file, which they may name.
    limits = RowChange(ASSOCIATION, "modify", ROOT, bare(AssociationKey(cluster, ROOT)), root)
    if limits.changes:
        found.add(ACCOUNTS, whole, limits)


def _leaving(loading: Loading) -> frozenset[str]:
    """Return the users who lose their last association on the cluster, where it is cleaned."""
    if not loading.clean or loading.root is not None:
        return frozenset()
    staying = {key.user for key in loading.rows}
    return frozenset({key.user for key in loading.present.rows} - staying)


def _account(
    found: PlanSteps, name: str, row: Row, loading: Loading, leaving: Container[str]
) -> None:
    before = loading.present.accounts.get(name)
    there = names_in(before["Coordinators"]) if before is not None else ()
    officers = tuple(one for one in there if one not in leaving)
    coming = [one for one in loading.coordinators.get(name, ()) if one not in officers]
    whole = {**row, "Coordinators": tuple(sorted({*officers, *coming}))}
    stays = AssociationKey(loading.cluster, name) in loading.rows
    if not stays or (name == ROOT and loading.root is not None):
        # Its association goes with the deletions, or comes with the cluster: no part of this.
        texts = (f.name for f in ACCOUNT.fields if f.record is SlurmRecord.OBJECT)
        before = {text: before[text] for text in texts} if before is not None else None
        whole = {**(before or {}), "Coordinators": whole["Coordinators"]}
    is_new = not is_on(before, loading.cluster) and is_on(whole, loading.cluster)
    if is_new or before is not None:
        start = None if is_new else before
        change = RowChange(ACCOUNT, "add" if is_new else "modify", name, start, whole)
        found.add_account(change, officers, before, ACCOUNTS, COORDINATORS)


def _users(found: PlanSteps, loading: Loading, *, marks: bool) -> None:
    for account, users in loading.coordinators.items():
        if account not in loading.accounts:
            raise FileError(NO_ACCOUNT.format(account, users[0]))
    members: dict[str, list[Row]] = {}
    for key, row in loading.rows.items():
        if key.user:
            members.setdefault(key.user, []).append(row)
    for name, row in loading.users.items():
        before, mine = loading.present.users.get(name), members.get(name, [])
        after = {**row, "Cluster": loading.cluster} if mine else dict(row)
        after["DefaultAccount"] = default = _default(loading, name, row, mine)
        if before is None:
            found.add(USERS, RowChange(USER, "add", name, None, after))
            continue
        start = {**before, "Cluster": after["Cluster"]}
        in_default = [one for one in mine if one["Account"] == default]
        marked = sorted(in_default, key=association_key) if before["DefaultAccount"] else []
        change = RowChange(USER, "modify", name, start, after, companions=tuple(marked))
        if marks and "DefaultAccount" not in change.fields:
            unmarked = [one for one in marked if _is_to_mark(loading, one)]
            change = replace(change, companions=tuple(unmarked), marks=bool(unmarked))
        found.add(USERS, change)


def _is_to_mark(loading: Loading, row: Row) -> bool:
    """Tell whether an association gets the mark, and has not got it yet."""
    key = association_key(row)
    there = loading.present.rows.get(key)
    return key in loading.marked and not (there is not None and there["Default"])


def _default(loading: Loading, name: str, row: Row, mine: Sequence[Row]) -> Value:
    """Return a user's default account on the cluster; `mine` are the associations there."""
    default, accounts = row["DefaultAccount"], sorted(str(one["Account"]) for one in mine)
    if default in accounts or not accounts:
        return default
    if loading.says_default(name):
        raise FileError(NOT_A_MEMBER.format(name, default))
    had = any(key.user == name for key in loading.present.rows)
    # It is going, or the user is new here: Slurm takes another one then, too.
    return accounts[0] if default is not None or not had else None


def _deletions(found: PlanSteps, loading: Loading) -> None:
    """Note the associations that the file does not have; accounts stay known.

    A user without any association left on the cluster goes with the last one.
    """
    going = [row for key, row in loading.present.rows.items() if key not in loading.rows]
    leaving = _leaving(loading)
    users = [loading.present.users[name] for name in sorted(leaving)]
    left = [row for row in going if row["User"] not in leaving]
    # An account that goes has no others below it: those that stay have got another parent before.
    final = [*loading.rows.values(), *left]
    outcomes = user_plans.delete(users, going, loading.cluster)
    for outcome in (*outcomes, *plans.delete(left, final, loading.cluster)):
        if outcome.error is not None:
            raise outcome.error
        found.plan.append(outcome)
        found.at(DELETIONS).append((outcome.change, outcome.change))


def losing_default_qos(loading: Loading) -> list[str]:
    """Return the lines for associations that could not use their default QOS after the load."""
    before = _bad(loading.present.rows.values())
    tree = Tree(loading.rows.values())
    rows = effective(ASSOCIATION, loading.rows.values())
    bad = _bad(loading.rows.values()) - before
    listed = tree.in_order(loading.rows[key] for key in bad)
    return [
        f"  DefQOS = {rows[association_key(one)].row['DefaultQOS']!s:<10} {association_line(one)}"
        for one in listed
    ]


def _bad(rows: Iterable[Row]) -> set[AssociationKey]:
    found = set()
    for key, one in effective(ASSOCIATION, rows).items():
        default, allowed = one.row["DefaultQOS"], one.row["QosLevel"]
        if default is not None and default not in (allowed if isinstance(allowed, tuple) else ()):
            found.add(key)
    return found


def new_associations(loading: Loading) -> tuple[Sequence[Row], Sequence[Row]]:
    """Return the new associations as the file has them: those of accounts, and those of users."""
    of_accounts = [row for _, row in loading.new_rows if is_account_level(row)]
    return of_accounts, [row for _, row in loading.new_rows if not is_account_level(row)]
