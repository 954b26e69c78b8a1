"""The output formats: a function for each, and their table."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.fields import Entity, Field
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.numbers import Count, Real
from slurmctl_rest.model.text import masked, printable
from slurmctl_rest.render.json import SCHEMA_VERSION, dumped, json_value
from slurmctl_rest.render.listing import OutputTarget, ResultList, Texts
from slurmctl_rest.render.table import lines


def _table(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Columns under headers: fitted to a terminal, unwrapped and whole elsewhere."""
    if target.draws and listing.entity.noun in DRAWN:
        from slurmctl_rest.render import drawings  # noqa: PLC0415  (only at a terminal)

        return iter(drawings.lines(listing, target))
    return lines(listing, target)


DRAWN = ("check", "quota", "setting", "usage", "why")
"""Nouns of lists that have a form of their own on a screen (`drawings.LISTS`)."""


def _json(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """One object with the items and where they come from: all of it, or an error and nothing."""
    rendered: Iterable[str] = (f"{MARGIN}{item}" for item in json_items(listing, target, MARGIN))
    # A row may still fail to be read: half a document must not be printed.
    items = iter(rendered if listing.complete else [*rendered])
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": listing.entity.noun,
        **listing.meta(),
        "items": [],
        "warnings": list(listing.warnings),
    }
    text = dumped(document, indent=2, ascii_=target.ascii)
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
"""Unlike any other line of the document: deeper ones have more blanks before them."""


MARGIN = " " * 4
"""The indent of an item in a document."""


