"""`list`: rows of an entity, as Slurm applies them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, tee
from typing import TypeAlias

from slurmctl_rest.backends import Query, View
from slurmctl_rest.cli import selecting
from slurmctl_rest.cli.session import Session
from slurmctl_rest.errors import Unsupported, UsageError
from slurmctl_rest.model.entities import (
    ACCOUNT,
    ASSOCIATION,
    CLUSTERS,
    COORDINATOR,
    QOS,
    TRES_TYPE,
    USAGE,
    USER,
)
from slurmctl_rest.model.entities.association import OWN_CONDITIONS, Key, key
from slurmctl_rest.model.entities.coordinator import rows as coordinators_of
from slurmctl_rest.model.entities.tres import PLACEHOLDER
from slurmctl_rest.model.entities.user import OF_ASSOCIATIONS, USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity, Row, did_you_mean
from slurmctl_rest.model.inheritance import Effective, effective
from slurmctl_rest.model.kinds import NAME_SET, Act
from slurmctl_rest.model.switches import OF_SACCTMGR, looks_like_one
from slurmctl_rest.model.syntax import Column, Sentence, parse_select
from slurmctl_rest.planning import missing, select, unknown_names

OWN = "WOPLimits"
OWN_INFO = "WOPInfo"
OWN_VALUES = frozenset({OWN, OWN_INFO})
"""The latter implies the former."""
RAW_QOS = ("WithRawQOS", "WithRawQOSLevel")
COORDINATORS = "WithCoord"
SUB_ACCOUNTS = "WithSubAccounts"
SWITCHES: Mapping[str, tuple[str, ...]] = {
    ACCOUNT.noun: (OWN, *RAW_QOS, COORDINATORS),
    USER.noun: (COORDINATORS,),
    ASSOCIATION.noun: (
        *(OWN, *RAW_QOS, "OnlyDefaults", "WithDeleted", SUB_ACCOUNTS, OWN_INFO, "Tree"),
    ),
    USAGE.noun: (SUB_ACCOUNTS,),
}
"""sacctmgr's switches that a list takes, or a report."""

NOT_HERE = {
    "WithAssoc": "the associations have a list of their own: slurmctl-rest assoc list where ...",
    "WithDeleted": "slurmdbd keeps the deleted ones for their usage alone; "
    "slurmctl-rest assoc list WithDeleted shows associations",
    "WithRawQOSLevel": "slurmctl-rest assoc list WithRawQOS where ...",
    OWN: "slurmctl-rest assoc list WOPLimits where ...",
    "WithFed": "sacctmgr list cluster WithFed",
}
MISPLACED = {ASSOCIATION.noun: ("WithAssoc",)}
"""Switches of other nouns that people try."""
"""sacctmgr's switches that are refused rather than taken for names, and what would do."""


TELLING = ("table", "json", "ndjson")
"""Formats that look at where a value comes from."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be shown, and the cluster that it is of."""

    shown: Iterable[Effective]
    cluster: str
    own: Mapping[Key, Row] = field(default_factory=dict)
    """Own values of the rows, where they have others in force."""


Reader: TypeAlias = Callable[[Session, Sentence], Found]


def run(session: Session, entity: Entity, tokens: Sequence[str]) -> None:
    """Show the objects that the tokens select."""
    sentence = parse(session, entity, tokens)
    if "Tree" in sentence.switches:
        from slurmctl_rest.cli import tree  # noqa: PLC0415  (it needs this module)

        tree.run(session, entity, [word for word in tokens if word.lower() != "tree"])
        return
    found = READERS[entity.noun](session, sentence)
    shown = found.shown
    if {*RAW_QOS} & sentence.switches:
        shown = [_with_own_qos(one, found.own) for one in shown]
    columns = sentence.columns
    if COORDINATORS in sentence.switches and not columns:
        columns = tuple(Column(entity[name]) for name in (*entity.columns, "Coordinators"))
    _warn_of_untold(session, entity, columns)
    if COORDINATORS in sentence.switches and not session.options.as_json:
        shown = map(_with_all_coordinators, shown)
    # What is not walked through would be kept to the end.
    rows, origins = tee(shown) if session.options.output in TELLING else (shown, ())
    session.show(
        entity,
        (one.row for one in rows),
        columns,
        inherited=(one.inherited for one in origins),
        cluster=found.cluster,
    )


