"""sacctmgr's --yaml: the documents of --json as libyaml writes them, each value with its tag. Pure.

libyaml's rules for one style of a text or another are in its emitter.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.sacctmgr.json_documents import whole_document

FOLD_COLUMN = 80
"""Behind so many characters a line ends at the next space."""

INDICATORS = re.compile(
    r"""---|\.\.\.|[#,\[\]{}&*!|>'"%@`]|[?:-](\s|$)|.*(:(\s|$)|\s\#)""", re.DOTALL
)
"""Of a text that would be read as something else without quotes."""
OUTER_BLANK = re.compile(r"\s|.*\s$", re.DOTALL)
NOT_SINGLE = re.compile(r"[^\n -~]|\n | \n")
"""Of a text that single quotes cannot hold."""


def yaml_document(key: str, found: Sequence[Json], meta: Json) -> str:
    """Return the text of a document: a list under its key, and where it comes from."""
    lines = "\n".join(_mapping(whole_document(key, found, meta), ""))
    return f"%YAML 1.1\n--- !!map\n{lines}\n...\n\n"


def _mapping(whole: Mapping[str, Json], indent: str) -> Iterator[str]:
    for name, value in whole.items():
        title = f"{indent}!!str {name}:"
        match value:
            case {}:
                yield f"{title} !!map" + ("" if value else " {}")
                yield from _mapping(value, f"{indent}  ")
            case []:
                yield f"{title} !!seq []"
            case [*items]:
                yield f"{title} !!seq"
                yield from _sequence(items, indent)
            case _:
                yield _scalar(f"{title} ", value, f"{indent}  ")


def _sequence(items: Sequence[Json], indent: str) -> Iterator[str]:
    """Yield a list, which begins where its key begins."""
    for item in items:
        if isinstance(item, Mapping):
            yield f"{indent}- !!map" + ("" if item else " {}")
            yield from _mapping(item, f"{indent}  ")
        else:
            yield _scalar(f"{indent}- ", item, f"{indent}  ")


def _scalar(begun: str, value: Json, indent: str) -> str:
    match value:
        case None:
            return f"{begun}!!null null"
        case bool():
            return f"{begun}!!bool {str(value).lower()}"
        case int():
            return f"{begun}!!int {value}"
        case float():
            return f"{begun}!!float {value:f}"
        case _:
            return _text(f"{begun}!!str", str(value), indent)


def _text(begun: str, text: str, indent: str) -> str:
    """Return the line that has begun with a text behind it; `indent`: that of its further lines."""
    if not text:
        return begun
    if NOT_SINGLE.search(text):
        parts = ['"', *map(_escaped, text), '"']
    elif "\n" in text or INDICATORS.match(text) or OUTER_BLANK.match(text):
        parts = ["'", *text.replace("'", "''"), "'"]
    else:
        parts = ["", *text, ""]
    return _folded(f"{begun} ", parts, indent)


YAML_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r",
    "\x1b": "e", '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


def _escaped(one: str) -> str:
    if one in YAML_ESCAPES:
        return f"\\{YAML_ESCAPES[one]}"
    if " " <= one <= "~":
        return one
    number = ord(one)
    return next(
        f"\\{letter}{number:0{digits}X}"
        for letter, digits in (("x", 2), ("u", 4), ("U", 8))
        if number < 16**digits
    )


def _folded(begun: str, parts: Sequence[str], indent: str) -> str:
    """Return a text of one quote, characters and one quote, in lines that end at single spaces."""
    quote, *characters, _ = parts
    done, column, in_blank, in_break = [begun, quote], len(begun + quote), False, False
    for place, one in enumerate(characters):
        following = characters[place + 1 : place + 2]
        if one == "\n":
            done.append("\n" if in_break else "\n\n")
            in_break, column = True, 0
            continue
        if in_break:
            done.append(indent)
            column, in_break = len(indent), False
        ends = (
            one == " " and not in_blank and column > FOLD_COLUMN and place > 0 and bool(following)
        )
        blank_follows = following == [" "]
        if ends and (quote == '"' or not blank_follows):
            done.append(f"\n{indent}" + "\\" * blank_follows)
            column = len(indent) + blank_follows
        else:
            done.append(one)
            column += len(one)
        in_blank = one == " "
    return "".join([*done, indent if in_break else "", quote])
