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

SYNTAX = "{names}[[where] field=value ...] [format=field,...]{switches}"


def run(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Show the objects that the tokens select."""
    from slurmctl_rest.cli import list as list_

    list_.run(context, entity, tokens)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("list", ACCOUNT.noun): VerbEntry(
        run,
        "List accounts, with the limits that hold there",
        SYNTAX,
        examples=(
            "account list",
            "account list physics format=Account,Parent,GrpTRES%30",
            "account list where parent=science WOPLimits",
        ),
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
    ),
    ("list", ASSOCIATION.noun): VerbEntry(
        run,
        "List associations, with the limits that hold there",
        SYNTAX,
        examples=(
            "assoc list where account=physics",
            "assoc list where user=alice format=Account,Partition,MaxJobs,QOS WOPLimits",
            "assoc list where account=science user='' WithSubAccounts",
            "assoc list where id=12,13",
        ),
        notes=(notes.OWN_ROWS, notes.IDS),
    ),
    ("list", COORDINATOR.noun): VerbEntry(
        run,
        "List accounts and the users who coordinate them",
        SYNTAX,
        examples=("coordinator list", "coordinator list where account=physics"),
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
        "List clusters, each with the limits of its account root",
        SYNTAX,
        examples=("cluster list", "cluster list alps format=Cluster,ControlHost,GrpTRES,QOS"),
    ),
    ("list", TRES_TYPE.noun): VerbEntry(
        run, "List TRES, the resources that limits count", SYNTAX, examples=("tres list",)
    ),
}
