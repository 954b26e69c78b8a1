"""sacctmgr's verbs and nouns, as it reads them itself: from one letter on, and what it says if not.

From how many letters on each is known is the same on 24.11 and 26.05.
"""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.sacctmgr.reply import Refused, lines

VERBS: Sequence[tuple[str, int, str]] = (
    ("add", 3, "add"),
    ("archive", 3, "archive"),
    ("associations", 3, "associations"),
    ("clear", 3, "clear"),
    ("create", 3, "add"),
    ("delete", 3, "delete"),
    ("remove", 3, "delete"),
    ("dump", 3, "dump"),
    ("list", 3, "list"),
    ("show", 3, "list"),
    ("load", 2, "load"),
    ("modify", 1, "modify"),
    ("update", 1, "modify"),
    ("ping", 4, "ping"),
    ("reconfigure", 3, "reconfigure"),
    ("shutdown", 2, "shutdown"),
    ("version", 4, "version"),
)
"""Each word, the letters from which on it is known, and the verb that it means."""

WRITING = frozenset({"add", "archive", "clear", "delete", "load", "modify", "shutdown"})
"""The verbs that change something."""

LISTED: Sequence[tuple[str, int, str]] = (
    ("accounts", 2, "account"),
    ("acct", 2, "account"),
    ("associations", 2, "association"),
    ("clusters", 2, "cluster"),
    ("configuration", 2, "configuration"),
    ("events", 1, "event"),
    ("federations", 1, "federation"),
    ("instances", 1, "instance"),
    ("problems", 1, "problem"),
    ("qos", 1, "qos"),
    ("resources", 4, "resource"),
    ("reservations", 4, "reservation"),
    ("resv", 4, "reservation"),
    ("runawayjobs", 2, "runawayjob"),
    ("orphanjobs", 1, "runawayjob"),
    ("lostjobs", 1, "runawayjob"),
    ("stats", 1, "stats"),
    ("transactions", 1, "transaction"),
    ("txn", 1, "transaction"),
    ("tres", 3, "tres"),
    ("users", 1, "user"),
    ("wckeys", 1, "wckey"),
)
"""The nouns of `list`, in sacctmgr's order."""

WRITTEN: Sequence[tuple[str, int, str]] = (
    ("accounts", 1, "account"),
    ("acct", 4, "account"),
    ("clusters", 2, "cluster"),
    ("coordinators", 2, "coordinator"),
    ("federations", 1, "federation"),
    ("jobs", 1, "job"),
    ("qos", 1, "qos"),
    ("resources", 1, "resource"),
    ("users", 1, "user"),
)
"""The nouns of add, modify and delete."""

NO_ENTITY = {
    "list": (
        "No valid entity in list command",
        'Input line must include "Account", "Association", "Cluster", "Configuration",',
        '"Event", "Federation", "Problem", "QOS", "Resource", "Reservation",',
        '"RunAwayJobs", "Stats", "Transaction", "TRES", "User", or "WCKey"',
    ),
    "add": (
        "No valid entity in add command",
        'Input line must include "Account", "Cluster", "Coordinator", "Federation", "QOS", '
        '"Resource", or "User"',
    ),
    "modify": (
        "No valid entity in modify command",
        'Input line must include "Account", "Cluster", "Federation", "Job", "QOS", "Resource" '
        'or "User"',
    ),
    "delete": (
        "No valid entity in delete command",
        'Input line must include "Account", "Cluster", "Coordinator", "Federation", "QOS", '
        '"Resource", or "User"',
    ),
}
"""What it says where no noun is known, of each verb that needs one."""


def meant(words: Sequence[str]) -> tuple[str, str, Sequence[str]]:
    """Return the verb, the noun (empty if the verb takes none) and the words behind them.

    Raises Refused for a word that is no verb, or a noun that the verb does not know.

    >>> meant(["Show", "acc", "physics"])
    ('list', 'account', ['physics'])
    """
    if not words:
        raise Refused(lines("No input"))
    verb = _found(words[0], VERBS)
    if not verb:
        raise Refused(lines(f"invalid keyword: {words[0]}"))
    if verb not in NO_ENTITY:
        return verb, "", words[1:]
    noun = _found(words[1], LISTED if verb == "list" else WRITTEN) if len(words) > 1 else ""
    if not noun:
        raise Refused(lines(*NO_ENTITY[verb]))
    return verb, noun, words[2:]


def writes(words: Sequence[str]) -> bool:
    """Tell whether words may change something."""
    return bool(words) and _found(words[0], VERBS) in WRITING


def _found(word: str, known: Sequence[tuple[str, int, str]]) -> str:
    lower = word.lower()
    return next(
        (
            what
            for spelling, letters, what in known
            if len(lower) >= letters and spelling.startswith(lower)
        ),
        "",
    )
