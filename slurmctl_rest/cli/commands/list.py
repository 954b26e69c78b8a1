"""The verb `list`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import notes
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import (
    ACCOUNT,
    ASSOCIATION,
    CLUSTERS,
    COORDINATOR,
    QOS,
    TRES_TYPE,
    USER,
)
from slurmctl_rest.model.fields import Entity

INHERITED_NOTE = (
    "A limit that an object inherits is listed with the inherited value. WOPLimits lists only its "
    "own."
)
SYNTAX = "{names}[[where] field=value ...] [format=field,...]{switches}"


def run(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Show the objects that the tokens select."""
    from slurmctl_rest.cli import list as list_

    list_.run(context, entity, tokens)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("list", ACCOUNT.noun): VerbEntry(
        run,
        "List accounts with the limits in force",
        SYNTAX,
        examples=(
            "account list",
            "account list physics format=Account,Parent,GrpTRES%30",
            "account list where parent=science WOPLimits",
        ),
        effect=INHERITED_NOTE,
    ),
    ("list", USER.noun): VerbEntry(
        run,
        "List users",
        SYNTAX,
        examples=(
            "user list",
            "user list where account=physics",
            "user list alice,bob WithCoord",
        ),
        effect="The limits of users belong to their associations: see `assoc list`.",
    ),
    ("list", ASSOCIATION.noun): VerbEntry(
        run,
        "List associations with the limits in force",
        SYNTAX,
        examples=(
            "assoc list where account=physics",
            "assoc list where user=alice format=Account,MaxJobs,QOS WOPLimits",
            "assoc list where account=science user='' WithSubAccounts",
        ),
        effect="user='' selects account associations, which hold the limits of accounts.",
        notes=(INHERITED_NOTE, notes.ACCOUNT_LEVEL_NOTE, notes.IDS),
    ),
    ("list", COORDINATOR.noun): VerbEntry(
        run,
        "List accounts and their coordinators",
        SYNTAX,
        examples=(
            "coordinator list",
            "coordinator list where account=physics",
            "coordinator list alice --json",
        ),
    ),
    ("list", QOS.noun): VerbEntry(
        run,
        "List QOS",
        SYNTAX,
        examples=(
            "qos list",
            "qos list high format=Name,Flags%40,GrpTRES",
            "qos list where preempt=low",
        ),
    ),
    ("list", CLUSTERS.noun): VerbEntry(
        run,
        "List clusters with the limits of their root account",
        SYNTAX,
        examples=(
            "cluster list",
            "cluster list alps",
            "cluster list format=Cluster,ControlHost,GrpTRES,QOS",
        ),
    ),
    ("list", TRES_TYPE.noun): VerbEntry(
        run,
        "List TRES, the resources that limits count",
        SYNTAX,
        examples=("tres list", "tres list gres", "tres list -P format=Type,Name"),
    ),
}
