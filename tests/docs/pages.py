"""The pages that people read, taken apart: what can be typed, scripts, sessions with output."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES: Mapping[str, str] = {
    str(file.relative_to(ROOT)): file.read_text(encoding="utf-8")
    for file in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
}
"""Their texts, by their names."""

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^ {4}(?:\$ )?slurmctl-rest (.+)$", re.MULTILINE)
MEANT = re.compile(r"`slurmctl-rest ([^`]+)`")
OF_CRON = re.compile(r"^[\d*/]+(?: [\d*/]+){4} .*?\bslurmctl-rest (.+)$", re.MULTILINE)


def prose(page: str) -> str:
    """Return a page without its fenced blocks."""
    return FENCED.sub("", page)


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks in a language."""
    return [text for found, text in FENCED.findall(page) if found == language]


def commands(page: str) -> list[str]:
    """Return what stands behind `slurmctl-rest` in blocks, in crontabs and between backticks."""
    text = prose(page)
    crontabs = "\n".join(blocks(page, "crontab"))
    found = [*TYPED.findall(text), *MEANT.findall(text), *OF_CRON.findall(crontabs)]
    return [line for line in found if "..." not in line]


def session(page: str) -> str:
    """Return the commands of a page that are shown with their output, and that output."""
    found = re.findall(r"(?:^ {4}.*\n|^\n)+", prose(page), re.MULTILINE)
    typed = [textwrap.dedent(part).strip() for part in found if part.strip().startswith("$ ")]
    return "\n".join(typed)


def scripts(page: str) -> Mapping[str, str]:
    """Return the shell scripts of a page, by the names that their second lines give them."""
    return {text.split()[2]: text for text in blocks(page, "sh")}
