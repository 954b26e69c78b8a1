"""The switches of sacctmgr's that a list takes, and those that it refuses by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USAGE, USER
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.switches import OF_SACCTMGR
from slurmctl_rest.model.syntax import Statement, parse_select

OWN = "WOPLimits"


OWN_INFO = "WOPInfo"


OWN_VALUES = frozenset({OWN, OWN_INFO})
"""The latter implies the former."""


RAW_QOS = ("WithRawQOS", "WithRawQOSLevel")


COORDINATORS = "WithCoord"


SUB_ACCOUNTS = "WithSubAccounts"


SWITCHES: Mapping[str, tuple[str, ...]] = {
    ACCOUNT.noun: (OWN, *RAW_QOS, COORDINATORS),
    USER.noun: (COORDINATORS,),
    ASSOCIATION.noun: (
        *(OWN, *RAW_QOS, "OnlyDefaults", "WithDeleted", SUB_ACCOUNTS, OWN_INFO, "Tree"),
    ),
    USAGE.noun: (SUB_ACCOUNTS,),
}
"""sacctmgr's switches that a list takes, or a report."""

OF_SWITCHES = {
    "WOPLimits": "own values alone, without the inherited ones",
    "WithRawQOS": "the same as WithRawQOSLevel",
    "WithRawQOSLevel": "QosLevel as the row has it: its own QOS, or +added and -taken ones",
    "WithCoord": "with the column Coordinators, which has the indirect ones too",
    "OnlyDefaults": "only those in the default accounts of users",
    "WithDeleted": "also those that are deleted, kept for what their jobs have used",
    "WithSubAccounts": "with account=: also those of the accounts below",
    "WOPInfo": "own values alone, and without Parent",
    "Tree": "the same as the verb tree",
}
"""The effect of each on a list."""


NOT_HERE = {
    "WithAssoc": "slurmctl-rest assoc list where ...",
    "WithDeleted": "for deleted associations: slurmctl-rest assoc list WithDeleted",
    "WithRawQOSLevel": "slurmctl-rest assoc list WithRawQOS where ...",
    OWN: "slurmctl-rest assoc list WOPLimits where ...",
    "WithFed": "sacctmgr list cluster WithFed",
}


MISPLACED = {ASSOCIATION.noun: ("WithAssoc",)}
"""Switches of other nouns that people try."""


def parse(context: Context, entity: Entity, tokens: Sequence[str]) -> Statement:
    """Read the tokens; a switch of sacctmgr's that is not known here is refused by name."""
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    known = SWITCHES.get(entity.noun, ())
    there = (*OF_SACCTMGR.get(entity.noun, ()), *MISPLACED.get(entity.noun, ()))
    refused = {s: NOT_HERE[s] for s in there if s in NOT_HERE and s not in known}
    words = USER_WITH_LIMITS if entity is USER else entity
    sentence = parse_select(words, [*tokens, *format_], (*known, *refused), columns_of=entity)
    for switch, remedy in refused.items():
        if switch in sentence.switches:
            raise Unsupported(f"{entity.word} list has no switch {switch}", remedy)
    return sentence