def _yaml(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Yield the document of JSON in YAML."""
    document = "\n".join(_json(listing, replace(target, ascii=False)))
    yield from document_lines(json.loads(document), "yaml", ascii_=target.ascii)


def _ndjson(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """One object a line, for pipes."""
    return json_items(listing, target)


def _wide(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Return the table as it is off a terminal: whole, and in lines of any length."""
    return lines(listing, replace(target, terminal=False))


def _name(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Yield each name once, for xargs."""
    field = naming_field(listing.entity)
    names = [*dict.fromkeys(field.kind.text(row[field.name]) for row in listing.rows)]
    if names == [""]:  # months of usage, for example, which belong to no account
        raise _nameless(listing.entity)
    for name in filter(None, names):
        yield printable(name, 0) if target.terminal else masked(name)


def naming_field(entity: Entity) -> Field:
    """Return the field that names the objects; UsageError for those that have no name."""
    if not entity.is_named:
        raise _nameless(entity)
    return entity.key


def _nameless(entity: Entity) -> UsageError:
    return UsageError(f"{entity.plural} have no names", "use --template '{FIELD} {FIELD}'")


def _csv(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Comma separated, quoted where needed (RFC 4180, with \\n)."""
    import csv  # noqa: PLC0415  (only where it is needed)

    line = io.StringIO()
    writer = csv.writer(line, lineterminator="")
    for cells in chain([listing.names] if target.header else [], listing.cells()):
        # A terminal would obey control characters; a program gets the values as they are.
        writer.writerow([printable(c, 0) for c in cells] if target.terminal else cells)
        text = line.getvalue()
        yield text if target.terminal else masked(text)
        line.seek(0)
        line.truncate()


def _parsable(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Return sacctmgr -p: `|` between columns and after the last."""
    return (f"{line}|" for line in _parsable2(listing, target))


def _parsable2(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Return sacctmgr -P: `|` between columns. No token goes on after one."""
    for cells in chain([listing.sacctmgr_headers] if target.header else [], listing.cells()):
        yield (
            "|".join(printable(cell, 0) for cell in cells)
            if target.terminal
            else masked("|".join(cells))
        )


def _prometheus(listing: ResultList, target: OutputTarget) -> Iterator[str]:
    """Prometheus' text format: a gauge for each column of numbers, the others are its labels.

    Example: slurmctl_rest_quota_used{account="physics",limit="GrpTRES",tres="cpu"} 6
    """
    rows = list(listing.rows)
    numbers = [c for c in listing.columns if isinstance(c.field.kind, Count | Real)]
    labels = [c for c in listing.columns if c not in numbers]
    noun = listing.entity.noun.replace("-", "_")
    gauges: Sequence[Column | None] = numbers or [None]
    for column in gauges:
        name = f"slurmctl_rest_{noun}_{column.field.name.lower() if column else 'info'}"
        if target.header:
            yield f"# HELP {name} {column.field.help if column else noun}"
            yield f"# TYPE {name} gauge"
        for row in rows:
            value = row.get(column.field.name) if column else 1
            if value is not None:
                told = ((c.field, c.field.kind.text(row.get(c.field.name))) for c in labels)
                pairs = [f'{f.name.lower()}="{_escaped(text)}"' for f, text in told if text]
                yield masked(f"{name}{{{','.join(pairs)}}} {value}")


def _escaped(text: str) -> str:
    return printable(text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"), 0)


OF_DOCUMENTS = ("table", "json", "ndjson", "yaml")
"""Formats of what is no list: a text for people, or a document."""


def document_lines(document: Json, output: str, *, ascii_: bool) -> Iterator[str]:
    """Yield a document as JSON, on one line (ndjson), or in YAML."""
    if output != "yaml":
        yield dumped(document, None if output == "ndjson" else 2, ascii_=ascii_)
        return
    from slurmctl_rest.render.yaml_text import yaml_lines  # noqa: PLC0415  (where it is needed)

    for line in yaml_lines(document):
        # In quotes, where alone such letters stand, YAML has Python's escapes: \xe9, \U0001f680.
        yield line.encode("ascii", "backslashreplace").decode() if ascii_ else line


def option_of(output: str) -> str:
    """Return the option that asks for a format."""
    known = {"parsable": "-p", "parsable2": "-P", "template": "--template"}
    return known.get(output, f"-o {output}")


def refuse_lists_alone(what: str, output: str, *also: str) -> None:
    """Raise UsageError for a format that prints rows, of what has none; `also`: those it takes."""
    if output not in (*OF_DOCUMENTS, *also):
        raise UsageError(
            f"{option_of(output)} prints the rows of a list, and {what} has none",
            "use --json or --output yaml",
        )


FORMATS: Mapping[str, Callable[[ResultList, OutputTarget], Iterator[str]]] = {
    "table": _table,
    "wide": _wide,
    "name": _name,
    "json": _json,
    "yaml": _yaml,
    "ndjson": _ndjson,
    "csv": _csv,
    "parsable": _parsable,
    "parsable2": _parsable2,
    "prometheus": _prometheus,
}


def json_items(
    listing: ResultList, target: OutputTarget, margin: str | None = None
) -> Iterator[str]:
    """Yield the JSON of each item: in one line, or in several, after a margin from the second on.

    It is put together of its members, since most rows share most of their values.
    """
    deeper = None if margin is None else f"{margin}  "
    values: Texts[Value] = Texts(partial(_member, target=target, margin=deeper))
    origins: Texts[Origin] = Texts(partial(_member, target=target, margin=deeper and f"{deeper}  "))
    chosen = [column.field for column in listing.columns]
    asked = (f for f in listing.entity.on_request if f.name in {one.name for one in chosen})
    fields = chosen if listing.named else (*listing.entity.fields, *asked)
    names = {f.name: f"{dumped(f.name)}: " for f in fields}
    inherits = not listing.named and any(f.inherits for f in listing.entity.fields)
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


def _member(value: Value | Origin, target: OutputTarget, margin: str | None) -> str:
    """Return the JSON of a value as it stands after its name."""
    # type(): True is an int to isinstance().
    if type(value) in PLAIN_NUMBERS:
        return repr(value)
    if margin is None:
        return dumped(json_value(value), ascii_=target.ascii)
    text = dumped(json_value(value), indent=2, ascii_=target.ascii)
    return text.replace("\n", f"\n{margin}")


PLAIN_NUMBERS = (int, float)
"""Types of numbers, of which there may be a million; json.dumps would take ten times as long."""


def _object(members: Sequence[str], margin: str | None) -> str:
    """Return the object of these members, as json.dumps does."""
    if margin is None or not members:
        return f"{{{', '.join(members)}}}"
    return f"{{\n{margin}  " + f",\n{margin}  ".join(members) + f"\n{margin}}}"
