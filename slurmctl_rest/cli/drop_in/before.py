"""What the writes of the voice `sacctmgr` read of Slurm before they plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.association import (
    ACCOUNT_LEVEL,
    AssociationKey,
    association_key,
)
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.kinds.tres import tres_name
from slurmctl_rest.sacctmgr import values, writes
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import Refused, lines
from slurmctl_rest.sacctmgr.selecting import Conditions, matching
from slurmctl_rest.sacctmgr.settings import Catalog
from slurmctl_rest.sacctmgr.writes import Request


def is_old(context: Context) -> bool:
    """Tell whether the Slurm that answers has the texts of 24.11."""
    return values.is_old(context.backend.release())


def catalog(context: Context, needed: Iterable[str]) -> Catalog:
    """Return the names of QOS and TRES, as far as they are needed to read the words."""
    wanted = set(needed)
    qos = context.backend.names(QOS) if "qos" in wanted else ()
    tres: dict[int, str] = {}
    for row in context.read(TRES_TYPE, "") if "tres" in wanted else ():
        tres[int(str(row["ID"]))] = tres_name(str(row["Type"]), str(row["Name"] or ""))
    return Catalog(qos, tres)


def modification(
    context: Context, options: Options, noun: str, words: Sequence[str], *, old: bool
) -> Request | None:
    """Return what `modify` asks for; None where all are meant, and somebody says no.

    Raises Refused for words that set nothing, or mean nothing.
    """
    known = catalog(context, writes.needed(noun, words))
    request = writes.modification(noun, words, known, old=old).checked()
    if not request.bits:
        raise Refused(lines(" You didn't give me anything to set"))
    if not request.conditions.bits and not question.agreed_to_all(options):
        return None
    return request


def records(context: Context, entity: str, names: Sequence[str] = ()) -> list[Row]:
    """Return accounts or users; no names means all."""
    of = ACCOUNT if entity == "account" else USER
    cluster = context.backend.cluster()
    return [
        row
        for row in context.backend.read(Query(of, cluster, tuple(name for name in names if name)))
        if not names or row[of.key.name] in names
    ]


def rows(context: Context, where: Mapping[str, Iterable[str]] = {}) -> list[Row]:
    """Return associations of all clusters, and the own rows of all accounts."""
    return context.associations("", where)


def meant(context: Context, conditions: Conditions) -> list[Row]:
    """Return the associations among which those are that meet the conditions."""
    for name in ("Account", "User"):
        if any(conditions.of(name)):
            return rows(context, {name: conditions.of(name)})
    return rows(context)


def accounts_rows(context: Context) -> list[Row]:
    """Return the accounts' own rows on all clusters."""
    return rows(context, {"User": [ACCOUNT_LEVEL]})


def with_branches(context: Context, chosen: Sequence[Row], tree: Tree) -> Tree:
    """Return the tree with all associations below those that are chosen."""
    accounts = dict.fromkeys(
        str(one["Account"]) for row in chosen for one in tree.branch(row) if row["User"] is None
    )
    if not accounts:
        return tree
    return tree.joined(rows(context, {"Account": list(accounts)}))


def selected(conditions: Conditions, found: Sequence[Row]) -> list[Row]:
    """Return the associations that meet the conditions."""
    return matching(found, conditions.where, in_force(conditions, found))


def in_force(conditions: Conditions, found: Sequence[Row]) -> Mapping[AssociationKey, Row]:
    """Return the rows with what they inherit, if a condition asks for it."""
    if "QosLevel" not in conditions.where:
        return {}
    return {key: one.row for key, one in effective(ASSOCIATION, found).items()}


def by_key(found: Iterable[Row]) -> dict[AssociationKey, Row]:
    """Return rows, each once."""
    return {association_key(row): row for row in found}


def clusters(context: Context, conditions: Conditions) -> list[str]:
    """Return the clusters that are named, or all that slurmdbd knows."""
    return list(conditions.of("Cluster")) or sorted(context.backend.clusters())
