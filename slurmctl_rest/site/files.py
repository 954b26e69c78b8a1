"""A site's files on disk: TOML, YAML and JSON, read safely and written with their comments."""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from slurmctl_rest.errors import SlurmctlError, Unsupported, UsageError
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import listed, printable
from slurmctl_rest.reading import is_file_or_pipe, read_whole
from slurmctl_rest.replacing import replace_whole
from slurmctl_rest.site.document import (
    ACCOUNT_TABLE,
    DEFAULTS_TABLE,
    QOS_TABLE,
    USER_TABLE,
    Part,
    Table,
)

MAX_SITE_BYTES = 64 * 1024 * 1024
"""A site of 20,000 associations takes one of them."""
FORMAT_OF_SUFFIX: Mapping[str, str] = {
    ".toml": "toml",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".cfg": "sacctmgr",
}
"""Endings of names, each with the format of the file. `sacctmgr` is what `sacctmgr dump` writes."""
FORMATS_OF_SITES = tuple(dict.fromkeys(FORMAT_OF_SUFFIX.values()))
MAX_INLINE_CHARACTERS = 80
"""A longer list is written with an entry a line."""


def files_of(path: Path) -> list[Path]:
    """Return the files of a site: the file itself, or those of a folder, by name."""
    try:
        if not path.is_dir():
            return [path]
        found = sorted(one for one in path.iterdir() if one.suffix in FORMAT_OF_SUFFIX)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not found:
        raise UsageError(
            f"{printable(str(path), 0)}: the folder has no file that ends in "
            f"{listed([*FORMAT_OF_SUFFIX])}",
            "name a file, or another folder",
        )
    return found


def format_of(path: Path) -> str:
    """Return the format of a file by its name; raise UsageError for another ending."""
    found = FORMAT_OF_SUFFIX.get(path.suffix)
    if found is None:
        raise UsageError(
            f"{printable(str(path), 0)}: the name tells no format",
            f"let it end in {listed([*FORMAT_OF_SUFFIX])}",
        )
    return found


def read_text(path: Path) -> str:
    """Return what a file holds; raise UsageError if it cannot be read, or is none."""
    try:
        content = read_whole(path, MAX_SITE_BYTES, is_file_or_pipe)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(content) > MAX_SITE_BYTES:
        raise UsageError(f"{printable(str(path), 0)}: it has more than {MAX_SITE_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{printable(str(path), 0)}: it is not UTF-8: {error}") from None


def parsed(path: Path, text: str) -> Part:
    """Return a file of TOML, YAML or JSON as plain tables; UsageError names file and line."""
    name = printable(str(path), 0)
    match format_of(path):
        case "toml":
            try:
                document: Json = tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                raise UsageError(
                    f"{name}: {printable(str(error), 0)}", "correct the TOML"
                ) from None
        case "json":
            try:
                document = json.loads(text, object_pairs_hook=_each_key_once)
            except (ValueError, RecursionError) as error:
                raise UsageError(
                    f"{name}: {printable(str(error), 0)}", "correct the JSON"
                ) from None
        case _:
            try:
                document = _plain(_yaml_loaded(name, text))
            except RecursionError:  # an alias inside of what it stands for
                raise UsageError(f"{name}: it contains itself", "correct the YAML") from None
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise UsageError(f"{name}: it has no tables", "write [account.NAME], keys and values")
    return Part(str(path), document)


