"""The verb `list`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import notes, options
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
SEVERAL_CLUSTERS = (
    "cluster=a,b and -M a,b list several clusters, one after the other, with a column Cluster."
)
WITH_ASSOC = (
    "WithAssoc, or -s, lists each association in a row of its own, beside what its account or user "
    "is. Its JSON is that of associations, with the columns that are shown. WithDeleted adds what "
    "is deleted, marked in the column Deleted."
)
SYNTAX = "{names}[[where] field=value ...] [sort=...] [limit=N] [format=...]{switches}"


def run(
    context: Context,
    entity: Entity,
    tokens: Sequence[str],
    *,
    with_assoc: bool = False,
    as_of: str | None = None,
) -> None:
    """Show the objects that the tokens select."""
    from slurmctl_rest.cli import list as list_

    if as_of is not None:
        from slurmctl_rest.cli import past

        past.turn_back(context, as_of)
    list_.run(context, entity, [*tokens, "WithAssoc"] if with_assoc else tokens)


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
        notes=(INHERITED_NOTE, SEVERAL_CLUSTERS, WITH_ASSOC),
        options=(options.WITH_ASSOC, options.AS_OF),
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
        notes=(SEVERAL_CLUSTERS, WITH_ASSOC),
        options=(options.WITH_ASSOC, options.AS_OF),
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
        notes=(
            INHERITED_NOTE,
            notes.ACCOUNT_LEVEL_NOTE,
            notes.IDS,
            SEVERAL_CLUSTERS,
            "Comment, ID, Lineage, ParentID and QosRaw are read, and are keys of JSON, only if "
            "format= names them. The numbers come from another API version where that of the "
            "profile shows 0.",
        ),
        options=(options.AS_OF,),
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
        options=(options.AS_OF,),
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
        notes=(
            "slurmrestd does not report ID, Classification, Federation, FedState and Features: "
            "over REST a list that names one of them ends with exit code 10.",
        ),
    ),
    ("list", TRES_TYPE.noun): VerbEntry(
        run,
        "List TRES, the resources that limits count",
        SYNTAX,
        examples=("tres list", "tres list gres", "tres list -P format=Type,Name"),
    ),
}
