"""Columns of `format=`: `Account%20,GrpTRES,MaxJobs.from`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model import elsewhere
from slurmctl_rest.model.fields import Entity, Field
from slurmctl_rest.model.kinds.tres import TresCount
from slurmctl_rest.model.text import listed, printable


@dataclass(frozen=True, slots=True)
class Column:
    """One column of `format=`: a field, and a width (negative: flush left) or None."""

    field: Field
    width: int | None = None
    header: str = ""
    """What stands above it, where that is not the field's name."""
    origin: bool = False
    """It shows the account that the value is inherited from, and not the value."""

    @property
    def name(self) -> str:
        """Return what the column is called."""
        return self.header or self.field.name


def parse_columns(entity: Entity, text: str) -> tuple[Column, ...]:
    """Read `Account%20,GrpTRES,Org%-12`; raise UsageError for what is no column."""
    columns = []
    for part in text.split(","):
        match = re.fullmatch(r"([^%]+)(?:%(-?\d{1,4}))?", part.strip())
        if match is None or match[2] in {"0", "-0"}:
            raise UsageError(
                f"'{printable(part)}' is not a column", "write FIELD, FIELD%WIDTH or FIELD%-WIDTH"
            )
        width = int(match[2]) if match[2] else None
        columns.append(_column(entity, match[1], width))
    return tuple(columns)


ORIGIN = ".from"
"""Behind a field of format=: not its value, but the account that it is inherited from."""


def _column(entity: Entity, spelling: str, width: int | None) -> Column:
    if spelling.lower().endswith(ORIGIN):
        return _column_of_origin(entity, spelling[: -len(ORIGIN)], width)
    today = elsewhere.legacy_limit(entity.noun, spelling)
    if today is None:
        return Column(field_of(entity, spelling, "show"), width)
    name, _, tres = today.partition("=")
    legacy = elsewhere.legacy_name(entity.noun, spelling)
    field_ = replace(field_of(entity, name, "show"), kind=TresCount(tres), header=legacy)
    return Column(field_, width, legacy)


def _column_of_origin(entity: Entity, spelling: str, width: int | None) -> Column:
    field_ = field_of(entity, spelling, "show")
    if not field_.inherits:
        inherited = [f.name for f in entity.fields if f.inherits]
        raise UsageError(
            f"{entity.noun}: {field_.name} is never inherited, so it has no '{ORIGIN}'",
            f"inherited are: {listed(inherited)}" if inherited else "omit it",
        )
    return Column(field_, width, f"{field_.name}.From", origin=True)


def field_of(entity: Entity, spelling: str, use: elsewhere.Use, text: str = "") -> Field:
    """Return the field that the spelling means.

    UsageError if there is none. If sacctmgr has it, the error names the command for it, and is
    Unsupported if this program has none.
    """
    try:
        return entity.field(spelling)
    except UsageError as error:
        begun = (s for f in entity.all_fields for s in f.spellings if spelling)
        if any(s.lower().startswith(spelling.lower()) for s in begun):
            raise  # more than one field begins so
        raise elsewhere.error(entity.noun, spelling, use, text) or error from None
