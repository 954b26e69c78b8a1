"""The verb `describe`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.description import DESCRIPTION
from slurmctl_rest.model.fields import Entity

SYNTAX = "{names}[[where] field=value ...] [format=field,...]"
EFFECT = (
    "Each value in force has a row: From is the account that it is inherited from, empty if it is "
    "set on the object itself; Used, Left and Percent stand beside limits that count anything."
)


def run(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Describe the named objects."""
    from slurmctl_rest.cli import describe

    describe.run(context, entity, tokens)


def _entry(what: str, *examples: str) -> VerbEntry:
    summary = f"Show all values in force of {what}, their origin and their use"
    return VerbEntry(run, summary, SYNTAX, examples, EFFECT, prints=DESCRIPTION)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("describe", ACCOUNT.noun): _entry(
        "an account",
        "account describe physics",
        "account describe physics,optics --json",
        "account describe physics -P",
    ),
    ("describe", USER.noun): _entry(
        "a user",
        "user describe alice",
        "user describe alice account=physics",
        "user describe alice --json",
    ),
    ("describe", ASSOCIATION.noun): _entry(
        "associations",
        "assoc describe where account=physics user=alice",
        "assoc describe where account=physics",
        "assoc describe where user=alice --json",
    ),
    ("describe", QOS.noun): _entry(
        "a QOS",
        "qos describe high",
        "qos describe high,low --json",
        "qos describe high -P",
    ),
}
