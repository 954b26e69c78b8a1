"""The WCKeys of a cluster's users, as Slurm's journal tells them. Pure.

Its entries name WCKeys by numbers of the cluster's own; which user has which, and which is the
default one, follows from those that were added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from slurmctl_rest.journal.parse import JournalEntry, sql_text
from slurmctl_rest.model.entities.user import DEFAULT_WCKEY, WCKEYS
from slurmctl_rest.model.kinds.base import Value

WCKEY_ADDED, WCKEY_MARKED, WCKEY_REMOVED = "Add WCKeys", "MsgType=1456", "Remove WCKeys"
"""What the journal calls each write; slurmdbd has no word for the second."""
WCKEY_ACTIONS = (WCKEY_ADDED, WCKEY_MARKED, WCKEY_REMOVED)
NO_WCKEYS: Mapping[str, Value] = {DEFAULT_WCKEY.name: None, WCKEYS.name: ()}


@dataclass(slots=True)
class UserKeys:
    """Which users have which WCKeys at one moment.

    numbered  number -> user, WCKey
    defaults  user -> default WCKey
    untold    time of the last removal of a WCKey that no entry tells
    """

    numbered: dict[str, tuple[str, str]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    untold: int | None = None

    def apply(self, entry: JournalEntry) -> dict[str, dict[str, Value]]:
        """Carry out an entry; return the new values of each user whom it changes."""
        numbers = entry.conditions["id_wckey"]
        sets = entry.sets()
        if entry.action == WCKEY_ADDED:
            key = sql_text(sets["user"]), sql_text(sets["wckey_name"])
            self.numbered |= dict.fromkeys(numbers, key)
        keys = [self.numbered[number] for number in numbers if number in self.numbered]
        if entry.action == WCKEY_REMOVED:
            self.untold = self.untold if len(keys) == len(numbers) else entry.time
            for number in numbers:
                self.numbered.pop(number, None)
        for user, key_ in keys:
            if entry.action == WCKEY_REMOVED:
                if self.defaults.get(user) == key_:
                    del self.defaults[user]
            elif sets.get("is_def") == "1":
                self.defaults[user] = key_
        return {user: self._values(user) for user, _ in keys}

    def rename(self, old: str, new: str) -> None:
        """Give a user another name."""
        for number, (user, key) in [*self.numbered.items()]:
            if user == old:
                self.numbered[number] = new, key
        if old in self.defaults:
            self.defaults[new] = self.defaults.pop(old)

    def _values(self, user: str) -> dict[str, Value]:
        names = tuple(sorted(key for whose, key in self.numbered.values() if whose == user))
        return {DEFAULT_WCKEY.name: self.defaults.get(user), WCKEYS.name: names}
