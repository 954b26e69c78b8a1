"""The verb `delete`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import notes, options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, COORDINATOR, QOS, USER
from slurmctl_rest.model.fields import Entity

SYNTAX = "{names}[[where] field=value ...]"

ELSEWHERE_NOTE = "Associations on other clusters are kept, unless you pass --all-clusters."
DEFAULTS_NOTE = (
    "If a user's default account is deleted, another account of the user becomes the default. A "
    "warning names users who have no other account, and so no default."
)
JOBS_NOTE = (
    "Deleting fails (exit 4) if the object has active jobs. With --cancel-jobs these are cancelled "
    "first."
)
LAST_NOTE = (
    "Deleting a user's last association on this cluster fails (exit 4), unless you pass --last."
)


def run(
    context: Context, entity: Entity, tokens: Sequence[str], from_: str | None, **ways: bool
) -> None:
    """Delete what is selected, each with its outcome."""
    from slurmctl_rest.cli import delete

    delete.run(context, entity, tokens, delete.DeleteOptions(**ways), from_)


def delete_clusters(
    context: Context,
    _: Entity,
    tokens: Sequence[str],
    confirm: str | None,
    *,
    missing_ok: bool,
    associations: bool,
) -> None:
    """Delete clusters, whose names have to be written once more."""
    from slurmctl_rest.cli import objects

    objects.delete_clusters(
        context, tokens, confirm, missing_ok=missing_ok, with_associations=associations
    )


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
        effect=(
            "This also deletes everything below the account: the associations of its users, and "
            "the accounts below it with theirs."
        ),
        notes=(ELSEWHERE_NOTE, DEFAULTS_NOTE, JOBS_NOTE),
        options=(
            *(options.FROM_FILE, options.EVERYTHING, options.MISSING_OK),
            *(options.ALL_CLUSTERS, options.CANCEL_JOBS),
        ),
    ),
    ("delete", USER.noun): VerbEntry(
        run,
        "Delete users or some of their associations from this cluster",
        SYNTAX,
        examples=(
            "user delete alice",
            "user delete alice,bob where account=physics",
            "user delete where account=physics --last",
        ),
        effect="With account=, partition= or qos=, only matching associations are deleted.",
        notes=(LAST_NOTE, ELSEWHERE_NOTE, DEFAULTS_NOTE, JOBS_NOTE),
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
        effect=(
            "Without user=, the account association is deleted, too, with everything below it. "
            "Accounts and users themselves are kept."
        ),
        notes=(LAST_NOTE, DEFAULTS_NOTE, JOBS_NOTE, notes.ACCOUNT_LEVEL_NOTE, notes.IDS),
        options=(
            *(options.FROM_FILE, options.EVERYTHING, options.MISSING_OK),
            *(options.CANCEL_JOBS, options.LAST_ASSOCIATION),
        ),
    ),
    ("delete", COORDINATOR.noun): VerbEntry(
        run,
        "Remove users as coordinators of accounts",
        "user,... account=name,...",
        examples=(
            "coordinator delete alice account=physics",
            "coordinator delete alice,bob account=physics,optics",
            "coordinator delete alice account=physics -i --missing-ok",
        ),
        options=(options.FROM_FILE, options.MISSING_OK),
    ),
    ("delete", QOS.noun): VerbEntry(
        run,
        "Delete QOS from all clusters",
        SYNTAX,
        examples=(
            "qos delete high",
            "qos delete low,high -i --missing-ok",
            "qos delete where preempt=low --dry-run",
        ),
        effect="All clusters share one set of QOS.",
        notes=(
            "The QOS is removed from all associations that list it. An association that lists no "
            "other QOS inherits again. The QOS is also removed from Preempt of other QOS.",
            "Deleting fails (exit 4) if the QOS is the default of an association. The QOS normal "
            "is never deleted.",
        ),
        options=(options.FROM_FILE, options.EVERYTHING, options.MISSING_OK),
    ),
    ("delete", CLUSTERS.noun): VerbEntry(
        delete_clusters,
        "Delete clusters from slurmdbd",
        SYNTAX,
        examples=(
            "cluster delete alps",
            "cluster delete alps --confirm alps",
            "cluster delete alps --associations --dry-run",
        ),
        effect=(
            "The question has to be answered with the cluster's name; --confirm NAME answers it, "
            "-i does not."
        ),
        notes=(
            "Deleting fails (exit 4) if the cluster has accounts or users beside root, unless you "
            "pass --associations: their limits and usage are lost. Slurm itself refuses while "
            "jobs are active.",
        ),
        options=(options.MISSING_OK, options.WITH_ASSOCIATIONS, options.CONFIRM),
    ),
}
