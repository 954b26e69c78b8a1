"""The rows of a list: which records are meant, and which belong together. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from unicodedata import combining, normalize

from slurmctl_rest.errors import NEEDS_COMMANDS, Unsupported
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import (
    AssociationKey,
    association_key,
    is_account_level,
)
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.entities.tres import PLACEHOLDER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr.list_requests import ListRequest
from slurmctl_rest.sacctmgr.spellings import ASSOCIATION_CONDITIONS

NamesByCondition = Mapping[str, Sequence[str]]


def fitting_rows(
    rows: Iterable[Row], where: NamesByCondition, fields: Collection[str] | Mapping[str, str]
) -> list[Row]:
    """Return the rows that fit one name of each condition.

    fields  the conditions that count; or condition -> field, where that is another word

    slurmdbd compares as its database does: see `_plain`.
    """
    field_of = fields if isinstance(fields, Mapping) else {name: name for name in fields}
    wanted = [
        (field, {_plain(name) for name in where[condition]})
        for condition, field in field_of.items()
        if condition in where
    ]
    return [row for row in rows if all(_plain(row.get(field)) in names for field, names in wanted)]


def _plain(value: Value) -> str:
    """Return a text as databases compare it: without case, accents, and blanks at its end.

    >>> _plain("Zoë ")
    'zoe'
    """
    text = "" if value is None else str(value).rstrip(" ").lower()
    if text.isascii():
        return text
    return "".join(one for one in normalize("NFKD", text) if not combining(one))


CONDITION_NAMES = frozenset(meaning for _, _, meaning in ASSOCIATION_CONDITIONS)
"""The conditions on associations."""

PLACES = ("Account", "Cluster", "Partition", "User")


def matching(
    rows: Iterable[Row],
    where: NamesByCondition,
    in_force: Mapping[AssociationKey, Row] | None = None,
) -> list[Row]:
    """Return the associations that a write means by conditions on associations.

    `in_force` has the rows with what they inherit: a condition on QOS means these.
    """
    found = fitting_rows(rows, where, (*PLACES, "DefaultQOS"))
    if "Parent" in where:  # an association of a user has none of its own
        parents = {_plain(name) for name in where["Parent"]}
        above = ((row, row["Parent"] if is_account_level(row) else None) for row in found)
        found = [row for row, parent in above if _plain(parent) in parents]
    if "QosLevel" not in where:
        return found
    named = {name.removeprefix("+") for name in where["QosLevel"]}  # none fits one with a `-`
    ends = ((row, (in_force or {}).get(association_key(row), row)["QosLevel"]) for row in found)
    return [row for row, has in ends if isinstance(has, tuple) and named & {*has}]


def meant_associations(rows: Iterable[Row], wanted: ListRequest) -> list[Row]:
    """Return the associations that are meant; the accounts below them, too, if it says so."""
    of_accounts = "WithSubAccounts" not in wanted.switches
    places = [name for name in PLACES if of_accounts or name != "Account"]
    found = fitting_rows(rows, wanted.where, places)
    if "WOPInfo" in wanted.switches:  # slurmrestd names the parent all the same
        return [{**row, "Parent": None} for row in found]
    return found


ACCOUNT_FIELDS = ("Account", "Description", "Organization")


def meant_accounts(rows: Iterable[Row], wanted: ListRequest) -> list[Row]:
    """Return the accounts that are meant."""
    flags = [name for name in wanted.where.get("Flags", ()) if name and name != "deleted"]
    return [
        row
        for row in fitting_rows(rows, wanted.where, ACCOUNT_FIELDS)
        if all(_has_flag(row, flag) for flag in flags)
    ]


def _has_flag(row: Row, flag: str) -> bool:
    """Tell whether an account has a flag, of which the beginning is enough.

    24.11 takes a word that it does not know for any flag; 26.05 has refused it.
    """
    found = row.get("AccountFlags")
    words = [word.lower() for word in found] if isinstance(found, tuple) else []
    if "nousersarecoords".startswith(flag):
        return "usersarecoords" not in words
    return bool(words)


def with_associations(objects: Iterable[Row], found: Sequence[Row], name: str) -> Iterator[Row]:
    """Yield a row for each association, with all that its object tells.

    name  the field that names the object, in both

    An object without one that is meant has a row all the same.
    """
    own: dict[Value, list[Row]] = {}
    for row in found:
        own.setdefault(row[name], []).append(row)
    for one in objects:
        yield from ({**row, **one} for row in own.get(one[name], [{}]))


def with_shown_defaults(found: Iterable[Row]) -> Iterator[Row]:
    """Yield users' associations with the default account that sacctmgr shows in each.

    It is that of the cluster, if an association that is listed tells it; else the one before.
    """
    found = list(found)
    defaults: dict[tuple[Value, Value], Value] = {}
    shown: dict[Value, Value] = {}
    for row in found:
        if row["Default"]:
            defaults.setdefault((row["User"], row["Cluster"]), row["Account"])
            shown.setdefault(row["User"], row["Account"])
    for row in found:
        user = row["User"]
        shown[user] = defaults.get((user, row["Cluster"]), shown.get(user))
        yield {**row, "DefaultAccount": shown[user]}


def with_defaults(users: Iterable[Row], found: Iterable[Row]) -> list[Row]:
    """Return users with the account that is their default, by the first association that is one."""
    accounts = {row["User"]: row["Account"] for row in reversed([*found]) if row["Default"]}
    return [{**user, "DefaultAccount": accounts.get(user["User"])} for user in users]


def by_lineage(found: Iterable[Row]) -> list[Row]:
    """Return associations in the order of their list: by cluster and lineage, byte by byte."""
    return sorted(found, key=lambda row: (str(row["Cluster"]), str(row["Lineage"] or "")))


def with_default_wckeys(users: Iterable[Row], clusters: Sequence[str] | None) -> list[Row]:
    """Return users with their default WCKey, if they have it on one of the clusters (None: any)."""
    return [
        user if _has_default_wckey(user, clusters) else {**user, "DefaultWCKey": None}
        for user in users
    ]


def _has_default_wckey(user: Row, clusters: Sequence[str] | None) -> bool:
    found, default = user["WCKeysByCluster"], user["DefaultWCKey"]
    named = [one.partition("/") for one in found] if isinstance(found, tuple) else []
    return any(
        key == default and (clusters is None or cluster in clusters) for cluster, _, key in named
    )


def meant_users(rows: Iterable[Row], wanted: ListRequest) -> list[Row]:
    """Return the users that are meant, but for those that their defaults select."""
    return fitting_rows(rows, wanted.where, ("User", "AdminLevel"))


def meant_qos(rows: Iterable[Row], where: NamesByCondition) -> list[Row]:
    """Return the QOS that are meant: by number, or by name if they are named."""
    found = fitting_rows(rows, where, ("Name", "Description", "ID"))
    if modes := [mode for mode in where.get("PreemptMode", ()) if mode]:
        _refuse_untold_modes(modes, found)
        words = {"cluster" if mode == "off" else mode for mode in modes}
        found = [row for row in found if words & {*str(row["PreemptMode"]).split(",")}]
    if "Name" in where:
        found.sort(key=lambda row: _collated(str(row["Name"])))
    return found


def _refuse_untold_modes(modes: Sequence[str], rows: Sequence[Row]) -> None:
    """Raise Unsupported where slurmrestd does not tell whether one of the rows has a mode."""
    untold = {*modes} & {*PREEMPT_MODE.QUALIFIERS}
    if untold and not all(PREEMPT_MODE.is_sure(row["PreemptMode"]) for row in rows):
        raise Unsupported(
            f"slurmrestd does not tell PreemptMode={','.join(sorted(untold))}", NEEDS_COMMANDS
        )


def _collated(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts as databases do: signs before digits before letters."""
    return [(0 if not one.isalnum() else 1 if one.isdigit() else 2, one) for one in _plain(name)]


