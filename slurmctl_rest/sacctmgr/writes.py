"""The words of a write on accounts, users and coordinators: what they name, select and set.

sacctmgr reads all words and complains of each that it does not know, before it does anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.sacctmgr import selecting, settings
from slurmctl_rest.sacctmgr.decided import CLI
from slurmctl_rest.sacctmgr.limit_words import COMMENT
from slurmctl_rest.sacctmgr.lists import ACCOUNT_FLAG_WORDS, unknown_flags
from slurmctl_rest.sacctmgr.reply import Refused, lines
from slurmctl_rest.sacctmgr.selecting import Conditions
from slurmctl_rest.sacctmgr.settings import Catalog, Settings, number_of, unknown_option
from slurmctl_rest.sacctmgr.words import Spelling, Word, meaning, names, unquoted, word

ACCOUNT_SETTINGS: Sequence[Spelling] = (
    Spelling("Accounts", 1, "Account"),
    Spelling("Acct", 1, "Account"),
    Spelling("Names", 1, "Account"),
    Spelling("Clusters", 1, "Cluster"),
    Spelling("Description", 1, "Description"),
    Spelling("Flags", 2, "Flags"),
    Spelling("Organization", 1, "Organization"),
    Spelling("RawUsage", 7, "RawUsage"),
)
USER_SETTINGS: Sequence[Spelling] = (
    Spelling("AdminLevel", 2, "AdminLevel"),
    Spelling("DefaultAccount", 8, "DefaultAccount"),
    Spelling("DefaultWCKey", 8, "DefaultWCKey"),
    Spelling("NewName", 1, "NewName"),
    Spelling("RawUsage", 7, "RawUsage"),
)
NEW_USER_SETTINGS: Sequence[Spelling] = (
    Spelling("Names", 1, "User"),
    Spelling("Users", 1, "User"),
    Spelling("Accounts", 3, "Account"),
    Spelling("Acct", 3, "Account"),
    Spelling("AdminLevel", 2, "AdminLevel"),
    Spelling("Clusters", 1, "Cluster"),
    Spelling("DefaultAccount", 8, "DefaultAccount"),
    Spelling("DefaultWCKey", 8, "DefaultWCKey"),
    Spelling("Partitions", 1, "Partition"),
    Spelling("WCKeys", 1, "WCKey"),
)
NOT_OVER_REST = frozenset({"Flags", "NewName", "RawUsage", "DefaultWCKey", "WCKey", COMMENT})
LISTS = frozenset({"Account", "User", "Cluster", "Partition"})
"""What an addition names: each is a comma list."""
RECORD = selecting.RECORD
ROWS = selecting.ROWS

LEVELS: Mapping[str, str] = {"n": "None", "o": "Operator", "a": "Administrator"}


@dataclass(slots=True)
class Request:
    """What the words of one command say.

    record  what is set on the account or user itself: field -> value
    bits    RECORD and ROWS, as far as anything of it is set
    """

    conditions: Conditions = field(default_factory=Conditions)
    settings: Settings = field(default_factory=Settings)
    record: dict[str, str] = field(default_factory=dict)
    bits: int = 0
    complaints: list[str] = field(default_factory=list)
    impossible: list[str] = field(default_factory=list)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the values of a condition, or the names of an addition."""
        return self.conditions.of(name)

    def checked(self) -> Request:
        """Return it; raise what sacctmgr complains of, or what is not possible over REST."""
        if self.complaints:
            raise Refused(lines(*self.complaints))
        if self.impossible:
            raise Unsupported(f"{self.impossible[0]} is not possible over REST", CLI)
        return self


def needed(noun: str, texts: Sequence[str]) -> set[str]:
    """Return of which objects names are needed to read these words: `qos`, `tres`."""
    words = [word(text) for text in texts]
    return settings.needed(words) | selecting.needed(words, noun)