def parse(session: Session, entity: Entity, tokens: Sequence[str]) -> Sentence:
    """Read the tokens; a switch of sacctmgr's that is not known here is refused by name."""
    format_ = [f"format={session.options.columns}"] if session.options.columns is not None else []
    known = SWITCHES.get(entity.noun, ())
    there = (*OF_SACCTMGR.get(entity.noun, ()), *MISPLACED.get(entity.noun, ()))
    refused = {s: NOT_HERE[s] for s in there if s in NOT_HERE and s not in known}
    words = USER_WITH_LIMITS if entity is USER else entity
    sentence = parse_select(words, [*tokens, *format_], (*known, *refused), columns_of=entity)
    for switch, remedy in refused.items():
        if switch in sentence.switches:
            raise Unsupported(f"{entity.word} list does not know {switch}", remedy)
    return sentence


def _accounts(session: Session, sentence: Sentence) -> Found:
    """Return accounts; conditions are matched against what the reader sees."""
    cluster = session.cluster(sentence.selection)
    view = _view(session, ACCOUNT, sentence)
    rows = session.accounts(cluster, sentence.selection.names, view)
    if view is View.SOURCES or (view is View.OWN and OWN not in sentence.switches):
        shown = effective(ACCOUNT, rows)
    else:
        shown = {key(row): Effective(row, {}) for row in rows}
    _warn_of_missing(session, ACCOUNT, rows, sentence)
    chosen = select(ACCOUNT, (one.row for one in shown.values()), sentence.selection)
    return Found([shown[key(row)] for row in chosen], cluster, {key(r): r for r in rows})


def _view(session: Session, entity: Entity, sentence: Sentence) -> View:
    """Return what has to be read for the output to tell what it tells."""
    if {*OWN_VALUES, *RAW_QOS} & sentence.switches:
        return View.OWN
    shown = [column.field for column in sentence.columns] or [entity[n] for n in entity.columns]
    inherits = any(field.inherits for field in shown)
    told = session.options.as_json or (session.tells_origins and inherits)
    return View.SOURCES if told else View.IN_FORCE


def _associations(session: Session, sentence: Sentence) -> Found:
    cluster = session.cluster(sentence.selection)
    switches = sentence.switches
    view = _view(session, ASSOCIATION, sentence)
    if view is View.OWN:
        return _own_associations(session, sentence, cluster)
    if OWN_CONDITIONS & {*sentence.selection.where}:
        view = View.SOURCES
    query = Query(
        ASSOCIATION,
        cluster,
        deleted="WithDeleted" in switches,
        view=view,
        fields=_fields(session, sentence),
    )
    parts = selecting.shown(
        session, sentence.selection, query, with_sub_accounts=SUB_ACCOUNTS in switches
    )
    # Nothing is printed, not even a header, before Slurm has begun to answer.
    first = next(parts, [])
    found = chain.from_iterable(chain([first], parts))
    return Found(_switched(found, switches), cluster)


def _own_associations(session: Session, sentence: Sentence, cluster: str) -> Found:
    """Return the associations with their own values, or with their own QOS alone."""
    read = selecting.associations(
        session,
        sentence.selection,
        cluster,
        deleted="WithDeleted" in sentence.switches,
        with_sub_accounts=SUB_ACCOUNTS in sentence.switches,
    )
    found = [read.shown[one] for one in read.chosen]
    if OWN_VALUES & sentence.switches:
        found = [Effective(row, {}) for row in read.rows]
    return Found(_switched(found, sentence.switches), cluster, read.own)


def _switched(found: Iterable[Effective], switches: frozenset[str]) -> Iterator[Effective]:
    """Yield what the switches leave of associations."""
    for one in found:
        if "OnlyDefaults" in switches and not one.row["Default"]:
            continue
        yield replace(one, row={**one.row, "Parent": None}) if OWN_INFO in switches else one


def _fields(session: Session, sentence: Sentence) -> frozenset[str]:
    """Return the fields of associations that are shown, or looked at; none: all of them."""
    if session.options.as_json:
        return frozenset()
    shown = [column.field.name for column in sentence.columns] or ASSOCIATION.columns
    return frozenset({*shown, *(("Default",) if "OnlyDefaults" in sentence.switches else ())})


