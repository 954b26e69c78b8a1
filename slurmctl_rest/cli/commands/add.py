"""The verb `add`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import notes, options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, COORDINATOR, QOS, USER
from slurmctl_rest.model.fields import Entity

SYNTAX = "name,... [field=value ...]"

EXISTING_NOTE = (
    "If an object exists with the values that you give, nothing changes. If it exists without any "
    "value of its own, as after an interrupted add, it gets the values. If it exists with other "
    "values, the command fails (exit 4): modify the object."
)
UNIX_NOTE = (
    "A warning names new users that the operating system does not have. Another warning is printed "
    "if this cannot be checked: over slurmrestd, and with a command_prefix. With "
    "--require-unix-user both are errors."
)


def run(
    context: Context,
    entity: Entity,
    tokens: Sequence[str],
    from_: str | None,
    *,
    unix_user: bool = False,
) -> None:
    """Add what is named, each with its outcome."""
    from slurmctl_rest.cli import add

    add.run(context, entity, tokens, from_, require_unix_user=unix_user)


def add_clusters(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Add clusters."""
    from slurmctl_rest.cli import objects

    objects.add_objects(context, entity, tokens)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("add", ACCOUNT.noun): VerbEntry(
        run,
        "Add accounts",
        SYNTAX,
        examples=(
            "account add physics parent=science GrpTRES=cpu=100,gres/gpu=8",
            "account add optics,lasers parent=physics Description='light'",
            "account add --from accounts.csv --dry-run",
        ),
        effect="Without parent=, the account is added below root.",
        notes=(EXISTING_NOTE,),
        options=(options.FROM_ROWS,),
    ),
    ("add", USER.noun): VerbEntry(
        run,
        "Add users to accounts",
        "name,... account=name,... [partition=name,...] [field=value ...]",
        examples=(
            "user add alice account=physics",
            "user add alice,bob account=physics partition=gpu,batch MaxJobs=5",
            "user add carol account=physics AdminLevel=Operator",
        ),
        effect=(
            "Add each user to each account and partition, with these limits. Users that do not "
            "exist are created."
        ),
        notes=(
            "The default account is DefaultAccount. Without it, users who have no default account "
            "on this cluster get the first account.",
            EXISTING_NOTE,
            UNIX_NOTE,
        ),
        options=(options.FROM_ROWS, options.UNIX_USER),
    ),
    ("add", ASSOCIATION.noun): VerbEntry(
        run,
        "Add associations of users, or of accounts",
        "account=name,... [user=name,...] [partition=name,...] [field=value ...]",
        examples=(
            "assoc add account=physics user=alice partition=gpu MaxJobs=5",
            "assoc add account=physics,optics user=alice,bob DefaultQOS=high",
            "assoc add account=optics parent=physics GrpTRES=cpu=50",
        ),
        effect=(
            "With user=, this is the same as `user add`; without it, the same as `account add`: "
            "users or accounts that do not exist are created."
        ),
        notes=(EXISTING_NOTE, UNIX_NOTE),
        options=(options.FROM_ROWS, options.UNIX_USER),
    ),
    ("add", COORDINATOR.noun): VerbEntry(
        run,
        "Make users coordinators of accounts",
        "user,... account=name,...",
        examples=(
            "coordinator add alice account=physics",
            "coordinator add alice,bob account=physics,optics",
            "coordinator add --from users.txt account=physics --dry-run",
        ),
        effect=(
            "A coordinator may administer the account and all accounts below it. Users and "
            "accounts must exist."
        ),
        notes=(
            "Coordinators of an account also coordinate the accounts below it. slurmrestd cannot "
            "add such a user to an account below once more (exit 10).",
        ),
        options=(options.FROM_ROWS,),
    ),
    ("add", QOS.noun): VerbEntry(
        run,
        "Add QOS",
        SYNTAX,
        examples=(
            "qos add low",
            "qos add high Priority=100 Flags=DenyOnLimit MaxTRESPU=gres/gpu=4",
            "qos add urgent Preempt=low,high PreemptMode=requeue GraceTime=60",
        ),
        effect="All clusters share one set of QOS.",
        notes=(EXISTING_NOTE, notes.OF_FLAGS, notes.REST_OF_QOS),
        options=(options.FROM_ROWS,),
    ),
    ("add", CLUSTERS.noun): VerbEntry(
        add_clusters,
        "Add clusters to slurmdbd",
        SYNTAX,
        examples=(
            "cluster add alps",
            "cluster add alps GrpTRES=cpu=1000 QosLevel=normal,high",
            "cluster add alps,jura Features=gpu Federation=mountains -i",
        ),
        effect=(
            "Limits are those of the cluster's account root. A cluster that exists as asked stays "
            "as it is; with other values the command fails (exit 4)."
        ),
        notes=(notes.REST_OF_CLUSTERS,),
    ),
}
