"""`describe`: one object on one screen, with every value in force, its origin and its use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.last_change import LAST_CHANGE, last_changes
from slurmctl_rest.cli.limits import read_limits
from slurmctl_rest.cli.named import absent_error, last_error
from slurmctl_rest.errors import SlurmctlError, UsageError
from slurmctl_rest.limits.findings import (
    LimitState,
    of_associations,
    of_qos,
    origin_of,
    values_of,
)
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import LIMITS, AssociationKey
from slurmctl_rest.model.entities.description import DESCRIPTION
from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.inheritance import Effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.syntax import Selection, parse_select


def run(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Show the objects that the tokens name."""
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    statement = parse_select(entity, [*tokens, *format_], columns_of=DESCRIPTION)
    columns = context.columns_of(
        DESCRIPTION, statement.columns
    )  # a format that cannot be is refused first
    selection = statement.selection
    accounts = _names(selection, "Account")
    users = _names(selection, "User")
    names = [*dict.fromkeys(selection.names)]
    if not (names or accounts or users):
        raise UsageError(f"name {entity.noun}s to describe", f"{entity.word} describe NAME")
    cluster = context.cluster(selection)
    if entity is QOS:
        rows, absent = _qos(context, cluster, names)
    elif entity is ACCOUNT:
        rows, absent = _accounts(context, cluster, names or accounts)
    else:
        if entity is USER:
            users = [*names, *users]
        rows, absent = _associations(
            context, cluster, accounts, users, describes_users=entity is USER
        )
    rows = with_last_changes(context, cluster, entity, rows)
    context.show(DESCRIPTION, rows, columns, cluster=cluster)
    if absent is not None:
        raise absent


def with_last_changes(
    context: Context, cluster: str, entity: Entity, rows: Sequence[Row]
) -> list[Row]:
    """Return the rows, and behind those of each object its last change."""
    if entity is ASSOCIATION:
        return [*rows]
    column = "QOS" if entity is QOS else entity.key.name
    names = [*dict.fromkeys(str(row[column]) for row in rows)]
    changes = last_changes(context, cluster, entity, names)
    found: list[Row] = []
    for name in names:
        found += (row for row in rows if row[column] == name)
        if name in changes:
            found.append({**_nothing(), column: name, "Field": LAST_CHANGE, "Text": changes[name]})
    return found


def _names(selection: Selection, name: str) -> list[str]:
    return [str(value) for value in selection.where.get(name, ()) if value]


Described: TypeAlias = tuple[list[Row], SlurmctlError | None]
"""The rows of the objects that exist, and the error for names that do not."""


def _qos(context: Context, cluster: str, names: Sequence[str]) -> Described:
    facts = read_limits(context, cluster, qos=names)
    whole = {str(row["Name"]): row for row in context.read(QOS, cluster, names)}
    there = [name for name in names if name in whole and name in facts.qos]
    absent = last_error([absent_error(context, QOS, names, there, cluster)])
    rows: list[Row] = []
    for name in there:
        row = whole[name]
        states = [one for one in of_qos(row, facts.use) if not (one.key.user or one.key.account)]
        fields = [f for f in QOS.fields if f.name not in {"Name", "ID"}]
        rows += _values({"QOS": name}, fields, Effective(row, {}), states)
        users = {user for qos, user in facts.use.qos_users if qos == name}
        accounts = {account for qos, account in facts.use.qos_accounts if qos == name}
        for one in of_qos(row, facts.use, users, accounts):
            if one.key.user or one.key.account:
                rows.append(_of_state(one))
    return rows, absent


def _accounts(context: Context, cluster: str, names: Sequence[str]) -> Described:
    facts = read_limits(context, cluster, names, qos=[])
    states = of_associations(facts.tree, facts.use)
    records = context.backend.read(Query(ACCOUNT, cluster, tuple(names)))
    told = {str(row["Account"]): row for row in records if row["Cluster"] == cluster}
    keys = {name: AssociationKey(cluster, name) for name in names}
    there = {name: key for name, key in keys.items() if key in facts.tree}
    absent = last_error([absent_error(context, ACCOUNT, names, there, cluster)])
    rows: list[Row] = []
    for name, key in there.items():
        of_account = [ACCOUNT[f] for f in ("Description", "Organization", "Parent", "Coordinators")]
        place = {"Account": name}
        if name in told:
            rows += _values(place, of_account, Effective(told[name], {}), ())
        users = sorted({k.user for k in facts.meant if k.account == name and k.user})
        rows += [{**_nothing(), **place, "Field": "Users", "Text": ",".join(users)}] * bool(users)
        rows += _values(place, LIMITS, facts.tree[key], _mine(states, key))
    return rows, absent


def _associations(
    context: Context,
    cluster: str,
    accounts: Sequence[str],
    users: Sequence[str],
    *,
    describes_users: bool,
) -> Described:
    facts = read_limits(context, cluster, accounts, users, qos=[])
    states = of_associations(facts.tree, facts.use)
    members = {key.user for key in facts.meant}

    def errors() -> Iterator[SlurmctlError | None]:
        yield absent_error(context, ACCOUNT, accounts, facts.parents, cluster)
        yield absent_error(context, USER, users, members, cluster, inside=accounts)

    absent = last_error(errors())
    rows: list[Row] = []
    if describes_users:
        records = context.backend.read(Query(USER, cluster, tuple(users)))
        fields = [USER[f] for f in ("DefaultAccount", "AdminLevel", "Coordinators")]
        for row in records:
            if row["Cluster"] == cluster and row["User"] in members:
                rows += _values({"User": str(row["User"])}, fields, Effective(row, {}), ())
    for key in sorted(facts.meant):
        place = {"Account": key.account, "User": key.user, "Partition": key.partition}
        rows += _values(place, LIMITS, facts.tree[key], _mine(states, key))
    return rows, absent


def _mine(states: Iterable[LimitState], key: AssociationKey) -> list[LimitState]:
    return [one for one in states if one.key == key]


def _nothing() -> dict[str, Value]:
    return dict.fromkeys(field.name for field in DESCRIPTION.fields)


def _values(
    place: Mapping[str, str],
    fields: Iterable[Field],
    effective: Effective,
    states: Iterable[LimitState],
) -> Iterator[Row]:
    """Yield a row for each value that is set, and for each TRES of one."""
    counted = {(one.field, one.tres): one for one in states}
    where = {name: value or None for name, value in place.items()}
    for field in fields:
        value = effective.row.get(field.name)
        origin = effective.inherited.get(field.name, "")
        parts: Sequence[tuple[str, Value]] = [("", value)]
        if isinstance(field.kind, Tres):
            parts = [(tres, {tres: int(count)}) for tres, count in values_of(value)]
        for tres, part in parts:
            text = field.kind.text(part)
            if text:
                state = counted.get((field.name, tres))
                use = {} if state is None else _use_of(state)
                told = {"Field": field.name, "TRES": tres or None, "From": origin_of(origin, tres)}
                shown = text.partition("=")[2] if tres else text
                yield {**_nothing(), **where, **told, "Text": shown, **use}


def _use_of(state: LimitState) -> dict[str, Value]:
    row = state.row()
    return {name: row[name] for name in ("Used", "Left", "Percent", "Note")}


def _of_state(state: LimitState) -> Row:
    row = state.row()
    shared = {name: row[name] for name in ("Account", "User", "QOS", "TRES")}
    text = f"{state.value:g}"
    return {**_nothing(), **shared, "Field": state.field, "Text": text, **_use_of(state)}
