"""The switches of sacctmgr's that a list takes, and those that it refuses by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USAGE, USER
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.entities.with_assoc import WITH_ASSOC_TABLES
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.list_syntax import parse_list
from slurmctl_rest.model.switches import OF_SACCTMGR, switch_of
from slurmctl_rest.model.syntax import Statement

WOP_LIMITS = "WOPLimits"


WOP_INFO = "WOPInfo"


OWN_VALUES = frozenset({WOP_LIMITS, WOP_INFO})
"""The latter implies the former."""


RAW_QOS_SWITCHES = ("WithRawQOS", "WithRawQOSLevel")


WITH_COORD = "WithCoord"


WITH_ASSOC, WITH_DELETED = "WithAssoc", "WithDeleted"


SUB_ACCOUNTS = "WithSubAccounts"


SWITCHES: Mapping[str, tuple[str, ...]] = {
    ACCOUNT.noun: (WOP_LIMITS, *RAW_QOS_SWITCHES, WITH_COORD, WITH_ASSOC, WITH_DELETED),
    USER.noun: (WITH_COORD, WITH_ASSOC, WITH_DELETED),
    QOS.noun: (WITH_DELETED,),
    ASSOCIATION.noun: (
        *(
            WOP_LIMITS,
            *RAW_QOS_SWITCHES,
            "OnlyDefaults",
            WITH_DELETED,
            SUB_ACCOUNTS,
            WOP_INFO,
            "Tree",
        ),
    ),
    USAGE.noun: (SUB_ACCOUNTS,),
}
"""sacctmgr's switches that a list takes, or a report."""

OF_SWITCHES = {
    "WOPLimits": "Print only own values, without inherited ones",
    "WithRawQOS": "Print the same as WithRawQOSLevel",
    "WithRawQOSLevel": "Print QosLevel as set: own QOS, or +added and -removed",
    "WithCoord": "Print the column Coordinators, with indirect ones",
    "OnlyDefaults": "Select only associations in default accounts",
    "WithAssoc": "Print a row for each association",
    "WithDeleted": "Also select what is deleted",
    "WithSubAccounts": "With account=: also select the accounts below",
    "WOPInfo": "Print only own values, and no Parent",
    "Tree": "Print a tree, like the verb tree",
}
"""The effect of each on a list."""


NOT_HERE = {
    "WithAssoc": "slurmctl-rest assoc list where ...",
    "WithDeleted": "for deleted associations: slurmctl-rest assoc list WithDeleted",
    "WithRawQOSLevel": "slurmctl-rest assoc list WithRawQOS where ...",
    WOP_LIMITS: "slurmctl-rest assoc list WOPLimits where ...",
    "WithFed": "sacctmgr list cluster WithFed",
}


MISPLACED = {ASSOCIATION.noun: ("WithAssoc",)}
"""Switches of other nouns that people try."""


def parse_with_switches(context: Context, entity: Entity, tokens: Sequence[str]) -> Statement:
    """Read the tokens; raise Unsupported, by name, for a switch of sacctmgr's that is not known."""
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    known = SWITCHES.get(entity.noun, ())
    there = (*OF_SACCTMGR.get(entity.noun, ()), *MISPLACED.get(entity.noun, ()))
    refused = {s: NOT_HERE[s] for s in there if s in NOT_HERE and s not in known}
    words = USER_WITH_LIMITS if entity is USER else entity
    with_assoc = WITH_ASSOC in known and any(switch_of(t, known) == WITH_ASSOC for t in tokens)
    columns_of = WITH_ASSOC_TABLES[entity.noun] if with_assoc else entity
    statement = parse_list(words, [*tokens, *format_], (*known, *refused), columns_of=columns_of)
    for switch, remedy in refused.items():
        if switch in statement.switches:
            raise Unsupported(f"{entity.word} list has no switch {switch}", remedy)
    return statement
