"""The verb `list` of nouns that are read as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.commands.notes import COMMANDS_ALONE
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import (
    CONFIGURATION,
    EVENT,
    INSTANCE,
    PROBLEM,
    RESERVATION,
    TRANSACTION,
)
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.times import FORMS

SYNTAX = "{names}[[where] field=value ...] [sort=...] [limit=N] [format=...]"
FORMS_OF_TIMES = f"Times: {FORMS}."


def run(context: Context, entity: Entity, tokens: Sequence[str], tz: str | None = None) -> None:
    """Show the rows that the tokens select."""
    from slurmctl_rest.cli import records

    records.list_(context, entity, tokens, tz)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("list", EVENT.noun): VerbEntry(
        run,
        "List events of nodes and of the cluster: down, drained, registered",
        SYNTAX,
        examples=(
            "event list start=now-7days",
            "event list node1 format=TimeStart,Duration,State,Reason",
            "event list where states=drain user=root",
        ),
        effect=(
            "Without start=, events since yesterday's midnight are listed, and those that last. "
            "Bare words are nodes, like node[1-8]."
        ),
        notes=(FORMS_OF_TIMES, COMMANDS_ALONE.format("no events")),
        options=(options.TIME_ZONE,),
    ),
    ("list", TRANSACTION.noun): VerbEntry(
        run,
        "List who wrote what to Slurm's accounting",
        SYNTAX,
        examples=(
            "transaction list start=now-1day",
            "transaction list where actor=root action='Add Users'",
            "transaction list where account=physics format=Time,Actor,Info",
        ),
        effect="Each write of anybody, with any tool, is a transaction.",
        notes=(FORMS_OF_TIMES, COMMANDS_ALONE.format("no transactions")),
        options=(options.TIME_ZONE,),
    ),
    ("list", PROBLEM.noun): VerbEntry(
        run,
        "List accounts without users, and users without accounts or a UID",
        SYNTAX,
        examples=("problem list", "problem list alice", "problem list where account=physics"),
        notes=(COMMANDS_ALONE.format("no problems"),),
    ),
    ("list", INSTANCE.noun): VerbEntry(
        run,
        "List instances of nodes that ran in a cloud",
        SYNTAX,
        examples=(
            "instance list",
            "instance list node1",
            "instance list where instancetype=m5.large --json",
        ),
        options=(options.TIME_ZONE,),
    ),
    ("list", RESERVATION.noun): VerbEntry(
        run,
        "List reservations that slurmctld has: those to come, and those that last",
        SYNTAX,
        examples=(
            "reservation list",
            "reservation list maint",
            "reservation list where users=alice format=Name,Nodes",
        ),
        notes=(
            "`slurmctl-rest sacctmgr list reservation` shows those of the past, which slurmdbd "
            "has.",
        ),
        options=(options.TIME_ZONE,),
    ),
    ("list", CONFIGURATION.noun): VerbEntry(
        run,
        "List the settings of sacctmgr and slurmdbd",
        SYNTAX,
        examples=(
            "configuration list",
            "configuration list TrackWCKey,PurgeJobAfter",
            "configuration list where program=slurmdbd --json",
        ),
        notes=(COMMANDS_ALONE.format("slurmdbd's settings only in part, and in another form"),),
    ),
}
