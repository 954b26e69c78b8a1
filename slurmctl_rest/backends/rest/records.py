"""Long lists of slurmrestd's records as rows, where equal parts are decoded once.

Of 20,000 associations nearly all say the same of nearly everything: that there is no limit. So a
record is only cut into its parts, and a part is decoded, and checked, where its bytes were not seen
before. Rows share these values, and nobody changes a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from slurmctl_rest.backends.rest.body import decode_json
from slurmctl_rest.cache import BoundedCache
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.names import Name
from slurmctl_rest.model.versions import ApiVersion

if TYPE_CHECKING:
    import msgspec

PartValues: TypeAlias = Mapping[str, Value]


def list_of(document: Json, key: str) -> list[Json]:
    """Return a list of the answer; one without it is no answer to what was asked: SlurmRefused."""
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise _no_list(key)
    return found


def each(document: Json, key: str) -> Iterator[Json]:
    """Yield the records of a list; where it is JSON text still, each is decoded in its turn.

    SlurmRefused where there is no list, or a record cannot be read.
    """
    text = document.get(key)
    if isinstance(text, bytes):
        yield from (_object(record, key) for record in _cut_list(text, key))
    else:
        yield from list_of(document, key)


def named_records(document: Json, key: str, path: str, names: Collection[str]) -> Iterator[Json]:
    """Yield the records of a list that bear one of the names, or all; `path`: of the name.

    One without a name is among them: whoever loads it says what it lacks.
    """
    meant = {*names}
    for record in each(document, key):
        name = record.get(path)
        if not meant or not isinstance(name, str) or name in meant:
            yield record


def _cut_list(text: bytes, key: str) -> list[msgspec.Raw]:
    import msgspec  # noqa: PLC0415  (only for what is long)

    try:
        return msgspec.json.decode(text, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise _no_list(key) from error


def _no_list(key: str) -> SlurmRefused:
    return SlurmRefused(f"slurmrestd's answer has no list '{key}' of objects")


class RecordReader:
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
        parts = _parts_of(self.fields, version)
        # Names tell one record from the next; of the rest many have all parts alike.
        self._names = [part for part in parts if part.is_name]
        self._rest = [part for part in parts if not part.is_name]
        self._known: BoundedCache[bytes, PartValues] = BoundedCache()
        self._cut = _Cut()

    def rows(self, document: Json) -> list[Row]:
        """Return the rows of a document's list, which may be JSON text still.

        SlurmRefused where there is none, or names the record that is wrong.
        """
        text = document.get(self.key)
        if not isinstance(text, bytes):
            records = list_of(document, self.key)
            return [self.entity.load(one, self.fields, self.version) for one in records]
        return [self._row(record) for record in _cut_list(text, self.key)]

    def _row(self, record: msgspec.Raw) -> Row:
        try:
            parts = self._cut.parts(record)
            # JSON holds no NUL, so two different records never join to the same bytes.
            rest = b"\0".join([parts.get(part.key, b"") for part in self._rest])
            found = self._known.get(rest)
            if found is None:
                found = self._known[rest] = _read(self._rest, parts)
            return {**found, **_read(self._names, parts)}
        except (ValueError, RecursionError):
            whole = _object(record, self.key)
            return self.entity.load(whole, self.fields, self.version)  # which names it


class _Part:
    """The value of one key, and the fields that it holds: in parts of its own, if it has any.

    So two records that differ in one limit share the values of all others.
    """

    def __init__(self, path: str, fields: Sequence[Field], version: ApiVersion | None) -> None:
        """`path`: of the key, in a record."""
        self.path = path
        self.key = path.rpartition(".")[2]
        self.fields = fields
        self.version = version
        self.known: BoundedCache[bytes, PartValues] = BoundedCache()
        self.is_name = all(isinstance(f.kind, Name) and f.path == path for f in fields)
        has_parts = all(f.path != path for f in fields)
        self.parts = _parts_of(fields, version, f"{path}.") if has_parts else []
        self._cut = _Cut()

    def read(self, text: bytes) -> PartValues:
        """Return the values of the fields; ValueError where one is wrong. No text: not there."""
        found = self.known.get(text)
        if found is None:
            chunked = self.parts and text
            found = _read(self.parts, self._cut.parts(text)) if chunked else self._whole(text)
            self.known[text] = found
        return found

    def _whole(self, text: bytes) -> PartValues:
        record: Json = {}
        if text:
            record = _value(text)
            for step in reversed(self.path.split(".")):
                record = {step: record}
        return {field.name: field.load(record, self.version) for field in self.fields}


def _parts_of(fields: Iterable[Field], version: ApiVersion | None, before: str = "") -> list[_Part]:
    """Return the parts that hold the fields, whose paths all begin alike.

    Example: max.jobs.total and max.tres.total -> one part `max`, which has parts of its own.
    """
    groups: dict[str, list[Field]] = {}
    for field in fields:
        step = field.path.removeprefix(before).partition(".")[0]
        groups.setdefault(f"{before}{step}", []).append(field)
    return [_Part(path, some, version) for path, some in groups.items()]


def _read(parts: Iterable[_Part], texts: Mapping[str, msgspec.Raw]) -> PartValues:
    """Return the values of all fields of the parts."""
    found: dict[str, Value] = {}
    for part in parts:
        found |= part.read(bytes(texts.get(part.key, b"")))
    return found


class _Cut:
    """Cuts objects into what stands under their keys, and sees whether a key comes twice."""

    def __init__(self) -> None:
        self._gaps: dict[tuple[str, ...], int] = {}

    def parts(self, text: msgspec.Raw | bytes) -> Mapping[str, msgspec.Raw]:
        """Return the text under each key; ValueError where a key comes twice.

        Of two values nobody knows which is meant, and msgspec lets a key come twice. The text
        between the values is as long as in the last object with these keys; if not, the object is
        decoded whole, which finds such a key.
        """
        parts = _cutter()(text)
        keys, gap = tuple(parts), len(memoryview(text)) - len(b"".join(parts.values()))
        if self._gaps.get(keys) != gap:
            decode_json(bytes(text))
            self._gaps[keys] = gap
        return parts


@cache
def _cutter() -> Callable[[bytes], dict[str, msgspec.Raw]]:
    import msgspec  # noqa: PLC0415  (only for what is long)

    return msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _value(text: bytes) -> Json:
    """Return a part of a record: msgspec is quicker, but lets a key come twice in an object."""
    import msgspec  # noqa: PLC0415  (only for what is long)

    return decode_json(text) if text[:1] in {b"{", b"["} else msgspec.json.decode(text)


def _object(record: msgspec.Raw, key: str) -> Json:
    try:
        whole = decode_json(bytes(record))
    except (ValueError, RecursionError) as error:
        raise SlurmRefused(
            f"slurmrestd's answer has a record that cannot be read: {error}"
        ) from error
    if not isinstance(whole, Mapping):
        raise _no_list(key)
    return whole
