"""`modify` of accounts and users, planned from the rows that were read; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import (
    AssociationKey,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr import plan as plans
from slurmctl_rest.sacctmgr.associations import Tree, with_heirs, without_default_qos
from slurmctl_rest.sacctmgr.conditions import ABOUT_RECORD, ABOUT_ROWS, refuse_no_user
from slurmctl_rest.sacctmgr.list_rows import ACCOUNT_FIELDS, fitting_rows
from slurmctl_rest.sacctmgr.plan import DEFAULT_ACCOUNT, WHERE_PROBLEM, WritePlan
from slurmctl_rest.sacctmgr.reply import FAILED, as_lines, bullet_list
from slurmctl_rest.sacctmgr.settings import Settings, applied
from slurmctl_rest.sacctmgr.write_requests import WriteRequest

MODIFIED_ACCOUNTS, MODIFIED_USERS = "Modified accounts...", "Modified users..."
ROWS_OF = {
    "account": "Modified account associations...",
    "user": "Modified user associations...",
}


def modify_account_records(
    request: WriteRequest, records: Iterable[Row], cluster: str, *, old: bool
) -> WritePlan:
    """Plan what concerns the accounts themselves; `records` are those that may be meant."""
    if request.conditions.about == ABOUT_ROWS:
        return WHERE_PROBLEM
    title, wanted = f" {MODIFIED_ACCOUNTS}", {**request.record, **request.flags}
    if not wanted:  # flags that are none
        slurmdbd = plans.UNAFFECTED if old else ""
        return plans.failed_request(title, slurmdbd, plans.NOTHING_NEW, old=old)
    chosen = accounts_meant(records, request)
    if not chosen:
        return plans.nothing_modified(title, old=old, of_record=True)
    changes = [
        RowChange(ACCOUNT, "modify", str(row["Account"]), row, {**row, **wanted})
        for row in sorted(chosen, key=lambda row: str(row["Account"]))
    ]
    names = [change.name for change in changes]
    before = "" if old else as_lines(title)
    return WritePlan(
        bullet_list(MODIFIED_ACCOUNTS, names), {cluster: _needed(changes)}, before=before
    )


def accounts_meant(records: Iterable[Row], request: WriteRequest) -> list[Row]:
    """Return the accounts that meet the conditions on accounts themselves."""
    return fitting_rows(records, request.conditions.where, ACCOUNT_FIELDS)


def _needed(changes: Iterable[RowChange]) -> list[RowChange]:
    return [change for change in changes if change.needs_write]


def modify_user_records(
    request: WriteRequest,
    records: Iterable[Row],
    rows: Sequence[Row],
    clusters: Sequence[str],
    *,
    old: bool,
) -> WritePlan:
    """Plan what concerns the users themselves; `rows` are associations that may be theirs.

    `clusters` are those that are meant; the first is the one that a level is told to.
    """
    conditions, record = request.conditions, request.record
    if conditions.about == ABOUT_ROWS:
        return WHERE_PROBLEM
    title = f" {MODIFIED_USERS}"
    named = {"User", "AdminLevel", "DefaultAccount"} & set(conditions.where)
    chosen = [row for row in records if user_meets(row, rows, request)]
    if not any(record.values()) and record.get("DefaultAccount") != "":
        return plans.nothing_modified(title, old=old)
    if not chosen or not (named or conditions.about & ABOUT_ROWS):
        return plans.nothing_modified(title, old=old, of_record=bool(named))
    account = record.get("DefaultAccount")
    if account == "":
        return plans.failed_request(title, DEFAULT_ACCOUNT, DEFAULT_ACCOUNT, old=old)
    names = sorted(str(row["User"]) for row in chosen)
    places = [(name, cluster) for name in names for cluster in clusters]
    if account is not None and (absent := _not_in(account, places, rows)):
        return WritePlan(absent if old else as_lines(title) + absent, code=FAILED)
    changes: dict[str, list[RowChange]] = {}
    # Those whom sacctmgr finds by their associations alone it names, and does not change.
    if conditions.where.keys() & {"User", "AdminLevel"}:
        changes = _changes_of_users(request, chosen, places, rows)
    before = "" if old else as_lines(title)
    return WritePlan(bullet_list(MODIFIED_USERS, names), changes, before=before)


def _not_in(account: str, places: Iterable[tuple[str, str]], rows: Iterable[Row]) -> str:
    """Return what is said of the users, on clusters, who are not in an account; or nothing."""
    members = {(row["User"], row["Cluster"]) for row in rows if row["Account"] == account}
    absent = [place for place in places if place not in members]
    if not absent:
        return ""
    return as_lines(
        " Can't modify because these users aren't associated with new default account "
        f"'{account}'...",
        *(f"  U = {name} C = {cluster}" for name, cluster in absent),
    )


def _changes_of_users(
    request: WriteRequest,
    chosen: Iterable[Row],
    places: Iterable[tuple[str, str]],
    rows: Sequence[Row],
) -> dict[str, list[RowChange]]:
    """Return the changes by cluster; of each user the level is told on the first one alone."""
    account, level = request.record.get("DefaultAccount"), request.record.get("AdminLevel")
    levels = {str(row["User"]): row["AdminLevel"] for row in chosen}
    told: set[str] = set()
    changes: dict[str, list[RowChange]] = {}
    for name, cluster in places:
        if name in told and account is None:
            continue
        now = level if name not in told else None
        change = _user(name, cluster, rows, account, levels[name], now)
        told.add(name)
        changes.setdefault(cluster, []).extend(_needed([change]))
    return changes


def user_meets(row: Row, rows: Iterable[Row], request: WriteRequest) -> bool:
    """Tell whether a user is meant; `rows` are associations, the user's own among them."""
    where = request.conditions.where
    if "User" in where and row["User"] not in where["User"]:
        return False
    if "AdminLevel" in where and row["AdminLevel"] not in where["AdminLevel"]:
        return False
    if where.keys() & {"User", "AdminLevel"}:
        return True  # sacctmgr then forgets all other conditions
    own = [one for one in rows if one["User"] == row["User"]]
    if "DefaultAccount" in where:
        return any(one["Default"] and one["Account"] in where["DefaultAccount"] for one in own)
    return any(one["Account"] in where.get("Account", ()) for one in own)


