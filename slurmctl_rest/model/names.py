"""Names: what Slurm takes for one, and can address again by sacctmgr, slurmrestd and in a URL.

The table is what the lab shows, on both releases and every API version: each character that is not
in it may stand in the name of an account, a user, a QOS, a cluster or a partition, and all of them
can be added, listed, modified, made coordinators and deleted (tests/lab/test_names.py).
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from shlex import quote

MAX_NAME_CHARACTERS = 200
REFUSED: Mapping[str, str] = {
    ",": "separates names",
    "=": "separates a field from its value",
    " ": "separates words",
    "'": "is a quote, which breaks slurmdbd",
    '"': "is a quote, which sacctmgr leaves out",
    "`": "is a quote of SQL",
    "\\": "begins an escape of SQL",
    "/": "separates the steps of a path",
    "|": "separates the columns of sacctmgr",
    "[": "begins a list of numbers for sacctmgr",
    "]": "ends a list of numbers for sacctmgr",
    "%": "is a wildcard of slurmdbd",
}
"""Characters of ASCII that no name may hold -> why."""
NOT_FIRST: Mapping[str, str] = {
    "-": "begins an option",
    "+": "begins an addition to a list",
    "#": "begins a comment in a file of names",
    "~": "crashes slurmrestd in a list of QOS",
}
RULE = (
    "letters, digits and punctuation but for , = / | % \\ quotes and brackets; "
    f"not first - + # or ~, not dots alone, at most {MAX_NAME_CHARACTERS} long"
)


def why_not(name: str) -> str:
    """Return why this is not a name, as words after it; or nothing."""
    if not name:
        return "it is empty"
    if len(name) > MAX_NAME_CHARACTERS:
        return f"it is longer than {MAX_NAME_CHARACTERS} characters"
    # `.` and `..` in a URL are steps of the path: httpx would walk them.
    if not name.strip("."):
        return "it consists of dots only"
    for character in name:
        if character in REFUSED:
            return f"{_shown(character)} {REFUSED[character]}"
        if character not in GOOD:
            return f"{_shown(character)} is not a printable ASCII character"
    return f"it starts with '{name[0]}', which {NOT_FIRST[name[0]]}" if name[0] in NOT_FIRST else ""


GOOD = frozenset(string.ascii_letters + string.digits + string.punctuation) - {*REFUSED}


def is_like(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a name is like any of the patterns of a file, in whatever case they are written.

    Slurm makes names small, and a pattern that fits nothing would protect nothing.

    >>> is_like("staff1", ["Staff*"])
    True
    """
    return any(fnmatchcase(name.lower(), one.lower()) for one in patterns)


def pasted(name: object) -> str:
    """Return a name as it stands in a command that somebody may paste into a shell."""
    return quote(str(name))


def _shown(character: str) -> str:
    if character == " ":
        return "a space"
    printable = character.isprintable()
    return f"'{character if printable else character.encode('unicode_escape').decode()}'"
