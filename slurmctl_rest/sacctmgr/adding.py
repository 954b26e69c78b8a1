"""`add` of accounts and users, planned from what is there; pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from itertools import product

from slurmctl_rest.model.change import RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.account import ROOT, texts_of_new_account
from slurmctl_rest.model.entities.association import (
    AssociationKey,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.fields import Row, SlurmRecord
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr.associations import association_line
from slurmctl_rest.sacctmgr.naming import check_new_name
from slurmctl_rest.sacctmgr.plan import DEFAULT_QOS, DENIED_ACCOUNTS, WritePlan, denied_users
from slurmctl_rest.sacctmgr.reply import FAILED, LineRefused, as_lines, bullet_list
from slurmctl_rest.sacctmgr.settings import applied, setting_lines
from slurmctl_rest.sacctmgr.write_requests import WriteRequest

NO_ACCOUNT_NAME = " Need name of account to add."
NO_USER_NAME = " Need name of user to add."
NO_ACCOUNT_OF_USER = " Need name of account or wckey to add."


def add_accounts(
    request: WriteRequest,
    clusters: Sequence[str],
    known: Sequence[str],
    records: Mapping[str, Row],
    rows: Sequence[Row],
) -> WritePlan:
    """Plan accounts, on each of the clusters.

    `known` are all clusters that there are, `records` the accounts of these names, and `rows` the
    own rows of all accounts.
    """
    parent = str(request.settings.asked.get("Parent", ROOT))
    there = {association_key(row) for row in rows if is_account_level(row)}
    _check_places(clusters, known, parent, there)
    names = request.of("Account")
    said: list[str] = []
    changes: dict[str, list[RowChange]] = {}
    for cluster in clusters:
        for name in names:
            if AssociationKey(cluster, name) in there:
                said.append(f"Already existing account {name} on cluster {cluster}")
                continue
            check_new_name(ACCOUNT.noun, name)
            change = _account(name, cluster, parent, records.get(name), request)
            changes.setdefault(cluster, []).append(change)
            said.append(f"  {association_line(_place(cluster, name))}")
    if not changes:
        return WritePlan(" " + as_lines(*said), code=FAILED)
    new = [name for name in names if name not in records]
    blocks = ""
    if new:
        record = request.record
        blocks += bullet_list("Adding Account(s)", new) + as_lines(
            " Settings",
            f"  Description     = {record.get('Description', 'Account Name')}",
            f"  Organization    = {record.get('Organization', 'Parent/Account Name')}",
        )
    blocks += _associations(said)
    if request.sets:
        blocks += as_lines(" Settings", *setting_lines(request.settings))
    return WritePlan(blocks, changes, denied=DENIED_ACCOUNTS)


def _check_places(
    clusters: Sequence[str], known: Sequence[str], parent: str, there: Container[AssociationKey]
) -> None:
    for cluster in clusters:
        if cluster not in known:
            said = f" error: Cluster '{cluster}' has not been added yet, please contact your admin "
            raise LineRefused(as_lines(f"{said}before adding accounts to it"))
    for cluster in clusters:
        if AssociationKey(cluster, parent) not in there:
            raise LineRefused(
                as_lines(f" error: No parent account '{parent}' on cluster '{cluster}'")
            )


def _place(cluster: str, account: str, user: Value = None, partition: Value = None) -> Row:
    return {
        "Cluster": cluster,
        "Account": account,
        "User": user,
        "Partition": partition,
        "Parent": None,
    }


def _associations(said: Sequence[str]) -> str:
    """Return the block; its title is missing where the first line is none of an association."""
    return as_lines(*([" Associations ="] if said[0].startswith("  ") else []), *said)


def _account(
    name: str, cluster: str, parent: str, record: Row | None, request: WriteRequest
) -> RowChange:
    after: dict[str, Value] = {f.name: f.kind.load(None) for f in ACCOUNT.fields}
    after |= texts_of_new_account(name, parent)
    if record is None:
        after |= {**request.record, **request.flags}
    else:  # it is known already: its texts stay
        after |= {f.name: record[f.name] for f in ACCOUNT.fields if f.record is SlurmRecord.OBJECT}
    after |= {"Account": name, "Cluster": cluster, "Parent": parent, "Fairshare": 1}
    return RowChange(ACCOUNT, "add", name, None, applied(after, request.settings))


def add_users(
    request: WriteRequest,
    clusters: Sequence[str],
    known: Mapping[str, Row],
    rows: Sequence[Row],
    *,
    old: bool,
) -> WritePlan:
    """Plan users with an association in each account, on each cluster, for each partition.

    `known` are those of the users who exist; `rows` their associations, and those of all accounts.
    """
    new, said = _joining(request, clusters, {association_key(row) for row in rows})
    if not new:
        first = said or ["Request didn't affect anything"]
        return WritePlan(as_lines(*first, *NOTHING_ADDED), code=FAILED)
    if _lacks_default_qos(new, rows):
        also = "" if old else f" ({DEFAULT_QOS})"
        said_of_it = f" error: Problem adding user associations: {DEFAULT_QOS}{also}"
        return WritePlan("", failed=as_lines(said_of_it), code=FAILED)
    strangers = [name for name in request.of("User") if name not in known]
    blocks = ""
    if strangers:
        blocks += bullet_list("Adding User(s)", strangers) + as_lines(
            " Settings",
            *(f"  {title} = {text}" for title, text in _of_users(request)),
        )
    blocks += _associations(said)
    if request.settings.asked:
        blocks += as_lines(" Non Default Settings", *setting_lines(request.settings))
    changes = _changes(request, known, rows, new)
    return WritePlan(blocks, changes, denied=denied_users(old=old))


def _joining(
    request: WriteRequest, clusters: Sequence[str], there: Container[AssociationKey]
) -> tuple[dict[AssociationKey, Row], list[str]]:
    """Return the associations that are new, and what is said of them and of accounts missing."""
    partitions: Sequence[Value] = request.of("Partition") or (None,)
    said: list[str] = []
    new: dict[AssociationKey, Row] = {}
    for cluster, account in product(clusters, request.of("Account")):
        if AssociationKey(cluster, account) not in there:
            said.append(f"No account {account} on cluster {cluster}, skipping.")
            continue
        for name, partition in product(request.of("User"), partitions):
            row = _row(cluster, account, name, partition, request)
            key = association_key(row)
            if key not in there and key not in new:
                check_new_name(USER.noun, name)
                new[key] = row
                said.append(f"  {association_line(row)}")
    return new, said


NOTHING_ADDED = (
    "Nothing added.",
    "Make sure the accounts requested here have been added to the system/cluster. "
    "(sacctmgr add account...)",
)


def _of_users(request: WriteRequest) -> list[tuple[str, str]]:
    default, level = request.record.get("DefaultAccount"), request.record.get("AdminLevel")
    found = [] if default is None else [("Default Account", default)]
    return found + ([("Admin Level    ", level)] if level else [])


def _row(cluster: str, account: str, user: str, partition: Value, request: WriteRequest) -> Row:
    unset = {f.name: f.kind.load(None) for f in ASSOCIATION.fields}
    place = _place(cluster, account, user, partition or None)
    return applied({**unset, **place, "Fairshare": 1}, request.settings)


def _lacks_default_qos(new: Mapping[AssociationKey, Row], rows: Sequence[Row]) -> bool:
    final = effective(ASSOCIATION, [*rows, *new.values()])
    found = (final[key].row for key in new)
    return any(
        row["DefaultQOS"] is not None
        and isinstance(row["QosLevel"], tuple)
        and row["DefaultQOS"] not in row["QosLevel"]
        for row in found
    )


def _changes(
    request: WriteRequest,
    known: Mapping[str, Row],
    rows: Sequence[Row],
    new: Mapping[AssociationKey, Row],
) -> dict[str, list[RowChange]]:
    """Return the changes by cluster: of each user the record first, then the associations."""
    wanted = request.record.get("DefaultAccount")
    made: set[str] = set()
    changes: dict[str, list[RowChange]] = {}
    for cluster in dict.fromkeys(key.cluster for key in new):
        here = [row for key, row in new.items() if key.cluster == cluster]
        for name in dict.fromkeys(str(row["User"]) for row in here):
            joined = [row for row in here if row["User"] == name]
            mine = [r for r in rows if r["User"] == name and r["Cluster"] == cluster]
            default = next((row["Account"] for row in mine if row["Default"]), None)
            accounts_joined = [row["Account"] for row in joined]
            chosen = wanted if wanted in accounts_joined else default or accounts_joined[0]
            record = known.get(name)
            # sacctmgr marks the first of them alone, as the default account was named with them.
            marked = [row for row in joined if row["Account"] == chosen][:1]
            change = _user(name, cluster, record, default, chosen, marked)
            # Where it is named, the first one gets the mark beside those that have it already.
            change = replace(change, marks=default == chosen == wanted)
            if record is None and name not in made:
                made.add(name)
                level = request.record.get("AdminLevel") or "None"
                after = {**change.new, "AdminLevel": level}
                change = RowChange(USER, "add", name, None, after)
            changes.setdefault(cluster, []).extend([change] if change.needs_write else [])
        changes[cluster] += [
            RowChange(ASSOCIATION, "add", name_of(ASSOCIATION, row), None, row) for row in here
        ]
    return changes


def _user(
    name: str,
    cluster: str,
    record: Row | None,
    default: Value,
    chosen: Value,
    marked: Sequence[Row],
) -> RowChange:
    unset = {f.name: f.kind.load(None) for f in USER.fields}
    before = (
        unset
        | dict(record or {})
        | {
            "User": name,
            "Cluster": cluster,
            "DefaultAccount": default,
        }
    )
    after = {**before, "DefaultAccount": chosen}
    companions = tuple(sorted(marked, key=association_key)) if default else ()
    return RowChange(USER, "modify", name, before, after, companions=companions)
