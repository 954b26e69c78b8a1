"""`list`: rows of an entity, as Slurm applies them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, tee
from typing import TypeAlias

from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.cli import checks
from slurmctl_rest.cli import selection as selecting
from slurmctl_rest.cli.context import Context, named_fields
from slurmctl_rest.cli.derived import fields_read_for, joined, with_derived
from slurmctl_rest.cli.list_switches import (
    OWN_VALUES,
    RAW_QOS_SWITCHES,
    SUB_ACCOUNTS,
    WITH_ASSOC,
    WITH_COORD,
    WITH_DELETED,
    WOP_INFO,
    WOP_LIMITS,
    parse_with_switches,
)
from slurmctl_rest.cli.named import Seen, absent_in_list, check_clusters, of_conditions
from slurmctl_rest.errors import USE_COMMANDS, NotFound, SlurmctlError, Unsupported
from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.entities import (
    ACCOUNT,
    ASSOCIATION,
    CLUSTERS,
    COORDINATOR,
    QOS,
    TRES_TYPE,
    USER,
)
from slurmctl_rest.model.entities.association import (
    OWN_CONDITIONS,
    PARENT_ID,
    RAW_QOS,
    AssociationKey,
    association_key,
)
from slurmctl_rest.model.entities.coordinator import rows as coordinators_of
from slurmctl_rest.model.entities.tres import OWN_TYPE, tres_by_spelling
from slurmctl_rest.model.entities.user import FROM_ASSOCIATIONS
from slurmctl_rest.model.entities.with_assoc import WITH_ASSOC_TABLES
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Effective, effective, origin_text
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.kinds.names import NAME_SET, TEXT
from slurmctl_rest.model.syntax import Selection, Statement
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.targets import not_found, select

TELLING = ("table", "wide", "json", "ndjson", "yaml")
"""Formats that look at where a value comes from."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rows to show, and their cluster."""

    shown: Iterable[Effective]
    cluster: str
    own: Mapping[AssociationKey, Row] = field(default_factory=dict)
    """Own values of the rows, where they have others in force."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Names that do not exist, each with what may have been meant."""
    of_conditions: Callable[[], SlurmctlError | None] = lambda: None
    """Returns the error for names in conditions that do not exist, once the rows were shown."""


ReadList: TypeAlias = Callable[[Context, Statement], Found]


