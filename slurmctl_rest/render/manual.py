"""Our manual pages as plain text, where there is no `man`: the roff of tools/docgen/roff.py."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

ESCAPES = {
    r"\e": "\\",
    r"\-": "-",
    r"\(aq": "'",
    r"\(dq": '"',
    r"\(ga": "`",
    r"\(ha": "^",
    r"\(ti": "~",
    r"\&": "",
}
"""The escapes that our pages have, beside those of letters by their number."""

ESCAPE = re.compile(r"\\\[u([0-9A-F]{4,6})\]|\\\(..|\\[e&-]")
FONT = re.compile(r"\\f[BR]")
TEXT_INDENT = 7
DEEPER = {".RS": TEXT_INDENT, ".RE": -TEXT_INDENT}


def unescaped(text: str) -> str:
    """Return a text without roff's escapes."""
    return ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else ESCAPES.get(m[0], ""), text)


def page_text(page: str, width: int = 80) -> Iterator[str]:
    """Yield the lines of a page."""
    depth, hanging = 0, 0
    is_code = is_tag = False
    kept: list[str] = []
    for line in [*page.splitlines(), ".end"]:
        macro, _, rest = line.partition(" ")
        said = unescaped(FONT.sub("", line))
        if is_code and macro != ".EE":
            yield f"{' ' * (depth + TEXT_INDENT)}{said}".rstrip()
        elif not line.startswith("."):
            if is_tag:
                yield f"{' ' * (depth + TEXT_INDENT)}{said}"
            else:
                kept.append(said)
            is_tag = False
        else:
            if kept and macro != ".BR":
                yield from _filled(" ".join(kept), depth + TEXT_INDENT + hanging, width)
                kept = []
            is_code, is_tag = macro == ".EX", macro == ".TP"
            if macro in {".SH", ".SS"}:
                depth, indent = 0, 0 if macro == ".SH" else 3
                yield from ("", f"{' ' * indent}{unescaped(rest)}")
            elif macro in {".TP", ".PP", ".sp", ".EX", ".SY"}:
                yield ""
            if macro in {".BR", ".SY"}:
                kept.append(unescaped(rest.replace(" (", "(")))
            hanging = _hanging(macro, hanging)
            depth += DEEPER.get(macro, 0)


def _hanging(macro: str, before: int) -> int:
    """Return how far the text after a macro is from its paragraph: below a tag it is further in."""
    if macro == ".TP":
        return TEXT_INDENT
    return before if macro == ".br" else 0


def _filled(text: str, indent: int, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=" " * indent, subsequent_indent=" " * indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
