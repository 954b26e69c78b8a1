"""Checks before a write: may it begin, are the names known, are jobs active."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import (
    Interrupted,
    NotFound,
    PermissionDenied,
    Refused,
    SlurmctlError,
    Unreachable,
    Unsupported,
    UsageError,
)
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.entities.job import Requested, is_active
from slurmctl_rest.model.entities.tres import PLACEHOLDER
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.tres import Tres, tres_name
from slurmctl_rest.model.refinement import Refinement
from slurmctl_rest.model.syntax import Selection, Statement
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.checks import (
    NAME_QOS,
    new_coordinators,
    unknown_qos,
    unknown_tres,
    unknown_user,
    with_known_tres,
)
from slurmctl_rest.planning.tree import refuse_above_orphans
from slurmctl_rest.render.formats import refuse_lists_alone
from slurmctl_rest.sacctmgr.tokens import is_old

CHECK_FOR_JOBS = (
    "nothing was deleted; repeat when slurmctld answers, or delete with sacctmgr, which checks for "
    "jobs in slurmdbd only"
)
"""The remedy if a deletion cannot tell which jobs it would end."""


def guard_write(
    context: Context,
    selection: Selection,
    *,
    everything: bool = False,
    hint: str = "name objects, give a condition (where cluster=NAME), or use --all",
) -> None:
    """Refuse a write that must not begin: raise Refused if nothing is named, with --readonly, or if
    there is nobody to ask; UsageError with --query, or with a format of lists.
    """
    # sacctmgr takes -p and -P of a write, too, and prints the same.
    refuse_lists_alone("a write", context.options.output, "parsable", "parsable2")
    if context.options.query is not None:
        raise UsageError("--query prints what a list holds, and this is a write", "use --json")
    if context.options.readonly:
        raise Refused("--readonly refuses all writes")
    if not selection and not everything:
        raise Refused("no selection given, and a write never acts on everything by default", hint)
    if not (context.options.immediate or context.options.dry_run or context.console.can_ask()):
        raise Refused(
            "no terminal to confirm this write on",
            "use -i to skip the question, or --dry-run",
        )


def active_jobs(
    context: Context, doomed: Sequence[Row], cluster: str, *, required: bool = False
) -> list[Row]:
    """Read the active jobs of the accounts whose associations are to go.

    If nobody can say which jobs are active, nothing may be deleted: raise Unreachable.
    `required`: they are to be cancelled, so that slurmctld must be the cluster's own.
    """
    # Jobs run in users' associations: an account's own row has none.
    accounts = sorted({association_key(row).account for row in doomed if row["User"] is not None})
    if not accounts or cluster != context.backend.cluster():
        return []  # slurmctld knows its own cluster only; slurmdbd looks once more in any case
    try:
        # Before slurmdbd is asked to delete: so that a refusal names the jobs, and --cancel-jobs
        # knows which to cancel.
        return [job for job in context.backend.jobs(accounts) if is_active(job)]
    # These have remedies of their own; all other errors leave unknown which jobs would be ended.
    except (PermissionDenied, Interrupted):
        raise
    except SlurmctlError as error:
        if isinstance(error, Unsupported) and error.other_cluster:
            if required:
                raise
            return []
        raise Unreachable(
            f"could not check for active jobs: {error.message}",
            CHECK_FOR_JOBS,
            retryable=error.retryable,
            sent=False,
            http_status=error.http_status,
            slurm_errno=error.slurm_errno,
        ) from error


def check_unix_users(context: Context, names: Sequence[str], *, required: bool) -> list[str]:
    """Return the names that no passwd database knows, if they must be known; else warn.

    With `warn_unix_users = false` in the profile nothing is looked up unless they must be known.

    Raise Unsupported where they must be known, and Slurm may run elsewhere.
    """
    if not names or not (required or context.named_profile[1].warn_unix_users):
        return []
    if not context.backend.knows_unix_users():
        unchecked = f"could not check whether {listed(names)} can log in"
        if required:
            raise Unsupported(
                f"{unchecked}: Slurm may run on another machine than this one",
                "omit --require-unix-user, or run it on a machine of the cluster with "
                'execution_mode = "cli" and without command_prefix',
            )
        context.console.warn(f"{unchecked}: Slurm may run on another machine than this one")
        return []
    unknown = [name for name in names if not is_unix_user(name)]
    if unknown and not required:
        context.console.warn(f"these users do not exist in the operating system: {listed(unknown)}")
    return unknown if required else []


def refuse_columns(context: Context, statement: Statement, what: str, hint: str = "") -> None:
    """Raise UsageError if columns are given to a command that shows none: `what` names it."""
    if statement.columns or context.options.columns is not None:
        raise UsageError(f"{what} has no columns", hint or "omit format=")


def refuse_untold(context: Context, entity: Entity, names: Iterable[str]) -> None:
    """Raise Unsupported for fields to be set that slurmrestd does not tell in the API version.

    They look as if nothing were set, and to clear them would seem to be done.
    """
    newer = {f.name for f in entity.all_fields if f.since or f.commands} & {*names}
    untold = newer & {*context.backend.unreadable_fields(entity)} if newer else newer
    for name in sorted(untold):
        raise Unsupported(
            f"this API version of slurmrestd neither tells nor sets {name} of {entity.plural}",
            entity[name].remedy(),
        )


def checked(context: Context, statements: Sequence[Statement], cluster: str) -> list[Statement]:
    """Return the statements; raise UsageError for a TRES, NotFound for a QOS or a user who does not
    exist.
    """
    all_ = [assignment for statement in statements for assignment in statement.assignments]
    tres: list[str] | None = None
    if any(isinstance(a.field.kind, Tres) and a.value for a in all_):
        tres = _known_tres(context, cluster)
    qos: list[str] = []
    if any(a.field.name in NAME_QOS and a.value for a in all_):
        qos = [str(row["Name"]) for row in context.read(QOS, cluster)]
    users: set[str] = set()
    if asked := dict.fromkeys(new_coordinators(all_)):
        users = {association_key(row).user for row in context.read(USER, cluster, asked)}
    return [_checked(statement, tres, qos, users) for statement in statements]


def check_tres_of_conditions(context: Context, refinement: Refinement) -> None:
    """Raise UsageError for a TRES of a list's conditions that does not exist.

    No row has a count of it: a misspelt name would look like an answer.
    """
    named = [
        (one.field, name)
        for one in refinement.named
        if isinstance(one.field.kind, Tres | Requested)
        for name in one.parts
    ]
    known = _known_tres(context, context.backend.cluster()) if named else []
    for field, name in named:
        if name.lower() not in map(str.lower, known):
            raise unknown_tres(field.name, name, known)


def _known_tres(context: Context, cluster: str) -> list[str]:
    return [
        tres_name(str(row["Type"]), str(row["Name"] or ""))
        for row in context.read(TRES_TYPE, cluster)
        # slurmdbd lists it among the TRES, and it is none (model/entities/tres.py).
        if row["Type"] != PLACEHOLDER
    ]


def _checked(
    statement: Statement, tres: Sequence[str] | None, qos: Sequence[str], users: Set[str]
) -> Statement:
    """Return the statement with TRES as the cluster spells them; raise for unknown names."""
    assignments = statement.assignments
    try:
        if tres is not None:
            assignments = with_known_tres(assignments, tres)
        missing = unknown_qos(assignments, qos)
        missing = missing or unknown_user(new_coordinators(assignments), users)
        if missing:
            raise missing
    except (UsageError, NotFound) as error:
        raise statement.located(error) from None
    return replace(statement, assignments=assignments)


def is_unix_user(name: str) -> bool:
    """Tell whether this machine knows the user."""
    import pwd  # noqa: PLC0415  (only where it is needed)

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def refuse_orphans(context: Context, plan: Iterable[Outcome]) -> None:
    """Raise Conflict where an account would be added above associations that Slurm has left in it.

    Newer releases than 24.11 leave none.
    """
    new: dict[str, list[str]] = {}
    for change in (o.change for o in plan if o.error is None):
        if change.entity is ACCOUNT and change.action == "add":
            new.setdefault(str(change.row["Cluster"]), []).append(change.name)
    if not new or not is_old(context.backend.release()):
        return
    for cluster, names in new.items():
        query = Query(ASSOCIATION, cluster, where={"Account": tuple(names)})
        refuse_above_orphans(names, context.backend.read(query), cluster)
