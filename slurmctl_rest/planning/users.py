"""Users: the user, known to all clusters, and the associations that the same command makes."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.errors import NotFound, Refused, SlurmctlError, UsageError
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import is_own, key
from slurmctl_rest.model.fields import Record, Row, did_you_mean
from slurmctl_rest.model.kinds import Value
from slurmctl_rest.model.syntax import Assignment
from slurmctl_rest.planning import (
    Outcome,
    RowChange,
    assigned,
    check_as_asked,
    name_of,
    refuse_other_acts,
)
from slurmctl_rest.planning.associations import (
    check_default_qos,
    implied,
    in_the_end,
    is_on,
    modify,
    new_row,
    not_here,
)


def add(
    names: Sequence[str],
    accounts: Sequence[str],
    partitions: Sequence[Value],
    assignments: Sequence[Assignment],
    users: Sequence[Row],
    associations: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    """Plan each user in each account and partition (None: a row for all partitions).

    `users` are those of the named who exist, `associations` theirs and all accounts' own rows.
    What is there already and as asked plans no change; what differs is a Conflict.
    """
    refuse_other_acts(USER, assignments)
    own = [a for a in assignments if a.field.record is Record.OBJECT]
    default = next((str(a.value) for a in own if a.field.name == "DefaultAccount"), "")
    accounts = accounts or ((default,) if default else ())
    if not accounts:
        raise UsageError(
            "no account is named for the user", "slurmctl-rest user add NAME account=ACCOUNT"
        )
    existing = {r["Account"] for r in associations if is_own(r) and is_on(r, cluster)}
    for account in accounts:
        if account not in existing:
            raise NotFound(
                f"account '{account}' does not exist on cluster '{cluster}'",
                did_you_mean(account, map(str, existing)) or f"slurmctl-rest account add {account}",
            )
    there = {str(row["User"]): row for row in users}
    of_rows = [a for a in assignments if a not in own]
    new = [new_row(cluster, a, n, p) for n in names for a in accounts for p in partitions]
    added: dict[str, list[Outcome]] = {}
    for outcome in _add_rows(new, of_rows, associations, cluster):
        added.setdefault(str((outcome.change.after or {})["User"]), []).append(outcome)
    member_of: dict[Value, set[str]] = {}
    for row in associations:
        if is_on(row, cluster):
            member_of.setdefault(row["User"], set()).add(str(row["Account"]))
    return [
        outcome
        for name in names
        for outcome in _with_user(
            _add(name, own, there.get(name), default or _first(added[name]), cluster),
            default,
            added[name],
            member_of.get(name, set()),
        )
    ]


def _first(added: Sequence[Outcome]) -> str:
    """Return the first account that the user comes into."""
    joins = (str((o.change.after or {})["Account"]) for o in added if o.error is None)
    return next(joins, "")


def _with_user(
    user: Outcome, default: str, added: Sequence[Outcome], member_of: set[str]
) -> list[Outcome]:
    """Return what becomes of the user, and the associations unless the user stands in the way.

    `default` is the default account that is asked for, if any; `member_of` has those there already.
    """
    accounts = [str((o.change.after or {})["Account"]) for o in added]
    joins = {a for a, o in zip(accounts, added, strict=True) if o.error is None}
    if default and default not in joins | member_of:
        refused = (o.error for a, o in zip(accounts, added, strict=True) if a == default)
        error = next(refused, None) or UsageError(
            f"user '{user.change.name}': the default account '{default}' is not among its accounts",
            f"name it too: account=...,{default}",
        )
        user = Outcome(user.change, error)
    if user.error is not None:
        return [user]
    comes = any(o.error is None and o.change.changes for o in added)
    return [*([user] if user.change.changes and comes else []), *added]


def modify_users(
    users: Sequence[Row],
    rows: Sequence[Row],
    assignments: Sequence[Assignment],
    associations: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    """Plan what concerns the users themselves, and what concerns their selected associations.

    `rows` are the selected ones; `associations` hold all rows of these users and all accounts.
    """
    own = [a for a in assignments if a.field.record is Record.OBJECT]
    of_rows = [a for a in assignments if a not in own]
    plan = [_modify(user, own, associations, cluster) for user in users] if own else []
    if of_rows:
        named = {str(row["User"]) for row in rows}
        plan += [
            Outcome(RowChange(USER, "modify", str(u["User"]), u, u), not_here(USER, u, cluster))
            for u in users
            if str(u["User"]) not in named and not is_on(u, cluster)
        ]
        plan += modify(ASSOCIATION, rows, of_rows, associations, cluster)
    return plan


def delete(
    users: Sequence[Row],
    associations: Sequence[Row],
    cluster: str,
    *,
    everywhere: bool = False,
) -> list[Outcome]:
    """Plan the removal of each user with all its associations on the cluster, or `everywhere`."""
    plan = []
    for user in users:
        name = str(user["User"])
        error: SlurmctlError | None = None
        if user["Clusters"] and not everywhere:
            error = not_here(USER, user, cluster)
        if name == ROOT:
            error = Refused("user 'root' is never deleted", "slurmctld and slurmdbd act as root")
        plan.append(
            Outcome(RowChange(USER, "delete", name, user, None, everywhere=everywhere), error)
        )
        if error is None:
            plan += [
                implied(row, name, cluster)
                for row in associations
                if row["User"] == name and (everywhere or is_on(row, cluster))
            ]
    return plan


def _add(
    name: str, own: Sequence[Assignment], row: Row | None, account: str, cluster: str
) -> Outcome:
    new = {f.name: f.kind.load(None) for f in USER.fields}
    before = {**new, **(row or {}), "User": name}
    error = None
    if row is not None:  # it exists: its level stays, and its default account where it has one
        asked = [a for a in own if a.field.name != "DefaultAccount" or row["DefaultAccount"]]
        error = check_as_asked(USER, row, asked, f"user modify {name}")
    after = assigned(before, own)
    after["DefaultAccount"] = before["DefaultAccount"] or account
    after["Cluster"] = cluster
    if row is None:
        return Outcome(RowChange(USER, "add", name, None, after))
    return Outcome(RowChange(USER, "modify", name, before, after), error)


def _add_rows(
    rows: Sequence[Row],
    assignments: Sequence[Assignment],
    associations: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    there = {key(row): row for row in associations}
    changes = []
    for new in rows:
        row, name = there.get(key(new)), name_of(ASSOCIATION, new)
        after = row or assigned(new, assignments)
        changes.append(RowChange(ASSOCIATION, "add", name, row, after))
    final = in_the_end(ASSOCIATION, changes, associations, cluster)
    return [
        Outcome(
            change,
            check_default_qos(change, final)
            if change.before is None
            else check_as_asked(ASSOCIATION, change.before, assignments, _words(change.before)),
        )
        for change in changes
    ]


def _words(row: Row) -> str:
    partition = f" partition={row['Partition']}" if row["Partition"] else ""
    return f"assoc modify account={row['Account']} user={row['User']}{partition}"


def _modify(
    user: Row, own: Sequence[Assignment], associations: Sequence[Row], cluster: str
) -> Outcome:
    name = str(user["User"])
    after = assigned(user, own)
    account = after["DefaultAccount"]
    mine = [r for r in associations if r["User"] == name and is_on(r, cluster)]
    named = sorted((r for r in mine if r["Account"] == account), key=key)
    change = RowChange(USER, "modify", name, user, after, takes=tuple(named))
    error: SlurmctlError | None = None
    if "DefaultAccount" in change.fields and not named:
        error = NotFound(
            f"user '{name}' is not in account '{account}' on cluster '{cluster}'",
            f"slurmctl-rest user add {name} account={account}",
        )
    return Outcome(change, error)