def _users(session: Session, sentence: Sentence) -> Found:
    selection = sentence.selection
    cluster = session.cluster(selection)
    rows: Sequence[Row]
    if set(OF_ASSOCIATIONS) & set(selection.where):
        if sentence.unsure & {*selection.names}:
            _warn_of_missing(session, USER, session.read(USER, cluster, selection.names), sentence)
        rows = selecting.users(session, [selection], cluster).users
    else:
        rows = session.read(USER, cluster, selection.names)
        _warn_of_missing(session, USER, rows, sentence)
        where = {n: v for n, v in selection.where.items() if n != "Cluster"}
        rows = select(USER, rows, replace(selection, where=where))
        if "Cluster" in selection.where:
            rows = [row for row in rows if row["Cluster"] == cluster]
    return Found([Effective(row, {}) for row in rows], cluster)


def _coordinators(session: Session, sentence: Sentence) -> Found:
    rows = coordinators_of(session.read(ACCOUNT, session.backend.cluster()))
    chosen = select(COORDINATOR, rows, sentence.selection)
    return Found([Effective(row, {}) for row in chosen], "")


def _of_entity(entity: Entity) -> Reader:
    """Return the reader of an entity that no cluster has for itself."""

    def read(session: Session, sentence: Sentence) -> Found:
        names = sentence.selection.names
        rows = session.read(entity, session.backend.cluster(), names)
        rows = [row for row in rows if entity is not TRES_TYPE or row["Type"] != PLACEHOLDER]
        _warn_of_missing(session, entity, rows, sentence)
        chosen = select(entity, rows, sentence.selection)
        return Found([Effective(row, {}) for row in chosen], "")

    return read


READERS: Mapping[str, Reader] = {
    ACCOUNT.noun: _accounts,
    USER.noun: _users,
    ASSOCIATION.noun: _associations,
    COORDINATOR.noun: _coordinators,
    QOS.noun: _of_entity(QOS),
    CLUSTERS.noun: _of_entity(CLUSTERS),
    TRES_TYPE.noun: _of_entity(TRES_TYPE),
}


def _with_own_qos(one: Effective, own: Mapping[Key, Row]) -> Effective:
    """Return the row with the QOS of its own: what it names, or adds to what it inherits."""
    inherited = {name: origin for name, origin in one.inherited.items() if name != "QosLevel"}
    return Effective({**one.row, "QosLevel": own[key(one.row)]["QosLevel"]}, inherited)


def _with_all_coordinators(one: Effective) -> Effective:
    """Return the row with indirect coordinators in the same column, as sacctmgr prints them."""
    direct, indirect = (one.row[name] for name in ("Coordinators", "IndirectCoordinators"))
    return Effective(
        {**one.row, "Coordinators": NAME_SET.merge(direct, Act.ADD, indirect)}, one.inherited
    )


def _warn_of_missing(
    session: Session, entity: Entity, rows: Sequence[Row], sentence: Sentence
) -> None:
    for name in missing(entity, rows, sentence.selection.names) if sentence.unsure else ():
        if name in sentence.unsure:
            raise _neither(entity, name)
    for warning in unknown_names(entity, sentence.selection.names, rows):
        session.warn(warning)


def _neither(entity: Entity, name: str) -> UsageError:
    """Return the error for a bare word that can only be a name, which nothing bears."""
    alike = did_you_mean(name, OF_SACCTMGR.get(entity.noun, ()))
    if looks_like_one(name):
        return UsageError(f"{entity.noun} '{name}' does not exist, and it is no switch", alike)
    return UsageError(
        f"{entity.noun} '{name}' does not exist, and it is neither a condition nor a switch",
        "a condition is FIELD=VALUE",
    )


def _warn_of_untold(session: Session, entity: Entity, columns: Sequence[Column]) -> None:
    """Say which of the fields that are shown the executor cannot read."""
    shown = {column.field.name for column in columns} or {f.name for f in entity.fields}
    if not columns and not session.options.as_json:
        shown = set(entity.columns)
    if untold := [name for name in session.backend.untold(entity) if name in shown]:
        session.warn(
            f"this version of slurmrestd does not tell {', '.join(untold)} of {entity.plural}: "
            "shown as unset; api_version v0.0.42 or later does"
        )
