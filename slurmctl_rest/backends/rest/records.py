"""Long lists of slurmrestd's records as rows, decoded once for each thing that they say.

Of 20,000 associations nearly all say the same of nearly everything: that there is no limit. So a
record is only cut into its parts, and a part is decoded, and checked, where its bytes were not seen
before. Rows share these values, and nobody changes a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from slurmctl_rest.backends.rest.responses import decoded
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.fields import Entity, Field
from slurmctl_rest.model.kinds import Json, Name, Value
from slurmctl_rest.model.versions import ApiVersion

if TYPE_CHECKING:
    import msgspec

Part: TypeAlias = Mapping[str, Value]
MOST_KEPT = 5_000
"""Different texts that are remembered, of each part: names of users are all different."""


def listed(document: Json, key: str) -> list[Json]:
    """Return a list of the answer; one without it is no answer to what was asked: SlurmRefused."""
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise _no_list(key)
    return found


def _no_list(key: str) -> SlurmRefused:
    return SlurmRefused(f"slurmrestd's answer holds no list '{key}' of objects")


class Reader:
    """Reads records of an entity; it remembers what parts of them mean, so keep it for the next."""

    def __init__(
        self,
        entity: Entity,
        key: str,
        fields: Iterable[Field] | None = None,
        version: ApiVersion | None = None,
    ) -> None:
        """`key`: of the list; `fields`: those that rows are to have, all unless they are named."""
        self.entity = entity
        self.key = key
        self.version = version
        self.fields = tuple(fields or entity.fields)
        groups: dict[str, list[Field]] = {}
        for field in self.fields:
            groups.setdefault(field.path.partition(".")[0], []).append(field)
        parts = [_Part(key, tuple(some), version) for key, some in groups.items()]
        # Names tell one record from the next; of the rest many have all parts alike.
        self._names = [part for part in parts if part.is_name]
        self._rest = [part for part in parts if not part.is_name]
        self._known: dict[bytes, Part] = {}
        self._gaps: dict[tuple[str, ...], int] = {}

    def rows(self, document: Json) -> list[dict[str, Value]]:
        """Return the rows of a document's list, which may be JSON text still.

        SlurmRefused where there is none, or names the record that is wrong.
        """
        text = document.get(self.key)
        if not isinstance(text, bytes):
            records = listed(document, self.key)
            return [self.entity.load(one, self.fields, self.version) for one in records]
        import msgspec  # noqa: PLC0415  (only for what is long)

        cut = msgspec.json.Decoder(list[msgspec.Raw]).decode
        parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        try:
            return [self._row(record, parts(record)) for record in cut(text)]
        except msgspec.DecodeError as error:
            raise _no_list(self.key) from error

    def _row(self, record: msgspec.Raw, parts: Mapping[str, msgspec.Raw]) -> dict[str, Value]:
        if self._has_other_gaps(record, parts):
            _whole(record)
        try:
            rest = b"\0".join([parts.get(part.key, b"") for part in self._rest])
            found = self._known.get(rest)
            if found is None:
                found = {}
                for part in self._rest:
                    found |= part.read(bytes(parts.get(part.key, b"")))
                _remember(self._known, rest, found)
            row = {**found}
            for part in self._names:
                row.update(part.read(bytes(parts.get(part.key, b""))))
        except (ValueError, RecursionError):
            return self.entity.load(_whole(record), self.fields, self.version)  # which names it
        return row

    def _has_other_gaps(self, record: msgspec.Raw, parts: Mapping[str, msgspec.Raw]) -> bool:
        """Tell whether a key may come twice: which of two values is meant, nobody knows.

        What stands between the values is as long as in the last record with these keys. Where it
        is not, the record is to be decoded whole, which tells.
        """
        keys, gap = tuple(parts), len(memoryview(record)) - len(b"".join(parts.values()))
        if self._gaps.get(keys) == gap:
            return False
        self._gaps[keys] = gap
        return True


class _Part:
    """What stands under one key of a record, and the fields that it holds."""

    def __init__(self, key: str, fields: Sequence[Field], version: ApiVersion | None) -> None:
        self.key = key
        self.fields = fields
        self.version = version
        self.known: dict[bytes, Part] = {}
        self.is_name = all(isinstance(f.kind, Name) and f.path == key for f in fields)

    def read(self, text: bytes) -> Part:
        """Return the values of the fields; ValueError where one is wrong. No text: not there."""
        found = self.known.get(text)
        if found is None:
            holder = {self.key: _value(text)} if text else {}
            found = {field.name: field.load(holder, self.version) for field in self.fields}
            _remember(self.known, text, found)
        return found


def _remember(known: dict[bytes, Part], text: bytes, part: Part) -> None:
    if len(known) >= MOST_KEPT:
        known.clear()
    known[text] = part


def _value(text: bytes) -> Json:
    """Return a part of a record: msgspec is quicker, but lets a key come twice in an object."""
    import msgspec  # noqa: PLC0415  (only for what is long)

    return decoded(text) if text[:1] in {b"{", b"["} else msgspec.json.decode(text)


def _whole(record: msgspec.Raw) -> Json:
    try:
        return decoded(bytes(record))
    except (ValueError, RecursionError) as error:
        raise SlurmRefused(
            f"slurmrestd's answer holds a record that cannot be read: {error}"
        ) from error