def _each_key_once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return an object of JSON; ValueError for a key that is there twice, as TOML has it."""
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key '{printable(key)}' is there twice")
        found[key] = value
    return found


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{printable(str(path), 0)}: {error.strerror or error}", "name a file that can be read"
    )


# --- writing --------------------------------------------------------------------------------------


def document_text(document: Table, form: str, before: str = "") -> str:
    """Return the text of a document; comments of `before`, which it replaces, are kept.

    JSON has no comments. Tables and keys that the document does not have go.
    """
    match form:
        case "toml":
            return _as_toml(document, before)
        case "yaml":
            return _as_yaml(document, before)
        case _:
            return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def replace_file(path: Path, text: str) -> None:
    """Write a file whole, or leave the one that is there as it is; SlurmctlError names it."""
    try:
        replace_whole(path, text)
    except OSError as error:
        raise SlurmctlError(
            f"{printable(str(path), 0)}: {error.strerror or error}", "choose another file"
        ) from error


def _as_toml(document: Table, before: str) -> str:
    import tomlkit  # noqa: PLC0415  (reading does without it)

    whole = tomlkit.parse(before) if before else tomlkit.document()
    _update(whole, document, _toml_item)
    return tomlkit.dumps(whole)


def _toml_item(value: Json, path: tuple[str, ...]) -> Any:
    """Return an item: a table with a title, like [account.NAME], or what stands after a key."""
    import tomlkit  # noqa: PLC0415  (as above)

    if isinstance(value, dict):
        sections = SECTIONS_BELOW.get(path[0], 0)
        if path[:2] in {(DEFAULTS_TABLE, USER_TABLE), (DEFAULTS_TABLE, QOS_TABLE)}:
            sections = 1
        table: Any = tomlkit.inline_table()
        if len(path) <= sections + 1:
            table = tomlkit.table(is_super_table=len(path) <= sections)
        for key, one in value.items():
            table.append(key, _toml_item(one, (*path, key)))
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        for one in value:
            array.append(_toml_item(one, (*path, "", "", "")))
        return array.multiline(len(array.as_string()) > MAX_INLINE_CHARACTERS)
    return tomlkit.item(value)


SECTIONS_BELOW: Mapping[str, int] = {
    QOS_TABLE: 1,
    ACCOUNT_TABLE: 1,
    USER_TABLE: 1,
    DEFAULTS_TABLE: 2,
}
"""Keys in the title of a table after the first: [account.physics], [defaults.account.science]."""


def _as_yaml(document: Table, before: str) -> str:
    yaml = _yaml("rt")
    whole = yaml.load(before) if before else None
    if not isinstance(whole, MutableMapping):
        whole = yaml.map()
    _update(whole, document, lambda value, _: value)
    out = io.StringIO()
    yaml.dump(whole, out)
    return out.getvalue()


def _update(into: Any, document: Table, made: Any, path: tuple[str, ...] = ()) -> None:
    """Make a table of a library equal to plain ones, and leave alone what is so already."""
    for key in [key for key in into if key not in document]:
        del into[key]
    for key, value in document.items():
        if key in into and isinstance(value, dict) and isinstance(into[key], MutableMapping):
            _update(into[key], value, made, (*path, key))
        elif key not in into or _plain(into[key]) != value:
            into[key] = made(value, (*path, key))


def _plain(value: Any) -> Any:
    """Return the plain value of a library's."""
    if hasattr(value, "unwrap"):
        return value.unwrap()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


def _yaml_loaded(name: str, text: str) -> Any:
    yaml = _yaml("safe")
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415  (the extra)

    try:
        return yaml.load(text)
    except MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        where = f" (at line {at.line + 1}, column {at.column + 1})" if at else ""
        said = " ".join(str(error.problem or error.context).split())
        raise UsageError(f"{name}: {printable(said, 0)}{where}", "correct the YAML") from None
    except (YAMLError, RecursionError, ValueError) as error:
        said = " ".join(str(error).split())
        raise UsageError(f"{name}: {printable(said, 0)}", "correct the YAML") from None


def _yaml(kind: str) -> Any:
    try:
        from ruamel.yaml import YAML  # noqa: PLC0415  (the extra)
    except ImportError:
        raise Unsupported(
            "YAML needs the library ruamel.yaml", "pip install 'slurmctl-rest[yaml]', or use TOML"
        ) from None
    yaml = YAML(typ=kind, pure=True)  # YAML 1.2 in Python: libyaml reads 1.1
    yaml.default_flow_style = False
    yaml.width = 100
    return yaml
