"""`--template`: a line a row, with values of its fields: `{Account} {User:>10}`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.columns import Column, parse_columns
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.text import masked, printable
from slurmctl_rest.render.cells import padded
from slurmctl_rest.render.listing import OutputTarget, ResultList

EXAMPLE = "for example: --template '{Account} {GrpTRES:>20}'"


@dataclass(frozen=True, slots=True)
class Piece:
    """Text, and the field that follows it, if one does; a width flush right, or negative: left."""

    text: str
    field: str = ""
    width: int = 0


def template_pieces(template: str) -> list[Piece]:
    """Return the pieces of a template; UsageError if it cannot be read.

    Only the braces of str.format are read here, and nothing of what it can do with a value.

    >>> template_pieces("{Account:20} has {MaxJobs}")
    [Piece(text='', field='Account', width=-20), Piece(text=' has ', field='MaxJobs', width=0)]
    """
    try:
        parts = [*Formatter().parse(template)]
    except ValueError as error:
        raise UsageError(f"--template cannot be read: {error}", EXAMPLE) from error
    return [_piece(*part) for part in parts]


def _piece(text: str, name: str | None, width: str | None, conversion: str | None) -> Piece:
    text = text.replace("\\t", "\t").replace("\\n", "\n")
    if name is None:
        return Piece(text)
    match = re.fullmatch(r"(<|>|)(\d{1,3}|)", width or "")
    if not re.fullmatch(r"\w+(\.\w+)?", name) or match is None or conversion:
        raise UsageError(
            f"--template: '{printable(name)}' is not a field of a template",
            "write {FIELD}, {FIELD:WIDTH} or {FIELD:>WIDTH}; {{ and }} are braces",
        )
    return Piece(text, name, int(match[2] or 0) * (1 if match[1] == ">" else -1))


def template_columns(template: str, entity: Entity) -> list[Column]:
    """Return the columns of which the template has values; UsageError names an unknown field."""
    return [_column(entity, piece) for piece in template_pieces(template) if piece.field]


def filled(listing: ResultList, template: str, target: OutputTarget) -> Iterator[str]:
    """Yield the template for each row, filled in with the texts that sacctmgr has for values."""
    found = [
        (p, _column(listing.entity, p) if p.field else None) for p in template_pieces(template)
    ]
    for row in listing.rows:
        line = []
        for piece, column in found:
            line.append(piece.text)
            if column is not None:
                kind, name = column.field.kind, column.field.name
                value = str(row[column.name] or "") if column.origin else kind.text(row.get(name))
                # A terminal would obey control characters; a program gets the values as they are.
                text = printable(value, 0) if target.terminal else value
                line.append(padded(text, abs(piece.width), right=piece.width > 0))
        yield masked("".join(line))


def _column(entity: Entity, piece: Piece) -> Column:
    [column] = parse_columns(entity, piece.field)
    return column
