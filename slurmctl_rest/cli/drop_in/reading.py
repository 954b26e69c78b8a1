"""What is read over REST for the lists of the voice `sacctmgr`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from slurmctl_rest.backends.rest.listing import Lister
from slurmctl_rest.cli.drop_in.facts import LiveFacts
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import LINEAGE, QOS_FIELDS
from slurmctl_rest.model.fields import Entity, Field, Row, SlurmRecord
from slurmctl_rest.sacctmgr import list_fields, list_rows
from slurmctl_rest.sacctmgr.list_requests import ListRequest
from slurmctl_rest.sacctmgr.reply import LineRefused, as_lines


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read for one list.

    lister   reads records in slurmdbd's order
    fields   those that its columns are made of
    headers  those of its columns
    sends    further switches for the records of accounts and users
    """

    lister: Lister
    facts: LiveFacts
    wanted: ListRequest
    fields: Sequence[Field]
    headers: frozenset[str]
    sends: frozenset[str] = frozenset()

    @property
    def conditions(self) -> dict[str, Sequence[str]]:
        """Return the conditions on associations as slurmrestd takes them: QOS by their numbers."""
        return {
            name: self._numbers(values) if name in QOS_FIELDS else values
            for name, values in self.wanted.where.items()
            if name in list_rows.CONDITION_NAMES
        }

    @property
    def clusters(self) -> Sequence[str] | None:
        """Return the clusters that are meant; None: all."""
        here = None if self.wanted.with_associations else (self.facts.backend.cluster(),)
        return self.wanted.where.get("Cluster", here)

    def _numbers(self, names: Sequence[str]) -> list[str]:
        # What has not a QOS is asked for nowhere: with a `-` none is found.
        meant = (name.removeprefix("+") for name in names if name and not name.startswith("-"))
        return [self.facts.qos()[name] for name in meant]

    def objects(self, entity: Entity, more: Sequence[Field] = ()) -> list[Row]:
        """Return the records of a noun with the fields of its columns, and `more`."""
        needed = {f.name: f for f in (*more, *self.fields) if f.record is SlurmRecord.OBJECT}
        switches = {*self.wanted.switches} & {"WithCoordinators", "WithDeleted"} | self.sends
        if list_fields.USER_DEFAULT_WCKEY in needed.values():
            switches |= {"WithWCKeys"}
        named = self.wanted.where.get(entity.key.name, ()) if entity.is_named else ()
        return self.lister.records(entity, list(needed.values()), named, switches)

    def own(self, more: Sequence[Field] = (), *switches: str) -> list[Row]:
        """Return the associations that are meant, with the fields of their columns, and `more`."""
        conditions = self.conditions
        if _meets_none(conditions):
            return []
        needed = {f.name: f for f in (*more, *self.fields) if f.record is SlurmRecord.ASSOCIATION}
        found = self.lister.associations(
            conditions, self.wanted.switches | {*switches}, list(needed.values())
        )
        return self.completed(list_rows.meant_associations(found, self.wanted))

    def completed(self, found: list[Row]) -> list[Row]:
        """Add what other records tell, where a column shows it."""
        if "ParentID" in self.headers and found:
            number = [list_fields.NUMBER_OF_ASSOCIATION]
            of_accounts = self.lister.associations({"User": ("",)}, {"WithDeleted"}, number)
            found = list(list_rows.with_parent_numbers(found, of_accounts))
        if "QOS_RAW" in self.headers and found:
            found = list(list_rows.with_qos_numbers(found, self.facts.qos()))
        return found


def _accounts(reading: Reading) -> Iterable[Row]:
    wanted = reading.wanted
    more = [ACCOUNT["Account"]]
    more += [ACCOUNT[name] for name in ("Description", "Organization") if name in wanted.where]
    more += [list_fields.FLAGS_OF_ACCOUNT] if any(wanted.where.get("Flags", ())) else []
    found = list_rows.meant_accounts(reading.objects(ACCOUNT, more), wanted)
    if not wanted.with_associations:
        return found
    return list_rows.with_associations(found, reading.own() if found else [], "Account")