def run(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Show the objects that the tokens select."""
    statement = parse_with_switches(context, entity, tokens)
    if "Tree" in statement.switches:
        from slurmctl_rest.cli import tree  # noqa: PLC0415  (only where it is asked for)

        tree.run(context, entity, [word for word in tokens if word.lower() != "tree"])
        return
    _refuse_unreadable(context, entity, statement)
    clusters = context.named_clusters(statement.selection)
    statement = _with_columns(context, entity, statement, several=len(clusters) > 1)
    context.requested = fields_read_for(named_fields(statement))
    context.with_deleted = WITH_DELETED in statement.switches
    if len(clusters) > 1 or entity not in CHECK_THE_CLUSTER:
        check_clusters(context, clusters)
    checks.check_tres_of_conditions(context, statement.refinement)
    if len(clusters) > 1:
        found = _of_clusters(context, entity, statement, clusters)
    else:
        found = _found(context, entity, statement)
    names = statement.selection.names
    error = not_found(entity, found.absent, names, found.cluster) if found.absent else None
    if isinstance(error, NotFound):  # not even a header is printed
        raise error
    shown = statement.refinement.of(found.shown, lambda one: one.row)
    columns = statement.columns
    table = _table(entity, statement)
    _warn_of_unreadable(context, table, columns)
    # JSON keeps the two apart, in keys of their own.
    if WITH_COORD in statement.switches and not context.options.has_keys:
        shown = map(_with_all_coordinators, shown)
    # tee would keep the items of an iterator that nobody walks through.
    rows, origins = tee(shown) if context.options.output in TELLING else (shown, ())
    context.show(
        table,
        with_origins(rows, columns),
        [_shown(column) for column in columns],
        inherited=(one.inherited for one in origins),
        cluster=found.cluster,
        by_switch=statement.by_switch,
    )
    if error := error or found.of_conditions():
        raise error


def _found(context: Context, entity: Entity, statement: Statement) -> Found:
    if WITH_ASSOC in statement.switches:
        return _with_assoc(context, entity, statement)
    found = LIST_READERS[entity.noun](context, statement)
    if {*RAW_QOS_SWITCHES} & statement.switches:
        found = replace(found, shown=[_with_own_qos(one, found.own) for one in found.shown])
    if entity is not ASSOCIATION:
        return found
    shown = with_derived(context, found.shown, found.cluster, named_fields(statement))
    return replace(found, shown=shown)


def _with_assoc(context: Context, entity: Entity, statement: Statement) -> Found:
    """Return the associations of accounts or users, each with what its object is."""
    selection, switches = statement.selection, statement.switches
    of_objects = LIST_READERS[entity.noun](context, statement)
    objects = [one.row for one in of_objects.shown]
    name, own_name = entity.key.name, {"Cluster"} & {*selection.where}
    where: dict[str, tuple[Value, ...]] = {n: selection.where[n] for n in own_name}
    if entity is USER:
        where |= selecting.row_conditions(selection)
    if selection.names or {*selection.where} - {"Cluster"}:
        where |= {name: tuple(row[name] for row in objects)}
    columns = tuple(c for c in statement.columns if c.field in ASSOCIATION.all_fields)
    found = Found([], context.cluster(selection))
    if objects:
        asked = replace(
            statement,
            selection=Selection(where=where),
            columns=columns,
            switches=switches - {WITH_ASSOC},
        )
        found = _found(context, ASSOCIATION, asked)
    shown = joined(entity, objects, found.shown)
    return replace(of_objects, shown=shown, cluster=found.cluster, own=found.own)


def with_origins(rows: Iterable[Effective], columns: Sequence[Column]) -> Iterator[Row]:
    """Yield the rows, with the accounts that the values come from for which columns ask."""
    asked = [column for column in columns if column.origin]
    for one in rows:
        told = {c.name: origin_text(one.inherited.get(c.field.name)) for c in asked}
        yield {**one.row, **told} if told else one.row


def _shown(column: Column) -> Column:
    """Return a column as it is printed: that of an origin is a field of its own."""
    if not column.origin:
        return column
    header = f"{column.field.title}.From"
    return Column(replace(column.field, name=column.name, header=header, kind=TEXT), column.width)


def _table(entity: Entity, statement: Statement) -> Entity:
    """Return the table of what is shown."""
    return WITH_ASSOC_TABLES[entity.noun] if WITH_ASSOC in statement.switches else entity


def _with_columns(
    context: Context, entity: Entity, statement: Statement, *, several: bool
) -> Statement:
    """Return the statement with columns, where switches or several clusters need further ones."""
    table, switches = _table(entity, statement), statement.switches
    if columns := tuple(context.columns_of(table, statement.columns)):
        return replace(statement, columns=columns)
    names = [*table.columns]
    names += ["Coordinators"] if WITH_COORD in switches else []
    names += ["Deleted"] if WITH_DELETED in switches and entity is not ASSOCIATION else []
    if several and entity in OF_A_CLUSTER and "Cluster" not in names:
        names.insert(0, "Cluster")
    if table is entity and names == [*entity.columns]:
        return statement
    columns = tuple(Column(table[name]) for name in names)
    return replace(statement, columns=columns, by_switch=True)


def _of_clusters(
    context: Context, entity: Entity, statement: Statement, clusters: Sequence[str]
) -> Found:
    """Return the rows of each of several clusters, one cluster after the other.

    What no cluster has for itself comes once.
    """
    if entity not in OF_A_CLUSTER:
        return LIST_READERS[entity.noun](context, statement)
    shown: list[Effective] = []
    own: dict[AssociationKey, Row] = {}
    absent: dict[str, str] | None = None
    context.options = replace(context.options, cluster=None)  # each is named in its turn
    for name in clusters:
        where = {**statement.selection.where, "Cluster": (name,)}
        selection = replace(statement.selection, where=where)
        part = _found(context, entity, replace(statement, selection=selection))
        shown += (effective_ for effective_ in part.shown if effective_.row["Cluster"] == name)
        own |= part.own
        absent = {n: near for n, near in part.absent.items() if absent is None or n in absent}
    return Found(shown, "", own, absent or {})


CHECK_THE_CLUSTER = (ACCOUNT, ASSOCIATION)
"""Entities whose reader raises for a cluster that does not exist."""


OF_A_CLUSTER = (ACCOUNT, USER, ASSOCIATION)
"""Entities that each cluster has for itself."""


def _accounts(context: Context, statement: Statement) -> Found:
    """Return accounts; conditions are matched against what the reader sees."""
    cluster = context.cluster(statement.selection)
    view = _view(context, ACCOUNT, statement)
    rows = context.accounts(cluster, statement.selection.names, view)
    if view is View.SOURCES or (view is View.OWN and WOP_LIMITS not in statement.switches):
        shown = effective(ACCOUNT, rows)
    else:
        shown = {association_key(row): Effective(row, {}) for row in rows}
    absent = absent_in_list(context, ACCOUNT, rows, statement, cluster)
    chosen = select(ACCOUNT, (one.row for one in shown.values()), statement.selection)
    return Found(
        [shown[association_key(row)] for row in chosen],
        cluster,
        {association_key(r): r for r in rows},
        absent,
        of_conditions(context, statement, chosen, cluster, empty=not chosen),
    )


def _view(context: Context, entity: Entity, statement: Statement) -> View:
    """Return the cheapest view that has all the output shows."""
    # A list reads no more than it shows: values in force are one look at Slurm, where a value
    # comes from needs a second one, and a change to inherited QOS without effect a third.
    if {*OWN_VALUES, *RAW_QOS_SWITCHES} & statement.switches:
        return View.OWN
    shown = [column.field for column in statement.columns] or [entity[n] for n in entity.columns]
    inherits = any(field.inherits for field in shown)
    told = _is_whole(context, statement) or (context.console.tells_origins and inherits)
    told = told or any(column.origin for column in statement.columns)
    return View.SOURCES if told else View.IN_FORCE


def _is_whole(context: Context, statement: Statement) -> bool:
    """Tell whether rows are shown with all fields and their origins: JSON without `format=`."""
    return context.options.has_keys and (not statement.columns or statement.by_switch)


def _associations(context: Context, statement: Statement) -> Found:
    cluster = context.cluster(statement.selection)
    switches = statement.switches
    view = _view(context, ASSOCIATION, statement)
    if view is View.OWN:
        return _own_associations(context, statement, cluster)
    # slurmdbd compares DefaultQOS before it inherits: values in force do not tell whose they are.
    if OWN_CONDITIONS & {*statement.selection.where}:
        view = View.SOURCES
    query = Query(
        ASSOCIATION,
        cluster,
        deleted="WithDeleted" in switches,
        view=view,
        fields=_fields(context, statement),
        also=ASSOCIATION.requested(context.requested),
    )
    parts = selecting.effective_parts(
        context, statement.selection, query, with_sub_accounts=SUB_ACCOUNTS in switches
    )
    # Nothing is printed, not even a header, before Slurm has begun to answer; and none of the
    # names may exist as long as there is no row.
    first = next((part for part in parts if part), [])
    seen = Seen(statement.selection)
    found = chain.from_iterable(chain([first], parts))
    return Found(
        _switched(map(seen.noted, found), switches),
        cluster,
        of_conditions=of_conditions(context, statement, seen.rows, cluster, empty=not first),
    )


def _own_associations(context: Context, statement: Statement, cluster: str) -> Found:
    """Return the associations with their own values, or with their own QOS alone."""
    read = selecting.select_associations(
        context,
        statement.selection,
        cluster,
        deleted="WithDeleted" in statement.switches,
        with_sub_accounts=SUB_ACCOUNTS in statement.switches,
    )
    found = [read.shown[one] for one in read.chosen]
    if OWN_VALUES & statement.switches:
        found = [Effective(row, {}) for row in read.rows]
    later = of_conditions(context, statement, read.rows, cluster, empty=not found)
    return Found(_switched(found, statement.switches), cluster, read.own, of_conditions=later)


def _switched(found: Iterable[Effective], switches: frozenset[str]) -> Iterator[Effective]:
    """Yield what the switches leave of associations."""
    for one in found:
        if "OnlyDefaults" in switches and not one.row["Default"]:
            continue
        yield replace(one, row={**one.row, "Parent": None}) if WOP_INFO in switches else one


def _fields(context: Context, statement: Statement) -> frozenset[str]:
    """Return the fields of associations that are shown, or looked at; none: all of them."""
    if _is_whole(context, statement):
        return frozenset()
    shown = {column.field.name for column in statement.columns} or {*ASSOCIATION.columns}
    shown |= statement.refinement.fields & {field.name for field in ASSOCIATION.all_fields}
    shown |= {"Parent"} if PARENT_ID.name in shown else set()
    shown |= {"QosLevel"} if RAW_QOS.name in shown else set()
    shown -= ASSOCIATION.requested(shown)
    return frozenset({*shown, *(("Default",) if "OnlyDefaults" in statement.switches else ())})


def _users(context: Context, statement: Statement) -> Found:
    selection = statement.selection
    cluster = context.cluster(selection)
    rows: Sequence[Row]
    if set(FROM_ASSOCIATIONS) & set(selection.where):
        rows = selecting.select_users(context, [selection], cluster).users
        absent = absent_in_list(context, USER, rows, statement, cluster)
    else:
        rows = context.read(USER, cluster, selection.names)
        absent = absent_in_list(context, USER, rows, statement, cluster)
        where = {n: v for n, v in selection.where.items() if n != "Cluster"}
        rows = select(USER, rows, replace(selection, where=where))
        if "Cluster" in selection.where:
            rows = [row for row in rows if row["Cluster"] == cluster]
    return Found(
        [Effective(row, {}) for row in rows],
        cluster,
        absent=absent,
        of_conditions=of_conditions(context, statement, rows, cluster, empty=not rows),
    )


def _coordinators(context: Context, statement: Statement) -> Found:
    """Return coordinators; their names are those of users, who may coordinate nothing."""
    cluster = context.backend.cluster()
    accounts = context.read(ACCOUNT, cluster)
    rows = coordinators_of(accounts)
    chosen = select(COORDINATOR, rows, statement.selection)
    selection = statement.selection
    where = {**selection.where, **({"User": selection.names} if selection.names else {})}
    asked = replace(statement, selection=replace(selection, where=where))
    later = of_conditions(context, asked, chosen, cluster, empty=not chosen)
    return Found([Effective(row, {}) for row in chosen], "", of_conditions=later)


def _of_entity(entity: Entity) -> ReadList:
    """Return the reader of an entity that no cluster has for itself."""

    def read(context: Context, statement: Statement) -> Found:
        cluster = context.backend.cluster()
        rows = context.read(entity, cluster, statement.selection.names)
        absent = absent_in_list(context, entity, rows, statement, cluster)
        chosen = select(entity, rows, statement.selection)
        return Found([Effective(row, {}) for row in chosen], "", absent=absent)

    return read


def _tres(context: Context, statement: Statement) -> Found:
    """Return TRES, which are named by their type, or as limits spell them: gres/gpu."""
    rows = tres_by_spelling(context.read(TRES_TYPE, context.backend.cluster()))
    absent = absent_in_list(context, TRES_TYPE, rows, statement, "", known=rows)
    chosen = select(TRES_TYPE, rows, statement.selection)
    shown = {str(row["ID"]): Effective({**row, "Type": row[OWN_TYPE]}, {}) for row in chosen}
    return Found([*shown.values()], "", absent=absent)


LIST_READERS: Mapping[str, ReadList] = {
    ACCOUNT.noun: _accounts,
    USER.noun: _users,
    ASSOCIATION.noun: _associations,
    COORDINATOR.noun: _coordinators,
    QOS.noun: _of_entity(QOS),
    CLUSTERS.noun: _of_entity(CLUSTERS),
    TRES_TYPE.noun: _tres,
}


def _with_own_qos(one: Effective, own: Mapping[AssociationKey, Row]) -> Effective:
    """Return the row with the QOS of its own: what it names, or adds to what it inherits."""
    inherited = {name: origin for name, origin in one.inherited.items() if name != "QosLevel"}
    return Effective(
        {**one.row, "QosLevel": own.get(association_key(one.row), one.row)["QosLevel"]}, inherited
    )


def _with_all_coordinators(one: Effective) -> Effective:
    """Return the row with indirect coordinators in the same column, as sacctmgr prints them."""
    direct, indirect = (one.row[name] for name in ("Coordinators", "IndirectCoordinators"))
    return Effective(
        {**one.row, "Coordinators": NAME_SET.merge(direct, Operator.ADD, indirect)}, one.inherited
    )


def _warn_of_unreadable(context: Context, entity: Entity, columns: Sequence[Column]) -> None:
    """Say which of the fields that are shown the executor cannot read."""
    shown = {column.field.name for column in columns} or {f.name for f in entity.fields}
    if not columns and not context.options.has_keys:
        shown = set(entity.columns)
    if unreadable := [name for name in context.backend.unreadable_fields(entity) if name in shown]:
        since = [version for name in unreadable if (version := entity[name].since)]
        remedy = f"use api_version {max(since)} or later" if since else USE_COMMANDS
        what = "slurmrestd of this API version" if since else "slurmrestd"
        context.console.warn(
            f"{listed(unreadable)} of {entity.plural} shown as unset: {what} does not report it; "
            f"{remedy}"
        )


def _refuse_unreadable(context: Context, entity: Entity, statement: Statement) -> None:
    """Refuse a condition on what the executor cannot read: nothing would meet it."""
    where = {*statement.selection.where, *statement.refinement.fields}
    if unreadable := {*(context.backend.unreadable_fields(entity) if where else ())} & where:
        raise Unsupported(
            f"slurmrestd cannot select or sort {entity.plural} by {listed(sorted(unreadable))}",
            USE_COMMANDS,
        )
