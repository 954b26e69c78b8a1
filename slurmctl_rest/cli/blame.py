"""`blame`: each field of an object with its value, who set it, when, and from what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.history import ChangeFilter, JournalWords, parsed_words
from slurmctl_rest.cli.journal import JournalReading
from slurmctl_rest.cli.records import with_times
from slurmctl_rest.errors import NotFound, SlurmctlError, UsageError
from slurmctl_rest.journal.blame import LastChanges
from slurmctl_rest.journal.replay import JournalChange
from slurmctl_rest.model.change import name_of
from slurmctl_rest.model.columns import parse_columns
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.entities.history import BLAME
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Origin, effective
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.planning.targets import absent_names, not_found

OF_OBJECTS: Mapping[str, tuple[str, ...]] = {
    ACCOUNT.noun: ("Description", "Organization", "Flags", "Coordinators"),
    USER.noun: ("AdminLevel", "DefaultAccount", "DefaultWCKey", "WCKeys"),
}
"""Fields of the objects themselves; all others are those of their associations."""


def run(context: Context, tokens: Sequence[str], tz: str | None) -> None:
    """Show who set the fields of one object."""
    text = context.options.columns
    columns = parse_columns(BLAME, text) if text is not None else ()
    context.options = replace(context.options, columns=None)
    asked = parsed_words(context, tokens, tz)
    entity = asked.filter.entity
    if entity is None or (not asked.filter.names and not asked.filter.places):
        raise UsageError("no object is given", "blame account|user|assoc|qos NAME")
    reader = JournalReading(context, asked.cluster)
    rows = _associations(reader, entity, asked.filter)
    meant = [asked.filter.of_all_names(reader.renamed), _own_rows_above(rows, asked.filter)]
    lasts: dict[int, LastChanges] = {}
    replay = reader.replayed(
        lambda replay, _, changes: lasts.setdefault(id(replay), LastChanges()).take(changes),
        ignores=lambda entity, row: all(one.ignores(entity, row) for one in meant),
    )
    last = lasts.get(id(replay), LastChanges())
    present = {} if entity is ASSOCIATION else reader.present_of(entity)
    lost = {} if entity is ASSOCIATION else _absent(entity, asked.filter, present)
    if lost and lost.keys() >= asked.filter.names:
        raise _gone(entity, lost, asked)
    told = [*_rows(present, entity, asked, last, rows)]
    context.show(BLAME, with_times(BLAME, told, asked.zone), columns, cluster=asked.cluster)
    if lost:
        raise _gone(entity, lost, asked)


def _absent(entity: Entity, meant: ChangeFilter, present: Mapping[str, Row]) -> dict[str, str]:
    return absent_names(entity, sorted(meant.names), [*present.values()])


def _gone(entity: Entity, lost: Mapping[str, str], asked: JournalWords) -> SlurmctlError:
    """Return the error for names that nothing bears now: something may have borne them."""
    error = not_found(entity, lost, asked.filter.names, asked.cluster)
    before = f"`slurmctl-rest history {entity.word} {next(iter(lost))}` tells whether it did"
    return type(error)(error.message, "; ".join(filter(None, (error.hint, before))))


def _associations(reader: JournalReading, entity: Entity, meant: ChangeFilter) -> list[Row]:
    """Return the associations that are meant, with the own ones of accounts."""
    if entity is USER or entity is QOS:
        return []
    places = dict(meant.places) if entity is ASSOCIATION else {"Account": meant.names}
    # No users beside "none": sacctmgr would tell those of users alone.
    named = {n: tuple(sorted(some)) for n, some in places.items() if some and "" not in some}
    return reader.journal.read_rows(Query(ASSOCIATION, reader.cluster, where=named))


def _own_rows_above(rows: Iterable[Row], meant: ChangeFilter) -> ChangeFilter:
    """Return the filter for the associations that those which are meant may inherit from."""
    parents = {str(row["Account"]): row["Parent"] for row in rows if is_account_level(row)}
    waiting = [str(row["Account"]) for row in rows if not meant.ignores(ASSOCIATION, row)]
    found: set[str] = set()
    while waiting:
        if (account := waiting.pop()) not in found:
            found.add(account)
            waiting.append(str(parents.get(account) or ROOT))
    return ChangeFilter(
        ASSOCIATION, places=(("Account", frozenset(found)), ("User", frozenset({""})))
    )


def _rows(
    present: Mapping[str, Row],
    entity: Entity,
    asked: JournalWords,
    last: LastChanges,
    associations: Sequence[Row],
) -> Iterator[Row]:
    if entity is ASSOCIATION:
        yield from _of_associations(associations, asked, last)
        return
    for name in sorted(asked.filter.names & present.keys()):
        row = present[name]
        fields = OF_OBJECTS.get(entity.noun) or [f.name for f in QOS.fields if f.settable]
        for field in fields:
            found = last.of(entity.noun, name, field)
            if _is_set(found) or row.get(field) not in UNSET_VALUES:
                yield _row(entity, field, row, found, None)
        if entity is ACCOUNT:
            wanted = {"Account": frozenset({name}), "User": frozenset({""})}
            yield from _of_associations(associations, asked, last, wanted)


UNSET_VALUES: Sequence[Value] = (None, (), {}, "")


def _of_associations(
    rows: Sequence[Row],
    asked: JournalWords,
    last: LastChanges,
    wanted: Mapping[str, frozenset[str]] | None = None,
) -> Iterator[Row]:
    places = dict(asked.filter.places) if wanted is None else wanted
    names = asked.filter.names if wanted is None else frozenset[str]()
    chosen = [
        row
        for row in rows
        if all(str(row[name] or "") in some for name, some in places.items())
        and (not names or name_of(ASSOCIATION, row) in names)
    ]
    if not chosen and wanted is None:
        raise NotFound("no association meets these conditions", "see `slurmctl-rest assoc list`")
    in_force = effective(ASSOCIATION, rows)
    for row in chosen:
        one = in_force[association_key(row)]
        for field in ASSOCIATION.fields:
            if not field.settable or (field.name == "Parent" and not is_account_level(row)):
                continue
            origin = one.inherited.get(field.name)
            found = last.of(ASSOCIATION.noun, name_of(ASSOCIATION, row), field.name)
            if origin and not row[field.name]:
                found = last.of_account(_accounts(origin)[0], field.name)
            if _is_set(found) or one.row[field.name] not in UNSET_VALUES:
                shown = _row(ASSOCIATION, field.name, one.row, found, origin)
                several = len(chosen) > 1
                name = f"{field.name} of {name_of(ASSOCIATION, row)}" if several else field.name
                yield {**shown, "Field": name}


def _is_set(found: JournalChange | None) -> bool:
    """Tell whether somebody has set a field: a new object has all, most without a value."""
    return found is not None and found.change.action != "add"


def _accounts(origin: Origin) -> list[str]:
    return [origin] if isinstance(origin, str) else sorted({*origin.values()})


def _row(
    entity: Entity, field: str, row: Row, found: JournalChange | None, origin: Origin | None
) -> Row:
    text = entity[field].kind.text
    entry = found.entry if found and not found.moved else None
    before = None
    if found and found.change.action != "add":
        unknown = field in found.unknown
        before = "?" if unknown else text(found.change.old.get(field)) or "(unset)"
    return {
        "Field": field,
        "Value": text(row.get(field)) or None,
        "Before": before,
        "Actor": entry.actor if entry else None,
        "Time": entry.time if entry else None,
        "Number": entry.number if entry else None,
        "From": ",".join(_accounts(origin)) if origin else None,
    }
