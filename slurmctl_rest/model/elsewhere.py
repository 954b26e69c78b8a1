"""sacctmgr's words that are no fields here, and what does what they ask for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from slurmctl_rest.errors import SlurmctlError, UsageError
from slurmctl_rest.model.text import printable

Use: TypeAlias = Literal["set", "where", "show"]

NOUN_ACCOUNT, NOUN_USER, NOUN_ASSOCIATION, NOUN_QOS = "account", "user", "association", "qos"
ALL_NOUNS = (NOUN_ACCOUNT, NOUN_USER, NOUN_ASSOCIATION, NOUN_QOS)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A word of sacctmgr's, and by noun the command that sets it (none: nothing does).

    of_rows    the noun's associations have it: WithAssoc shows it
    """

    word: str
    sets: Mapping[str, str]
    of_rows: bool = False


ELSEWHERE = (
    Elsewhere(
        "RawUsage",
        {
            NOUN_ACCOUNT: "slurmctl-rest raw-usage reset NAME",
            NOUN_USER: "slurmctl-rest raw-usage reset account=ACCOUNT user=NAME",
            NOUN_ASSOCIATION: "slurmctl-rest raw-usage reset account=ACCOUNT user=USER",
            NOUN_QOS: "slurmctl-rest raw-usage reset qos=NAME",
        },
    ),
    Elsewhere("Comment", {NOUN_USER: ""}, of_rows=True),
    *(
        Elsewhere(word, dict.fromkeys((NOUN_ACCOUNT, NOUN_USER), ""), of_rows=True)
        for word in ("ID", "Lineage", "ParentID", "QOSRAWLevel")
    ),
)

WORDS_OF_ROWS = frozenset(one.word.lower() for one in ELSEWHERE if one.of_rows)

MIN_LEGACY_LETTERS = 4
"""Letters from which on no field of today begins as one of these does."""
LEGACY_LIMITS: Mapping[str, str] = {
    "GrpCPUs": "GrpTRES=cpu",
    "GrpCPUMins": "GrpTRESMins=cpu",
    "GrpCPURunMins": "GrpTRESRunMins=cpu",
    "GrpNodes": "GrpTRES=node",
    "GrpMemory": "GrpTRES=mem",
    "MaxCPUs": "MaxTRES=cpu",
    "MaxCPUsPerJob": "MaxTRES=cpu",
    "MaxCPUMins": "MaxTRESMins=cpu",
    "MaxCPUMinsPerJob": "MaxTRESMins=cpu",
    "MaxCPURunMins": "MaxTRESRunMins=cpu",
    "MaxNodes": "MaxTRES=node",
    "MaxNodesPerJob": "MaxTRES=node",
}
LEGACY_QOS_LIMITS: Mapping[str, str] = {
    **{word: new for word, new in LEGACY_LIMITS.items() if word != "MaxCPURunMins"},
    "MaxCPUsPerUser": "MaxTRESPU=cpu",
    "MaxCPUsPerAccount": "MaxTRESPA=cpu",
    "MaxNodesPerUser": "MaxTRESPU=node",
    "MaxNodesPerAccount": "MaxTRESPA=node",
    "MaxCPURunMinsPerUser": "MaxTRESRunMinsPU=cpu",
    "MaxCPURunMinsPerAccount": "MaxTRESRunMinsPA=cpu",
    "MinCPUs": "MinTRES=cpu",
    "MinNodes": "MinTRES=node",
}
"""Limits from before there were TRES, and how they are written today."""


def error(noun: str, spelling: str, use: Use, text: str = "") -> SlurmctlError | None:
    """Return the error for a word that is no field of the noun, but one of sacctmgr's; else None.

    `text` is what was assigned, or asked for.
    """
    value = shlex.quote(text) if text else "..."
    today = legacy_limit(noun, spelling)
    if today and use == "set":  # on the command line it is translated; a CSV column is not
        return UsageError(f"'{printable(spelling)}' is an obsolete name", f"write {today}={value}")
    found = _found(noun, spelling)
    if found is None or (found.of_rows and use == "set" and spelling.lower() not in WORDS_OF_ROWS):
        return None  # `parent` is no ParentID
    nouns = noun if noun.endswith("s") else f"{noun}s"
    if use == "set":
        return _not_set(found, noun, nouns)
    if use == "show" and found.of_rows:
        words = f"slurmctl-rest {noun} list WithAssoc format=...,{found.word}"
        return UsageError(f"{found.word} of {nouns} belongs to their associations", words)
    return None


def _not_set(found: Elsewhere, noun: str, nouns: str) -> SlurmctlError:
    if command := found.sets[noun]:
        return UsageError(f"{found.word} of {nouns} has a command of its own", command)
    return UsageError(f"{found.word} of {nouns} is read-only")


def _found(noun: str, spelling: str) -> Elsewhere | None:
    word = spelling.lower()
    for one in ELSEWHERE:
        if noun in one.sets and (
            word == one.word.lower() or (len(word) > 2 and one.word.lower().startswith(word))
        ):
            return one
    return None


def legacy_limit(noun: str, spelling: str) -> str | None:
    """Return how a limit from before there were TRES is written today.

    >>> legacy_limit("user", "grpcpus")
    'GrpTRES=cpu'
    """
    name = legacy_name(noun, spelling)
    return _legacy_limits(noun)[name] if name else None


def legacy_name(noun: str, spelling: str) -> str:
    """Return the name of such a limit as Slurm writes it; nothing if it is none.

    >>> legacy_name("user", "grpcpu")
    'GrpCPUs'
    """
    word = spelling.lower()
    if len(word) < MIN_LEGACY_LETTERS:
        return ""
    begun = [known for known in _legacy_limits(noun) if known.lower().startswith(word)]
    # grpcpu begins GrpCPUs and GrpCPUMins: the shortest is meant, as by fields.choose_field.
    return min(begun, key=len, default="")


def _legacy_limits(noun: str) -> Mapping[str, str]:
    return LEGACY_QOS_LIMITS if noun == NOUN_QOS else LEGACY_LIMITS if noun in ALL_NOUNS else {}
