"""`schema`: the JSON Schemas of all output, and the document of all commands, for programs.

They are files of the package: a caller need not wait for the tables, and the files that are shipped
are those that are tested. `schema commands` prints views of one (commands_document.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources

from slurmctl_rest.cli import commands_document
from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import ENTITIES
from slurmctl_rest.model.fields import did_you_mean, known_names
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.render.formats import refuse_lists_alone
from slurmctl_rest.render.json import SCHEMA_VERSION, dumped

COMMANDS = "All commands, in the size that is asked for: schema commands [NOUN [VERB]]"
MANIFEST = "All commands, options, fields, exit codes and error codes: the document itself"
"""Titles of the documents that have none."""


def run(context: Context, kind: str | None, words: Sequence[str]) -> None:
    """Print a document, or the list of them."""
    refuse_lists_alone("schema", context.options.output)
    folder = resources.files("slurmctl_rest") / "schemas"
    if kind is not None and kind.lower() == "commands":
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        target = context.console.output_target()
        # Off a terminal it is a program that pays for each character.
        indent = 2 if target.terminal else None
        whole = commands_document.view_of(manifest, words)
        if context.options.query is not None or context.options.output == "yaml":
            context.console.put_document(whole)
        else:
            context.console.print([compact(whole) if indent is None else dumped(whole, indent)])
        return
    if words:
        raise UsageError("only `schema commands` takes further words", "schema commands NOUN VERB")
    texts = {
        file.name.removesuffix(".json"): file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }
    if kind is not None:
        text = texts[_known(kind, sorted([*texts, "commands"]))]
        if context.options.query is not None or context.options.output in {"yaml", "ndjson"}:
            context.console.put_document(json.loads(text))
        else:
            context.console.print(text.splitlines())
        return
    titles = {"commands": COMMANDS, **{name: _title(text) for name, text in texts.items()}}
    items = [{"Kind": name, "Title": titles[name]} for name in sorted(titles)]
    if context.options.query is not None:
        context.console.put_document(items)
        return
    head = {"schema_version": SCHEMA_VERSION, "kind": "schemas"}
    match context.options.output:
        case "json" | "yaml":
            context.console.put_document({**head, "items": items})
            return
        case "ndjson":
            lines = [dumped(item) for item in items]
        case _:
            lines = [f"{item['Kind']:<17} {item['Title']}" for item in items]
    context.console.print(lines)


def compact(document: Json) -> str:
    """Return JSON without a space between its parts."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


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
    title: str = json.loads(text).get("title", MANIFEST)
    return title
