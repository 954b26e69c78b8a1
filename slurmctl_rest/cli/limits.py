"""Limits and their use, as both executors have them: what is read for quota, why and access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.backends.query import Query, View, another_cluster
from slurmctl_rest.cli.context import Context, on_a_cluster
from slurmctl_rest.cli.named import check_clusters
from slurmctl_rest.limits.findings import Lineages, lineage
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.entities.association import (
    ACCOUNT_LEVEL,
    AssociationKey,
    association_key,
    is_account_level,
    qos_names_of,
)
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.limit_use import NO_PARTITIONS, LimitUse, Measure, Partitions, UseQuery


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """What was read.

    tree     rows as Slurm applies them, with all accounts above those that are meant
    meant    the keys of the rows that were asked for
    qos      the QOS that matter, by name
    parents  account -> the one above it, of all accounts that were read
    partitions  those with a QOS of their own
    """

    cluster: str
    tree: Lineages
    meant: frozenset[AssociationKey]
    qos: Mapping[str, Row]
    use: LimitUse
    parents: Mapping[str, str] = field(default_factory=dict)
    partitions: Partitions = NO_PARTITIONS


def read_limits(
    context: Context,
    cluster: str,
    accounts: Sequence[str] = (),
    users: Sequence[str] = (),
    qos: Sequence[str] | None = None,
    *,
    partitions: Iterable[str] | None = None,
    everything: bool = False,
) -> LimitFacts:
    """Read the limits and the use of accounts and users, with the accounts above, and of QOS.

    accounts  alone: their own rows, and those of their users
    users     their rows, in these accounts or in all
    qos       the QOS that are meant; None: those that the rows may use, and those of partitions
    partitions  whose QOS are meant, too
    everything  all accounts, users and QOS
    """
    where = {
        name: tuple(dict.fromkeys(names))
        for name, names in (("Account", accounts), ("User", users))
        if names
    }
    ours = context.backend.cluster()
    elsewhere = another_cluster(ours, cluster) is not None
    own_qos = NO_PARTITIONS if elsewhere else context.limits.partitions()
    of_partitions = [*filter(None, map(own_qos.qos_of, partitions or ()))]
    rows: list[Row] = []
    if where or everything:
        query = Query(ASSOCIATION, cluster, where=where, lineage=True, view=View.SOURCES)
        next_ = () if qos is None else tuple(dict.fromkeys([*qos, *of_partitions]))
        rows = on_a_cluster(context.limits.associations(query, next_), cluster)
    own = [row for row in rows if is_account_level(row)]
    meant = {association_key(row) for row in rows if not is_account_level(row)}
    if everything or not users:
        named = {*accounts}
        meant |= {
            key for row in own if (key := association_key(row)).account in named or everything
        }
    whole = effective(ASSOCIATION, rows)
    steps = {step for key in meant for step in lineage(whole, key)}
    tree = {key: whole[key] for key in steps}
    if qos is None and not everything:
        usable = {name for key in meant for name in qos_names_of(whole[key].row)}
        usable |= {*own_qos.qos.values()} if partitions is None else set()
        qos = sorted(usable)
    qos = [*(qos or ()), *of_partitions]
    wanted = Query(QOS, cluster, tuple(dict.fromkeys(qos)))
    found = context.limits.qos(wanted) if qos or everything else []
    names = tuple(str(row["Name"]) for row in found)
    if elsewhere:
        # Jobs of the same accounts here count against nothing there.
        use = LimitUse(notes=dict.fromkeys(Measure, f"slurmctld is that of cluster {ours}"))
    else:
        use = context.limits.use(UseQuery(cluster, frozenset(tree), names, own_qos))
    return LimitFacts(
        cluster,
        tree,
        frozenset(meant),
        {str(row["Name"]): row for row in found},
        use,
        parents_of(own),
        own_qos,
    )


def check_use_is_known(context: Context, cluster: str) -> None:
    """Raise Unsupported for the use of limits of another cluster than slurmctld's."""
    if wrong := another_cluster(context.backend.cluster(), cluster, "figures"):
        check_clusters(context, [cluster])
        raise wrong


def read_parents(context: Context, cluster: str, accounts: Iterable[str]) -> dict[str, str]:
    """Return account -> the one above it, of these accounts and of all above them."""
    where = {"Account": tuple(sorted(accounts)), "User": (ACCOUNT_LEVEL,)}
    if not where["Account"]:
        return {}
    query = Query(ASSOCIATION, cluster, where=where, lineage=True, view=View.SOURCES)
    rows = on_a_cluster(context.limits.associations(query), cluster)
    return parents_of(filter(is_account_level, rows))


def parents_of(rows: Iterable[Row]) -> dict[str, str]:
    """Return account -> the one above it."""
    return {str(row["Account"]): str(row["Parent"] or "") for row in rows}
