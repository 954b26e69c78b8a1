"""The conditions and switches of sacctmgr's lists: which words each noun takes.

From how many letters on a word is known is the same on 24.11 and 26.05. The first row that fits a
word counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FORMAT_WORD = "Format"
WHERE = "where"
"""A word that says nothing; `set` is another in a list."""

KnownWords = Sequence[tuple[str, int, str]]
"""A spelling, the letters from which on it is known, and the condition or switch that it means."""

ASSOCIATION_CONDITIONS: KnownWords = (
    ("Accounts", 2, "Account"),
    ("Acct", 2, "Account"),
    ("Associations", 2, "ID"),
    ("Clusters", 1, "Cluster"),
    ("DefaultQOS", 8, "DefaultQOS"),
    ("Ids", 1, "ID"),
    ("Partitions", 3, "Partition"),
    ("Parents", 3, "Parent"),
    ("QosLevel", 1, "QosLevel"),
    ("Users", 1, "User"),
)
"""The conditions on associations, which accounts and users take too."""

SET_WORDS = " Use keyword 'set' to modify value"


@dataclass(frozen=True, slots=True)
class ListNoun:
    """What the list of one noun takes.

    own           its own conditions
    associations  whether it takes those on associations, too: for accounts and users they are
                  only of use where it lists associations
    bare          the condition that a word without `=` is, where it is no switch
    hint          what it says behind " Unknown condition: x", if anything
    stays_unsure  after a first mistake it knows no condition on associations any more
    skips_set     `set` says nothing anywhere; else it is a name, unless it comes first
    """

    bare: str
    own: KnownWords
    switches: KnownWords
    associations: bool = False
    hint: str = SET_WORDS
    stays_unsure: bool = False
    skips_set: bool = True

    @property
    def joins(self) -> bool:
        """Tell whether it lists associations only where WithAssoc says so."""
        return any(switch == "WithAssoc" for _, _, switch in self.switches)


_WITH: KnownWords = (
    ("WithAssoc", 5, "WithAssoc"),
    ("WithCoordinators", 5, "WithCoordinators"),
    ("WithDeleted", 5, "WithDeleted"),
    ("WithRawQOSLevel", 5, "WithRawQOS"),
    ("WOPLimits", 4, "WOPLimits"),
)
_DELETED: KnownWords = (("WithDeleted", 5, "WithDeleted"),)

LIST_NOUNS: Mapping[str, ListNoun] = {
    "account": ListNoun(
        bare="Account",
        own=(
            ("Names", 1, "Account"),
            ("Accounts", 1, "Account"),
            ("Acct", 4, "Account"),
            ("Descriptions", 1, "Description"),
            ("Flags", 2, "Flags"),
            ("Format", 2, FORMAT_WORD),
            ("Organizations", 1, "Organization"),
        ),
        switches=_WITH,
        associations=True,
    ),
    "user": ListNoun(
        bare="User",
        own=(
            ("Names", 1, "User"),
            ("Users", 1, "User"),
            ("AdminLevel", 2, "AdminLevel"),
            ("Clusters", 1, "Cluster"),
            ("DefaultAccount", 8, "DefaultAccount"),
            ("DefaultWCKey", 8, "DefaultWCKey"),
            ("Format", 1, FORMAT_WORD),
            ("WCKeys", 1, "WCKey"),
        ),
        switches=_WITH,
        associations=True,
    ),
    "association": ListNoun(
        bare="ID",
        own=(("Associations", 2, "ID"), ("Format", 1, FORMAT_WORD), ("Ids", 1, "ID")),
        switches=(
            ("OnlyDefaults", 2, "OnlyDefaults"),
            ("Tree", 4, "Tree"),
            *_DELETED,
            ("WithRawQOSLevel", 5, "WithRawQOS"),
            ("WithSubAccounts", 5, "WithSubAccounts"),
            ("WOPInfo", 4, "WOPInfo"),
            ("WOPLimits", 4, "WOPLimits"),
        ),
        associations=True,
        hint="",
        stays_unsure=True,
        skips_set=False,
    ),
    "qos": ListNoun(
        bare="Name",
        own=(
            ("Names", 1, "Name"),
            ("QosLevel", 1, "Name"),
            ("Clusters", 1, "Description"),  # so it is
            ("Descriptions", 1, "Description"),
            ("Format", 1, FORMAT_WORD),
            ("Ids", 1, "ID"),
            ("PreemptMode", 8, "PreemptMode"),
        ),
        switches=_DELETED,
        hint=" Use keyword 'set' to modify SLURM_PRINT_VALUE",
    ),
    "cluster": ListNoun(
        bare="Cluster",
        own=(
            ("Names", 1, "Cluster"),
            ("Clusters", 3, "Cluster"),
            ("Classification", 3, "Classification"),
            ("Federations", 3, "Federation"),
            ("Flags", 2, "Flags"),
            ("Format", 2, FORMAT_WORD),
            ("RPCVersions", 1, "RPC"),
        ),
        switches=(*_DELETED, ("WithFed", 5, "WithFed"), ("WOLimits", 3, "WOLimits")),
    ),
    "tres": ListNoun(
        bare="Type",
        own=(
            ("Names", 1, "Name"),
            ("Format", 1, FORMAT_WORD),
            ("Ids", 1, "ID"),
            ("Type", 2, "Type"),
        ),
        switches=_DELETED,
    ),
    "wckey": ListNoun(
        bare="WCKey",
        own=(
            ("Clusters", 3, "Cluster"),
            ("Format", 1, FORMAT_WORD),
            ("Ids", 1, "ID"),
            ("Names", 3, "WCKey"),
            ("Users", 1, "User"),
            ("WCKeys", 3, "WCKey"),
        ),
        switches=_DELETED,
        hint="",
        skips_set=False,
    ),
}
"""The nouns whose lists are answered over REST."""


def meaning_of(word: str, known: KnownWords) -> str:
    """Return what the first row that fits a word means; nothing where none does."""
    lower = word.lower()
    return next(
        (
            meaning
            for spelling, letters, meaning in known
            if len(lower) >= letters and spelling.lower().startswith(lower)
        ),
        "",
    )
