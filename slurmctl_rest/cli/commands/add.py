"""The verb `add`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import notes, options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, COORDINATOR, QOS, USER
from slurmctl_rest.model.fields import Entity

SYNTAX = "name,... [field=value ...]"

EXISTING_NOTE = (
    "What is there already as asked is no change. What is there without any value of its own, as "
    "a killed add leaves it, gets the values asked for. Anything else is a conflict (exit 4): "
    "modify it."
)
UNIX_NOTE = (
    "A warning says where the operating system does not know a new user, or where that cannot be "
    "looked up: over slurmrestd, and behind a command_prefix. With --require-unix-user both are "
    "errors."
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


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("add", ACCOUNT.noun): VerbEntry(
        run,
        "Add accounts",
        SYNTAX,
        examples=(
            "account add physics parent=science GrpTRES=cpu=100,gres/gpu=8 Fairshare=20",
            "account add optics,lasers parent=physics Description='light, and more of it'",
        ),
        notes=("Without parent= an account stands below root.", EXISTING_NOTE),
        options=(options.FROM_FILE,),
    ),
    ("add", USER.noun): VerbEntry(
        run,
        "Add users to accounts",
        "name,... account=name,... [partition=name,...] [field=value ...]",
        examples=(
            "user add alice account=physics",
            "user add alice,bob account=physics,optics partition=gpu,batch MaxJobs=5",
            "user add carol account=physics,optics DefaultAccount=optics AdminLevel=Operator",
        ),
        notes=(
            "The user gets an association in each account and partition, and the limits go there; "
            "a user who does not exist is made. The default account is DefaultAccount, or else "
            "the first one, unless the user has one here already.",
            EXISTING_NOTE,
            UNIX_NOTE,
        ),
        options=(options.FROM_FILE, options.UNIX_USER),
    ),
    ("add", ASSOCIATION.noun): VerbEntry(
        run,
        "Add users to accounts, or accounts",
        "account=name,... [user=name,...] [partition=name,...] [field=value ...]",
        examples=(
            "assoc add account=physics user=alice partition=gpu MaxJobs=5",
            "assoc add account=physics,optics user=alice,bob QosLevel=normal,high DefaultQOS=high",
        ),
        notes=(
            "With user= it is what user add does. Without, the accounts' own associations are "
            "added, and accounts that do not exist are made, as account add does.",
            EXISTING_NOTE,
            UNIX_NOTE,
        ),
        options=(options.FROM_FILE, options.UNIX_USER),
    ),
    ("add", COORDINATOR.noun): VerbEntry(
        run,
        "Let users administer accounts and all below them",
        "user,... account=name,...",
        examples=("coordinator add alice,bob account=physics",),
        notes=(
            "Users and accounts must exist. One who coordinates an account above coordinates those "
            "below, too; slurmrestd cannot name such a user there once more (exit 10).",
        ),
        options=(options.FROM_FILE,),
    ),
    ("add", QOS.noun): VerbEntry(
        run,
        "Add QOS",
        SYNTAX,
        examples=(
            "qos add low",
            "qos add high Priority=100 Flags=DenyOnLimit Preempt=low PreemptMode=requeue",
        ),
        notes=(EXISTING_NOTE, notes.OF_FLAGS, notes.REST_OF_QOS),
        options=(options.FROM_FILE,),
    ),
}