def meant_clusters(rows: Iterable[Row], roots: Iterable[Row], wanted: ListRequest) -> list[Row]:
    """Return the clusters that are meant, each with the association of its account root."""
    own = {row["Cluster"]: row for row in roots}
    if flags := wanted.where.get("Flags"):
        rows = [row for row in rows if _has_any(row, flags)]
    # What is no number is 0 to sacctmgr.
    versions = {int(one) if one.isdecimal() else 0 for one in wanted.where.get("RPC", ())}
    return [
        {**own.get(row["Cluster"], {}), **row}
        for row in fitting_rows(rows, wanted.where, ("Cluster",))
        if not versions or (row.get("RPC") or 0) in versions
    ]


def _has_any(row: Row, flags: Sequence[str]) -> bool:
    found = row.get("ClusterFlags")
    words = {word.lower() for word in found} if isinstance(found, tuple) else set()
    return not words.isdisjoint(flags)


def meant_tres(rows: Iterable[Row], wanted: ListRequest) -> list[Row]:
    """Return the TRES that are meant: by type, or by `type/name`."""
    types = wanted.where.get("Type", ())
    return [
        row
        for row in fitting_rows(rows, wanted.where, ("Name", "ID"))
        if (not types or _plain(row["Type"]) in types or _spelled(row) in types)
        and (row["Type"] != PLACEHOLDER or "WithDeleted" in wanted.switches)
    ]


