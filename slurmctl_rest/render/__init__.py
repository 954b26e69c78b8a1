"""How results look: one writer a format. Writers are pure, they return lines.

FORMATS maps the words of --output to writers of lists; render/changes.py writes what a write did.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.kinds import Json, Value, masked, printable
from slurmctl_rest.model.syntax import Column

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """What the output goes to."""

    terminal: bool = False
    color: bool = False
    width: int = 80
    height: int = 24
    header: bool = True
    ascii: bool = False
    """It can show nothing else: lines and bars are drawn with it, and other letters escaped."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows to be shown. `inherited` runs parallel to rows, where anything is inherited.

    `chosen`: the columns were asked for, and are not the entity's usual ones.
    `totals`: rows that sum up the others, for people: only a table ends with them.
    """

    entity: Entity
    rows: Sequence[Row]
    columns: Sequence[Column]
    inherited: Sequence[Mapping[str, Origin]] = ()
    meta: Mapping[str, Json] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    chosen: bool = False
    totals: Sequence[Row] = ()

    def cells(self) -> Iterator[list[str]]:
        """Yield sacctmgr's text of each column, row by row."""
        for row in self.rows:
            yield [column.field.kind.text(row.get(column.field.name)) for column in self.columns]

    @property
    def titles(self) -> list[str]:
        """Return sacctmgr's headers."""
        return [column.field.title for column in self.columns]


def shown(text: str, layout: Layout) -> str:
    """Return text for people as the stream can show it: each character is one there."""
    text = printable(text, 0)
    return text.encode("ascii", "backslashreplace").decode() if layout.ascii else text


def json_value(value: Value) -> Json:
    """Return a value as JSON: names are lists, TRES objects of integers, unset is null."""
    return list(value) if isinstance(value, tuple) else _sorted(value)


def _sorted(value: Json) -> Json:
    """Return what is by TRES, by name: over REST they come in the order of their ids."""
    return dict(sorted(value.items())) if isinstance(value, Mapping) else value


def json_item(entity: Entity, row: Row) -> dict[str, Json]:
    """Return the object of a row: every field of the entity, always the same keys."""
    return {f.name: json_value(row.get(f.name)) for f in entity.fields}


def _table(listing: Listing, layout: Layout) -> Iterator[str]:
    """Columns under headers: fitted to a terminal, unwrapped and whole elsewhere."""
    from slurmctl_rest.render.table import lines  # noqa: PLC0415  (it needs Listing from here)

    return lines(listing, layout)


def _json(listing: Listing, layout: Layout) -> Iterator[str]:
    """One object with the items and where they come from."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": listing.entity.noun,
        **listing.meta,
        "items": _items(listing),
        "warnings": list(listing.warnings),
    }
    yield dumped(document, indent=2, ascii_=layout.ascii)


def _ndjson(listing: Listing, layout: Layout) -> Iterator[str]:
    """One object a line, for pipes."""
    for item in _items(listing):
        yield dumped(item, ascii_=layout.ascii)


def _csv(listing: Listing, layout: Layout) -> Iterator[str]:
    """Comma separated, quoted where needed (RFC 4180, with \\n)."""
    import csv  # noqa: PLC0415  (only where it is needed)

    for cells in [*([listing.titles] if layout.header else []), *listing.cells()]:
        line = io.StringIO()
        shown_ = [printable(cell, 0) if layout.terminal else masked(cell) for cell in cells]
        csv.writer(line, lineterminator="").writerow(shown_)
        yield line.getvalue()


def _parsable(listing: Listing, layout: Layout) -> Iterator[str]:
    """Return sacctmgr -p: `|` between columns and behind the last."""
    return (f"{line}|" for line in _parsable2(listing, layout))


def _parsable2(listing: Listing, layout: Layout) -> Iterator[str]:
    """Return sacctmgr -P: `|` between columns."""
    for cells in [*([listing.titles] if layout.header else []), *listing.cells()]:
        yield "|".join(printable(cell, 0) if layout.terminal else masked(cell) for cell in cells)


FORMATS: Mapping[str, Callable[[Listing, Layout], Iterator[str]]] = {
    "table": _table,
    "json": _json,
    "ndjson": _ndjson,
    "csv": _csv,
    "parsable": _parsable,
    "parsable2": _parsable2,
}


def dumped(document: Json, indent: int | None = None, *, ascii_: bool = False) -> str:
    """Return JSON text, without tokens; names in any script are readable, unless it is `ascii_`."""
    text = masked(json.dumps(document, indent=indent, ensure_ascii=ascii_))
    return UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What JSON leaves as it is, and a terminal obeys or does not show."""


def _items(listing: Listing) -> list[dict[str, Json]]:
    inherits = any(f.inherits for f in listing.entity.fields)
    items = []
    for number, row in enumerate(listing.rows):
        item = json_item(listing.entity, row)
        if inherits:
            origins = listing.inherited[number] if listing.inherited else {}
            item["inherited"] = {name: _sorted(origin) for name, origin in origins.items()}
        items.append(item)
    return items
