"""The verb `delete`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import notes, options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, COORDINATOR, QOS, USER
from slurmctl_rest.model.fields import Entity

SYNTAX = "{names}[[where] field=value ...]"

ELSEWHERE_NOTE = (
    "What lives on other clusters too loses only what it has on this one, unless --all-clusters is "
    "given."
)
DEFAULTS_NOTE = (
    "A user whose default account goes gets another of its accounts as the default one. One who "
    "has no other is left without, and a warning says so."
)
JOBS_NOTE = (
    "Active jobs of what goes stand in the way (exit 4): --cancel-jobs cancels them, and waits "
    "until they have ended."
)
LAST_NOTE = (
    "A user's last association here is kept (exit 4), unless --last is given: then the user goes "
    "with it."
)


def run(
    context: Context, entity: Entity, tokens: Sequence[str], from_: str | None, **ways: bool
) -> None:
    """Delete what is selected, each with its outcome."""
    from slurmctl_rest.cli import delete

    delete.run(context, entity, tokens, delete.DeleteOptions(**ways), from_)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("delete", ACCOUNT.noun): VerbEntry(
        run,
        "Delete accounts from this cluster",
        SYNTAX,
        examples=(
            "account delete optics",
            "account delete optics,lasers -i --missing-ok",
            "account delete physics --cancel-jobs",
        ),
        notes=(
            "With an account goes its association here, and all below it: the associations of its "
            "users, and of the accounts below with theirs.",
            ELSEWHERE_NOTE,
            DEFAULTS_NOTE,
            JOBS_NOTE,
        ),
        options=(
            *(options.FROM_FILE, options.EVERYTHING, options.MISSING_OK),
            *(options.ALL_CLUSTERS, options.CANCEL_JOBS),
        ),
    ),
    ("delete", USER.noun): VerbEntry(
        run,
        "Delete users, or some of their associations, from this cluster",
        SYNTAX,
        examples=(
            "user delete alice",
            "user delete alice,bob where account=physics",
            "user delete where account=physics --last",
        ),
        notes=(
            "Where accounts, partitions or QOS are named, only these associations go. " + LAST_NOTE,
            ELSEWHERE_NOTE,
            DEFAULTS_NOTE,
            JOBS_NOTE,
        ),
        options=(
            *(options.FROM_FILE, options.EVERYTHING, options.MISSING_OK),
            *(options.ALL_CLUSTERS, options.CANCEL_JOBS, options.LAST_ASSOCIATION),
        ),
    ),
    ("delete", ASSOCIATION.noun): VerbEntry(
        run,
        "Delete associations from this cluster",
        SYNTAX,
        examples=(
            "assoc delete where account=physics user=alice partition=gpu",
            "assoc delete where account=physics user=alice,bob",
            "assoc delete where account=physics user='' --last",
        ),
        notes=(
            "The account and the user stay. With an account's own row goes all below it; without "
            "user= that row is meant, too.",
            LAST_NOTE,
            DEFAULTS_NOTE,
            JOBS_NOTE,
            notes.OWN_ROWS,
            notes.IDS,
        ),
        options=(
            *(options.FROM_FILE, options.EVERYTHING, options.MISSING_OK),
            *(options.CANCEL_JOBS, options.LAST_ASSOCIATION),
        ),
    ),
    ("delete", COORDINATOR.noun): VerbEntry(
        run,
        "Let users no longer administer accounts",
        "user,... account=name,...",
        examples=("coordinator delete alice account=physics,optics",),
        options=(options.FROM_FILE, options.MISSING_OK),
    ),
    ("delete", QOS.noun): VerbEntry(
        run,
        "Delete QOS, on all clusters: there is one set of them",
        SYNTAX,
        examples=("qos delete high",),
        notes=(
            "Associations that name it lose it; one that names no other inherits then. QOS that "
            "may preempt it no longer do. A QOS that is the default one of an association is kept "
            "(exit 4), and normal is never deleted.",
        ),
        options=(options.FROM_FILE, options.EVERYTHING, options.MISSING_OK),
    ),
}
