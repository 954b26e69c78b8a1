"""Which files are generated, and what stands in each."""

from __future__ import annotations

from pathlib import Path

from slurmctl_rest.cli.completion.scripts import SCRIPTS
from slurmctl_rest.render.json import dumped

from . import grammar, manifest, pages
from .roff import PROGRAM

GRAMMAR = "slurmctl_rest/cli/completion/grammar.json"


def files() -> dict[str, str]:
    """Return the generated files: path -> text."""
    schemas = {
        f"slurmctl_rest/schemas/{name}.json": f"{dumped(document, indent=2)}\n"
        for name, document in manifest.documents().items()
    }
    scripts = {f"completions/{PROGRAM}.{shell}": script for shell, script in SCRIPTS.items()}
    return {**pages.pages(), **schemas, **scripts, GRAMMAR: grammar.text()}


def write() -> None:
    """Write the files in the current folder."""
    for path, text in files().items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