def _users(reading: Reading) -> Iterable[Row]:
    wanted = reading.wanted
    more = [USER["User"]]
    more += [USER["AdminLevel"]] if "AdminLevel" in wanted.where else []
    wckeys = "DefaultWCKey" in wanted.where or "Def WCKey" in reading.headers
    more += [list_fields.USER_DEFAULT_WCKEY, list_fields.USER_WCKEYS] if wckeys else []
    found = list_rows.meant_users(reading.objects(USER, more), wanted)
    if wckeys:
        found = list_rows.with_default_wckeys(found, reading.clusters)
        found = list_rows.fitting_rows(found, wanted.where, ("DefaultWCKey",))
    if found and "DefaultAccount" in wanted.where:
        found = _with_default_account(reading, found)
    if not found:
        return found
    if wanted.with_associations:
        own = reading.own([ASSOCIATION["Default"]], "UsersOnly")
        return list_rows.with_associations(found, list(list_rows.with_shown_defaults(own)), "User")
    if "Def Acct" in reading.headers:
        return list_rows.with_defaults(found, defaults(reading, reading.conditions))
    return found


def _with_default_account(reading: Reading, found: list[Row]) -> list[Row]:
    """Return the users whose default account is the one that is meant."""
    where = reading.wanted.where
    clusters = {"Cluster": where["Cluster"]} if "Cluster" in where else {}
    own = defaults(reading, clusters)
    meant = {
        row["User"] for row in list_rows.fitting_rows(own, where, {"DefaultAccount": "Account"})
    }
    return [row for row in found if row["User"] in meant]


def defaults(
    reading: Reading, where: Mapping[str, Sequence[str]], more: Sequence[Field] = ()
) -> list[Row]:
    """Return the associations that are users' defaults, on this cluster unless others are named."""
    conditions = dict(where)
    if reading.clusters is not None:
        conditions["Cluster"] = reading.clusters
    if _meets_none(conditions):
        return []
    found = reading.lister.associations(
        conditions, {"OnlyDefaults", "UsersOnly"}, [ASSOCIATION["Default"], *more]
    )
    return list_rows.fitting_rows(found, conditions, list_rows.PLACES)


def _associations(reading: Reading) -> Iterable[Row]:
    if "" in reading.wanted.where.get("ID", ()):
        raise LineRefused(NO_NUMBER)
    if "Tree" not in reading.wanted.switches:
        return list_rows.by_lineage(reading.own([LINEAGE]))
    return list_rows.as_tree(list_rows.by_lineage(reading.own([LINEAGE, ASSOCIATION["Parent"]])))


def _meets_none(conditions: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether a condition is empty that no association meets then."""
    names = ("Account", "Cluster", "QosLevel", "DefaultQOS")
    return any(not any(conditions[name]) for name in names if name in conditions)


def _qos(reading: Reading) -> Iterable[Row]:
    where = reading.wanted.where
    more = [QOS["Name"]]
    more += [list_fields.QOS_ID] if "ID" in where else []
    more += [QOS[name] for name in ("Description", "PreemptMode") if name in where]
    return list_rows.meant_qos(reading.objects(QOS, more), where)


def _clusters(reading: Reading) -> Iterable[Row]:
    where = reading.wanted.where
    more = [CLUSTERS["Cluster"]]
    more += [CLUSTERS["RPC"]] if "RPC" in where else []
    more += [list_fields.FLAGS_OF_CLUSTER] if "Flags" in where else []
    found = reading.objects(CLUSTERS, more)
    own = [f for f in reading.fields if f.record is SlurmRecord.ASSOCIATION]
    root = {"Account": (ROOT,), "User": ("",)}
    roots = reading.lister.associations(root, (), own) if own and found else []
    roots = reading.completed([row for row in roots if not row["User"]])
    return list_rows.meant_clusters(found, roots, reading.wanted)


def _tres(reading: Reading) -> Iterable[Row]:
    return list_rows.meant_tres(reading.objects(TRES_TYPE, TRES_TYPE.fields), reading.wanted)


def _wckeys(reading: Reading) -> Iterable[Row]:
    entity = list_fields.WCKEY_LIST
    found = reading.lister.records(entity, entity.fields, (), reading.wanted.switches)
    return list_rows.meant_wckeys(found, reading.wanted)


NO_NUMBER = as_lines(
    "sacctmgr: error: Unknown error 1064", " Error with request: Unknown error 1064"
)
"""What comes of an empty number of an association: half a question to the database."""


READERS: Mapping[str, Callable[[Reading], Iterable[Row]]] = {
    "account": _accounts,
    "association": _associations,
    "cluster": _clusters,
    "qos": _qos,
    "tres": _tres,
    "user": _users,
    "wckey": _wckeys,
}
"""Noun -> what returns the rows of its list."""
