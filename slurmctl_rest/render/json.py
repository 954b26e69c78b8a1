"""Values and documents as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache

from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.text import masked

SCHEMA_VERSION = 1


def json_value(value: Value | Origin) -> Json:
    """Return a value as JSON: names are lists, TRES objects of integers, unset is null."""
    return list(value) if isinstance(value, tuple) else _sorted(value)


def _sorted(value: Json) -> Json:
    """Return what is by TRES, by name: over REST they come in the order of their ids."""
    return dict(sorted(value.items())) if isinstance(value, Mapping) else value


def json_item(entity: Entity, row: Row) -> dict[str, Json]:
    """Return the object of a row: every field of the entity, always the same keys."""
    return {f.name: json_value(row.get(f.name)) for f in entity.fields}


def dumped(document: Json, indent: int | None = None, *, ascii_: bool = False) -> str:
    """Return JSON text, without tokens; names in any script are readable, unless it is `ascii_`."""
    text = masked(_encoder(indent, ascii_).encode(document))
    return UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


@cache
def _encoder(indent: int | None, ascii_: bool) -> json.JSONEncoder:
    """Return the encoder of a form, which json.dumps would make anew for each value.

    msgspec does not pay here: lists encode each value once an object (`formats.Texts`), so that it
    takes 9 % from the 0.24 s of 20,000 associations, and this 12 %. It would also write other bytes
    (1e16 for 1e+16), has no escapes for streams of ASCII, and refuses half a character.
    """
    return json.JSONEncoder(indent=indent, ensure_ascii=ascii_, allow_nan=False)


UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What JSON leaves as it is, and a terminal obeys or does not show."""
