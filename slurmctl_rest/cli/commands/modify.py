"""The verb `modify`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.commands.notes import CLEARS, IDS, INHERITS, OF_FLAGS, OWN_ROWS, REST_OF_QOS
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Entity

SUMMARY = "Change what is named behind `set`, and nothing else"
SYNTAX = "{names}[[where] field=value ...] set field=value ..."


def run(
    context: Context, entity: Entity, tokens: Sequence[str], from_: str | None, *, everything: bool
) -> None:
    """Modify what is selected, each with its outcome."""
    from slurmctl_rest.cli import modify

    modify.run(context, entity, tokens, from_, everything=everything)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("modify", ACCOUNT.noun): VerbEntry(
        run,
        SUMMARY,
        SYNTAX,
        examples=(
            "account modify physics set GrpTRESMins=cpu=200000 MaxJobs=-1",
            "account modify where parent=science set MaxWall=1-00:00:00",
            "account modify physics,optics set QosLevel+=high --dry-run",
        ),
        notes=(CLEARS, INHERITS),
        options=(options.FROM_FILE, options.EVERYTHING),
    ),
    ("modify", USER.noun): VerbEntry(
        run,
        "Change what is named behind `set` on users or their associations, and nothing else",
        SYNTAX,
        examples=(
            "user modify alice set DefaultAccount=optics AdminLevel=Operator",
            "user modify alice where account=physics set GrpTRES=cpu=10,gres/gpu=-1",
            "user modify where account=physics partition=gpu set MaxWall=1-00:00:00",
        ),
        notes=(
            "AdminLevel and DefaultAccount are the user's. All else is set on the user's "
            "associations on this cluster: all of them, or those that account=, partition= and "
            "qos= select (partition='': those for all partitions).",
            CLEARS,
            INHERITS,
        ),
        options=(options.FROM_FILE, options.EVERYTHING),
    ),
    ("modify", ASSOCIATION.noun): VerbEntry(
        run,
        SUMMARY,
        SYNTAX,
        examples=(
            "assoc modify where account=physics user=alice set Fairshare=parent GrpTRES=cpu=10",
            "assoc modify where account=physics user='' set QosLevel=normal,high",
            "assoc modify where account=physics user=alice partition='' set QosLevel=''",
        ),
        notes=(
            "Without user= the accounts' own rows are meant as well as those of all their users.",
            OWN_ROWS,
            IDS,
            CLEARS,
            INHERITS,
        ),
        options=(options.FROM_FILE, options.EVERYTHING),
    ),
    ("modify", QOS.noun): VerbEntry(
        run,
        SUMMARY,
        SYNTAX,
        examples=(
            "qos modify high set Flags+=NoDecay Flags-=DenyOnLimit MaxTRESPU=gres/gpu=4",
            "qos modify high set GrpTRES=cpu=-1 Preempt-=low",
        ),
        notes=(CLEARS, OF_FLAGS, REST_OF_QOS),
        options=(options.FROM_FILE, options.EVERYTHING),
    ),
}
