"""The rows of a list: which records are meant, and which belong together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.entities.tres import PLACEHOLDER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr import conditions
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS
from slurmctl_rest.sacctmgr.lists import Asked

Conditions = Mapping[str, Sequence[str]]


def fits_conditions(row: Row, where: Conditions, fields: Mapping[str, str]) -> bool:
    """Tell whether a row fits one name of each condition.

    `fields`: condition -> field. slurmdbd compares without regard to case, and to blanks at the
    end.
    """
    return all(
        _plain(row.get(field)) in {_plain(name) for name in where[condition]}
        for condition, field in fields.items()
        if condition in where
    )


def _plain(value: Value) -> str:
    return "" if value is None else str(value).rstrip(" ").lower()


CONDITION_NAMES = frozenset(meaning for _, _, meaning in conditions.ASSOCIATION_CONDITIONS)
"""The conditions on associations."""

PLACES = {"Account": "Account", "Cluster": "Cluster", "Partition": "Partition", "User": "User"}


def meant_associations(rows: Iterable[Row], wanted: Asked) -> list[Row]:
    """Return the associations that are meant; the accounts below them, too, if it says so."""
    fields = dict(PLACES)
    if "WithSubAccounts" in wanted.switches:
        del fields["Account"]
    found = [row for row in rows if fits_conditions(row, wanted.where, fields)]
    if "WOPInfo" in wanted.switches:  # slurmrestd names the parent all the same
        return [{**row, "Parent": None} for row in found]
    return found


def meant_accounts(rows: Iterable[Row], wanted: Asked) -> list[Row]:
    """Return the accounts that are meant."""
    fields = {"Account": "Account", "Description": "Description", "Organization": "Organization"}
    flags = [name for name in wanted.where.get("Flags", ()) if name and name != "deleted"]
    return [
        row
        for row in rows
        if fits_conditions(row, wanted.where, fields)
        and all(_has_flag(row, flag) for flag in flags)
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


LEVEL_OF_LETTER = {"n": "None", "o": "Operator", "a": "Administrator", "s": "Administrator"}
"""The first letter of AdminLevel= -> the level; any other means all."""


def meant_users(rows: Iterable[Row], wanted: Asked) -> list[Row]:
    """Return the users that are meant, but for those that their defaults select."""
    level = LEVEL_OF_LETTER.get(wanted.where.get("AdminLevel", ("",))[0][:1])
    return [
        row
        for row in rows
        if fits_conditions(row, wanted.where, {"User": "User"})
        and level in {None, row.get("AdminLevel")}
    ]


def meant_qos(rows: Iterable[Row], wanted: Asked) -> list[Row]:
    """Return the QOS that are meant: by number, or by name if they are named."""
    fields = {"Name": "Name", "Description": "Description", "ID": "ID"}
    found = [row for row in rows if fits_conditions(row, wanted.where, fields)]
    if modes := [mode for mode in wanted.where.get("PreemptMode", ()) if mode]:
        found = refusing_untold_modes(modes, found)
        words = {"cluster" if mode == "off" else mode for mode in modes}
        found = [row for row in found if words & {*str(row["PreemptMode"]).split(",")}]
    if "Name" in wanted.where:
        found.sort(key=lambda row: _collated(str(row["Name"])))
    return found


def refusing_untold_modes(modes: Iterable[str], rows: Sequence[Row]) -> list[Row]:
    """Return the rows; Unsupported where slurmrestd does not tell whether one has a mode."""
    untold = {*modes} & {*PREEMPT_MODE.QUALIFIERS}
    if untold and not all(PREEMPT_MODE.is_sure(row["PreemptMode"]) for row in rows):
        raise Unsupported(
            f"slurmrestd does not tell PreemptMode={','.join(sorted(untold))}", NEEDS_COMMANDS
        )
    return [*rows]


def _collated(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts as databases do: signs before digits before letters."""
    return [(0 if not one.isalnum() else 1 if one.isdigit() else 2, one) for one in name.lower()]


def meant_clusters(rows: Iterable[Row], roots: Iterable[Row], wanted: Asked) -> list[Row]:
    """Return the clusters that are meant, each with the association of its account root."""
    own = {row["Cluster"]: row for row in roots}
    if flags := wanted.where.get("Flags"):
        rows = [row for row in rows if _has_any(row, flags)]
    # What is no number is 0 to sacctmgr.
    versions = {int(one) if one.isdecimal() else 0 for one in wanted.where.get("RPC", ())}
    return [
        {**own.get(row["Cluster"], {}), **row}
        for row in rows
        if fits_conditions(row, wanted.where, {"Cluster": "Cluster"})
        and (not versions or (row.get("RPC") or 0) in versions)
    ]


def _has_any(row: Row, flags: Sequence[str]) -> bool:
    found = row.get("ClusterFlags")
    words = {word.lower() for word in found} if isinstance(found, tuple) else set()
    return not words.isdisjoint(flags)


def meant_tres(rows: Iterable[Row], wanted: Asked) -> list[Row]:
    """Return the TRES that are meant: by type, or by `type/name`."""
    types = wanted.where.get("Type", ())
    return [
        row
        for row in rows
        if fits_conditions(row, wanted.where, {"Name": "Name", "ID": "ID"})
        and (not types or _plain(row["Type"]) in types or _spelled(row) in types)
        and (row["Type"] != PLACEHOLDER or "WithDeleted" in wanted.switches)
    ]


def _spelled(row: Row) -> str:
    return f"{_plain(row['Type'])}/{_plain(row['Name'])}"


def meant_wckeys(rows: Iterable[Row], wanted: Asked) -> list[Row]:
    """Return the WCKeys that are meant, by cluster as they are named."""
    fields = {name: name for name in ("WCKey", "Cluster", "User", "ID")}
    found = [row for row in rows if fits_conditions(row, wanted.where, fields)]
    clusters = [name.rstrip(" ") for name in wanted.where.get("Cluster", ())]
    if clusters:
        found.sort(key=lambda row: clusters.index(_plain(row["Cluster"])))
    return found


def with_parent_ids(rows: Iterable[Row], own: Iterable[Row]) -> Iterator[Row]:
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


def with_raw_qos(rows: Iterable[Row], numbers: Mapping[str, str]) -> Iterator[Row]:
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
