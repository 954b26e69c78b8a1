"""sacctmgr's verbs and nouns, as it reads them itself: from one letter on, and what it says if not.

From how many letters on each is known is the same on 24.11 and 26.05.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.sacctmgr.spellings import RAW_USAGE_WORD, Spelling, meaning_of, spelled

VERBS: Sequence[Spelling] = (
    ("associations", 3, "associations"),
    ("dump", 3, "dump"),
    ("help", 2, "help"),
    ("load", 2, "load"),
    ("oneliner", 1, "oneliner"),
    ("quiet", 4, "quiet"),
    ("exit", 4, "exit"),
    ("\\q", 2, "exit"),
    ("quit", 4, "exit"),
    ("add", 3, "add"),
    ("create", 3, "add"),
    ("archive", 3, "archive"),
    ("clear", 3, "clear"),
    ("show", 3, "list"),
    ("list", 3, "list"),
    ("modify", 1, "modify"),
    ("update", 1, "modify"),
    ("delete", 3, "delete"),
    ("remove", 3, "delete"),
    ("verbose", 4, "verbose"),
    ("readonly", 4, "readonly"),
    ("reconfigure", 4, "reconfigure"),
    ("rollup", 2, "rollup"),
    ("ping", 4, "ping"),
    ("shutdown", 4, "shutdown"),
    ("version", 4, "version"),
)
"""Each word, the letters from which on it is known, and the verb that it means."""

WRITING_VERBS = frozenset(
    {"add", "archive", "clear", "delete", "load", "modify", "reconfigure", "rollup", "shutdown"}
)
"""The verbs that change something."""

REFUSED_READONLY = frozenset({"add", "archive", "delete", "load", "modify"})
"""The verbs that sacctmgr refuses with -r; it runs the others all the same."""

SINGLE_VERBS: Mapping[str, str] = {
    "exit": "too many arguments for keyword:{}",
    "help": "too many arguments for keyword:{}",
    "oneliner": "too many arguments for keyword:{}",
    "ping": "too many arguments for {} keyword",
    "quiet": "too many arguments for keyword:{}",
    "readonly": "too many arguments for {} keyword",
    "verbose": "too many arguments for {} keyword",
    "version": "too many arguments for {} keyword",
}
"""The verbs that nothing follows, and what it says to more; it goes on all the same."""

LISTED: Sequence[Spelling] = (
    ("accounts", 2, "account"),
    ("acct", 2, "account"),
    ("associations", 2, "association"),
    ("clusters", 2, "cluster"),
    ("configuration", 2, "configuration"),
    ("events", 1, "event"),
    ("federation", 1, "federation"),
    ("instances", 1, "instance"),
    ("problems", 1, "problem"),
    ("qos", 1, "qos"),
    ("resource", 4, "resource"),
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

ADDED_NOUNS: Sequence[Spelling] = (
    ("account", 1, "account"),
    ("acct", 4, "account"),
    ("cluster", 2, "cluster"),
    ("coordinator", 2, "coordinator"),
    ("federation", 1, "federation"),
    ("qos", 1, "qos"),
    ("resource", 1, "resource"),
    ("user", 1, "user"),
)
"""The nouns of `add`, which takes no plural."""
MODIFIED_NOUNS: Sequence[Spelling] = (
    ("accounts", 1, "account"),
    ("acct", 4, "account"),
    ("clusters", 5, "cluster"),
    ("federation", 1, "federation"),
    ("job", 1, "job"),
    ("qos", 1, "qos"),
    ("resource", 1, "resource"),
    ("users", 1, "user"),
)
DELETED_NOUNS: Sequence[Spelling] = (
    ("accounts", 1, "account"),
    ("acct", 4, "account"),
    ("clusters", 2, "cluster"),
    ("coordinators", 2, "coordinator"),
    ("federations", 1, "federation"),
    ("qos", 2, "qos"),
    ("resource", 1, "resource"),
    ("users", 1, "user"),
)

NOUNS_OF_VERB: Mapping[str, Sequence[Spelling]] = {
    "list": LISTED,
    "add": ADDED_NOUNS,
    "modify": MODIFIED_NOUNS,
    "delete": DELETED_NOUNS,
    "archive": (("dump", 1, "dump"), ("load", 1, "load")),
    "clear": (("stats", 1, "stats"),),
}
"""The nouns of each verb that needs one."""

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
    "archive": (
        "No valid entity in archive command",
        'Input line must include, "Dump", or "load"',
    ),
    "clear": (
        "No valid entity in list command",
        'Input line must include "Stats"',
    ),
}
"""What it says where no noun is known, of each verb that needs one."""


GOES_ON = frozenset({"ping"})
"""What exits with 0 although more words follow."""


def meant(words: Sequence[str], *, readonly: bool = False) -> tuple[str, str, Sequence[str]]:
    """Return the verb, the noun (empty if the verb takes none) and the words behind them.

    Raises LineRefused for a word that is no verb, or a noun that the verb does not know, and for a
    verb that `readonly` forbids.

    >>> meant(["Show", "acc", "physics"])
    ('list', 'account', ['physics'])
    """
    # cli/drop_in/quick.py, where each millisecond counts, needs no more than the tables.
    from slurmctl_rest.sacctmgr.reply import LineRefused, as_lines  # noqa: PLC0415

    verb = meaning_of(words[0], VERBS)
    if not verb:
        raise LineRefused(as_lines(f"invalid keyword: {words[0]}"))
    if readonly and verb in REFUSED_READONLY:
        raise LineRefused(as_lines("Can't run this command in readonly mode."))
    if verb not in NOUNS_OF_VERB:
        return verb, "", words[1:]
    noun = meaning_of(words[1], NOUNS_OF_VERB[verb]) if len(words) > 1 else ""
    if not noun:
        raise LineRefused(as_lines(*NO_ENTITY[verb]))
    return verb, noun, words[2:]


def known_verb(word: str) -> str:
    """Return the verb that a word means, or nothing."""
    return meaning_of(word, VERBS)


def may_write(words: Sequence[str]) -> bool:
    """Tell whether words may change something."""
    return bool(words) and meaning_of(words[0], VERBS) in WRITING_VERBS


def asks(words: Sequence[str]) -> bool:
    """Tell whether a list may ask something: runaway jobs may be mended at once."""
    return (
        meaning_of(words[0], VERBS) == "list" and meaning_of(words[1], LISTED) == "runawayjob"
        if len(words) > 1
        else False
    )


def refused_readonly(words: Sequence[str]) -> bool:
    """Tell whether sacctmgr refuses words with -r."""
    return bool(words) and meaning_of(words[0], VERBS) in REFUSED_READONLY


def lists(word: str) -> bool:
    """Tell whether a word is the verb of a list."""
    return meaning_of(word, VERBS) == "list"


def resets_usage(word: str) -> bool:
    """Tell whether a word is `RawUsage=...`, in so many letters as sacctmgr needs."""
    return bool(meaning_of(word.partition("=")[0], spelled(**{RAW_USAGE_WORD: 7})))
