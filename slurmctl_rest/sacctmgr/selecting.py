"""The conditions of sacctmgr's writes: their words, and the rows that they mean.

From how many letters on a word is known is the same on 24.11 and 26.05.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities.association import AssociationKey, association_key
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr.decided import CLI
from slurmctl_rest.sacctmgr.settings import Catalog
from slurmctl_rest.sacctmgr.words import Spelling, Word, meaning, names

RECORD, ROWS = 1, 2
"""What a condition is on: the record of an account or a user, or its associations."""

OF_ASSOCIATIONS = (
    Spelling("IDs", 1, "ID"),
    Spelling("Associations", 2, "ID"),
    Spelling("DefaultQOS", 8, "DefaultQOS"),
    Spelling("Partitions", 3, "Partition"),
    Spelling("Parent", 4, "Parent"),
    Spelling("QosLevel", 1, "QosLevel"),
)
ACCOUNT_CONDITIONS: Sequence[Spelling] = (
    Spelling("Names", 1, "Account"),
    Spelling("Accounts", 1, "Account"),
    Spelling("Acct", 1, "Account"),
    Spelling("Clusters", 1, "Cluster"),
    Spelling("Descriptions", 1, "Description"),
    Spelling("Flags", 2, "Flags"),
    Spelling("Format", 2, "Format"),
    Spelling("Organizations", 1, "Organization"),
    *OF_ASSOCIATIONS,
    Spelling("Users", 1, "User"),
)
USER_CONDITIONS: Sequence[Spelling] = (
    Spelling("Names", 1, "User"),
    Spelling("Users", 1, "User"),
    Spelling("Accounts", 2, "Account"),
    Spelling("Acct", 2, "Account"),
    Spelling("AdminLevel", 2, "AdminLevel"),
    Spelling("Clusters", 1, "Cluster"),
    Spelling("DefaultAccount", 8, "DefaultAccount"),
    Spelling("DefaultWCKey", 8, "DefaultWCKey"),
    Spelling("Format", 1, "Format"),
    Spelling("WCKeys", 1, "WCKey"),
    *OF_ASSOCIATIONS,
)
RECORD_OF_ACCOUNT = frozenset({"Account", "Description", "Organization", "Flags"})
RECORD_OF_USER = frozenset({"User", "AdminLevel", "Cluster", "DefaultAccount", "DefaultWCKey"})
"""Conditions that count as those of the record."""
WITHOUT_EFFECT = frozenset({"Format"})
NOT_OVER_REST = frozenset({"Flags", "ID", "WCKey", "DefaultWCKey"})
QOS_CONDITIONS = frozenset({"QosLevel", "DefaultQOS"})

SIGNS = "+-"
"""Of a QOS in a condition: sacctmgr takes them, and none fits one with a `-`."""

SWITCHES = (
    Spelling("WithAssoc", 5, ""),
    Spelling("WithCoordinators", 5, ""),
    Spelling("WithDeleted", 5, ""),
    Spelling("WithRawQOSLevel", 5, ""),
    Spelling("WOPInfo", 4, ""),
    Spelling("WOPLimits", 4, ""),
)
"""Words that mean something to lists alone."""


@dataclass(slots=True)
class Conditions:
    """Conditions of one command: field -> values; `bits`: RECORD and ROWS, as far as given."""

    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    bits: int = 0

    def of(self, name: str) -> tuple[str, ...]:
        """Return the values of one field."""
        return self.where.get(name, ())


def read_condition(
    one: Word, noun: str, conditions: Conditions, catalog: Catalog, *, old: bool
) -> list[str]:
    """Put a word into the conditions, and return sacctmgr's complaints about it."""
    known, of_record, key = TABLES[noun]
    if one.bare:
        if meaning(one.text.lower(), SWITCHES) is not None:
            return []
        found: str | None = key
    else:
        found = meaning(one.key, known)
        if found is None:
            return unknown_condition(one.text)
        if refused := one.refused_operator(old=old):
            return [refused]
    name = str(found)
    if name in WITHOUT_EFFECT:
        return []
    if name in NOT_OVER_REST:
        raise Unsupported(
            f"the condition {one.text} is not possible over REST",
            CLI,
        )
    values = names(one.value)
    if name in QOS_CONDITIONS:
        if wrong := _wrong_qos(values, conditions.of(name), catalog):
            return [wrong, *unknown_condition(one.text)]
        values = tuple(value.removeprefix("+") for value in values)
    conditions.where[name] = tuple(dict.fromkeys([*conditions.of(name), *values]))
    conditions.bits |= RECORD if name in of_record else ROWS
    return []


def _wrong_qos(values: Sequence[str], there: Sequence[str], catalog: Catalog) -> str:
    """Return what sacctmgr says to names of QOS in a condition, if it refuses them."""
    known = {*map(str.lower, catalog.qos), ""}
    for value in (value.lstrip(SIGNS) for value in values):
        if value not in known:
            valid = ",".join(catalog.qos)
            return f"sacctmgr: error: You gave a bad qos '{value}'. Valid QOS's are {valid}"
    if any(values) and {*values} <= {*there}:
        return "sacctmgr: error: You gave me an empty qos list"
    return ""


TABLES: Mapping[str, tuple[Sequence[Spelling], frozenset[str], str]] = {
    "account": (ACCOUNT_CONDITIONS, RECORD_OF_ACCOUNT, "Account"),
    "user": (USER_CONDITIONS, RECORD_OF_USER, "User"),
}
"""Noun -> its conditions, those on its record, and the field that a bare word is of."""


def needed(words: Iterable[Word], noun: str) -> set[str]:
    """Return `qos`, if a condition names QOS."""
    known = TABLES[noun][0]
    return {"qos"} if any(meaning(one.key, known) in QOS_CONDITIONS for one in words) else set()


def unknown_condition(text: str) -> list[str]:
    """Return what sacctmgr says to a condition that it does not know."""
    return [f" Unknown condition: {text}", " Use keyword 'set' to modify value"]


def matching(
    rows: Iterable[Row],
    where: Mapping[str, Sequence[str]],
    in_force: Mapping[AssociationKey, Row] | None = None,
) -> list[Row]:
    """Return the associations that meet all conditions on associations.

    `in_force` has the rows with what they inherit: a condition on QOS means these.
    """
    return [row for row in rows if _meets(row, where, in_force or {})]


def _meets(
    row: Row, where: Mapping[str, Sequence[str]], in_force: Mapping[AssociationKey, Row]
) -> bool:
    for name in ("Cluster", "Account", "User", "Partition", "Parent", "DefaultQOS"):
        if name in where and str(_own(row, name) or "").lower() not in where[name]:
            return False
    if "QosLevel" not in where:
        return True
    has = in_force.get(association_key(row), row)["QosLevel"]
    return bool(set(where["QosLevel"]) & set(has if isinstance(has, tuple) else ()))


def _own(row: Row, name: str) -> Value:
    # An association of a user has no parent of its own name.
    return None if name == "Parent" and row.get("User") is not None else row.get(name)