def _user(
    name: str,
    cluster: str,
    rows: Iterable[Row],
    account: str | None,
    level: Value,
    new_level: str | None,
) -> RowChange:
    own = [row for row in rows if row["User"] == name and row["Cluster"] == cluster]
    default = next((row["Account"] for row in own if row["Default"]), None)
    unset = {f.name: f.kind.load(None) for f in USER.fields}
    before = unset | {
        "User": name,
        "Cluster": cluster,
        "DefaultAccount": default,
        "AdminLevel": level,
    }
    after = before | {
        "DefaultAccount": default if account is None else account,
        "AdminLevel": new_level or level,
    }
    marked = sorted((row for row in own if row["Account"] == account), key=association_key)
    marks = account == default and not all(row["Default"] for row in marked)
    return RowChange(USER, "modify", name, before, after, companions=tuple(marked), marks=marks)


def modify_associations(
    noun: str, request: WriteRequest, chosen: Sequence[Row], tree: Tree, *, old: bool
) -> WritePlan:
    """Plan what concerns associations: those chosen, of a tree with all that is below them."""
    conditions = request.conditions
    key = "Account" if noun == "account" else "User"
    if conditions.about == ABOUT_RECORD and not conditions.of(key):
        return WHERE_PROBLEM
    if key == "User":
        refuse_no_user(conditions.of(key))
    title, settings = f" {ROWS_OF[noun]}", request.settings
    rows = [row for row in tree.in_order(chosen) if not _stays(row, settings, old=old)]
    if not rows or not settings.asked:  # 4294967294 alone is no value, and sets nothing
        return plans.nothing_modified(title, old=old)
    _refuse_nested(rows, settings, tree)
    listed: list[str] = []
    changed: dict[AssociationKey, Row] = {}
    changes: dict[str, list[RowChange]] = {}
    left: set[str] = set()
    for row in rows:
        cluster, new_parent = str(row["Cluster"]), _new_parent(row, settings)
        if cluster in left:
            continue
        if obstacle := _obstacle(row, new_parent, tree, old=old):
            listed.append(obstacle)
            left.add(cluster)  # slurmdbd looks at nothing more on it
            if cluster in changes:
                raise Unsupported(
                    f"{obstacle} The other accounts are not modified then.", ONE_BY_ONE
                )
            continue
        after = applied(row, settings)
        if new_parent is None or not _may_move(row, new_parent, tree):
            after["Parent"] = row["Parent"]
        listed += with_heirs(row, tree, settings, moved=_is_moved(row, new_parent), old=old)
        changed[association_key(row)] = after
        change = RowChange(ASSOCIATION, "modify", name_of(ASSOCIATION, row), row, after)
        changes.setdefault(cluster, []).extend(_needed([change]))
    if who := without_default_qos(changed, tree, settings):
        return plans.denied_default_qos(title, who, old=old)
    blocks = as_lines(title, *(f"  {one}" for one in listed))
    before = "" if old else as_lines(title)
    return WritePlan(blocks, changes, before=before)


