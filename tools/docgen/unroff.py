"""The roff that roff.py writes, as Markdown for the site."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping

from slurmctl_rest.render.manual import unescaped as plain


def inline(text: str) -> str:
    """Return a text: what is bold is code, and nothing else is anything to Markdown."""
    parts = re.split(r"\\fB(.*?)\\fR", text)
    return "".join(
        f"<code>{_told(part)}</code>" if number % 2 else _told(part)
        for number, part in enumerate(parts)
    )


def _told(text: str) -> str:
    """Return a text without meaning to Markdown, in which backslashes mean nothing within code."""
    safe = html.escape(plain(text), quote=False)
    return re.sub(r"[\\*_\[\]`#|]", lambda match: f"&#{ord(match[0])};", safe)


def markdown(page: str) -> str:
    """Return a manual page as Markdown."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: str) -> Iterator[str]:
    """Yield the lines; text is kept until its paragraph ends, since what is bold may be wrapped."""
    is_code = is_tag = False
    depth = 0
    kept: list[str] = []
    for line in page.splitlines():
        macro, _, rest = line.partition(" ")
        indent = "    " * depth
        if is_code and macro != ".EE":
            yield f"{indent}{plain(line)}"
        elif line.startswith("."):
            if kept:
                yield f"{indent}{inline(' '.join(kept))}"
                kept = []
            is_code, is_tag = macro == ".EX", macro == ".TP"
            depth = 0 if macro == ".SH" else depth + DEEPER.get(macro, 0)
            if made := MADE.get(macro):
                yield from (f"{indent}{one}".rstrip() for one in made(rest).split("\n"))
        elif is_tag:
            is_tag = False
            yield from ("", f"{indent}- **{inline(line)}**<br>")
        else:
            kept.append(line)


def _reference(name: str, volume: str) -> str:
    """Return a page that another one names; those of this program are links."""
    name = plain(name)
    if not name.startswith("slurmctl-rest"):
        return f"{name}{volume}"
    comma = "," if volume.endswith(",") else ""
    return f"[{name}{volume.rstrip(',')}]({name}.{volume[1]}.md){comma}"


DEEPER = {".RS": 1, ".RE": -1}
MADE: Mapping[str, Callable[[str], str]] = {
    ".TH": lambda rest: f"# {plain(rest.split()[0]).lower()}",
    ".SH": lambda rest: f"\n## {plain(rest).capitalize()}\n",
    ".SS": lambda rest: f"\n### {inline(rest)}\n",
    ".SY": lambda rest: f"\n`{plain(rest)}`",
    ".EX": lambda _: "\n```text",
    ".EE": lambda _: "```\n",
    ".br": lambda _: "<br>",
    **dict.fromkeys((".PP", ".sp", ".YS"), lambda _: ""),
    ".BR": lambda rest: _reference(*rest.split(" ", 1)),
}
"""What a macro becomes; those that are not here become nothing."""
