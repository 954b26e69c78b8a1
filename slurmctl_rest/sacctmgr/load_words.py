"""The options of a line of sacctmgr's file: what they set on a cluster, an account or a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr import load_file as files
from slurmctl_rest.sacctmgr.limit_words import COMMENT, limit_word
from slurmctl_rest.sacctmgr.load_file import FileError, FileOptions
from slurmctl_rest.sacctmgr.settings import Catalog, Settings, read_limit
from slurmctl_rest.sacctmgr.values import lower
from slurmctl_rest.sacctmgr.words import Spelling, Word, meaning, names

WORDS: Sequence[Spelling] = (
    Spelling("AdminLevel", 2, "AdminLevel"),
    Spelling("Coordinator", 2, "Coordinators"),
    Spelling("Classification", 2, "Classification"),
    Spelling("DefaultAccount", 8, "DefaultAccount"),
    Spelling("DefaultWCKey", 8, "DefaultWCKey"),
    Spelling("Description", 3, "Description"),
    Spelling("Organization", 1, "Organization"),
    Spelling("Partition", 1, "Partition"),
    Spelling("WCKeys", 2, "WCKeys"),
)
"""The words that are no limits, in sacctmgr's order: the first that fits counts."""

MEANT: Mapping[str, frozenset[str]] = {
    files.CLUSTER_LINE: frozenset({"Classification"}),
    files.ACCOUNT_LINE: frozenset({"Description", "Organization"}),
    files.USER_LINE: frozenset(
        {"AdminLevel", "Coordinators", "DefaultAccount", "DefaultWCKey", "Partition", "WCKeys"}
    ),
}
"""What each object may have; sacctmgr leaves out the others without a word."""

OTHERS = frozenset({"Classification", "DefaultWCKey", "WCKeys", COMMENT})
"""What the executors have no change for."""

LEVELS = {"n": "None", "o": "Operator", "a": "Administrator"}
UNKNOWN = " Unknown option: {}"
HINTS = (" Unknown option", " Use keyword")


@dataclass(slots=True)
class Entry:
    """A line about a cluster, an account or a user.

    record   texts of an account; default account and level of a user
    others   what is not to be stored: key -> value
    """

    kind: str
    number: int
    name: str
    settings: Settings = field(default_factory=Settings)
    record: dict[str, Value] = field(default_factory=dict)
    partition: str | None = None
    coordinators: list[str] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)

    def shown(self, place: Mapping[str, Value]) -> Row:
        """Return a new association as sacctmgr lists it: with what the line says, and no more."""
        of_tres = {
            name: {tres: amount.number for tres, amount in counts.items()}
            for name, counts in self.settings.tres.items()
        }
        qos = {"QosLevel": tuple(self.settings.qos)} if self.settings.qos else {}
        return {**place, **self.settings.values, **of_tres, **qos}

    def raw(self, name: str, after: Value) -> Value:
        """Return what is told as the new value of a limit: of TRES those that the line names."""
        if name not in self.settings.tres:
            return after
        counts = self.settings.tres[name].items()
        return {tres: -1 if one.number is None else one.number for tres, one in counts}


def entry(options: FileOptions, kind: str, number: int, catalog: Catalog, *, old: bool) -> Entry:
    """Return what a line says; raise FileError for an option that is not known, or cannot be read.

    Texts are taken in lower case, as sacctmgr has them.
    """
    found = Entry(kind, number, lower(options.name))
    for one in options.words:
        name = meaning(one.key, WORDS)
        if name is None:
            _limit(one, found, catalog, old=old)
        elif name not in MEANT[kind]:
            raise FileError(UNKNOWN.format(one.text))
        else:
            _record(name, one, found)
    return found


def _limit(one: Word, found: Entry, catalog: Catalog, *, old: bool) -> None:
    limit = limit_word(one.key)
    if limit is None or limit.field == "Parent":
        raise FileError(UNKNOWN.format(one.text))
    if limit.field == COMMENT:
        found.others[COMMENT] = one.value
        return
    said = read_limit(one, found.settings, catalog, old=old) or []
    if not said:
        return
    own = [text for text in said if not text.startswith(HINTS)]
    raise FileError(*own, *([UNKNOWN.format(one.text)] if len(own) < len(said) else []))


def _record(name: str, one: Word, found: Entry) -> None:
    if name in OTHERS:
        found.others[name] = lower(one.value)
    elif name == "Partition":
        found.partition = lower(one.value)
    elif name == "Coordinators":
        found.coordinators += [n for n in names(one.value) if n not in found.coordinators]
    elif name == "AdminLevel":
        level = LEVELS.get(one.value[:1].lower())
        if level is None:
            raise FileError(UNKNOWN.format(one.text))
        found.record[name] = level
    else:
        found.record[name] = lower(one.value)


# --- the words of the command ---------------------------------------------------------------------

NO_FILE = " No filename given, specify one with file=''"
FILE_TWICE = " File name already set to {}"
ONE_CLUSTER = " Can only do one cluster at a time.  Already doing {}"
UNREADABLE = ' Unable to read "{}": {}'


@dataclass(slots=True)
class LoadAsked:
    """What the words behind `load` ask for; `records`: what else is to be removed first."""

    file: str = ""
    cluster: str = ""
    clean: bool = False
    records: str = ""
    complaints: list[str] = field(default_factory=list)


def asked(texts: Sequence[str], *, old: bool) -> LoadAsked:
    """Read `FILE [clean] [cluster=NAME] [file=FILE]`; 24.11 (`old`) knows no `clean=`."""
    found = LoadAsked()
    for text in texts:
        key, equals, value = text.partition("=")
        lower_key = key.lower()
        if "clean".startswith(lower_key) and len(key) >= len("cle") and not (old and equals):
            found.clean, found.records = True, found.records or value
        elif not equals or (key and "file".startswith(lower_key)):
            if found.file:
                found.complaints.append(FILE_TWICE.format(found.file))
            else:
                found.file = value if equals else text
        elif "cluster".startswith(lower_key) and len(key) >= len("clu"):
            if found.cluster:
                found.complaints.append(ONE_CLUSTER.format(found.cluster))
            else:
                found.cluster = value
        else:
            found.complaints.append(UNKNOWN.format(text))
    return found
