"""The rows of sacctmgr's manual page: each word of it that has a paragraph of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the manual.

    section  the title that it stands under, like `SPECIFICATIONS FOR ACCOUNTS`
    text     as the manual writes it, without its fonts: `Flags=<flag>[,<flag>,...]`
    under    the entry whose value it is (`Flags`), or the kind of line of a flat file (`Account`)
    """

    section: str
    text: str
    under: str = ""

    @property
    def word(self) -> str:
        """Return the word itself, without what follows it.

        >>> Entry("", "Flags[-|+]=<OPT>").word
        'Flags'
        """
        return re.split(r"[=\[<(\s]", self.text)[0]

    @property
    def takes_value(self) -> bool:
        """Tell whether the manual shows a value behind it."""
        return "=" in self.text or "<operator>" in self.text


LINES_OF_FILE = re.compile(r"(?:options for the (cluster) are|^(Account|User) options are):$")
"""What the manual says before the options of each kind of line in a flat file."""
WITHOUT_ENTRIES = frozenset({"EXAMPLES", "COPYING", "SEE ALSO"})


def entries(roff: str) -> Iterator[Entry]:
    """Yield the entries of a manual page, given as the text of its file, in their order."""
    section, depth, owner, last, before = "", 0, "", "", ""
    lines = iter(roff.splitlines())
    for line in lines:
        request, _, rest = line.partition(" ")
        if request in {".SH", ".SS"}:
            section, depth, owner, last = plain(rest).strip('"'), 0, "", ""
        elif request == ".RS":
            depth += 1
            found = LINES_OF_FILE.search(before)
            owner = (found[1] or found[2]).capitalize() if found else owner or last
        elif request == ".RE":
            depth = max(depth - 1, 0)
            owner = owner if depth else ""
        elif request == ".TP" or (request == ".IP" and rest.startswith("\\fB")):
            text = plain(next(lines, "") if request == ".TP" else rest)
            if text and section not in WITHOUT_ENTRIES:
                yield Entry(section, text, owner if depth else "")
                last = last if depth else Entry(section, text).word
        elif not request.startswith("."):
            before = plain(line)


def plain(text: str) -> str:
    """Return a text of the page without its fonts and escapes."""
    text = re.sub(r"\\f.", "", text)
    return text.replace("\\-", "-").replace("\\ ", " ").replace("\\", "").strip()