def modification(noun: str, texts: Sequence[str], catalog: Catalog, *, old: bool) -> Request:
    """Read the words of `modify`: conditions until `set`, and after each `where`."""
    request, part = Request(), "where"
    known = ACCOUNT_SETTINGS if noun == "account" else USER_SETTINGS
    for one in map(word, texts):
        if one.keyword:
            part = one.keyword
        elif part == "where":
            request.complaints += selecting.read_condition(
                one, noun, request.conditions, catalog, old=old
            )
        elif one.bare:
            request.complaints.append(
                NOT_THE_NAME
                if noun == "account"
                else f" Bad format on {one.text}: End your option with an '=' sign"
            )
        else:
            _set(one, known, request, catalog, old=old, adds=False)
    return request


NOT_THE_NAME = " Can't modify the name of an account"
NOT_THE_CLUSTER = " Can't modify the cluster of an account"


def new_account(texts: Sequence[str], catalog: Catalog, *, old: bool) -> Request:
    """Read the words of `add account`."""
    request = Request()
    for one in map(word, texts):
        if one.keyword:
            continue
        if one.bare:
            _add_names(request, "Account", one.value)
        else:
            _set(one, ACCOUNT_SETTINGS, request, catalog, old=old, adds=True)
    return request


def new_user(texts: Sequence[str], catalog: Catalog, *, old: bool) -> Request:
    """Read the words of `add user`; `set` and `where` are names, but for the first word."""
    request = Request()
    for number, one in enumerate(map(word, texts)):
        if one.keyword and not number:
            continue
        if one.bare:
            _add_names(request, "User", one.value)
        else:
            _set(one, NEW_USER_SETTINGS, request, catalog, old=old, adds=True)
    # Of what it does not know, it says no more than that.
    request.complaints = [text for text in request.complaints if text != unknown_option("")[1]]
    return request


def selection(noun: str, texts: Sequence[str], catalog: Catalog, *, old: bool) -> Request:
    """Read the words of `delete`, and of coordinators: conditions alone."""
    request = Request()
    for one in map(word, texts):
        if not one.keyword:
            request.complaints += selecting.read_condition(
                one, noun, request.conditions, catalog, old=old
            )
    return request


def _set(
    one: Word,
    known: Sequence[Spelling],
    request: Request,
    catalog: Catalog,
    *,
    old: bool,
    adds: bool,
) -> None:
    name = meaning(one.key, known)
    if name is None:
        found = settings.read_limit(one, request.settings, catalog, old=old)
        if found is None:
            request.complaints += unknown_option(one.text)
            return
        request.complaints += found
        request.bits |= ROWS
        if COMMENT in request.settings.values and not found:
            request.impossible.append(f"to set {one.text}")
        return
    unknown = unknown_flags(one.value, ACCOUNT_FLAG_WORDS) if name == "Flags" and not old else ""
    if refused := unknown or one.refused_operator(old=old):
        request.complaints.append(refused)
        return
    if name in LISTS and not adds:
        request.complaints.append(NOT_THE_NAME if name == "Account" else NOT_THE_CLUSTER)
    elif name in LISTS:
        _add_names(request, name, one.value)
    elif name == "RawUsage":
        _set_raw_usage(one, request, old=old, adds=adds)
    elif name in NOT_OVER_REST:
        request.impossible.append(f"to set {one.text}")
        request.bits |= RECORD
    else:
        _set_record(one, name, request, adds=adds)


def _set_raw_usage(one: Word, request: Request, *, old: bool, adds: bool) -> None:
    try:
        number = number_of(one.value, old=old)
    except ValueError:
        request.complaints.append(
            f"sacctmgr: error: Invalid value for RawUsage ({unquoted(one.value)})"
        )
        return
    request.bits |= ROWS
    if number and not adds:
        request.complaints.append("sacctmgr: error: Raw usage can only be set to 0 (zero)")
    elif not adds:
        request.impossible.append(f"to set {one.text}")


def _set_record(one: Word, name: str, request: Request, *, adds: bool) -> None:
    value = unquoted(one.value)
    if name == "AdminLevel":
        request.record[name] = LEVELS.get(value[:1], "")
    elif name == "DefaultAccount" and adds:
        if name in request.record:
            request.complaints.append(f" Already listed DefaultAccount {request.record[name]}")
            return
        request.record[name] = value
        _add_names(request, "Account", value)
    else:
        request.record[name] = value
    request.bits |= RECORD


def _add_names(request: Request, name: str, value: str) -> None:
    where = request.conditions.where
    where[name] = names(value, where.get(name, ()))
