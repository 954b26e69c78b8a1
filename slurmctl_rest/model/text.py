r"""Slurm's bytes as text: whatever is not UTF-8 is escaped, in one way for both executors.

Every user may put any bytes into a job's name, directory or comment, and Slurm passes them on, also
inside JSON strings. A byte becomes four characters (`um\xe9l`), and so does each byte of what only
looks like UTF-8 (overlong forms, halves of characters). So text is always whole: it can be printed,
compared and sent, but what was escaped cannot be sent back as the bytes that it was (`is_escaped`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

ESCAPING = "backslashreplace"
r"""How decoders escape bytes that are not UTF-8: \xe9."""


def bytes_to_text(data: bytes) -> str:
    r"""Return bytes as text: b"um\xe9l" is the seven characters `um\xe9l`."""
    return data.decode("utf-8", ESCAPING)


def bytes_to_json(data: bytes) -> bytes:
    r"""Return JSON whose strings are all text: a byte in one that is not UTF-8 becomes `\\xe9`.

    So does half a character that is escaped already (`\ud800` without its other half).
    """
    has_halves = rb"\ud" in data or rb"\uD" in data
    if data.isascii() and not has_halves:
        return data  # nearly always, and there may be many megabytes
    text = BYTE.sub(_byte_in_json, data.decode("utf-8", "surrogateescape"))
    return (JSON_ESCAPE.sub(_half_in_json, text) if has_halves else text).encode()


BYTE = re.compile("[\udc80-\udcff]")
"""What "surrogateescape" makes of a byte that is not UTF-8."""

HEX = "[0-9a-fA-F]"
JSON_ESCAPE = re.compile(
    rf"\\(?:u[dD][89abAB]{HEX}{{2}}\\u[dD][c-fC-F]{HEX}{{2}}|u(?P<half>[dD][89a-fA-F]{HEX}{{2}})|.)",
    re.DOTALL,
)
r"""An escape of JSON, so that the second backslash of `\\` begins none."""


def _byte_in_json(match: re.Match[str]) -> str:
    return rf"\{_byte(match)}"


def _half_in_json(match: re.Match[str]) -> str:
    return rf"\\u{match['half'].lower()}" if match["half"] else match[0]


def holds_bytes(text: str) -> bool:
    """Tell whether a word of the command line has bytes that are not UTF-8, as no JSON can."""
    return BYTE.search(text) is not None


def as_shown(text: str) -> str:
    r"""Return a word of the command line as Slurm's texts are shown.

    Python makes surrogates of the bytes of a word that are not UTF-8: "um\udce9l" -> `um\xe9l`.
    """
    return BYTE.sub(_byte, text).encode("utf-8", ESCAPING).decode()


def _byte(match: re.Match[str]) -> str:
    return rf"\x{ord(match[0]) - 0xDC00:02x}"


def is_escaped(text: str) -> bool:
    """Tell whether text may have been other bytes in Slurm; somebody may have typed it so, too."""
    return ESCAPED.search(text) is not None


ESCAPED = re.compile(r"\\x[89a-f][0-9a-f]|\\ud[89a-f][0-9a-f]{2}")


TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]+(\.[\w-]*)?")
"""A JSON web token, as slurmrestd takes it."""


def masked(text: str) -> str:
    """Return text in which no token can be read: one may stand where it does not belong."""
    # `{"`, with which every token's header begins, is eyJ in base64.
    return TOKEN.sub("***", text) if "eyJ" in text else text


MAX_TOKEN_CHARACTERS = 64 * 1024
"""Characters: what a header of slurmrestd holds is shorter."""


def printable(text: str, longest: int = 60) -> str:
    """Return text for people: control characters escaped, no token, cut at `longest` (0: whole)."""
    # No character becomes less than one, and a token is looked for beyond the cut.
    text = masked(text[: longest + MAX_TOKEN_CHARACTERS] if longest else text)
    shown = text if text.isprintable() else "".join(map(_escaped, text))
    return shown if not longest or len(shown) <= longest else f"{shown[: longest - 1]}…"


MAX_NAMES_LISTED = 10
"""Names in one message."""


def listed(names: Sequence[str]) -> str:
    """Return names with commas between; of many the first ten, and how many more."""
    more = f" and {len(names) - MAX_NAMES_LISTED} more" if len(names) > MAX_NAMES_LISTED else ""
    return ", ".join(names[:MAX_NAMES_LISTED]) + more


def in_runs(numbers: Iterable[int]) -> list[str]:
    """Return numbers as `undo` takes them, those that follow each other in one.

    >>> in_runs([7, 8, 9, 11])
    ['7..9', '11']
    """
    runs: list[list[int]] = []
    for number in sorted({*numbers}):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [str(first) if first == last else f"{first}..{last}" for first, last in runs]


def nearest_first(name: str, names: Sequence[str]) -> str:
    """Return names as `listed` does: of more than ten those that are most like `name`."""
    if len(names) <= MAX_NAMES_LISTED:
        return listed(names)  # all are shown, in their own order
    word = name.lower()
    return listed(
        sorted(names, key=lambda n: -difflib.SequenceMatcher(None, word, n.lower()).ratio())
    )


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def without_quotes(text: str) -> str:
    """Return the text without quotes around it, as sacctmgr reads it: scripts write them so.

    >>> without_quotes('"Project A"')
    'Project A'
    """
    quote = text[:1]
    if quote in {"'", '"'} and len(text) > 1 and text.find(quote, 1) == len(text) - 1:
        return text[1:-1]
    return text
