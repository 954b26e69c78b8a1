"""The verb `modify`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.commands.notes import (
    ACCOUNT_LEVEL_NOTE,
    CLEARS,
    IDS,
    INHERITS,
    OF_FLAGS,
    REST_OF_CLUSTERS,
    REST_OF_QOS,
)
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, USER
from slurmctl_rest.model.fields import Entity

ONLY = "Only the fields after `set` change."
SYNTAX = "{names}[[where] field=value ...] set field=value ..."


def run(
    context: Context, entity: Entity, tokens: Sequence[str], from_: str | None, *, everything: bool
) -> None:
    """Modify what is selected, each with its outcome."""
    from slurmctl_rest.cli import modify

    modify.run(context, entity, tokens, from_, everything=everything)


def modify_clusters(
    context: Context, entity: Entity, tokens: Sequence[str], *, everything: bool
) -> None:
    """Modify clusters."""
    from slurmctl_rest.cli import objects

    objects.modify_objects(context, entity, tokens, everything=everything)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("modify", ACCOUNT.noun): VerbEntry(
        run,
        "Change fields of accounts",
        SYNTAX,
        examples=(
            "account modify physics set GrpTRESMins=cpu=200000 MaxJobs=-1",
            "account modify where parent=science set MaxWall=1-00:00:00",
            "account modify physics,optics set QosLevel+=high --dry-run",
        ),
        effect=f"{ONLY} {CLEARS}",
        notes=(INHERITS,),
        options=(options.FROM_FILE, options.EVERYTHING),
    ),
    ("modify", USER.noun): VerbEntry(
        run,
        "Change fields of users or of their associations",
        SYNTAX,
        examples=(
            "user modify alice set DefaultAccount=optics AdminLevel=Operator",
            "user modify alice where account=physics set GrpTRES=cpu=10",
            "user modify where account=physics set MaxWall=1-00:00:00",
        ),
        effect=(
            f"{ONLY} AdminLevel and DefaultAccount belong to the user. Limits belong to the user's "
            "associations: all on this cluster, or those selected by account=, partition=, qos=."
        ),
        notes=(
            "partition='' selects the associations for all partitions.",
            CLEARS,
            INHERITS,
        ),
        options=(options.FROM_FILE, options.EVERYTHING),
    ),
    ("modify", ASSOCIATION.noun): VerbEntry(
        run,
        "Change fields of associations",
        SYNTAX,
        examples=(
            "assoc modify where account=physics user=alice set MaxJobs=-1",
            "assoc modify where account=physics user='' set QosLevel+=high",
            "assoc modify where user=alice partition='' set GrpTRES=cpu=10",
        ),
        effect=(
            f"{ONLY} Without user=, account associations are selected as well as those of users. "
            "user='' selects only account associations."
        ),
        notes=(ACCOUNT_LEVEL_NOTE, IDS, CLEARS, INHERITS),
        options=(options.FROM_FILE, options.EVERYTHING),
    ),
    ("modify", QOS.noun): VerbEntry(
        run,
        "Change fields of QOS",
        SYNTAX,
        examples=(
            "qos modify high set Flags+=NoDecay Flags-=DenyOnLimit",
            "qos modify high set GrpTRES=cpu=-1 Preempt-=low",
            "qos modify low,high set MaxTRESPU=gres/gpu=4 --dry-run",
        ),
        effect=f"{ONLY} {CLEARS}",
        notes=(OF_FLAGS, REST_OF_QOS),
        options=(options.FROM_FILE, options.EVERYTHING),
    ),
    ("modify", CLUSTERS.noun): VerbEntry(
        modify_clusters,
        "Change limits and features of clusters",
        SYNTAX,
        examples=(
            "cluster modify alps set GrpTRES=cpu=1000 MaxJobs=-1",
            "cluster modify alps set Features+=gpu FedState=DRAIN",
            "cluster modify where federation=north set GrpJobs=9 --dry-run",
        ),
        effect=f"{ONLY} Limits are those of the cluster's account root. {CLEARS}",
        notes=(INHERITS, REST_OF_CLUSTERS),
        options=(options.EVERYTHING,),
    ),
}
