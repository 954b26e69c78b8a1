"""The words of add, modify and delete: what they name, select and set.

sacctmgr reads all words and complains of each that it does not know, before it does anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.errors import USE_COMMANDS, Unsupported
from slurmctl_rest.model.entities.account import ACCOUNT_FLAGS
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr.conditions import (
    ABOUT_RECORD,
    ABOUT_ROWS,
    Conditions,
    SlurmFacts,
    named_flags,
    unknown_flags,
)
from slurmctl_rest.sacctmgr.naming import check_selection
from slurmctl_rest.sacctmgr.reply import (
    NO_CONDITIONS,
    NOTHING_TO_SET,
    Complaints,
    bad_format,
)
from slurmctl_rest.sacctmgr.setting_values import SIGNS, BadValue, real_value, whole_value
from slurmctl_rest.sacctmgr.settings import Settings
from slurmctl_rest.sacctmgr.spellings import (
    COMMENT_WORD,
    LEVEL_OF_LETTER,
    RAW_USAGE_WORD,
    settings_of,
    spelling_of,
)
from slurmctl_rest.sacctmgr.tokens import LineWord, plain_text, split_word, with_more

IMPOSSIBLE: Mapping[str, frozenset[str]] = {
    "account": frozenset({"ID", COMMENT_WORD}),
    "user": frozenset({"ID", "WCKey", "DefaultWCKey", "NewName", COMMENT_WORD}),
    "qos": frozenset(),
    "cluster": frozenset(
        {*("RPC", "Classification", "Features", "Federation", "FedState", "Flags"), COMMENT_WORD}
    ),
}
"""What REST can neither select by nor set; nor any limit of a cluster that is added."""

NAMING = frozenset({"Account", "User", "Cluster", "Partition", "Name"})
"""What an addition names: each is a comma list."""

RECORD_FIELDS = frozenset({"AdminLevel", "DefaultAccount", "Description", "Organization"})
"""What is set on an account or user itself."""

NOT_THE_NAME = " Can't modify the name of an account"
NOT_THE_CLUSTER = " Can't modify the cluster of an account"


class WriteRequest:
    """What the words of one command say.

    conditions  what is selected, and of an addition what it names
    settings    what is set on associations, or on QOS
    record      what is set on the account or user itself: field -> value
    flags       what is set of an account's flags: the same
    sets        ABOUT_RECORD and ABOUT_ROWS, as far as anything of it is set
    """

    def __init__(self, verb: str, noun: str, facts: SlurmFacts) -> None:
        """`facts` are asked for as the words need them."""
        self.verb = verb
        self.adds = verb == "add"
        self.noun = noun
        self.old = not facts.is_newer()
        self.complaints = Complaints()
        self.conditions = Conditions(noun, facts, self.complaints)
        brief = self.adds and noun == "user"
        self.settings = Settings(noun, facts, self.complaints, brief=brief, adds=self.adds)
        self.record: dict[str, str] = {}
        self.flags: dict[str, Value] = {}
        self.sets = 0
        self.impossible: list[str] = []

    def of(self, name: str) -> Sequence[str]:
        """Return the names of a condition, or of an addition."""
        return self.conditions.of(name)

    def checked(self) -> WriteRequest:
        """Return it; raise what sacctmgr complains of, or what is not possible over REST."""
        if self.complaints.failed:
            raise self.complaints.refused()
        if not self.adds:
            check_selection(name for names in self.conditions.where.values() for name in names)
        if self.impossible:
            raise Unsupported(f"{self.impossible[0]} is not possible over REST", USE_COMMANDS)
        return self

    def checked_to_set(self) -> WriteRequest:
        """Return it as `checked`; raise LineRefused where nothing is set."""
        self.checked()
        if not self.sets:
            raise self.complaints.refused(NOTHING_TO_SET)
        return self

    def checked_to_delete(self) -> WriteRequest:
        """Return it as `checked`; raise LineRefused where nothing is selected."""
        if not self.conditions.about:
            raise self.complaints.refused(NO_CONDITIONS)
        return self.checked()

    def choose(self, one: LineWord) -> None:
        """Read a condition."""
        name = self.conditions.read(one)
        # slurmdbd reads no sign before a number, though sacctmgr passes it on.
        signed = name == "ID" and any(number[:1] in SIGNS for number in self.of(name) if number)
        if name in IMPOSSIBLE[self.noun] or name == "Flags" or signed:
            raise Unsupported(f"the condition {one.text} is not possible over REST", USE_COMMANDS)

    def sets_after(self, keyword: LineWord, *, sets: bool) -> bool:
        """Tell whether the words after `set`, `where` or `and` are settings; `sets`: before it."""
        if self.adds or self.verb == "delete":
            return sets
        if keyword.keyword == "set":
            self.settings.any_operator &= sets
        return keyword.keyword == "set"

    def set(self, one: LineWord) -> bool:
        """Read a setting, or a name of an addition; tell whether others may come after it."""
        if one.is_bare:
            self._set_bare(one)
            return True
        known = settings_of(self.noun, new=self.adds)
        spelling = spelling_of(one.key, known)
        if spelling is None:
            unknown = self.settings.unknown(one.text)
            on_stdout = self.noun == "qos"
            (self.complaints.fail_on_stdout if on_stdout else self.complaints.fail)(*unknown)
            return True
        name = spelling[2]
        if name in NAMING:
            self._name(name, one)
        elif name == RAW_USAGE_WORD:
            self._set_raw_usage(one)
        elif name == "Flags" and self.noun == "account":
            if not self._set_flags(one):
                return self.adds
        elif self._is_impossible(name):
            self.impossible.append(f"to set {one.text}")
            self.sets |= ABOUT_ROWS if name == COMMENT_WORD else ABOUT_RECORD
        elif name in RECORD_FIELDS and self.noun != "qos":
            self._set_record(one, name)
        else:
            self.sets |= ABOUT_ROWS if self.settings.read(one, spelling) else 0
            return True
        self.settings.check_operator(one, spelling)
        return True

    def _is_impossible(self, name: str) -> bool:
        """Tell whether slurmrestd cannot set it: a comment only on what is there already."""
        if not self.adds:
            return name in IMPOSSIBLE[self.noun]
        return self.noun == "cluster" or name in IMPOSSIBLE[self.noun] - {COMMENT_WORD}

    def _set_bare(self, one: LineWord) -> None:
        if self.adds:
            self._add_names(self.conditions.rules.bare, one.value)
        elif self.noun == "account":
            self.complaints.fail(NOT_THE_NAME)
        elif self.noun != "qos":
            self.complaints.fail(bad_format(one.text))

    def _name(self, name: str, one: LineWord) -> None:
        if self.adds:
            self._add_names(name, one.value)
        elif self.noun == "account":
            self.complaints.fail(NOT_THE_NAME if name == "Account" else NOT_THE_CLUSTER)

    def _add_names(self, name: str, value: str) -> None:
        where = self.conditions.where
        where[name] = with_more(where.get(name, ()), self.conditions.names(value))

    def _set_raw_usage(self, one: LineWord) -> None:
        self.sets |= ABOUT_ROWS
        try:
            if self.noun == "qos":
                number = real_value(RAW_USAGE_WORD, one.value, old=self.old)
            else:
                number = whole_value(RAW_USAGE_WORD, one.value, old=self.old)
        except BadValue as error:
            more = [f" Bad RawUsage value: {one.value}"] if self.noun == "qos" else []
            self.complaints.fail(*error.said, *more)
            return
        if number != 0 and not self.adds and self.noun != "qos":
            self.complaints.fail("sacctmgr: error: Raw usage can only be set to 0 (zero)")
        elif not self.adds:
            self.impossible.append(f"to set {one.text}")

    def _set_flags(self, one: LineWord) -> bool:
        """Read the flags of an account, and tell whether sacctmgr takes them.

        24.11 takes any operator for `=`, and a word that it does not know for all flags.
        """
        self.sets |= ABOUT_RECORD
        if unknown := unknown_flags(one):
            if not self.old:
                self.complaints.fail(*unknown)
                return False
            self.impossible.append(f"to set {one.text}")
        named = named_flags(one)
        # Of a new account slurmdbd keeps the flag, even beside the word that takes it away.
        if ACCOUNT_FLAGS.on in named and (self.adds or ACCOUNT_FLAGS.off not in named):
            self.flags["Flags"] = (ACCOUNT_FLAGS.on,)
        elif ACCOUNT_FLAGS.off in named and not self.adds:
            self.flags["Flags"] = ()
        return True

    def _set_record(self, one: LineWord, name: str) -> None:
        value = plain_text(one.value)
        if name == "AdminLevel":
            value = LEVEL_OF_LETTER.get(one.value[:1].lower(), "")  # quotes are a part of it
        if name == "DefaultAccount" and self.adds:
            if name in self.record:
                self.complaints.fail(f" Already listed DefaultAccount {self.record[name]}")
                return
            self._add_names("Account", value)
        self.record[name] = value
        self.sets |= ABOUT_RECORD


def read_request(verb: str, noun: str, texts: Sequence[str], facts: SlurmFacts) -> WriteRequest:
    """Read the words of a write.

    `modify` has conditions until `set`, and after each `where`; elsewhere these words say nothing.
    To `add user` they are names, but for the first word.
    """
    request = WriteRequest(verb, noun, facts)
    sets = request.adds
    for place, text in enumerate(texts):
        one = split_word(text, old=request.old)
        if one.keyword and not (request.adds and noun == "user" and place):
            sets = request.sets_after(one, sets=sets)
        elif sets and (request.adds or one.key != "where"):
            sets = request.set(one)
        else:
            sets = False
            request.choose(one)
    return request
