"""Hooks of mkdocs: what the site has beside docs/, and links between all of it.

Pages of the repository's root are below root/, and a reference page is made of each manual page,
so that it says what the program's tables say. A link to a file that the site does not have
becomes its text.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # mkdocs loads this file by its path

from tools.docgen import pages, unroff  # noqa: E402 (found only now)

OF_ROOT = {file.name: f"root/{file.name}" for file in ROOT.glob("*.md")}
PLACE_OF_REFERENCE = "reference/"
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)")


def reference() -> Mapping[str, str]:
    """Return the pages of the reference: place in the site -> Markdown."""
    return {
        f"{PLACE_OF_REFERENCE}{Path(path).name}.md": unroff.markdown(text)
        for path, text in sorted(pages.pages().items())
    }


def _listed(nav: list[Any]) -> Iterator[Any]:
    """Yield the navigation with the reference in its place."""
    for entry in nav:
        ((title, value),) = entry.items()
        if value == PLACE_OF_REFERENCE:
            yield {title: [{Path(place).stem.rpartition(".")[0]: place} for place in reference()]}
        else:
            yield {title: [*_listed(value)] if isinstance(value, list) else value}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the reference into the navigation."""
    config.nav = [*_listed(config.nav or [])]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    for name, place in OF_ROOT.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, place, content=text))
    for place, text in reference().items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, files: Files, **_: object) -> str:
    """Rewrite links as they are in the repository to links between pages of the site."""
    here = page.file.src_uri
    source = here.removeprefix("root/") if here in OF_ROOT.values() else f"docs/{here}"

    def moved(match: re.Match[str]) -> str:
        image, text, target, anchor = match.groups(default="")
        if not target or "://" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        place = OF_ROOT.get(path, path.removeprefix("docs/"))
        if files.get_file_from_path(place) is None:
            return match[0] if not (ROOT / path).exists() else text
        link = posixpath.relpath(place, posixpath.dirname(here) or ".")
        return f"{image}[{text}]({link}{anchor})"

    return LINK.sub(moved, markdown)