ONE_BY_ONE = "modify them one by one"


def _refuse_nested(rows: Sequence[Row], settings: Settings, tree: Tree) -> None:
    """Raise Unsupported for accounts that move, and so does one above them: Slurm loses track."""
    moved = [row for row in rows if _is_moved(row, _new_parent(row, settings))]
    places = {(row["Cluster"], row["Account"]) for row in moved}
    for row in moved:
        above = (one for one in tree.path(row)[:-1] if (row["Cluster"], one) in places)
        if (higher := next(above, None)) is not None:
            raise Unsupported(
                f"account {row['Account']} is below {higher}: not both get another parent at once",
                ONE_BY_ONE,
            )


def _stays(row: Row, settings: Settings, *, old: bool) -> bool:
    """Tell whether all that is set is the parent that an account has already.

    sacctmgr then leaves all other fields as they are, too; we do not. It takes root for its own
    parent, and 24.11 any account.
    """
    parent = settings.asked.get("Parent")
    is_own = parent == row["Account"] and (old or parent == ROOT)
    same = parent == row["Parent"] or is_own
    return is_account_level(row) and same and settings.asked.keys() == {"Parent"}


def _new_parent(row: Row, settings: Settings) -> str | None:
    """Return the parent that an account is to get; None: it has it already, or none is set."""
    parent = settings.asked.get("Parent")
    if parent is None or not is_account_level(row) or parent == row["Parent"]:
        return None
    return str(parent)


def _is_moved(row: Row, parent: str | None) -> bool:
    return parent is not None and row["Account"] != ROOT


def _may_move(row: Row, parent: str, tree: Tree) -> bool:
    return row["Account"] != ROOT and AssociationKey(str(row["Cluster"]), parent) in tree.rows


def _obstacle(row: Row, parent: str | None, tree: Tree, *, old: bool) -> str:
    """Return what is said where an account cannot be moved; nothing is modified there then."""
    account = str(row["Account"])
    if parent is None or (account == ROOT and not old):
        return ""
    there = tree.rows.get(AssociationKey(str(row["Cluster"]), parent))
    inside = there is not None and account in tree.path(there)
    if old and (inside or account == ROOT):
        raise Unsupported(
            f"account {account} cannot get the parent {parent}: Slurm 24.11 would break the tree "
            "of accounts",
            "move the accounts in between first",
        )
    if old or (there is not None and not inside):
        return ""
    return _wrong_parent(row, parent, inside=inside)


def _wrong_parent(row: Row, parent: str, *, inside: bool) -> str:
    cluster = row["Cluster"]
    if not inside:
        return f"Parent account {parent} doesn't exist on cluster {cluster}"
    return (
        f"Requested parent account {parent} is a child of {row['Account']} on cluster {cluster}. "
        f"Please re-parent {parent} before using it as a parent."
    )
