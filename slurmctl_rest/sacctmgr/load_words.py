"""The options of a line of sacctmgr's file: what they set on a cluster, an account or a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr import load_file as files
from slurmctl_rest.sacctmgr.dump import ONE_CLUSTER, UNKNOWN_OPTION
from slurmctl_rest.sacctmgr.load_file import FileError, FileOptions
from slurmctl_rest.sacctmgr.reply import unknown_option
from slurmctl_rest.sacctmgr.settings import QosAsked, Settings
from slurmctl_rest.sacctmgr.spellings import (
    ASSOCIATION_SETTINGS,
    COMMENT_WORD,
    LEVEL_OF_LETTER,
    Spelling,
    meaning_of,
    spelled,
    spelling_of,
)
from slurmctl_rest.sacctmgr.tokens import LineWord, ascii_lower, listed_names

OPTION_WORDS: Sequence[Spelling] = (
    *spelled(AdminLevel=2),
    *spelled("Coordinators", Coordinator=2),
    *spelled(Classification=2, DefaultAccount=8, DefaultWCKey=8, Description=3),
    *spelled(Organization=1, Partition=1, WCKeys=2),
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

OTHERS = frozenset({"Classification", "DefaultWCKey", "WCKeys", COMMENT_WORD})
"""What the executors have no change for."""

HINTS = tuple(unknown_option(""))


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What words may name (conditions.SlurmFacts), read before the file.

    newer        whether the words are read as 26.05 reads them
    qos_numbers  the numbers of all QOS by their names, the first number first
    tres_names   the names of all TRES, by themselves in lower case, and by their numbers
    """

    newer: bool
    qos_numbers: Mapping[str, str]
    tres_names: Mapping[str, str]

    def is_newer(self) -> bool:
        """Tell whether the words are read as 26.05 reads them."""
        return self.newer

    def qos(self) -> Mapping[str, str]:
        """Return the numbers of all QOS by their names."""
        return self.qos_numbers

    def tres(self) -> Mapping[str, str]:
        """Return the names of all TRES."""
        return self.tres_names

    def with_qos(self, names: Sequence[str]) -> FileFacts:
        """Return the facts with QOS that the file adds: they have no numbers yet."""
        return replace(self, qos_numbers={**self.qos_numbers, **dict.fromkeys(names, "")})

    @property
    def tres_numbers(self) -> Mapping[str, int]:
        """Return the numbers of TRES by their names."""
        return {name: int(key) for key, name in self.tres_names.items() if key.isdecimal()}


@dataclass(slots=True)
class Entry:
    """A line about a cluster, an account or a user.

    record   texts of an account; default account and level of a user
    others   what is not to be stored: key -> value
    """

    kind: str
    number: int
    name: str
    settings: Settings
    record: dict[str, Value] = field(default_factory=dict)
    partition: str | None = None
    coordinators: list[str] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)

    def shown(self, place: Mapping[str, Value]) -> Row:
        """Return a new association as sacctmgr lists it: with what the line says, and no more."""
        row = dict(place)
        for name, asked in self.settings.asked.items():
            match asked:
                case dict():
                    row[name] = {tres: amount.number for tres, amount in asked.items()}
                case QosAsked():
                    row[name] = tuple(asked.names)
                case None | str() | int() | float():
                    row[name] = asked
        return row

    def raw(self, name: str, after: Value) -> Value:
        """Return what is told as the new value of a limit: of TRES those that the line names."""
        asked = self.settings.asked.get(name)
        if not isinstance(asked, dict):
            return after
        return {tres: -1 if one.number is None else one.number for tres, one in asked.items()}


def entry_of(options: FileOptions, kind: str, number: int, facts: FileFacts) -> Entry:
    """Return what a line says; raise FileError for an option that is not known, or cannot be read.

    Texts are taken in lower case, as sacctmgr has them.
    """
    found = Entry(kind, number, ascii_lower(options.name), Settings(kind.lower(), facts))
    for one in options.words:
        name = meaning_of(one.key, OPTION_WORDS)
        if not name:
            _limit(one, found)
        elif name not in MEANT[kind]:
            raise FileError(UNKNOWN_OPTION.format(one.text))
        else:
            _record(name, one, found)
    return found


def _limit(one: LineWord, found: Entry) -> None:
    limit = spelling_of(one.key, ASSOCIATION_SETTINGS)
    if limit is None or limit[2] == "Parent":
        raise FileError(UNKNOWN_OPTION.format(one.text))
    if limit[2] == COMMENT_WORD:
        found.others[COMMENT_WORD] = one.value
        return
    found.settings.read(one, limit)
    if found.settings.complaints.failed:
        said = found.settings.complaints.err
        own = [text for text in said if not text.startswith(HINTS)]
        raise FileError(*own, *([UNKNOWN_OPTION.format(one.text)] if len(own) < len(said) else []))


def _record(name: str, one: LineWord, found: Entry) -> None:
    if name in OTHERS:
        found.others[name] = ascii_lower(one.value)
    elif name == "Partition":
        found.partition = ascii_lower(one.value)
    elif name == "Coordinators":
        found.coordinators += [n for n in listed_names(one.value) if n not in found.coordinators]
    elif name == "AdminLevel":
        level = LEVEL_OF_LETTER.get(one.value[:1].lower())
        if level is None:
            raise FileError(UNKNOWN_OPTION.format(one.text))
        found.record[name] = level
    else:
        found.record[name] = ascii_lower(one.value)


# --- the words of the command ---------------------------------------------------------------------

NO_FILE_NAMED = " No filename given, specify one with file=''"
FILE_TWICE = " File name already set to {}"
UNREADABLE = ' Unable to read "{}": {}'


@dataclass(slots=True)
class LoadRequest:
    """What the words behind `load` ask for; `records`: what else is to be removed first."""

    file: str = ""
    cluster: str = ""
    clean: bool = False
    records: str = ""
    complaints: list[str] = field(default_factory=list)


def read_load(texts: Sequence[str], *, old: bool) -> LoadRequest:
    """Read `FILE [clean] [cluster=NAME] [file=FILE]`; 24.11 (`old`) knows no `clean=`."""
    found = LoadRequest()
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
            found.complaints.append(UNKNOWN_OPTION.format(text))
    return found
