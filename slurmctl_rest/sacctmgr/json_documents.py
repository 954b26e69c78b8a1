"""sacctmgr's --json: slurmrestd's records in its document. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from json import dumps

from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.sacctmgr.reply import LineRefused, as_lines


def json_document(key: str, found: Sequence[Json], meta: Json) -> str:
    """Return the text of a document: a list under its key, and where it comes from."""
    return "".join(_written(whole_document(key, found, meta), "")) + "\n"


def whole_document(key: str, found: Sequence[Json], meta: Json) -> dict[str, Json]:
    """Return what a document has."""
    return {key: list(found), "meta": meta, "errors": [], "warnings": []}


def meta(
    answered: Mapping[str, Json], data_parser: str, whose: tuple[str, str], command: Sequence[str]
) -> Json:
    """Return what sacctmgr says of itself.

    answered  `meta.slurm` of slurmrestd's answer
    whose     the user and the group that run the program
    """
    user, group = whose
    return {
        "plugin": {
            "type": "",
            "name": "",
            "data_parser": f"data_parser/{data_parser}",
            "accounting_storage": "accounting_storage/slurmdbd",
        },
        "client": {"source": "", "user": user, "group": group},
        "command": list(command),
        "slurm": {
            "version": dict(sorted(answered.get("version", {}).items())),
            "release": answered.get("release", ""),
            "cluster": answered.get("cluster", ""),
        },
    }


MEDIA_TYPES = {"json": "json", "yaml": "x-yaml"}
"""What sacctmgr calls the formats of documents."""


def unknown_parser(name: str, newest: str, document: str) -> LineRefused:
    """Return what it says to a version that it does not know."""
    return LineRefused(
        as_lines(
            f"sacctmgr: error: load_plugins: unable to find plugin: data_parser/{name}",
            "sacctmgr: error: data_parser_g_new: failure loading plugins: "
            "Plugin has invalid format or unable to be loaded",
            f"sacctmgr: error: application/{MEDIA_TYPES[document]} output not supported by "
            f"data_parser/{newest}",
        )
    )


STEP = "  "


def _written(value: Json, indent: str) -> Iterator[str]:
    """Yield the parts of JSON text as Slurm writes it."""
    inner = indent + STEP
    if isinstance(value, Mapping) and value:
        yield "{\n"
        for at, (name, one) in enumerate(value.items()):
            yield f"{',' * bool(at)}{chr(10) * bool(at)}{inner}{_text(name)}: "
            yield from _written(one, inner)
        yield f"\n{indent}}}"
    elif isinstance(value, list) and value:
        yield "[\n"
        for at, one in enumerate(value):
            yield f"{',' * bool(at)}{chr(10) * bool(at)}{inner}"
            yield from _written(one, inner)
        yield f"\n{indent}]"
    else:
        yield _plain(value)


def _plain(value: Json) -> str:
    match value:
        case str():
            return _text(value)
        case float():
            digits = f"{value:.17g}"
            return digits if {".", "e"} & {*digits} else f"{digits}.0"
        case _:
            return dumps(value)


def _text(value: str) -> str:
    return dumps(value, ensure_ascii=False).replace("/", "\\/")
