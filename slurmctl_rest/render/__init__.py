"""How results look: one writer a format. Writers are pure, they return lines.

FORMATS maps the words of --output to writers of lists; render/changes.py writes what a write did.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from typing import Generic, TypeVar

from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.kinds import Json, Value, masked, printable
from slurmctl_rest.model.syntax import Column
from slurmctl_rest.remembered import MOST

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


UNSET: Sequence[Value] = (None, {}, ())
"""Values that every kind writes as nothing: most are such, and need not be asked for."""


T = TypeVar("T")


class Texts(dict[int, str], Generic[T]):
    """Texts of values, by the value's id: rows share most of theirs, and 1 is not True.

    Look one up as `texts.get(id(value)) or texts.of(value)`: most are there, and none is empty.
    """

    def __init__(self, text: Callable[[T], str]) -> None:
        """`text`: what makes one."""
        super().__init__()
        self._text = text
        self._values: dict[int, T] = {}

    def of(self, value: T) -> str:
        """Return the text of a value that was not seen before."""
        if len(self) >= MOST:
            self.clear()
            self._values.clear()
        self._values[id(value)] = value  # an id is another's as soon as its value is gone
        self[id(value)] = text = self._text(value)
        return text


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows to be shown, which may come while they are; they are walked through once.

    `inherited` runs parallel to rows, where anything is inherited.
    `meta` and `warnings` are looked at behind the last row.
    `chosen`: the columns were asked for, and are not the entity's usual ones.
    `totals`: rows that sum up the others, for people: only a table ends with them.
    `complete`: all has been read that rows are made of, so none of them can fail.
    """

    entity: Entity
    rows: Iterable[Row]
    columns: Sequence[Column]
    inherited: Iterable[Mapping[str, Origin]] = ()
    meta: Callable[[], Mapping[str, Json]] = dict
    warnings: Sequence[str] = ()
    chosen: bool = False
    totals: Sequence[Row] = ()
    complete: bool = False

    def cells(self) -> Iterator[list[str]]:
        """Yield sacctmgr's text of each column, row by row."""
        texts = [(column.field.name, column.field.kind.text) for column in self.columns]
        for row in self.rows:
            yield [
                text(v) if (v := row.get(name)) or v not in UNSET else "" for name, text in texts
            ]

    def pairs(self) -> Iterator[tuple[Row, Mapping[str, Origin]]]:
        """Yield each row with what it inherits."""
        nothing: Mapping[str, Origin] = {}
        return zip(self.rows, chain(self.inherited, repeat(nothing)), strict=False)

    @property
    def titles(self) -> list[str]:
        """Return sacctmgr's headers."""
        return [column.field.title for column in self.columns]


def shown(text: str, layout: Layout) -> str:
    """Return text for people as the stream can show it: each character is one there."""
    text = printable(text, 0)
    return text.encode("ascii", "backslashreplace").decode() if layout.ascii else text


def json_value(value: Value | Origin) -> Json:
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
    """One object with the items and where they come from: all of it, or an error and nothing."""
    coming: Iterable[str] = (f"{MARGIN}{item}" for item in _items(listing, layout, MARGIN))
    items = iter(coming if listing.complete else [*coming])
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": listing.entity.noun,
        **listing.meta(),
        "items": [],
        "warnings": list(listing.warnings),
    }
    text = dumped(document, indent=2, ascii_=layout.ascii)
    last = next(items, None)
    if last is None:
        yield text
        return
    before, _, behind = text.partition(f"{NO_ITEMS}\n")
    yield before + NO_ITEMS.removesuffix("],")
    for item in items:
        yield f"{last},"
        last = item
    yield f"{last}\n  ],\n{behind}"


NO_ITEMS = '\n  "items": [],'
"""What no other line of the document is like: deeper ones have more blanks before them."""


MARGIN = " " * 4
"""What stands before an item of a document."""


def _ndjson(listing: Listing, layout: Layout) -> Iterator[str]:
    """One object a line, for pipes."""
    return _items(listing, layout)


def _csv(listing: Listing, layout: Layout) -> Iterator[str]:
    """Comma separated, quoted where needed (RFC 4180, with \\n)."""
    import csv  # noqa: PLC0415  (only where it is needed)

    line = io.StringIO()
    writer = csv.writer(line, lineterminator="")
    for cells in chain([listing.titles] if layout.header else [], listing.cells()):
        writer.writerow([printable(c, 0) for c in cells] if layout.terminal else cells)
        text = line.getvalue()
        yield text if layout.terminal else masked(text)
        line.seek(0)
        line.truncate()


def _parsable(listing: Listing, layout: Layout) -> Iterator[str]:
    """Return sacctmgr -p: `|` between columns and behind the last."""
    return (f"{line}|" for line in _parsable2(listing, layout))


def _parsable2(listing: Listing, layout: Layout) -> Iterator[str]:
    """Return sacctmgr -P: `|` between columns. No token goes on behind one."""
    for cells in chain([listing.titles] if layout.header else [], listing.cells()):
        yield (
            "|".join(printable(cell, 0) for cell in cells)
            if layout.terminal
            else masked("|".join(cells))
        )


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


def _items(listing: Listing, layout: Layout, margin: str | None = None) -> Iterator[str]:
    """Yield the JSON of each item: in one line, or in several, behind a margin from the second on.

    It is put together of its members, since most rows share most of their values.
    """
    deeper = None if margin is None else f"{margin}  "
    values: Texts[Value] = Texts(partial(_member, layout=layout, margin=deeper))
    origins: Texts[Origin] = Texts(partial(_member, layout=layout, margin=deeper and f"{deeper}  "))
    names = {f.name: f"{dumped(f.name)}: " for f in listing.entity.fields}
    inherits = any(f.inherits for f in listing.entity.fields)
    for row, inherited in listing.pairs():
        members = [
            start + (values.get(id(v := row.get(name))) or values.of(v))
            for name, start in names.items()
        ]
        if inherits:
            taken = [
                names[name] + (origins.get(id(origin)) or origins.of(origin))
                for name, origin in inherited.items()
            ]
            members.append(f'"inherited": {_object(taken, deeper)}')
        yield _object(members, margin)


def _member(value: Value | Origin, layout: Layout, margin: str | None) -> str:
    """Return the JSON of a value as it stands behind its name."""
    if type(value) in PLAIN:
        return repr(value)
    if margin is None:
        return dumped(json_value(value), ascii_=layout.ascii)
    text = dumped(json_value(value), indent=2, ascii_=layout.ascii)
    return text.replace("\n", f"\n{margin}")


PLAIN = (int, float)
"""Types of numbers, of which there may be a million; json.dumps would take ten times as long."""


def _object(members: Sequence[str], margin: str | None) -> str:
    """Return the object of these members, as json.dumps does."""
    if margin is None or not members:
        return f"{{{', '.join(members)}}}"
    return f"{{\n{margin}  " + f",\n{margin}  ".join(members) + f"\n{margin}}}"