def _spelled(row: Row) -> str:
    return f"{_plain(row['Type'])}/{_plain(row['Name'])}"


def meant_wckeys(rows: Iterable[Row], wanted: ListRequest) -> list[Row]:
    """Return the WCKeys that are meant, by cluster as they are named."""
    found = fitting_rows(rows, wanted.where, ("WCKey", "Cluster", "User", "ID"))
    clusters = [name.rstrip(" ") for name in wanted.where.get("Cluster", ())]
    if clusters:
        found.sort(key=lambda row: clusters.index(_plain(row["Cluster"])))
    return found


def with_parent_numbers(rows: Iterable[Row], own: Iterable[Row]) -> Iterator[Row]:
    """Yield associations with the numbers of those above them; `own`: accounts' own rows."""
    numbers = {(row["Cluster"], row["Account"]): row["ID"] for row in own}
    for row in rows:
        above = row["Account"] if row["User"] else _parent(str(row["Lineage"] or ""))
        yield {**row, "ParentID": str(numbers.get((row["Cluster"], above)) or 0)}


def _parent(lineage: str) -> str:
    """Return the account above one, by its lineage: /science/chem/ -> science."""
    steps = lineage.strip("/").split("/")
    if len(steps) > 1:
        return steps[-2]
    return ROOT if steps[0] else ""


def with_qos_numbers(rows: Iterable[Row], numbers: Mapping[str, str]) -> Iterator[Row]:
    """Yield associations with the numbers of their QOS, sorted as texts; `numbers`: by name."""
    for row in rows:
        names = row["QosLevel"]
        found = [numbers.get(name, "") for name in names] if isinstance(names, tuple) else []
        yield {**row, "QOS_RAW": ",".join(sorted(found))}


def as_tree(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield associations with their accounts moved in: a blank for each account above it.

    Only those count that are listed, one directly above the other.
    """
    cluster, depths = None, dict[Value, int]()
    for row in rows:
        if row["Cluster"] != cluster:
            cluster, depths = row["Cluster"], {}
        above = row["Account"] if row["User"] else row["Parent"]
        depth = depths[above] + 1 if above in depths else 0
        if not row["User"]:
            depths[row["Account"]] = depth
        yield {**row, "Account": f"{' ' * depth}{row['Account']}"}
