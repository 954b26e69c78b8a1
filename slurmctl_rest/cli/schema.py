"""`schema`: the JSON Schemas of all output, for programs.

They are files of the package that are printed as they are: a caller need not wait for the tables,
and the files that are shipped are those that are tested.
"""

from __future__ import annotations

import json
from importlib import resources

from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import ENTITIES
from slurmctl_rest.model.fields import did_you_mean, known_names
from slurmctl_rest.render.json import SCHEMA_VERSION, dumped

COMMANDS = "All commands, options, fields, exit codes and error codes: the document itself"
"""The title of the document that has none."""


def run(context: Context, kind: str | None) -> None:
    """Print a document, or the list of them."""
    folder = resources.files("slurmctl_rest") / "schemas"
    texts = {
        file.name.removesuffix(".json"): file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }
    if kind is not None:
        context.console.print(texts[_known(kind, sorted(texts))].splitlines())
        return
    items = [{"Kind": name, "Title": _title(texts[name])} for name in sorted(texts)]
    head = {"schema_version": SCHEMA_VERSION, "kind": "schemas"}
    match context.options.output:
        case "json":
            lines = [dumped({**head, "items": items}, indent=2)]
        case "ndjson":
            lines = [dumped(item) for item in items]
        case _:
            lines = [f"{item['Kind']:<17} {item['Title']}" for item in items]
    context.console.print(lines)


def _known(kind: str, names: list[str]) -> str:
    """Return the name of a document: nouns may be spelled as commands spell them."""
    nouns = {entity.word: entity.noun for entity in ENTITIES if entity.noun in names}
    name = nouns.get(kind.lower(), kind.lower())
    if name not in names:
        raise UsageError(
            f"'{kind}' is not a kind of JSON output",
            did_you_mean(kind, [*names, *nouns]) or known_names(kind, names),
        )
    return name


def _title(text: str) -> str:
    title: str = json.loads(text).get("title", COMMANDS)
    return title
