"""Keys of tables that people write: what each takes, what it is for, and how it is read.

A table is a frozen dataclass, and each field of it is made by `key`: one row a key. Its values come
from TOML, or as text or JSON from variables. A value that is no good is a ValueError that says what
to write, and never the value: that may be a token in the wrong place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from slurmctl_rest.model.kinds.base import Json

Table = TypeVar("Table")


@dataclass(frozen=True, slots=True)
class Takes:
    """What a key takes.

    read     from a value of TOML or JSON, or the text of a variable, to that of the key
    schema   JSON Schema of it
    is_json  a variable holds it as JSON
    table    the dataclass, where the key is a table of keys itself
    """

    read: Callable[[Json], Any]
    schema: Mapping[str, Json]
    is_json: bool = False
    table: type[Any] | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table; MISSING is the default of one that has to be there."""

    name: str
    companions: Takes
    meaning: str
    default: Any

    @property
    def required(self) -> bool:
        """Tell whether it has to be there."""
        return self.default is MISSING

    @property
    def schema(self) -> dict[str, Json]:
        """Return the JSON Schema, with the default."""
        if self.companions.table is not None:
            return {"type": "object"}
        schema = dict(self.companions.schema)
        if self.default is None:
            schema = {"anyOf": [schema, {"type": "null"}]}
        default = {} if self.required else {"default": as_json(self.default)}
        return dict(sorted({**schema, **default}.items()))

    def read(self, value: Json) -> Any:
        """Return the value of the key; Wrong for one that is no good."""
        if value is None and self.default is None:
            return None
        try:
            return self.companions.read(value)
        except Wrong as wrong:
            raise Wrong(wrong.reason, (self.name, *wrong.path)) from wrong
        except ValueError as error:
            raise Wrong(f": {error}", (self.name,)) from error


class Wrong(ValueError):
    """What is wrong with a table: the keys that lead there, and the words behind them."""

    def __init__(self, reason: str, path: tuple[str, ...] = ()) -> None:
        """Without a path it is about the whole, and the words stand alone."""
        super().__init__(".".join(path) + reason if path else reason.removeprefix(": "))
        self.reason = reason
        self.path = path


class Unknown(Wrong):
    """A key that is none of those that are known there."""

    def __init__(self, path: tuple[str, ...], known: Iterable[str]) -> None:
        """Keep which keys there are."""
        super().__init__(" is no key", path)
        self.known = tuple(known)


def key(companions: Takes, meaning: str, default: Any = MISSING) -> Any:
    """Return the field of a table; one that is None by default may be unset."""
    return field(default=default, metadata={"takes": companions, "meaning": meaning})


def of(table: type[Any]) -> Mapping[str, Key]:
    """Return the keys of a table by their names."""
    return {
        one.name: Key(one.name, one.metadata["takes"], one.metadata["meaning"], one.default)
        for one in fields(table)
    }


def read(table: type[Table], values: Json) -> Table:
    """Return the table; Wrong names what is wrong first, and a key that is none before all else."""
    _refuse_unknown(table, values)
    return _read(table, values)


def as_json(value: Any) -> Json:
    """Return a value, or a table, as JSON."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: as_json(getattr(value, name)) for name in of(type(value))}
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def _read(table: type[Table], values: Json) -> Table:
    if not isinstance(values, Mapping):
        raise Wrong(": write a table")
    found = {}
    for one in of(table).values():
        if one.name in values:
            found[one.name] = one.read(values[one.name])
        elif one.required:
            raise Wrong(" is missing", (one.name,))
    try:
        return table(**found)
    except ValueError as error:
        raise Wrong(f": {error}") from error


def _refuse_unknown(table: type[Any], values: Json, above: tuple[str, ...] = ()) -> None:
    known = of(table)
    for name, value in values.items() if isinstance(values, Mapping) else ():
        if name not in known:
            raise Unknown((*above, name), known)
        if inner := known[name].companions.table:
            _refuse_unknown(inner, value, (*above, name))


# --- what keys take -----------------------------------------------------------------------------


def text(check: Callable[[str], str] = str) -> Takes:
    """Return what takes text; `check` returns it as it is kept."""
    return Takes(lambda value: _uncontrolled(check(_text(value))), {"type": "string"})


def one_of(*words: str) -> Takes:
    """Return what takes one of these words."""

    def read(value: Json) -> str:
        if value not in words:
            raise ValueError(f"write {' or '.join(repr(word) for word in words)}")
        return str(value)

    return Takes(read, {"enum": list(words), "type": "string"})


def path(check: Callable[[Path], Path] = Path) -> Takes:
    """Return what takes a place in the file system."""
    return Takes(
        lambda value: check(
            Path(_uncontrolled(str(value) if isinstance(value, Path) else _text(value)))
        ),
        {"format": "path", "type": "string"},
    )


def whole(least: int, most: int) -> Takes:
    """Return what takes a whole number."""

    def read(value: Json) -> int:
        number = _number(int, value)
        if number is None or not least <= number <= most or number != float(value):
            raise ValueError(f"write a whole number from {least} to {most}")
        return number

    return Takes(read, {"maximum": most, "minimum": least, "type": "integer"})


def number(above: int, most: int) -> Takes:
    """Return what takes a number."""

    def read(value: Json) -> float:
        found = _number(float, value)
        if found is None or not above < found <= most:
            raise ValueError(f"write a number above {above}, at most {most}")
        return found

    return Takes(read, {"exclusiveMinimum": above, "maximum": most, "type": "number"})


FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False),
}


def flag() -> Takes:
    """Return what takes true or false."""

    def read(value: Json) -> bool:
        word = str(value).lower() if isinstance(value, bool | int | str) else ""
        if word not in FLAGS:
            raise ValueError("write true or false")
        return FLAGS[word]

    return Takes(read, {"type": "boolean"})


def words() -> Takes:
    """Return what takes a list of texts."""

    def read(value: Json) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise ValueError('write an array of strings, ["like", "this"]')
        return tuple(_uncontrolled(_text(one)) for one in value)

    return Takes(read, {"items": {"type": "string"}, "type": "array"}, is_json=True)


def table(kind: type[Any]) -> Takes:
    """Return what takes a table of keys."""
    return Takes(lambda value: _read(kind, value), {"type": "object"}, is_json=True, table=kind)


def tables() -> Takes:
    """Return what takes tables by their names, each to be read as something else."""

    def read(value: Json) -> Mapping[str, Mapping[str, Json]]:
        if not isinstance(value, Mapping):
            raise Wrong(": write a table")
        for name, one in value.items():
            if not isinstance(one, Mapping):
                raise Wrong(": write a table", (name,))
        return value

    return Takes(read, {"type": "object"})


def _text(value: Json) -> str:
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("it is not UTF-8")
    if isinstance(value, str):
        return value
    raise ValueError("write a string")


def _uncontrolled(text: str) -> str:
    """Return a text without control characters: no system call takes NUL, and no key any."""
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise ValueError("it holds a control character")
    return text


NumberT = TypeVar("NumberT", int, float)


def _number(kind: Callable[[Json], NumberT], value: Json) -> NumberT | None:
    """Return the number that a value is, or that a text says."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return kind(value)
    except (ValueError, OverflowError):  # no number, or more than fits
        return None
