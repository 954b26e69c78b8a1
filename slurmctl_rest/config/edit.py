"""The text of a file of profiles with other keys in it, its comments kept.

All functions are pure. What comes back is checked as every profile that is read.
"""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from slurmctl_rest.config.load import validated
from slurmctl_rest.config.models import PROFILE_TABLES, Profile, ProfileFile, properties
from slurmctl_rest.errors import Conflict, NotFound, UsageError
from slurmctl_rest.model.fields import suggestion
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import printable

NewKeys = Mapping[tuple[str, ...], Json]
"""Keys with their new values: ("rest_api", "url"); None takes the key out of the file."""

YES_AND_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def key_paths() -> dict[str, tuple[str, ...]]:
    """Return every key as it is written, with its place: {"rest_api.url": ("rest_api", "url")}.

    A key that stands in one table alone is known without it, too.
    """
    top = [name for name in Profile.model_fields if name not in PROFILE_TABLES]
    paths: dict[str, tuple[str, ...]] = {name: (name,) for name in top}
    for table, model in PROFILE_TABLES.items():
        paths |= {f"{table}.{name}": (table, name) for name in model.model_fields}
    for path in [*paths.values()]:
        paths.setdefault(path[-1], path)
    return paths


def parse_settings(words: list[str]) -> dict[tuple[str, ...], Json]:
    """Return the keys that `KEY=VALUE` words name, with their values; `KEY=` takes a key out.

    >>> parse_settings(["url=unix:///run/s.sock", "journal=no", "lock_dir="])
    {('rest_api', 'url'): 'unix:///run/s.sock', ('journal',): False, ('lock_dir',): None}
    """
    known = key_paths()
    found: dict[tuple[str, ...], Json] = {}
    for word in words:
        name, separator, text = word.partition("=")
        if not separator:
            raise UsageError(f"'{printable(word)}' is not KEY=VALUE", "profile set journal=no")
        if name not in known:
            raise UsageError(f"'{printable(name)}' is not a key", suggestion(name, [*known]))
        if known[name] in found:
            raise UsageError(f"{name} is given twice")
        found[known[name]] = _value(known[name], text)
    return found


def _value(path: tuple[str, ...], text: str) -> Json:
    """Return what a text says to the kind of its key; what fits no kind is for the check."""
    if not text:
        return None
    model = Profile if len(path) == 1 else PROFILE_TABLES[path[0]]
    schema = properties(model)[path[-1]]
    kind = schema.get("anyOf", [schema])[0]["type"]
    try:
        return VALUE_READERS[kind](text) if kind in VALUE_READERS else text
    except ValueError:
        return text


def _words(text: str) -> Json:
    return json.loads(text) if text.startswith("[") else shlex.split(text)


VALUE_READERS: Mapping[str, Callable[[str], Json]] = {
    "boolean": lambda text: YES_AND_NO.get(text.lower(), text),
    "integer": int,
    "number": float,
    "array": _words,
}
"""What reads the text of a value, by the kind in the schema of its key; others are texts."""


def with_keys(text: str, name: str, wanted: NewKeys, *, new: bool = False) -> str:
    """Return the file with these keys of a profile; `new`: the profile may not be there yet.

    The first profile of a file becomes its default. ConfigError where the profile would be wrong.
    """
    import tomlkit  # noqa: PLC0415  (reading does without it)

    known = _names(text)
    if new and name in known:
        raise Conflict(
            f"profile '{printable(name)}' exists already", f"profile set KEY=VALUE --profile {name}"
        )
    if not new:
        _refuse_unknown(name, known)
    document: Any = tomlkit.parse(text)
    if not known and "default_profile" not in document:
        document.add("default_profile", name)
    profiles = document.setdefault("profiles", tomlkit.table(is_super_table=True))
    if name not in profiles:
        profiles.append(name, tomlkit.table())
    for path, value in wanted.items():
        _put(profiles[name], path, value)
    return _checked(tomlkit.dumps(document), name)


def _put(table: Any, path: tuple[str, ...], value: Json) -> None:
    import tomlkit  # noqa: PLC0415  (as above)

    key, *below = path
    if below:
        if key not in table:
            if value is None:
                return
            table.append(key, tomlkit.table())
        _put(table[key], tuple(below), value)
        if not table[key]:  # a table of nothing says nothing
            table.pop(key)
    elif value is None:
        table.pop(key, None)
    else:
        table[key] = value


def with_default(text: str, name: str) -> str:
    """Return the file with another default profile."""
    import tomlkit  # noqa: PLC0415  (reading does without it)

    _refuse_unknown(name, _names(text))
    document: Any = tomlkit.parse(text)
    if "default_profile" in document:
        document["default_profile"] = name
        return tomlkit.dumps(document)
    # Before all tables, or it would be a key of the last one.
    return f"default_profile = {tomlkit.item(name).as_string()}\n{tomlkit.dumps(document)}"


def _refuse_unknown(name: str, known: list[str]) -> None:
    if name not in known:
        raise NotFound(
            f"profile '{printable(name)}' does not exist", suggestion(name, known) if known else ""
        )


def _names(text: str) -> list[str]:
    return [*validated(ProfileFile, tomllib.loads(text), "the profile file").profiles]


def _checked(text: str, name: str) -> str:
    table = tomllib.loads(text)["profiles"][name]
    validated(Profile, table, f"profile '{name}'")
    return text
