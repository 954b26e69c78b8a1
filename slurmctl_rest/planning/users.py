"""Users: the user, known to all clusters, and the associations that the same command makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import product

from slurmctl_rest.errors import Conflict, NotFound, Refused, SlurmctlError, Unsupported, UsageError
from slurmctl_rest.model.change import Outcome, RowChange, name_of, subject
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.entities.user import DEFAULT_WCKEY, NEW_NAME, WCKEYS
from slurmctl_rest.model.fields import Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.syntax import Assignment, Statement
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.associations import (
    check_default_qos,
    effective_after,
    implied,
    modify,
    new_row,
    with_inherited_qos,
)
from slurmctl_rest.planning.checks import assigned, check_as_asked, refuse_other_acts
from slurmctl_rest.planning.completing import existing
from slurmctl_rest.planning.targets import Target, unknown_account
from slurmctl_rest.planning.tree import is_on, not_here


@dataclass(frozen=True, slots=True)
class UserAddition:
    """Users who are to come into accounts: each of them into each, for each partition.

    None is a row for all partitions. Without accounts, it is the default account that is assigned.
    """

    names: Sequence[str]
    accounts: Sequence[str]
    partitions: Sequence[Value]
    assignments: Sequence[Assignment]

    @property
    def user_assignments(self) -> list[Assignment]:
        """Return what is assigned to the users themselves."""
        return [a for a in self.assignments if a.field.record is SlurmRecord.OBJECT]

    def rows(self, cluster: str) -> Iterator[Target]:
        """Yield the new associations, with what is assigned to them."""
        of_rows = [a for a in self.assignments if a.field.record is not SlurmRecord.OBJECT]
        for user, account, partition in product(self.names, self.accounts_to_join, self.partitions):
            yield new_row(cluster, account, user, partition), of_rows

    @property
    def accounts_to_join(self) -> Sequence[str]:
        """Return the accounts."""
        default = _default(self.user_assignments)
        return self.accounts or ((default,) if default else ())


def _default(own: Iterable[Assignment]) -> str:
    return next((str(a.value) for a in own if a.field.name == "DefaultAccount"), "")


def add(
    additions: Sequence[UserAddition],
    users: Sequence[Row],
    associations: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    """Plan users with their associations; of one user several may be asked for.

    `users` are those of the named who exist, `associations` theirs and all accounts' own rows.
    Associations that exist as asked plan no change; those that differ are a Conflict. Raise
    NotFound for an account that does not exist, and UsageError for a user without one.
    """
    existing = {r["Account"] for r in associations if is_account_level(r) and is_on(r, cluster)}
    own: dict[str, dict[str, Assignment]] = {}
    for addition in additions:
        _check(addition, existing, cluster)
        of_user = {one.field.name: one for one in addition.user_assignments}
        for name in addition.names:
            own[name] = own.get(name, {}) | of_user
    there = {association_key(row).user: row for row in users}
    new = [asked for addition in additions for asked in addition.rows(cluster)]
    added: dict[str, list[Outcome]] = {}
    for outcome in _add_rows(new, associations, cluster):
        added.setdefault(outcome.change.key.user, []).append(outcome)
    member_of: dict[Value, list[Row]] = {}
    for row in associations:
        if is_on(row, cluster):
            member_of.setdefault(row["User"], []).append(row)
    plan = []
    for name, named in own.items():
        told, default = list(named.values()), _default(named.values())
        user = _add(name, told, there.get(name), default or _first(added[name]), cluster)
        plan += _with_user(user, default, added[name], member_of.get(name, ()))
    return plan


def _check(addition: UserAddition, existing: AbstractSet[Value], cluster: str) -> None:
    """Raise where nobody can join so."""
    refuse_other_acts(USER, addition.assignments)
    if not addition.accounts_to_join:
        raise UsageError(
            "no account is given for the user", "slurmctl-rest user add NAME account=ACCOUNT"
        )
    for account in addition.accounts_to_join:
        if account not in existing:
            raise unknown_account(account, map(str, existing), cluster)


def _first(added: Sequence[Outcome]) -> str:
    """Return the first account that the user comes into."""
    joins = (o.change.key.account for o in added if o.error is None)
    return next(joins, "")


def _with_user(
    user: Outcome, default: str, added: Sequence[Outcome], member_of: Sequence[Row]
) -> list[Outcome]:
    """Return what becomes of the user, and the associations unless the user is refused.

    `default` is the default account that is asked for, if any; `member_of` has the user's
    associations that are there already.
    """
    accounts = [o.change.key.account for o in added]
    joins = {a for a, o in zip(accounts, added, strict=True) if o.error is None}
    if default and default not in joins | {row["Account"] for row in member_of}:
        refused = (o.error for a, o in zip(accounts, added, strict=True) if a == default)
        error = next(refused, None) or UsageError(
            f"user '{user.change.name}': its default account '{default}' is not one of its "
            "accounts",
            f"name it too: account=...,{default}",
        )
        user = Outcome(user.change, error)
    if user.error is not None:
        # Each association that was asked for has an outcome, too: it is not added.
        missed = (Outcome(o.change, o.error or user.error) for o in added if o.change.changes)
        return [user, *missed]
    comes = any(o.error is None and o.change.changes for o in added)
    if not (user.change.changes and comes):
        return list(added)
    # None of the new associations can bring a default account in which the user is already.
    marked = [row for row in member_of if row["Account"] == _default_after(user)]
    change = replace(user.change, companions=tuple(sorted(marked, key=association_key)))
    return [Outcome(change), *added]


def _default_after(user: Outcome) -> Value:
    return user.change.new["DefaultAccount"]


@dataclass(frozen=True, slots=True)
class UserModification:
    """Users and some of their associations, and what is assigned to them."""

    users: Sequence[Row]
    rows: Sequence[Row]
    assignments: Sequence[Assignment]


def check_renaming(statements: Iterable[Statement], known: Iterable[Row]) -> None:
    """Raise for a new name that is not alone, or that one of the `known` users has.

    slurmdbd would rename several users, and what else is set would be looked for under the name
    that they had.
    """
    taken = {row["User"] for row in known}
    for one in statements:
        new = {a.value for a in one.assignments if a.field.name == NEW_NAME.name}
        if new and (len(one.selection.names) != 1 or len(one.assignments) != 1):
            wrong = UsageError(
                "NewName= renames one user, and nothing else is set with it",
                "slurmctl-rest user modify NAME set NewName=OTHER",
            )
            raise one.located(wrong)
        if new & taken - {*one.selection.names}:
            error = f"user '{new.pop()}' already exists"
            raise one.located(Conflict(error, "choose a name that nobody has"))


def modify_users(
    choices: Sequence[UserModification], associations: Sequence[Row], cluster: str
) -> list[Outcome]:
    """Plan what concerns the users themselves, and what concerns their chosen associations.

    `associations` hold all rows of these users, and those that they inherit from.
    """
    users: dict[str, Row] = {}
    own: dict[str, list[Assignment]] = {}
    asked: list[Target] = []
    nowhere: dict[str, Outcome] = {}
    for choice in choices:
        of_user = [a for a in choice.assignments if a.field.record is SlurmRecord.OBJECT]
        of_rows = [a for a in choice.assignments if a.field.record is not SlurmRecord.OBJECT]
        with_rows = {row["User"] for row in choice.rows}
        for user in choice.users:
            name = association_key(user).user
            users[name] = user
            told = own.setdefault(name, [])
            told += [one for one in of_user if one not in told]
            if of_rows and name not in with_rows and not is_on(user, cluster):
                change = RowChange(USER, "modify", name, user, user)
                nowhere[name] = Outcome(change, not_here(USER, user, cluster))
        asked += [(row, of_rows) for row in choice.rows if of_rows]
    rows_of: dict[Value, list[Row]] = {}
    for row in associations:
        if is_on(row, cluster):
            rows_of.setdefault(row["User"], []).append(row)
    return [
        *(
            _modify(users[name], told, rows_of.get(name, ()), cluster)
            for name, told in own.items()
            if told
        ),
        *nowhere.values(),
        *(
            replace(o, change=replace(o.change, of_user=len(rows_of.get(_user(o), ()))))
            for o in modify(ASSOCIATION, asked, associations, cluster)
        ),
    ]


def _user(outcome: Outcome) -> Value:
    return outcome.change.old["User"]


def delete(
    users: Sequence[Row],
    associations: Sequence[Row],
    cluster: str,
    *,
    everywhere: bool = False,
) -> list[Outcome]:
    """Plan the removal of each user with all its associations on the cluster, or `everywhere`."""
    rows_of: dict[Value, list[Row]] = {}
    for row in associations:
        if everywhere or is_on(row, cluster):
            rows_of.setdefault(row["User"], []).append(row)
    plan = []
    for user in users:
        name = association_key(user).user
        error: SlurmctlError | None = None
        if user["Clusters"] and not everywhere:
            error = not_here(USER, user, cluster)
        if name == ROOT:
            error = Refused("user 'root' is never deleted", "slurmctld and slurmdbd run as root")
        plan.append(
            Outcome(RowChange(USER, "delete", name, user, None, everywhere=everywhere), error)
        )
        if error is None:
            plan += [implied(row, name, cluster) for row in rows_of.get(name, ())]
    return plan


def _add(
    name: str, own: Sequence[Assignment], row: Row | None, account: str, cluster: str
) -> Outcome:
    new = {f.name: f.kind.load(None) for f in USER.fields}
    before = {**new, **(row or {}), "User": name}
    error = None
    if row is not None:  # it exists: its level stays, and its default account where it has one
        # A user without an association on this cluster has
        # no default account here, and gets the one asked.
        asked = [a for a in own if a.field.name != "DefaultAccount" or row["DefaultAccount"]]
        error = check_as_asked(USER, row, asked, f"user modify {pasted(name)}")
    after = with_default_wckey(assigned(before, own))
    # slurmdbd takes the first account for a user who is added without a default one.
    after["DefaultAccount"] = before["DefaultAccount"] or account
    after["Cluster"] = cluster
    if row is None:
        return Outcome(RowChange(USER, "add", name, None, after))
    return Outcome(RowChange(USER, "modify", name, before, after), error)


def with_default_wckey(row: dict[str, Value]) -> dict[str, Value]:
    """Return a user with the default WCKey among the WCKeys, as Slurm makes one who is added."""
    if row.get(DEFAULT_WCKEY.name) is None:
        return row
    own = row.get(WCKEYS.name, WCKEYS.kind.load(None))
    default = (str(row[DEFAULT_WCKEY.name]),)
    return {**row, WCKEYS.name: WCKEYS.kind.merge(own, Operator.ADD, default)}


def _add_rows(
    asked: Sequence[Target],
    associations: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    there = {association_key(row): row for row in associations}
    outcomes = []
    for new, assignments in asked:
        if (row := there.get(association_key(new))) is not None:
            outcomes.append(existing(ASSOCIATION, row, assignments, new, _words(row)))
            continue
        after = assigned(new, assignments)
        outcomes.append(
            Outcome(RowChange(ASSOCIATION, "add", name_of(ASSOCIATION, new), None, after))
        )
    changes = [o.change for o in outcomes]
    final = effective_after(ASSOCIATION, changes, associations, cluster)
    here = (row for row in associations if is_on(row, cluster))
    told = with_inherited_qos(ASSOCIATION, changes, here)
    return [
        Outcome(change, o.error or (check_default_qos(change, final) if change.changes else None))
        for change, o in zip(told, outcomes, strict=True)
    ]


def _words(row: Row) -> str:
    partition = f" partition={pasted(row['Partition'])}" if row["Partition"] else ""
    return f"assoc modify account={pasted(row['Account'])} user={pasted(row['User'])}{partition}"


def _modify(user: Row, own: Sequence[Assignment], rows: Sequence[Row], cluster: str) -> Outcome:
    """Plan the user's own fields; `rows` are the user's associations on the cluster."""
    name = association_key(user).user
    after = assigned(user, own)
    after |= {USER.key.name: new} if (new := after.pop(NEW_NAME.name, None)) else {}
    account = after["DefaultAccount"]
    named = sorted((r for r in rows if r["Account"] == account), key=association_key)
    change = RowChange(USER, "modify", name, user, after, companions=tuple(named))
    error: SlurmctlError | None = None
    if "DefaultAccount" in change.fields and not named:
        error = NotFound(
            f"user '{name}' is not in account '{account}' on cluster '{cluster}'",
            f"slurmctl-rest user add {pasted(name)} account={pasted(account)}",
        )
    return Outcome(change, error or wckeys_taken(change) or _check_default_wckey(change, cluster))


def wckeys_taken(change: RowChange) -> Unsupported | None:
    """Refuse to take a WCKey from a user."""
    before, after = (names_of(row.get(WCKEYS.name)) for row in (change.old, change.new))
    if gone := sorted(before - after):
        return Unsupported(
            f"{subject([change])}: WCKeys are only added here, not taken away: {listed(gone)}",
            "WCKeys+=NAME adds; slurmctl-rest wckey delete takes away",
        )
    return None


def _check_default_wckey(change: RowChange, cluster: str) -> SlurmctlError | None:
    """Refuse a default WCKey that is none of the user's: slurmrestd would ignore it in silence."""
    after = names_of(change.new.get(WCKEYS.name))
    default = change.new.get(DEFAULT_WCKEY.name)
    if DEFAULT_WCKEY.name not in change.fields or default is None or default in after:
        return None
    return NotFound(
        f"{subject([change])} has no WCKey '{default}' on cluster '{cluster}'",
        f"add it too: set WCKeys+={default} DefaultWCKey={default}",
    )


def names_of(value: Value) -> set[str]:
    """Return the names in a value that is a set of them."""
    return set(value if isinstance(value, tuple) else ())
